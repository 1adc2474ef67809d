//! Regulations and their numbers (RUL-1, RUL-2, RUL-4).

use chrono::NaiveDate;
use entity::{rulebook_parameter, rulebook_value};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::support::{TestApp, Who, brackets};

const DAYS: &str = "lookup.grant.max-days";
const BRACKETS: &str = "complaint.decision";

async fn set(app: &TestApp, key: &str, from_on: &str, value: Value) {
    let row = rulebook_value::ActiveModel {
        id: Set(app.clock.new_id()),
        key: Set(key.into()),
        value: Set(value),
        from_on: Set(from_on.parse::<NaiveDate>().unwrap()),
        created_at: Set(app.clock.now()),
        created_by: Set(None),
    };
    rulebook_value::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("rulebook").await;
}

async fn on(app: &TestApp, key: &str, day: &str) -> Value {
    let query = "query($on: Date) { rulebook(on: $on) { key kind unit min max default value defaultRows { name limit } \
                 rows { name title limit } clause { number } history { fromOn value rows { name limit } } } }";
    let all = app.by(Who::Sales1).ask(query, json!({"on": day})).await;
    all["rulebook"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["key"] == key)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn rul_1_everybody_reads_the_regulations_in_his_language() {
    let app = TestApp::start().await;
    let query = "{ regulations { code } regulation(code: \"LKP\") { title interpretedBy effectiveOn clauses { number title text } } \
                 clause(number: \"ORG-7\") { number title text } none: clause(number: \"ORG-99\") { number } \
                 nothing: regulation(code: \"XYZ\") { code } }";
    let data = app.by(Who::Sales1).ask(query, json!({})).await;
    let codes: Vec<_> = data["regulations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].clone())
        .collect();
    assert_eq!(
        codes,
        ["ORG", "RUL", "ARC", "LKP", "CMP", "LOS", "DIS", "PIP"]
    );
    assert_eq!(data["regulation"]["clauses"][1]["number"], "LKP-2");
    assert_eq!(data["clause"]["title"], "End of employment");
    assert_eq!(
        (&data["none"], &data["nothing"]),
        (&Value::Null, &Value::Null)
    );
    for (language, title) in [("zh-CN", "任用终止"), ("zh-TW", "任用終止")] {
        let data = app
            .by(Who::Sales1)
            .speaking(language)
            .ask(query, json!({}))
            .await;
        assert_eq!(data["clause"]["title"], title);
        assert!(data["clause"]["text"].as_str().unwrap().chars().count() > 10);
    }
    let (_, answer) = app.nobody().send(query, json!({})).await;
    assert_eq!(super::support::error_code(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn rul_1_a_clause_says_what_puts_it_into_effect() {
    let app = TestApp::start().await;
    let query = "query($number: String!) { clause(number: $number) { number enforcedBy { kind name text } } }";
    let enforced = async |number: &str, language: &'static str| {
        let by = app.by(Who::Sales1).speaking(language);
        let answer = by.ask(query, json!({"number": number})).await;
        answer["clause"]["enforcedBy"].as_array().unwrap().clone()
    };
    let names = |list: &[Value]| -> Vec<String> {
        list.iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e["kind"].as_str().unwrap(),
                    e["name"].as_str().unwrap()
                )
            })
            .collect()
    };
    let brackets = enforced("CMP-11", "en").await;
    assert_eq!(
        names(&brackets),
        [
            "POLICY_ROW complaint-read-deputy",
            "POLICY_ROW complaint-decide-gm",
            "POLICY_ROW complaint-decide-deputy",
            "POLICY_ROW complaint-decide-manager",
            "PARAMETER complaint.decision",
        ]
    );
    assert_eq!(
        brackets[3]["text"],
        "Department manager: complaint · decide, in the role's department and below, ≤ complaint.decision#department-manager"
    );
    let grants = enforced("LKP-4", "en").await;
    for cited in [
        "POLICY_ROW lookup-request",
        "REFUSAL_CODE ALREADY_GRANTED",
        "PARAMETER lookup.grant.max-days",
    ] {
        assert!(names(&grants).contains(&cited.to_owned()), "{cited}");
    }
    assert_eq!(grants.last().unwrap()["text"], "Longest grant: 30 day");
    let chinese = enforced("RUL-3", "zh-CN").await;
    assert!(names(&chinese).contains(&"REFUSAL_CODE RULEBOOK_BACKDATED".to_owned()));
    assert!(chinese[0]["text"].as_str().unwrap().starts_with("员工: "));
    assert!(enforced("CMP-1", "en").await.is_empty());
    // From the policy as it is: a row that is taken away enforces nothing any more.
    entity::policy_row::Entity::delete_many()
        .filter(entity::policy_row::Column::Name.eq("complaint-decide-gm"))
        .exec(&app.db.write)
        .await
        .unwrap();
    app.touch("policy").await;
    let left = names(&enforced("CMP-11", "en").await);
    assert!(!left.contains(&"POLICY_ROW complaint-decide-gm".to_owned()));
    // The list of a regulation has the same.
    let all = "{ regulation(code: \"CMP\") { clauses { number enforcedBy { name } } } }";
    let all = app.by(Who::Sales1).ask(all, json!({})).await;
    let clauses = all["regulation"]["clauses"].as_array().unwrap();
    let own = clauses.iter().find(|c| c["number"] == "CMP-11").unwrap();
    assert_eq!(own["enforcedBy"].as_array().unwrap().len(), left.len());
}

#[tokio::test]
async fn rul_1_a_start_brings_the_texts_up_to_date_and_leaves_values_alone() {
    let app = TestApp::start().await;
    set(&app, DAYS, "2026-06-01", json!(20)).await;
    let clauses = app.count("clause").await;
    let broken = entity::clause::ActiveModel {
        number: Set("CMP-11".into()),
        title: Set(json!({})),
        ..Default::default()
    };
    entity::clause::Entity::update(broken)
        .exec(&app.db.write)
        .await
        .unwrap();
    let broken = rulebook_parameter::ActiveModel {
        key: Set(DAYS.into()),
        unit: Set("EUR".into()),
        ..Default::default()
    };
    rulebook_parameter::Entity::update(broken)
        .exec(&app.db.write)
        .await
        .unwrap();
    kehu::rulebook::load(&app.db.write).await.unwrap();
    assert_eq!(
        (app.count("clause").await, app.count("rulebook_value").await),
        (clauses, 1)
    );
    let parameter = on(&app, DAYS, "2026-06-01").await;
    assert_eq!(
        (&parameter["unit"], &parameter["value"]),
        (&json!("day"), &json!("20"))
    );
    let query = "{ clause(number: \"CMP-11\") { title } }";
    assert_eq!(
        app.by(Who::Gm).ask(query, json!({})).await["clause"]["title"],
        "Who decides"
    );
}

#[tokio::test]
async fn rul_2_a_number_has_type_unit_clause_default_and_dated_values() {
    let app = TestApp::start().await;
    let untouched = on(&app, DAYS, "2026-06-01").await;
    assert_eq!(untouched["kind"], "DAYS");
    assert_eq!(untouched["clause"]["number"], "LKP-4");
    assert_eq!(
        [
            &untouched["min"],
            &untouched["default"],
            &untouched["value"],
            &untouched["max"]
        ],
        ["1", "30", "30", "366"]
    );
    assert_eq!(
        untouched["history"],
        json!([{"fromOn": null, "value": "30", "rows": []}])
    );
    set(&app, DAYS, "2026-06-01", json!(20)).await;
    set(&app, DAYS, "2026-07-01", json!(25)).await;
    for (day, value) in [
        ("2026-05-31", "30"),
        ("2026-06-01", "20"),
        ("2026-06-30", "20"),
        ("2026-07-01", "25"),
    ] {
        assert_eq!(on(&app, DAYS, day).await["value"], value, "{day}");
    }
    let history = on(&app, DAYS, "2026-06-01").await["history"].clone();
    assert_eq!(
        history[2],
        json!({"fromOn": "2026-07-01", "value": "25", "rows": []})
    );
    let (_, answer) = app
        .by(Who::Gm)
        .send("{ rulebook(on: \"yesterday\") { key } }", json!({}))
        .await;
    assert_eq!(super::support::error_code(&answer), "BAD_REQUEST");
}

#[tokio::test]
async fn rul_2_a_table_has_rows_with_limits() {
    let app = TestApp::start().await;
    set(
        &app,
        BRACKETS,
        "2026-06-01",
        brackets("80000.00", "150000.00"),
    )
    .await;
    let parameter = on(&app, BRACKETS, "2026-06-01").await;
    assert_eq!(
        (&parameter["kind"], &parameter["unit"]),
        (&json!("BRACKET_TABLE"), &json!("CNY"))
    );
    assert_eq!(
        (&parameter["value"], &parameter["default"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(parameter["defaultRows"], brackets("100000.00", "150000.00"));
    assert_eq!(
        parameter["rows"][0],
        json!({"name": "department-manager", "title": "Department manager", "limit": "80000.00"})
    );
    assert_eq!(parameter["rows"][2]["limit"], Value::Null);
    let rows = brackets("80000.00", "150000.00");
    assert_eq!(
        parameter["history"][1],
        json!({"fromOn": "2026-06-01", "value": null, "rows": rows})
    );
}

/// A key that only a newer version knows must not stop this one from serving beside it.
#[tokio::test]
async fn rul_2_a_value_of_another_version_is_left_out() {
    let app = TestApp::start().await;
    let parameter = rulebook_parameter::ActiveModel {
        key: Set("future.number".into()),
        clause_number: Set("CMP-11".into()),
        kind: Set(rules::vocabulary::ParameterKind::Days),
        unit: Set("day".into()),
        title: Set(json!({"zh-CN": "", "zh-TW": "", "en": ""})),
        default_value: Set(json!(3)),
    };
    rulebook_parameter::Entity::insert(parameter)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    set(&app, "future.number", "2026-06-01", json!(4)).await;
    set(&app, DAYS, "2026-06-01", json!(20)).await;
    assert_eq!(on(&app, DAYS, "2026-06-01").await["value"], "20");
    let all = app.by(Who::Gm).ask("{ rulebook { key } }", json!({})).await;
    assert!(
        all["rulebook"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["key"] != "future.number")
    );
}

/// Two cases of one amount, filed before and on the day a bracket changes: each keeps its own.
#[tokio::test]
async fn rul_4_a_case_keeps_the_values_of_its_day() {
    use super::support::company::Unit;
    use kehu::complaints::ComplaintFacts;
    use rules::kit::money::Fen;
    let app = TestApp::start().await;
    let lower = brackets("80000.00", "150000.00");
    set(&app, BRACKETS, "2026-06-01", lower).await;
    let manager = app.app.shared().viewer(Who::Manager1.id()).unwrap();
    for (day, fen, allowed) in [
        ("2026-05-31", 10_000_000, true),
        ("2026-05-31", 10_000_001, false),
        ("2026-06-01", 8_000_000, true),
        ("2026-06-01", 8_000_001, false),
        ("2026-06-02", 10_000_000, false),
    ] {
        let facts = ComplaintFacts {
            responsible: None,
            department: Unit::Sales1.id(),
            filed_by: Who::Sales1.id(),
            customer_owners: Vec::new(),
            amount: Fen::new(fen),
            rulebook_on: day.parse().unwrap(),
        };
        assert_eq!(
            manager.decide("complaint", "decide", &facts).allowed,
            allowed,
            "{day} {fen}"
        );
    }
}
