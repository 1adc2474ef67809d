//! `explainAccess` for others and for past moments, by the roles, the policy and the object of then (ORG-3).

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::customers::enter;
use super::policy_changes::approved;
use super::support::company::Unit;
use super::support::{TestApp, Who, error_code, id};

const EXPLAIN: &str = "query($action: String!, $id: ID!, $employee: ID, $at: DateTime) { \
    explainAccess(action: $action, id: $id, employee: $employee, at: $at) { allowed reason by { id } \
        approvers { employee { name } } } }";
const CONTACTS: &str = "archive.contacts:read";

fn asked(action: &str, object: &str, who: Who, at: Option<DateTime<Utc>>) -> Value {
    let at = at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    json!({"action": action, "id": object, "employee": who.public(), "at": at})
}

/// By which row it is, or was, allowed, as the auditor is told.
async fn by(app: &TestApp, object: &str, who: Who, at: Option<DateTime<Utc>>) -> Option<String> {
    let answer = app
        .by(Who::Auditor)
        .ask(EXPLAIN, asked(CONTACTS, object, who, at))
        .await;
    let told = &answer["explainAccess"];
    let row = told["by"]["id"].as_str().map(str::to_owned);
    assert_eq!(told["allowed"], row.is_some(), "{told:#}");
    assert_eq!(told["reason"].is_null(), row.is_some(), "{told:#}");
    row
}

/// A moment between what came before and what comes after.
fn moment(app: &TestApp) -> DateTime<Utc> {
    app.advance(Duration::minutes(1));
    let now = app.clock.now();
    app.advance(Duration::minutes(1));
    now
}

#[tokio::test]
async fn org_3_an_auditor_is_told_why_somebody_could_at_any_past_moment() {
    let app = TestApp::start().await;
    let before = moment(&app);
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let entered = moment(&app);
    let co_owner = json!({"customer": customer, "employee": Who::Sales2.public()});
    let manager = app.by(Who::Manager1);
    let added = manager.done("coOwnerAdd", co_owner, "coOwner { id }").await;
    let shared = moment(&app);
    manager
        .done(
            "coOwnerEnd",
            json!({"coOwner": added["coOwner"]["id"]}),
            "__typename",
        )
        .await;
    let taken = moment(&app);
    let give = json!({"customer": customer, "expectedVersion": 1, "owner": Who::Sales1x.public()});
    manager.done("customerAssign", give, "__typename").await;

    for (when, at) in [
        ("taken", Some(taken)),
        ("now", None),
        ("entered", Some(entered)),
    ] {
        assert_eq!(by(&app, &customer, Who::Sales2, at).await, None, "{when}");
    }
    assert!(
        by(&app, &customer, Who::Sales2, Some(shared))
            .await
            .is_some()
    );
    for at in [entered, shared, taken] {
        assert!(
            by(&app, &customer, Who::Sales1, Some(at)).await.is_some(),
            "{at}"
        );
        assert_eq!(
            by(&app, &customer, Who::Sales1x, Some(at)).await,
            None,
            "{at}"
        );
    }
    assert_eq!(by(&app, &customer, Who::Sales1, None).await, None);
    assert!(by(&app, &customer, Who::Sales1x, None).await.is_some());
    // There was no such customer yet.
    assert_eq!(by(&app, &customer, Who::Gm, Some(before)).await, None);
    assert!(by(&app, &customer, Who::Gm, Some(entered)).await.is_some());
}

#[tokio::test]
async fn org_3_the_past_is_explained_by_the_roles_of_then() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let before = moment(&app);
    let assign = json!({"employee": Who::Sales2.public(), "role": "DEPARTMENT_MANAGER",
        "department": id("department", Unit::Sales1.id())});
    let made = app
        .by(Who::Admin)
        .done("roleAssign", assign, "assignment { id }")
        .await;
    let held = moment(&app);
    let end = json!({"assignment": made["assignment"]["id"], "expectedVersion": 1});
    app.by(Who::Admin).done("roleEnd", end, "__typename").await;
    let ended = moment(&app);
    assert_eq!(by(&app, &customer, Who::Sales2, Some(before)).await, None);
    assert!(by(&app, &customer, Who::Sales2, Some(held)).await.is_some());
    assert_eq!(by(&app, &customer, Who::Sales2, Some(ended)).await, None);

    // Who has left could what he could, and can do nothing now (ORG-7).
    let today = app.app.shared().day_of(app.clock.now()).to_string();
    let leave = json!({"employee": Who::Sales1.public(), "expectedVersion": 1, "state": "LEFT", "on": today});
    app.by(Who::Hr)
        .done("employeeChangeState", leave, "__typename")
        .await;
    app.advance(Duration::days(2));
    assert!(
        by(&app, &customer, Who::Sales1, Some(ended))
            .await
            .is_some()
    );
    let now = asked(CONTACTS, &customer, Who::Sales1, None);
    let told = app.by(Who::Auditor).ask(EXPLAIN, now).await["explainAccess"].clone();
    assert_eq!(told["allowed"], false);
    let reason = "This person was not employed then, or the account was disabled.";
    assert_eq!(told["reason"], reason);
}

#[tokio::test]
async fn org_3_the_past_is_explained_by_the_policy_of_then() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let before = moment(&app);
    let row = json!({"row": "x-1", "role": "SALESPERSON", "object": "archive.contacts", "action": "read",
        "scope": "any", "clause": "LKP-3"});
    approved(&app, json!({"add": [row]})).await;
    let widened = moment(&app);
    approved(&app, json!({"remove": ["x-1"]})).await;
    assert_eq!(by(&app, &customer, Who::Sales2, Some(before)).await, None);
    assert_eq!(
        by(&app, &customer, Who::Sales2, Some(widened))
            .await
            .as_deref(),
        Some("x-1")
    );
    assert_eq!(by(&app, &customer, Who::Sales2, None).await, None);
}

#[tokio::test]
async fn org_3_only_auditors_ask_for_others_or_for_the_past() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let past = moment(&app);
    for who in [Who::Sales1, Who::Manager1, Who::Gm, Who::Admin] {
        for ask in [
            asked(CONTACTS, &customer, Who::Sales2, None),
            asked(CONTACTS, &customer, who, Some(past)),
        ] {
            let (_, answer) = app.by(who).send(EXPLAIN, ask).await;
            assert_eq!(error_code(&answer), "FORBIDDEN", "{who:?}: {answer:#}");
        }
    }
    let mut nobody = asked(CONTACTS, &customer, Who::Sales2, None);
    nobody["employee"] = json!(id("employee", uuid::Uuid::from_u128(7)));
    let mut no_employee = asked(CONTACTS, &customer, Who::Sales2, None);
    no_employee["employee"] = json!(customer);
    let to_come = app.clock.now() + Duration::hours(1);
    for (ask, code) in [
        (no_employee, "BAD_REQUEST"),
        (
            asked(CONTACTS, &customer, Who::Sales2, Some(to_come)),
            "BAD_REQUEST",
        ),
        (nobody, "FORBIDDEN"),
    ] {
        let (_, answer) = app.by(Who::Auditor).send(EXPLAIN, ask).await;
        assert_eq!(error_code(&answer), code, "{answer:#}");
    }
}
