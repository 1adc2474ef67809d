//! Notices over HTTP: who is told of what, what it says, reading them; by mail, to a mail server of the test.

mod faults;
mod inbox;
mod mail;
mod telling;

use serde_json::{Value, json};

use crate::support::{As, TestApp, Who};

/// What tests look at.
const FIELDS: &str = "id code title text subjectKind subjectId clause { number } createdAt readAt resolvedAt mailState";

async fn seen_by(by: &As<'_>) -> Vec<Value> {
    let query = format!("{{ notices {{ nodes {{ {FIELDS} }} }} }}");
    let data = by.ask(&query, json!({})).await;
    data["notices"]["nodes"].as_array().unwrap().clone()
}

/// What somebody was told, the newest first.
async fn told(app: &TestApp, who: Who) -> Vec<Value> {
    seen_by(&app.by(who)).await
}

/// Codes of what somebody was told, the newest first.
async fn codes(app: &TestApp, who: Who) -> Vec<String> {
    let told = told(app, who).await;
    let code = |notice: &Value| notice["code"].as_str().unwrap().to_owned();
    told.iter().map(code).collect()
}

async fn unread(app: &TestApp, who: Who) -> i64 {
    let data = app.by(who).ask("{ noticesUnread }", json!({})).await;
    data["noticesUnread"].as_i64().unwrap()
}
