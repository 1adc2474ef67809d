//! What is altered, removed, inserted or moved is found, and where it is.

use std::process::{Command, Output};

use entity::{audit_entry, sequencer};
use kehu::audit::{Root, root_on, verify};
use rules::audit::{Fault, Head};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _};

use super::{checked, settle, some_acts, tamper};
use crate::support::TestApp;

#[tokio::test]
async fn every_act_is_chained_and_can_be_checked() {
    let app = some_acts().await;
    let verified = checked(&app).await;
    assert_eq!(verified.findings, []);
    assert_eq!((verified.faults, verified.waiting), (0, 0));
    assert_eq!(verified.head.position, app.count("audit_entry").await);
    assert_eq!(verified.head.position, 6);
    assert_eq!(app.count("audit_detail").await, 6);
}

#[tokio::test]
async fn the_log_is_only_added_to() {
    let app = some_acts().await;
    for table in ["audit_entry", "audit_chain"] {
        let column = if table == "audit_entry" {
            "seq"
        } else {
            "position"
        };
        let mut acts = vec![
            format!("UPDATE {table} SET {column} = {column} + 100"),
            format!("DELETE FROM {table}"),
        ];
        if app.database_url().starts_with("postgres") {
            acts.push(format!("TRUNCATE {table}"));
        }
        for sql in acts {
            let refused = app.db.write.execute_unprepared(&sql).await.unwrap_err();
            assert!(
                refused.to_string().contains("is only added to"),
                "{sql}: {refused}"
            );
        }
    }
    assert_eq!(checked(&app).await.faults, 0);
}

const THIRD: &str = "(SELECT entry_id FROM audit_chain WHERE position = 3)";

async fn finds(statements: &[&str], expected: &[(Option<i64>, Fault)]) {
    let app = some_acts().await;
    let statements: Vec<String> = statements
        .iter()
        .map(|s| s.replace("THIRD", THIRD))
        .collect();
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    tamper(&app, &statements).await;
    let verified = checked(&app).await;
    let found: Vec<(Option<i64>, Fault)> = verified
        .findings
        .iter()
        .map(|f| (f.position, f.fault.clone()))
        .collect();
    assert_eq!(found, expected, "{statements:?}");
    assert_eq!(verified.faults, expected.len());
}

#[tokio::test]
async fn one_altered_byte_is_found_at_its_entry() {
    for (sql, fault) in [
        (
            "UPDATE audit_entry SET verb = 'customerEntes' WHERE id = THIRD",
            Fault::EntryAltered,
        ),
        (
            "UPDATE audit_entry SET object_id = NULL WHERE id = THIRD",
            Fault::EntryAltered,
        ),
        (
            "UPDATE audit_entry SET role = 'AUDITOR' WHERE id = THIRD",
            Fault::EntryAltered,
        ),
        (
            "UPDATE audit_detail SET detail = '{\"number\": \"DA20260009\"}' WHERE entry_id = THIRD",
            Fault::DetailAltered,
        ),
        (
            "UPDATE history SET changes = '{\"name\": [null, \"丁公司\"]}' WHERE object_kind = 'customer' AND audit_id = THIRD",
            Fault::ChangesAltered,
        ),
        (
            "UPDATE history SET version = 2 WHERE object_kind = 'customer' AND audit_id = THIRD",
            Fault::ChangesAltered,
        ),
        (
            "UPDATE history SET values_hash = NULL WHERE object_kind = 'customer' AND audit_id = THIRD",
            Fault::ChangesAltered,
        ),
        (
            "UPDATE history SET reason = 'x' WHERE audit_id = THIRD",
            Fault::ChangesAltered,
        ),
        (
            "UPDATE audit_chain SET entry_hash = root WHERE position = 3",
            Fault::EntryAltered,
        ),
    ] {
        let at = Some(3);
        let chain = sql
            .starts_with("UPDATE audit_chain")
            .then_some((at, Fault::Broken));
        let expected: Vec<_> = chain.into_iter().chain([(at, fault)]).collect();
        finds(&[sql], &expected).await;
    }
}

