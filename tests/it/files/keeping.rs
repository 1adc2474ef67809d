//! Contents in the store: removed when no file has them, carried by backups.

use std::time::Duration as StdDuration;

use chrono::Duration;
use entity::file_blob;
use kehu::backup::{restore, take};
use kehu::files::Store;
use kehu::kit::db::Source;
use kehu::kit::uploads::Staging;
use sea_orm::sea_query::Expr;

use super::*;
use crate::erasure::{erased, left};

/// A content in the store whose transaction never came.
async fn orphan(app: &TestApp, content: &[u8]) -> String {
    let mut staging = Staging::begin().unwrap();
    staging.write(content).await.unwrap();
    let staged = staging.end("x").await.unwrap();
    let blob = file_blob::ActiveModel {
        sha256: Set(staged.sha256.clone()),
        size: Set(1),
        touched_at: Set(app.clock.now()),
    };
    file_blob::Entity::insert(blob)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.store()
        .put(&staged.sha256, staged.open().unwrap())
        .await
        .unwrap();
    staged.sha256
}

#[tokio::test]
async fn a_content_that_no_file_has_is_removed_after_a_day() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let file = attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(20)).await;
    orphan(&app, b"left behind").await;
    let wanted_again = orphan(&app, &pdf(30)).await;
    app.advance(Duration::hours(23));
    app.run_due_jobs().await;
    assert_eq!(kept(&app).len(), 3);
    // Uploaded once more, and hung: it has a day again, and a file.
    attached(&app, Who::Sales1, &complaint, "b.pdf", &pdf(30)).await;
    app.advance(Duration::hours(2));
    assert_eq!(app.run_due_jobs().await, 1);
    let left = kept(&app);
    assert_eq!(left.len(), 2);
    assert!(left.contains_key(&wanted_again));
    assert!(left.contains_key(file["sha256"].as_str().unwrap()));
    assert_eq!(app.count("file_blob").await, 2);
    app.advance(Duration::days(9));
    app.run_due_jobs().await;
    assert_eq!(kept(&app).len(), 2);
}

#[tokio::test]
async fn a_content_that_the_store_does_not_remove_keeps_no_other_up() {
    let app = TestApp::start().await;
    let stuck = orphan(&app, b"stuck").await;
    let place = app.files.path().join(&stuck[..2]).join(&stuck);
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    let full = place.join("x");
    std::fs::write(&full, b"x").unwrap();
    app.advance(Duration::minutes(1));
    let other = orphan(&app, b"other").await;
    app.advance(Duration::days(2));
    assert_eq!(app.run_due_jobs().await, 2);
    let left = |sha256: &str| {
        let (db, sha256) = (app.db.clone(), sha256.to_owned());
        async move {
            let row = file_blob::Entity::find_by_id(sha256).one(&db.read).await;
            row.unwrap().is_some()
        }
    };
    assert!(left(&stuck).await);
    assert!(!left(&other).await);
    assert!(!app.files.path().join(&other[..2]).join(&other).exists());
    // It rests for an hour, and goes once the store takes it.
    std::fs::remove_dir_all(&place).unwrap();
    app.advance(Duration::minutes(59));
    assert_eq!(app.run_due_jobs().await, 0);
    app.advance(Duration::minutes(2));
    assert_eq!(app.run_due_jobs().await, 1);
    assert!(!left(&stuck).await);
}

#[tokio::test]
async fn a_content_is_not_removed_under_a_file_that_is_being_hung() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let hanging = async {
        for i in 0..15 {
            attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(50 + i)).await;
        }
    };
    // As an erasure does with contents that others are uploading again.
    let long_ago = app.clock.now() - Duration::days(2);
    let removing = async {
        loop {
            file_blob::Entity::update_many()
                .col_expr(file_blob::Column::TouchedAt, Expr::value(long_ago))
                .exec(&app.db.write)
                .await
                .unwrap();
            app.run_due_jobs().await;
            tokio::time::sleep(StdDuration::from_millis(2)).await;
        }
    };
    tokio::select! {
        () = hanging => {}
        () = removing => {}
    }
    let contents = kept(&app);
    let rows = entity::file::Entity::find().all(&app.db.read).await;
    let rows = rows.unwrap();
    assert_eq!(rows.len(), 15);
    for row in rows {
        assert!(contents.contains_key(&row.sha256.unwrap()), "{}", row.size);
    }
    assert_eq!(app.count("file_blob").await, 15);
}

