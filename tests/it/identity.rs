//! Accounts, sessions, tokens and API keys over HTTP (ORG-7).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
pub mod api_keys;
mod command_line;
mod sign_in;

use serde_json::{Value, json};

use crate::support::company::PASSWORD;
use crate::support::{TestApp, error_code};

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) \
    { accessToken expiresAt refreshToken sessionId refusals { code } } }";
const REFRESH: &str = "mutation($input: SessionRefreshInput!) { sessionRefresh(input: $input) \
    { accessToken refreshToken sessionId refusals { code } } }";

/// A session as a client holds it.
struct Session {
    access: String,
    refresh: String,
    id: String,
}

/// The whole answer to a sign-in.
async fn sign_in(app: &TestApp, login: &str, password: &str) -> Value {
    let input = json!({"input": {"login": login, "password": password}});
    app.nobody().send(SIGN_IN, input).await.1
}

/// Somebody of the company signs in.
async fn session_of(app: &TestApp, login: &str) -> Session {
    session(&sign_in(app, login, PASSWORD).await["data"]["signIn"])
}

fn session(payload: &Value) -> Session {
    let text = |key: &str| {
        payload[key]
            .as_str()
            .unwrap_or_else(|| panic!("{payload:#}"))
            .to_owned()
    };
    Session {
        access: text("accessToken"),
        refresh: text("refreshToken"),
        id: text("sessionId"),
    }
}

/// The whole answer to a refresh token.
async fn refresh(app: &TestApp, token: &str) -> Value {
    app.nobody()
        .send(REFRESH, json!({"input": {"refreshToken": token}}))
        .await
        .1
}

/// Whether what is shown is admitted.
async fn admitted(app: &TestApp, token: &str) -> bool {
    let (status, answer) = app.bearer(token).send("{ __typename }", json!({})).await;
    match status.as_u16() {
        200 => true,
        401 => {
            assert_eq!(error_code(&answer), "UNAUTHENTICATED");
            false
        }
        other => panic!("{other}: {answer:#}"),
    }
}
