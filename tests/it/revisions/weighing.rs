//! What a revision would have changed for the cases of the last twelve months (RUL-5).

use chrono::{Months, NaiveDate};
use entity::{complaint, lookup_request, rulebook_value};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{FIELDS, days_ago, draft_of, drafted, in_days, new_days, read, submit, submitted};
use crate::complaints::{customer, filed, on as of_complaint, proposed};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, brackets};

/// Puts a complaint on another day.
async fn put_on(app: &TestApp, complaint: &Value, day: NaiveDate) {
    complaint::Entity::update_many()
        .col_expr(complaint::Column::RulebookOn, Expr::value(day))
        .filter(complaint::Column::Number.eq(complaint["number"].as_str().unwrap()))
        .exec(&app.db.write)
        .await
        .unwrap();
}

async fn effect(app: &TestApp, who: Who, revision: &Value) -> Value {
    read(app, who, revision).await["impact"]["effects"][0].clone()
}

#[tokio::test]
async fn rul_5_complaints_are_counted_by_who_would_have_decided() {
    let app = TestApp::start().await;
    for amount in [
        "80000.00",
        "80000.01",
        "100000.00",
        "100000.01",
        "150000.00",
        "150000.01",
        "200000.00",
        "200000.01",
    ] {
        proposed(&app, amount).await;
    }
    // Neither one without a proposal nor a voided one came before anybody.
    let owner = customer(&app, Unit::Sales1, Who::Sales1).await;
    filed(&app, Who::Sales1, &owner).await;
    let void = filed(&app, Who::Sales1, &owner).await;
    let input = of_complaint(&void, json!({"reason": "重复"}));
    app.by(Who::Sales1)
        .done("complaintVoid", input, "__typename")
        .await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    let seen = read(&app, Who::Gm, &revision).await["impact"].clone();
    let today = in_days(&app, 0);
    let year_ago = today.checked_sub_months(Months::new(12)).unwrap();
    assert_eq!(
        (&seen["after"], &seen["until"]),
        (&json!(year_ago), &json!(today))
    );
    let moved = |from: &str, title: &str| {
        json!({
            "from": from,
            "fromTitle": title,
            "to": "deputy-general-manager",
            "toTitle": "Deputy general manager",
            "cases": 2,
        })
    };
    assert_eq!(
        seen["effects"],
        json!([{
            "parameter": "complaint.decision",
            "effect": "OTHER_APPROVER",
            "cases": 8,
            "changed": 4,
            "moves": [
                moved("department-manager", "Department manager"),
                moved("general-manager", "General manager"),
            ],
        }])
    );
}

#[tokio::test]
async fn rul_5_the_cases_are_those_of_twelve_months_by_the_values_of_their_days() {
    let app = TestApp::start().await;
    let today = in_days(&app, 0);
    let year_ago = today.checked_sub_months(Months::new(12)).unwrap();
    let row = rulebook_value::ActiveModel {
        id: Set(app.clock.new_id()),
        key: Set("complaint.decision".into()),
        value: Set(brackets("90000.00", "150000.00")),
        from_on: Set(days_ago(&app, 30)),
        created_at: Set(app.clock.now()),
        created_by: Set(None),
    };
    rulebook_value::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("rulebook").await;
    for day in [
        year_ago,
        year_ago.succ_opt().unwrap(),
        days_ago(&app, 31),
        days_ago(&app, 30),
        today,
    ] {
        let complaint = proposed(&app, "95000.00").await;
        put_on(&app, &complaint, day).await;
    }
    // 95 000.00 was the manager's until 30 days ago and is the deputy's since; the oldest is out of the twelve months.
    let revision = submitted(&app, "80000.00", "150000.00").await;
    let lower = effect(&app, Who::Gm, &revision).await;
    assert_eq!((&lower["cases"], &lower["changed"]), (&json!(4), &json!(2)));
    assert_eq!(lower["moves"][0]["from"], "department-manager");
    let revision = drafted(&app, "96000.00", "150000.00").await;
    let higher = effect(&app, Who::Clerk, &revision).await;
    assert_eq!(
        (&higher["cases"], &higher["changed"]),
        (&json!(4), &json!(2))
    );
    assert_eq!(higher["moves"][0]["from"], "deputy-general-manager");
    assert_eq!(higher["moves"][0]["to"], "department-manager");
}

