//! Many rows in one transaction, as an import has them: rows kept back and written together, and places in the
//! transaction to come back to where the database refuses one.
//!
//! Pitfall: rows that are kept back can't be read, not even by this transaction.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use entity::number_counter;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::Work;
use crate::kit::error::Result;

/// Rows per statement, so that the number of parameters stays within both databases' limits.
const CHUNK: usize = 500;

/// Rows of one table.
trait Rows: Send + Sync {
    fn as_any(&mut self) -> &mut dyn Any;
    fn write(self: Box<Self>, tx: &DatabaseTransaction) -> Writing<'_>;
}

type Writing<'t> = Pin<Box<dyn Future<Output = Result<()>> + Send + 't>>;

struct Of<A>(Vec<A>);

impl<A: ActiveModelTrait + Send + Sync + 'static> Rows for Of<A> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn write(self: Box<Self>, tx: &DatabaseTransaction) -> Writing<'_> {
        Box::pin(insert_all::<A::Entity, A>(tx, self.0))
    }
}

/// What is kept back, tables in the order of their first row, so that what is referred to comes first.
#[derive(Default)]
pub(super) struct Gathered {
    tables: Vec<(TypeId, Box<dyn Rows>)>,
    /// The last number given out of each series.
    pub(super) numbers: BTreeMap<String, i64>,
    /// The highest number that came from elsewhere, of series that gave none out yet.
    pub(super) raised: BTreeMap<String, i64>,
}

impl Gathered {
    pub(super) fn keep<A: ActiveModelTrait + Send + Sync + 'static>(&mut self, active: A) {
        let of = TypeId::of::<A>();
        if let Some((_, rows)) = self.tables.iter_mut().find(|(id, _)| *id == of) {
            if let Some(Of(rows)) = rows.as_any().downcast_mut::<Of<A>>() {
                rows.push(active);
            }
        } else {
            self.tables.push((of, Box::new(Of(vec![active]))));
        }
    }
}

/// A place in a transaction.
#[derive(Debug)]
pub struct Savepoint {
    ledger: (usize, usize),
}

impl Work<'_> {
    /// From here to [`Self::write_out`] rows are kept back.
    pub fn gather(&mut self) {
        self.gathered = Some(Gathered::default());
    }

    /// Writes what was kept back, and keeps no more back.
    ///
    /// # Errors
    /// When the database fails; come back to a savepoint before going on.
    pub async fn write_out(&mut self) -> Result<()> {
        let Some(gathered) = self.gathered.take() else {
            return Ok(());
        };
        for (_, rows) in gathered.tables {
            rows.write(&self.tx).await?;
        }
        for (series, last) in gathered.numbers.into_iter().chain(gathered.raised) {
            self.raise_now(&series, last).await?;
        }
        Ok(())
    }

    /// Sees to it that a series goes on after `used`, a number that came from elsewhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_number(&mut self, series: &str, used: i64) -> Result<()> {
        let Some(gathered) = &mut self.gathered else {
            return self.raise_now(series, used).await;
        };
        match gathered.numbers.get_mut(series) {
            Some(last) => *last = Ord::max(used, *last),
            None => {
                let last = gathered.raised.entry(series.to_owned()).or_insert(used);
                *last = Ord::max(used, *last);
            }
        }
        Ok(())
    }

    pub(super) async fn raise_now(&self, series: &str, used: i64) -> Result<()> {
        let row = number_counter::ActiveModel {
            series: Set(series.to_owned()),
            last: Set(used),
        };
        let last = number_counter::Column::Last;
        let behind = Expr::col((number_counter::Entity, last)).lt(used);
        number_counter::Entity::insert(row)
            .on_conflict(
                OnConflict::column(number_counter::Column::Series)
                    .update_column(last)
                    .action_and_where(behind)
                    .to_owned(),
            )
            .exec_without_returning(&self.tx)
            .await?;
        Ok(())
    }

    /// A place to come back to; the one before it, if there is one, is given up by [`Self::release`] first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn savepoint(&mut self) -> Result<Savepoint> {
        self.tx.execute_unprepared("SAVEPOINT here").await?;
        Ok(Savepoint {
            ledger: self.ledger.len(),
        })
    }

    /// Undoes what was done since, history and notes among it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn undo_to(&mut self, point: Savepoint) -> Result<()> {
        self.gathered = None;
        self.ledger.truncate(point.ledger);
        self.tx
            .execute_unprepared("ROLLBACK TO SAVEPOINT here")
            .await?;
        self.release(point).await
    }

    /// Gives a place up; what was done since stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&mut self, _: Savepoint) -> Result<()> {
        self.tx.execute_unprepared("RELEASE SAVEPOINT here").await?;
        Ok(())
    }
}

/// Inserts rows of one table.
pub(super) async fn insert_all<E, A>(tx: &impl ConnectionTrait, mut rows: Vec<A>) -> Result<()>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        E::insert_many(std::mem::replace(&mut rows, rest))
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}
