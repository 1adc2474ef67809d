//! What can be read of forms and their copies.

use std::collections::HashSet;

use entity::form;
use rules::forms::{check_receipt, receivers};
use rules::vocabulary::{DepartmentKind, FormCode};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use sea_query::{Alias, Expr, ExprTrait as _, Query};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{COPY, CopyFacts, FORM, received_in};
use super::content::shown;
use super::queries::{in_words, units};
use crate::access::{Cond, Table};
use crate::acting::Directory;
use crate::config::Config;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::Result;
use crate::viewer::{policy_of, viewer_action};
use crate::work::cells::{CLAUSE, SUBJECT, clause, subject_id};

const READ: Gate = Gate::new(FORM, "read");
const CODE: &[(&str, Kind)] = &[("code", Kind::Text)];
const CONTENT: &[(&str, Kind)] = &[("content", Kind::Json)];
const RECEIPT: &[(&str, Kind)] = &[
    ("form_id", Kind::Id("")),
    ("department_kind", Kind::Text),
    ("department_id", Kind::Id("")),
    ("received_at", Kind::Instant),
    ("received_by", Kind::Id("")),
];

/// Declares forms.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<FormCode>();
    graph.vocabulary::<DepartmentKind>();
    forms(graph);
    copies(graph);
    graph
        .value("FormLine", "A line of a form.")
        .key(
            "label",
            Kind::Text,
            false,
            "What it tells, in the viewer's language.",
        )
        .key("value", Kind::Text, false, "What it says.");
    graph.root(
        "form",
        RootRead::ById("Form"),
        true,
        "A form; null when there is none or it may not be seen.",
    );
    graph.root(
        "forms",
        RootRead::Connection("Form", None),
        false,
        "Forms that the viewer may see, the newest first.",
    );
    graph.statistics("formStatistics", "Form");
    graph.root(
        "formCopies",
        RootRead::Connection("FormCopy", None),
        false,
        "Copies of forms that the viewer may see, the newest first.",
    );
    graph.statistics("formCopyStatistics", "FormCopy");
    graph.root(
        "formsDue",
        RootRead::Connection("FormCopy", Some(due)),
        false,
        "Copies that the viewer's own department was sent and whose receipt is not recorded yet, the newest first (CMP-12).",
    );
}

fn forms(graph: &mut Graph) {
    graph
        .table(
            "Form",
            "form",
            FORM,
            Some(READ),
            "A numbered document about an object, as the regulations ask for it. Seen by whoever sees the object. What it says is never changed; a correction is another form that replaces it.",
        )
        .voidable()
        .newest_by("issued_at", Kind::Instant)
        .column("code", "code", Kind::Enum("FormCode"), "Which form it is.")
        .filter()
        .group()
        .computed("title", "String", CODE, title, "Its title, in the viewer's language.")
        .column("number", "number", Kind::Text, "Its number, in a series without gaps or repeats; kept when it is voided.")
        .filter()
        .known_by()
        .computed("clause", "Clause", CLAUSE, clause, "The clause that asks for it.")
        .column("subjectKind", "subject_kind", Kind::Text, "Kind of the object that it is about, such as `complaint`.")
        .filter()
        .group()
        .computed("subjectId", "ID", SUBJECT, subject_id, "The object that it is about; `node(id)` gives it.")
        .computed_list("lines", "FormLine", CONTENT, lines, "What it says, as it was when it was issued.")
        .column("issuedAt", "issued_at", Kind::Instant, "When it was issued.")
        .filter()
        .known_by()
        .group()
        .measure()
        .one("issuedBy", "Employee", "issued_by", "Who issued it; null for the server's own job.")
        .filter()
        .order()
        .group()
        .one("issuedFor", "Employee", "issued_for", "For whom, under a delegation (ORG-4); null when in his own right.")
        .one("replaces", "Form", "replaces_id", "The form that it replaces; null for a first one.")
        .filter()
        .many("copies", "FormCopy", "form_id", "Its copies: who got one, who recorded the receipt.")
        .filter()
        .optional("voidedAt", "voided_at", Kind::Instant, "When it was voided; null while it counts.")
        .filter()
        .one("voidedBy", "Employee", "voided_by", "Who voided it; null while it counts.")
        .optional("voidReason", "void_reason", Kind::Text, "Why it was voided; null while it counts.")
        .column("version", "version", Kind::Int, "Raised by one with each change; `expectedVersion` of the mutations.");
}

