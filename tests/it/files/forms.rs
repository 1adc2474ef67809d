//! Requests with files as they come over the wire, and those that only pretend to.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::support::error_code;

fn usual(object: &str) -> (String, String) {
    let map = json!({"0": ["variables.input.upload"]});
    (operations(object, json!({})).to_string(), map.to_string())
}

fn parts(operations: &str, map: &str, files: &[&str]) -> Vec<u8> {
    let content = pdf(20);
    let mut parts: Vec<Part<'_>> = vec![
        (
            "operations",
            None,
            "application/json",
            operations.as_bytes(),
        ),
        ("map", None, "application/json", map.as_bytes()),
    ];
    parts.extend(
        files
            .iter()
            .map(|name| (*name, Some("a.pdf"), "application/pdf", &content[..])),
    );
    form(&parts)
}

#[tokio::test]
async fn a_form_needs_a_header_that_no_other_sites_page_can_send() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let body = parts(&operations, &map, &["0"]);
    let by = app.by(Who::Sales1);
    let (status, answer) = post(&app, &by, body.clone(), &[]).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (400, "CSRF_HEADER_MISSING")
    );
    let (status, answer) = post(&app, &app.nobody(), body.clone(), CSRF).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (401, "UNAUTHENTICATED")
    );
    assert_eq!(app.count("file").await, 0);
    let (status, answer) = post(&app, &by, body, &[("apollo-require-preflight", "1")]).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["fileAttach"]["refusals"], json!([]));
}

#[tokio::test]
async fn a_made_up_mark_names_no_file() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let query = "mutation($input: FileAttachInput!) { fileAttach(input: $input) { file { id } refusals { code } } }";
    let real = attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(20)).await;
    for mark in [
        "0",
        "#__graphql_file__:0",
        "#__graphql_file__:99999",
        "",
        real["sha256"].as_str().unwrap(),
    ] {
        let input = json!({"input": {"object": complaint, "upload": mark}});
        let (_, answer) = app.by(Who::Sales1).send(query, input).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{mark}");
    }
    for other in [json!(null), json!(0), json!({"a": 1})] {
        let input = json!({"input": {"object": complaint, "upload": other}});
        let (_, answer) = app.by(Who::Sales1).send(query, input).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{other}");
    }
    // A mark beside a real file of the same request.
    let mut operations = operations(&complaint, json!({}));
    operations["variables"]["more"] = json!(null);
    operations["variables"]["input"]["upload"] = json!("#__graphql_file__:0");
    let map = json!({"0": ["variables.more"]}).to_string();
    let body = parts(&operations.to_string(), &map, &["0"]);
    let (_, answer) = post(&app, &app.by(Who::Sales1), body, CSRF).await;
    assert_eq!(error_code(&answer), "BAD_REQUEST");
    assert_eq!(app.count("file").await, 1);
}

