//! What can be read of the policy: its rows in force, and changes of them with who drafted and approved what (ORG-3).
//!
//! Pitfall: the effect of a change is counted on today's objects, before its approval and after it alike.

use rules::vocabulary::{PolicyChangeState, PolicyRowChange, Role};
use sea_query::ExprTrait as _;
use serde_json::Value;
use uuid::Uuid;

use super::access::{CHANGE, ChangeFacts, ROW};
use super::{effect, rows};
use crate::access::{Cond, PolicyRow, Table};
use crate::graph::{Args, Cell, Gate, Graph, Kind, RootRead, Scene};
use crate::kit::error::Result;
use crate::viewer::viewer_actions;

const ROW_CELLS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("role", Kind::Text),
    ("object", Kind::Text),
    ("action", Kind::Text),
    ("scope", Kind::Text),
    ("limit_parameter", Kind::Text),
    ("clause", Kind::Text),
    ("effect", Kind::Text),
];
const FACTS: &[(&str, Kind)] = &[("drafted_by", Kind::Id(""))];
const LABELS: &str = "PolicyRowLabels";

/// Declares rows and changes.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<PolicyChangeState>();
    graph.vocabulary::<PolicyRowChange>();
    declare_row(graph);
    declare_change(graph);
    declare_values(graph);
    graph.root(
        "policyRows",
        RootRead::Connection("PolicyRow", Some(in_force)),
        false,
        "The rows of the policy in force: which role may do what to which objects, under which clause (ORG-3).",
    );
    graph.root(
        "policyChanges",
        RootRead::Connection("PolicyChange", None),
        false,
        "Changes of the policy that the viewer may see, the newest first (ORG-3).",
    );
    graph.root(
        "policyChange",
        RootRead::ById("PolicyChange"),
        true,
        "A change of the policy; null when there is none or it may not be seen.",
    );
}

fn declare_row(graph: &mut Graph) {
    graph
        .table(
            "PolicyRow",
            "policyrow",
            "policy_row",
            Some(Gate::new(ROW, "read")),
            "A row of the policy (ORG-3). Seen by system administrators, the general manager, the governing body and auditors.",
        )
        .filter()
        .column("row", "name", Kind::Text, "The row's own name, by which changes refer to it.")
        .filter()
        .order()
        .column("role", "role", Kind::Enum("Role"), "The role that it is about, and every role that contains it.")
        .filter()
        .column("object", "object", Kind::Text, "Kind of object, or its section: `archive.contacts`.")
        .filter()
        .order()
        .column("action", "action", Kind::Text, "What is done to it: `read`.")
        .filter()
        .column("scope", "scope", Kind::Text, "Which objects of the kind: `any`, `department`, `own`.")
        .filter()
        .optional("limit", "limit_parameter", Kind::Text, "The rulebook parameter that gives the highest amount; null without a limit.")
        .filter()
        .column("clause", "clause", Kind::Text, "Number of the clause that it implements.")
        .filter()
        .order()
        .column("effect", "effect", Kind::Enum("PolicyEffect"), "Whether it permits or denies; a denial wins over every permission.")
        .filter()
        .column("changed", "changed", Kind::Bool, "Whether the company changed it, so that a newer version of the server leaves it alone.")
        .filter()
        .optional("removedAt", "removed_at", Kind::Instant, "When it was removed from the policy; null while it is in force.")
        .column("version", "version", Kind::Int, "Raised by one with each change.")
        .computed("labels", LABELS, ROW_CELLS, labels, "What people call its parts, in the viewer's language.");
}

fn declare_change(graph: &mut Graph) {
    graph
        .table(
            "PolicyChange",
            "policychange",
            "policy_change",
            Some(Gate::new(CHANGE, "read")),
            "A change of the policy, drafted by a system administrator and approved by the general manager (ORG-3). Seen by \
             both, by the governing body and by auditors.",
        )
        .filter()
        .column("number", "number", Kind::Text, "Number, unique: `QX2026-00001`.")
        .filter()
        .order()
        .column("reason", "reason", Kind::Text, "Why.")
        .computed_list("rows", "PolicyChangeRow", effect::NEEDS, changed_rows, "The rows that it adds, alters and removes.")
        .batched("effect", "PolicyChangeEffect", false, true, effect::NEEDS, effect::effect, "Who gains and who loses what by it, counted on today's objects. Seen by who may draft or approve it; null for others.")
        .under(Gate::new(CHANGE, "weigh"))
        .cost(100)
        .column("state", "state", Kind::Enum("PolicyChangeState"), "How far it has come.")
        .filter()
        .one("reverts", "PolicyChange", "reverts", "The change whose opposite it is; null for others.")
        .always_one("draftedBy", "Employee", "drafted_by", "Who drafted it; never decides on it.")
        .filter()
        .one("approval", "Approval", "approval_id", "The approval that decides it, with its trail; null while it is a draft.")
        .optional("decidedAt", "decided_at", Kind::Instant, "When it was approved, rejected or last sent back. An approved one is in force from then on.")
        .filter()
        .order()
        .one("decidedBy", "Employee", "decided_by", "Who approved, rejected or last sent it back; null before.")
        .filter()
        .one("decidedFor", "Employee", "decided_for", "Whose right was used, under a delegation (ORG-4); null where it was his own.")
        .optional("decisionReason", "decision_reason", Kind::Text, "What was said with the decision; null where nothing was.")
        .column("createdAt", "created_at", Kind::Instant, "When it was drafted.")
        .filter()
        .order()
        .column("updatedAt", "updated_at", Kind::Instant, "When it last changed.")
        .column("version", "version", Kind::Int, "Raised by one with each change; `expectedVersion` of the mutations.")
        .computed_list("viewerActions", "ViewerAction", FACTS, actions, "What the viewer may do with it.");
}

