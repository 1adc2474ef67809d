//! Automatic persisted queries and trusted documents.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{named, post, sha256};
use crate::support::socket::Socket;
use crate::support::{TestApp, Who, error_code};

const DOCUMENT: &str = "query Me { viewer { employee { id } } }";

fn by_hash(document: &str) -> Value {
    json!({"extensions": named(&sha256(document))})
}

fn whole(document: &str) -> Value {
    json!({"query": document, "extensions": named(&sha256(document))})
}

async fn get(app: &TestApp, body: &Value) -> (u16, Value) {
    let mut address = reqwest::Url::parse(&app.url("/graphql")).unwrap();
    for (name, value) in body.as_object().unwrap() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        address.query_pairs_mut().append_pair(name, &text);
    }
    let request = app.client().get(address).header("x-kehu-csrf", "1");
    let answer = request
        .bearer_auth(app.token(Who::Sales1))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_document_that_was_sent_once_is_named_by_its_hash() {
    let app = TestApp::start().await;
    let me = Some(Who::Sales1);
    let (status, answer) = post(&app, me, &by_hash(DOCUMENT)).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (200, "PERSISTED_QUERY_NOT_FOUND")
    );
    // Clients look for this very message, and then send the text.
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
    let (_, first) = post(&app, me, &whole(DOCUMENT)).await;
    let id = first["data"]["viewer"]["employee"]["id"].as_str().unwrap();
    let (_, again) = post(&app, me, &by_hash(DOCUMENT)).await;
    assert_eq!(again["data"]["viewer"]["employee"]["id"], id);
    let (_, by_get) = get(&app, &by_hash(DOCUMENT)).await;
    assert_eq!(by_get["data"]["viewer"]["employee"]["id"], id);
    // It is a text, and no right: another person reads by it what is his.
    let (_, other) = post(&app, Some(Who::Gm), &by_hash(DOCUMENT)).await;
    assert_ne!(other["data"]["viewer"]["employee"]["id"], id);
    let (_, nobody) = post(&app, None, &by_hash(DOCUMENT)).await;
    assert_eq!(error_code(&nobody), "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_is_not_found_has_no_data_and_a_400_where_the_media_type_knows_it() {
    let app = TestApp::start().await;
    let request = app
        .client()
        .post(app.url("/graphql"))
        .json(&by_hash(DOCUMENT));
    let request = request.header("accept", "application/graphql-response+json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(error_code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    assert!(answer.get("data").is_none());
}

#[tokio::test]
async fn a_hash_of_another_text_is_refused_and_nothing_is_kept_under_it() {
    let app = TestApp::start().await;
    let me = Some(Who::Sales1);
    let forged = json!({"query": "{ __typename }", "extensions": named(&sha256(DOCUMENT))});
    let (_, answer) = post(&app, me, &forged).await;
    assert_eq!(error_code(&answer), "PERSISTED_QUERY_MISMATCH");
    for document in [DOCUMENT, "{ __typename }"] {
        let (_, answer) = post(&app, me, &by_hash(document)).await;
        assert_eq!(error_code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn only_what_is_valid_and_of_the_company_is_kept() {
    let app = TestApp::start().await;
    let me = Some(Who::Sales1);
    let deep = format!("{}{}", "{ a ".repeat(20), "}".repeat(20));
    let secret = r#"mutation { signIn(input: {login: "x", password: "y"}) { refusals { code } } }"#;
    for (who, document) in [
        (me, "{ nonsense"),
        (me, "{ nothingOfThisName }"),
        (me, deep.as_str()),
        (None, "{ __typename }"),
        // What may be a password stays out of the memory.
        (me, secret),
    ] {
        post(&app, who, &whole(document)).await;
        let (_, answer) = post(&app, me, &by_hash(document)).await;
        assert_eq!(
            error_code(&answer),
            "PERSISTED_QUERY_NOT_FOUND",
            "{document}"
        );
    }
}

#[tokio::test]
async fn a_mutation_is_run_by_its_hash_but_never_by_get() {
    let app = TestApp::start().await;
    let document = "mutation Read($input: NoticesMarkAllReadInput!) { noticesMarkAllRead(input: $input) { refusals { code } } }";
    let with = |mut body: Value| {
        body["variables"] = json!({"input": {}});
        body
    };
    for body in [whole(document), by_hash(document)] {
        let (status, answer) = get(&app, &with(body)).await;
        let wanted = if answer["errors"][0]["message"] == "PersistedQueryNotFound" {
            200
        } else {
            405
        };
        assert_eq!(status, wanted, "{answer}");
        assert!(answer.get("data").is_none());
    }
    let me = Some(Who::Sales1);
    for body in [whole(document), by_hash(document)] {
        let (_, answer) = post(&app, me, &with(body)).await;
        assert_eq!(
            answer["data"]["noticesMarkAllRead"]["refusals"],
            json!([]),
            "{answer}"
        );
    }
    let (status, answer) = get(&app, &with(by_hash(document))).await;
    assert_eq!((status, error_code(&answer)), (405, "METHOD_NOT_ALLOWED"));
}

#[tokio::test]
async fn a_kept_document_is_held_to_the_limits_each_time() {
    let app = TestApp::start().await;
    let me = Some(Who::Gm);
    let document = "query ($n: Int) { customers(first: $n) { nodes { id } } }";
    let with = |mut body: Value, n: u32| {
        body["variables"] = json!({"n": n});
        body
    };
    let (_, answer) = post(&app, me, &with(whole(document), 5)).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let (_, answer) = post(&app, me, &with(by_hash(document), 201)).await;
    assert_eq!(error_code(&answer), "PAGE_TOO_LARGE");
}

async fn over_a_socket(socket: &mut Socket, id: &str, payload: Value) -> Value {
    socket
        .send(json!({"id": id, "type": "subscribe", "payload": payload}))
        .await;
    socket.next().await
}

#[tokio::test]
async fn a_socket_knows_the_same_documents() {
    let app = TestApp::start().await;
    let mut socket = app.socket(Who::Sales1).await;
    let said = over_a_socket(&mut socket, "1", by_hash(DOCUMENT)).await;
    assert_eq!(said["type"], "error");
    assert_eq!(said["payload"][0]["message"], "PersistedQueryNotFound");
    post(&app, Some(Who::Sales1), &whole(DOCUMENT)).await;
    let said = over_a_socket(&mut socket, "1", by_hash(DOCUMENT)).await;
    assert!(
        said["payload"]["data"]["viewer"]["employee"]["id"].is_string(),
        "{said}"
    );
    socket.completed("1").await;
    let follow = "subscription { inboxChanged { cursor } }";
    for payload in [whole(follow), by_hash(follow)] {
        let said = over_a_socket(&mut socket, "2", payload).await;
        assert_eq!(said["type"], "next", "{said}");
        socket.send(json!({"id": "2", "type": "complete"})).await;
    }
    let both = json!({"query": "{ __typename }", "extensions": named(&sha256(DOCUMENT))});
    let said = over_a_socket(&mut socket, "3", both).await;
    assert_eq!(
        said["payload"][0]["extensions"]["code"],
        "PERSISTED_QUERY_MISMATCH"
    );
}

#[tokio::test]
async fn how_many_are_kept_is_set() {
    let app = TestApp::start_with(&[("limits.persisted_documents", "2")]).await;
    let me = Some(Who::Sales1);
    let documents = [
        "query A { __typename }",
        "query B { __typename }",
        "query C { __typename }",
    ];
    for document in documents {
        post(&app, me, &whole(document)).await;
    }
    let mut found = Vec::new();
    for document in documents {
        let (_, answer) = post(&app, me, &by_hash(document)).await;
        found.push(answer.get("errors").is_none());
    }
    assert_eq!(found, [false, true, true]);
}

#[tokio::test]
async fn where_documents_are_trusted_no_other_is_run() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("me.graphql"), DOCUMENT).unwrap();
    std::fs::write(folder.path().join("readme.txt"), "no document").unwrap();
    let path = folder.path().to_str().unwrap();
    let app = TestApp::start_with(&[("http.trusted_documents", path)]).await;
    let me = Some(Who::Sales1);
    for body in [
        by_hash(DOCUMENT),
        whole(DOCUMENT),
        json!({"query": DOCUMENT}),
    ] {
        let (_, answer) = post(&app, me, &body).await;
        assert!(
            answer["data"]["viewer"]["employee"]["id"].is_string(),
            "{answer}"
        );
    }
    let other = "{ __typename }";
    for body in [
        by_hash(other),
        whole(other),
        json!({"query": other}),
        json!([{"query": other}]),
    ] {
        let (_, answer) = post(&app, me, &body).await;
        let answer = answer.get(0).unwrap_or(&answer);
        assert_eq!(error_code(answer), "DOCUMENT_NOT_TRUSTED", "{body}");
        assert!(answer.get("data").is_none());
    }
    let mut socket = app.socket(Who::Sales1).await;
    let said = over_a_socket(&mut socket, "1", json!({"query": other})).await;
    assert_eq!(
        said["payload"][0]["extensions"]["code"],
        "DOCUMENT_NOT_TRUSTED"
    );
}