#[tokio::test]
async fn a_form_that_is_not_as_specified_is_refused() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (good, map) = usual(&complaint);
    let at = |path: &str| json!({"0": [path]}).to_string();
    let many: HashMap<String, Vec<String>> = (0..21).map(|i| (i.to_string(), Vec::new())).collect();
    let batch = format!("[{good}]");
    for (what, operations, map, files, code) in [
        (
            "map is no JSON",
            good.as_str(),
            "x".to_owned(),
            &["0"][..],
            "BAD_REQUEST",
        ),
        ("map is a list", &good, "[]".into(), &["0"], "BAD_REQUEST"),
        (
            "no such variable",
            &good,
            at("variables.input.other"),
            &["0"],
            "BAD_REQUEST",
        ),
        ("not a variable", &good, at("query"), &["0"], "BAD_REQUEST"),
        (
            "no null there",
            &good,
            at("variables.input.object"),
            &["0"],
            "BAD_REQUEST",
        ),
        (
            "below a text",
            &good,
            at("variables.input.object.x"),
            &["0"],
            "BAD_REQUEST",
        ),
        (
            "below a null",
            &good,
            at("variables.input.upload.0"),
            &["0"],
            "BAD_REQUEST",
        ),
        (
            "all variables",
            &good,
            at("variables"),
            &["0"],
            "BAD_REQUEST",
        ),
        ("a part missing", &good, map.clone(), &[], "BAD_REQUEST"),
        (
            "a part too many",
            &good,
            map.clone(),
            &["0", "1"],
            "BAD_REQUEST",
        ),
        (
            "a part twice",
            &good,
            map.clone(),
            &["0", "0"],
            "BAD_REQUEST",
        ),
        (
            "one place twice",
            &good,
            json!({"0": ["variables.input.upload"], "1": ["variables.input.upload"]}).to_string(),
            &["0", "1"],
            "BAD_REQUEST",
        ),
        (
            "too many files",
            &good,
            json!(many).to_string(),
            &[],
            "BAD_REQUEST",
        ),
        (
            "several operations",
            &batch,
            map.clone(),
            &["0"],
            "BAD_REQUEST",
        ),
        ("no operations", "{}", "{}".into(), &[], "QUERY_MISSING"),
        ("broken operations", "{", map.clone(), &["0"], "BAD_REQUEST"),
    ] {
        let body = parts(operations, &map, files);
        let (status, answer) = post(&app, &app.by(Who::Sales1), body, CSRF).await;
        assert_eq!(
            (status.as_u16(), error_code(&answer)),
            (400, code),
            "{what}: {answer}"
        );
    }
    let content = pdf(20);
    let swapped = form(&[
        ("map", None, "application/json", map.as_bytes()),
        ("operations", None, "application/json", good.as_bytes()),
        ("0", Some("a.pdf"), "application/pdf", &content),
    ]);
    let (status, answer) = post(&app, &app.by(Who::Sales1), swapped, CSRF).await;
    assert_eq!((status.as_u16(), error_code(&answer)), (400, "BAD_REQUEST"));
    let response = app
        .client()
        .post(app.url("/graphql"))
        .header("content-type", "multipart/form-data")
        .header("x-kehu-csrf", "1")
        .bearer_auth(app.by(Who::Sales1).token().unwrap())
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(closed(response).await, (400, "BAD_REQUEST".into()));
    assert_eq!(app.count("file").await, 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_compressed_is_refused() {
    let app = TestApp::start_with(&[("files.max_body_bytes", "100000")]).await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let by = app.by(Who::Sales1);
    let with = |content: &[u8]| {
        form(&[
            (
                "operations",
                None,
                "application/json",
                operations.as_bytes(),
            ),
            ("map", None, "application/json", map.as_bytes()),
            ("0", Some("a.pdf"), "application/pdf", content),
        ])
    };
    let rest = 100_000 - with(b"").len();
    let (status, _) = post(&app, &by, with(&pdf(rest)), CSRF).await;
    assert_eq!(status, 200);
    let (status, answer) = post(&app, &by, with(&pdf(rest + 1)), CSRF).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (413, "BODY_TOO_LARGE")
    );
    let packed = [CSRF[0], ("content-encoding", "gzip")];
    let (status, answer) = post(&app, &by, with(&pdf(20)), &packed).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (415, "UNSUPPORTED_MEDIA_TYPE")
    );
    assert_eq!(app.count("file").await, 1);
}

#[tokio::test]
async fn a_body_that_is_cut_short_attaches_nothing() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let body = parts(&operations, &map, &["0"]);
    // Its end is missing, though the connection says that all is there.
    for cut in [5, 30, 60, body.len() - 30] {
        let (status, answer) = post(
            &app,
            &app.by(Who::Sales1),
            body[..body.len() - cut].to_vec(),
            CSRF,
        )
        .await;
        assert_eq!(
            (status.as_u16(), error_code(&answer)),
            (400, "BODY_NOT_READ"),
            "{cut}"
        );
    }
    // The connection ends before it said it would.
    let mut socket = TcpStream::connect(app.address).await.unwrap();
    let by = app.by(Who::Sales1);
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\n\
         x-kehu-csrf: 1\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        by.token().unwrap(),
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&body[..body.len() / 2]).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest).await;
    assert!(
        !rest.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&rest)
    );
    assert_eq!(
        (app.count("file").await, app.count("file_blob").await),
        (0, 0)
    );
    assert!(kept(&app).is_empty());
}

/// A request with files of which only the beginning was sent.
struct Begun(TcpStream);

