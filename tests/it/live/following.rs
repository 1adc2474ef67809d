//! What comes.

use std::collections::BTreeSet;

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{COMPLAINT, DUE, INBOX, begun, case, delivery};
use crate::complaints::{FIELDS, decision};
use crate::obligations::jobs::due_in_a_minute;
use crate::support::socket::Socket;
use crate::support::{TestApp, Who, error_code};

#[tokio::test]
async fn an_inbox_is_told_of_what_others_ask_for_and_of_what_is_decided() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Manager1).await;
    let (first, _) = begun(&mut socket, "i", INBOX, json!({})).await;
    assert_eq!(
        first,
        json!({"counts": [], "inbox": {"totalCount": 0, "nodes": []}})
    );
    let complaint = case(&app).await;
    // The review, which he could have made as well, comes and goes before.
    let then = the_last(&mut socket, "i").await;
    let counts = json!([{"subjectKind": "complaint", "state": "OPEN", "count": 1}]);
    assert_eq!(then["counts"], counts);
    assert_eq!(then["inbox"]["nodes"][0]["subjectId"], complaint["id"]);
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let (last, _) = delivery(&mut socket, "i").await;
    assert_eq!(last, first);
}

/// What was delivered last, once nothing more comes.
async fn the_last(socket: &mut Socket, id: &str) -> Value {
    let (mut last, _) = delivery(socket, id).await;
    let quiet = std::time::Duration::from_secs(1);
    while let Ok((next, _)) = tokio::time::timeout(quiet, delivery(socket, id)).await {
        last = next;
    }
    last
}

#[tokio::test]
async fn a_complaint_is_told_with_its_latest_state() {
    let app = TestApp::start().await;
    let complaint = case(&app).await;
    let mut socket = app.socket(Who::Manager1).await;
    let variables = json!({"id": complaint["id"]});
    let (first, _) = begun(&mut socket, "c", COMPLAINT, variables).await;
    assert_eq!(first["noLongerVisible"], false);
    assert_eq!(first["complaint"]["amount"], complaint["amount"]);
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let (then, _) = delivery(&mut socket, "c").await;
    assert_ne!(then["complaint"]["state"], first["complaint"]["state"]);
    // Of other complaints nothing comes.
    case(&app).await;
    socket.quiet(700).await;
}

#[tokio::test]
async fn a_customer_is_told() {
    let app = TestApp::start().await;
    let customer =
        crate::complaints::customer(&app, crate::support::company::Unit::Sales1, Who::Sales1).await;
    let mut socket = app.socket(Who::Sales2).await;
    let query = "subscription($id: ID!) { customerChanged(id: $id) { cursor customer { id department { id } } } }";
    let (first, _) = begun(&mut socket, "c", query, json!({"id": customer})).await;
    let department = crate::support::id("department", crate::support::company::Unit::Sales2.id());
    let input = json!({"customer": customer, "expectedVersion": 1, "owner": null, "department": department, "reason": "移交"});
    app.by(Who::Gm)
        .done("customerAssign", input, "customer { id }")
        .await;
    let (then, _) = delivery(&mut socket, "c").await;
    assert_ne!(then, first);
    assert_eq!(then["customer"]["department"]["id"], department);
}

#[tokio::test]
async fn org_6_a_bulk_of_what_comes_due_takes_few_deliveries() {
    let app = TestApp::start().await;
    due_in_a_minute(&app, 450).await;
    app.advance(Duration::minutes(2));
    let mut socket = app.socket(Who::Sales1).await;
    let (first, _) = begun(&mut socket, "o", DUE, json!({})).await;
    assert_eq!(first, json!({"obligations": []}));
    let mut other = app.socket(Who::Sales2).await;
    begun(&mut other, "o", DUE, json!({})).await;
    assert_eq!(app.run_due_jobs().await, 450);
    let (mut told, mut deliveries) = (BTreeSet::new(), 0);
    while told.len() < 450 {
        let (some, _) = delivery(&mut socket, "o").await;
        deliveries += 1;
        for obligation in some["obligations"].as_array().unwrap() {
            assert_eq!(obligation["stepsTaken"], 1);
            assert_eq!(obligation["ledger"]["nodes"][0]["kind"], "FOLLOWED");
            assert!(told.insert(obligation["id"].as_str().unwrap().to_owned()));
        }
    }
    assert!(deliveries <= 6, "{deliveries}");
    socket.quiet(500).await;
    other.quiet(100).await;
}

