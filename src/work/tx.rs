//! The transaction of a unit of work: begun with the first statement that needs it, and not at all where one statement
//! writes everything.
//!
//! Rows wait and are written together at the end. Whoever asks the database anything in between sees them, because they
//! are written before.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};
use tokio::sync::OnceCell;

use super::outside::Outside;
use super::rows::Waiting;
use crate::kit::db::Db;
use crate::kit::together;

/// The connection of a unit of work.
pub struct Tx {
    write: DatabaseConnection,
    outside: Outside,
    begun: OnceCell<DatabaseTransaction>,
    waiting: Mutex<Waiting>,
    /// Whether rows wait until they are written out, unseen by this transaction's own reads.
    patient: bool,
    statements: AtomicUsize,
}

impl Tx {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            write: db.write.clone(),
            outside: Outside::new(db),
            begun: OnceCell::new(),
            waiting: Mutex::default(),
            patient: false,
            statements: AtomicUsize::new(0),
        }
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn outside(&self) -> &Outside {
        &self.outside
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

    /// Statements so far, those among it that begin and end the transaction.
    pub(super) fn statements(&self) -> usize {
        self.outside.statements() + self.statements.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// The transaction, with everything in it that was done.
    async fn open(&self) -> Result<&DatabaseTransaction, DbErr> {
        let tx = self.begun.get_or_try_init(|| self.begin()).await?;
        let waits = !self.patient && !self.waiting().is_empty();
        if waits {
            let waiting = std::mem::take(&mut *self.waiting());
            self.count();
            waiting.write(tx).await?;
        }
        Ok(tx)
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        // Nobody waits for a second connection while holding one.
        self.outside.leave().await;
        self.count();
        together::begin(&self.write).await
    }

    /// Writes what waits and ends the transaction; gives whether there was anything to write.
    pub(super) async fn commit(&mut self) -> Result<bool, DbErr> {
        let waiting = std::mem::take(&mut *self.waiting());
        let something = !waiting.is_empty();
        let tx = match self.begun.take() {
            Some(tx) => tx,
            None if !something => return Ok(false),
            None => {
                self.outside.write(waiting).await?;
                return Ok(true);
            }
        };
        if something {
            self.count();
            waiting.write(&tx).await?;
        }
        self.count();
        tx.commit().await?;
        Ok(true)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let tx = self.open().await?;
        self.count();
        tx.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let tx = self.open().await?;
        self.count();
        tx.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let tx = self.open().await?;
        self.count();
        tx.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let tx = self.open().await?;
        self.count();
        tx.query_all_raw(statement).await
    }
}
