//! What can be read of revisions: who drafted and approved what, what it replaced, what it would change (RUL-3, RUL-5).
//!
//! Pitfall: a revision is weighed over the twelve months before its decision, so that it still shows later what the
//! approver saw; before a decision, over those before today.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::department;
use rules::kit::dates::date_in;
use rules::rulebook::{Parameter, ParameterValue, Regulations, Revision};
use rules::vocabulary::{DepartmentKind, RevisionEffect, RevisionState};
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{REVISION, RevisionFacts};
use super::reading::{number, rows};
use super::weigh::{Question, Weighers};
use crate::config::Config;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::{Error, Result};
use crate::viewer::viewer_actions;

const CHANGES: &[(&str, Kind)] = &[
    ("regulation_code", Kind::Text),
    ("effective_on", Kind::Date),
    ("changes", Kind::Json),
    ("state", Kind::Text),
    ("decided_at", Kind::Instant),
];
const FACTS: &[(&str, Kind)] = &[
    ("interpreted_by", Kind::Text),
    ("drafted_by", Kind::Id("")),
    ("state", Kind::Text),
    ("for_governing_body", Kind::Bool),
];

/// Declares revisions.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<RevisionState>();
    graph.vocabulary::<RevisionEffect>();
    graph
        .table(
            "RulebookRevision",
            "revision",
            "rulebook_revision",
            Some(Gate::new(REVISION, "read")),
            "New values of a regulation's numbers from a day on (RUL-3). Approved ones are seen by everybody, others by the \
             department that interprets the regulation, the management and the auditor.",
        )
        .filter()
        .column("number", "number", Kind::Text, "Number, unique: `XD2026-00001`.")
        .filter()
        .order()
        .column("regulation", "regulation_code", Kind::Text, "Code of the regulation: `CMP`.")
        .filter()
        .column("interpretedBy", "interpreted_by", Kind::Enum("DepartmentKind"), "The kind of department that interprets the regulation and so drafts its revisions.")
        .filter()
        .column("effectiveOn", "effective_on", Kind::Date, "The first day it is, or is to be, in force. Cases accepted before it keep the values of their day (RUL-4).")
        .filter()
        .order()
        .column("reason", "reason", Kind::Text, "Why.")
        .computed_list("values", "RulebookRevisionValue", CHANGES, values, "The new values, beside those that they replace.")
        .batched("impact", "RulebookImpact", false, true, CHANGES, impact, "What it would have changed for the cases of the twelve months before its decision, or before today (RUL-5). Seen by who may draft or approve it; null for others.")
        .under(Gate::new(REVISION, "weigh"))
        .cost(100)
        .column("state", "state", Kind::Enum("RevisionState"), "How far it has come.")
        .filter()
        .column("forGoverningBody", "for_governing_body", Kind::Bool, "Whether the governing body decides, because every general manager is a party.")
        .always_one("draftedBy", "Employee", "drafted_by", "Who drafted it.")
        .filter()
        .one("approval", "Approval", "approval_id", "The approval that decides it, with its trail; null while it is a draft.")
        .optional("decidedAt", "decided_at", Kind::Instant, "When it was approved, rejected or sent back; null while that is open.")
        .filter()
        .order()
        .one("decidedBy", "Employee", "decided_by", "Who approved, rejected or sent it back; null while that is open.")
        .filter()
        .one("decidedFor", "Employee", "decided_for", "Whose right was used, under a delegation (ORG-4); null where it was his own.")
        .optional("decisionReason", "decision_reason", Kind::Text, "What was said with the decision; null where nothing was.")
        .column("createdAt", "created_at", Kind::Instant, "When it was drafted.")
        .filter()
        .order()
        .column("updatedAt", "updated_at", Kind::Instant, "When it last changed.")
        .column("version", "version", Kind::Int, "Raised by one with each change; `expectedVersion` of the mutations.")
        .batched("viewerActions", "ViewerAction", true, false, FACTS, actions, "What the viewer may do with it.");
    graph
        .value(
            "RulebookRevisionValue",
            "A new value of a parameter, beside the one that it replaces (RUL-3).",
        )
        .key("parameter", Kind::Text, false, "The parameter's key.")
        .key(
            "title",
            Kind::Text,
            false,
            "What it is called, in the viewer's language.",
        )
        .key("kind", Kind::Enum("ParameterKind"), false, "Its type.")
        .key("unit", Kind::Text, false, "The unit of its values.")
        .key(
            "value",
            Kind::Money,
            true,
            "The new value; null for a table.",
        )
        .nested_list(
            "rows",
            "RulebookRow",
            "The new rows; empty for a single number.",
        )
        .key(
            "replaces",
            Kind::Money,
            true,
            "The value in force on the day before; null for a table.",
        )
        .nested_list(
            "replacesRows",
            "RulebookRow",
            "The rows in force on the day before; empty for a single number.",
        );
    graph
        .value(
            "RulebookImpact",
            "What a revision would have changed for the cases of twelve months (RUL-5).",
        )
        .key(
            "after",
            Kind::Date,
            false,
            "The day before the first day whose cases are counted.",
        )
        .key(
            "until",
            Kind::Date,
            false,
            "The last day whose cases are counted.",
        )
        .nested_list(
            "effects",
            "RulebookEffect",
            "For each new value what it would have changed.",
        );
    graph
        .value("RulebookEffect", "What a parameter's new value would have changed for the cases of twelve months (RUL-5).")
        .key("parameter", Kind::Text, false, "The parameter's key.")
        .key("title", Kind::Text, false, "What it is called, in the viewer's language.")
        .key("effect", Kind::Enum("RevisionEffect"), true, "What is another for the cases that move; null where no cases are kept that tell.")
        .key("cases", Kind::Count, true, "Cases that were looked at; null where none are kept that tell.")
        .key("changed", Kind::Count, true, "Those for which something would have been another; null where none are kept that tell.")
        .nested_list("moves", "RulebookMove", "The cases that would have moved, by where from and where to.");
    graph
        .value("RulebookMove", "Cases that a new value would have moved.")
        .key(
            "from",
            Kind::Text,
            false,
            "What they came to by the values of their own days: a row's name or a number.",
        )
        .key(
            "fromTitle",
            Kind::Text,
            false,
            "The same in the viewer's language.",
        )
        .key("to", Kind::Text, false, "What they would have come to.")
        .key(
            "toTitle",
            Kind::Text,
            false,
            "The same in the viewer's language.",
        )
        .key("cases", Kind::Count, false, "How many.");
    graph.root(
        "rulebookRevisions",
        RootRead::Connection("RulebookRevision", None),
        false,
        "Revisions of the rulebook that the viewer may see, the newest first (RUL-3).",
    );
    graph.root(
        "rulebookRevision",
        RootRead::ById("RulebookRevision"),
        true,
        "A revision of the rulebook; null when there is none or it may not be seen.",
    );
}

