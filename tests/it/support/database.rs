//! A database per test, copied from a template that is made once per process.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kehu::cli::migrate;
use kehu::kit::db::{Db, Source};
use sea_orm::{ConnectionTrait as _, Database};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::company;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static FOLDER: OnceLock<TempDir> = OnceLock::new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

enum Template {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

/// A database that goes away with the test.
pub(super) struct TestDatabase {
    pub(super) url: String,
    postgres: Option<(String, String)>,
}

fn wants_postgres() -> bool {
    match std::env::var("KEHU_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("KEHU_TEST_DATABASE is sqlite or postgres, not {other}"),
    }
}

fn server() -> String {
    std::env::var("KEHU_TEST_POSTGRES_URL").expect(
        "KEHU_TEST_POSTGRES_URL must name a PostgreSQL server, like postgres://postgres@127.0.0.1:5432; \
         scripts/with-postgres starts one and sets it",
    )
}

impl TestDatabase {
    pub(super) async fn create() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        match TEMPLATE.get_or_init(template).await {
            Template::Sqlite(file) => {
                let copy = file.with_file_name(format!("test-{number}.sqlite"));
                std::fs::copy(file, &copy).unwrap();
                Self {
                    url: format!("sqlite://{}", copy.display()),
                    postgres: None,
                }
            }
            Template::Postgres { server, name } => {
                let copy = format!("{name}_{number}");
                let admin = Database::connect(format!("{server}/postgres"))
                    .await
                    .unwrap();
                let sql = format!("CREATE DATABASE {copy} TEMPLATE {name} STRATEGY FILE_COPY");
                admin.execute_unprepared(&sql).await.unwrap();
                admin.close().await.unwrap();
                Self {
                    url: format!("{server}/{copy}"),
                    postgres: Some((server.clone(), copy)),
                }
            }
        }
    }
}

async fn template() -> Template {
    if wants_postgres() {
        let server = server().trim_end_matches('/').to_owned();
        let name = format!("kehu_test_{}", std::process::id());
        let admin = Database::connect(format!("{server}/postgres"))
            .await
            .unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        fill(&format!("{server}/{name}")).await;
        Template::Postgres { server, name }
    } else {
        let folder = FOLDER.get_or_init(|| TempDir::new().unwrap());
        let file = folder.path().join("template.sqlite");
        fill(&format!("sqlite://{}", file.display())).await;
        Template::Sqlite(file)
    }
}

async fn fill(url: &str) {
    let db: Db = Source::new(url, 2, Duration::ZERO).unwrap().open().unwrap();
    migrate::up(&db).await.unwrap();
    company::fill(&db).await;
    if url.starts_with("sqlite") {
        db.write
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
    }
    db.read.close().await.unwrap();
    db.write.close().await.unwrap();
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else {
            return;
        };
        // Dropping is not async: a thread of its own does it, so that no database is left behind.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let admin = Database::connect(format!("{server}/postgres"))
                    .await
                    .unwrap();
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                admin.execute_unprepared(&sql).await.unwrap();
            });
        });
        let _ = dropped.join();
    }
}
