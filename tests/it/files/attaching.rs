//! What is hung where, by whom, within which limits.

use serde_json::{Value, json};

use super::*;
use crate::support::code;

const MIB: usize = 1_048_576;

fn says(found: (String, String, Value), code: &str, clause: &str, path: &str) {
    let (found_code, found_clause, found_path) = found;
    assert_eq!(
        (found_code.as_str(), found_clause.as_str(), found_path),
        (code, clause, json!([path]))
    );
}

#[tokio::test]
async fn arc_8_the_content_tells_the_type_and_the_declared_one_is_not_believed() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let photo = attached(
        &app,
        Who::Sales1,
        &complaint,
        "样品.txt",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    )
    .await;
    assert_eq!(
        (&photo["mediaType"], &photo["name"], &photo["size"]),
        (&json!("image/png"), &json!("样品.txt"), &json!(16))
    );
    assert_eq!(photo["object"], json!(complaint));
    assert_eq!(photo["addedBy"]["id"], json!(Who::Sales1.public()));
    let before = (app.count("history").await, app.count("audit_entry").await);
    for (name, content) in [
        ("photo.png", &b"MZ\x90\0\x03\0\0\0"[..]),
        ("order.pdf", b"<html><script>alert(1)</script>"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("data.pdf", b"\0\x01\x02"),
    ] {
        let found = refused(&app, Who::Sales1, &complaint, name, content).await;
        says(found, "FILE_TYPE_NOT_ALLOWED", "ARC-8", "upload");
    }
    assert_eq!(
        (app.count("history").await, app.count("audit_entry").await),
        before
    );
    assert_eq!(
        (app.count("file").await, app.count("file_blob").await),
        (1, 1)
    );
    assert_eq!(kept(&app).len(), 1);
}

#[tokio::test]
async fn arc_8_a_file_has_no_more_bytes_than_the_rulebook_says() {
    let app = TestApp::start().await;
    settle(&app, "file.max-size", 1).await;
    let complaint = complaint(&app).await;
    attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(MIB)).await;
    let found = refused(&app, Who::Sales1, &complaint, "b.pdf", &pdf(MIB + 1)).await;
    says(found, "FILE_TOO_LARGE", "ARC-8", "upload");
    let found = refused(&app, Who::Sales1, &complaint, "c.pdf", b"").await;
    says(found, "REQUIRED", "ARC-8", "upload");
    assert_eq!((app.count("file").await, kept(&app).len()), (1, 1));
}

#[tokio::test]
async fn arc_8_an_object_has_no_more_files_than_the_rulebook_says() {
    let app = TestApp::start().await;
    settle(&app, "file.max-count", 2).await;
    let complaint = complaint(&app).await;
    let first = attached(&app, Who::Sales1, &complaint, "1.pdf", &pdf(20)).await;
    attached(&app, Who::Sales1, &complaint, "2.pdf", &pdf(21)).await;
    let found = refused(&app, Who::Sales1, &complaint, "3.pdf", &pdf(22)).await;
    says(found, "TOO_MANY_FILES", "ARC-8", "object");
    // What was voided does not count, and another object has its own.
    let input = json!({"file": first["id"], "expectedVersion": 1, "reason": "错"});
    app.by(Who::Sales1)
        .done("fileVoid", input, "file { id }")
        .await;
    attached(&app, Who::Sales1, &complaint, "3.pdf", &pdf(22)).await;
    let found = refused(&app, Who::Sales1, &complaint, "4.pdf", &pdf(23)).await;
    says(found, "TOO_MANY_FILES", "ARC-8", "object");
    let (_, note) = note(&app, Who::Sales1).await;
    attached(&app, Who::Sales1, &note, "5.pdf", &pdf(24)).await;
}

#[tokio::test]
async fn arc_8_many_at_once_hang_no_more_files_than_may() {
    let app = TestApp::start().await;
    settle(&app, "file.max-count", 5).await;
    let complaint = complaint(&app).await;
    let sent = (0..12).map(|i| {
        let (app, complaint) = (&app, &complaint);
        async move {
            let content = pdf(20 + i);
            let file = ("a.pdf", "application/pdf", &content[..]);
            attach_with(app, Who::Sales1, complaint, file, json!({})).await
        }
    });
    let payloads = futures_util::future::join_all(sent).await;
    let hung = payloads.iter().filter(|p| p["file"].is_object()).count();
    let refused = payloads
        .iter()
        .filter(|p| p["refusals"][0]["code"] == "TOO_MANY_FILES");
    assert_eq!((hung, refused.count()), (5, 7));
    assert_eq!(app.count("file").await, 5);
}

