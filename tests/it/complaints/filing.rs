//! CMP-2, CMP-3: number and facts.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use entity::number_counter;
use futures_util::future::join_all;
use rules::complaints::NUMBERING;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{
    FIELDS, customer, decision, facts, facts_but, filed, footprint, investigated, on, propose,
};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, error_code, id};

fn today(app: &TestApp) -> NaiveDate {
    app.app.shared().day_of(app.clock.now())
}

fn month(app: &TestApp) -> String {
    today(app).format("%y-%m").to_string()
}

#[tokio::test]
async fn cmp_2_fifty_at_once_get_fifty_numbers_without_gap_or_repeat() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let people = [
        Who::Sales1,
        Who::Sales1x,
        Who::Supervisor1,
        Who::Manager1,
        Who::Deputy,
    ];
    let filings = (0..50).map(|i| {
        let by = app.by(people[i % people.len()]);
        let input = facts(&customer);
        async move { by.done("complaintFile", input, FIELDS).await["complaint"]["number"].clone() }
    });
    let numbers: BTreeSet<String> = join_all(filings)
        .await
        .iter()
        .map(|n| n.as_str().unwrap().to_owned())
        .collect();
    let wanted: BTreeSet<String> = (1..=50)
        .map(|i| format!("{}-{i:02}", month(&app)))
        .collect();
    assert_eq!(numbers, wanted);
    assert_eq!(app.count("complaint").await, 50);
}

#[tokio::test]
async fn cmp_2_the_serial_restarts_with_the_month() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for serial in ["01", "02"] {
        let complaint = filed(&app, Who::Sales1, &customer).await;
        assert_eq!(complaint["number"], format!("{}-{serial}", month(&app)));
    }
    let before = month(&app);
    while month(&app) == before {
        app.advance(Duration::days(1));
    }
    let complaint = filed(&app, Who::Sales1, &customer).await;
    assert_ne!(before, month(&app));
    assert_eq!(complaint["number"], format!("{}-01", month(&app)));
}

#[tokio::test]
async fn cmp_2_the_hundredth_of_a_month_is_wider() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let row = number_counter::ActiveModel {
        series: Set(NUMBERING.series(today(&app))),
        last: Set(98),
    };
    number_counter::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    for serial in ["99", "100", "101"] {
        let complaint = filed(&app, Who::Sales1, &customer).await;
        assert_eq!(complaint["number"], format!("{}-{serial}", month(&app)));
    }
}

#[tokio::test]
async fn cmp_2_a_refused_filing_takes_no_number() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    filed(&app, Who::Sales1, &customer).await;
    let before = footprint(&app).await;
    app.by(Who::Sales1)
        .refused("complaintFile", facts_but(&customer, json!({"demand": ""})))
        .await;
    app.by(Who::Sales2)
        .refused("complaintFile", facts(&customer))
        .await;
    assert_eq!(footprint(&app).await, before);
    let complaint = filed(&app, Who::Sales1, &customer).await;
    assert_eq!(complaint["number"], format!("{}-02", month(&app)));
}

#[tokio::test]
async fn cmp_3_each_missing_fact_is_refused_at_its_field() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let tomorrow = today(&app).succ_opt().unwrap();
    let before = footprint(&app).await;
    for (field, value, wanted) in [
        ("orderNumber", json!(" "), "REQUIRED"),
        ("partNumber", json!(""), "REQUIRED"),
        ("demand", json!(""), "REQUIRED"),
        ("reason", json!(""), "REQUIRED"),
        ("sampleDescription", json!("\n"), "REQUIRED"),
        ("opinion", json!(""), "REQUIRED"),
        ("defectiveQuantity", Value::Null, "REQUIRED"),
        ("defectiveQuantity", json!(101), "OUT_OF_RANGE"),
        ("quantity", json!(0), "OUT_OF_RANGE"),
        ("shippedOn", json!(tomorrow.to_string()), "OUT_OF_RANGE"),
    ] {
        // Nothing shipped leaves no defective piece either: the one fault is at the field asked about.
        let other = match field {
            "quantity" => json!({"quantity": value, "defectiveQuantity": 0}),
            _ => json!({field: value}),
        };
        let refusal = app
            .by(Who::Sales1)
            .refused("complaintFile", facts_but(&customer, other))
            .await;
        assert_eq!(code(&refusal), (wanted, "CMP-3"), "{field}: {refusal:#}");
        assert_eq!(refusal["path"], json!([field]));
    }
    for field in ["shippedOn", "quantity", "demandKind", "class", "market"] {
        let mut input = facts(&customer);
        input.as_object_mut().unwrap().remove(field);
        let query = "mutation($input: ComplaintFileInput!) { complaintFile(input: $input) { refusals { code } } }";
        let (_, answer) = app
            .by(Who::Sales1)
            .send(query, json!({"input": input}))
            .await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{field}: {answer:#}");
    }
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn cmp_3_every_missing_fact_shows_at_once() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let input = facts_but(
        &customer,
        json!({"orderNumber": "", "reason": "", "opinion": ""}),
    );
    let payload = app
        .by(Who::Sales1)
        .call("complaintFile", input, "complaint { id }")
        .await;
    let fields: Vec<_> = payload["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["path"][0].clone())
        .collect();
    assert_eq!(fields, ["orderNumber", "reason", "opinion"]);
    assert_eq!(payload["complaint"], Value::Null);
}

#[tokio::test]
async fn cmp_3_a_complaint_stands_on_a_customer_and_its_department_handles_it() {
    let app = TestApp::start().await;
    let unknown = id("customer", app.clock.new_id());
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintFile", facts(&unknown))
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("UNKNOWN_REFERENCE", &json!(["customer"]))
    );
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintFile", facts(&Who::Sales1.public()))
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("INVALID_INPUT", &json!(["customer"]))
    );
    assert_eq!(app.count("complaint").await, 0);
    let section = customer(&app, Unit::Section1A, Who::Sales1a).await;
    let input = facts(&section);
    let fields = "complaint { customer { id } department { id } filedBy { id } rulebookOn state }";
    let made = app
        .by(Who::Manager1)
        .done("complaintFile", input, fields)
        .await["complaint"]
        .clone();
    assert_eq!(
        made,
        json!({
            "customer": {"id": section},
            "department": {"id": id("department", Unit::Section1A.id())},
            "filedBy": {"id": Who::Manager1.public()},
            "rulebookOn": today(&app).to_string(),
            "state": "FILED",
        })
    );
}

