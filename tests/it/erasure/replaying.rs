//! An older backup brings nobody back: the erasures since are carried out again from the ledger (PIP-6).

use std::process::{Command, Output};
use std::time::Duration;

use kehu::backup::{restore, take};
use kehu::files::Store;
use kehu::kit::db::{Db, Source};
use sea_orm::ConnectionTrait as _;

use super::{VALUES, decision, erased, left, person, requested};
use crate::audit::{checked, settle};
use crate::support::{TestApp, Who};

/// Runs the command line beside the server of the test, which goes on meanwhile.
async fn kehu(url: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kehu"));
    command
        .args(words)
        .env_clear()
        .env("DATABASE_URL", url)
        .current_dir(std::env::temp_dir());
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    run.await.unwrap()
}

fn open(url: &str) -> Db {
    Source::new(url, 2, Duration::ZERO).unwrap().open().unwrap()
}

async fn backup(app: &TestApp) -> Vec<u8> {
    let taken = take(
        &app.db,
        &app.store(),
        Vec::new(),
        app.clock.now(),
        &mut |_| {},
    )
    .await;
    taken.unwrap().0
}

async fn restored(folder: &std::path::Path, name: &str, file: &[u8]) -> String {
    let url = format!("sqlite://{}/{name}.sqlite", folder.display());
    let db = open(&url);
    let store = Store::at(folder.join("files").to_str().unwrap()).unwrap();
    restore(&db, &store, file, &mut |_| {}).await.unwrap();
    db.write
        .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .unwrap();
    url
}

/// What `kehu audit verify` says of a database: whether it is whole.
async fn whole(url: &str) -> bool {
    kehu(url, &["audit", "verify"]).await.status.success()
}

#[tokio::test]
async fn pip_6_a_restored_person_is_erased_again_from_the_ledger() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    settle(&app).await;
    let before = backup(&app).await;
    let erasure = requested(&app, &customer).await;
    settle(&app).await;
    let between = backup(&app).await;
    let input = decision(&erasure, true, "");
    app.by(Who::Gm)
        .done("erasureDecide", input, super::FIELDS)
        .await;
    settle(&app).await;

    let folder = tempfile::tempdir().unwrap();
    let printed = kehu(app.database_url(), &["erase", "ledger"]).await;
    assert!(printed.status.success(), "{printed:?}");
    let text = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    for value in VALUES {
        assert!(!text.contains(value), "{text}");
    }
    let ledger = folder.path().join("erasures.jsonl");
    std::fs::write(&ledger, &text).unwrap();
    let ledger = ledger.to_str().unwrap();
    for (name, file) in [("before", before), ("between", between)] {
        let url = restored(folder.path(), name, &file).await;
        assert!(!left(&open(&url), &VALUES).await.is_empty(), "{name}");
        let done = kehu(&url, &["erase", "replay", ledger]).await;
        assert!(done.status.success(), "{name}: {done:?}");
        let told = String::from_utf8(done.stderr).unwrap();
        assert!(
            told.contains("1 erasures were carried out again, 0 were known"),
            "{told}"
        );
        assert_eq!(left(&open(&url), &VALUES).await, [""; 0], "{name}");
        assert!(whole(&url).await, "{name}");
        let again = kehu(&url, &["erase", "replay", ledger]).await;
        let told = String::from_utf8(again.stderr).unwrap();
        assert!(
            told.contains("0 erasures were carried out again, 1 were known"),
            "{told}"
        );
        // The stub is the same: number, instant, decider.
        let printed = kehu(&url, &["erase", "ledger"]).await;
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), text, "{name}");
    }
    // Where it was carried out, it is known.
    let told = kehu(app.database_url(), &["erase", "replay", ledger]).await;
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.contains("0 erasures were carried out again, 1 were known"),
        "{told}"
    );
    assert_eq!(checked(&app).await.findings, []);
}

#[tokio::test]
async fn pip_6_a_person_that_the_backup_never_had_is_known_from_then_on() {
    let app = TestApp::start().await;
    settle(&app).await;
    let before = backup(&app).await;
    let customer = person(&app).await;
    erased(&app, &customer).await;
    let folder = tempfile::tempdir().unwrap();
    let text =
        String::from_utf8(kehu(app.database_url(), &["erase", "ledger"]).await.stdout).unwrap();
    let ledger = folder.path().join("erasures.jsonl");
    std::fs::write(&ledger, &text).unwrap();
    let url = restored(folder.path(), "empty", &before).await;
    let done = kehu(&url, &["erase", "replay", ledger.to_str().unwrap()]).await;
    assert!(done.status.success(), "{done:?}");
    let printed = kehu(&url, &["erase", "ledger"]).await;
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), text);
    std::fs::write(&ledger, "{\"number\": 1}").unwrap();
    let broken = kehu(&url, &["erase", "replay", ledger.to_str().unwrap()]).await;
    assert!(!broken.status.success());
}

#[tokio::test]
async fn pip_2_the_command_line_decides_with_the_authority_of_an_account() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let unasked = erase(&app, &customer, "gm").await;
    assert!(!unasked.status.success());
    let told = String::from_utf8(unasked.stderr).unwrap();
    assert!(told.contains("record it first"), "{told}");
    let erasure = requested(&app, &customer).await;
    for login in ["deputy", "clerk", "nobody"] {
        let refused = erase(&app, &customer, login).await;
        assert!(!refused.status.success(), "{login}");
    }
    assert!(!left(&app.db, &VALUES).await.is_empty());
    let done = erase(&app, erasure["id"].as_str().unwrap(), "gm").await;
    assert!(done.status.success(), "{done:?}");
    settle(&app).await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
    assert_eq!(checked(&app).await.findings, []);
}

async fn erase(app: &TestApp, id: &str, login: &str) -> Output {
    let words = ["erase", id, "--reason", "本人要求", "--decided-by", login];
    kehu(app.database_url(), &words).await
}
