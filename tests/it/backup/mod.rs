//! A company in one file: taken beside a running server, taken back into an empty database of either kind.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use kehu::app::App;
use kehu::backup::{restore, take};
use kehu::config::Config;
use kehu::kit::clock::Clock;
use kehu::kit::db::{Db, Source};
use rules::vocabulary::AuditPart;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::audit::{checked, settle};
use crate::customers::{company, enter};
use crate::support::{TestApp, Who, scenes};

fn open(url: &str) -> Db {
    Source::new(url, 2, Duration::ZERO).unwrap().open().unwrap()
}

async fn taken(app: &TestApp, db: &Db) -> Vec<u8> {
    let (file, taken) = take(db, &app.store(), Vec::new(), app.clock.now(), &mut |_| {})
        .await
        .unwrap();
    assert!(taken.rows > 100);
    assert_eq!(taken.missing, [""; 0]);
    file
}

/// The lines of a backup: head, rows by table sorted, end.
fn contents(file: &[u8]) -> (Value, BTreeMap<String, Vec<String>>) {
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut lines = text.lines();
    let head = serde_json::from_str(lines.next().unwrap()).unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in lines {
        if line.starts_with('[') {
            tables.get_mut(&table).unwrap().push(line.to_owned());
        } else if let Some(name) = serde_json::from_str::<Value>(line).unwrap()["table"].as_str() {
            table = name.to_owned();
            tables.insert(table.clone(), Vec::new());
        }
    }
    for rows in tables.values_mut() {
        rows.sort();
    }
    // Documents have no order of keys, and PostgreSQL keeps none.
    for table in ["history", "audit_detail", "customer", "idempotency"] {
        for row in tables.get_mut(table).unwrap() {
            let mut cells: Vec<Value> = serde_json::from_str(row).unwrap();
            for cell in &mut cells {
                if let Some(Ok(document)) = cell.as_str().map(serde_json::from_str::<Value>) {
                    let sorted: Option<BTreeMap<String, Value>> =
                        serde_json::from_value(document.clone()).ok();
                    *cell = sorted.map_or(document, |s| json!(s));
                }
            }
            *row = json!(cells).to_string();
        }
    }
    (head, tables)
}

/// An empty database of the kind that the suite runs on, and how it is removed.
async fn empty(app: &TestApp, folder: &std::path::Path) -> (String, Option<String>) {
    let Some((server, _)) = app
        .database_url()
        .rsplit_once('/')
        .filter(|(s, _)| s.starts_with("postgres"))
    else {
        return (
            format!("sqlite://{}/restored.sqlite", folder.display()),
            None,
        );
    };
    let name = format!("kehu_restored_{}", std::process::id());
    app.db
        .write
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    (
        format!("{server}/{name}"),
        Some(format!("DROP DATABASE {name} WITH (FORCE)")),
    )
}

/// Two files hold the same rows.
fn same(one: &[u8], other: &[u8]) {
    let (one, other) = (contents(one).1, contents(other).1);
    assert!(one.keys().eq(other.keys()));
    for (table, rows) in &one {
        assert!(
            *rows == other[table],
            "{table}: {rows:#?} {:#?}",
            other[table]
        );
    }
}

#[tokio::test]
async fn a_backup_taken_beside_writers_is_the_company_as_of_one_instant() {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"contacts": [{"name": "李雷"}], "custom": [{"name": "a", "value": "b"}]}),
    )
    .await;
    settle(&app).await;
    let writing = async {
        for i in 0..30 {
            enter(&app, Who::Sales2, &format!("乙公司{i}"), json!({})).await;
        }
    };
    let (file, ()) = tokio::join!(taken(&app, &app.db), writing);
    let folder = tempfile::tempdir().unwrap();
    // To SQLite whatever it came from, and from there to the suite's own kind of database.
    let beside = format!("sqlite://{}/beside.sqlite", folder.path().display());
    let middle = open(&beside);
    restore(&middle, &app.store(), &*file, &mut |_| {})
        .await
        .unwrap();
    let again = taken(&app, &middle).await;
    same(&again, &file);
    let (url, remove) = empty(&app, folder.path()).await;
    let last = open(&url);
    restore(&last, &app.store(), &*again, &mut |_| {})
        .await
        .unwrap();
    same(&taken(&app, &last).await, &file);

    // The whole of a customer or nothing of it: number, history and entry come in one transaction.
    let (_, tables) = contents(&file);
    let entered = tables["audit_entry"]
        .iter()
        .filter(|row| row.contains("customerEnter"))
        .count();
    let named = tables["customer"]
        .iter()
        .filter(|row| row.contains("乙公司") || row.contains("甲公司"))
        .count();
    assert_eq!(entered, named);

    let variables = [("DATABASE_URL".to_owned(), url)];
    let config = Config::from_parts(None, variables.into()).unwrap();
    let restored = App::build(config, Arc::new(Clock::default()))
        .await
        .unwrap();
    serves(&restored, &customer).await;
    for db in [&last, &restored.open().unwrap()] {
        db.read.clone().close().await.unwrap();
        db.write.clone().close().await.unwrap();
    }
    if let Some(sql) = remove {
        app.db.write.execute_unprepared(&sql).await.unwrap();
    }
}