#[tokio::test]
async fn what_was_removed_is_found_where_it_was() {
    let gap = (Some(4), Fault::Gap { from: 3, to: 3 });
    let changes = "DELETE FROM history WHERE audit_id = THIRD";
    let entry = "DELETE FROM audit_entry WHERE id = THIRD";
    let link = "DELETE FROM audit_chain WHERE position = 3";
    let detail = "DELETE FROM audit_detail WHERE entry_id = THIRD";
    finds(&[changes, entry], &[(Some(3), Fault::EntryMissing)]).await;
    finds(&[detail], &[(Some(3), Fault::DetailMissing)]).await;
    finds(&[changes], &[(Some(3), Fault::ChangesAltered)]).await;
    finds(&[changes, entry, link], &[gap]).await;
}

#[tokio::test]
async fn an_entry_whose_link_was_removed_is_found() {
    let app = some_acts().await;
    tamper(&app, &["DELETE FROM audit_chain WHERE position = 3"]).await;
    let verified = checked(&app).await;
    let gap = Fault::Gap { from: 3, to: 3 };
    assert_eq!(verified.findings[0].fault, gap);
    // On PostgreSQL it may as well be one that has only now come to light.
    if !app.database_url().starts_with("postgres") {
        assert_eq!(verified.findings[1].fault, Fault::Unchained);
    }
}

#[tokio::test]
async fn what_was_removed_from_the_end_is_found() {
    let app = some_acts().await;
    let left = checked(&app).await.head;
    let last = "(SELECT entry_id FROM audit_chain WHERE position = 6)";
    tamper(
        &app,
        &[
            &format!("DELETE FROM history WHERE audit_id = {last}"),
            &format!("DELETE FROM audit_entry WHERE id = {last}"),
            "DELETE FROM audit_chain WHERE position = 6",
        ],
    )
    .await;
    let verified = checked(&app).await;
    let Head { position, root } = left;
    assert_eq!(verified.findings[0].fault, Fault::Head { position, root });
    assert_eq!(verified.faults, 1);
}

#[tokio::test]
async fn what_was_inserted_or_moved_is_found() {
    // A copy of the third entry under another id, squeezed in before the fourth.
    let id = "00000000000000000000000000000001";
    let copy = "INSERT INTO audit_entry (seq, id, at, request_id, part, object_kind, verb) \
                SELECT 0, ID, at, request_id, part, object_kind, verb FROM audit_entry WHERE id = THIRD";
    let app = some_acts().await;
    let uuid = if app.database_url().starts_with("postgres") {
        format!("'{id}'::uuid")
    } else {
        format!("x'{id}'")
    };
    let copy = copy
        .replace("THIRD", THIRD)
        .replace("ID,", &format!("{uuid},"));
    tamper(&app, &[&copy]).await;
    let verified = checked(&app).await;
    assert_eq!(verified.findings.len(), 1);
    assert_eq!(verified.findings[0].fault, Fault::Unchained);
    assert_eq!(verified.findings[0].entry.unwrap().as_u128(), 1);
    let forged = format!(
        "INSERT INTO audit_chain (position, entry_id, entry_hash, chained_at, previous, root) \
         SELECT 4, {uuid}, entry_hash, chained_at, previous, root FROM audit_chain WHERE position = 3"
    );
    tamper(
        &app,
        &["UPDATE audit_chain SET position = position + 100 WHERE position > 3"],
    )
    .await;
    tamper(
        &app,
        &[
            "UPDATE audit_chain SET position = position - 99 WHERE position > 100",
            &forged,
        ],
    )
    .await;
    let verified = checked(&app).await;
    assert_eq!(verified.findings[0].position, Some(4));
    assert_eq!(verified.findings[0].fault, Fault::Broken);

    let moved = [
        "UPDATE audit_chain SET position = 99 WHERE position = 2",
        "UPDATE audit_chain SET position = 2 WHERE position = 3",
        "UPDATE audit_chain SET position = 3 WHERE position = 99",
    ];
    let broken = |position| (Some(position), Fault::Broken);
    finds(&moved, &[broken(2), broken(3), broken(4)]).await;
}