#[tokio::test]
async fn many_changes_of_an_inbox_take_few_readings() {
    let app = TestApp::start_with(&[("live.gather_ms", "500")]).await;
    let mut socket = app.socket(Who::Manager1).await;
    begun(&mut socket, "i", INBOX, json!({})).await;
    join_all((0..12).map(|_| case(&app))).await;
    let mut deliveries = 0;
    loop {
        let (then, _) = delivery(&mut socket, "i").await;
        deliveries += 1;
        if then["inbox"]["totalCount"] == 12 {
            break;
        }
    }
    // Thirty-six events; how long they take depends on the machine.
    assert!(deliveries <= 12, "{deliveries}");
}

#[tokio::test]
async fn whoever_waits_for_his_turn_to_read_gets_it() {
    let app = TestApp::start_with(&[("live.readings_at_once", "1")]).await;
    let mut socket = app.socket(Who::Manager1).await;
    let ids: Vec<String> = (0..20).map(|at| at.to_string()).collect();
    for id in &ids {
        begun(&mut socket, id, INBOX, json!({})).await;
    }
    case(&app).await;
    let mut told = BTreeSet::new();
    while told.len() < ids.len() {
        let message = socket.next().await;
        // Between review and decision he has nothing to do.
        if message["payload"]["data"]["inboxChanged"]["inbox"]["totalCount"] == 0 {
            continue;
        }
        told.insert(message["id"].as_str().unwrap().to_owned());
    }
}

#[tokio::test]
async fn queries_and_mutations_over_a_socket_are_those_of_http() {
    let app = TestApp::start().await;
    let complaint = case(&app).await;
    let mut socket = app.socket(Who::Deputy).await;
    let query = "query($id: ID!) { complaint(id: $id) { id state } }";
    socket
        .subscribe("q", query, json!({"id": complaint["id"]}))
        .await;
    let answer = socket.answer("q").await;
    socket.completed("q").await;
    let (_, by_http) = app
        .by(Who::Deputy)
        .send(query, json!({"id": complaint["id"]}))
        .await;
    assert_eq!(answer, by_http);
    let mutation = "mutation($input: ComplaintDecideInput!) { complaintDecide(input: $input) { complaint { state } refusals { code } } }";
    socket
        .subscribe("m", mutation, json!({"input": decision(&complaint)}))
        .await;
    assert_eq!(
        socket.data("m").await["complaintDecide"]["refusals"],
        json!([])
    );
    socket.completed("m").await;
    socket
        .subscribe("m", mutation, json!({"input": decision(&complaint)}))
        .await;
    assert_eq!(
        socket.data("m").await["complaintDecide"]["refusals"][0]["code"],
        "ALREADY_DECIDED"
    );
}

#[tokio::test]
async fn documents_over_a_socket_are_held_to_the_limits() {
    let app = TestApp::start_with(&[("limits.depth", "4")]).await;
    let mut socket = app.socket(Who::Manager1).await;
    let deep = "{ approvalInbox { nodes { requester { department { id } } } } }";
    let followed = "subscription { inboxChanged { inbox { nodes { requester { id } } } } }";
    let bomb = format!(
        "subscription {{ inboxChanged {{ ...F0 }} }} {}",
        (0..40)
            .map(|i| format!(
                "fragment F{i} on InboxChanged {{ ...F{n} ...F{n} }} ",
                n = i + 1
            ))
            .collect::<String>()
            + "fragment F40 on InboxChanged { cursor }"
    );
    for (document, code) in [
        (deep, "QUERY_TOO_DEEP"),
        (followed, "QUERY_TOO_DEEP"),
        (bomb.as_str(), "QUERY_TOO_DEEP"),
        ("subscription { nothing }", "BAD_REQUEST"),
        ("subscription { inboxChanged { nothing } }", "BAD_REQUEST"),
        ("subscription { inboxChanged", "BAD_REQUEST"),
        (
            "subscription { inboxChanged { cursor } again: inboxChanged { cursor } }",
            "BAD_REQUEST",
        ),
        (
            "subscription { ... { inboxChanged { cursor } } }",
            "BAD_REQUEST",
        ),
        (
            "subscription { complaintChanged(id: \"customer_1\") { cursor } }",
            "BAD_REQUEST",
        ),
        (
            "subscription { inboxChanged(after: \"made up\") { cursor } }",
            "BAD_REQUEST",
        ),
    ] {
        socket.subscribe("x", document, json!({})).await;
        let errors = socket.errors("x").await;
        assert_eq!(
            errors[0]["extensions"]["code"], code,
            "{document}\n{errors:#}"
        );
    }
    assert_eq!(app.app.listeners(), 0);
}

