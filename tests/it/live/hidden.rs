//! What does not come: nothing that one may not read changes what, when or how often something comes.

use serde_json::{Value, json};

use super::{COMPLAINT, INBOX, begun, case, delivery, settled};
use crate::complaints::customer;
use crate::support::company::Unit;
use crate::support::{TestApp, Who, id};

#[tokio::test]
async fn what_is_hidden_and_what_does_not_exist_look_alike() {
    let app = TestApp::start().await;
    let hidden = case(&app).await["id"].clone();
    let missing = json!(id("complaint", app.clock.new_id()));
    let mut socket = app.socket(Who::Sales2).await;
    let mut told = Vec::new();
    for complaint in [hidden, missing] {
        let (answer, cursor) = begun(&mut socket, "c", COMPLAINT, json!({"id": complaint})).await;
        socket.completed("c").await;
        told.push((answer, cursor.len()));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(
        told[0].0,
        json!({"noLongerVisible": true, "complaint": null})
    );
    assert_eq!(app.app.listeners(), 0);
}

#[tokio::test]
async fn what_is_no_longer_visible_is_told_once_and_ends() {
    let app = TestApp::start().await;
    let complaint = case(&app).await;
    let mut socket = app.socket(Who::Manager1).await;
    begun(&mut socket, "c", COMPLAINT, json!({"id": complaint["id"]})).await;
    let assignment = id("assignment", Who::Manager1.assignment());
    let input = json!({"assignment": assignment, "expectedVersion": 1});
    // No event about the complaint: the role alone is gone.
    app.by(Who::Admin)
        .done("roleEnd", input, "assignment { id }")
        .await;
    let (last, _) = delivery(&mut socket, "c").await;
    assert_eq!(last, json!({"noLongerVisible": true, "complaint": null}));
    socket.completed("c").await;
}

#[tokio::test]
async fn an_inbox_is_not_told_of_cases_of_others() {
    let app = TestApp::start().await;
    let mut other = app.socket(Who::Manager2).await;
    begun(&mut other, "i", INBOX, json!({})).await;
    let mut own = app.socket(Who::Manager1).await;
    begun(&mut own, "i", INBOX, json!({})).await;
    case(&app).await;
    delivery(&mut own, "i").await;
    other.quiet(700).await;
}

#[tokio::test]
async fn an_inbox_is_told_of_what_a_role_brings_and_takes() {
    let app = TestApp::start().await;
    case(&app).await;
    let mut socket = app.socket(Who::Quality).await;
    let (first, _) = begun(&mut socket, "i", INBOX, json!({})).await;
    assert_eq!(first["inbox"]["totalCount"], 0);
    let department = id("department", Unit::Sales1.id());
    let input = json!({"employee": Who::Quality.public(), "role": "DEPARTMENT_MANAGER", "department": department});
    app.by(Who::Admin)
        .done("roleAssign", input, "assignment { id }")
        .await;
    let (then, _) = delivery(&mut socket, "i").await;
    assert_eq!(then["inbox"]["totalCount"], 1);
}

#[tokio::test]
async fn arc_9_changes_of_a_locked_archive_are_not_told() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let query = "subscription($id: ID!) { customerChanged(id: $id) { cursor customer { id name \
        archive { ... on CustomerArchive { notes { nodes { body } } } ... on LockedArchive { __typename } } } } }";
    let mut other = app.socket(Who::Sales2).await;
    let (first, _) = begun(&mut other, "c", query, json!({"id": customer})).await;
    assert_eq!(
        first["customer"]["archive"],
        json!({"__typename": "LockedArchive"})
    );
    let mut own = app.socket(Who::Sales1).await;
    begun(&mut own, "c", query, json!({"id": customer})).await;
    let readings = app.count("archive_reading").await;
    let note = json!({"customer": customer, "body": "喜欢茶"});
    app.by(Who::Sales1)
        .done("noteAdd", note, "note { id }")
        .await;
    let (then, _) = delivery(&mut own, "c").await;
    assert_eq!(
        then["customer"]["archive"]["notes"]["nodes"][0]["body"],
        "喜欢茶"
    );
    other.quiet(700).await;
    // LKP-5: what was delivered out of the archive was read.
    let readings_then = app.count("archive_reading").await;
    assert!(readings_then > readings);
    // Somebody else's rights change: nothing is delivered, so nothing was read.
    let department = id("department", Unit::Sales1.id());
    let input = json!({"employee": Who::Quality.public(), "role": "DEPARTMENT_MANAGER", "department": department});
    app.by(Who::Admin)
        .done("roleAssign", input, "assignment { id }")
        .await;
    own.quiet(2_000).await;
    assert_eq!(app.count("archive_reading").await, readings_then);
}

#[tokio::test]
async fn a_cursor_says_nothing_of_how_much_happened() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Manager1).await;
    let (_, one) = begun(&mut socket, "a", INBOX, json!({})).await;
    settled(&app).await;
    let (_, other) = begun(&mut socket, "b", INBOX, json!({})).await;
    assert_eq!(one.len(), other.len());
    assert!(one.parse::<i64>().is_err());
    let same = one
        .bytes()
        .zip(other.bytes())
        .filter(|(a, b)| a == b)
        .count();
    assert!(same < one.len() / 2, "{one} {other}");
    // Another person's cursor is none.
    let mut another = app.socket(Who::Deputy).await;
    another.subscribe("c", INBOX, json!({"after": one})).await;
    let errors: Value = another.errors("c").await;
    assert_eq!(errors[0]["extensions"]["code"], "BAD_REQUEST");
}
