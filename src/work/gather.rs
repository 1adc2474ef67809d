//! Many rows in one transaction, as an import has them: rows kept back and written together, and places in the
//! transaction to come back to where the database refuses one.
//!
//! Pitfall: rows that are kept back can't be read, not even by this transaction.

use std::collections::BTreeMap;

use entity::number_counter;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use super::Work;
use crate::kit::error::Result;

/// Places in series, written with the rows that have them.
#[derive(Default)]
pub(super) struct Numbers {
    /// The last number given out of each series.
    pub(super) given: BTreeMap<String, i64>,
    /// The highest number that came from elsewhere, of series that gave none out yet.
    pub(super) raised: BTreeMap<String, i64>,
}

/// A place in a transaction.
#[derive(Debug)]
pub struct Savepoint {
    ledger: (usize, usize),
}

impl Work<'_> {
    /// From here to [`Self::write_out`] rows are kept back even from what the transaction reads itself.
    pub fn gather(&mut self) {
        self.tx.be_patient();
        self.numbers = Some(Numbers::default());
    }

    /// Writes the rows that wait, to hear what the database says to them.
    ///
    /// # Errors
    /// When the database fails or refuses one; come back to a savepoint before going on.
    pub async fn write_out(&mut self) -> Result<()> {
        self.tx.write_out().await?;
        self.write_numbers().await
    }

    pub(super) async fn write_numbers(&mut self) -> Result<()> {
        let Numbers { given, raised } = self.numbers.take().unwrap_or_default();
        for (series, last) in given.into_iter().chain(raised) {
            self.raise_now(&series, last).await?;
        }
        Ok(())
    }

    /// Sees to it that a series goes on after `used`, a number that came from elsewhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_number(&mut self, series: &str, used: i64) -> Result<()> {
        let Some(numbers) = &mut self.numbers else {
            return self.raise_now(series, used).await;
        };
        match numbers.given.get_mut(series) {
            Some(last) => *last = Ord::max(used, *last),
            None => {
                let last = numbers.raised.entry(series.to_owned()).or_insert(used);
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
        self.tx.forget();
        self.numbers = None;
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
