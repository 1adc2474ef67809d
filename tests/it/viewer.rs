//! What the viewer may do, and why not.

use chrono::Duration;
use serde_json::{Value, json};

use super::support::company::Unit;
use super::support::{TestApp, Who, error_code, id};

const CAN: &str = "query($action: String!, $id: ID!) { viewer { can(action: $action, id: $id) { action allowed reason \
                   clause { number } mutation approvers { role label } } } }";
const EXPLAIN: &str = "query($action: String!, $id: ID!) { explainAccess(action: $action, id: $id) { action allowed reason \
                       by { id } rows { id role { role } delegator { name } scope limit clause { number } effect outcome } \
                       clause { number text } approvers { employee { name } role { role } department { name } } mutation } }";

async fn can(app: &TestApp, who: Who, action: &str, id: &str) -> Value {
    app.by(who)
        .ask(CAN, json!({"action": action, "id": id}))
        .await["viewer"]["can"]
        .clone()
}

#[tokio::test]
async fn org_3_the_viewer_sees_his_roles() {
    let app = TestApp::start().await;
    let query = "{ viewer { employee { name department { name } } language roles { role label department { id name } delegator { name } until } } }";
    let viewer = app.by(Who::Manager1).ask(query, json!({})).await["viewer"].clone();
    assert_eq!(
        viewer["employee"],
        json!({"name": "王建国", "department": {"name": "业务一部"}})
    );
    assert_eq!(viewer["language"], "EN");
    let own = json!({
        "role": "DEPARTMENT_MANAGER",
        "label": viewer["roles"][0]["label"],
        "department": {"id": id("department", Unit::Sales1.id()), "name": "业务一部"},
        "delegator": null,
        "until": null,
    });
    assert_eq!(viewer["roles"], json!([own]));
    let until =
        (app.clock.now() + Duration::days(3)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let input = json!({
        "assignment": id("assignment", Who::Manager1.assignment()),
        "delegate": Who::Sales1.public(),
        "untilAt": until,
        "reason": "leave",
    });
    app.by(Who::Manager1)
        .done("delegationCreate", input, "delegation { id }")
        .await;
    let roles = app.by(Who::Sales1).ask(query, json!({})).await["viewer"]["roles"].clone();
    assert_eq!(roles[1]["role"], "DEPARTMENT_MANAGER");
    assert_eq!(roles[1]["delegator"]["name"], "王建国");
    assert_eq!(roles[1]["until"], until);
}

#[tokio::test]
async fn can_tells_who_could() {
    let app = TestApp::start().await;
    let sales = Who::Sales1.public();
    let allowed = can(&app, Who::Hr, "employee.pay:administer", &sales).await;
    assert_eq!(allowed["allowed"], true);
    assert_eq!(
        (&allowed["reason"], &allowed["approvers"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(allowed["clause"]["number"], "ORG-2");
    let denied = can(&app, Who::Admin, "employee.pay:administer", &sales).await;
    assert_eq!(denied["allowed"], false);
    assert_eq!(denied["action"], "employee.pay:administer");
    assert_eq!(denied["clause"]["number"], "ORG-2");
    assert_eq!(denied["approvers"][0]["role"], "HR_OFFICER");
    assert!(denied["reason"].as_str().unwrap().len() > 5);
    // Oneself, and nobody else's.
    assert_eq!(
        can(&app, Who::Sales1, "employee.pay:read", &sales).await["allowed"],
        true
    );
    assert_eq!(
        can(&app, Who::Sales1x, "employee.pay:read", &sales).await["allowed"],
        false
    );
}

#[tokio::test]
async fn what_the_viewer_cant_know_of_answers_as_what_does_not_exist() {
    let app = TestApp::start().await;
    let input = json!({
        "assignment": id("assignment", Who::Manager1.assignment()),
        "delegate": Who::Sales1.public(),
        "untilAt": (app.clock.now() + Duration::days(3)).to_rfc3339(),
        "reason": "leave",
    });
    let made = app
        .by(Who::Manager1)
        .done("delegationCreate", input, "delegation { id }")
        .await;
    let delegation = made["delegation"]["id"].as_str().unwrap();
    let none = id("delegation", app.clock.new_id());
    for query in [CAN, EXPLAIN] {
        let ask = |id: &str| json!({"action": "delegation:end", "id": id});
        let hidden = app.by(Who::Sales2).ask(query, ask(delegation)).await;
        assert_eq!(hidden, app.by(Who::Sales2).ask(query, ask(&none)).await);
        assert_ne!(
            hidden,
            app.by(Who::Sales1).ask(query, ask(delegation)).await
        );
        assert_ne!(
            hidden,
            app.by(Who::Manager1).ask(query, ask(delegation)).await
        );
    }
}

#[tokio::test]
async fn broken_questions_are_request_errors() {
    let app = TestApp::start().await;
    let sales = Who::Sales1.public();
    let department = id("department", Unit::Sales1.id());
    for (action, id) in [
        ("employee", sales.as_str()),
        ("employee.read", sales.as_str()),
        ("employee:fly", sales.as_str()),
        ("employee:read", department.as_str()),
        ("employee:read", "employee_1"),
    ] {
        for query in [CAN, EXPLAIN] {
            let (_, answer) = app
                .by(Who::Gm)
                .send(query, json!({"action": action, "id": id}))
                .await;
            assert_eq!(
                error_code(&answer),
                "BAD_REQUEST",
                "{action} {id}: {answer:#}"
            );
        }
    }
}

#[tokio::test]
async fn explain_access_shows_every_rule_considered() {
    let app = TestApp::start().await;
    let ask = json!({"action": "employee.record:read", "id": Who::Sales2.public()});
    let denied = app.by(Who::Manager1).ask(EXPLAIN, ask.clone()).await["explainAccess"].clone();
    assert_eq!(denied["allowed"], false);
    let rows: Vec<_> = denied["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            (
                r["id"].as_str().unwrap(),
                r["role"]["role"].as_str().unwrap(),
                r["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("employee-record-self", "EMPLOYEE", "OUT_OF_SCOPE"),
            (
                "employee-record-manager",
                "DEPARTMENT_MANAGER",
                "OUT_OF_SCOPE"
            ),
        ]
    );
    assert_eq!(
        denied["rows"][1]["scope"],
        "in the role's department and below"
    );
    assert_eq!(denied["rows"][1]["effect"], "ALLOW");
    assert_eq!(
        (&denied["by"], &denied["clause"]["number"]),
        (&Value::Null, &json!("ORG-2"))
    );
    let approvers = denied["approvers"].as_array().unwrap();
    let manager = json!({
        "employee": {"name": "李秀英"},
        "role": {"role": "DEPARTMENT_MANAGER"},
        "department": {"name": "业务二部"},
    });
    assert!(approvers.contains(&manager), "{approvers:#?}");
    let allowed = app.by(Who::Manager2).ask(EXPLAIN, ask).await["explainAccess"].clone();
    assert_eq!(allowed["by"]["id"], "employee-record-manager");
    assert_eq!(
        (&allowed["allowed"], &allowed["approvers"]),
        (&json!(true), &json!([]))
    );
}
