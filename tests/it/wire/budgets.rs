//! What a caller may spend in a minute.

use chrono::Duration;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::{post, respond};
use crate::identity::api_keys::make;
use crate::support::{TestApp, Who, error_code};

/// A query that costs this much.
fn of_cost(cost: u32) -> Value {
    json!({"query": format!("{{ customers(first: {cost}) {{ nodes {{ id }} }} }}")})
}

fn cost(answer: &Value) -> &Value {
    &answer["extensions"]["cost"]
}

#[tokio::test]
async fn who_has_spent_his_budget_is_told_when_to_come_back() {
    let app = TestApp::start_with(&[("limits.budget", "300")]).await;
    let me = Some(Who::Sales1);
    let (_, first) = post(&app, me, &of_cost(200)).await;
    let told = cost(&first);
    assert_eq!(
        (&told["estimated"], &told["remaining"]),
        (&json!(200), &json!(100))
    );
    let response = respond(&app, me, &of_cost(200)).await;
    assert_eq!(response.status(), 429);
    let header = response.headers()[RETRY_AFTER].to_str().unwrap().to_owned();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(error_code(&answer), "BUDGET_SPENT");
    assert!(answer.get("data").is_none());
    let wait = answer["errors"][0]["extensions"]["retryAfter"]
        .as_i64()
        .unwrap();
    assert_eq!(header, wait.to_string());
    // A hundred are missing, of three hundred a minute.
    assert!((19..=21).contains(&wait), "{wait}");
    assert_eq!(cost(&answer)["budget"], 300);
    assert!(cost(&answer)["advice"].is_string());
    // What is left, and what others have, is not touched.
    let (_, small) = post(&app, me, &of_cost(50)).await;
    assert!(small.get("errors").is_none(), "{small}");
    let (_, other) = post(&app, Some(Who::Sales2), &of_cost(200)).await;
    assert_eq!(cost(&other)["remaining"], 100);
    app.advance(Duration::seconds(60));
    let (_, again) = post(&app, me, &of_cost(200)).await;
    assert_eq!(cost(&again)["remaining"], 100);
}

#[tokio::test]
async fn what_costs_more_than_a_minute_has_is_refused_for_good() {
    let app = TestApp::start_with(&[("limits.budget", "100")]).await;
    let (status, answer) = post(&app, Some(Who::Sales1), &of_cost(200)).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (200, "BUDGET_SPENT")
    );
    assert!(
        answer["errors"][0]["extensions"]
            .get("retryAfter")
            .is_none()
    );
}

#[tokio::test]
async fn in_a_list_and_over_a_socket_it_is_the_result_of_its_operation() {
    let app = TestApp::start_with(&[("limits.budget", "300")]).await;
    let (status, answers) = post(
        &app,
        Some(Who::Sales1),
        &json!([of_cost(200), of_cost(200), of_cost(50)]),
    )
    .await;
    assert_eq!(status, 200);
    let codes: Vec<_> = answers.as_array().unwrap().iter().map(error_code).collect();
    assert_eq!(codes, ["", "BUDGET_SPENT", ""]);
    let mut socket = app.socket(Who::Sales1).await;
    let document = of_cost(200)["query"].as_str().unwrap().to_owned();
    socket.subscribe("1", &document, json!({})).await;
    let errors = socket.errors("1").await;
    assert_eq!(errors[0]["extensions"]["code"], "BUDGET_SPENT");
    assert!(errors[0]["extensions"]["retryAfter"].is_u64());
}

#[tokio::test]
async fn roles_keys_and_strangers_have_budgets_of_their_own() {
    let budgets = "general-manager=0,department-manager=1000,employee=500,api-key=400,nobody=1";
    let app = TestApp::start_with(&[("limits.budget", "300"), ("limits.budgets", budgets)]).await;
    let remaining =
        async |who| cost(&post(&app, Some(who), &of_cost(100)).await.1)["remaining"].clone();
    assert_eq!(remaining(Who::Manager1).await, 900);
    assert_eq!(remaining(Who::Sales1).await, 400);
    assert_eq!(remaining(Who::Gm).await, Value::Null);
    let key = make(&app, Who::Manager1, "DEPARTMENT_MANAGER").await;
    let key = app.bearer(&key);
    let (_, answer) = key
        .send(of_cost(100)["query"].as_str().unwrap(), json!({}))
        .await;
    assert_eq!(cost(&answer)["remaining"], 300, "{answer}");
    let ask = json!({"query": "{ __typename }"});
    let (_, answer) = post(&app, None, &ask).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let (status, answer) = post(&app, None, &ask).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (429, "BUDGET_SPENT")
    );
}

#[tokio::test]
async fn mutations_are_counted() {
    let app = TestApp::start_with(&[("limits.mutations", "2")]).await;
    let me = Some(Who::Sales1);
    let body = json!({
        "query": "mutation ($input: NoticesMarkAllReadInput!) { noticesMarkAllRead(input: $input) { refusals { code } } }",
        "variables": {"input": {}},
    });
    for _ in 0..2 {
        let (_, answer) = post(&app, me, &body).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    let before = app.count("audit_entry").await;
    let (status, answer) = post(&app, me, &body).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (429, "RATE_LIMITED")
    );
    assert_eq!(app.count("audit_entry").await, before);
    let (_, read) = post(&app, me, &of_cost(10)).await;
    assert!(read.get("errors").is_none());
    app.advance(Duration::seconds(31));
    let (status, _) = post(&app, me, &body).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn who_asks_too_much_at_once_is_told_what_it_would_have_cost() {
    let app = TestApp::start_with(&[("limits.nodes", "100")]).await;
    let (_, answer) = post(&app, Some(Who::Sales1), &of_cost(200)).await;
    assert_eq!(error_code(&answer), "QUERY_TOO_COSTLY");
    assert_eq!(
        (&cost(&answer)["estimated"], &cost(&answer)["limit"]),
        (&json!(200), &json!(100))
    );
    assert!(cost(&answer)["advice"].is_string());
}
