//! The import of customers from lists (ARC-1 to ARC-4): a migration enters them as archived and filed on the days that
//! the list gives, else on the day of the import, and starts no filing clock (FIL-1).
//!
//! A row is recognised by its number, else by its credit code, else by name and phone; one that is there already is left
//! as it is, so running an import twice changes nothing. Chunks of rows are written together in a transaction; where the
//! database refuses one, the chunk is written row by row, each behind a savepoint. Pitfall: rights are looked at again
//! for each chunk, so whoever loses his account during an import stops there (ORG-7).

mod columns;
mod row;
mod run;
mod sheet;

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, Utc};
use entity::customer_import;
use rules::kit::refusal::Refusal;
use sea_orm::ActiveValue::Set;
use sea_orm::DbErr;
use serde_json::json;
use uuid::Uuid;

use super::access::CustomerFacts;
use super::commands::Register;
use crate::acting::{Acting, Permit};
use crate::kit::error::{Error, Result};
use crate::work::{Outcome, Stop, Work};
use row::Names;
use run::Run;

pub use columns::{Column, Columns, HeaderError};
pub use sheet::{Record, Sheet, SheetError};

/// Rows that are read, looked up and written together.
const CHUNK: usize = 500;

/// What is to be done with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Why customers are others than those they look like, for rows that don't say (ARC-2).
    pub duplicate_reason: Option<String>,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read.
    pub rows: u64,
    /// Rows that became customers, or would.
    pub entered: u64,
    /// Rows of customers that were there already.
    pub unchanged: u64,
    /// Rows refused.
    pub refused: u64,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file.
    pub line: u64,
    /// Header of the column at fault; empty where it is the row.
    pub column: String,
    /// What, and by which clause.
    pub refusal: Refusal,
}

/// Why an import ended early. Chunks before stay; the same file again goes on behind them.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The report.
    #[error("the report can't be written: {0}")]
    Report(#[from] io::Error),
    /// Whoever imports may not.
    #[error("not allowed")]
    Refused(Vec<Refusal>),
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<Stop> for ImportError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusals) => Self::Refused(refusals),
            Stop::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<DbErr> for ImportError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Imports a file. `act` gives whoever imports, as of now; `told` hears after each chunk how far it is, and what was
/// refused.
///
/// # Errors
/// [`ImportError`].
pub async fn import(
    mut sheet: Sheet,
    options: Options,
    act: impl Fn() -> Result<Acting>,
    told: &mut (dyn FnMut(&Tally, &[Fault]) -> io::Result<()> + Send),
) -> Result<Tally, ImportError> {
    let acting = act()?;
    let own = CustomerFacts::of_new(acting.viewer.subject.department, None);
    let permit = acting
        .may("customer", "import", &own)
        .map_err(|refusal| ImportError::Refused(vec![refusal]))?;
    let mut run = Run {
        id: acting.new_id(),
        columns: sheet.columns.clone(),
        names: Names::load(&acting.db.read).await?,
        lines: HashMap::new(),
        register: Register::default(),
        tally: Tally::default(),
        options,
    };
    let begun = match run.options.dry_run {
        true => None,
        false => Some(begin(&acting, run.id, &sheet, &permit).await?),
    };
    loop {
        let records = sheet.next_rows(CHUNK)?;
        if records.is_empty() {
            break;
        }
        acting.shared.refresh(&acting.db.read).await?;
        let faults = run.take(&act()?, &records).await?;
        told(&run.tally, &faults)?;
    }
    if let Some(begun) = begun {
        end(&act()?, begun, &run.tally, &permit).await?;
    }
    Ok(run.tally)
}

/// Keeps that an import began.
async fn begin(
    acting: &Acting,
    id: Uuid,
    sheet: &Sheet,
    permit: &Permit,
) -> Result<customer_import::Model, ImportError> {
    let mut work = Work::begin(acting);
    let row = work.insert(customer_import::ActiveModel {
        id: Set(id),
        file_name: Set(sheet.name.clone()),
        file_hash: Set(sheet.hash.clone()),
        actor_id: Set(acting.employee()),
        started_at: Set(acting.now()),
        finished_at: Set(None::<DateTime<Utc>>),
        rows: Set(0),
        entered: Set(0),
        unchanged: Set(0),
        refused: Set(0),
    })?;
    work.note(
        "customerImport",
        "customer_import",
        Some(id),
        permit,
        json!({"file": sheet.name}),
    );
    work.commit(Outcome::default()).await?;
    Ok(row)
}

/// Keeps how it ended.
async fn end(
    acting: &Acting,
    begun: customer_import::Model,
    tally: &Tally,
    permit: &Permit,
) -> Result<(), ImportError> {
    let count = |count: u64| Set(i32::try_from(count).unwrap_or(i32::MAX));
    let id = begun.id;
    let mut work = Work::begin(acting);
    work.update::<customer_import::ActiveModel, _>(begun, None, |row| {
        row.finished_at = Set(Some(acting.now()));
        row.rows = count(tally.rows);
        row.entered = count(tally.entered);
        row.unchanged = count(tally.unchanged);
        row.refused = count(tally.refused);
    })
    .await?;
    work.note(
        "customerImportEnd",
        "customer_import",
        Some(id),
        permit,
        json!({"entered": tally.entered}),
    );
    work.commit(Outcome::default()).await?;
    Ok(())
}