#[tokio::test]
async fn cmp_3_another_departments_staff_does_not_file() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for who in [
        Who::Sales2,
        Who::Manager2,
        Who::Sales1a,
        Who::Hr,
        Who::Admin,
        Who::Auditor,
        Who::Quality,
    ] {
        let refusal = app.by(who).refused("complaintFile", facts(&customer)).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-3"), "{who:?}");
        assert!(
            !refusal["remedy"]["approvers"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(app.count("complaint").await, 0);
}

#[tokio::test]
async fn cmp_3_an_undetermined_demand_is_completed_before_the_decision() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let open = json!({"demandKind": "UNDETERMINED_IN_PROCESS", "defectiveQuantity": null});
    let made = app
        .by(Who::Sales1)
        .done("complaintFile", facts_but(&customer, open), FIELDS)
        .await;
    let complaint = investigated(&app, &made["complaint"]).await;
    let before = footprint(&app).await;
    let input = on(
        &complaint,
        json!({"allowance": "1.00", "proposal": "折让", "negotiation": "愿意协商"}),
    );
    let refusal = app.by(Who::Sales1).refused("complaintPropose", input).await;
    assert_eq!(code(&refusal), ("REQUIRED", "CMP-3"));
    assert_eq!(refusal["path"], json!(["demandKind"]));
    let incomplete = on(
        &complaint,
        json!({"demandKind": "RETURN", "demand": "退货"}),
    );
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintComplete", incomplete)
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("REQUIRED", "CMP-3"), &json!(["defectiveQuantity"]))
    );
    assert_eq!(footprint(&app).await, before);
    let complete = on(
        &complaint,
        json!({"demandKind": "RETURN", "demand": "退货", "defectiveQuantity": 40}),
    );
    let made = app
        .by(Who::Sales1)
        .done("complaintComplete", complete.clone(), FIELDS)
        .await;
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintComplete", complete.clone())
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("VERSION_CONFLICT", &json!(["expectedVersion"]))
    );
    assert_eq!(
        refusal["message"],
        "Changed by 刘洋 since you read it (defectiveQuantity, demand, demandKind)."
    );
    let complaint = propose(&app, Who::Sales1, &made["complaint"], "1.00").await;
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintComplete", complete)
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-11"));
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
}

#[tokio::test]
async fn a_repeated_key_files_once_and_another_input_under_it_is_refused() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let key = "0190c0de-0000-7000-8000-000000000001";
    let input = facts_but(&customer, json!({"idempotencyKey": key}));
    let first = app
        .by(Who::Sales1)
        .done("complaintFile", input.clone(), FIELDS)
        .await;
    let before = footprint(&app).await;
    assert_eq!(
        app.by(Who::Sales1)
            .done("complaintFile", input.clone(), FIELDS)
            .await,
        first
    );
    let other = facts_but(&customer, json!({"idempotencyKey": key, "reason": "别的"}));
    let refusal = app.by(Who::Sales1).refused("complaintFile", other).await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("IDEMPOTENCY_KEY_REUSED", &json!(["idempotencyKey"]))
    );
    assert_eq!(footprint(&app).await, before);
    // A key belongs to its person: another one's request under it is another request.
    let second = app
        .by(Who::Sales1x)
        .done("complaintFile", input, FIELDS)
        .await;
    assert_ne!(second["complaint"]["id"], first["complaint"]["id"]);
}

#[tokio::test]
async fn a_key_at_the_same_time_files_once() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let input = facts_but(
        &customer,
        json!({"idempotencyKey": "0190c0de-0000-7000-8000-000000000002"}),
    );
    let calls = (0..8).map(|_| {
        let (by, input) = (app.by(Who::Sales1), input.clone());
        async move { by.done("complaintFile", input, FIELDS).await }
    });
    let answers = join_all(calls).await;
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:#?}"
    );
    assert_eq!(app.count("complaint").await, 1);
    let next = filed(&app, Who::Sales1, &customer).await;
    assert_eq!(next["number"], format!("{}-02", month(&app)));
}
