//! What is taken and what is refused: bodies, media types, methods, origins, callers.

use serde_json::{Value, json};

use super::{Server, data, header, refused};

#[tokio::test]
async fn an_operation_is_passed_on_with_everything_it_needs() {
    let server = Server::start(|_| {});
    let body = json!({
        "query": "query A { a }", "operationName": "A", "variables": { "x": [1] }, "extensions": { "any": {} }
    });
    let headers = [
        ("content-type", "application/json; charset=UTF-8"),
        ("accept-language", "zh-TW"),
        ("x-request-id", "phone-7.request_42"),
        ("x-forwarded-for", "6.6.6.6"),
    ];
    let response = server.post_with(body.to_string(), &headers).await;
    assert_eq!(
        header(response.headers(), "x-request-id"),
        "phone-7.request_42"
    );
    assert_eq!(
        header(response.headers(), "content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(header(response.headers(), "cache-control"), "no-store");
    assert_eq!(
        data(response).await,
        json!({
            "document": "query A { a }", "operationName": "A", "variables": { "x": [1] },
            "requestId": "phone-7.request_42", "address": "127.0.0.1", "language": "zh-TW"
        }),
        "nobody is believed about an address unless configured"
    );
}

#[tokio::test]
async fn what_may_be_null_may_be_null_or_absent() {
    let server = Server::start(|_| {});
    for body in [
        json!({ "query": "{ a }" }),
        json!({ "query": "{ a }", "variables": null, "operationName": null }),
    ] {
        let data = data(server.post(body.to_string()).await).await;
        assert_eq!(
            (&data["variables"], &data["operationName"]),
            (&json!({}), &Value::Null)
        );
    }
}

#[tokio::test]
async fn a_request_id_that_is_not_well_formed_is_replaced() {
    let server = Server::start(|_| {});
    for sent in [
        "short",
        "with space inside",
        "<script>alert(1)</script>",
        &"x".repeat(65),
    ] {
        let headers = [("content-type", "application/json"), ("x-request-id", sent)];
        let response = server.post_with(r#"{"query":"{ a }"}"#, &headers).await;
        let given = header(response.headers(), "x-request-id");
        assert!(
            uuid::Uuid::parse_str(given).is_ok_and(|id| id.get_version_num() == 7),
            "{given}"
        );
    }
}

#[tokio::test]
async fn a_proxy_is_believed_when_configured() {
    let server = Server::start(|http| http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]);
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", "6.6.6.6, 1.1.1.1"),
    ];
    assert_eq!(
        data(server.post_with(r#"{"query":"{ a }"}"#, &headers).await).await["address"],
        "1.1.1.1"
    );
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let server = Server::start(|_| {});
    for body in [
        "",
        "{",
        "null",
        "1",
        r#"{"query":1}"#,
        r#"{"query":"{ a }","variables":[]}"#,
        r#"{"query":"{ a }","extensions":[]}"#,
        r#"{"query":"{ a }","extensions":"x"}"#,
        r#"{"extensions":{"persistedQuery":"x"}}"#,
        r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#,
    ] {
        refused(server.post(body).await, 400, "BAD_REQUEST").await;
    }
    for body in ["{}", r#"{"query":null}"#, r#"{"query":"  "}"#] {
        refused(server.post(body).await, 400, "QUERY_MISSING").await;
    }
    let deep = format!(
        r#"{{"query":"{{ a }}","variables":{{"x":{}{}}}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    refused(server.post(deep).await, 400, "BAD_REQUEST").await;
}

#[tokio::test]
async fn only_uncompressed_json_is_taken_by_post() {
    let server = Server::start(|_| {});
    let body = r#"{"query":"{ a }"}"#;
    let simple = ["text/plain", "application/x-www-form-urlencoded"];
    for media in simple.into_iter().chain([
        "application/graphql",
        "application/json; charset=gbk",
        "nonsense",
    ]) {
        refused(
            server.post_with(body, &[("content-type", media)]).await,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        )
        .await;
    }
    refused(
        server.post_with(body, &[]).await,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    .await;
    // The one form that is taken asks for a header that no form can set.
    let form = [("content-type", "multipart/form-data; boundary=x")];
    let message = refused(
        server.post_with(body, &form).await,
        400,
        "CSRF_HEADER_MISSING",
    )
    .await;
    assert!(message.contains("x-kehu-csrf"), "{message}");
    let compressed = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    refused(
        server.post_with(body, &compressed).await,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    .await;
}

#[tokio::test]
async fn a_body_at_the_limit_passes_and_one_byte_more_does_not() {
    let server = Server::start(|http| http.body_limit_bytes = 2_048);
    let sized = |bytes: usize| format!(r#"{{"query":"{{ a }} {}"}}"#, "#".repeat(bytes - 18));
    assert_eq!(sized(2_048).len(), 2_048);
    assert_eq!(server.post(sized(2_048)).await.status(), 200);
    let message = refused(server.post(sized(2_049)).await, 413, "BODY_TOO_LARGE").await;
    assert!(message.contains("2048"), "{message}");
}

#[tokio::test]
async fn the_media_type_is_negotiated_and_decides_the_status_of_a_request_error() {
    let server = Server::start(|_| {});
    let ask = |document: &str, accept: &'static str| {
        let body = json!({ "query": document }).to_string();
        let headers = [("content-type", "application/json"), ("accept", accept)];
        let server = &server;
        async move { server.post_with(body, &headers).await }
    };
    let modern = "application/graphql-response+json";
    for (document, accept, status, media) in [
        (
            "{ a }",
            modern,
            200,
            "application/graphql-response+json; charset=utf-8",
        ),
        (
            "{ nonsense",
            modern,
            400,
            "application/graphql-response+json; charset=utf-8",
        ),
        (
            "{ nonsense",
            "application/json",
            200,
            "application/json; charset=utf-8",
        ),
        ("{ nonsense", "*/*", 200, "application/json; charset=utf-8"),
    ] {
        let response = ask(document, accept).await;
        assert_eq!(
            (
                response.status().as_u16(),
                header(response.headers(), "content-type")
            ),
            (status, media)
        );
    }
    refused(ask("{ a }", "text/html").await, 406, "NOT_ACCEPTABLE").await;
}

#[tokio::test]
async fn get_runs_queries_only_and_only_with_a_header_no_form_can_set() {
    let server = Server::start(|_| {});
    let query = "/graphql?query=%7B%20a%20%7D&operationName=&variables=%7B%22x%22%3A1%7D";
    let shown = [("x-kehu-csrf", "1")];
    let answer = data(server.get_with(query, &shown).await).await;
    assert_eq!(
        (&answer["document"], &answer["variables"]),
        (&json!("{ a }"), &json!({ "x": 1 }))
    );
    for other in [
        ("apollo-require-preflight", "true"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(server.get_with(query, &[other]).await.status(), 200);
    }
    refused(
        server.get_with(query, &[]).await,
        400,
        "CSRF_HEADER_MISSING",
    )
    .await;
    refused(
        server
            .get_with(query, &[("content-type", "text/plain")])
            .await,
        400,
        "CSRF_HEADER_MISSING",
    )
    .await;
    refused(
        server
            .get_with("/graphql?query=a&variables=%5B%5D", &shown)
            .await,
        400,
        "BAD_REQUEST",
    )
    .await;
    refused(
        server.get_with("/graphql?query=a&query=b", &shown).await,
        400,
        "BAD_REQUEST",
    )
    .await;
    refused(
        server.get_with("/graphql", &shown).await,
        400,
        "QUERY_MISSING",
    )
    .await;
    let mutation = server
        .get_with("/graphql?query=mutation%7Ba%7D", &shown)
        .await;
    assert_eq!(header(mutation.headers(), "allow"), "POST");
    refused(mutation, 405, "METHOD_NOT_ALLOWED").await;
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let server = Server::start(|http| http.graphiql = false);
    let put = server
        .client
        .put(server.url("/graphql"))
        .send()
        .await
        .unwrap();
    assert_eq!(header(put.headers(), "allow"), "GET, POST");
    refused(put, 405, "METHOD_NOT_ALLOWED").await;
    refused(server.get_with("/elsewhere", &[]).await, 404, "NOT_FOUND").await;
    refused(server.get_with("/graphiql", &[]).await, 404, "NOT_FOUND").await;
}

#[tokio::test]
async fn whom_the_gate_refuses_learns_it_with_401() {
    let server = Server::start(|_| {});
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer stale"),
    ];
    let response = server.post_with(r#"{"query":"{ a }"}"#, &headers).await;
    assert_eq!(header(response.headers(), "www-authenticate"), "Bearer");
    assert!(
        refused(response, 401, "UNAUTHENTICATED")
            .await
            .contains("refresh")
    );
}

#[tokio::test]
async fn pages_of_configured_origins_only_may_call() {
    let server = Server::start(|http| http.cors_origins = vec!["https://crm.example".to_owned()]);
    let preflight = |origin: &'static str| {
        let request = server
            .client
            .request(reqwest::Method::OPTIONS, server.url("/graphql"));
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        async move { request.send().await.unwrap() }
    };
    let allowed = preflight("https://crm.example").await;
    assert_eq!(allowed.status(), 204);
    assert_eq!(
        header(allowed.headers(), "access-control-allow-origin"),
        "https://crm.example"
    );
    assert!(header(allowed.headers(), "access-control-allow-headers").contains("authorization"));
    assert_eq!(
        header(allowed.headers(), "access-control-allow-credentials"),
        ""
    );
    let other = preflight("https://evil.example").await;
    assert_eq!(header(other.headers(), "access-control-allow-origin"), "");
    refused(other, 403, "ORIGIN_NOT_ALLOWED").await;
    for (origin, told) in [
        ("https://crm.example", "https://crm.example"),
        ("https://crm.example.evil", ""),
    ] {
        let headers = [("content-type", "application/json"), ("origin", origin)];
        // Also an error must be readable for the page.
        for body in [r#"{"query":"{ a }"}"#, r#"{"query":"{ panic }"}"#] {
            let response = server.post_with(body, &headers).await;
            assert_eq!(
                header(response.headers(), "access-control-allow-origin"),
                told
            );
            assert_eq!(header(response.headers(), "vary"), "origin");
        }
    }
}

#[tokio::test]
async fn an_error_speaks_to_the_person_in_his_language() {
    let server = Server::start(|_| {});
    let many = Value::from(vec![json!({"query": "{ a }"}); 11]).to_string();
    for (language, said) in [
        ("en", "The request holds too many operations."),
        ("zh-TW,en;q=0.5", "一次請求包含的操作過多。"),
        ("zh-CN", "一次请求包含的操作过多。"),
        ("fr", "一次请求包含的操作过多。"),
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("accept-language", language),
        ];
        let response = server.post_with(&*many, &headers).await;
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer["errors"][0]["extensions"]["userMessage"], said,
            "{language}"
        );
    }
}

#[tokio::test]
async fn a_message_that_repeats_what_was_sent_is_cut() {
    let server = Server::start(|_| {});
    let body = json!({"query": "{ a }", "variables": "长".repeat(5_000)}).to_string();
    let message = refused(server.post(body).await, 400, "BAD_REQUEST").await;
    assert_eq!(message.chars().count(), 300);
}

#[tokio::test]
async fn a_document_can_be_named_by_its_hash() {
    let server = Server::start(|_| {});
    // Of "{ a }". What the server knows under it, is not asked of HTTP.
    let hash = "20a11b8c2fec6fdba6b1b0b53ef6fd8f3e2b8d6f9e1d2c3b4a5968778695a4b3";
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let body = json!({"extensions": extensions}).to_string();
    assert_eq!(data(server.post(body).await).await["document"], hash);
    let path = format!(
        "/graphql?extensions={}",
        extensions.to_string().replace('"', "%22")
    );
    let answer = server.get_with(&path, &[("x-kehu-csrf", "1")]).await;
    assert_eq!(data(answer).await["document"], hash);
    for wrong in [
        json!({"version": 2, "sha256Hash": hash}),
        json!({"version": 1}),
        json!({"version": 1, "sha256Hash": &hash[1..]}),
    ] {
        let body = json!({"query": "{ a }", "extensions": {"persistedQuery": wrong}});
        refused(server.post(body.to_string()).await, 400, "BAD_REQUEST").await;
    }
    refused(
        server
            .get_with(
                "/graphql?query=a&extensions=%5B%5D",
                &[("x-kehu-csrf", "1")],
            )
            .await,
        400,
        "BAD_REQUEST",
    )
    .await;
}

#[tokio::test]
async fn large_answers_are_compressed_as_the_client_takes_it() {
    let server = Server::start(|_| {});
    let ask = |bytes: usize, accepted: &'static str| {
        let body = json!({"query": "{ a }", "variables": {"x": "y".repeat(bytes)}}).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("accept-encoding", accepted),
        ];
        let server = &server;
        async move { server.post_with(body, &headers).await }
    };
    for (bytes, accepted, encoding, magic) in [
        (20_000, "gzip", "gzip", &[0x1f, 0x8b][..]),
        (20_000, "zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        (20_000, "gzip;q=0.5, br", "br", &[]),
        (20_000, "identity", "", b"{"),
        (20_000, "nonsense", "", b"{"),
        (20_000, "*;q=0", "", b"{"),
        (200, "gzip, br", "", b"{"),
    ] {
        let response = ask(bytes, accepted).await;
        assert_eq!(response.status(), 200);
        let told = header(response.headers(), "content-encoding");
        assert_eq!(told, encoding, "{accepted}");
        let is_smaller = !encoding.is_empty();
        assert_eq!(
            header(response.headers(), "vary").contains("accept-encoding"),
            is_smaller
        );
        let body = response.bytes().await.unwrap();
        assert!(body.starts_with(magic), "{accepted}");
        assert_eq!(body.len() < bytes, is_smaller, "{accepted}");
    }
}
