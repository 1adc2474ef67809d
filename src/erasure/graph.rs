//! What can be read of erasures and legal holds, and what an erasure would make anonymous before it is decided (PIP-2).
//!
//! Pitfall: the effect counts rows whoever may read them, so it stands behind `erasure · weigh`; it names none of them.

use entity::erasure;
use rules::kit::error_code::ErrorCode;
use rules::vocabulary::{ErasureOrigin, ErasureState};
use sea_orm::EntityTrait as _;
use sea_query::ExprTrait as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{ERASURE, ErasureFacts, LEGAL_HOLD};
use super::against::against;
use super::erase::Around;
use super::queries::{facts_of, public};
use super::reach::person_of;
use super::{HOLD, KIND, past};
use crate::access::{Cond, Table};
use crate::graph::{Args, Cell, Future_, Gate, Graph, Kind, RootRead, Scene, is_known};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;
use crate::viewer::viewer_actions;

const SUBJECT: &[(&str, Kind)] = &[("subject_kind", Kind::Text), ("subject_id", Kind::Id(""))];
const FACTS: &[(&str, Kind)] = &[("requested_by", Kind::Id("")), ("state", Kind::Text)];

/// Declares erasures and holds.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<ErasureState>();
    graph.vocabulary::<ErasureOrigin>();
    erasures(graph);
    holds(graph);
    effect_types(graph);
    graph.root(
        "erasures",
        RootRead::Connection("Erasure", None),
        false,
        "Erasures of people's data that the viewer may see, the newest first (PIP-1).",
    );
    graph.root(
        "retentionDue",
        RootRead::Connection("Erasure", Some(proposed)),
        false,
        "People whose retention period is over, as proposals that nobody took up yet (PIP-5).",
    );
    graph.root(
        "erasure",
        RootRead::ById("Erasure"),
        true,
        "An erasure; null when there is none or it may not be seen.",
    );
    graph
        .root(
            "erasureEffect",
            RootRead::Value("ErasureEffect", false, effect),
            true,
            "What an erasure would make anonymous today, counted per kind, and what stands against it (PIP-2). Seen by who may \
             weigh it; null for others, and once it is carried out.",
        )
        .cost(100)
        .arg("id", "ID!", "The erasure.");
    graph.root(
        "legalHolds",
        RootRead::Connection("LegalHold", None),
        false,
        "Legal holds that the viewer may see, the newest first (PIP-4).",
    );
}

fn erasures(graph: &mut Graph) {
    graph
        .table(
            "Erasure",
            KIND,
            KIND,
            Some(Gate::new(ERASURE, "read")),
            "An erasure of a person's data: asked for by him or proposed when a retention period is over, decided by the \
             general manager, and the stub that stays of it (PIP-1 to PIP-5). Seen by who recorded it, by those who handle \
             and decide it, and by auditors.",
        )
        .filter()
        .column("number", "number", Kind::Text, "Number, unique: `NM2026-00001`.")
        .filter()
        .order()
        .column("subjectKind", "subject_kind", Kind::Text, "Kind of person: `customer`, `customer_contact`, `employee`.")
        .filter()
        .computed("subject", "ID", SUBJECT, subject, "The person, whose row stays as a stub.")
        .column("origin", "origin", Kind::Enum("ErasureOrigin"), "How it came up.")
        .filter()
        .column("askedOn", "asked_on", Kind::Date, "Day on which the person asked, or the period was found to be over.")
        .filter()
        .order()
        .optional("note", "note", Kind::Text, "What else was recorded of the request; null where nothing was, and once it is carried out.")
        .column("state", "state", Kind::Enum("ErasureState"), "How far it has come.")
        .filter()
        .one("requestedBy", "Employee", "requested_by", "Who recorded it or took it up, and never decides on it; null for a proposal.")
        .filter()
        .one("approval", "Approval", "approval_id", "The approval that decides it; null for a proposal.")
        .one("obligation", "Obligation", "obligation_id", "By when it has to be answered; null for a proposal, and for who may not see it.")
        .optional("decidedAt", "decided_at", Kind::Instant, "When it was decided; null before.")
        .filter()
        .order()
        .one("decidedBy", "Employee", "decided_by", "Who decided; null before.")
        .filter()
        .one("decidedFor", "Employee", "decided_for", "Whose right was used, under a delegation (ORG-4); null where it was his own.")
        .optional("decisionReason", "decision_reason", Kind::Text, "Why it was rejected; null otherwise.")
        .optional("executedAt", "executed_at", Kind::Instant, "When everything was made anonymous; null before.")
        .filter()
        .order()
        .optional("replayedAt", "replayed_at", Kind::Instant, "When it was last carried out again after a restore (PIP-6); null otherwise.")
        .column("rulebookOn", "rulebook_on", Kind::Date, "Day whose rulebook it keeps (RUL-4).")
        .column("createdAt", "created_at", Kind::Instant, "When it was recorded.")
        .filter()
        .order()
        .column("updatedAt", "updated_at", Kind::Instant, "When it last changed.")
        .column("version", "version", Kind::Int, "Raised by one with each change; `expectedVersion` of the mutations.")
        .computed_list("viewerActions", "ViewerAction", FACTS, actions, "What the viewer may do with it.");
}

