//! Roles and delegations (ORG-3, ORG-4).

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, error_code, id};

fn assign(who: Who, role: &str, unit: Option<Unit>) -> Value {
    json!({"employee": who.public(), "role": role, "department": unit.map(|u| id("department", u.id()))})
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

fn lend(app: &TestApp, from: Who, to: Who) -> Value {
    json!({
        "assignment": id("assignment", from.assignment()),
        "delegate": to.public(),
        "untilAt": text(app.clock.now() + Duration::hours(2)),
        "reason": "休假",
    })
}

async fn may(app: &TestApp, who: Who, about: Who) -> bool {
    let can =
        "query($id: ID!) { viewer { can(action: \"employee.record:read\", id: $id) { allowed } } }";
    app.by(who).ask(can, json!({"id": about.public()})).await["viewer"]["can"]["allowed"] == true
}

#[tokio::test]
async fn org_3_a_role_reaches_its_department_and_below_between_its_dates() {
    let app = TestApp::start().await;
    let fields = "assignment { id role label inForce fromOn untilOn department { code } employee { name } version }";
    assert!(!may(&app, Who::Sales2, Who::Sales1a).await);
    let made = app
        .by(Who::Admin)
        .done(
            "roleAssign",
            assign(Who::Sales2, "DEPARTMENT_MANAGER", Some(Unit::Sales1)),
            fields,
        )
        .await;
    let made = &made["assignment"];
    assert_eq!(
        (&made["inForce"], &made["department"]["code"]),
        (&json!(true), &json!("S1"))
    );
    for (about, sees) in [
        (Who::Sales1, true),
        (Who::Sales1a, true),
        (Who::Manager2, false),
        (Who::Gm, false),
    ] {
        assert_eq!(may(&app, Who::Sales2, about).await, sees, "{about:?}");
    }
    let ended = app
        .by(Who::Admin)
        .done(
            "roleEnd",
            json!({"assignment": made["id"], "expectedVersion": 1}),
            "assignment { inForce endedAt version }",
        )
        .await;
    assert_eq!(
        (
            &ended["assignment"]["inForce"],
            &ended["assignment"]["version"]
        ),
        (&json!(false), &json!(2))
    );
    assert!(!may(&app, Who::Sales2, Who::Sales1).await);
    let refusal = app
        .by(Who::Admin)
        .refused(
            "roleEnd",
            json!({"assignment": made["id"], "expectedVersion": 2}),
        )
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-3"));

    // The first and the last day count in full, in the company's zone.
    let today = app.app.shared().day_of(app.clock.now());
    let tomorrow = today.succ_opt().unwrap();
    let mut dated = assign(Who::Sales2, "DEPARTMENT_MANAGER", Some(Unit::Sales1));
    dated["fromOn"] = json!(tomorrow);
    dated["untilOn"] = json!(tomorrow);
    let made = app.by(Who::Admin).done("roleAssign", dated, fields).await;
    assert_eq!(made["assignment"]["inForce"], false);
    assert!(!may(&app, Who::Sales2, Who::Sales1).await);
    app.advance(Duration::days(1));
    assert!(may(&app, Who::Sales2, Who::Sales1).await);
    app.advance(Duration::days(1));
    assert!(!may(&app, Who::Sales2, Who::Sales1).await);
}

#[tokio::test]
async fn org_3_what_cant_be_assigned_is_refused() {
    let app = TestApp::start().await;
    let dated = |from: &str, until: &str| {
        let mut input = assign(Who::Sales2, "ANALYST", None);
        input["fromOn"] = json!(from);
        input["untilOn"] = json!(until);
        input
    };
    let before = app.count("role_assignment").await;
    for (who, input, expected) in [
        (
            Who::Hr,
            assign(Who::Sales2, "ANALYST", None),
            ("FORBIDDEN", "ORG-3"),
        ),
        (
            Who::Gm,
            assign(Who::Sales2, "ANALYST", None),
            ("FORBIDDEN", "ORG-3"),
        ),
        (
            Who::Admin,
            assign(Who::Sales2, "EMPLOYEE", None),
            ("INVALID_INPUT", "ORG-3"),
        ),
        (
            Who::Admin,
            assign(Who::Sales2, "SALESPERSON", Some(Unit::Sales2)),
            ("INVALID_INPUT", "ORG-3"),
        ),
        (
            Who::Admin,
            dated("2999-01-02", "2999-01-01"),
            ("OUT_OF_RANGE", "ORG-3"),
        ),
        (
            Who::Admin,
            dated("2026-01-01", "2026-01-02"),
            ("OUT_OF_RANGE", "ORG-3"),
        ),
    ] {
        let refusal = app.by(who).refused("roleAssign", input).await;
        assert_eq!(code(&refusal), expected, "{refusal}");
    }
    assert_eq!(app.count("role_assignment").await, before);
    // Somewhere else it is another role.
    app.by(Who::Admin)
        .done(
            "roleAssign",
            assign(Who::Sales2, "SALESPERSON", Some(Unit::Sales1)),
            "assignment { id }",
        )
        .await;
}

#[tokio::test]
async fn org_3_the_last_administrator_stays() {
    let app = TestApp::start().await;
    let end = |id: &Value, version: i32| json!({"assignment": id, "expectedVersion": version});
    let first = json!(id("assignment", Who::Admin.assignment()));
    let refusal = app.by(Who::Admin).refused("roleEnd", end(&first, 1)).await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let leave = json!({"employee": Who::Admin.public(), "expectedVersion": 1, "state": "LEFT", "on": "2026-02-01"});
    let refusal = app
        .by(Who::Hr)
        .refused("employeeChangeState", leave.clone())
        .await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let made = app
        .by(Who::Admin)
        .done(
            "roleAssign",
            assign(Who::Hr, "SYSTEM_ADMINISTRATOR", None),
            "assignment { id }",
        )
        .await;
    let second = made["assignment"]["id"].clone();
    // Each ends the other's at the same time: one of them stays.
    let (admin, hr) = (app.by(Who::Admin), app.by(Who::Hr));
    let (a, b) = tokio::join!(
        admin.call("roleEnd", end(&second, 1), "assignment { inForce }"),
        hr.call("roleEnd", end(&first, 1), "assignment { inForce }"),
    );
    let ended = [&a, &b]
        .iter()
        .filter(|payload| payload["refusals"] == json!([]))
        .count();
    assert_eq!(ended, 1, "{a} {b}");
    let query = "{ viewer { roles { role } } }";
    let mut left = 0;
    for who in [Who::Admin, Who::Hr] {
        let roles = app.by(who).ask(query, json!({})).await["viewer"]["roles"].clone();
        left += roles
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["role"] == "SYSTEM_ADMINISTRATOR")
            .count();
    }
    assert_eq!(left, 1);
}

