//! `graphql-transport-ws`, message by message, with a fake behind it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kehu::config::Live;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::{DISMISSED, Server};
use crate::support::socket::{SPEAKS, Socket, handshake};

fn start() -> Server {
    Server::start(|_| {})
}

async fn somebody(server: &Server) -> Socket {
    Socket::of(server.address, "token").await
}

fn codes(errors: &Value) -> Vec<&str> {
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| error["extensions"]["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_handshake_agrees_on_the_subprotocol() {
    let server = start();
    let headers = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    let (_, response) = handshake(server.address, &headers).await.ok().unwrap();
    assert_eq!(
        response.headers()["sec-websocket-protocol"],
        "graphql-transport-ws"
    );
    assert!(response.headers().contains_key("x-request-id"));
    let (mut other, _) = handshake(server.address, &[]).await.ok().unwrap();
    assert_eq!(other.closed().await.0, 4406);
}

#[tokio::test]
async fn pages_of_other_origins_open_no_socket() {
    let server = Server::start(|http| http.cors_origins = vec!["https://crm.example".to_owned()]);
    let from = |origin| [SPEAKS[0], ("origin", origin)];
    let response = handshake(server.address, &from("https://evil.example"))
        .await
        .err()
        .unwrap();
    assert_eq!(response.status(), 403);
    let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    assert_eq!(codes(&body["errors"]), ["ORIGIN_NOT_ALLOWED"]);
    let own = format!("http://{}", server.address);
    for origin in ["https://crm.example", &own] {
        assert!(
            handshake(server.address, &from(origin)).await.is_ok(),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400() {
    let server = start();
    let long = json!({"type": "complete", "id": "x".repeat(257)}).to_string();
    for text in [
        "hello",
        "{",
        "[]",
        r#"{"type":"start"}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        &long,
    ] {
        let mut socket = somebody(&server).await;
        socket.say(text).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{text}");
        assert!(!reason.is_empty(), "{text}");
    }
    let mut socket = somebody(&server).await;
    socket.raw(Message::binary(b"{}".to_vec())).await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn nothing_is_run_before_the_connection_is_acknowledged() {
    let server = start();
    let mut socket = Socket::open(server.address).await;
    socket.subscribe("1", "{ a }", json!({})).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_connection_that_shows_nothing_good_is_forbidden() {
    let server = start();
    for payload in [json!({}), json!({"authorization": "Bearer stale"})] {
        let mut socket = Socket::open(server.address).await;
        socket.init(payload.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403, "{payload}");
        assert!(reason.starts_with("Forbidden: "), "{reason}");
    }
    // A program can show its token with the handshake.
    let headers = [
        SPEAKS[0],
        ("authorization", "Bearer token"),
        ("accept-language", "zh-TW"),
    ];
    let (mut socket, _) = handshake(server.address, &headers).await.ok().unwrap();
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.next().await, json!({"type": "connection_ack"}));
    socket.subscribe("1", "{ a }", json!({})).await;
    assert_eq!(socket.data("1").await["language"], "zh-TW");
}

#[tokio::test]
async fn a_second_initialisation_closes_with_4429() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket.init(json!({})).await;
    let said = (4429, "Too many initialisation requests".to_owned());
    assert_eq!(socket.closed().await, said);
}

#[tokio::test]
async fn an_initialisation_that_does_not_come_closes_with_4408() {
    let server = Server::start_with(|_| {}, |live| live.init_timeout_ms = 300);
    let mut socket = Socket::open(server.address).await;
    let said = (4408, "Connection initialisation timeout".to_owned());
    assert_eq!(socket.closed().await, said);
    let mut socket = somebody(&server).await;
    socket.quiet(900).await;
}

#[tokio::test]
async fn an_id_in_use_closes_with_4409() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket
        .subscribe("1", "subscription { quiet }", json!({}))
        .await;
    socket.subscribe("1", "{ a }", json!({})).await;
    let said = (4409, "Subscriber for 1 already exists".to_owned());
    assert_eq!(socket.closed().await, said);
}

#[tokio::test]
async fn a_reason_is_cut_to_what_a_close_may_say() {
    let server = start();
    let id = "长".repeat(80);
    let mut socket = somebody(&server).await;
    for _ in 0..2 {
        socket
            .subscribe(&id, "subscription { quiet }", json!({}))
            .await;
    }
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4409);
    assert!(
        reason.starts_with("Subscriber for 长") && reason.len() <= 123,
        "{reason}"
    );
    let mut socket = somebody(&server).await;
    let unknown = json!({"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": "x".repeat(500)}});
    socket.send(unknown).await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let server = start();
    let mut socket = somebody(&server).await;
    for document in ["{ a }", "mutation { b }"] {
        socket.subscribe("op", document, json!({"v": 1})).await;
        let data = socket.data("op").await;
        assert_eq!(
            (&data["document"], &data["variables"]),
            (&json!(document), &json!({"v": 1}))
        );
        socket.completed("op").await;
    }
}

#[tokio::test]
async fn a_subscription_is_answered_until_it_ends_and_its_id_is_free_again() {
    let server = start();
    let mut socket = somebody(&server).await;
    for _ in 0..2 {
        socket
            .subscribe("s", "subscription { count }", json!({}))
            .await;
        for at in 0..3 {
            assert_eq!(socket.data("s").await["at"], at);
        }
        socket.completed("s").await;
    }
}

#[tokio::test]
async fn what_the_client_completes_says_no_more() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket
        .subscribe("s", "subscription { quiet }", json!({}))
        .await;
    socket.send(json!({"id": "s", "type": "complete"})).await;
    socket
        .send(json!({"id": "unknown", "type": "complete"}))
        .await;
    socket.quiet(300).await;
    socket.subscribe("s", "{ a }", json!({})).await;
    assert_eq!(socket.data("s").await["document"], "{ a }");
}

