//! States of an employment and its end (ORG-2, ORG-7).

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

fn change(who: Who, version: i32, state: &str, on: &str) -> Value {
    json!({"employee": who.public(), "expectedVersion": version, "state": state, "on": on})
}

#[tokio::test]
async fn org_2_each_state_has_its_date() {
    let app = TestApp::start().await;
    let fields = "employee { id state probationFrom activeFrom transferredOn leftOn department { code } version }";
    let new = json!({"number": "n-1", "name": "钱多多", "department": id("department", Unit::Sales1.id()), "jobTitle": "业务员", "fromOn": "2026-02-01"});
    let made = app.by(Who::Hr).done("employeeCreate", new, fields).await["employee"].clone();
    let to = |version: i32, state: &str, on: &str, unit: Option<Unit>| json!({"employee": made["id"], "expectedVersion": version, "state": state, "on": on, "department": unit.map(|u| id("department", u.id()))});
    for (input, expected) in [
        (
            to(1, "ACTIVE", "2026-01-31", None),
            ("OUT_OF_RANGE", "ORG-2"),
        ),
        (
            to(1, "ACTIVE", "2999-01-01", None),
            ("OUT_OF_RANGE", "ORG-2"),
        ),
        (
            to(1, "ACTIVE", "2026-03-01", Some(Unit::Sales2)),
            ("INVALID_INPUT", "ORG-2"),
        ),
        (
            to(1, "PROBATION", "2026-03-01", None),
            ("WRONG_STATE", "ORG-2"),
        ),
        (
            to(1, "TRANSFERRED", "2026-03-01", None),
            ("REQUIRED", "ORG-2"),
        ),
        (
            to(1, "TRANSFERRED", "2026-03-01", Some(Unit::Sales1)),
            ("INVALID_INPUT", "ORG-2"),
        ),
        (
            to(2, "ACTIVE", "2026-03-01", None),
            ("VERSION_CONFLICT", ""),
        ),
    ] {
        assert_eq!(
            code(&app.by(Who::Hr).refused("employeeChangeState", input).await),
            expected
        );
    }
    let refusal = app
        .by(Who::Manager1)
        .refused("employeeChangeState", to(1, "ACTIVE", "2026-03-01", None))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-2"));
    for (input, state) in [
        (to(1, "ACTIVE", "2026-02-01", None), "ACTIVE"),
        (
            to(2, "TRANSFERRED", "2026-03-01", Some(Unit::Sales2)),
            "TRANSFERRED",
        ),
        (to(3, "LEFT", "2026-03-31", None), "LEFT"),
    ] {
        let changed = app
            .by(Who::Hr)
            .done("employeeChangeState", input, fields)
            .await;
        assert_eq!(changed["employee"]["state"], state);
    }
    let query = "query($id: ID!) { employee(id: $id) { state probationFrom activeFrom transferredOn leftOn department { code } } }";
    let employee = app.by(Who::Hr).ask(query, json!({"id": made["id"]})).await["employee"].clone();
    assert_eq!(
        employee,
        json!({"state": "LEFT", "probationFrom": "2026-02-01", "activeFrom": "2026-02-01", "transferredOn": "2026-03-01",
               "leftOn": "2026-03-31", "department": {"code": "S2"}})
    );
    let refusal = app
        .by(Who::Hr)
        .refused("employeeChangeState", to(4, "ACTIVE", "2026-04-01", None))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-2"));
}

#[tokio::test]
async fn org_7_with_the_employment_every_access_ends_at_once() {
    let app = TestApp::start().await;
    let until = (app.clock.now() + Duration::days(3)).to_rfc3339();
    for (from, to) in [
        (Who::Manager1, Who::Quality),
        (Who::Manager2, Who::Manager1),
    ] {
        let input = json!({"assignment": id("assignment", from.assignment()), "delegate": to.public(), "untilAt": until, "reason": "leave"});
        app.by(from)
            .done("delegationCreate", input, "delegation { id }")
            .await;
    }
    let input = json!({"login": "manager-1", "password": crate::support::company::PASSWORD});
    let signed = app
        .nobody()
        .done("signIn", input, "accessToken refreshToken")
        .await;
    let token = signed["accessToken"].as_str().unwrap().to_owned();
    let query = "{ viewer { employee { number } } }";
    assert_eq!(
        app.bearer(&token).ask(query, json!({})).await["viewer"]["employee"]["number"],
        "manager-1"
    );
    let today = app.app.shared().day_of(app.clock.now()).to_string();
    app.by(Who::Hr)
        .done(
            "employeeChangeState",
            change(Who::Manager1, 1, "LEFT", &today),
            "employee { state }",
        )
        .await;
    let (status, _) = app.bearer(&token).send(query, json!({})).await;
    assert_eq!(status, 401);
    let (_, answer) = app
        .nobody()
        .send(
            "mutation($i: SessionRefreshInput!) { sessionRefresh(input: $i) { accessToken } }",
            json!({"i": {"refreshToken": signed["refreshToken"]}}),
        )
        .await;
    assert!(answer["errors"].is_array(), "{answer}");
    // What he delegated and what was delegated to him.
    let delegations = app
        .by(Who::Hr)
        .ask(
            "{ delegations { nodes { endedAt endedReason } } }",
            json!({}),
        )
        .await;
    for delegation in delegations["delegations"]["nodes"].as_array().unwrap() {
        assert!(delegation["endedAt"].is_string());
        assert_eq!(delegation["endedReason"], "EMPLOYMENT_ENDED");
    }
    let roles = app
        .by(Who::Quality)
        .ask("{ viewer { roles { role } } }", json!({}))
        .await;
    assert_eq!(
        roles["viewer"]["roles"],
        json!([{"role": "QUALITY_OFFICER"}])
    );
    let assign = json!({"employee": Who::Manager1.public(), "role": "ANALYST"});
    assert_eq!(
        code(&app.by(Who::Admin).refused("roleAssign", assign).await),
        ("INVALID_INPUT", "ORG-7")
    );
}

#[tokio::test]
async fn org_7_a_last_day_ahead_ends_access_when_it_is_over() {
    let app = TestApp::start().await;
    let query = "{ viewer { employee { state } } }";
    let last = app
        .app
        .shared()
        .day_of(app.clock.now())
        .succ_opt()
        .unwrap()
        .to_string();
    let changed = app
        .by(Who::Hr)
        .done(
            "employeeChangeState",
            change(Who::Sales1, 1, "LEFT", &last),
            "employee { state leftOn }",
        )
        .await;
    assert_eq!(
        changed["employee"],
        json!({"state": "ACTIVE", "leftOn": last})
    );
    assert_eq!(
        app.by(Who::Sales1).ask(query, json!({})).await["viewer"]["employee"]["state"],
        "ACTIVE"
    );
    app.advance(Duration::days(1));
    assert_eq!(
        app.by(Who::Sales1).ask(query, json!({})).await["viewer"]["employee"]["state"],
        "ACTIVE"
    );
    app.advance(Duration::days(1));
    assert_eq!(app.by(Who::Sales1).send(query, json!({})).await.0, 401);
}
