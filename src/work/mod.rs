//! The unit of work: one transaction holding the change with its history, audit entries and retry record.
//!
//! A command loads, asks, decides, writes through [`Work::insert`] and [`Work::update`], notes what it did, and commits.
//! Dropping a `Work` undoes everything. Pitfall: on SQLite there is one writer, so nothing else may be awaited in between.

mod anonymous;
pub mod cells;
mod conflict;
mod gather;
pub mod inputs;
mod ledger;
pub mod mutations;
mod outcome;

use std::collections::BTreeSet;

use entity::{number_counter, state_version};
use rules::kit::numbering::Numbering;
use rules::kit::refusal::{Code, Refusal};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Value, sea_value_to_json_value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IdenStatic as _,
    IntoActiveModel, Iterable as _, ModelTrait, QueryFilter, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, TryIntoModel,
};
use serde_json::json;
use uuid::Uuid;

use crate::acting::{Acting, Permit};
use crate::graph::instant_text;
use crate::kit::error::{Error, Result};

pub use anonymous::Blank;
pub use gather::Savepoint;
pub use mutations::{Mutation, Mutations, Payload};
pub use outcome::{Done, Outcome, Stop};

/// Columns whose values never reach history.
const SECRET: [&str; 5] = [
    "password_hash",
    "token_hash",
    "secret_hash",
    "private_der",
    "public_der",
];

/// One transaction.
pub struct Work<'a> {
    /// Who does it.
    pub acting: &'a Acting,
    tx: DatabaseTransaction,
    ledger: ledger::Ledger,
    bumped: BTreeSet<&'static str>,
    gathered: Option<gather::Gathered>,
}

