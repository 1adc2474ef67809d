//! What the values of a group come to: exact on both databases.

use serde_json::{Value, json};

use super::{Case, groups, start};
use crate::support::{TestApp, Who, error_code};

async fn amounts(app: &TestApp, customer: &str, fen: &[i64]) {
    for fen in fen {
        let case = Case::of(customer);
        Case { fen: *fen, ..case }.add(app).await;
    }
}

async fn amount(app: &TestApp, fields: &str) -> Value {
    let groups = groups(app, Who::Gm, "", &format!("amount {{ {fields} }}")).await;
    groups[0]["amount"].clone()
}

#[tokio::test]
async fn sums_are_exact_and_means_round_half_up() {
    let (app, customer) = start().await;
    amounts(&app, &customer, &[100, 101]).await;
    assert_eq!(
        amount(&app, "sum avg min max").await,
        json!({"sum": "2.01", "avg": "1.01", "min": "1.00", "max": "1.01"})
    );
    amounts(&app, &customer, &[100]).await;
    // 301 / 3 = 100.33…
    assert_eq!(amount(&app, "avg").await, json!({"avg": "1.00"}));
    amounts(&app, &customer, &[-304]).await;
    // -3 / 4 = -0.75 fen.
    assert_eq!(
        amount(&app, "sum avg min").await,
        json!({"sum": "-0.03", "avg": "-0.01", "min": "-3.04"})
    );
    amounts(&app, &customer, &[5]).await;
    assert_eq!(amount(&app, "avg").await, json!({"avg": "0.00"}));
}

#[tokio::test]
async fn means_of_whole_numbers_have_two_places() {
    let (app, customer) = start().await;
    for quantity in [1, 2, 2] {
        let case = Case::of(&customer);
        Case { quantity, ..case }.add(&app).await;
    }
    let quantity = groups(&app, Who::Gm, "", "quantity { sum avg min max }").await;
    assert_eq!(
        quantity,
        [json!({"quantity": {"sum": 5, "avg": "1.67", "min": 1, "max": 2}})]
    );
}

#[tokio::test]
async fn percentiles_are_values_that_are_there() {
    let (app, customer) = start().await;
    amounts(&app, &customer, &[400, 100, 300, 200, 1000]).await;
    let fields = "a: percentile(p: 0) b: percentile(p: 0.2) c: percentile(p: 0.21) d: percentile(p: 0.5) \
                  e: percentile(p: 0.8) f: percentile(p: 0.81) g: percentile(p: 1)";
    assert_eq!(
        amount(&app, fields).await,
        json!({"a": "1.00", "b": "1.00", "c": "2.00", "d": "3.00", "e": "4.00", "f": "10.00", "g": "10.00"})
    );
}

#[tokio::test]
async fn absent_values_are_not_measured() {
    let (app, customer) = start().await;
    for defective in [None, Some(3), Some(4)] {
        let case = Case::of(&customer);
        Case { defective, ..case }.add(&app).await;
    }
    let fields = "count defectiveQuantity { sum avg min max percentile(p: 0.5) } decidedAt { min max } \
                  decided: countDistinct(field: DECIDED_AT)";
    assert_eq!(
        groups(&app, Who::Gm, "", fields).await,
        [json!({
            "count": 3,
            "defectiveQuantity": {"sum": 7, "avg": "3.50", "min": 3, "max": 4, "percentile": 3},
            "decidedAt": {"min": null, "max": null},
            "decided": 0,
        })]
    );
}

#[tokio::test]
async fn without_rows_there_is_one_group_of_nothing_and_by_keys_none() {
    let (app, _) = start().await;
    let fields = "count amount { sum avg min max percentile(p: 0.5) } createdAt { min max }";
    let nothing = json!({
        "count": 0,
        "amount": {"sum": null, "avg": null, "min": null, "max": null, "percentile": null},
        "createdAt": {"min": null, "max": null},
    });
    assert_eq!(groups(&app, Who::Gm, "", fields).await, [nothing]);
    for by in ["DEPARTMENT", "CREATED_AT"] {
        let args = format!("groupBy: [{{field: {by}}}]");
        assert_eq!(
            groups(&app, Who::Gm, &args, fields).await,
            Vec::<Value>::new()
        );
    }
}

#[tokio::test]
async fn earliest_and_latest_are_told_of_dates() {
    let (app, customer) = start().await;
    for at in ["2026-03-02T04:00:00Z", "2026-05-01T00:00:00.5Z"] {
        let case = Case::of(&customer);
        Case { at, ..case }.add(&app).await;
    }
    let told = groups(
        &app,
        Who::Gm,
        "",
        "createdAt { min max } shippedOn { min max }",
    )
    .await;
    assert_eq!(
        told,
        [json!({
            "createdAt": {"min": "2026-03-02T04:00:00.000000Z", "max": "2026-05-01T00:00:00.500000Z"},
            "shippedOn": {"min": "2026-03-02", "max": "2026-05-01"},
        })]
    );
}

#[tokio::test]
async fn a_sum_out_of_range_is_refused() {
    let (app, customer) = start().await;
    amounts(&app, &customer, &[i64::MAX, 1]).await;
    let query = "{ complaintStatistics { groups { amount { sum } } } }";
    let (_, answer) = app.by(Who::Gm).send(query, json!({})).await;
    assert_eq!(error_code(&answer), "BAD_REQUEST", "{answer:#}");
    // What is not asked for is not computed.
    assert_eq!(amount(&app, "min").await, json!({"min": "0.01"}));
}