#[tokio::test]
async fn rul_5_lookups_are_counted_by_how_long_they_would_have_run() {
    let app = TestApp::start().await;
    for (days, by) in [
        (30, Who::Sales1a),
        (21, Who::Sales1b),
        (20, Who::Sales1x),
        (5, Who::Sales2),
    ] {
        let of = customer(&app, Unit::Sales1, Who::Sales1).await;
        let input =
            json!({"customer": of, "sections": ["CONTACTS"], "reason": "报价", "days": days});
        app.by(by)
            .done("archiveLookupRequest", input, "__typename")
            .await;
    }
    let mut values = new_days("20");
    let default = json!({"parameter": "lookup.grant.default-days", "unit": "day", "value": "10"});
    values.as_array_mut().unwrap().push(default);
    let input = draft_of(&app, "LKP", values);
    let payload = app
        .by(Who::Sales1)
        .done("rulebookRevisionDraft", input, FIELDS)
        .await;
    let revision = submit(&app, Who::Sales1, &payload["revision"]).await;
    let effects = read(&app, Who::Gm, &revision).await["impact"]["effects"].clone();
    let moved = |from: &str| {
        json!({
            "from": from,
            "fromTitle": format!("{from} day"),
            "to": "20",
            "toTitle": "20 day",
            "cases": 1,
        })
    };
    assert_eq!(
        effects,
        json!([
            {
                "parameter": "lookup.grant.max-days",
                "effect": "OTHER_DEADLINE",
                "cases": 4,
                "changed": 2,
                "moves": [moved("21"), moved("30")],
            },
            // Whether a request named its days is not kept, so that nothing can be told.
            {
                "parameter": "lookup.grant.default-days",
                "effect": null,
                "cases": null,
                "changed": null,
                "moves": [],
            },
        ])
    );
    // A year later they count no more.
    lookup_request::Entity::update_many()
        .col_expr(
            lookup_request::Column::RulebookOn,
            Expr::value(days_ago(&app, 367)),
        )
        .exec(&app.db.write)
        .await
        .unwrap();
    let none = effect(&app, Who::Gm, &revision).await;
    assert_eq!((&none["cases"], &none["moves"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn rul_5_the_effect_is_shown_to_who_drafts_or_approves() {
    let app = TestApp::start().await;
    proposed(&app, "90000.00").await;
    let input = draft_of(&app, "LKP", new_days("20"));
    let payload = app
        .by(Who::Sales1)
        .done("rulebookRevisionDraft", input, FIELDS)
        .await;
    let revision = payload["revision"].clone();
    for (who, sees) in [
        (Who::Sales1, true),
        (Who::Manager2, true),
        (Who::Gm, true),
        (Who::Deputy, false),
        (Who::Auditor, false),
        (Who::Governor, false),
    ] {
        let seen = read(&app, who, &revision).await;
        assert_eq!(seen["state"], "DRAFT", "{who:?}");
        assert_eq!(!seen["impact"].is_null(), sees, "{who:?}");
    }
    let revision = submitted(&app, "80000.00", "150000.00").await;
    let input = super::on(&revision);
    app.by(Who::Gm)
        .done("rulebookRevisionApprove", input, FIELDS)
        .await;
    // Everybody reads what was approved, and nobody else what it would have done.
    let seen = read(&app, Who::Sales1, &revision).await;
    assert_eq!(
        (&seen["state"], &seen["impact"]),
        (&json!("APPROVED"), &Value::Null)
    );
    assert_eq!(effect(&app, Who::Gm, &revision).await["changed"], 1);
}
