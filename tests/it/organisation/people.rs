//! Employees, their pay and channels (ORG-2, ORG-5).

use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

fn new(number: &str) -> Value {
    json!({
        "number": number,
        "name": "欧阳静",
        "department": id("department", Unit::Section1A.id()),
        "supervisor": Who::Supervisor1.public(),
        "jobTitle": "业务员",
        "fromOn": "2026-03-01",
    })
}

fn with(mut value: Value, field: &str, to: Value) -> Value {
    value[field] = to;
    value
}

#[tokio::test]
async fn org_2_personnel_enters_employees() {
    let app = TestApp::start().await;
    let fields = "employee { number name jobTitle state probationFrom activeFrom basePoints department { code } supervisor { name } version }";
    let made = app
        .by(Who::Hr)
        .done(
            "employeeCreate",
            with(new("n-1"), "basePoints", json!(12)),
            fields,
        )
        .await;
    assert_eq!(
        made["employee"],
        json!({"number": "n-1", "name": "欧阳静", "jobTitle": "业务员", "state": "PROBATION", "probationFrom": "2026-03-01",
               "activeFrom": null, "basePoints": 12, "department": {"code": "S1A"}, "supervisor": {"name": "张伟"}, "version": 1})
    );
    // An administrator enters people, without seeing or setting their pay.
    let made = app
        .by(Who::Admin)
        .done(
            "employeeCreate",
            with(new("n-2"), "state", json!("ACTIVE")),
            fields,
        )
        .await;
    assert_eq!(
        (
            &made["employee"]["activeFrom"],
            &made["employee"]["basePoints"]
        ),
        (&json!("2026-03-01"), &Value::Null)
    );
    let before = (app.count("employee").await, app.count("audit_entry").await);
    for (who, input, expected) in [
        (
            Who::Admin,
            with(new("n-3"), "basePoints", json!(12)),
            ("FORBIDDEN", "ORG-2"),
        ),
        (Who::Manager1, new("n-3"), ("FORBIDDEN", "ORG-2")),
        (
            Who::Hr,
            with(new("n-3"), "basePoints", json!(-1)),
            ("OUT_OF_RANGE", "ORG-2"),
        ),
        (
            Who::Hr,
            with(new("n-3"), "state", json!("LEFT")),
            ("WRONG_STATE", "ORG-2"),
        ),
        (
            Who::Hr,
            with(new("n-3"), "name", json!("  ")),
            ("REQUIRED", "ORG-2"),
        ),
        (
            Who::Hr,
            with(new("n-3"), "name", json!("字".repeat(201))),
            ("TOO_LONG", "ORG-2"),
        ),
        (
            Who::Hr,
            with(new("n-3"), "supervisor", json!("employee_x")),
            ("UNKNOWN_REFERENCE", ""),
        ),
        (
            Who::Hr,
            with(
                new("n-3"),
                "department",
                json!(id("department", app.clock.new_id())),
            ),
            ("UNKNOWN_REFERENCE", ""),
        ),
        (Who::Hr, new("gm"), ("INVALID_INPUT", "")),
    ] {
        let refusal = app.by(who).refused("employeeCreate", input).await;
        assert_eq!(code(&refusal), expected);
    }
    assert_eq!(
        (app.count("employee").await, app.count("audit_entry").await),
        before
    );
}

