//! Revisions of the rulebook over HTTP (RUL-3 to RUL-5), and what tests of them arrange.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deciding;
mod drafting;
mod weighing;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::support::{TestApp, Who, brackets};

/// What tests look at after a mutation.
pub const FIELDS: &str = "revision { id number version state effectiveOn forGoverningBody decidedBy { id } decidedFor { id } }";
/// Everything of a revision that tests look at.
const READ: &str = "query($id: ID!) { rulebookRevision(id: $id) { id number regulation effectiveOn reason state version \
                    draftedBy { id } decidedBy { id } decidedFor { id } decisionReason forGoverningBody \
                    values { parameter unit kind value rows { name limit } replaces replacesRows { name limit } } \
                    impact { after until effects { parameter effect cases changed moves { from fromTitle to toTitle cases } } } \
                    approval { state trail { nodes { kind actor { id } } } } \
                    viewerActions { action allowed } } }";

/// The company's day so many days from today.
pub fn in_days(app: &TestApp, days: u64) -> NaiveDate {
    app.app.shared().day_of(app.clock.now()) + Days::new(days)
}

/// The company's day so many days ago.
pub fn days_ago(app: &TestApp, days: u64) -> NaiveDate {
    app.app.shared().day_of(app.clock.now()) - Days::new(days)
}

/// New brackets of CMP-11 in an input.
pub fn new_brackets(manager: &str, deputy: &str) -> Value {
    json!([{"parameter": "complaint.decision", "unit": "CNY", "rows": brackets(manager, deputy)}])
}

/// A new longest grant of LKP-4 in an input.
pub fn new_days(days: &str) -> Value {
    json!([{"parameter": "lookup.grant.max-days", "unit": "day", "value": days}])
}

/// Input of a draft from tomorrow on.
pub fn draft_of(app: &TestApp, regulation: &str, values: Value) -> Value {
    json!({
        "regulation": regulation,
        "effectiveOn": in_days(app, 1),
        "reason": "原料涨价",
        "values": values,
    })
}

/// A revision of the complaint brackets from tomorrow on, drafted in the general manager's office.
pub async fn drafted(app: &TestApp, manager: &str, deputy: &str) -> Value {
    let input = draft_of(app, "CMP", new_brackets(manager, deputy));
    let payload = app
        .by(Who::Clerk)
        .done("rulebookRevisionDraft", input, FIELDS)
        .await;
    payload["revision"].clone()
}

/// Submitted by who drafted it.
pub async fn submit(app: &TestApp, who: Who, revision: &Value) -> Value {
    let payload = app
        .by(who)
        .done("rulebookRevisionSubmit", on(revision), FIELDS)
        .await;
    payload["revision"].clone()
}

/// A revision of the complaint brackets that waits for the general manager.
pub async fn submitted(app: &TestApp, manager: &str, deputy: &str) -> Value {
    let revision = drafted(app, manager, deputy).await;
    submit(app, Who::Clerk, &revision).await
}

/// Input of a mutation on a revision as it was last read.
pub fn on(revision: &Value) -> Value {
    json!({"revision": revision["id"], "expectedVersion": revision["version"]})
}

/// The same with a reason.
pub fn because(revision: &Value) -> Value {
    let mut input = on(revision);
    input["reason"] = json!("再议");
    input
}

/// The revision as somebody reads it.
pub async fn read(app: &TestApp, who: Who, revision: &Value) -> Value {
    let answer = app.by(who).ask(READ, json!({"id": revision["id"]})).await;
    answer["rulebookRevision"].clone()
}

/// The rows that a command leaves behind, so that a test can say that nothing was written.
pub async fn footprint(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "rulebook_revision",
        "rulebook_value",
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