#[tokio::test]
async fn org_4_a_delegate_acts_on_the_delegators_rows_until_it_ends_by_itself() {
    let app = TestApp::start().await;
    assert!(!may(&app, Who::Quality, Who::Sales1a).await);
    let fields = "delegation { id maxAmount reason assignment { role } delegator { name } delegate { name } endedAt version }";
    let mut input = lend(&app, Who::Manager1, Who::Quality);
    input["maxAmount"] = json!("50000");
    let made = app
        .by(Who::Manager1)
        .done("delegationCreate", input, fields)
        .await["delegation"]
        .clone();
    assert_eq!(made["maxAmount"], "50000.00");
    assert_eq!(made["assignment"]["role"], "DEPARTMENT_MANAGER");
    assert_eq!(
        (&made["delegator"]["name"], &made["delegate"]["name"]),
        (&json!("王建国"), &json!("郑爽"))
    );
    assert!(may(&app, Who::Quality, Who::Sales1a).await);
    // Only that role: what the delegator has as an employee stays his own.
    let pay =
        "query($id: ID!) { viewer { can(action: \"employee.pay:read\", id: $id) { allowed } } }";
    let answer = app
        .by(Who::Quality)
        .ask(pay, json!({"id": Who::Manager1.public()}))
        .await;
    assert_eq!(answer["viewer"]["can"]["allowed"], false);
    // Exactly at its end it is over.
    app.advance(Duration::hours(2));
    assert!(!may(&app, Who::Quality, Who::Sales1a).await);
    assert!(may(&app, Who::Manager1, Who::Sales1a).await);
    let over = json!({"delegation": made["id"], "expectedVersion": 1});
    assert_eq!(
        code(&app.by(Who::Manager1).refused("delegationEnd", over).await),
        ("WRONG_STATE", "ORG-4")
    );
}

#[tokio::test]
async fn org_4_a_delegation_begins_with_its_period() {
    let app = TestApp::start().await;
    let mut input = lend(&app, Who::Manager1, Who::Quality);
    input["fromAt"] = json!(text(app.clock.now() + Duration::hours(1)));
    app.by(Who::Manager1)
        .done("delegationCreate", input, "delegation { id }")
        .await;
    assert!(!may(&app, Who::Quality, Who::Sales1a).await);
    app.advance(Duration::hours(1));
    assert!(may(&app, Who::Quality, Who::Sales1a).await);
}