impl Begun {
    async fn of(app: &TestApp, who: Who, length: usize, first: &[u8]) -> Self {
        let mut socket = TcpStream::connect(app.address).await.unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\n\
             x-kehu-csrf: 1\r\nauthorization: Bearer {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n",
            app.token(who)
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(first).await.unwrap();
        Self(socket)
    }

    /// Sends what is missing; gives the whole answer.
    async fn end(mut self, rest: &[u8]) -> String {
        self.0.write_all(rest).await.unwrap();
        let mut answer = Vec::new();
        let reading = self.0.read_to_end(&mut answer);
        let soon = tokio::time::timeout(Duration::from_secs(20), reading);
        // A server that refuses early closes a connection with more in it.
        let _ = soon.await.expect("an answer before the body is there");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn says(answer: &str, status: u16, code: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(code),
        "{answer}"
    );
}

#[tokio::test]
async fn org_7_whoever_is_dismissed_during_his_upload_is_refused() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let body = parts(&operations, &map, &["0"]);
    let (first, rest) = body.split_at(body.len() - 20);
    let stays = Begun::of(&app, Who::Manager1, body.len(), first).await;
    let goes = Begun::of(&app, Who::Sales1, body.len(), first).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let account = crate::support::id("account", Who::Sales1.id());
    app.by(Who::Admin)
        .done("accountDisable", json!({"account": account}), "__typename")
        .await;
    says(&goes.end(rest).await, 401, "UNAUTHENTICATED");
    assert_eq!(app.count("file").await, 0);
    says(&stays.end(rest).await, 200, "fileAttach");
}

#[tokio::test]
async fn a_form_whose_parts_do_not_begin_is_refused_early() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let whole = parts(&operations, &map, &["0"]);
    let most = 100_000_000;
    let line = |size: usize| "x".repeat(size).into_bytes();
    let head = format!("--{BOUNDARY}\r\ncontent-disposition: ").into_bytes();
    let mut second = whole[..whole.len() - BOUNDARY.len() - 6].to_vec();
    second.extend_from_slice(&head);
    let padding = [
        format!("--{BOUNDARY}").as_bytes(),
        " ".repeat(200_000).as_bytes(),
    ]
    .concat();
    for (what, first) in [
        ("before the first part", line(200_000)),
        (
            "a head without an end",
            [head.clone(), line(200_000)].concat(),
        ),
        ("a later head", [second, line(200_000)].concat()),
        ("padding", padding),
    ] {
        // The rest never comes.
        let answer = Begun::of(&app, Who::Sales1, most, &first).await;
        let answer = answer.end(b"").await;
        assert!(answer.contains("65536 bytes"), "{what}: {answer}");
        says(&answer, 400, "BAD_REQUEST");
    }
    // Well below the limit it is taken, and contents have none but their own.
    let content = pdf(700_000);
    let mut body = line(30_000);
    body.extend_from_slice(b"\r\n");
    body.extend(form(&[
        (
            "operations",
            None,
            "application/json",
            operations.as_bytes(),
        ),
        ("map", None, "application/json", map.as_bytes()),
        ("0", Some("a.pdf"), "application/pdf", &content),
    ]));
    let (status, answer) = post(&app, &app.by(Who::Sales1), body, CSRF).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(app.count("file").await, 1);
}

#[tokio::test]
async fn more_uploads_at_once_than_set_are_told_to_come_again() {
    let app = TestApp::start_with(&[("files.uploads_at_once", "1")]).await;
    let complaint = complaint(&app).await;
    let (operations, map) = usual(&complaint);
    let body = parts(&operations, &map, &["0"]);
    let (first, rest) = body.split_at(body.len() - 20);
    let begun = Begun::of(&app, Who::Sales1, body.len(), first).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let by = app.by(Who::Sales1);
    let (status, answer) = post(&app, &by, body.clone(), CSRF).await;
    assert_eq!(
        (status.as_u16(), error_code(&answer)),
        (503, "RATE_LIMITED")
    );
    let wait = &answer["errors"][0]["extensions"]["retryAfter"];
    assert!(wait.as_u64().is_some_and(|wait| wait > 0), "{answer}");
    says(&begun.end(rest).await, 200, "fileAttach");
    let (status, _) = post(&app, &by, body, CSRF).await;
    assert_eq!(status, 200);
    assert_eq!(app.count("file").await, 2);
}
