//! The end of a connection with the rights it was opened by (ORG-7).

use std::time::{Duration, Instant};

use serde_json::json;

use super::{COMPLAINT, INBOX, begun};
use crate::support::socket::Socket;
use crate::support::{TestApp, Who, id};

const SOON: Duration = Duration::from_secs(1);

async fn forbidden(mut socket: Socket) {
    let since = Instant::now();
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4403, "{reason}");
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Manager1).await;
    begun(&mut socket, "i", INBOX, json!({})).await;
    app.advance(chrono::Duration::minutes(14));
    socket.quiet(600).await;
    app.advance(chrono::Duration::minutes(1));
    forbidden(socket).await;
}

#[tokio::test]
async fn org_7_a_revoked_session_closes_its_sockets_and_no_others() {
    let app = TestApp::start().await;
    let sign_in =
        "mutation($input: SignInInput!) { signIn(input: $input) { accessToken sessionId } }";
    let input =
        json!({"input": {"login": "manager-1", "password": crate::support::company::PASSWORD}});
    let (_, answer) = app.nobody().send(sign_in, input).await;
    let session = &answer["data"]["signIn"];
    let mut socket = Socket::of(app.address, session["accessToken"].as_str().unwrap()).await;
    begun(&mut socket, "i", INBOX, json!({})).await;
    let mut other = app.socket(Who::Manager1).await;
    begun(&mut other, "i", INBOX, json!({})).await;
    let input = json!({"session": session["sessionId"]});
    app.by(Who::Manager1)
        .done("sessionRevoke", input, "__typename")
        .await;
    forbidden(socket).await;
    other.quiet(600).await;
}

#[tokio::test]
async fn org_7_a_dismissed_person_loses_sockets_and_streams_within_a_second_on_every_node() {
    let app = TestApp::start().await;
    let other = app.another_node().await;
    let running = other.listen().unwrap();
    let address = running.addresses()[0];
    tokio::spawn(running.run());
    tokio::spawn(other.keep_fresh());
    let here = app.socket(Who::Sales1).await;
    let mut there = Socket::of(address, &app.token(Who::Sales1)).await;
    begun(&mut there, "i", INBOX, json!({})).await;
    let asked = app
        .client()
        .post(app.url("/graphql"))
        .bearer_auth(app.token(Who::Sales1));
    let asked = asked.header("accept", "text/event-stream");
    let stream = asked.json(&json!({"query": INBOX})).send().await.unwrap();
    let account = id("account", Who::Sales1.id());
    app.by(Who::Admin)
        .done("accountDisable", json!({"account": account}), "__typename")
        .await;
    forbidden(here).await;
    forbidden(there).await;
    let text = tokio::time::timeout(SOON, stream.text())
        .await
        .unwrap()
        .unwrap();
    assert!(
        text.contains("UNAUTHENTICATED") && text.ends_with("event: complete\ndata:\n\n"),
        "{text}"
    );
}

#[tokio::test]
async fn an_api_key_opens_a_socket_with_its_role_until_it_is_revoked() {
    let app = TestApp::start().await;
    let expires = (app.clock.now() + chrono::Duration::days(10)).to_rfc3339();
    let input = json!({"name": "sync", "role": "DEPARTMENT_MANAGER", "expiresAt": expires});
    let made = app
        .by(Who::Manager1)
        .done("apiKeyCreate", input, "secret apiKey { id }")
        .await;
    let mut socket = Socket::of(app.address, made["secret"].as_str().unwrap()).await;
    let complaint = super::case(&app).await;
    let (first, _) = begun(&mut socket, "c", COMPLAINT, json!({"id": complaint["id"]})).await;
    assert_eq!(first["complaint"]["id"], complaint["id"]);
    // A key has no more than its role: what every employee may is not among it.
    let (inbox, _) = begun(&mut socket, "i", INBOX, json!({})).await;
    assert_eq!(inbox["inbox"]["totalCount"], 0);
    let input = json!({"apiKey": made["apiKey"]["id"]});
    app.by(Who::Manager1)
        .done("apiKeyRevoke", input, "__typename")
        .await;
    forbidden(socket).await;
}
