//! The connection that the statements of one answer share.
//!
//! It is kept from one statement of an answer to the next, and then handed on ([`seats`]). Pitfall: nobody may wait for a second connection
//! while holding one, or a pool of three locks up. Siblings take another only where one is free at once, and where
//! features' own functions ask the database in between, nothing is kept.

use std::sync::Arc;

use sea_query::{Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::AssertSqlSafe;
use tokio::sync::Mutex;

use super::node::{Function, Node, Slot};
use super::row::Row;
use super::sql;
use crate::kit::db::{Db, Pool};
use crate::kit::error::Result;
use crate::kit::seats;

/// The connection of an answer, once one is needed. Dropping it gives it back.
pub struct Seat(Option<Mutex<Option<seats::Seat>>>);

impl Seat {
    /// For this statement and those below it.
    pub fn of(node: &Node) -> Self {
        Self::over(std::iter::once(node))
    }

    /// For these statements and those below them.
    pub fn over<'n>(mut nodes: impl Iterator<Item = &'n Node>) -> Self {
        Self((!nodes.any(asks_functions)).then(Mutex::default))
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fetch(&self, db: &Db, text: Arc<str>, values: Vec<Value>) -> Result<Vec<Row>> {
        let (Some(kept), Pool::Postgres(_, seats)) = (&self.0, &db.pool) else {
            return sql::run(db, text, values).await;
        };
        let mut kept = match kept.try_lock() {
            Ok(kept) => kept,
            // A sibling is at work on it.
            Err(_) => match seats.try_take() {
                Some(mut other) => return run(&mut other, text, values).await,
                None => kept.lock().await,
            },
        };
        let connection = match &mut *kept {
            Some(connection) => connection,
            none => none.insert(seats.take().await?),
        };
        run(connection, text, values).await
    }
}

async fn run(connection: &mut seats::Seat, text: Arc<str>, values: Vec<Value>) -> Result<Vec<Row>> {
    let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(Values(values)));
    let rows = connection.fetch(query).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

fn asks_functions(node: &Node) -> bool {
    let asks = |slot: &Slot| matches!(slot.run, Function::Batch(_));
    node.slots.iter().any(asks)
        || node
            .children
            .iter()
            .any(|child| asks_functions(&child.node))
}
