//! What a unit of work asks and writes without a transaction.
//!
//! On PostgreSQL it is one connection for all of it. On SQLite it reads through the readers, which wait for no writer.

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::sea_query::Values;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use tokio::sync::{Mutex, MutexGuard};

use super::rows::Waiting;
use crate::kit::db::{Db, Pool};
use crate::kit::seats::Seat;

/// The connection outside of the transaction.
pub struct Outside {
    db: Db,
    kept: Mutex<Option<Seat>>,
    statements: AtomicUsize,
}

impl Outside {
    /// Through these connections.
    pub fn new(db: &Db) -> Self {
        Self {
            db: db.clone(),
            kept: Mutex::default(),
            statements: AtomicUsize::new(0),
        }
    }

    pub(super) fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }

    /// Writes all that waits as a transaction of its own.
    pub(super) async fn write(&self, waiting: Waiting) -> Result<(), DbErr> {
        match &self.db.pool {
            // One statement is a transaction by itself.
            Pool::Postgres(..) => waiting.write(self).await,
            Pool::Sqlite(_, together) => {
                self.statements.fetch_add(1, Ordering::Relaxed);
                let rows = waiting.rows();
                together.commit(waiting.in_a_row()?, rows).await
            }
        }
    }

    /// Gives the connection back.
    pub(super) async fn leave(&self) {
        self.kept.lock().await.take();
    }

    /// The connection, on PostgreSQL.
    async fn postgres(&self) -> Result<Option<Seated<'_>>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let Pool::Postgres(_, seats) = &self.db.pool else {
            return Ok(None);
        };
        let mut kept = self.kept.lock().await;
        if kept.is_none() {
            *kept = Some(seats.take().await.map_err(failed)?);
        }
        Ok(Some(Seated(kept)))
    }
}

/// A connection that is held.
struct Seated<'o>(MutexGuard<'o, Option<Seat>>);

impl Seated<'_> {
    fn connection(&mut self) -> Result<&mut Seat, DbErr> {
        let gone = || DbErr::Custom("the connection is gone".to_owned());
        self.0.as_mut().ok_or_else(gone)
    }
}

fn query<'q>(statement: Statement) -> Query<'q, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

#[async_trait::async_trait]
impl ConnectionTrait for Outside {
    fn get_database_backend(&self) -> DbBackend {
        self.db.read.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some(mut seated) = self.postgres().await? else {
            return self.db.read.execute_raw(statement).await;
        };
        let done = seated.connection()?.execute(query(statement)).await;
        done.map(Into::into).map_err(failed)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.read.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let Some(mut seated) = self.postgres().await? else {
            return self.db.read.query_one_raw(statement).await;
        };
        let found = seated.connection()?.fetch(query(statement)).await;
        Ok(found.map_err(failed)?.into_iter().next().map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(mut seated) = self.postgres().await? else {
            return self.db.read.query_all_raw(statement).await;
        };
        let found = seated.connection()?.fetch(query(statement)).await;
        let rows = found.map_err(failed)?.into_iter();
        Ok(rows.map(Into::into).collect())
    }
}
