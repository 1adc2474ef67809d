//! A row of either database, read by position. A value that can't be read as asked is null, logged once by the caller's
//! tests: columns and kinds come from one declaration, so it can't happen with data of our own.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// One row.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! get {
    ($self:ident, $at:ident, $type:ty) => {
        match $self {
            Row::Sqlite(row) => row.try_get::<Option<$type>, _>($at).ok().flatten(),
            Row::Postgres(row) => row.try_get::<Option<$type>, _>($at).ok().flatten(),
        }
    };
}

impl Row {
    /// Text.
    pub fn text(&self, at: usize) -> Option<&str> {
        get!(self, at, &str)
    }

    /// 32-bit integer.
    pub fn int(&self, at: usize) -> Option<i32> {
        get!(self, at, i32)
    }

    /// 64-bit integer.
    pub fn long(&self, at: usize) -> Option<i64> {
        get!(self, at, i64)
    }

    /// Yes or no.
    pub fn bool(&self, at: usize) -> Option<bool> {
        get!(self, at, bool)
    }

    /// Instant.
    pub fn instant(&self, at: usize) -> Option<DateTime<Utc>> {
        get!(self, at, DateTime<Utc>)
    }

    /// Day.
    pub fn date(&self, at: usize) -> Option<NaiveDate> {
        get!(self, at, NaiveDate)
    }

    /// Id.
    pub fn uuid(&self, at: usize) -> Option<Uuid> {
        get!(self, at, Uuid)
    }

    /// JSON.
    pub fn json(&self, at: usize) -> Option<serde_json::Value> {
        get!(self, at, serde_json::Value)
    }
}
