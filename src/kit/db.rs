//! The database handle: one per worker, because a connection is driven by the runtime that opened it.
//!
//! SQLite has one writer for the whole process and readers per worker; PostgreSQL a small pool per worker.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::seats::Seats;
use super::together::Together;

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Embedded SQLite.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

/// The driver's pool, for the read graph, which reads rows without models.
#[derive(Debug, Clone)]
pub enum Pool {
    /// Embedded SQLite, and its one writer.
    Sqlite(sqlx::SqlitePool, Arc<Together>),
    /// PostgreSQL, and its connections as they are handed on.
    Postgres(sqlx::PgPool, Seats),
}

/// Where a process finds its database, from which each worker opens its own [`Db`].
#[derive(Debug, Clone)]
pub struct Source {
    url: String,
    readers: u32,
    statement_timeout: Duration,
    sqlite_writer: Option<Arc<Together>>,
}

/// One worker's connections.
#[derive(Debug, Clone)]
pub struct Db {
    /// Tells this handle and its clones from any other of the process.
    pub number: usize,
    /// SQL spoken by both handles.
    pub dialect: Dialect,
    /// Reading for answers.
    pub pool: Pool,
    /// Reading for commands and jobs.
    pub read: DatabaseConnection,
    /// Writing: transactions begin here.
    pub write: DatabaseConnection,
}

/// The address of the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The scheme is neither `sqlite` nor `postgres`.
    #[error("database address must begin with sqlite:// or postgres://, got `{0}`")]
    Scheme(String),
    /// The driver refuses the address.
    #[error("database address is not understood: {0}")]
    Address(#[from] sqlx::Error),
}

fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, SourceError> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .page_size(8192)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-8000")
        .pragma("case_sensitive_like", "on")
        .pragma("temp_store", "memory"))
}

/// SQLite's cache in KiB, and pages of its log before they are written into the file.
const ROOM: &str = "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000";

impl Db {
    /// Gives SQLite's writer room for thousands of transactions in a row, which change pages all over the indexes: with
    /// a server's small cache they are read and written each time. For a process that does nothing else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_room(&self) -> Result<(), sea_orm::DbErr> {
        if self.dialect == Dialect::Sqlite {
            self.write.execute_unprepared(ROOM).await?;
        }
        Ok(())
    }

    /// Connections of this worker: open, and idle among them.
    pub fn connections(&self) -> (u32, u32) {
        let idle = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match &self.pool {
            Pool::Sqlite(pool, _) => (pool.size(), idle(pool.num_idle())),
            Pool::Postgres(pool, _) => (pool.size(), idle(pool.num_idle())),
        }
    }
}

impl Source {
    /// Takes the address apart; opens nothing on PostgreSQL and the one writer on SQLite.
    ///
    /// # Errors
    /// [`SourceError`] when the address is of another database or malformed.
    pub fn new(url: &str, readers: u32, statement_timeout: Duration) -> Result<Self, SourceError> {
        let mut source = Self {
            url: url.to_owned(),
            readers: readers.max(1),
            statement_timeout,
            sqlite_writer: None,
        };
        if source.dialect()? == Dialect::Sqlite {
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .min_connections(0)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(30))
                .connect_lazy_with(sqlite_options(url)?);
            let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
            source.sqlite_writer = Some(Arc::new(Together::new(write)));
        } else {
            PgConnectOptions::from_str(url)?;
        }
        Ok(source)
    }

    /// SQL that the address stands for.
    ///
    /// # Errors
    /// [`SourceError::Scheme`] for any other database.
    pub fn dialect(&self) -> Result<Dialect, SourceError> {
        if self.url.starts_with("sqlite:") {
            Ok(Dialect::Sqlite)
        } else if self.url.starts_with("postgres://") || self.url.starts_with("postgresql://") {
            Ok(Dialect::Postgres)
        } else {
            let scheme = self.url.split(':').next().unwrap_or_default();
            Err(SourceError::Scheme(scheme.to_owned()))
        }
    }

    /// A handle with one connection of its own, which stays the same for as long as the handle lives: what is temporary
    /// in it is everything's that goes through the handle, and nobody else's.
    ///
    /// # Errors
    /// [`SourceError`] as for [`Source::new`].
    pub fn open_alone(&self) -> Result<Db, SourceError> {
        let alone = Self {
            readers: 1,
            ..self.clone()
        };
        match self.dialect()? {
            Dialect::Sqlite => alone.open_sqlite(sqlite_options(&self.url)?, None),
            Dialect::Postgres => alone.open(),
        }
    }

    fn open_sqlite(
        &self,
        options: SqliteConnectOptions,
        writer: Option<&Arc<Together>>,
    ) -> Result<Db, SourceError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(self.readers)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options);
        let read = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone());
        let own = || Arc::new(Together::new(read.clone()));
        let writer = writer.cloned().unwrap_or_else(own);
        Ok(Db {
            number: next_number(),
            dialect: Dialect::Sqlite,
            write: writer.write.clone(),
            read,
            pool: Pool::Sqlite(pool, writer),
        })
    }

    /// A handle for the calling worker; connections are opened when first needed.
    ///
    /// # Errors
    /// [`SourceError`] as for [`Source::new`].
    pub fn open(&self) -> Result<Db, SourceError> {
        match (self.dialect()?, &self.sqlite_writer) {
            (Dialect::Sqlite, Some(writer)) => {
                let options = sqlite_options(&self.url)?.pragma("query_only", "on");
                self.open_sqlite(options, Some(writer))
            }
            _ => {
                let timeout = self.statement_timeout.as_millis().to_string();
                let options = PgConnectOptions::from_str(&self.url)?.options([
                    ("statement_timeout", timeout.as_str()),
                    ("jit", "off"),
                    ("timezone", "UTC"),
                ]);
                let pool = PgPoolOptions::new()
                    .max_connections(self.readers)
                    .idle_timeout(None)
                    .test_before_acquire(false)
                    .acquire_timeout(Duration::from_secs(10))
                    .connect_lazy_with(options);
                let orm = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
                Ok(Db {
                    number: next_number(),
                    dialect: Dialect::Postgres,
                    pool: Pool::Postgres(pool.clone(), Seats::new(pool)),
                    read: orm.clone(),
                    write: orm,
                })
            }
        }
    }
}

fn next_number() -> usize {
    static OPENED: AtomicUsize = AtomicUsize::new(0);
    OPENED.fetch_add(1, Ordering::Relaxed)
}
