//! Departments (ORG-1).

use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

fn new(code: &str, tier: &str, parent: Option<Unit>) -> Value {
    let parent = parent.map(|p| id("department", p.id()));
    json!({"code": code, "name": "客服部", "kind": "SERVICE", "tier": tier, "parent": parent})
}

#[tokio::test]
async fn org_1_everybody_sees_the_tree() {
    let app = TestApp::start().await;
    let query = "{ departments(orderBy: [{field: CODE, direction: ASC}]) { totalCount nodes { code name kind tier parent { code } \
                 children(orderBy: [{field: CODE, direction: ASC}]) { nodes { code } } employees(orderBy: [{field: NAME, direction: ASC}]) { nodes { number } } } } }";
    let all = app.by(Who::Sales2).ask(query, json!({})).await["departments"].clone();
    assert_eq!(all["totalCount"], 8);
    let of = |code: &str| {
        all["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|d| d["code"] == code)
            .unwrap()
            .clone()
    };
    assert_eq!(of("S1")["parent"]["code"], "HQ");
    assert_eq!(of("HQ")["parent"], Value::Null);
    assert_eq!(
        of("S1")["children"]["nodes"],
        json!([{"code": "S1A"}, {"code": "S1B"}])
    );
    // Names sort by pinyin: liu, wang, zhang, zhao.
    let numbers = json!([{"number": "sales-1"}, {"number": "manager-1"}, {"number": "supervisor-1"}, {"number": "sales-1x"}]);
    assert_eq!(of("S1")["employees"]["nodes"], numbers);
    let one = app
        .by(Who::Sales2)
        .ask(
            "query($id: ID!) { department(id: $id) { tier } node(id: $id) { __typename id } }",
            json!({"id": id("department", Unit::Section1A.id())}),
        )
        .await;
    assert_eq!(
        (&one["department"]["tier"], &one["node"]["__typename"]),
        (&json!("SECTION"), &json!("Department"))
    );
}

#[tokio::test]
async fn org_1_sections_stand_in_departments_and_groups_in_both() {
    let app = TestApp::start().await;
    for (code, tier, parent) in [
        ("A", "DEPARTMENT", None),
        ("B", "DEPARTMENT", Some(Unit::Company)),
        ("C", "SECTION", Some(Unit::Sales2)),
        ("D", "GROUP", Some(Unit::Sales2)),
        ("E", "GROUP", Some(Unit::Section1A)),
    ] {
        let made = app
            .by(Who::Hr)
            .done(
                "departmentCreate",
                new(code, tier, parent),
                "department { code tier version }",
            )
            .await;
        assert_eq!(
            made["department"],
            json!({"code": code, "tier": tier, "version": 1})
        );
    }
    let before = app.count("department").await;
    for (tier, parent) in [
        ("SECTION", None),
        ("GROUP", None),
        ("DEPARTMENT", Some(Unit::Section1A)),
        ("SECTION", Some(Unit::Section1A)),
    ] {
        let refusal = app
            .by(Who::Hr)
            .refused("departmentCreate", new("F", tier, parent))
            .await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-1"), "{tier}");
        assert_eq!(refusal["path"], json!(["parent"]));
    }
    let refusal = app
        .by(Who::Hr)
        .refused("departmentCreate", new("S1", "DEPARTMENT", None))
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("INVALID_INPUT", &json!(["code"]))
    );
    let refusal = app
        .by(Who::Hr)
        .refused("departmentCreate", new(" ", "DEPARTMENT", None))
        .await;
    assert_eq!(code(&refusal), ("REQUIRED", "ORG-1"));
    let refusal = app
        .by(Who::Manager1)
        .refused("departmentCreate", new("F", "SECTION", Some(Unit::Sales1)))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-1"));
    assert_eq!(app.count("department").await, before);
}

#[tokio::test]
async fn org_1_the_tree_has_no_circle() {
    let app = TestApp::start().await;
    let move_to = |unit: Unit, version: i32, parent: Option<Unit>| {
        let parent = parent.map(|p| id("department", p.id()));
        json!({"department": id("department", unit.id()), "expectedVersion": version, "parent": parent})
    };
    for parent in [Unit::Company, Unit::Sales1] {
        let refusal = app
            .by(Who::Admin)
            .refused("departmentUpdate", move_to(Unit::Company, 1, Some(parent)))
            .await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-1"));
    }
    let moved = app
        .by(Who::Admin)
        .done(
            "departmentUpdate",
            move_to(Unit::Section1A, 1, Some(Unit::Sales2)),
            "department { parent { code } version }",
        )
        .await;
    assert_eq!(
        moved["department"],
        json!({"parent": {"code": "S2"}, "version": 2})
    );
    // The manager's reach moves with the section at once.
    let can =
        "query($id: ID!) { viewer { can(action: \"employee.record:read\", id: $id) { allowed } } }";
    for (who, allowed) in [(Who::Manager1, false), (Who::Manager2, true)] {
        let answer = app
            .by(who)
            .ask(can, json!({"id": Who::Sales1a.public()}))
            .await;
        assert_eq!(answer["viewer"]["can"]["allowed"], allowed, "{who:?}");
    }
    let refusal = app
        .by(Who::Admin)
        .refused("departmentUpdate", move_to(Unit::Section1A, 1, None))
        .await;
    assert_eq!(code(&refusal).0, "VERSION_CONFLICT");
    assert!(
        refusal["message"].as_str().unwrap().contains("马超"),
        "{refusal}"
    );
    let refusal = app
        .by(Who::Admin)
        .refused("departmentUpdate", move_to(Unit::Section1A, 2, None))
        .await;
    assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-1"));
}

#[tokio::test]
async fn org_1_only_an_empty_department_closes() {
    let app = TestApp::start().await;
    let close = |unit: Unit, version: i32| json!({"department": id("department", unit.id()), "expectedVersion": version});
    for unit in [Unit::Sales1, Unit::Section1A] {
        let refusal = app
            .by(Who::Hr)
            .refused("departmentClose", close(unit, 1))
            .await;
        assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-1"));
    }
    let to = json!({"employee": Who::Sales1a.public(), "expectedVersion": 1, "state": "TRANSFERRED", "on": "2026-02-01", "department": id("department", Unit::Sales2.id())});
    app.by(Who::Hr)
        .done("employeeChangeState", to, "employee { id }")
        .await;
    let closed = app
        .by(Who::Hr)
        .done(
            "departmentClose",
            close(Unit::Section1A, 1),
            "department { closedAt version }",
        )
        .await;
    assert!(closed["department"]["closedAt"].is_string());
    let refusal = app
        .by(Who::Hr)
        .refused("departmentClose", close(Unit::Section1A, 2))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-1"));
    let refusal = app
        .by(Who::Hr)
        .refused("departmentCreate", new("G", "GROUP", Some(Unit::Section1A)))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("INVALID_INPUT", "ORG-1"), &json!(["parent"]))
    );
    let refusal = app
        .by(Who::Hr)
        .refused(
            "departmentClose",
            json!({"department": id("department", app.clock.new_id()), "expectedVersion": 1}),
        )
        .await;
    assert_eq!(code(&refusal).0, "NOT_FOUND");
}