#[tokio::test]
async fn what_is_not_run_is_an_error_without_a_completion() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket.subscribe("bad", "{ nonsense", json!({})).await;
    // The fake gives data for it; what counts is that it was not run.
    let message = socket.next().await;
    assert_eq!(
        (&message["type"], &message["id"]),
        (&json!("error"), &json!("bad"))
    );
    socket.quiet(200).await;
    socket.subscribe("bad", "{ a }", json!({})).await;
    socket.data("bad").await;
}

#[tokio::test]
async fn a_panic_and_a_long_wait_end_their_operation_alone() {
    let server = Server::start(|http| http.request_timeout_ms = 200);
    let mut socket = somebody(&server).await;
    socket.subscribe("p", "{ panic }", json!({})).await;
    assert_eq!(codes(&socket.errors("p").await), ["INTERNAL"]);
    socket.subscribe("n", "{ never }", json!({})).await;
    assert_eq!(codes(&socket.errors("n").await), ["TIMEOUT"]);
    // A subscription may take as long as it likes.
    socket
        .subscribe("q", "subscription { quiet }", json!({}))
        .await;
    socket.quiet(600).await;
    socket.subscribe("a", "{ a }", json!({})).await;
    socket.data("a").await;
}

#[tokio::test]
async fn operations_of_a_socket_are_counted() {
    let server = Server::start_with(|_| {}, |live| live.operations_per_socket = 2);
    let mut socket = somebody(&server).await;
    for id in ["1", "2", "3"] {
        socket
            .subscribe(id, "subscription { quiet }", json!({}))
            .await;
    }
    assert_eq!(codes(&socket.errors("3").await), ["TOO_MANY_SUBSCRIPTIONS"]);
    socket.send(json!({"id": "1", "type": "complete"})).await;
    socket.subscribe("3", "{ a }", json!({})).await;
    socket.data("3").await;
}

#[tokio::test]
async fn a_mutation_keeps_its_place_until_it_has_ended() {
    let server = Server::start_with(
        |http| http.request_timeout_ms = 300,
        |live| live.operations_per_socket = 1,
    );
    let mut socket = somebody(&server).await;
    let pause = Duration::from_millis(100);
    socket.subscribe("1", "mutation { slow }", json!({})).await;
    tokio::time::sleep(pause).await;
    socket.send(json!({"id": "1", "type": "complete"})).await;
    // Its id is free, its place is not.
    socket.subscribe("1", "{ a }", json!({})).await;
    assert_eq!(codes(&socket.errors("1").await), ["TOO_MANY_SUBSCRIPTIONS"]);
    // Nobody hears that its time is up.
    socket.quiet(900).await;
    socket.subscribe("1", "{ a }", json!({})).await;
    socket.data("1").await;
}