/// A revision of a page, with the day that it is weighed up to. Values that only another version knows are left out: this
/// one decides nothing by them.
struct Shown {
    revision: Revision,
    until: NaiveDate,
}

fn shown(scene: &Scene, regulations: &Regulations, cells: &[Cell]) -> Result<Option<Shown>> {
    let [
        Cell::Text(code),
        Cell::Date(effective_on),
        Cell::Json(changes),
        Cell::Text(state),
        decided,
    ] = cells
    else {
        return Ok(None);
    };
    let is_ended = [RevisionState::Approved, RevisionState::Rejected]
        .iter()
        .any(|ended| ended.as_str() == state);
    let until = match decided {
        Cell::Instant(at) if is_ended => date_in(&scene.get::<Config>()?.company.zone(), *at),
        _ => scene.viewer.today,
    };
    let known = |change: &&Value| {
        let key = change["parameter"].as_str().unwrap_or_default();
        regulations.parameter(key).is_some()
    };
    let changes = changes.as_array().into_iter().flatten().filter(known);
    let changes: Value = changes.cloned().collect();
    let revision = Revision::read(regulations, code, *effective_on, "", &changes);
    Ok(Some(Shown {
        revision: revision.map_err(|e| Error::internal(format!("{e:?}")))?,
        until,
    }))
}