impl<'a> Work<'a> {
    /// Begins a transaction; on SQLite as the one writer from the start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(acting: &'a Acting) -> Result<Self> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = acting.db.write.begin_with_options(options).await?;
        Ok(Self {
            acting,
            tx,
            ledger: ledger::Ledger::new(),
            bumped: BTreeSet::new(),
            gathered: None,
        })
    }

    /// The transaction's connection, for loads that must see its own writes.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// Inserts a row and keeps its first version in history.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert<A, M>(&mut self, active: A) -> Result<M>
    where
        A: ActiveModelTrait + TryIntoModel<M> + Send + Sync + 'static,
        A::Entity: EntityTrait<Model = M>,
        M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
    {
        let model: M = active.clone().try_into_model()?;
        self.derive(active).await?;
        self.remember::<M>(None, &model, None);
        Ok(model)
    }

    /// Inserts a row that follows from others, whose history has what it says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn derive<A>(&mut self, active: A) -> Result<()>
    where
        A: ActiveModelTrait + Send + Sync + 'static,
    {
        match &mut self.gathered {
            Some(gathered) => gathered.keep(active),
            None => {
                A::Entity::insert(active)
                    .exec_without_returning(&self.tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Changes a row if nobody changed it since it was loaded, and keeps old and new values in history (ARC-7).
    ///
    /// # Errors
    /// `VERSION_CONFLICT` when somebody did; when the database fails.
    pub async fn update<A, M>(
        &mut self,
        old: M,
        reason: Option<&str>,
        change: impl FnOnce(&mut A),
    ) -> Result<M, Stop>
    where
        A: ActiveModelTrait + TryIntoModel<M> + Send,
        A::Entity: EntityTrait<Model = M>,
        M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A> + Clone,
    {
        let mut active: A = old.clone().into_active_model();
        change(&mut active);
        let id = column::<A::Entity>("id")
            .ok_or_else(|| Error::internal("a table without id can't be updated by id"))?;
        let version = column::<A::Entity>("version");
        let mut update = A::Entity::update_many();
        if let Some(version) = version {
            let at = match old.get(version) {
                Value::Int(Some(v)) => v,
                _ => 0,
            };
            active.try_set(version, Value::from(at + 1))?;
            update = update.filter(version.eq(at));
        }
        let new: M = active.clone().try_into_model()?;
        let done = update
            .set(active)
            .filter(id.eq(old.get(id)))
            .exec(&self.tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(Refusal::new(Code::VersionConflict).into());
        }
        self.remember(Some(&old), &new, reason);
        Ok(new)
    }

    fn remember<M: ModelTrait>(&mut self, old: Option<&M>, new: &M, reason: Option<&str>) {
        let mut changes = serde_json::Map::new();
        let mut id = Uuid::nil();
        let mut version = 1;
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let name = column.as_str();
            let after = new.get(column);
            match (name, &after) {
                ("id", Value::Uuid(Some(value))) => id = *value,
                ("version", Value::Int(Some(value))) => version = *value,
                _ => {}
            }
            let before = old.map(|old| old.get(column));
            if before.as_ref() == Some(&after) || name == "version" {
                continue;
            }
            let shown = |value: &Value| {
                if SECRET.contains(&name) {
                    json!("…")
                } else {
                    kept(value)
                }
            };
            let before = before.as_ref().map_or(serde_json::Value::Null, shown);
            changes.insert(name.to_owned(), json!([before, shown(&after)]));
        }
        let kind = sea_orm::EntityName::table_name(&<M::Entity as Default>::default()).to_owned();
        self.ledger
            .change(kind, id, version, reason, changes.into());
    }

    /// Notes what was done, on which ground: an audit entry of this transaction, and the event that others hear of. What
    /// is changed without a note is not committed.
    pub fn note(
        &mut self,
        verb: &'static str,
        kind: &'static str,
        id: Option<Uuid>,
        permit: &Permit,
        detail: serde_json::Value,
    ) {
        self.ledger.note(verb, kind, id, permit, detail);
    }

    /// Says that a snapshot (`organisation`, `policy`, `rulebook`, `calendar`, `sessions`) changes with this transaction.
    pub fn bump(&mut self, name: &'static str) {
        self.bumped.insert(name);
    }

    /// The next number of a document, in the period of today: given back when this transaction is undone, waited for by
    /// others until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number(&mut self, numbering: &Numbering) -> Result<String> {
        let today = self.acting.today();
        let serial = self.next_number(&numbering.series(today)).await?;
        Ok(numbering.number(today, serial))
    }

    /// The next place in a gapless series: given back when this transaction is undone, waited for by others until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_number(&mut self, series: &str) -> Result<i64> {
        if let Some(gathered) = &mut self.gathered {
            if let Some(last) = gathered.numbers.get_mut(series) {
                *last += 1;
                return Ok(*last);
            }
            if let Some(used) = gathered.raised.remove(series) {
                self.raise_now(series, used).await?;
            }
        }
        let insert = number_counter::ActiveModel {
            series: sea_orm::ActiveValue::Set(series.to_owned()),
            last: sea_orm::ActiveValue::Set(1),
        };
        let last = number_counter::Column::Last;
        let next = Expr::col((number_counter::Entity, last)).add(1);
        let row = number_counter::Entity::insert(insert)
            .on_conflict(
                OnConflict::column(number_counter::Column::Series)
                    .value(last, next)
                    .to_owned(),
            )
            .exec_with_returning(&self.tx)
            .await?;
        if let Some(gathered) = &mut self.gathered {
            gathered.numbers.insert(series.to_owned(), row.last);
        }
        Ok(row.last)
    }

    /// Ends the transaction: history, audit entries and retry record are written with the change, together or not at all.
    ///
    /// # Errors
    /// When the database fails; then nothing was done.
    pub async fn commit(mut self, outcome: Outcome) -> Done {
        self.write_out().await?;
        for name in &self.bumped {
            state_version::Entity::update_many()
                .col_expr(
                    state_version::Column::Version,
                    Expr::col(state_version::Column::Version).add(1),
                )
                .filter(state_version::Column::Name.eq(*name))
                .exec(&self.tx)
                .await?;
        }
        self.ledger
            .flush(self.acting, &self.tx, Some(&outcome))
            .await?;
        self.tx.commit().await?;
        self.acting.shared.feed.committed();
        if !self.bumped.is_empty() {
            // Other nodes see it by polling; this one at once.
            self.acting.shared.refresh(&self.acting.db.write).await?;
        }
        Ok(outcome)
    }
}

/// A value as history keeps it: days and instants as the API writes them.
fn kept(value: &Value) -> serde_json::Value {
    match value {
        Value::ChronoDate(Some(day)) => day.to_string().into(),
        Value::ChronoDateTimeUtc(Some(instant)) => instant_text(*instant).into(),
        other => sea_value_to_json_value(other),
    }
}

fn column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|c| c.as_str() == name)
}

/// Whether an error is the breach of a unique index that mentions `column`.
pub fn is_duplicate(error: &Error, column: &str) -> bool {
    let Error::Database(error) = error else {
        return false;
    };
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(message)) if message.contains(column))
}
