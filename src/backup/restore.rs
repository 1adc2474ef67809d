//! Taking a backup back: into an empty database, in one transaction, all or nothing.
//!
//! Rows come in any order, so foreign keys are checked at the end. Pitfall: the tables are made as they were when the
//! backup was taken, and brought up to date only afterwards; so an older backup serves a newer version.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::sea_query::{Alias, Expr, Query, Value as SqlValue};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
};
use serde_json::Value;
use uuid::Uuid;

use super::lines::Reader;
use super::{BackupError, Begun, End, FORMAT, Header, broken};
use crate::kit::db::{Db, Dialect};
use crate::kit::tables::{Column, Kind, Table, tables};

/// Parameters of a statement, within both databases' limits.
const PARAMETERS: usize = 30_000;
/// Rows of a statement.
const ROWS: usize = 500;

/// Reads `file` into an empty database; gives how many rows there were.
///
/// # Errors
/// The database is not empty or fails, the file is no whole backup or was taken by a newer version. Then no row was
/// restored.
pub async fn restore<R: Read + Send>(
    db: &Db,
    file: R,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, BackupError> {
    let mut lines = Reader::new(file);
    let header = header(&mut lines)?;
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    if !known.starts_with(&header.migrations) {
        return Err(BackupError::Refused(format!(
            "this backup was taken by version {}, which has other tables: restore it with that version",
            header.version
        )));
    }
    if Migrator::get_pending_migrations_read_only(&db.write)
        .await?
        .len()
        < known.len()
    {
        let why = "a restore needs an empty database and never overwrites one: set DATABASE_URL or database.url to a new one";
        return Err(BackupError::Refused(why.to_owned()));
    }
    let steps = u32::try_from(header.migrations.len()).ok();
    Migrator::up(&db.write, steps).await?;
    db.make_room().await?;
    let tables = tables(&db.write).await?;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let tx = db.write.begin_with_options(options).await?;
    let keys = loosen(&tx, db.dialect).await?;
    clear(&tx, &tables).await?;
    let rows = fill(&tx, &tables, &mut lines, progress).await?;
    tighten(&tx, db.dialect, &keys, &tables).await?;
    tx.commit().await?;
    Migrator::up(&db.write, None).await?;
    Ok(rows)
}

fn header<R: Read>(lines: &mut Reader<R>) -> Result<Header, BackupError> {
    let (line, _) = lines.next()?.ok_or_else(|| broken("it is empty"))?;
    let header: Header = serde_json::from_str(&line).map_err(broken)?;
    if header.kehu_backup != FORMAT {
        return Err(broken(format!("it has the form {}", header.kehu_backup)));
    }
    Ok(header)
}

/// Has foreign keys checked at the end of the transaction; gives them as `table`, `constraint`.
async fn loosen(
    tx: &DatabaseTransaction,
    dialect: Dialect,
) -> Result<Vec<(String, String)>, BackupError> {
    if dialect == Dialect::Sqlite {
        tx.execute_unprepared("PRAGMA defer_foreign_keys = ON")
            .await?;
        return Ok(Vec::new());
    }
    let sql = "SELECT conrelid::regclass::text AS t, quote_ident(conname) AS c FROM pg_constraint \
               WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let mut keys = Vec::new();
    for row in tx.query_all_raw(statement).await? {
        let key: (String, String) = (row.try_get("", "t")?, row.try_get("", "c")?);
        alter(tx, &key, "DEFERRABLE INITIALLY DEFERRED").await?;
        keys.push(key);
    }
    Ok(keys)
}

async fn alter(
    tx: &DatabaseTransaction,
    (table, key): &(String, String),
    how: &str,
) -> Result<(), BackupError> {
    let sql = format!("ALTER TABLE {table} ALTER CONSTRAINT {key} {how}");
    tx.execute_unprepared(&sql).await?;
    Ok(())
}

/// Checks foreign keys, and sets what numbers rows to go on behind the restored ones.
async fn tighten(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    keys: &[(String, String)],
    tables: &[Table],
) -> Result<(), BackupError> {
    if dialect == Dialect::Sqlite {
        return Ok(());
    }
    tx.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE")
        .await?;
    for key in keys {
        alter(tx, key, "NOT DEFERRABLE").await?;
    }
    for table in tables {
        for column in table
            .columns
            .iter()
            .filter(|c| matches!(c.kind, Kind::Int | Kind::Big))
        {
            let (table, column) = (&table.name, &column.name);
            let sql = format!(
                "SELECT setval(s, m) FROM (SELECT pg_get_serial_sequence('\"{table}\"', '{column}') AS s, \
                 (SELECT max(\"{column}\") FROM \"{table}\") AS m) x WHERE s IS NOT NULL AND m IS NOT NULL"
            );
            tx.execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}

/// Removes the rows that migrations made: the backup has its own.
async fn clear(tx: &DatabaseTransaction, tables: &[Table]) -> Result<(), BackupError> {
    for table in tables {
        let first = Query::select()
            .expr(Expr::val(1))
            .from(Alias::new(&table.name))
            .limit(1)
            .take();
        // What is only added to refuses even to have nothing deleted.
        if tx.query_one(&first).await?.is_some() {
            let delete = Query::delete().from_table(Alias::new(&table.name)).take();
            tx.execute(&delete).await?;
        }
    }
    Ok(())
}

/// Rows of one table on their way.
struct Filling<'t> {
    table: &'t Table,
    columns: Vec<&'t Column>,
    rows: Vec<Vec<SqlValue>>,
}

impl<'t> Filling<'t> {
    fn of(begun: &Begun, tables: &'t [Table]) -> Result<Self, BackupError> {
        let unknown = |name: &str| broken(format!("it has {name}, which this version does not"));
        let table = tables.iter().find(|t| t.name == begun.table);
        let table = table.ok_or_else(|| unknown(&begun.table))?;
        let column = |name: &String| {
            let found = table.columns.iter().find(|c| c.name == *name);
            found.ok_or_else(|| unknown(&format!("{}.{name}", table.name)))
        };
        Ok(Self {
            table,
            columns: begun.columns.iter().map(column).collect::<Result<_, _>>()?,
            rows: Vec::new(),
        })
    }

    fn row(&mut self, cells: &[Value]) -> Result<(), BackupError> {
        if cells.len() != self.columns.len() {
            return Err(broken(format!("a row of {} is too short", self.table.name)));
        }
        let values = self.columns.iter().zip(cells).map(|(column, cell)| {
            bind(column.kind, cell)
                .ok_or_else(|| broken(format!("{}.{}: {cell}", self.table.name, column.name)))
        });
        self.rows.push(values.collect::<Result<_, _>>()?);
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS.min(PARAMETERS / self.columns.len().max(1))
    }

    async fn write(&mut self, tx: &DatabaseTransaction) -> Result<(), BackupError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(&self.table.name))
            .columns(self.columns.iter().map(|c| Alias::new(&c.name)));
        for row in self.rows.drain(..) {
            insert
                .values(row.into_iter().map(Expr::val))
                .map_err(broken)?;
        }
        tx.execute(&insert).await?;
        Ok(())
    }
}