#[tokio::test]
async fn an_ended_mutation_gives_its_place_back_and_says_nothing() {
    let server = Server::start_with(|_| {}, |live| live.operations_per_socket = 1);
    let mut socket = somebody(&server).await;
    socket.subscribe("1", "mutation { slow }", json!({})).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    socket.send(json!({"id": "1", "type": "complete"})).await;
    socket.quiet(1_000).await;
    socket.subscribe("1", "{ a }", json!({})).await;
    socket.data("1").await;
}

#[tokio::test]
async fn the_own_errors_of_a_socket_are_in_the_language_of_its_initialisation() {
    let server = Server::start_with(|_| {}, |live| live.operations_per_socket = 1);
    let mut told = Vec::new();
    for language in ["en", "zh-TW"] {
        let mut socket = Socket::open(server.address).await;
        let payload = json!({"authorization": "Bearer token", "accept-language": language});
        socket.init(payload).await;
        socket.next().await;
        for id in ["1", "2"] {
            socket
                .subscribe(id, "subscription { quiet }", json!({}))
                .await;
        }
        let errors = socket.errors("2").await;
        told.push(errors[0]["extensions"]["userMessage"].clone());
    }
    assert_ne!(told[0], told[1]);
    assert!(told.iter().all(Value::is_string), "{told:?}");
}

#[tokio::test]
async fn who_has_not_said_who_he_is_sends_little() {
    let server = start();
    let ping = json!({"type": "ping", "payload": {"a": "x".repeat(9_000)}});
    let mut socket = Socket::open(server.address).await;
    socket.send(ping.clone()).await;
    assert_eq!(socket.closed().await.0, 1009);
    let mut socket = somebody(&server).await;
    socket.send(ping).await;
    assert_eq!(socket.next().await["type"], "pong");
}

#[tokio::test]
async fn sockets_that_wait_for_an_initialisation_are_counted_by_address() {
    let server = start();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(Socket::open(server.address).await);
    }
    let refused = handshake(server.address, SPEAKS).await.err().unwrap();
    assert_eq!(refused.status(), 429);
    let mut one = waiting.remove(0);
    one.init(json!({"authorization": "Bearer token"})).await;
    assert_eq!(one.next().await, json!({"type": "connection_ack"}));
    somebody(&server).await;
}

