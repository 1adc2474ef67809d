//! Who gains and loses what by a change, counted on the real data before anybody approves it.

use std::collections::BTreeMap;

use kehu::schema::declared;
use serde_json::{Value, json};

use super::{approved, drafted, read};
use crate::complaints::{customer, filed};
use crate::support::company::Unit;
use crate::support::{TestApp, Who};

fn named(action: &Value) -> BTreeMap<String, (i64, i64)> {
    let named = action["named"].as_array().unwrap().iter();
    let one = |person: &Value| {
        let of = |key: &str| person[key].as_i64().unwrap();
        (
            person["employee"]["id"].as_str().unwrap().to_owned(),
            (of("gained"), of("lost")),
        )
    };
    named.map(one).collect()
}

fn action<'a>(effect: &'a Value, object: &str, action: &str) -> &'a Value {
    let mut actions = effect["actions"].as_array().unwrap().iter();
    let found = actions.find(|a| a["object"] == object && a["action"] == action);
    found.unwrap_or_else(|| panic!("{object} · {action} in {effect:#}"))
}

#[tokio::test]
async fn org_3_the_effect_counts_who_gains_and_who_loses_what() {
    let app = TestApp::start().await;
    for (unit, who, count) in [
        (Unit::Sales1, Who::Sales1, 2),
        (Unit::Sales2, Who::Sales2, 3),
    ] {
        let customer = customer(&app, unit, who).await;
        for _ in 0..count {
            filed(&app, who, &customer).await;
        }
    }
    // Analysts get to void every complaint, managers of departments none any more.
    let change = drafted(
        &app,
        json!({
            "add": [{"row": "x-1", "role": "ANALYST", "object": "complaint", "action": "void", "scope": "any", "clause": "CMP-3"}],
            "remove": ["complaint-void-manager"],
        }),
    )
    .await;
    let effect = read(&app, Who::Gm, &change).await["effect"].clone();
    assert_eq!(
        (&effect["people"], &effect["leftOut"]),
        (&json!(4), &json!(0))
    );
    let void = action(&effect, "complaint", "void");
    assert_eq!(effect["actions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&void["people"], &void["gainers"], &void["losers"]),
        (&json!(4), &json!(1), &json!(2))
    );
    let expected = BTreeMap::from([
        (Who::Analyst.public(), (5, 0)),
        (Who::Manager1.public(), (0, 2)),
        (Who::Manager2.public(), (0, 3)),
        // There is nothing yet in his department.
        (Who::WorksManager.public(), (0, 0)),
    ]);
    assert_eq!(named(void), expected);
}

#[tokio::test]
async fn org_3_the_effect_of_a_change_in_force_is_what_it_made_different() {
    let app = TestApp::start().await;
    let row = json!({"row": "x-1", "role": "ANALYST", "object": "account", "action": "read", "scope": "any", "clause": "ORG-3"});
    let change = approved(&app, json!({"add": [row]})).await;
    let effect = read(&app, Who::Admin, &change).await["effect"].clone();
    // His own account he saw before.
    let expected = BTreeMap::from([(Who::Analyst.public(), (21, 0))]);
    assert_eq!(named(action(&effect, "account", "read")), expected);
}

#[tokio::test]
async fn org_3_with_the_reading_of_an_object_moves_that_of_its_approvals() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let wanted = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "报价"});
    app.by(Who::Sales2)
        .done("archiveLookupRequest", wanted, "request { id }")
        .await;
    let row = json!({"row": "x-1", "role": "ANALYST", "object": "archive-lookup", "action": "read", "scope": "any", "clause": "ORG-3"});
    let change = drafted(&app, json!({"add": [row]})).await;
    let effect = read(&app, Who::Admin, &change).await["effect"].clone();
    let expected = BTreeMap::from([(Who::Analyst.public(), (1, 0))]);
    assert_eq!(named(action(&effect, "archive-lookup", "read")), expected);
    assert_eq!(named(action(&effect, "approval", "read")), expected);
}

/// Every scope of every kind can be counted on its table.
#[tokio::test]
async fn org_3_the_effect_of_every_row_that_can_be_drafted_is_counted() {
    let app = TestApp::start().await;
    crate::support::scenes::fill(&app).await;
    let catalogue = &declared().catalogue;
    let mut rows = Vec::new();
    for pair in catalogue.actions() {
        for scope in &catalogue.kind_named(pair.kind).unwrap().scopes {
            let row = format!("x-{}", rows.len());
            rows.push(json!({"row": row, "role": "ANALYST", "object": pair.object, "action": pair.action, "scope": scope.name, "clause": "ORG-3"}));
        }
    }
    assert!(rows.len() > 100, "{}", rows.len());
    for some in rows.chunks(100) {
        let change = drafted(&app, json!({"add": some})).await;
        let effect = read(&app, Who::Gm, &change).await["effect"].clone();
        assert!(effect["people"].as_i64().unwrap() >= 1, "{effect:#}");
        assert_eq!(effect["leftOut"], 0);
    }
}
