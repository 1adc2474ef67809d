//! Server-sent events, distinct connections mode, with a fake behind it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kehu::config::Live;
use reqwest::Response;

use super::{LEFT, Server, header, refused};

/// What comes until the stream ends.
async fn all(response: Response) -> String {
    assert_eq!(response.status(), 200);
    let media = header(response.headers(), "content-type");
    assert_eq!(media, "text/event-stream; charset=utf-8");
    response.text().await.unwrap()
}

/// Names and data of the events in a stream; comments left out.
fn events(text: &str) -> Vec<(&str, &str)> {
    let events = text.split_terminator("\n\n").filter(|event| *event != ":");
    let read = |event| {
        let (name, data): (&str, &str) = str::split_once(event, '\n').unwrap();
        let name = name.strip_prefix("event: ").unwrap();
        (name, data.strip_prefix("data:").unwrap().trim_start())
    };
    events.map(read).collect()
}

const ACCEPT: (&str, &str) = ("accept", "text/event-stream");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(server: &Server, document: &str) -> Response {
    let body = format!(r#"{{"query":"{document}"}}"#);
    let token = ("authorization", "Bearer token");
    server.post_with(body, &[ACCEPT, JSON, token]).await
}

#[tokio::test]
async fn a_subscription_is_answered_event_by_event() {
    let server = Server::start(|_| {});
    let text = all(post(&server, "subscription { count }").await).await;
    let came = events(&text);
    let [first, _, third, last] = came.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(*first, ("next", r#"{"data":{"at":0,"padding":""}}"#));
    assert_eq!(*third, ("next", r#"{"data":{"at":2,"padding":""}}"#));
    assert_eq!(*last, ("complete", ""));
}

#[tokio::test]
async fn queries_are_answered_once_and_what_is_not_run_is_an_event_too() {
    let server = Server::start(|_| {});
    for document in ["{ a }", "mutation { b }", "{ nonsense"] {
        let text = all(post(&server, document).await).await;
        let came = events(&text);
        assert_eq!(came.len(), 2, "{text}");
        assert!(came[0].1.contains(document), "{text}");
        assert_eq!((came[0].0, came[1].0), ("next", "complete"));
    }
}

#[tokio::test]
async fn by_get_one_reads_and_follows_only() {
    let server = Server::start(|_| {});
    let get = |query: &str, headers: &'static [(&str, &str)]| {
        let path = format!("/graphql?query={query}");
        let server = &server;
        async move { server.get_with(&path, headers).await }
    };
    const ASKED: &[(&str, &str)] = &[ACCEPT, ("x-kehu-csrf", "1")];
    let text = all(get("subscription%20%7B%20count%20%7D", ASKED).await).await;
    assert_eq!(events(&text).len(), 4);
    refused(
        get("mutation%20%7B%20b%20%7D", ASKED).await,
        405,
        "METHOD_NOT_ALLOWED",
    )
    .await;
    let unasked = get("subscription%20%7B%20count%20%7D", &[ACCEPT]).await;
    refused(unasked, 400, "CSRF_HEADER_MISSING").await;
}

#[tokio::test]
async fn who_shows_nothing_good_gets_no_stream() {
    let server = Server::start(|_| {});
    let body = r#"{"query":"{ a }"}"#;
    let stale = ("authorization", "Bearer stale");
    let response = server.post_with(body, &[ACCEPT, JSON, stale]).await;
    refused(response, 401, "UNAUTHENTICATED").await;
}

#[tokio::test]
async fn connections_of_a_person_are_counted() {
    let few = |live: &mut Live| (live.connections_per_person, live.ping_s) = (1, 1);
    let server = Server::start_with(|_| {}, few);
    let open = post(&server, "subscription { quiet }").await;
    assert_eq!(open.status(), 200);
    let more = post(&server, "subscription { quiet }").await;
    refused(more, 429, "TOO_MANY_SUBSCRIPTIONS").await;
    drop(open);
    for attempt in 0.. {
        if post(&server, "subscription { quiet }").await.status() == 200 {
            break;
        }
        // Whoever is gone without a word is noticed by the signs of life.
        assert!(attempt < 100, "the place was not given back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let one = |live: &mut Live| (live.connections_per_person, live.slow_reader_s) = (1, 1);
    let server = Server::start_with(|_| {}, one);
    let unread = post(&server, "subscription { flood }").await;
    assert_eq!(unread.status(), 200);
    for attempt in 0.. {
        if post(&server, "subscription { count }").await.status() == 200 {
            break;
        }
        assert!(attempt < 100, "it is still sent to");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(unread);
}

#[tokio::test]
async fn org_7_a_stream_that_is_not_read_ends_with_its_token_all_the_same() {
    let server = Server::start_with(|_| {}, |live| live.slow_reader_s = 60);
    let body = r#"{"query":"subscription { flood }"}"#;
    let left = ("authorization", "Bearer left");
    let unread = server.post_with(body, &[ACCEPT, JSON, left]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    LEFT.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(1)).await;
    // It has ended before it was read on: what was queued comes, and no place was free for a word of the end.
    let text = all(unread).await;
    assert!(!text.ends_with("event: complete\ndata:\n\n"));
    assert!(text.len() < 60_000 * 2_000);
}

#[tokio::test]
async fn a_quiet_stream_gives_signs_of_life_and_ends_with_the_server() {
    let server = Server::start_with(|_| {}, |live| live.ping_s = 1);
    let mut response = post(&server, "subscription { quiet }").await;
    let mut text = Vec::new();
    while text.len() < ":\n\n:\n\n".len() {
        let chunk = tokio::time::timeout(Duration::from_secs(5), response.chunk()).await;
        text.extend(chunk.unwrap().unwrap().unwrap());
    }
    assert_eq!(text, b":\n\n:\n\n");
    let stopper = server.stopper.clone();
    tokio::spawn(async move { stopper.stop().await });
    let ended = tokio::time::timeout(Duration::from_secs(3), response.chunk()).await;
    assert_eq!(
        ended.unwrap().unwrap(),
        None,
        "without a complete, so that the client comes back"
    );
}

#[tokio::test]
async fn a_panic_is_told_without_its_text() {
    let server = Server::start(|_| {});
    let text = all(post(&server, "{ panic }").await).await;
    assert!(
        text.contains("INTERNAL") && !text.contains("secret"),
        "{text}"
    );
    assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
}