#[tokio::test]
async fn org_2_pay_is_for_personnel_general_management_auditors_and_oneself() {
    let app = TestApp::start().await;
    let bonus = |month: &str, amount: &str| json!({"employee": Who::Sales1.public(), "month": month, "amount": amount});
    let set = app
        .by(Who::Hr)
        .done(
            "employeeBonusSet",
            bonus("2026-02-14", "800.50"),
            "bonus { month amount }",
        )
        .await;
    assert_eq!(
        set["bonus"],
        json!({"month": "2026-02-01", "amount": "800.50"})
    );
    app.by(Who::Hr)
        .done(
            "employeeBonusSet",
            bonus("2026-02-01", "900.00"),
            "bonus { amount }",
        )
        .await;
    app.by(Who::Hr)
        .done(
            "employeeBonusSet",
            bonus("2026-03-01", "0"),
            "bonus { amount }",
        )
        .await;
    let query = "query($id: ID!) { employee(id: $id) { number name state jobTitle department { code } basePoints leftOn activeFrom bonuses { totalCount nodes { month amount } } } }";
    for (who, sees) in [
        (Who::Hr, true),
        (Who::Gm, true),
        (Who::Deputy, true),
        (Who::Auditor, true),
        (Who::Sales1, true),
        (Who::Sales1x, false),
        (Who::Manager1, false),
        (Who::Admin, false),
        (Who::Analyst, false),
    ] {
        let employee = app
            .by(who)
            .ask(query, json!({"id": Who::Sales1.public()}))
            .await["employee"]
            .clone();
        assert_eq!(employee["number"], "sales-1");
        assert_eq!(employee["department"]["code"], "S1");
        let (points, bonuses) = if sees {
            let nodes = json!([{"month": "2026-03-01", "amount": "0.00"}, {"month": "2026-02-01", "amount": "900.00"}]);
            (json!(10), json!({"totalCount": 2, "nodes": nodes}))
        } else {
            (Value::Null, Value::Null)
        };
        assert_eq!(
            (&employee["basePoints"], &employee["bonuses"]),
            (&points, &bonuses),
            "{who:?}"
        );
        // Dates are for those who deal with the record.
        let dates = sees || matches!(who, Who::Manager1 | Who::Admin);
        assert_eq!(employee["activeFrom"].is_string(), dates, "{who:?}");
    }
    // A hidden number is no way around: nobody orders or filters by it.
    let (_, answer) = app
        .by(Who::Sales1x)
        .send(
            "{ employees(where: {basePoints: {gt: 5}}) { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(crate::support::error_code(&answer), "BAD_REQUEST");
    let before = app.count("employee_bonus").await;
    for (who, input, expected) in [
        (Who::Gm, bonus("2026-02-01", "1"), ("FORBIDDEN", "ORG-2")),
        (
            Who::Sales1,
            bonus("2026-02-01", "1"),
            ("FORBIDDEN", "ORG-2"),
        ),
        (
            Who::Hr,
            bonus("2026-02-01", "-0.01"),
            ("OUT_OF_RANGE", "ORG-2"),
        ),
        (Who::Hr, bonus("2999-02-01", "1"), ("OUT_OF_RANGE", "ORG-2")),
    ] {
        assert_eq!(
            code(&app.by(who).refused("employeeBonusSet", input).await),
            expected
        );
    }
    assert_eq!(app.count("employee_bonus").await, before);
}

#[tokio::test]
async fn org_2_nobody_supervises_himself() {
    let app = TestApp::start().await;
    let supervise = |who: Who, version: i32, above: Value| json!({"employee": who.public(), "expectedVersion": version, "supervisor": above});
    app.by(Who::Hr)
        .done(
            "employeeUpdate",
            supervise(Who::Sales1, 1, json!(Who::Supervisor1.public())),
            "employee { id }",
        )
        .await;
    app.by(Who::Hr)
        .done(
            "employeeUpdate",
            supervise(Who::Supervisor1, 1, json!(Who::Manager1.public())),
            "employee { id }",
        )
        .await;
    for (who, version, above) in [
        (Who::Sales1, 2, Who::Sales1),
        (Who::Manager1, 1, Who::Sales1),
    ] {
        let refusal = app
            .by(Who::Hr)
            .refused(
                "employeeUpdate",
                supervise(who, version, json!(above.public())),
            )
            .await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-2"));
        assert_eq!(refusal["path"], json!(["supervisor"]));
    }
    let none = app
        .by(Who::Hr)
        .done(
            "employeeUpdate",
            supervise(Who::Sales1, 2, Value::Null),
            "employee { supervisor { id } version }",
        )
        .await;
    assert_eq!(none["employee"], json!({"supervisor": null, "version": 3}));
    let renamed = json!({"employee": Who::Sales1.public(), "expectedVersion": 3, "name": "阿里"});
    app.by(Who::Admin)
        .done("employeeUpdate", renamed, "employee { name }")
        .await;
    let first =
        "{ employees(first: 1, orderBy: [{field: NAME, direction: ASC}]) { nodes { name } } }";
    assert_eq!(
        app.by(Who::Gm).ask(first, json!({})).await["employees"]["nodes"][0]["name"],
        "阿里"
    );
}

#[tokio::test]
async fn org_5_channels_are_registered_and_ended() {
    let app = TestApp::start().await;
    let channel = |kind: &str, value: &str| json!({"employee": Who::Sales1.public(), "kind": kind, "value": value});
    let mut ids = Vec::new();
    for (kind, value) in [
        ("PHONE", "021-5555 1234"),
        ("QQ", "10001"),
        ("WECHAT_WORK", "liuyang"),
        ("EMAIL", "liuyang@example.com"),
    ] {
        let made = app
            .by(Who::Hr)
            .done(
                "employeeChannelRegister",
                channel(kind, value),
                "channel { id kind value endedAt }",
            )
            .await;
        assert_eq!(
            (&made["channel"]["kind"], &made["channel"]["endedAt"]),
            (&json!(kind), &Value::Null)
        );
        ids.push(made["channel"]["id"].clone());
    }
    for (who, kind, value, expected) in [
        (Who::Hr, "PHONE", "abc", ("INVALID_INPUT", "ORG-5")),
        (Who::Hr, "EMAIL", "liuyang", ("INVALID_INPUT", "ORG-5")),
        (Who::Hr, "QQ", "  ", ("REQUIRED", "ORG-5")),
        (Who::Hr, "QQ", "10001", ("INVALID_INPUT", "ORG-5")),
        (Who::Sales1, "QQ", "10002", ("FORBIDDEN", "ORG-5")),
    ] {
        assert_eq!(
            code(
                &app.by(who)
                    .refused("employeeChannelRegister", channel(kind, value))
                    .await
            ),
            expected
        );
    }
    assert_eq!(app.count("employee_channel").await, 4);
    let ended = app
        .by(Who::Admin)
        .done(
            "employeeChannelEnd",
            json!({"channel": ids[1]}),
            "channel { endedAt }",
        )
        .await;
    assert!(ended["channel"]["endedAt"].is_string());
    let refusal = app
        .by(Who::Admin)
        .refused("employeeChannelEnd", json!({"channel": ids[1]}))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-5"));
    // Given up, the number can be registered again.
    app.by(Who::Hr)
        .done(
            "employeeChannelRegister",
            channel("QQ", "10001"),
            "channel { id }",
        )
        .await;
    let query = "query($id: ID!) { employee(id: $id) { channels(where: {endedAt: {isNull: true}}) { totalCount } } }";
    let open = app
        .by(Who::Sales2)
        .ask(query, json!({"id": Who::Sales1.public()}))
        .await;
    assert_eq!(open["employee"]["channels"]["totalCount"], 4);
}