#[tokio::test]
async fn org_4_only_a_role_one_holds_oneself_is_delegated() {
    let app = TestApp::start().await;
    app.by(Who::Manager1)
        .done(
            "delegationCreate",
            lend(&app, Who::Manager1, Who::Quality),
            "delegation { id }",
        )
        .await;
    let before = app.count("delegation").await;
    let with = |field: &str, value: Value| {
        let mut input = lend(&app, Who::Manager1, Who::Sales1);
        input[field] = value;
        input
    };
    for (who, input, expected, path) in [
        (
            Who::Quality,
            lend(&app, Who::Manager1, Who::Sales1),
            ("DELEGATION_CHAINED", "ORG-4"),
            "assignment",
        ),
        (
            Who::Manager2,
            lend(&app, Who::Manager1, Who::Sales1),
            ("ROLE_NOT_HELD", "ORG-4"),
            "assignment",
        ),
        (
            Who::Gm,
            lend(&app, Who::Manager1, Who::Sales1),
            ("ROLE_NOT_HELD", "ORG-4"),
            "assignment",
        ),
        (
            Who::Manager1,
            lend(&app, Who::Manager1, Who::Manager1),
            ("INVALID_INPUT", "ORG-4"),
            "delegate",
        ),
        (
            Who::Manager1,
            with("untilAt", json!(text(app.clock.now() - Duration::hours(1)))),
            ("OUT_OF_RANGE", "ORG-4"),
            "untilAt",
        ),
        (
            Who::Manager1,
            with("maxAmount", json!("-0.01")),
            ("OUT_OF_RANGE", "ORG-4"),
            "maxAmount",
        ),
        (
            Who::Manager1,
            with("reason", json!(" ")),
            ("REQUIRED", "ORG-4"),
            "reason",
        ),
        (
            Who::Manager1,
            with("delegate", json!(id("employee", app.clock.new_id()))),
            ("UNKNOWN_REFERENCE", ""),
            "delegate",
        ),
        (
            Who::Manager1,
            with("assignment", json!(id("assignment", app.clock.new_id()))),
            ("UNKNOWN_REFERENCE", ""),
            "assignment",
        ),
    ] {
        let refusal = app.by(who).refused("delegationCreate", input).await;
        assert_eq!(
            (code(&refusal), &refusal["path"]),
            (expected, &json!([path])),
            "{who:?}"
        );
    }
    assert_eq!(app.count("delegation").await, before);
}

#[tokio::test]
async fn org_4_a_delegation_is_seen_and_ended_by_whom_it_concerns() {
    let app = TestApp::start().await;
    let made = app
        .by(Who::Manager1)
        .done(
            "delegationCreate",
            lend(&app, Who::Manager1, Who::Quality),
            "delegation { id }",
        )
        .await;
    let id = made["delegation"]["id"].clone();
    let query = "{ delegations { totalCount } }";
    for (who, sees) in [
        (Who::Manager1, 1),
        (Who::Quality, 1),
        (Who::Gm, 1),
        (Who::Hr, 1),
        (Who::Admin, 1),
        (Who::Auditor, 1),
        (Who::Sales1, 0),
        (Who::Manager2, 0),
    ] {
        assert_eq!(
            app.by(who).ask(query, json!({})).await["delegations"]["totalCount"],
            sees,
            "{who:?}"
        );
    }
    let end =
        |version: i32| json!({"delegation": id, "expectedVersion": version, "reason": "回来了"});
    assert_eq!(
        code(&app.by(Who::Sales1).refused("delegationEnd", end(1)).await).0,
        "NOT_FOUND"
    );
    for who in [Who::Quality, Who::Hr, Who::Gm] {
        assert_eq!(
            code(&app.by(who).refused("delegationEnd", end(1)).await),
            ("FORBIDDEN", "ORG-4"),
            "{who:?}"
        );
    }
    assert!(may(&app, Who::Quality, Who::Sales1a).await);
    let ended = app
        .by(Who::Manager1)
        .done(
            "delegationEnd",
            end(1),
            "delegation { endedReason version }",
        )
        .await;
    assert_eq!(
        ended["delegation"],
        json!({"endedReason": "回来了", "version": 2})
    );
    assert!(!may(&app, Who::Quality, Who::Sales1a).await);
}

#[tokio::test]
async fn org_4_a_delegation_ends_with_the_role() {
    let app = TestApp::start().await;
    app.by(Who::Manager1)
        .done(
            "delegationCreate",
            lend(&app, Who::Manager1, Who::Quality),
            "delegation { id }",
        )
        .await;
    let end =
        json!({"assignment": id("assignment", Who::Manager1.assignment()), "expectedVersion": 1});
    app.by(Who::Admin)
        .done("roleEnd", end, "assignment { id }")
        .await;
    assert!(!may(&app, Who::Quality, Who::Sales1a).await);
    let ended = app
        .by(Who::Admin)
        .ask("{ delegations { nodes { endedReason } } }", json!({}))
        .await;
    assert_eq!(ended["delegations"]["nodes"][0]["endedReason"], "ORG-3");
}

#[tokio::test]
async fn who_is_not_signed_in_sees_nothing_of_the_organisation() {
    let app = TestApp::start().await;
    for query in [
        "{ employees { totalCount } }",
        "{ departments { totalCount } }",
        "{ viewer { language } }",
    ] {
        let (_, answer) = app.nobody().send(query, json!({})).await;
        assert_eq!(error_code(&answer), "UNAUTHENTICATED");
        assert_eq!(answer["data"], Value::Null);
    }
}