#[tokio::test]
async fn fragments_aliases_and_variables_work_in_a_subscription() {
    let app = TestApp::start().await;
    case(&app).await;
    let mut socket = app.socket(Who::Manager1).await;
    let query = "subscription($many: Int = 1, $no: Boolean!) { mine: inboxChanged { __typename ...Page \
        page: inbox(first: $many) { totalCount } cursor @skip(if: $no) } } \
        fragment Page on InboxChanged { inbox(first: $many) { nodes { __typename } } }";
    socket.subscribe("i", query, json!({"no": true})).await;
    let told = json!({"mine": {"__typename": "InboxChanged", "inbox": {"nodes": [{"__typename": "Approval"}]}, "page": {"totalCount": 1}}});
    assert_eq!(socket.data("i").await, told);
}

#[tokio::test]
async fn a_field_that_fails_is_told_with_its_path() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Manager1).await;
    let query = "subscription { inboxChanged { inbox(first: -1) { totalCount } } }";
    socket.subscribe("i", query, json!({})).await;
    let answer = socket.answer("i").await;
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(error_code(&answer), "BAD_REQUEST");
    assert_eq!(answer["errors"][0]["path"][0], "inboxChanged");
    socket.completed("i").await;
}

#[tokio::test]
async fn every_node_hears_of_what_others_write() {
    let app = TestApp::start().await;
    let other = app.another_node().await;
    let running = other.listen().unwrap();
    let address = running.addresses()[0];
    tokio::spawn(running.run());
    tokio::spawn(other.keep_fresh());
    let mut socket = Socket::of(address, &app.token(Who::Manager1)).await;
    begun(&mut socket, "i", INBOX, json!({})).await;
    let complaint = case(&app).await;
    let (then, _) = delivery(&mut socket, "i").await;
    assert_eq!(then["inbox"]["nodes"][0]["subjectId"], complaint["id"]);
    // A cursor of one node is good on another.
    let (_, cursor) = begun(&mut socket, "o", DUE, json!({})).await;
    let mut here = app.socket(Who::Manager1).await;
    here.subscribe("o", DUE, json!({"after": cursor})).await;
    here.quiet(300).await;
}

#[tokio::test]
async fn events_of_a_stream_come_by_post_and_by_get() {
    let app = TestApp::start().await;
    let body = json!({"query": INBOX}).to_string();
    let asked = app
        .client()
        .post(app.url("/graphql"))
        .bearer_auth(app.token(Who::Manager1));
    let asked = asked
        .header("accept", "text/event-stream")
        .header("content-type", "application/json");
    let mut response = asked.body(body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut text = String::new();
    let mut until = async |what: &str| {
        while !text.contains(what) {
            let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), response.chunk());
            text.push_str(std::str::from_utf8(&chunk.await.unwrap().unwrap().unwrap()).unwrap());
        }
    };
    until("event: next\ndata: {\"data\":{\"inboxChanged\":{").await;
    until("\"totalCount\":0").await;
    case(&app).await;
    until("\"totalCount\":1").await;
    drop(response);

    let path = "/graphql?query=subscription%7BinboxChanged%7Binbox%7BtotalCount%7D%7D%7D";
    let asked = app
        .client()
        .get(app.url(path))
        .bearer_auth(app.token(Who::Manager1));
    let asked = asked
        .header("accept", "text/event-stream")
        .header("x-kehu-csrf", "1");
    let mut response = asked.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("\"totalCount\":1") {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

#[tokio::test]
async fn a_subscription_in_a_plain_request_is_told_where_to_go() {
    let app = TestApp::start().await;
    let (_, answer) = app.by(Who::Manager1).send(INBOX, json!({})).await;
    assert_eq!(error_code(&answer), "NOT_ACCEPTABLE");
    // Nobody follows anything.
    let asked = app
        .client()
        .post(app.url("/graphql"))
        .header("accept", "text/event-stream");
    let response = asked.json(&json!({"query": INBOX})).send().await.unwrap();
    let text = response.text().await.unwrap();
    assert!(
        text.contains("UNAUTHENTICATED") && text.ends_with("event: complete\ndata:\n\n"),
        "{text}"
    );
}

#[tokio::test]
async fn nothing_is_left_of_those_who_went() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Manager1).await;
    begun(&mut socket, "i", INBOX, json!({})).await;
    begun(&mut socket, "o", DUE, json!({})).await;
    assert!(app.app.listeners() > 0);
    socket.send(json!({"id": "o", "type": "complete"})).await;
    socket.raw(Message::Close(None)).await;
    for attempt in 0.. {
        if app.app.listeners() == 0 {
            break;
        }
        assert!(attempt < 50, "{} listeners are left", app.app.listeners());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