#[tokio::test]
async fn pip_3_files_go_with_the_person_unless_others_have_them() {
    let app = TestApp::start().await;
    let person = enter(&app, Who::Sales1, "欧阳修远", json!({"kind": "PERSON"})).await;
    let input = json!({"customer": person, "body": "见附件"});
    let payload = app
        .by(Who::Sales1)
        .done("noteAdd", input, "note { id }")
        .await;
    let note = payload["note"]["id"].as_str().unwrap();
    let complaint = complaint(&app).await;
    let own = attached(&app, Who::Sales1, note, "欧阳修远身份证.pdf", &pdf(20)).await;
    let shared = attached(&app, Who::Sales1, note, "样品.pdf", &pdf(30)).await;
    let other = attached(&app, Who::Sales1, &complaint, "同.pdf", &pdf(30)).await;
    let link = own["url"].as_str().unwrap();
    app.run_due_jobs().await;
    assert_eq!(kept(&app).len(), 2);
    assert_eq!(fetch(&app, link, &[]).await.status(), 200);

    erased(&app, &person).await;
    app.run_due_jobs().await;
    let contents = kept(&app);
    assert_eq!(contents.len(), 1);
    assert!(contents.contains_key(shared["sha256"].as_str().unwrap()));
    let gone = read(&app, Who::Sales1, &own).await;
    assert_eq!(
        (&gone["name"], &gone["sha256"], &gone["url"]),
        (&json!(""), &Value::Null, &Value::Null)
    );
    assert!(gone["erasedAt"].is_string());
    assert_eq!(
        closed(fetch(&app, link, &[]).await).await,
        (404, "NOT_FOUND".into())
    );
    assert_eq!(read(&app, Who::Sales1, &other).await["name"], "同.pdf");
    let found = left(&app.db, &["身份证", own["sha256"].as_str().unwrap()]).await;
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn a_backup_carries_the_contents_of_files() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let (large, small) = (pdf(500_000), pdf(40));
    attached(&app, Who::Sales1, &complaint, "a.pdf", &large).await;
    let voided = attached(&app, Who::Sales1, &complaint, "b.pdf", &small).await;
    let input = json!({"file": voided["id"], "expectedVersion": 1, "reason": "x"});
    app.by(Who::Sales1)
        .done("fileVoid", input, "file { id }")
        .await;
    attached(&app, Who::Sales1, &complaint, "c.pdf", &large).await;
    let writing = async {
        for i in 0..5 {
            attached(&app, Who::Sales1, &complaint, "w.pdf", &pdf(100 + i)).await;
        }
    };
    let store = app.store();
    let now = app.clock.now();
    let mut silent = |_| {};
    let taking = take(&app.db, &store, Vec::new(), now, &mut silent);
    let (taken, ()) = tokio::join!(taking, writing);
    let (file, taken) = taken.unwrap();
    assert!((2..=7).contains(&taken.contents), "{taken:?}");
    assert_eq!(taken.missing, [""; 0]);

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("files");
    let open = |name: &str| {
        let url = format!("sqlite://{}/{name}.sqlite", folder.path().display());
        Source::new(&url, 2, StdDuration::ZERO)
            .unwrap()
            .open()
            .unwrap()
    };
    let there = Store::at(place.to_str().unwrap()).unwrap();
    let db = open("restored");
    restore(&db, &there, &*file, &mut |_| {}).await.unwrap();
    let all = kept(&app);
    let mut restored = HashMap::new();
    for folder in std::fs::read_dir(&place).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            restored.insert(name, std::fs::read(file.path()).unwrap());
        }
    }
    assert_eq!(restored.len() as u64, taken.contents);
    assert!(restored.iter().all(|(name, content)| all[name] == *content));
    assert!(restored.values().any(|content| *content == large));
    assert!(restored.values().any(|content| *content == small));
    let rows = entity::file::Entity::find().all(&db.read).await.unwrap();
    assert!(
        rows.iter()
            .all(|row| restored.contains_key(row.sha256.as_ref().unwrap()))
    );

    // A content that is not there, or not as it was, is told of and left out.
    let lost = voided["sha256"].as_str().unwrap();
    std::fs::remove_file(app.files.path().join(&lost[..2]).join(lost)).unwrap();
    let rotten = rows.iter().find(|row| row.size == 500_000).unwrap();
    let rotten = rotten.sha256.clone().unwrap();
    std::fs::write(app.files.path().join(&rotten[..2]).join(&rotten), b"rot").unwrap();
    let (file, taken) = take(&app.db, &store, Vec::new(), now, &mut |_| {})
        .await
        .unwrap();
    let mut missing = vec![lost.to_owned(), rotten];
    missing.sort();
    assert_eq!(taken.missing, missing);
    let elsewhere = Store::at(folder.path().join("less").to_str().unwrap()).unwrap();
    restore(&open("less"), &elsewhere, &*file, &mut |_| {})
        .await
        .unwrap();
    for sha256 in missing {
        assert!(!elsewhere.has(&sha256).await.unwrap());
    }

    // A backup that is not whole leaves nothing in the store.
    let nowhere = folder.path().join("nowhere");
    let none = Store::at(nowhere.to_str().unwrap()).unwrap();
    let cut = &file[..file.len() - 20];
    let refused = restore(&open("cut"), &none, cut, &mut |_| {}).await;
    assert!(refused.is_err());
    let left = std::fs::read_dir(&nowhere).map_or(0, |folders| {
        folders
            .map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count())
            .sum()
    });
    assert_eq!(left, 0);
}
