//! Jobs: what the clock drives. One node at a time runs a batch of a job, by a lease on the database.
//!
//! A batch is one unit of work: what a killed node had begun is undone with its transaction, and its lease, renewed while
//! the batch runs, runs out. A batch that speaks to the outside, such as a mail server, claims its rows in one unit of work
//! and writes what became of them in another; what a killed node had claimed is taken up when the claim has run out, and
//! may be done twice.
//!
//! Pitfall: a lease keeps nodes from doing the same work side by side, no more; that nothing is done twice must come from
//! the batch itself, which locks its rows and writes what was done with them.

mod lease;

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::acting::Acting;
use crate::kit::error::{Error, Result};
use crate::telemetry;
use crate::work::{Done, Stop};

/// How often the lease of a batch that runs is renewed: well before it runs out.
const RENEWAL: Duration = Duration::from_secs(10);
/// How much longer than a batch took a job rests after it, so that those who wait for an answer come first.
const REST: u32 = 2;
/// How long it rests at most.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// How long a job has in one look, so that the next one of its feature gets its turn; a batch that has begun is finished.
const TURN: Duration = Duration::from_secs(60);

/// A job.
pub struct Job {
    /// Its name, for the lease, metrics and the audit log.
    pub name: &'static str,
    /// Whether there is something to do: one cheap read, made every second on every node.
    pub is_due: for<'a> fn(&'a Acting) -> BoxFuture<'a, Result<bool>>,
    /// Handles some of it; gives how many.
    pub batch: for<'a> fn(&'a Acting) -> BoxFuture<'a, Done<u64>>,
}

/// Runs a job until nothing is left, its turn is over, another node is at it, or `stop` says so; gives how many were handled here.
///
/// # Errors
/// When a batch fails; then the job rests on all nodes until its lease has run out.
pub async fn run(
    job: &Job,
    node: &str,
    acting: &(dyn Fn() -> Acting + Send + Sync),
    stop: &watch::Receiver<bool>,
) -> Result<u64> {
    let mut stop = stop.clone();
    let mut handled = 0;
    let turn = Instant::now();
    while !*stop.borrow() && turn.elapsed() < TURN {
        let me = acting();
        if !(job.is_due)(&me).await? || !lease::take(&me, job.name, node).await? {
            break;
        }
        let begun = Instant::now();
        let renewing = renew(job, node, acting);
        let batch = (job.batch)(&me);
        let done = tokio::select! { done = batch => done, stuck = renewing => stuck };
        let many = match done {
            Ok(many) => many,
            Err(stopped) => {
                telemetry::count_job_failure(job.name);
                return Err(failure(stopped));
            }
        };
        let took = begun.elapsed();
        telemetry::count_job(job.name, many, took);
        lease::release(&me, job.name, node).await?;
        handled += many;
        if many == 0 {
            break;
        }
        let rest = (took * REST).min(LONGEST_REST);
        // Whoever told to stop is gone when this fails: then nobody will.
        let _ = tokio::time::timeout(rest, stop.wait_for(|stop| *stop)).await;
    }
    Ok(handled)
}

/// Renews the lease of a batch for as long as it is polled. Pitfall: on SQLite a renewal waits for the batch's own
/// transaction, so the batch must never wait for it.
async fn renew<T>(job: &Job, node: &str, acting: &(dyn Fn() -> Acting + Send + Sync)) -> T {
    loop {
        tokio::time::sleep(RENEWAL).await;
        if let Err(error) = lease::renew(&acting(), job.name, node).await {
            tracing::warn!(%error, job = job.name, "the lease of a job could not be renewed");
        }
    }
}

fn failure(stopped: Stop) -> Error {
    match stopped {
        Stop::Failed(error) => error,
        Stop::Refused(refusals) => {
            let codes: Vec<_> = refusals.iter().map(|r| r.code.as_str()).collect();
            Error::internal(format!("a job was refused: {}", codes.join(", ")))
        }
    }
}