fn holds(graph: &mut Graph) {
    graph
        .table(
            "LegalHold",
            "legalhold",
            HOLD,
            Some(Gate::new(LEGAL_HOLD, "read")),
            "A legal hold on an object: nothing personal that belongs to it is erased (PIP-4). Seen by general management and \
             by auditors.",
        )
        .filter()
        .computed("subject", "ID", SUBJECT, subject, "The object.")
        .column("reason", "reason", Kind::Text, "Why.")
        .optional("until", "until_on", Kind::Date, "Its last day; null where it lasts until it is lifted.")
        .filter()
        .order()
        .always_one("placedBy", "Employee", "placed_by", "Who placed it.")
        .filter()
        .column("createdAt", "created_at", Kind::Instant, "When it was placed.")
        .filter()
        .order()
        .optional("liftedAt", "lifted_at", Kind::Instant, "When it was lifted; null before.")
        .filter()
        .order()
        .one("liftedBy", "Employee", "lifted_by", "Who lifted it; null before.")
        .optional("liftReason", "lift_reason", Kind::Text, "Why it was lifted; null before.")
        .column("version", "version", Kind::Int, "Raised by one with each change; `expectedVersion` of the mutations.");
}

fn effect_types(graph: &mut Graph) {
    graph
        .value("ErasureEffect", "What an erasure would make anonymous today, counted per kind, and what stands against it.")
        .nested_list("rows", "ErasureEffectOnKind", "Rows that hang on the person, per kind.")
        .key("changes", Kind::Count, false, "Recorded changes of these rows, whose old and new values go.")
        .key("details", Kind::Count, false, "Details of the audit log that go.")
        .key("searched", Kind::Count, false, "Other rows in whose texts the person is looked for.")
        .key("holds", Kind::Count, false, "Legal holds in force on the person or on what belongs to him (PIP-4).")
        .key("openCases", Kind::Count, false, "Cases still open that need the data (PIP-3).")
        .key("keptUntil", Kind::Date, true, "The first day on which the law does not want the data kept any more; null where it never did (PIP-5).")
        .key("possible", Kind::Bool, false, "Whether nothing stands against it today.");
    graph
        .value(
            "ErasureEffectOnKind",
            "Rows of a kind that an erasure concerns.",
        )
        .key(
            "kind",
            Kind::Text,
            false,
            "The kind, in the log's own word.",
        )
        .key("rows", Kind::Count, false, "How many.");
}

fn proposed(_: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let state = ErasureState::Proposed.as_str();
    Ok(Cond::When(table.col("state").eq(state)))
}

fn subject(_: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(kind), Cell::Id(id)] => public(kind, *id).into(),
        _ => Value::Null,
    })
}

fn effect<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let id = ids::decode(KIND, args.text("id").unwrap_or_default())
            .map_err(|e| Error::api(ErrorCode::BadRequest, format!("id: {e}")))?;
        let known = match declared().graph.types.get("Erasure") {
            Some(ty) => is_known(scene, ty, id).await?,
            None => false,
        };
        if !known {
            return Ok(Value::Null);
        }
        scene.count_statement();
        let row = erasure::Entity::find_by_id(id).one(&scene.db.read).await?;
        let weighs = |row: &erasure::Model| {
            let facts = facts_of(row);
            scene.viewer.decide(ERASURE, "weigh", &facts).allowed
        };
        match row.filter(|row| row.state != ErasureState::Executed) {
            Some(row) if weighs(&row) => weighed(scene, &row).await,
            _ => Ok(Value::Null),
        }
    })
}

async fn weighed(scene: &Scene, row: &erasure::Model) -> Result<Value> {
    let Some(person) = person_of(&row.subject_kind) else {
        return Ok(Value::Null);
    };
    let conn = &scene.db.read;
    let around = Around::of(conn, person, row.subject_id).await?;
    let today = scene.viewer.today;
    let rulebook = scene.viewer.rulebook.on(row.rulebook_on);
    let against = against(conn, &around, today, &rulebook).await?;
    let (changes, details) = past::count(conn, &around.own).await?;
    let kinds = around
        .own
        .rows()
        .map(|(kind, ids)| json!({"kind": kind, "rows": ids.len()}));
    Ok(json!({
        "rows": kinds.collect::<Vec<_>>(),
        "changes": changes,
        "details": details,
        "searched": around.others.ids().len(),
        "holds": against.holds,
        "openCases": against.open_cases,
        "keptUntil": against.kept_until.map(|day| day.to_string()),
        "possible": against.check(today).is_ok(),
    }))
}

fn actions(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    const PAIRS: [(&str, &str); 3] = [
        (ERASURE, "submit"),
        (ERASURE, "withdraw"),
        (ERASURE, "decide"),
    ];
    let requested_by = match cells.first() {
        Some(Cell::Id(id)) => Some(*id),
        _ => None,
    };
    let proposed =
        matches!(cells.get(1), Some(Cell::Text(s)) if s == ErasureState::Proposed.as_str());
    let facts = ErasureFacts {
        requested_by,
        proposed,
    };
    viewer_actions(scene, &PAIRS, &facts)
}
