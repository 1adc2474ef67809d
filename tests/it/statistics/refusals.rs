//! Questions that make no sense are answered with what to do instead.

use serde_json::json;

use super::start;
use crate::support::{Who, error_code};

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_advice() {
    let (app, _) = start().await;
    let by = "groupBy: [{field: STATE}]";
    for (args, fields, why) in [
        (
            "groupBy: [{field: STATE}, {field: STATE}]",
            "count",
            "STATE is there twice",
        ),
        (
            "groupBy: [{field: STATE, bucket: DAY}]",
            "count",
            "STATE is no date",
        ),
        (
            "groupBy: [{field: STATE}], orderBy: [{field: MARKET, direction: ASC}]",
            "count",
            "add it to groupBy",
        ),
        (
            "groupBy: [{field: STATE}], first: -1",
            "count",
            "must not be negative",
        ),
        (by, "amount { percentile(p: 1.01) }", "share from 0 to 1"),
        (by, "amount { percentile(p: -0.1) }", "share from 0 to 1"),
        (
            "groupBy: [{field: STATE}], having: {amountSum: {gt: \"1.001\"}}",
            "count",
            "having.amountSum: gt",
        ),
        (
            "where: {createdAt: {gte: \"soon\", lt: \"later\"}}, groupBy: [{field: CREATED_AT}]",
            "count",
            "where.createdAt: gte",
        ),
    ] {
        let query = format!("{{ complaintStatistics({args}) {{ groups {{ {fields} }} }} }}");
        let (_, answer) = app.by(Who::Gm).send(&query, json!({})).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{args}: {answer:#}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(why), "{args} {fields}: {message}");
    }
}

#[tokio::test]
async fn only_declared_keys_and_measures_can_be_asked_for() {
    let (app, _) = start().await;
    for query in [
        "{ complaintStatistics(groupBy: [{field: REASON}]) { groups { count } } }",
        "{ complaintStatistics { groups { number { min } } } }",
        "{ complaintStatistics { groups { createdAt { sum } } } }",
        "{ complaintStatistics(having: {createdAtSum: {eq: 1}}) { groups { count } } }",
        "{ customerStatistics(groupBy: [{field: ARCHIVE_FULL_NAME}]) { groups { count } } }",
        "{ complaints { nodes { complaintStatistics { groups { count } } } } }",
    ] {
        let (_, answer) = app.by(Who::Gm).send(query, json!({})).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{query}: {answer:#}");
    }
}