/// The restored company reads, writes on where it was, and its log is whole.
async fn serves(app: &App, customer: &str) {
    let acting = |who: Who| {
        app.acting(
            app.open().unwrap(),
            who.id(),
            AuditPart::Request,
            "restored".into(),
        )
        .unwrap()
    };
    let query = format!(
        "{{ customer(id: \"{customer}\") {{ archive {{ ... on CustomerArchive {{ fullName custom contacts {{ nodes {{ name }} }} }} }} }} \
         history(id: \"{customer}\") {{ changes {{ version }} }} }}"
    );
    let data = app
        .run(acting(Who::Sales1), &query, Default::default())
        .await
        .unwrap();
    let archive = &data["data"]["customer"]["archive"];
    assert_eq!(archive["fullName"], "甲公司", "{data}");
    assert_eq!(archive["custom"], json!({"a": "b"}));
    assert_eq!(archive["contacts"]["nodes"][0]["name"], "李雷");
    assert_eq!(data["data"]["history"]["changes"], json!([{"version": 1}]));
    let enter = "mutation($input: CustomerEnterInput!) { customerEnter(input: $input) { customer { number } refusals { code } } }";
    let variables = json!({"input": company("丙公司", json!({}))});
    let data = app
        .run(
            acting(Who::Sales1),
            enter,
            variables.as_object().unwrap().clone(),
        )
        .await
        .unwrap();
    assert_eq!(
        data["data"]["customerEnter"]["refusals"],
        json!([]),
        "{data}"
    );
    // Whoever held the lease when the backup was taken is gone after two seconds at most.
    let mut sequencer = app.sequencer().unwrap();
    let db = app.open().unwrap();
    for _ in 0..40 {
        sequencer.catch_up().await.unwrap();
        let verified = kehu::audit::verify(&db.read, &[], &mut |_, _| {})
            .await
            .unwrap();
        assert_eq!(verified.findings, []);
        if verified.waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the restored log is not gone on with");
}

#[tokio::test]
async fn what_is_no_whole_backup_restores_nothing() {
    let app = TestApp::start().await;
    let file = taken(&app, &app.db).await;
    let mut text = String::new();
    GzDecoder::new(&*file).read_to_string(&mut text).unwrap();
    let zip = |text: &str| {
        let mut out = Vec::new();
        GzEncoder::new(text.as_bytes(), Compression::fast())
            .read_to_end(&mut out)
            .unwrap();
        out
    };
    let folder = tempfile::tempdir().unwrap();
    let cut = text.rsplit_once("{\"rows\"").unwrap().0;
    for (i, (broken, why)) in [
        (file[..file.len() / 2].to_vec(), "nothing was restored"),
        (zip(cut), "its end is missing"),
        (
            zip(&text.replacen("刘洋", "刘羊", 1)),
            "not as it was written",
        ),
        (
            zip(&text.replacen("\"state_version\"", "\"state_verzion\"", 1)),
            "state_verzion",
        ),
        (
            zip(&text.replacen("\"kehuBackup\":1", "\"kehuBackup\":2", 1)),
            "the form 2",
        ),
        (
            zip(&text.replacen("_audit_chain\"", "_audit_chain_2\"", 1)),
            "restore it with that version",
        ),
        (b"not at all".to_vec(), "nothing was restored"),
    ]
    .into_iter()
    .enumerate()
    {
        let db = open(&format!("sqlite://{}/{i}.sqlite", folder.path().display()));
        let refused = restore(&db, &app.store(), &*broken, &mut |_| {})
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(why), "{i}: {refused}");
        let there = sea_orm::Statement::from_string(
            db.write.get_database_backend(),
            "SELECT 1 FROM sqlite_master WHERE name = 'employee'",
        );
        if db.write.query_one_raw(there).await.unwrap().is_some() {
            let people = "SELECT 1 FROM employee";
            let people = sea_orm::Statement::from_string(db.write.get_database_backend(), people);
            assert!(
                db.write.query_one_raw(people).await.unwrap().is_none(),
                "{i}"
            );
        }
    }
    // A database that is not empty is never overwritten.
    let refused = restore(&app.db, &app.store(), &*file, &mut |_| {})
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("never overwrites"), "{refused}");
    assert_eq!(checked(&app).await.faults, 0);
}

fn kehu(url: &str, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kehu"))
        .args(words)
        .env_clear()
        .env("DATABASE_URL", url)
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_command_line_takes_a_backup_and_takes_it_back() {
    let app = TestApp::start().await;
    enter(&app, Who::Sales1, "甲公司", json!({})).await;
    settle(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kehu.backup");
    let path = file.to_str().unwrap();
    let done = kehu(app.database_url(), &["backup", path]);
    assert!(done.status.success(), "{done:?}");
    let twice = kehu(app.database_url(), &["backup", path]);
    assert!(!twice.status.success() && file.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let url = format!("sqlite://{}/new.sqlite", folder.path().display());
    let done = kehu(&url, &["restore", path]);
    assert!(done.status.success(), "{done:?}");
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.starts_with("1 entries checked, root "), "{told}");
    let again = kehu(&url, &["restore", path]);
    assert!(!again.status.success());
    let nothing = folder.path().join("nothing.backup");
    let url = format!("sqlite://{}/empty.sqlite", folder.path().display());
    let done = kehu(&url, &["backup", nothing.to_str().unwrap()]);
    assert!(!done.status.success() && !nothing.exists());
}
