//! Taking a backup: all tables in one transaction that only reads, so that the file shows one instant and nobody waits.

use std::collections::BTreeSet;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use entity::file;
use futures_util::TryStreamExt as _;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::lines::Writer;
use super::{BackupError, Begun, FORMAT, Header, contents};
use crate::files::Store;
use crate::graph::instant_text;
use crate::kit::db::{Db, Pool};
use crate::kit::tables::{Column, Kind, Table, tables};

/// Rows between two reports of progress.
const STEP: u64 = 1000;

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Rows of all tables.
    pub rows: u64,
    /// Contents of files.
    pub contents: u64,
    /// Hashes of contents that files have and the store has not, or not as they were.
    pub missing: Vec<String>,
}

/// Writes everything that the database holds into `file`, and the contents of its files; gives the file back and what it
/// holds.
///
/// # Errors
/// The database or the file fails, or there is no company in the database.
pub async fn take<W: Write + Send>(
    db: &Db,
    store: &Store,
    file: W,
    now: DateTime<Utc>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(W, Taken), BackupError> {
    let missing = Migrator::get_pending_migrations_read_only(&db.read).await?;
    let migrations: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .filter(|name| missing.iter().all(|step| step.name() != name))
        .collect();
    if migrations.is_empty() {
        let why = "there is no company in this database: set DATABASE_URL or database.url";
        return Err(BackupError::Refused(why.to_owned()));
    }
    let tables = tables(&db.read).await?;
    let mut lines = Writer::new(file);
    lines.line(&Header {
        kehu_backup: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now,
        migrations,
    })?;
    let mut contents = BTreeSet::new();
    match &db.pool {
        Pool::Sqlite(pool, _) => {
            let mut tx = pool.begin().await?;
            for table in &tables {
                lines.line(&begun(table))?;
                let mut rows = sqlx::query(AssertSqlSafe(select(table))).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    let cells = of_sqlite(&row, &table.columns)?;
                    contents.extend(content_of(table, &cells));
                    told(lines.row(&cells)?, progress);
                }
            }
        }
        Pool::Postgres(pool, _) => {
            let mut tx = pool.begin().await?;
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .execute(&mut *tx)
                .await?;
            for table in &tables {
                lines.line(&begun(table))?;
                let mut rows = sqlx::query(AssertSqlSafe(select(table))).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    let cells = of_postgres(&row, &table.columns)?;
                    contents.extend(content_of(table, &cells));
                    told(lines.row(&cells)?, progress);
                }
            }
        }
    }
    let mut written = contents::write(&mut lines, store, contents).await?;
    // What was erased while the backup was taken is not missing.
    let mut missing = Vec::new();
    for sha256 in written.missing.drain(..) {
        let files = file::Entity::find().filter(file::Column::Sha256.eq(&sha256));
        if files.count(&db.read).await? > 0 {
            missing.push(sha256);
        }
    }
    let (file, rows) = lines.end()?;
    let taken = Taken {
        rows,
        contents: written.contents,
        missing,
    };
    Ok((file, taken))
}

/// The content that a row of a file tells of.
fn content_of(table: &Table, cells: &[Value]) -> Option<String> {
    if table.name != "file" {
        return None;
    }
    let at = table.columns.iter().position(|c| c.name == "sha256")?;
    cells.get(at)?.as_str().map(str::to_owned)
}

fn told(rows: u64, progress: &mut (dyn FnMut(u64) + Send)) {
    if rows.is_multiple_of(STEP) {
        progress(rows);
    }
}

fn begun(table: &Table) -> Begun {
    Begun {
        table: table.name.clone(),
        columns: table.columns.iter().map(|c| c.name.clone()).collect(),
    }
}

/// Names come from the database's own catalogue, never from a user.
fn select(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name)
}

macro_rules! cells {
    ($name:ident, $row:ty, $int:ty) => {
        fn $name(row: &$row, columns: &[Column]) -> Result<Vec<Value>, sqlx::Error> {
            let cell = |(at, column): (usize, &Column)| {
                Ok(match column.kind {
                    Kind::Text => row.try_get::<Option<String>, _>(at)?.into(),
                    Kind::Int => row.try_get::<Option<$int>, _>(at)?.into(),
                    Kind::Big => row.try_get::<Option<i64>, _>(at)?.into(),
                    Kind::Bool => row.try_get::<Option<bool>, _>(at)?.into(),
                    Kind::Instant => {
                        let instant: Option<DateTime<Utc>> = row.try_get(at)?;
                        instant.map(instant_text).into()
                    }
                    Kind::Date => {
                        let day: Option<NaiveDate> = row.try_get(at)?;
                        day.map(|day| day.to_string()).into()
                    }
                    Kind::Uuid => {
                        let id: Option<Uuid> = row.try_get(at)?;
                        id.map(|id| id.to_string()).into()
                    }
                    // As text, so that a document that is null is told from no document.
                    Kind::Json => {
                        let document: Option<Value> = row.try_get(at)?;
                        document.map(|document| document.to_string()).into()
                    }
                    Kind::Bytes => {
                        let bytes: Option<Vec<u8>> = row.try_get(at)?;
                        bytes.map(|bytes| STANDARD.encode(bytes)).into()
                    }
                })
            };
            columns.iter().enumerate().map(cell).collect()
        }
    };
}

cells!(of_sqlite, SqliteRow, i64);
cells!(of_postgres, PgRow, i32);
