//! Connections to PostgreSQL that are handed to whoever waits for one without going back to their pool.
//!
//! The pool asks each connection that comes back whether it still lives, a round trip as long as that of a small
//! statement. Pitfall: transactions wait at the pool alone, so that after some hands a connection goes back there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgQueryResult, PgRow};
use sqlx::query::Query;
use sqlx::{Error, PgPool, Postgres};
use tokio::sync::oneshot;

/// Hands that a connection goes through before it is returned.
const HANDS: u8 = 16;

/// A worker's connections.
#[derive(Debug, Clone)]
pub struct Seats(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    waiting: Mutex<VecDeque<oneshot::Sender<Held>>>,
}

#[derive(Debug)]
struct Held {
    connection: PoolConnection<Postgres>,
    hands: u8,
}

impl Held {
    fn fresh(connection: PoolConnection<Postgres>) -> Self {
        Self {
            connection,
            hands: 0,
        }
    }
}

/// A connection while somebody has it. Dropping it hands it on.
#[derive(Debug)]
pub struct Seat {
    held: Option<Held>,
    seats: Arc<Inner>,
    /// Whether its last statement came to an end.
    settled: bool,
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<oneshot::Sender<Held>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    /// Over a pool, which others use too.
    pub fn new(pool: PgPool) -> Self {
        let waiting = Mutex::default();
        Self(Arc::new(Inner { pool, waiting }))
    }

    fn seat(&self, held: Held) -> Seat {
        Seat {
            held: Some(held),
            seats: self.0.clone(),
            settled: true,
        }
    }

    /// A connection that is free at once.
    pub fn try_take(&self) -> Option<Seat> {
        let connection = self.0.pool.try_acquire()?;
        Some(self.seat(Held::fresh(connection)))
    }

    /// A connection.
    ///
    /// # Errors
    /// When none becomes free in time, or none can be opened.
    pub async fn take(&self) -> Result<Seat, Error> {
        if let Some(seat) = self.try_take() {
            return Ok(seat);
        }
        let (hand, handed) = oneshot::channel();
        self.0.waiting().push_back(hand);
        let held = tokio::select! {
            biased;
            Ok(held) = handed => held,
            acquired = self.0.pool.acquire() => Held::fresh(acquired?),
        };
        Ok(self.seat(held))
    }
}

impl Seat {
    /// The rows of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fetch(
        &mut self,
        query: Query<'_, Postgres, SqlxValues>,
    ) -> Result<Vec<PgRow>, Error> {
        let done = query.fetch_all(self.begin()?).await;
        self.end(done)
    }

    /// Runs a statement that gives no rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute(
        &mut self,
        query: Query<'_, Postgres, SqlxValues>,
    ) -> Result<PgQueryResult, Error> {
        let done = query.execute(self.begin()?).await;
        self.end(done)
    }

    fn begin(&mut self) -> Result<&mut sqlx::PgConnection, Error> {
        self.settled = false;
        let held = self.held.as_mut().ok_or(Error::PoolClosed)?;
        Ok(&mut held.connection)
    }

    fn end<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        self.settled = matches!(done, Ok(_) | Err(Error::Database(_)));
        done
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        held.hands += 1;
        if !self.settled || held.hands >= HANDS {
            return;
        }
        while let Some(hand) = self.seats.waiting().pop_front() {
            match hand.send(held) {
                Ok(()) => return,
                // It has one from the pool, or went away.
                Err(back) => held = back,
            }
        }
    }
}
