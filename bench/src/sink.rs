//! Rows into a database, the fastest way it has: COPY into PostgreSQL, statements of many rows in one transaction a table
//! into SQLite. Both are written as text, by hand, as the server itself would have written the values.

use std::fmt::{Display, Write as _};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sqlx::postgres::PgCopyIn;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::Result;

/// Bytes gathered before they are sent.
const CHUNK: usize = 1 << 20;

/// A database being filled, empty before. Foreign keys are not checked meanwhile, which needs a superuser on PostgreSQL.
pub enum Store {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// A table being filled.
pub struct Rows<'s> {
    to: To<'s>,
    text: String,
    fresh: bool,
    rows: u64,
}

enum To<'s> {
    Copy(PgCopyIn<&'s mut PgConnection>),
    Insert {
        connection: &'s mut SqliteConnection,
        head: String,
    },
}

impl Store {
    /// Opens it for filling.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open(url: &str) -> Result<Self> {
        let mut store = if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await?)
        } else {
            Self::Postgres(PgConnection::connect(url).await?)
        };
        store
            .run(match &store {
                Self::Postgres(_) => "SET session_replication_role = replica",
                Self::Sqlite(_) => {
                    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
                     PRAGMA cache_size = -1000000; PRAGMA locking_mode = EXCLUSIVE"
                }
            })
            .await?;
        Ok(store)
    }

    /// Runs statements that have no parameters.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&mut self, sql: &'static str) -> Result<()> {
        match self {
            Self::Postgres(db) => sqlx::raw_sql(sql).execute(db).await.map(drop)?,
            Self::Sqlite(db) => sqlx::raw_sql(sql).execute(db).await.map(drop)?,
        }
        Ok(())
    }

    /// Begins to fill these columns of `table`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn table(&mut self, table: &str, columns: &str) -> Result<Rows<'_>> {
        let to = match self {
            Self::Postgres(db) => {
                let copy = format!("COPY {table} ({columns}) FROM STDIN");
                To::Copy(db.copy_in_raw(&copy).await?)
            }
            Self::Sqlite(connection) => {
                sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
                let head = format!("INSERT INTO {table} ({columns}) VALUES ");
                To::Insert { connection, head }
            }
        };
        let mut text = String::with_capacity(CHUNK + 4096);
        if let To::Insert { head, .. } = &to {
            text.push_str(head);
        }
        Ok(Rows {
            to,
            text,
            fresh: true,
            rows: 0,
        })
    }

    /// Counts what is in it, for the planner, and leaves it to others.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle(mut self) -> Result<()> {
        self.run(match &self {
            Self::Postgres(_) => "VACUUM (ANALYZE)",
            Self::Sqlite(_) => "ANALYZE; PRAGMA journal_mode = WAL",
        })
        .await?;
        match self {
            Self::Postgres(db) => db.close().await?,
            Self::Sqlite(db) => db.close().await?,
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn next(&mut self) {
        let (first, between) = match self.to {
            To::Copy(_) => ("", '\t'),
            To::Insert { .. } => ("(", ','),
        };
        match std::mem::take(&mut self.fresh) {
            true => self.text.push_str(first),
            false => self.text.push(between),
        }
    }

    // Writing into a String can't fail.
    fn write(&mut self, copied: impl Display, inserted: impl Display) -> &mut Self {
        self.next();
        let _ = match self.to {
            To::Copy(_) => write!(self.text, "{copied}"),
            To::Insert { .. } => write!(self.text, "{inserted}"),
        };
        self
    }

    /// Text that has neither tabs, line ends, backslashes nor quotes.
    pub fn text(&mut self, value: impl Display) -> &mut Self {
        self.write(&value, format_args!("'{value}'"))
    }

    /// Such text, or null.
    pub fn text_opt(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.nulls(1),
        }
    }

    /// An id.
    pub fn id(&mut self, id: Uuid) -> &mut Self {
        self.write(id, format_args!("x'{}'", id.simple()))
    }

    /// An id, or null.
    pub fn id_opt(&mut self, id: Option<Uuid>) -> &mut Self {
        match id {
            Some(id) => self.id(id),
            None => self.nulls(1),
        }
    }

    /// A number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.write(number, number)
    }

    /// A yes or no.
    pub fn flag(&mut self, flag: bool) -> &mut Self {
        self.write(flag, i32::from(flag))
    }

    /// An instant.
    pub fn at(&mut self, at: DateTime<Utc>) -> &mut Self {
        let kept = at.to_rfc3339_opts(SecondsFormat::AutoSi, false);
        self.write(at.format("%F %T%.6f+00"), format_args!("'{kept}'"))
    }

    /// A day, or null.
    pub fn day(&mut self, day: Option<NaiveDate>) -> &mut Self {
        self.text_opt(day)
    }

    /// Several nulls.
    pub fn nulls(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.write("\\N", "NULL");
        }
        self
    }

    /// Ends the row.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end(&mut self) -> Result<()> {
        self.fresh = true;
        self.rows += 1;
        match self.to {
            To::Copy(_) => self.text.push('\n'),
            To::Insert { .. } => self.text.push_str("),"),
        }
        if self.text.len() >= CHUNK {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        match &mut self.to {
            To::Copy(copy) => {
                copy.send(self.text.as_bytes()).await?;
                self.text.clear();
            }
            To::Insert { connection, head } => {
                if self.text.len() > head.len() {
                    self.text.pop();
                    let sql = std::mem::replace(&mut self.text, head.clone());
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut **connection)
                        .await?;
                }
            }
        }
        Ok(())
    }

    /// Ends the table; gives the number of rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish(mut self) -> Result<u64> {
        self.send().await?;
        match self.to {
            To::Copy(copy) => drop(copy.finish().await?),
            To::Insert { connection, .. } => {
                sqlx::raw_sql("COMMIT").execute(connection).await?;
            }
        }
        Ok(self.rows)
    }
}
