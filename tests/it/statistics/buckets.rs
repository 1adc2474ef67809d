//! Buckets of time begin and end at midnight of the company's zone.

use serde_json::{Value, json};

use super::{Case, counted, groups, start};
use crate::support::{TestApp, Who, error_code};

async fn at(app: &TestApp, customer: &str, instants: &[&str]) {
    for at in instants {
        let case = Case::of(customer);
        Case { at, ..case }.add(app).await;
    }
}

async fn by(app: &TestApp, bucket: &str) -> Vec<(Value, i64)> {
    let args = format!("groupBy: [{{field: CREATED_AT, bucket: {bucket}}}]");
    counted(app, Who::Gm, &args, "createdAt").await
}

fn told(groups: &[(&str, i64)]) -> Vec<(Value, i64)> {
    groups.iter().map(|(key, n)| (json!(key), *n)).collect()
}

#[tokio::test]
async fn days_and_months_end_at_midnight_of_the_company() {
    let (app, customer) = start().await;
    // 24:00 in Shanghai is 16:00 UTC.
    let around = [
        "2026-02-28T15:59:59.999999Z",
        "2026-02-28T16:00:00Z",
        "2026-03-31T15:59:59.999Z",
        "2026-03-31T16:00:00.000001Z",
    ];
    at(&app, &customer, &around).await;
    let months = [("2026-02-01", 1), ("2026-03-01", 2), ("2026-04-01", 1)];
    assert_eq!(by(&app, "MONTH").await, told(&months));
    let days = [
        ("2026-02-28", 1),
        ("2026-03-01", 1),
        ("2026-03-31", 1),
        ("2026-04-01", 1),
    ];
    assert_eq!(by(&app, "DAY").await, told(&days));
    assert_eq!(
        by(&app, "QUARTER").await,
        told(&[("2026-01-01", 3), ("2026-04-01", 1)])
    );
}

#[tokio::test]
async fn weeks_begin_on_monday_and_years_in_january() {
    let (app, customer) = start().await;
    // Sunday 3 January 2027 in Shanghai and the Monday after it; New Year's Eve and New Year.
    let around = [
        "2026-12-31T15:59:59Z",
        "2026-12-31T16:00:00Z",
        "2027-01-03T15:59:59Z",
        "2027-01-03T16:00:00Z",
    ];
    at(&app, &customer, &around).await;
    assert_eq!(
        by(&app, "WEEK").await,
        told(&[("2026-12-28", 3), ("2027-01-04", 1)])
    );
    assert_eq!(
        by(&app, "YEAR").await,
        told(&[("2026-01-01", 1), ("2027-01-01", 3)])
    );
}

#[tokio::test]
async fn buckets_are_the_same_wherever_where_begins_and_ends() {
    let (app, customer) = start().await;
    let around = [
        "2026-02-28T15:59:59Z",
        "2026-02-28T16:00:00Z",
        "2026-03-31T16:00:00Z",
        "2026-05-31T16:00:00Z",
    ];
    at(&app, &customer, &around).await;
    let within = async |bounds: &str| {
        let args = format!(
            "where: {{createdAt: {{{bounds}}}}}, groupBy: [{{field: CREATED_AT, bucket: MONTH}}]"
        );
        counted(&app, Who::Gm, &args, "createdAt").await
    };
    let march = told(&[("2026-03-01", 1)]);
    let whole = "gte: \"2026-02-28T16:00:00Z\", lt: \"2026-03-31T16:00:00Z\"";
    assert_eq!(within(whole).await, march);
    assert_eq!(within("eq: \"2026-02-28T16:00:00Z\"").await, march);
    let open = "gt: \"2026-02-28T15:59:59Z\"";
    let later = [("2026-03-01", 1), ("2026-04-01", 1), ("2026-06-01", 1)];
    assert_eq!(within(open).await, told(&later));
    assert_eq!(
        within("lte: \"2026-02-28T16:00:00Z\"").await,
        told(&[("2026-02-01", 1), ("2026-03-01", 1)])
    );
    let none = "gt: \"2026-08-01T00:00:00Z\", lt: \"2026-07-01T00:00:00Z\"";
    assert_eq!(within(none).await, []);
}

#[tokio::test]
async fn a_date_is_its_own_day_and_falls_into_longer_buckets() {
    let (app, customer) = start().await;
    let days = [
        "2026-01-31T12:00:00Z",
        "2026-02-01T12:00:00Z",
        "2026-02-01T13:00:00Z",
    ];
    at(&app, &customer, &days).await;
    let shipped = async |bucket: &str| {
        let args = format!("groupBy: [{{field: SHIPPED_ON{bucket}}}]");
        counted(&app, Who::Gm, &args, "shippedOn").await
    };
    let days = told(&[("2026-01-31", 1), ("2026-02-01", 2)]);
    assert_eq!(shipped("").await, days);
    assert_eq!(shipped(", bucket: DAY").await, days);
    assert_eq!(
        shipped(", bucket: MONTH").await,
        told(&[("2026-01-01", 1), ("2026-02-01", 2)])
    );
    assert_eq!(
        shipped(", bucket: QUARTER").await,
        told(&[("2026-01-01", 3)])
    );
}

#[tokio::test]
async fn an_absent_date_is_a_group_of_its_own() {
    let (app, customer) = start().await;
    at(&app, &customer, &["2026-01-31T12:00:00Z"]).await;
    let decided = "groupBy: [{field: DECIDED_AT, bucket: MONTH}]";
    let nothing = counted(&app, Who::Gm, decided, "decidedAt").await;
    assert_eq!(nothing, [(Value::Null, 1)]);
}

#[tokio::test]
async fn two_dates_have_buckets_of_their_own() {
    let (app, customer) = start().await;
    at(
        &app,
        &customer,
        &["2026-01-31T17:00:00Z", "2026-05-01T00:00:00Z"],
    )
    .await;
    let args = "groupBy: [{field: SHIPPED_ON, bucket: MONTH}, {field: CREATED_AT, bucket: MONTH}]";
    let groups = groups(&app, Who::Gm, args, "key { shippedOn createdAt }").await;
    assert_eq!(
        groups,
        [
            json!({"key": {"shippedOn": "2026-01-01", "createdAt": "2026-02-01"}}),
            json!({"key": {"shippedOn": "2026-05-01", "createdAt": "2026-05-01"}}),
        ]
    );
}

#[tokio::test]
async fn more_than_a_thousand_buckets_are_refused() {
    let (app, customer) = start().await;
    at(
        &app,
        &customer,
        &["2024-01-01T00:00:00Z", "2026-12-01T00:00:00Z"],
    )
    .await;
    for args in [
        "groupBy: [{field: CREATED_AT}]",
        "where: {createdAt: {gte: \"0001-01-01T00:00:00Z\", lt: \"9999-12-31T00:00:00Z\"}}, \
         groupBy: [{field: CREATED_AT, bucket: YEAR}]",
    ] {
        let query = format!("{{ complaintStatistics({args}) {{ groups {{ count }} }} }}");
        let (_, answer) = app.by(Who::Gm).send(&query, json!({})).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{answer:#}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("1000 buckets of createdAt"), "{message}");
    }
    assert_eq!(by(&app, "WEEK").await.len(), 2);
}