fn copies(graph: &mut Graph) {
    graph
        .table(
            "FormCopy",
            "formcopy",
            COPY,
            Some(READ.via("form_id", FORM)),
            "A copy of a form: which department got it when, and who recorded the receipt (CMP-12).",
        )
        .newest_by("sent_at", Kind::Instant)
        .column("ordinal", "ordinal", Kind::Int, "Which copy it is, from 1; the same for several departments of one kind.")
        .filter()
        .order()
        .group()
        .one("form", "Form", "form_id", "The form.")
        .filter()
        .order()
        .group()
        .column("departmentKind", "department_kind", Kind::Enum("DepartmentKind"), "The kind of department that it is for.")
        .filter()
        .group()
        .one("department", "Department", "department_id", "The department that got it; null where the company had none of the kind.")
        .filter()
        .order()
        .group()
        .column("sentAt", "sent_at", Kind::Instant, "When it was sent.")
        .filter()
        .order()
        .group()
        .measure()
        .optional("receivedAt", "received_at", Kind::Instant, "When the receipt was recorded; null before.")
        .filter()
        .order()
        .group()
        .measure()
        .one("receivedBy", "Employee", "received_by", "Who recorded it; null before.")
        .filter()
        .order()
        .group()
        .column("version", "version", Kind::Int, "Raised by one with each change.")
        .batched("viewerActions", "ViewerAction", true, false, RECEIPT, actions, "What the viewer can do with it now.");
}

fn due(scene: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let form = Table::named("form_due");
    let mut valid = Query::select();
    valid
        .expr(Expr::cust("1"))
        .from_as(Alias::new(FORM), form.iden())
        .and_where(form.col("id").eq(table.col("form_id")))
        .and_where(form.col("voided_at").is_null());
    let waits = Cond::When(table.col("received_at").is_null());
    let own = received_in(scene.viewer.subject.department, table);
    Ok(waits.and(Cond::exists(valid)).and(own))
}

fn title(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(code)] => {
            let code = code.parse::<FormCode>();
            let label = code.map(|code| code.label(scene.language));
            label.unwrap_or_default().into()
        }
        _ => Value::Null,
    })
}

fn lines(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Json(content)] => shown(scene.language, scene.get()?, content),
        _ => json!([]),
    })
}

fn actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let directory: &Directory = scene.get()?;
        let config: &Config = scene.get()?;
        let units = units(directory);
        let forms = parents
            .cells
            .iter()
            .filter_map(|cells| match cells.first() {
                Some(Cell::Id(form)) => Some(*form),
                _ => None,
            });
        scene.count_statement();
        let voided: Vec<Uuid> = form::Entity::find()
            .select_only()
            .column(form::Column::Id)
            .filter(form::Column::Id.is_in(forms))
            .filter(form::Column::VoidedAt.is_not_null())
            .into_tuple()
            .all(&scene.db.read)
            .await?;
        let voided: HashSet<Uuid> = voided.into_iter().collect();
        let one = |cells: &Vec<Cell>| {
            let [Cell::Id(form), Cell::Text(kind), department, at, by] = cells.as_slice() else {
                return Ok(json!([]));
            };
            let department = match department {
                Cell::Id(department) => Some(*department),
                _ => None,
            };
            let received = match (by, at) {
                (Cell::Id(by), Cell::Instant(at)) => Some((*by, *at)),
                _ => None,
            };
            let kind = kind.parse::<DepartmentKind>();
            let receivers = kind.map(|kind| receivers(kind, department, &units));
            let facts = CopyFacts {
                receivers: receivers.unwrap_or_default(),
            };
            let judged = policy_of(scene, (FORM, "receive"), &facts)?;
            let judged = judged.and_then(|permit| {
                check_receipt(voided.contains(form), received.map(|(_, at)| at))
                    .map(|()| permit)
                    .map_err(|refusal| {
                        in_words(directory, config.company.zone(), received, refusal)
                    })
            });
            Ok(json!([viewer_action(scene, (FORM, "receive"), &judged)]))
        };
        let values: Result<Vec<Value>> = parents.cells.iter().map(one).collect();
        Ok(Batch::Values(values?))
    })
}