fn values(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let regulations = shipped()?;
    let Some(Shown { revision, .. }) = shown(scene, regulations, cells)? else {
        return Ok(Value::Null);
    };
    let before = revision.effective_on.pred_opt();
    let before = scene.viewer.rulebook.on(before.unwrap_or(NaiveDate::MIN));
    let told = revision.values.iter().filter_map(|(key, value)| {
        let parameter = regulations.parameter(key)?;
        let replaced = before.value(key).ok()?;
        Some(told(scene, parameter, value, replaced))
    });
    Ok(told.collect())
}

fn told(
    scene: &Scene,
    parameter: &Parameter,
    value: &ParameterValue,
    replaced: &ParameterValue,
) -> Value {
    json!({
        "parameter": parameter.key,
        "title": parameter.title.get(scene.language),
        "kind": parameter.kind.as_str(),
        "unit": parameter.unit,
        "value": number(value),
        "rows": rows(scene, parameter, value),
        "replaces": number(replaced),
        "replacesRows": rows(scene, parameter, replaced),
    })
}

fn impact<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let regulations = shipped()?;
        let mut revisions = Vec::with_capacity(parents.cells.len());
        for cells in &parents.cells {
            revisions.push(shown(scene, regulations, cells)?);
        }
        let mut asked = Vec::new();
        for Shown { revision, until } in revisions.iter().flatten() {
            for (key, value) in &revision.values {
                if let Some(parameter) = regulations.parameter(key) {
                    let question = Question::of_year_to(*until, value.clone());
                    asked.push((parameter, question));
                }
            }
        }
        let mut effects = scene
            .get::<Weighers>()?
            .weigh(scene, &asked)
            .await?
            .into_iter();
        let told = revisions.iter().map(|shown| match shown {
            Some(Shown { revision, until }) => {
                let effects: Vec<Value> = effects.by_ref().take(revision.values.len()).collect();
                let after = Question::first_before(*until);
                json!({"after": after, "until": until, "effects": effects})
            }
            None => Value::Null,
        });
        Ok(Batch::Values(told.collect()))
    })
}

fn actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    const PAIRS: [(&str, &str); 3] = [
        (REVISION, "submit"),
        (REVISION, "withdraw"),
        (REVISION, "approve"),
    ];
    Box::pin(async move {
        scene.count_statement();
        let departments: Vec<(Uuid, DepartmentKind)> = department::Entity::find()
            .select_only()
            .columns([department::Column::Id, department::Column::Kind])
            .into_tuple()
            .all(&scene.db.read)
            .await?;
        let mut by_kind: HashMap<&str, Vec<Uuid>> = HashMap::new();
        for (id, kind) in &departments {
            by_kind.entry(kind.as_str()).or_default().push(*id);
        }
        let mut answers = Vec::with_capacity(parents.cells.len());
        for cells in &parents.cells {
            answers.push(match cells.as_slice() {
                [
                    Cell::Text(kind),
                    Cell::Id(drafted_by),
                    Cell::Text(state),
                    Cell::Bool(for_governing_body),
                ] => {
                    let facts = RevisionFacts {
                        interpreters: by_kind.get(kind.as_str()).cloned().unwrap_or_default(),
                        drafted_by: *drafted_by,
                        approved: state == RevisionState::Approved.as_str(),
                        for_governing_body: *for_governing_body,
                    };
                    viewer_actions(scene, &PAIRS, &facts)?
                }
                _ => Value::Array(Vec::new()),
            });
        }
        Ok(Batch::Values(answers))
    })
}

fn shipped() -> Result<&'static Regulations> {
    Regulations::shipped().map_err(|e| Error::internal(e.to_string()))
}
