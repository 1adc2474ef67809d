//! Several operations in one request: in their order, under the limits of one.

use serde_json::{Value, json};

use super::{named, post, sha256};
use crate::support::{TestApp, Who, error_code};

fn codes(answers: &Value) -> Vec<&str> {
    answers.as_array().unwrap().iter().map(error_code).collect()
}

#[tokio::test]
async fn mutations_run_one_after_the_other_and_what_follows_sees_them() {
    let app = TestApp::start().await;
    let channel =
        json!({"employee": Who::Sales1.public(), "kind": "EMAIL", "value": "sales@example.com"});
    app.by(Who::Admin)
        .done("employeeChannelRegister", channel, "channel { id }")
        .await;
    let set = |by_mail: bool| {
        json!({
            "query": "mutation ($input: NoticeSettingsSetInput!) { noticeSettingsSet(input: $input) { byMail refusals { code } } }",
            "variables": {"input": {"byMail": by_mail}},
        })
    };
    let read = json!({"query": "{ viewer { noticesByMail } }"});
    let (status, answers) = post(
        &app,
        Some(Who::Sales1),
        &json!([set(true), read, set(false), read]),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(codes(&answers), ["", "", "", ""], "{answers:#}");
    assert_eq!(answers[1]["data"]["viewer"]["noticesByMail"], true);
    assert_eq!(answers[3]["data"]["viewer"]["noticesByMail"], false);
}

#[tokio::test]
async fn the_limits_hold_for_all_of_them_together() {
    let app = TestApp::start().await;
    let costly = |first: u32| {
        let query = format!(
            "{{ customers(first: 200) {{ nodes {{ contacts: complaints(first: {first}) {{ nodes {{ id }} }} }} }} }}"
        );
        json!({"query": query})
    };
    // Each is within the limit of 50 000, two together are not; what is small fits behind them.
    let small = json!({"query": "{ __typename }"});
    let (_, answers) = post(
        &app,
        Some(Who::Gm),
        &json!([costly(150), costly(150), small, costly(50)]),
    )
    .await;
    assert_eq!(
        codes(&answers),
        ["", "QUERY_TOO_COSTLY", "", ""],
        "{answers:#}"
    );
    let aliases = |from: usize, many: usize| {
        let fields: Vec<_> = (from..from + many).map(|i| format!("a{i}: id")).collect();
        json!({"query": format!("{{ viewer {{ employee {{ {} }} }} }}", fields.join(" "))})
    };
    let (_, answers) = post(
        &app,
        Some(Who::Gm),
        &json!([aliases(0, 60), aliases(0, 40), aliases(0, 1)]),
    )
    .await;
    assert_eq!(codes(&answers), ["", "", "TOO_MANY_ALIASES"]);
    let padded = json!({"query": format!("{{ __typename }} #{}", "x".repeat(40_000))});
    let (_, answers) = post(&app, Some(Who::Gm), &json!([padded, padded])).await;
    assert_eq!(codes(&answers), ["", "DOCUMENT_TOO_LARGE"]);
    let roots = json!({"query": format!("{{ {} }}", (0..15).map(|i| format!("a{i}: __typename ")).collect::<String>())});
    let (_, answers) = post(&app, Some(Who::Gm), &json!([roots, roots])).await;
    assert_eq!(codes(&answers), ["", "TOO_MANY_ROOT_FIELDS"]);
}

#[tokio::test]
async fn each_has_its_own_result() {
    let app = TestApp::start().await;
    let document = "{ viewer { employee { id } } }";
    let all = json!([
        {"query": "{ nonsense"},
        {"query": document, "extensions": named(&sha256(document))},
        {"extensions": named(&sha256(document))},
        {"query": "subscription { inboxChanged { cursor } }"},
        {"query": "query A { __typename } query B { __typename }", "operationName": "B"},
        {"query": "query ($n: Int!) { customers(first: $n) { nodes { id } } }"},
    ]);
    let (status, answers) = post(&app, Some(Who::Sales1), &all).await;
    assert_eq!(status, 200);
    assert_eq!(
        codes(&answers),
        ["BAD_REQUEST", "", "", "NOT_ACCEPTABLE", "", "BAD_REQUEST"],
        "{answers:#}"
    );
    assert_eq!(answers[1]["data"], answers[2]["data"]);
    assert_eq!(answers[4]["data"], json!({"__typename": "Query"}));
    for refused in [0, 3, 5] {
        assert!(answers[refused].get("data").is_none());
    }
}
