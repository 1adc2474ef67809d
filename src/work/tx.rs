//! The transaction of a unit of work: begun with the first statement that needs it, and not at all where one statement
//! writes everything.
//!
//! Rows wait and are written together at the end. Whoever asks the database anything in between sees them, because they
//! are written before.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::OnceCell;

use super::rows::Waiting;

/// The connection of a unit of work.
pub struct Tx {
    write: DatabaseConnection,
    begun: OnceCell<DatabaseTransaction>,
    waiting: Mutex<Waiting>,
    /// Whether rows wait until they are written out, unseen by this transaction's own reads.
    patient: bool,
}

impl Tx {
    pub(super) fn new(write: DatabaseConnection) -> Self {
        Self {
            write,
            begun: OnceCell::new(),
            waiting: Mutex::default(),
            patient: false,
        }
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn be_patient(&mut self) {
        self.patient = true;
    }

    /// Writes what waits, and is patient no more.
    pub(super) async fn write_out(&mut self) -> Result<(), DbErr> {
        self.patient = false;
        if self.waiting().is_empty() {
            return Ok(());
        }
        self.open().await?;
        Ok(())
    }

    /// Forgets what waits.
    pub(super) fn forget(&mut self) {
        self.patient = false;
        *self.waiting() = Waiting::default();
    }

    /// The transaction, with everything in it that was done.
    async fn open(&self) -> Result<&DatabaseTransaction, DbErr> {
        let tx = self.begun.get_or_try_init(|| begin(&self.write)).await?;
        let waits = !self.patient && !self.waiting().is_empty();
        if waits {
            let waiting = std::mem::take(&mut *self.waiting());
            waiting.write(tx).await?;
        }
        Ok(tx)
    }

    /// Writes what waits and ends the transaction; gives whether there was anything.
    pub(super) async fn commit(self) -> Result<bool, DbErr> {
        let waiting = self
            .waiting
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let tx = match self.begun.into_inner() {
            Some(tx) => tx,
            None if waiting.is_empty() => return Ok(false),
            None if self.write.get_database_backend() == DbBackend::Postgres => {
                waiting.write(&self.write).await?;
                return Ok(true);
            }
            None => begin(&self.write).await?,
        };
        waiting.write(&tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// On SQLite as the one writer from the start: two that read first and write then would wait for each other.
async fn begin(write: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    write.begin_with_options(options).await
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.open().await?.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.open().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.open().await?.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.open().await?.query_all_raw(statement).await
    }
}
