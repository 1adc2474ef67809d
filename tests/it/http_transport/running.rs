//! How the server lives and ends: health, metrics, GraphiQL, panics, time limits, stopping.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Server, data, header, refused};

#[tokio::test]
async fn a_panic_is_answered_without_its_text_and_the_server_lives_on() {
    let server = Server::start(|_| {});
    let message = refused(
        server.post(r#"{"query":"{ panic }"}"#).await,
        500,
        "INTERNAL",
    )
    .await;
    assert!(!message.contains("secret"));
    assert_eq!(server.post(r#"{"query":"{ a }"}"#).await.status(), 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let server = Server::start(|http| http.request_timeout_ms = 100);
    refused(
        server.post(r#"{"query":"{ never }"}"#).await,
        504,
        "TIMEOUT",
    )
    .await;
    // A body that never comes is given up too.
    let start = Instant::now();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        let mut bytes = [0; 12];
        stream.read_exact(&mut bytes).map(|()| bytes)
    });
    assert_eq!(&answer.await.unwrap().unwrap(), b"HTTP/1.1 504");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_body_that_does_not_come_in_is_not_waited_for() {
    let server = Server::start(|http| http.body_timeout_ms = 100);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text)
    });
    let answer = tokio::time::timeout(Duration::from_secs(8), answer).await;
    let answer = answer.expect("the connection stays open").unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("BODY_NOT_READ"), "{answer}");
}

#[tokio::test]
async fn health_is_told() {
    let server = Server::start(|_| {});
    assert_eq!(server.get_with("/healthz", &[]).await.status(), 200);
    assert_eq!(server.get_with("/readyz", &[]).await.status(), 200);
    server.database.is_away.store(true, Ordering::Relaxed);
    assert_eq!(
        server.get_with("/healthz", &[]).await.status(),
        200,
        "a restart would not bring the database back"
    );
    let unready = server.get_with("/readyz", &[]).await;
    assert_eq!(unready.status(), 503);
    let body: Value = unready.json().await.unwrap();
    assert_eq!(body["reason"], "the database does not answer");
}

#[tokio::test]
async fn metrics_are_counted() {
    let server = Server::start(|_| {});
    data(server.post(r#"{"query":"{ a }"}"#).await).await;
    kehu::telemetry::count_statements(3);
    let text = server.get_with("/metrics", &[]).await.text().await.unwrap();
    for line in [
        "kehu_graphql_requests_total{operation=\"query\",outcome=\"answered\"}",
        "kehu_graphql_request_duration_seconds_bucket{operation=\"query\",le=\"0.001\"}",
        "kehu_graphql_statements_total",
        "kehu_http_requests_in_flight",
        "kehu_database_connections{state=\"idle\"} 5",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn graphiql_comes_from_the_binary_alone() {
    let server = Server::start(|_| {});
    let page = server.get_with("/graphiql", &[]).await;
    assert!(header(page.headers(), "content-security-policy").contains("script-src 'self';"));
    let tag = header(page.headers(), "etag").to_owned();
    let text = page.text().await.unwrap();
    assert!(!text.contains("://"), "nothing is fetched from elsewhere");
    let paths: Vec<&str> = text
        .split('"')
        .filter(|part| part.starts_with("/graphiql/"))
        .collect();
    assert_eq!(paths.len(), 6);
    for path in paths {
        assert_eq!(server.get_with(path, &[]).await.status(), 200, "{path}");
    }
    let again = server
        .get_with("/graphiql", &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status(), 304);
    assert_eq!(again.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_server_that_stops_lets_requests_finish_and_says_it_is_not_ready() {
    let server = Server::start(|http| http.drain_s = 1);
    // A connection kept alive, on which readiness can still be asked.
    server.get_with("/readyz", &[]).await.text().await.unwrap();
    let (client, url) = (server.client.clone(), server.url("/graphql"));
    let slow = tokio::spawn(async move {
        // It begins shortly before the listener closes and ends after.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .body(r#"{"query":"{ slow }"}"#);
        request.send().await.unwrap().status()
    });
    let stopper = server.stopper.clone();
    let stopped = tokio::spawn(async move { stopper.stop().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ready = server.get_with("/readyz", &[]).await;
    assert_eq!(
        (
            ready.status().as_u16(),
            header(ready.headers(), "connection")
        ),
        (503, "close")
    );
    assert_eq!(slow.await.unwrap(), 200);
    let start = Instant::now();
    stopped.await.unwrap();
    server.ended.await.unwrap().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "idle connections must not hold the end up"
    );
    assert!(TcpStream::connect(server.address).is_err());
}