#[tokio::test]
async fn arc_8_the_same_content_is_kept_once() {
    let app = TestApp::start().await;
    let (complaint, (_, note)) = (complaint(&app).await, note(&app, Who::Sales1).await);
    let content = pdf(400_000);
    let one = attached(&app, Who::Sales1, &complaint, "one.pdf", &content).await;
    let other = attached(&app, Who::Sales1, &note, "other.pdf", &content).await;
    assert_eq!(one["sha256"], other["sha256"]);
    assert_ne!(one["id"], other["id"]);
    assert_eq!(
        (app.count("file").await, app.count("file_blob").await),
        (2, 1)
    );
    let kept = kept(&app);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[one["sha256"].as_str().unwrap()], content);
}

#[tokio::test]
async fn arc_8_files_stand_newest_first_and_can_be_searched() {
    let app = TestApp::start().await;
    let (_, note) = note(&app, Who::Sales1).await;
    for (i, name) in ["扫描.pdf", "scan.pdf", "photo.png"].iter().enumerate() {
        attached(&app, Who::Sales1, &note, name, &pdf(20 + i)).await;
        app.advance(chrono::Duration::seconds(1));
    }
    let names = |files: Value| -> Vec<String> {
        let nodes = files["nodes"].as_array().unwrap().iter();
        nodes
            .map(|f| f["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = files_of(&app, Who::Sales1, &note, "").await;
    assert_eq!(all["totalCount"], 3);
    assert_eq!(names(all), ["photo.png", "scan.pdf", "扫描.pdf"]);
    let found = files_of(
        &app,
        Who::Sales1,
        &note,
        "(where: {name: {contains: \"scan\"}})",
    )
    .await;
    assert_eq!(names(found), ["scan.pdf"]);
}

#[tokio::test]
async fn cmp_3_who_handles_a_complaint_hangs_files_on_it() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    for (i, who) in [
        Who::Sales1,
        Who::Supervisor1,
        Who::Manager1,
        Who::Quality,
        Who::Deputy,
    ]
    .into_iter()
    .enumerate()
    {
        attached(&app, who, &complaint, "a.pdf", &pdf(30 + i)).await;
    }
    // Who only reads it is told whose it would be; who can't read it is told nothing.
    for who in [Who::Auditor, Who::Governor] {
        let (code, clause, path) = refused(&app, who, &complaint, "a.pdf", &pdf(40)).await;
        assert_eq!(
            (code.as_str(), clause.as_str(), path),
            ("FORBIDDEN", "CMP-3", json!([])),
            "{who:?}"
        );
    }
    for who in [Who::Sales2, Who::Manager2, Who::Sales1x, Who::Hr] {
        let (code, _, path) = refused(&app, who, &complaint, "a.pdf", &pdf(40)).await;
        assert_eq!(
            (code.as_str(), path),
            ("NOT_FOUND", json!(["object"])),
            "{who:?}"
        );
    }
    assert_eq!((app.count("file").await, kept(&app).len()), (5, 5));
}

#[tokio::test]
async fn lkp_3_a_file_on_a_note_falls_under_the_notes_of_the_archive() {
    let app = TestApp::start().await;
    let (_, note) = note(&app, Who::Sales1).await;
    let file = attached(&app, Who::Sales1, &note, "合同.pdf", &pdf(99)).await;
    for who in [
        Who::Sales1,
        Who::Manager1,
        Who::Deputy,
        Who::Gm,
        Who::Auditor,
    ] {
        assert_eq!(read(&app, who, &file).await["name"], "合同.pdf", "{who:?}");
    }
    for who in [
        Who::Sales1x,
        Who::Manager2,
        Who::Quality,
        Who::Admin,
        Who::Governor,
    ] {
        assert_eq!(read(&app, who, &file).await, Value::Null, "{who:?}");
        assert_eq!(files_of(&app, who, &note, "").await, Value::Null, "{who:?}");
        let (code, _, path) = refused(&app, who, &note, "a.pdf", &pdf(9)).await;
        assert_eq!(
            (code.as_str(), path),
            ("NOT_FOUND", json!(["object"])),
            "{who:?}"
        );
        let input = json!({"file": file["id"], "expectedVersion": 1, "reason": "x"});
        let refusal = app.by(who).refused("fileVoid", input).await;
        assert_eq!(refusal["code"], "NOT_FOUND", "{who:?}");
    }
    let (code, clause, _) = refused(&app, Who::Auditor, &note, "a.pdf", &pdf(9)).await;
    assert_eq!((code.as_str(), clause.as_str()), ("FORBIDDEN", "ARC-3"));
}

#[tokio::test]
async fn arc_8_a_recording_hangs_on_a_visit() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let input = json!({
        "customer": customer, "kind": "VISIT", "happenedAt": "2026-01-05T02:00:00Z", "summary": "走访"
    });
    let payload = app
        .by(Who::Sales1)
        .done("contactLogAdd", input, "entry { id }")
        .await;
    let entry = payload["entry"]["id"].as_str().unwrap();
    let file = attached(&app, Who::Sales1, entry, "录音.mp3", b"ID3\x03\0\0\0\0\0\0").await;
    assert_eq!(
        (&file["mediaType"], &file["object"]),
        (&json!("audio/mpeg"), &json!(entry))
    );
}

#[tokio::test]
async fn arc_8_nothing_is_hung_on_what_was_voided_or_has_no_files() {
    let app = TestApp::start().await;
    let (customer, note) = note(&app, Who::Sales1).await;
    let file = attached(&app, Who::Sales1, &note, "a.pdf", &pdf(9)).await;
    let input = json!({"note": note, "expectedVersion": 1, "reason": "错"});
    app.by(Who::Sales1)
        .done("noteVoid", input, "note { id }")
        .await;
    let found = refused(&app, Who::Sales1, &note, "b.pdf", &pdf(10)).await;
    says(found, "WRONG_STATE", "ARC-8", "object");
    // What hung there before stays.
    assert_eq!(read(&app, Who::Sales1, &file).await["name"], "a.pdf");
    let (code, _, path) = refused(&app, Who::Sales1, &customer, "b.pdf", &pdf(10)).await;
    assert_eq!((code.as_str(), path), ("INVALID_INPUT", json!(["object"])));
}

#[tokio::test]
async fn arc_8_a_voided_file_stays_with_its_content_and_history() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let content = pdf(77);
    let file = attached(&app, Who::Sales1, &complaint, "a.pdf", &content).await;
    let void = |version: i32, reason: &str| json!({"file": file["id"], "expectedVersion": version, "reason": reason});
    let by = app.by(Who::Sales1);
    assert_eq!(
        by.refused("fileVoid", void(1, " ")).await["code"],
        "REQUIRED"
    );
    assert_eq!(
        by.refused("fileVoid", void(2, "错")).await["code"],
        "VERSION_CONFLICT"
    );
    let auditor = app
        .by(Who::Auditor)
        .refused("fileVoid", void(1, "错"))
        .await;
    assert_eq!(code(&auditor), ("FORBIDDEN", "CMP-3"));
    let payload = by
        .done(
            "fileVoid",
            void(1, "拍错了"),
            "file { voidReason version url }",
        )
        .await;
    assert_eq!(
        (&payload["file"]["voidReason"], &payload["file"]["version"]),
        (&json!("拍错了"), &json!(2))
    );
    let again = by.refused("fileVoid", void(2, "错")).await;
    assert_eq!(code(&again), ("WRONG_STATE", "ARC-8"));
    assert_eq!(
        files_of(&app, Who::Sales1, &complaint, "").await["totalCount"],
        0
    );
    let all = files_of(&app, Who::Sales1, &complaint, "(includeVoided: true)").await;
    assert_eq!(all["nodes"][0]["voidReason"], "拍错了");
    let url = payload["file"]["url"].as_str().unwrap();
    assert_eq!(fetch(&app, url, &[]).await.bytes().await.unwrap(), content);
    let query =
        "query($id: ID!) { history(id: $id) { changes { version reason fields { field } } } }";
    let history = by.ask(query, json!({"id": file["id"]})).await;
    let changes = history["history"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{history:#}");
    assert!(changes.iter().any(|change| change["reason"] == "拍错了"));
}

#[tokio::test]
async fn the_same_key_with_the_same_file_attaches_once() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let key = json!({"idempotencyKey": "0190a000-0000-7000-8000-000000000001"});
    let content = pdf(50);
    let send = |name: &'static str, content: Vec<u8>| {
        let (app, complaint, key) = (&app, &complaint, key.clone());
        async move {
            attach_with(
                app,
                Who::Sales1,
                complaint,
                (name, "application/pdf", &content),
                key,
            )
            .await
        }
    };
    let first = send("a.pdf", content.clone()).await;
    let second = send("a.pdf", content.clone()).await;
    assert_eq!(first["file"]["id"], second["file"]["id"]);
    assert_eq!(app.count("file").await, 1);
    for (name, content) in [("b.pdf", content), ("a.pdf", pdf(51))] {
        let other = send(name, content).await;
        assert_eq!(
            other["refusals"][0]["code"], "IDEMPOTENCY_KEY_REUSED",
            "{name}"
        );
    }
    assert_eq!(app.count("file").await, 1);
}

#[tokio::test]
async fn a_name_is_given_with_the_file_or_beside_it_and_has_no_folders() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let named = |name: &'static str, more: Value| {
        let (app, complaint) = (&app, &complaint);
        async move {
            attach_with(
                app,
                Who::Sales1,
                complaint,
                (name, "application/pdf", &pdf(50)),
                more,
            )
            .await
        }
    };
    let payload = named("../../a.pdf", json!({})).await;
    assert_eq!(payload["file"]["name"], "a.pdf");
    let payload = named("a.pdf", json!({"name": "C:\\x\\报告.pdf"})).await;
    assert_eq!(payload["file"]["name"], "报告.pdf");
    let payload = named("a.pdf", json!({"name": "x".repeat(201)})).await;
    assert_eq!(payload["refusals"][0]["code"], "TOO_LONG");
    assert_eq!(payload["refusals"][0]["path"], json!(["name"]));
}