#[tokio::test]
async fn connections_of_a_person_are_counted() {
    let server = Server::start_with(|_| {}, |live| live.connections_per_person = 2);
    let (first, _second) = (somebody(&server).await, somebody(&server).await);
    let mut third = Socket::open(server.address).await;
    third.init(json!({"authorization": "Bearer token"})).await;
    assert_eq!(third.closed().await.0, 1008);
    Socket::of(server.address, "another").await;
    drop(first);
    for attempt in 0.. {
        let mut again = Socket::open(server.address).await;
        again.init(json!({"authorization": "Bearer token"})).await;
        match again.next_raw().await {
            Some(Message::Text(_)) => break,
            _ => assert!(attempt < 50, "the place was not given back"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn signs_of_life_are_given_and_asked_for() {
    let server = Server::start_with(|_| {}, |live| live.ping_s = 1);
    let mut socket = Socket::open(server.address).await;
    // Allowed before the connection is acknowledged.
    socket
        .send(json!({"type": "ping", "payload": {"a": 1}}))
        .await;
    assert_eq!(
        socket.next().await,
        json!({"type": "pong", "payload": {"a": 1}})
    );
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await, json!({"type": "pong"}));
    socket.send(json!({"type": "pong"})).await;
    socket.raw(Message::Ping(b"x".to_vec().into())).await;
    assert_eq!(
        socket.next_raw().await,
        Some(Message::Pong(b"x".to_vec().into()))
    );
    assert_eq!(
        socket.next_raw().await,
        Some(Message::Ping(Vec::new().into()))
    );
}

#[tokio::test]
async fn a_socket_without_a_sign_of_life_is_closed() {
    let server = Server::start_with(|_| {}, |live| live.ping_s = 1);
    let socket = somebody(&server).await;
    // A client that is not read answers no ping.
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    let mut socket = socket;
    assert_eq!(socket.closed().await, (1001, "no sign of life".to_owned()));
}

fn text_frame(bytes: Vec<u8>, data: Data, last: bool) -> Message {
    Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
}

#[tokio::test]
async fn a_message_may_have_so_many_bytes_and_no_more() {
    let server = Server::start_with(|_| {}, |live| live.message_bytes = 2_000);
    let ping = |bytes: usize| {
        let around = json!({"type": "ping", "payload": {"a": ""}})
            .to_string()
            .len();
        json!({"type": "ping", "payload": {"a": "x".repeat(bytes - around)}}).to_string()
    };
    let mut socket = somebody(&server).await;
    socket.say(&ping(2_000)).await;
    assert_eq!(socket.next().await["type"], "pong");
    socket.say(&ping(2_001)).await;
    assert_eq!(
        socket.closed().await,
        (1009, "a message is too long".to_owned())
    );
}

#[tokio::test]
async fn a_message_in_fragments_may_have_no_more() {
    let server = Server::start_with(|_| {}, |live| live.message_bytes = 2_000);
    let mut socket = somebody(&server).await;
    let ping = json!({"type": "ping"}).to_string().into_bytes();
    let (one, other) = ping.split_at(5);
    socket
        .raw(text_frame(one.to_vec(), Data::Text, false))
        .await;
    socket
        .raw(text_frame(other.to_vec(), Data::Continue, true))
        .await;
    assert_eq!(socket.next().await, json!({"type": "pong"}));
    socket
        .raw(text_frame(vec![b'x'; 1_500], Data::Text, false))
        .await;
    socket
        .raw(text_frame(vec![b'x'; 501], Data::Continue, false))
        .await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn a_frame_that_announces_too_much_is_not_waited_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = start();
    let mut tcp = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let hello = format!(
        "GET /graphql HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n",
        server.address
    );
    tcp.write_all(hello.as_bytes()).await.unwrap();
    // A text of four gigabytes, of which no byte follows.
    let head = [&[0x81, 0xff][..], &(1_u64 << 32).to_be_bytes(), &[0; 4]].concat();
    tcp.write_all(&head).await.unwrap();
    let mut said = Vec::new();
    let mut chunk = [0; 1024];
    let asked = Instant::now();
    while !said.windows(2).any(|two| two == 1009_u16.to_be_bytes()) {
        let read = tokio::time::timeout(Duration::from_secs(5), tcp.read(&mut chunk)).await;
        let read = read.expect("it waits for the bytes").unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&chunk[..read]);
    }
    assert!(asked.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_text_that_is_none_closes_with_1007() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket
        .raw(text_frame(vec![0xff, 0xfe], Data::Text, true))
        .await;
    assert_eq!(socket.closed().await.0, 1007);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let one = |live: &mut Live| (live.connections_per_person, live.slow_reader_s) = (1, 1);
    let server = Server::start_with(|_| {}, one);
    let mut socket = somebody(&server).await;
    socket
        .subscribe("f", "subscription { flood }", json!({}))
        .await;
    // His place is free when he is let go.
    for attempt in 0.. {
        let mut other = Socket::open(server.address).await;
        other.init(json!({"authorization": "Bearer token"})).await;
        if let Some(Message::Text(_)) = other.next_raw().await {
            break;
        }
        assert!(attempt < 100, "it is still sent to");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let metrics = server.get_with("/metrics", &[]).await;
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("kehu_live_closed_total{reason=\"slow\"}"));
    // What was on its way comes, and nothing without end.
    let mut came = 0;
    while let Some(Message::Text(_)) = socket.next_raw().await {
        came += 1;
        assert!(came < 2_000);
    }
}

#[tokio::test]
async fn org_7_whoever_is_dismissed_loses_his_sockets_within_a_second() {
    let server = start();
    let mut socket = Socket::of(server.address, "gone").await;
    socket
        .subscribe("s", "subscription { quiet }", json!({}))
        .await;
    socket.quiet(600).await;
    DISMISSED.store(true, Ordering::Relaxed);
    let dismissed = Instant::now();
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4403, "{reason}");
    assert!(dismissed.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_server_that_stops_closes_its_sockets() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket
        .subscribe("s", "subscription { quiet }", json!({}))
        .await;
    let stopper = server.stopper.clone();
    let stopped = tokio::spawn(async move { stopper.stop().await });
    assert_eq!(socket.closed().await.0, 1012);
    drop(socket);
    tokio::time::timeout(Duration::from_secs(4), stopped)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let server = start();
    let mut socket = somebody(&server).await;
    socket.raw(Message::Close(None)).await;
    assert!(matches!(
        socket.next_raw().await,
        Some(Message::Close(_)) | None
    ));
}