fn declare_values(graph: &mut Graph) {
    graph
        .value(
            LABELS,
            "What people call the parts of a policy row, in the viewer's language.",
        )
        .key("role", Kind::Text, false, "The role.")
        .key(
            "scope",
            Kind::Text,
            false,
            "Which objects of the kind, in words.",
        )
        .key(
            "limit",
            Kind::Text,
            true,
            "The parameter of the limit; null without one.",
        )
        .key("clause", Kind::Text, false, "Title of the clause.")
        .key("effect", Kind::Text, false, "Permits or denies.");
    graph
        .value(
            "PolicyRowValue",
            "A policy row as it is before or after a change.",
        )
        .key("role", Kind::Enum("Role"), false, "The role.")
        .key(
            "object",
            Kind::Text,
            false,
            "Kind of object, or its section.",
        )
        .key("action", Kind::Text, false, "What is done to it.")
        .key("scope", Kind::Text, false, "Which objects of the kind.")
        .key(
            "limit",
            Kind::Text,
            true,
            "The rulebook parameter that gives the highest amount; null without a limit.",
        )
        .key("clause", Kind::Text, false, "Number of the clause.")
        .key(
            "effect",
            Kind::Enum("PolicyEffect"),
            false,
            "Whether it permits or denies.",
        )
        .nested("labels", LABELS, false, "What people call its parts.");
    graph
        .value(
            "PolicyChangeRow",
            "A row that a change adds, alters or removes.",
        )
        .key("row", Kind::Text, false, "The row's name.")
        .key(
            "change",
            Kind::Enum("PolicyRowChange"),
            false,
            "What happens to it.",
        )
        .nested(
            "before",
            "PolicyRowValue",
            true,
            "The row before; null where it is added.",
        )
        .nested(
            "after",
            "PolicyRowValue",
            true,
            "The row after; null where it is removed.",
        );
    graph
        .value("PolicyChangeEffect", "Who gains and who loses what by a change of the policy, counted on today's objects.")
        .key("people", Kind::Count, false, "People whose rights are others.")
        .key("leftOut", Kind::Count, false, "How many times an action of somebody was not counted, because a change touches too many; 0 where the figures are complete.")
        .nested_list("actions", "PolicyChangeEffectOnAction", "The actions for which somebody's rights are others.");
    graph
        .value(
            "PolicyChangeEffectOnAction",
            "Who gains and who loses an action by a change of the policy.",
        )
        .key(
            "object",
            Kind::Text,
            false,
            "Kind of object, or its section.",
        )
        .key("action", Kind::Text, false, "What is done to it.")
        .key(
            "people",
            Kind::Count,
            false,
            "People whose right to it is another.",
        )
        .key(
            "gainers",
            Kind::Count,
            false,
            "Those of them who may do it to objects that they might not before.",
        )
        .key(
            "losers",
            Kind::Count,
            false,
            "Those of them who may not do it any more to objects that they might before.",
        )
        .nested_list(
            "named",
            "PolicyChangeEffectOnPerson",
            "The 20 of them for whom most objects move.",
        );
    graph
        .value(
            "PolicyChangeEffectOnPerson",
            "What somebody gains and loses by a change of the policy.",
        )
        .nested("employee", "EmployeeName", false, "The person.")
        .key(
            "gained",
            Kind::Count,
            false,
            "Objects that he may do it to and might not before.",
        )
        .key(
            "lost",
            Kind::Count,
            false,
            "Objects that he might do it to and may not any more.",
        );
}

fn in_force(_: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let permission = Cond::When(table.col("ptype").eq("p"));
    Ok(permission.and(Cond::When(table.col("removed_at").is_null())))
}

fn text(cell: Option<&Cell>) -> Option<String> {
    match cell {
        Some(Cell::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn labels(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let of = |at: usize| text(cells.get(at)).unwrap_or_default();
    let role: Role = of(1).parse().unwrap_or(Role::Employee);
    let row = PolicyRow {
        id: of(0),
        role,
        object: of(2),
        action: of(3),
        scope: of(4),
        limit: text(cells.get(5)),
        clause: of(6),
        deny: of(7) == "DENY",
    };
    Ok(rows::labels(scene, &row))
}

fn changed_rows(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let [Cell::Json(changes)] = cells else {
        return Ok(Value::Array(Vec::new()));
    };
    let changes = rows::of_json(changes)?;
    let told = changes.iter().map(|change| rows::told(scene, change));
    Ok(told.collect())
}

fn actions(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    const PAIRS: [(&str, &str); 3] = [
        (CHANGE, "submit"),
        (CHANGE, "withdraw"),
        (CHANGE, "approve"),
    ];
    let [Cell::Id(drafted_by)] = cells else {
        return Ok(Value::Array(Vec::new()));
    };
    let facts = ChangeFacts {
        drafted_by: *drafted_by,
    };
    viewer_actions(scene, &PAIRS, &facts)
}
