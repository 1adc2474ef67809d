//! The unit of work: one transaction holding the change with its history, audit entries and retry record.
//!
//! A command loads, asks, decides, writes through [`Work::insert`] and [`Work::update`], notes what it did, and commits.
//! Dropping a `Work` undoes everything. New rows wait and are written together, at the commit or before the command asks
//! the database anything. Pitfalls: what the database says to a row it says only then ([`Work::write_out`]); and on SQLite
//! there is one writer, so nothing else may be awaited in between.

mod anonymous;
pub mod cells;
mod conflict;
mod gather;
pub mod inputs;
mod ledger;
pub mod mutations;
mod outcome;
mod outside;
mod rows;
mod tx;

use std::collections::BTreeSet;

use entity::{number_counter, state_version};
use rules::kit::numbering::Numbering;
use rules::kit::refusal::{Code, Refusal};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Value, sea_value_to_json_value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic as _, IntoActiveModel, Iterable as _,
    ModelTrait, QueryFilter, TryIntoModel,
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
pub use outside::Outside;
pub use rows::insert_all;
pub use tx::Tx;

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
    tx: Tx,
    ledger: ledger::Ledger,
    bumped: BTreeSet<&'static str>,
    numbers: Option<gather::Numbers>,
}

impl<'a> Work<'a> {
    /// Begins; the database hears of it with the first statement.
    pub fn begin(acting: &'a Acting) -> Self {
        Self {
            acting,
            tx: Tx::new(&acting.db),
            ledger: ledger::Ledger::new(),
            bumped: BTreeSet::new(),
            numbers: None,
        }
    }

    /// The transaction's connection, for loads that must see its own writes.
    pub fn conn(&self) -> &Tx {
        &self.tx
    }

    /// A connection outside of the transaction, for what is read without a lock.
    pub fn outside(&self) -> &Outside {
        self.tx.outside()
    }

    /// Lets everything be written only while a row, read without a lock, is of this version. Where it is not, nothing is
    /// done, and the mutation runs once more ([`Acting::repeatable`]).
    pub fn rest_on(&mut self, table: &'static str, id: Uuid, version: i32) {
        self.tx.waiting().rest_on(table, id, version);
    }

    /// Inserts a row and keeps its first version in history.
    ///
    /// # Errors
    /// When the row lacks a value.
    pub fn insert<A, M>(&mut self, active: A) -> Result<M>
    where
        A: ActiveModelTrait + TryIntoModel<M>,
        A::Entity: EntityTrait<Model = M>,
        M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
    {
        self.derive(active.clone());
        let model: M = active.try_into_model()?;
        self.remember::<M>(None, &model, None);
        Ok(model)
    }

    /// Inserts a row and hears at once whether the database takes it, for who has an answer to a refused one.
    ///
    /// # Errors
    /// [`is_duplicate`] for the breach of a unique index; when the database fails.
    pub async fn insert_now<A, M>(&mut self, active: A) -> Result<M>
    where
        A: ActiveModelTrait + TryIntoModel<M>,
        A::Entity: EntityTrait<Model = M>,
        M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
    {
        let model = self.insert(active)?;
        self.write_out().await?;
        Ok(model)
    }

    /// Inserts a row that follows from others, whose history has what it says.
    pub fn derive<A: ActiveModelTrait>(&mut self, active: A) {
        self.tx.waiting().keep(&active);
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
        if let Some(numbers) = &mut self.numbers {
            if let Some(last) = numbers.given.get_mut(series) {
                *last += 1;
                return Ok(*last);
            }
            if let Some(used) = numbers.raised.remove(series) {
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
        if let Some(numbers) = &mut self.numbers {
            numbers.given.insert(series.to_owned(), row.last);
        }
        Ok(row.last)
    }

    /// Ends the transaction: history, audit entries and retry record are written with the change, together or not at all.
    ///
    /// # Errors
    /// When the database fails; then nothing was done.
    pub async fn commit(mut self, mut outcome: Outcome) -> Done {
        self.write_numbers().await?;
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
            .write(self.acting, &mut self.tx.waiting(), Some(&outcome))?;
        if self.tx.commit().await? {
            self.acting.shared.feed.committed();
        }
        outcome.statements = self.tx.statements();
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
