//! What only an erasure does (PIP-3): rows changed by name with their old values left out of history, and the ledger
//! written in two parts, so that what the first part says can be erased with the rest.
//!
//! Pitfall: what is still in the ledger's buffer can't be erased; [`Work::settle`] comes before.

use rules::erasure::erased;
use rules::kit::refusal::{Code, Refusal};
use sea_orm::ConnectionTrait as _;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, Value};
use serde_json::json;
use uuid::Uuid;

use super::{Done, Work, kept};
use crate::kit::error::Result;

/// A column of a row that becomes anonymous.
#[derive(Debug, Clone, PartialEq)]
pub struct Blank {
    /// Its name.
    pub column: &'static str,
    /// Whether it had a value.
    pub had: bool,
    /// What it has from now on.
    pub becomes: Value,
}

impl Work<'_> {
    /// Writes history and audit entries of what was done so far, in this transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle(&mut self) -> Result<()> {
        self.ledger
            .write(self.acting, &mut self.tx.waiting(), None)?;
        self.write_out().await
    }

    /// The id of the audit entry that is written next: of the first note from here on.
    pub fn entry(&mut self) -> Uuid {
        self.ledger.next(self.acting)
    }

    /// Makes columns of a row anonymous. `version`: of the row as it was read, locked; `None` where its table has none.
    ///
    /// # Errors
    /// `VERSION_CONFLICT` when somebody changed it since; when the database fails.
    pub async fn blank(
        &mut self,
        table: &'static str,
        id: Uuid,
        version: Option<i32>,
        columns: Vec<Blank>,
    ) -> Done<()> {
        let mut update = Query::update();
        update
            .table(Alias::new(table))
            .and_where(Expr::col("id").eq(id));
        let mut changes = serde_json::Map::new();
        for column in columns {
            let was = erased(&json!(column.had.then_some(true)));
            changes.insert(
                column.column.to_owned(),
                json!([was, kept(&column.becomes)]),
            );
            update.value(Alias::new(column.column), column.becomes);
        }
        let after = version.map(|version| version.saturating_add(1));
        if let Some((version, after)) = version.zip(after) {
            update
                .value(Alias::new("version"), after)
                .and_where(Expr::col("version").eq(version));
        }
        if self.tx.execute(&update).await?.rows_affected() == 0 {
            return Err(Refusal::new(Code::VersionConflict).into());
        }
        let reason = None;
        let changes = changes.into();
        self.ledger
            .change(table.to_owned(), id, after.unwrap_or(1), reason, changes);
        Ok(())
    }
}
