//! Files that hang on objects: sent by forms, told by their contents, kept once, downloaded by links (ARC-8).

mod attaching;
mod downloading;
mod forms;
mod keeping;
mod s3;
mod scanning;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::rulebook_value;
use reqwest::{Response, StatusCode};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::complaints;
use crate::customers::enter;
use crate::support::company::Unit;
use crate::support::{As, TestApp, Who};

/// What tests look at of a file.
const FIELDS: &str = "id name mediaType size sha256 scan version object url addedAt voidedAt voidReason erasedAt addedBy { id }";

/// A document of so many bytes.
fn pdf(size: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.resize(size, b'x');
    bytes
}

/// A part of a form: name, file name, content type, content.
type Part<'a> = (&'a str, Option<&'a str>, &'a str, &'a [u8]);

const BOUNDARY: &str = "x-kehu-test-boundary";

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, media_type, content) in parts {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\ncontent-type: {media_type}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Sends a form; gives the answer.
async fn post(
    app: &TestApp,
    who: &As<'_>,
    body: Vec<u8>,
    headers: &[(&str, &str)],
) -> (StatusCode, Value) {
    let mut request = app
        .client()
        .post(app.url("/graphql"))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .header("accept-language", "en")
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = who.token() {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

const CSRF: &[(&str, &str)] = &[("x-kehu-csrf", "1")];

/// The request of `fileAttach` before its file is named.
fn operations(object: &str, more: Value) -> Value {
    let query = format!(
        "mutation($input: FileAttachInput!) {{ fileAttach(input: $input) {{ file {{ {FIELDS} }} \
         refusals {{ code message path clause {{ number }} }} }} }}"
    );
    let input = complaints::merged(json!({"object": object, "upload": null}), more);
    json!({"query": query, "variables": {"input": input}})
}

/// Sends a file; gives the payload.
async fn attach_with(
    app: &TestApp,
    who: Who,
    object: &str,
    (name, media_type, content): (&str, &str, &[u8]),
    more: Value,
) -> Value {
    let operations = operations(object, more).to_string();
    let map = json!({"0": ["variables.input.upload"]}).to_string();
    let body = form(&[
        (
            "operations",
            None,
            "application/json",
            operations.as_bytes(),
        ),
        ("map", None, "application/json", map.as_bytes()),
        ("0", Some(name), media_type, content),
    ]);
    let (status, answer) = post(app, &app.by(who), body, CSRF).await;
    assert_eq!(status, 200, "{answer:#}");
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"]["fileAttach"].clone()
}

/// The same, which must not be refused: gives the file.
async fn attached(app: &TestApp, who: Who, object: &str, name: &str, content: &[u8]) -> Value {
    let payload = attach_with(app, who, object, (name, "text/html", content), json!({})).await;
    assert_eq!(payload["refusals"], json!([]));
    payload["file"].clone()
}

/// The same, which must be refused once: gives code, clause and path.
async fn refused(
    app: &TestApp,
    who: Who,
    object: &str,
    name: &str,
    content: &[u8],
) -> (String, String, Value) {
    let payload = attach_with(
        app,
        who,
        object,
        (name, "application/pdf", content),
        json!({}),
    )
    .await;
    assert_eq!(payload["file"], Value::Null, "{payload:#}");
    let refusals = payload["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 1, "{payload:#}");
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let refusal = &refusals[0];
    (
        text(&refusal["code"]),
        text(&refusal["clause"]["number"]),
        refusal["path"].clone(),
    )
}

/// A complaint of the first department, filed by its customer's owner; gives its id.
async fn complaint(app: &TestApp) -> String {
    let customer = complaints::customer(app, Unit::Sales1, Who::Sales1).await;
    let complaint = complaints::filed(app, Who::Sales1, &customer).await;
    complaint["id"].as_str().unwrap().to_owned()
}

/// A customer with a note; gives both ids.
async fn note(app: &TestApp, who: Who) -> (String, String) {
    let customer = enter(app, who, "甲公司", json!({})).await;
    let input = json!({"customer": customer, "body": "见附件"});
    let payload = app.by(who).done("noteAdd", input, "note { id }").await;
    let note = payload["note"]["id"].as_str().unwrap().to_owned();
    (customer, note)
}

/// A file as somebody reads it.
async fn read(app: &TestApp, who: Who, file: &Value) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on File {{ {FIELDS} }} }} }}");
    app.by(who).ask(&query, json!({"id": file["id"]})).await["node"].clone()
}

/// The files of an object, as somebody reads them.
async fn files_of(app: &TestApp, who: Who, object: &str, args: &str) -> Value {
    let list = format!("files{args} {{ totalCount nodes {{ {FIELDS} }} }}");
    let query = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on Complaint {{ {list} }} ... on CustomerNote {{ {list} }} }} }}"
    );
    app.by(who).ask(&query, json!({"id": object})).await["node"]["files"].clone()
}

/// Opens a link as it is.
async fn fetch(app: &TestApp, url: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = app.client().get(app.url(url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// The code of a link that opens nothing.
async fn closed(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let answer: Value = response.json().await.unwrap();
    (status, crate::support::error_code(&answer).to_owned())
}

/// Sets a value of the rulebook, in force for long.
async fn settle(app: &TestApp, key: &str, value: i64) {
    let row = rulebook_value::ActiveModel {
        id: Set(app.clock.new_id()),
        key: Set(key.into()),
        value: Set(json!(value)),
        from_on: Set("2026-01-01".parse::<NaiveDate>().unwrap()),
        created_at: Set(app.clock.now()),
        created_by: Set(None),
    };
    rulebook_value::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("rulebook").await;
}

/// Hash to bytes of what is in the store.
fn kept(app: &TestApp) -> HashMap<String, Vec<u8>> {
    let mut kept = HashMap::new();
    for folder in std::fs::read_dir(app.files.path()).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            kept.insert(name, std::fs::read(file.path()).unwrap());
        }
    }
    kept
}
