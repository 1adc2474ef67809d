//! Several operations in one request.

use serde_json::{Value, json};

use super::{Server, header, refused};

const MODERN: &str = "application/graphql-response+json";

fn list(documents: &[&str]) -> String {
    let all = documents.iter().map(|document| json!({"query": document}));
    Value::from_iter(all).to_string()
}

#[tokio::test]
async fn operations_are_answered_in_their_order_each_by_itself() {
    let server = Server::start(|_| {});
    let body = list(&["{ a }", "mutation { b }", "{ nonsense", "{ slow }", "{ c }"]);
    for accept in ["application/json", MODERN] {
        let headers = [("content-type", "application/json"), ("accept", accept)];
        let response = server.post_with(body.clone(), &headers).await;
        assert_eq!(response.status(), 200);
        let media = format!("{accept}; charset=utf-8");
        assert_eq!(header(response.headers(), "content-type"), media);
        let id = header(response.headers(), "x-request-id").to_owned();
        let answers: Value = response.json().await.unwrap();
        let told = |name: &str| {
            let answers = answers.as_array().unwrap().iter();
            answers
                .map(|one| one["data"][name].clone())
                .collect::<Vec<_>>()
        };
        let asked = ["{ a }", "mutation { b }", "{ nonsense", "{ slow }", "{ c }"];
        assert_eq!(told("document"), asked);
        assert_eq!(told("requestId"), vec![Value::from(id); 5]);
    }
}

#[tokio::test]
async fn a_panic_of_one_stops_no_other() {
    let server = Server::start(|_| {});
    let response = server.post(list(&["{ a }", "{ panic }", "{ c }"])).await;
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers[0]["data"]["document"], "{ a }");
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(!answers[1].to_string().contains("secret"));
    assert_eq!(answers[2]["data"]["document"], "{ c }");
}

#[tokio::test]
async fn so_many_and_no_more() {
    let server = Server::start(|_| {});
    let documents = ["{ a }"; 11];
    let response = server.post(list(&documents[..10])).await;
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 10);
    let message = refused(server.post(list(&documents)).await, 400, "BATCH_TOO_LARGE").await;
    assert!(message.contains("10"), "{message}");
    refused(server.post("[]").await, 400, "BAD_REQUEST").await;
    for body in ["[1]", "[[]]", r#"[{"query":"{ a }"},{"query":1}]"#] {
        refused(server.post(body).await, 400, "BAD_REQUEST").await;
    }
    refused(server.post("[{}]").await, 400, "QUERY_MISSING").await;
}

#[tokio::test]
async fn a_list_is_no_stream_and_brings_no_files() {
    let server = Server::start(|_| {});
    let json = ("content-type", "application/json");
    let stream = [json, ("accept", "text/event-stream")];
    let response = server.post_with(list(&["{ a }"]), &stream).await;
    refused(response, 406, "NOT_ACCEPTABLE").await;
    let form = "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n[{\"query\":\"{ a }\"}]\r\n--x--\r\n";
    let headers = [
        ("content-type", "multipart/form-data; boundary=x"),
        ("x-kehu-csrf", "1"),
        ("accept-language", "en"),
    ];
    let message = refused(server.post_with(form, &headers).await, 400, "BAD_REQUEST").await;
    assert!(message.contains("one operation"), "{message}");
}

#[tokio::test]
async fn who_shows_nothing_good_is_told_once() {
    let server = Server::start(|_| {});
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer stale"),
    ];
    let response = server.post_with(list(&["{ a }", "{ b }"]), &headers).await;
    refused(response, 401, "UNAUTHENTICATED").await;
}
