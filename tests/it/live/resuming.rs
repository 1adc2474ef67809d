//! Going on from a cursor.

use chrono::Duration;
use serde_json::json;

use super::{COMPLAINT, DUE, INBOX, begun, case, delivery, settled};
use crate::complaints::{FIELDS, decision};
use crate::obligations::jobs::due_in_a_minute;
use crate::support::{TestApp, Who};

#[tokio::test]
async fn org_6_what_came_due_while_nobody_listened_is_told() {
    let app = TestApp::start().await;
    due_in_a_minute(&app, 250).await;
    app.advance(Duration::minutes(2));
    let mut socket = app.socket(Who::Sales1).await;
    let (_, cursor) = begun(&mut socket, "o", DUE, json!({})).await;
    drop(socket);
    assert_eq!(app.run_due_jobs().await, 250);
    settled(&app).await;
    let mut told = std::collections::BTreeSet::new();
    let mut after = cursor.clone();
    // Each time anew, as a phone does that loses its network after every delivery.
    while told.len() < 250 {
        let mut socket = app.socket(Who::Sales1).await;
        let (some, cursor) = begun(&mut socket, "o", DUE, json!({"after": after})).await;
        after = cursor;
        for obligation in some["obligations"].as_array().unwrap() {
            assert!(told.insert(obligation["id"].as_str().unwrap().to_owned()));
        }
    }
    let mut socket = app.socket(Who::Sales1).await;
    socket.subscribe("o", DUE, json!({"after": after})).await;
    socket.quiet(500).await;
    // At least once: the old cursor gives the old again.
    let (again, _) = begun(&mut socket, "p", DUE, json!({"after": cursor})).await;
    assert!(!again["obligations"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn what_shows_a_state_shows_that_of_now() {
    let app = TestApp::start().await;
    let complaint = case(&app).await;
    let mut socket = app.socket(Who::Manager1).await;
    let (before, cursor) = begun(&mut socket, "i", INBOX, json!({})).await;
    let variables = json!({"id": complaint["id"]});
    let (open, at) = begun(&mut socket, "c", COMPLAINT, variables).await;
    drop(socket);
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let mut socket = app.socket(Who::Manager1).await;
    let (after, _) = begun(&mut socket, "i", INBOX, json!({"after": cursor})).await;
    assert_eq!(
        (
            &before["inbox"]["totalCount"],
            &after["inbox"]["totalCount"]
        ),
        (&json!(1), &json!(0))
    );
    let variables = json!({"id": complaint["id"], "after": at});
    let (closed, _) = begun(&mut socket, "c", COMPLAINT, variables).await;
    assert_ne!(open, closed);
    let again = case(&app).await;
    let (then, _) = delivery(&mut socket, "i").await;
    assert_eq!(then["inbox"]["nodes"][0]["subjectId"], again["id"]);
}

#[tokio::test]
async fn nothing_is_missed_between_the_first_reading_and_the_first_event() {
    let app = TestApp::start().await;
    for many in 1..=5 {
        let mut socket = app.socket(Who::Manager1).await;
        // The subscription begins while the case is being written.
        socket.subscribe("i", INBOX, json!({})).await;
        case(&app).await;
        let mut seen = 0;
        while seen < many {
            let (then, _) = delivery(&mut socket, "i").await;
            seen = then["inbox"]["totalCount"].as_i64().unwrap();
        }
        assert_eq!(seen, many);
    }
}

#[tokio::test]
async fn a_cursor_that_lies_too_far_back_is_refused() {
    let app = TestApp::start_with(&[("live.replay_events", "2")]).await;
    let mut socket = app.socket(Who::Sales1).await;
    let (_, cursor) = begun(&mut socket, "o", DUE, json!({})).await;
    socket.subscribe("p", DUE, json!({"after": cursor})).await;
    socket.quiet(300).await;
    settled(&app).await;
    settled(&app).await;
    socket.subscribe("q", DUE, json!({"after": cursor})).await;
    let errors = socket.errors("q").await;
    assert_eq!(errors[0]["extensions"]["code"], "CURSOR_TOO_OLD");
    // What shows a state needs no past.
    begun(&mut socket, "i", INBOX, json!({"after": cursor})).await;
}