async fn now(app: &TestApp) -> Root {
    let zone = app.app.shared().zone;
    root_on(&app.db.read, &zone, None).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_writes_the_whole_log_anew_is_found_by_an_exported_root() {
    let app = some_acts().await;
    let root = now(&app).await;
    assert_eq!(root.hash(), Some(checked(&app).await.head.root));
    // As if the last act had never been: entry, link and the sequencer's own state.
    tamper(&app, &["DELETE FROM history WHERE audit_id = (SELECT entry_id FROM audit_chain WHERE position = 6)"]).await;
    tamper(&app, &["DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE position = 6)"]).await;
    tamper(&app, &["DELETE FROM audit_chain WHERE position = 6"]).await;
    let before = now(&app).await;
    let state = sequencer::ActiveModel {
        name: Set("audit".into()),
        position: Set(5),
        root: Set(before.hash().unwrap().to_vec()),
        ..Default::default()
    };
    state.update(&app.db.write).await.unwrap();
    assert_eq!(checked(&app).await.faults, 0, "the chain alone can't tell");
    let verified = verify(&app.db.read, &[before, root], &mut |_, _| {})
        .await
        .unwrap();
    assert_eq!(verified.faults, 1);
    assert_eq!(verified.findings[0].position, Some(6));
    assert!(matches!(verified.findings[0].fault, Fault::Exported { .. }));
}

#[tokio::test]
async fn another_node_takes_over_from_one_that_was_killed() {
    let app = some_acts().await;
    let killed = sequencer::ActiveModel {
        name: Set("audit".into()),
        holder: Set(Some(app.clock.new_id())),
        leased_until: Set(Some(app.clock.now() + chrono::Duration::hours(1))),
        ..Default::default()
    };
    killed.update(&app.db.write).await.unwrap();
    crate::customers::enter(
        &app,
        crate::support::Who::Sales2,
        "丁公司",
        serde_json::json!({}),
    )
    .await;
    let mut node = app.app.sequencer().unwrap();
    assert_eq!(node.catch_up().await.unwrap(), 0, "it may still live");
    assert_eq!(checked(&app).await.waiting, 1);
    app.advance(chrono::Duration::hours(1));
    settle(&app).await;
    assert_eq!(checked(&app).await.faults, 0);
}

fn kehu(app: &TestApp, words: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kehu"))
        .args(words)
        .env_clear()
        .env("DATABASE_URL", app.database_url())
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    (output, told)
}

#[tokio::test]
async fn the_command_line_checks_beside_a_running_server_and_says_where() {
    let app = some_acts().await;
    let (whole, told) = kehu(&app, &["audit", "verify"]);
    assert!(whole.status.success(), "{whole:?}");
    assert!(told.starts_with("6 entries checked, root "), "{told}");
    let (root, line) = kehu(&app, &["audit", "root"]);
    assert!(root.status.success());
    let root: Root = serde_json::from_str(&line).unwrap();
    assert_eq!(root, now(&app).await);
    let day = (root.on - chrono::Days::new(1)).to_string();
    let (early, _) = kehu(&app, &["audit", "root", "--on", &day]);
    assert!(!early.status.success());
    let (same, kept) = kehu(&app, &["audit", "root", "--on", &root.on.to_string()]);
    assert!(same.status.success());
    assert_eq!(kept, line);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &line).unwrap();
    let with_roots = ["audit", "verify", "--roots", file.path().to_str().unwrap()];
    let (whole, told) = kehu(&app, &with_roots);
    assert!(
        whole.status.success() && told.contains("all 1 exported roots"),
        "{told}"
    );

    let id = audit_entry::Entity::find()
        .one(&app.db.read)
        .await
        .unwrap()
        .unwrap()
        .id;
    tamper(
        &app,
        &["UPDATE audit_entry SET clause = 'ARC-1' WHERE seq = 1"],
    )
    .await;
    let (altered, told) = kehu(&app, &["audit", "verify"]);
    assert_eq!(altered.status.code(), Some(1));
    assert!(
        told.contains(&format!("position 1, entry {id}: the entry was altered")),
        "{told}"
    );
    let heard = String::from_utf8(altered.stderr).unwrap();
    assert!(
        heard.contains("1 faults: the audit log is not as it was written"),
        "{heard}"
    );
    std::fs::write(file.path(), "{}").unwrap();
    let (refused, _) = kehu(&app, &with_roots);
    assert!(!refused.status.success());
}
