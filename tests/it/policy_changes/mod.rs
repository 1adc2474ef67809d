//! The policy changed through the API (ORG-3): drafted by a system administrator, seen by its effect, approved by the general
//! manager, in force at once, taken back; and what tests of it arrange.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deciding;
mod drafting;
mod weighing;

use serde_json::{Value, json};

use crate::support::{TestApp, Who};

/// What tests look at after a mutation.
pub const FIELDS: &str =
    "change { id number version state decidedBy { id } decidedFor { id } reverts { id } }";
/// Everything of a change that tests look at.
const READ: &str = "query($id: ID!) { policyChange(id: $id) { id number reason state version draftedBy { id } \
    decidedBy { id } decidedAt decisionReason reverts { id } approval { state contentHash } \
    rows { row change before { role object action scope limit clause effect } \
        after { role object action scope limit clause effect labels { role scope limit clause effect } } } \
    effect { people leftOut actions { object action people gainers losers named { employee { id } gained lost } } } \
    viewerActions { action allowed } } }";

/// A row that lets a role void complaints within its department.
pub fn new_row(row: &str, role: &str) -> Value {
    json!({"row": row, "role": role, "object": "complaint", "action": "void", "scope": "department", "clause": "CMP-3"})
}

/// A draft of an administrator with these lists of rows.
pub async fn drafted(app: &TestApp, mut rows: Value) -> Value {
    rows["reason"] = json!("职责调整");
    let payload = app
        .by(Who::Admin)
        .done("policyChangeDraft", rows, FIELDS)
        .await;
    payload["change"].clone()
}

/// A change that waits for the general manager.
pub async fn submitted(app: &TestApp, rows: Value) -> Value {
    let change = drafted(app, rows).await;
    let payload = app
        .by(Who::Admin)
        .done("policyChangeSubmit", on(&change), FIELDS)
        .await;
    payload["change"].clone()
}

/// A change in force.
pub async fn approved(app: &TestApp, rows: Value) -> Value {
    let change = submitted(app, rows).await;
    let payload = app
        .by(Who::Gm)
        .done("policyChangeApprove", on(&change), FIELDS)
        .await;
    assert_eq!(payload["change"]["state"], "APPROVED");
    payload["change"].clone()
}

/// Input of a mutation on a change as it was last read.
pub fn on(change: &Value) -> Value {
    json!({"change": change["id"], "expectedVersion": change["version"]})
}

/// The same with a reason.
pub fn because(change: &Value) -> Value {
    let mut input = on(change);
    input["reason"] = json!("再议");
    input
}

/// The change as somebody reads it.
pub async fn read(app: &TestApp, who: Who, change: &Value) -> Value {
    let answer = app.by(who).ask(READ, json!({"id": change["id"]})).await;
    answer["policyChange"].clone()
}

/// The rows in force that fit, by name.
pub async fn rows(app: &TestApp, who: Who, fits: Value) -> Vec<Value> {
    let query = "query($where: PolicyRowWhere) { policyRows(first: 200, where: $where) { nodes { row role object action \
                 scope limit clause effect changed labels { role scope limit clause effect } } } }";
    let answer = app.by(who).ask(query, json!({"where": fits})).await;
    answer["policyRows"]["nodes"].as_array().unwrap().clone()
}

/// The rows that a command leaves behind, so that a test can say that nothing was written.
pub async fn footprint(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "policy_row",
        "policy_change",
        "approval",
        "approval_event",
        "history",
        "audit_entry",
        "number_counter",
    ] {
        counts.push(app.count(table).await);
    }
    counts
}
