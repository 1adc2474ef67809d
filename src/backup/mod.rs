//! A company in one file: every row of every table, signing keys among them, as of one instant, taken beside running
//! servers; the same file for SQLite and PostgreSQL, so it also takes a company from one to the other.
//!
//! The file is gzip over lines of JSON: what it is, then each table's columns and rows, then how many rows there were and a
//! hash of everything before. Columns come from the database's own catalogue, so a new table needs nothing here. Pitfall:
//! it holds what the database holds; whoever reads it passes the policy by.

mod lines;
mod restore;
mod take;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kit::error::Error;

pub use restore::restore;
pub use take::take;

/// The form of the file.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    /// Tells it from other files: the form.
    kehu_backup: u32,
    /// Version that wrote it.
    version: String,
    /// When.
    taken_at: DateTime<Utc>,
    /// Migrations that the database had.
    migrations: Vec<String>,
}

/// The line before a table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    table: String,
    columns: Vec<String>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// Rows of all tables.
    rows: u64,
    /// Hash of all lines before, hexadecimal.
    sha256: String,
}

/// Why there is no backup, or it can't be taken back. Displays what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something in what was asked for has to be changed; says what.
    #[error("{0}")]
    Refused(String),
    /// The file fails.
    #[error("the file can't be used: {0}")]
    File(#[from] std::io::Error),
    /// The database fails.
    #[error("the database failed: {0}")]
    Failed(#[from] Error),
}

impl From<sea_orm::DbErr> for BackupError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

fn broken(why: impl std::fmt::Display) -> BackupError {
    BackupError::Refused(format!(
        "this is no whole backup: {why}; nothing was restored"
    ))
}
