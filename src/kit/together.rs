//! SQLite's one writer: transactions that wait for it are written together and committed once.
//!
//! While one group is being written, those that come up wait and make the next one, each behind a savepoint of its own, so
//! that none stops the others. Nobody waits for a timer, and nobody is told before his own is committed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::oneshot;

/// Transactions of a group at most.
const GROUP: usize = 64;

/// The writer.
#[derive(Debug)]
pub struct Together {
    /// Its connection, for transactions that read before they write.
    pub write: DatabaseConnection,
    /// What waits; `None` while nothing is being written.
    waiting: Mutex<Option<Vec<Job>>>,
}

/// A transaction of statements alone, and whom to tell.
#[derive(Debug)]
struct Job {
    statements: Statement,
    rows: usize,
    done: oneshot::Sender<Result<(), DbErr>>,
}

/// Begins a transaction; on SQLite as the one writer from the start: two that read first and write then would wait for each
/// other.
///
/// # Errors
/// When the database fails.
pub async fn begin(write: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    write.begin_with_options(options).await
}

impl Together {
    /// Over the writer's connection.
    pub fn new(write: DatabaseConnection) -> Self {
        let waiting = Mutex::default();
        Self { write, waiting }
    }

    /// Writes statements as a transaction, which stands when this returns. They must give so many rows.
    ///
    /// # Errors
    /// [`DbErr::RecordNotUpdated`] when they give another number of rows; when the database fails. Then nothing was done.
    pub async fn commit(self: &Arc<Self>, statements: Statement, rows: usize) -> Result<(), DbErr> {
        let (done, told) = oneshot::channel();
        let job = Job {
            statements,
            rows,
            done,
        };
        self.queue(job);
        let broken = |_| Err(DbErr::Custom("the writer broke off".to_owned()));
        told.await.unwrap_or_else(broken)
    }

    fn queue(self: &Arc<Self>, job: Job) {
        match &mut *self.waiting() {
            Some(jobs) => jobs.push(job),
            none => {
                *none = Some(vec![job]);
                let together = self.clone();
                let over = false;
                tokio::spawn(Writer { together, over }.run());
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<Job>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until nothing waits. Where it breaks off, those who wait are told by their channel's end.
struct Writer {
    together: Arc<Together>,
    over: bool,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.over {
            *self.together.waiting() = None;
        }
    }
}

impl Writer {
    async fn run(mut self) {
        while let Some(jobs) = self.next() {
            write_group(&self.together.write, jobs).await;
        }
    }

    fn next(&mut self) -> Option<Vec<Job>> {
        let mut waiting = self.together.waiting();
        let jobs = waiting.as_mut().filter(|jobs| !jobs.is_empty());
        let Some(jobs) = jobs else {
            *waiting = None;
            self.over = true;
            return None;
        };
        Some(jobs.drain(..jobs.len().min(GROUP)).collect())
    }
}

async fn write_group(write: &DatabaseConnection, jobs: Vec<Job>) {
    let mut written = Vec::with_capacity(jobs.len());
    let committed = async {
        let tx = begin(write).await?;
        for job in jobs {
            match write_one(&tx, job.statements, job.rows).await {
                Ok(()) => written.push(job.done),
                Err(error) => {
                    let _ = job.done.send(Err(error));
                    tx.execute_unprepared("ROLLBACK TO job").await?;
                }
            }
        }
        tx.commit().await
    };
    let failure = committed.await.err().map(|error| error.to_string());
    for done in written {
        // Nobody listens where the caller went away.
        let _ = done.send(
            failure
                .clone()
                .map_or(Ok(()), |why| Err(DbErr::Custom(why))),
        );
    }
}

async fn write_one(
    tx: &DatabaseTransaction,
    mut statements: Statement,
    rows: usize,
) -> Result<(), DbErr> {
    statements.sql.insert_str(0, "SAVEPOINT job; ");
    if tx.query_all_raw(statements).await?.len() == rows {
        Ok(())
    } else {
        Err(DbErr::RecordNotUpdated)
    }
}
