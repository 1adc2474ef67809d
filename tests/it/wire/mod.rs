//! What comes over the wire, with the real schema behind it: documents by their hash, lists of operations, attacks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod budgets;
mod hostile;
mod persisted;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{TestApp, Who};

/// Posts a body as somebody, or as nobody; gives status and answer.
async fn post(app: &TestApp, who: Option<Who>, body: &Value) -> (StatusCode, Value) {
    let response = respond(app, who, body).await;
    (response.status(), response.json().await.unwrap())
}

async fn respond(app: &TestApp, who: Option<Who>, body: &Value) -> Response {
    let mut request = app.client().post(app.url("/graphql")).json(body);
    if let Some(who) = who {
        request = request.bearer_auth(app.token(who));
    }
    request
        .header("accept-language", "en")
        .send()
        .await
        .unwrap()
}

/// The hash of a text as clients of persisted queries send it.
fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The extension that names a document.
fn named(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}