async fn fill<R: Read + Send>(
    tx: &DatabaseTransaction,
    tables: &[Table],
    lines: &mut Reader<R>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, BackupError> {
    let mut filling: Option<Filling<'_>> = None;
    let mut count = 0;
    loop {
        let (line, hash) = lines.next()?.ok_or_else(|| broken("its end is missing"))?;
        if line.starts_with('[') {
            let cells: Vec<Value> = serde_json::from_str(&line).map_err(broken)?;
            let filling = filling
                .as_mut()
                .ok_or_else(|| broken("a row has no table"))?;
            filling.row(&cells)?;
            count += 1;
            if filling.is_full() {
                filling.write(tx).await?;
                progress(count);
            }
            continue;
        }
        if let Some(mut done) = filling.take() {
            done.write(tx).await?;
        }
        if let Ok(end) = serde_json::from_str::<End>(&line) {
            let whole = end.rows == count && end.sha256 == hash && lines.next()?.is_none();
            return if whole {
                Ok(count)
            } else {
                Err(broken("it is not as it was written"))
            };
        }
        let begun: Begun = serde_json::from_str(&line).map_err(broken)?;
        filling = Some(Filling::of(&begun, tables)?);
    }
}

/// A cell as the database takes it; `None` when it is not of the column's kind.
fn bind(kind: Kind, cell: &Value) -> Option<SqlValue> {
    let text = || cell.as_str();
    let absent = cell.is_null();
    Some(match kind {
        Kind::Text if absent => SqlValue::String(None),
        Kind::Text => text()?.to_owned().into(),
        Kind::Int if absent => SqlValue::Int(None),
        Kind::Int => i32::try_from(cell.as_i64()?).ok()?.into(),
        Kind::Big if absent => SqlValue::BigInt(None),
        Kind::Big => cell.as_i64()?.into(),
        Kind::Bool if absent => SqlValue::Bool(None),
        Kind::Bool => cell.as_bool()?.into(),
        Kind::Instant if absent => SqlValue::ChronoDateTimeUtc(None),
        Kind::Instant => text()?.parse::<DateTime<Utc>>().ok()?.into(),
        Kind::Date if absent => SqlValue::ChronoDate(None),
        Kind::Date => text()?.parse::<NaiveDate>().ok()?.into(),
        Kind::Uuid if absent => SqlValue::Uuid(None),
        Kind::Uuid => text()?.parse::<Uuid>().ok()?.into(),
        Kind::Json if absent => SqlValue::Json(None),
        Kind::Json => serde_json::from_str::<Value>(text()?).ok()?.into(),
        Kind::Bytes if absent => SqlValue::Bytes(None),
        Kind::Bytes => STANDARD.decode(text()?).ok()?.into(),
    })
}
