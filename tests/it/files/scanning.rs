//! The virus scanner: nothing is attached that it did not find clean.

use super::*;

/// A scanner: what is found is infected, what breaks it is not scanned.
const SCANNER: &str =
    "sh,-c,content=$(cat); case \"$content\" in *EICAR*) exit 1;; *BROKEN*) exit 2;; esac";

#[tokio::test]
async fn what_the_scanner_finds_is_not_attached() {
    let app = TestApp::start_with(&[("files.scan_command", SCANNER)]).await;
    let complaint = complaint(&app).await;
    for (content, code) in [
        (&b"text with EICAR in it"[..], "FILE_INFECTED"),
        (b"text that is BROKEN", "FILE_NOT_SCANNED"),
    ] {
        let (found, _, path) = refused(&app, Who::Sales1, &complaint, "a.txt", content).await;
        assert_eq!((found.as_str(), path), (code, json!(["upload"])));
    }
    assert_eq!(
        (app.count("file").await, app.count("file_blob").await),
        (0, 0)
    );
    assert!(kept(&app).is_empty());
    let file = attached(&app, Who::Sales1, &complaint, "a.txt", b"harmless").await;
    assert_eq!(file["scan"], "CLEAN");
}

#[tokio::test]
async fn without_a_scanner_files_are_marked_unscanned() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let file = attached(&app, Who::Sales1, &complaint, "a.txt", b"EICAR").await;
    assert_eq!(file["scan"], "UNSCANNED");
}

#[tokio::test]
async fn a_scanner_that_is_not_there_attaches_nothing() {
    let app = TestApp::start_with(&[("files.scan_command", "/no/such/scanner")]).await;
    let complaint = complaint(&app).await;
    let (found, ..) = refused(&app, Who::Sales1, &complaint, "a.txt", b"harmless").await;
    assert_eq!(found, "FILE_NOT_SCANNED");
    assert!(kept(&app).is_empty());
}
