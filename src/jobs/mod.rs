//! Jobs: what the clock drives. One node at a time runs a batch of a job, by a lease on the database.
//!
//! A batch is one unit of work: what a killed node had begun is undone with its transaction, and its lease runs out.
//! Pitfall: a lease keeps nodes from doing the same work side by side, no more; that nothing is done twice must come from
//! the batch itself, which locks its rows and writes what was done with them.

mod lease;

use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::acting::Acting;
use crate::kit::error::{Error, Result};
use crate::telemetry;
use crate::work::{Done, Stop};

/// A job.
pub struct Job {
    /// Its name, for the lease, metrics and the audit log.
    pub name: &'static str,
    /// Whether there is something to do: one cheap read, made every second on every node.
    pub is_due: for<'a> fn(&'a Acting) -> BoxFuture<'a, Result<bool>>,
    /// Handles some of it in one unit of work; gives how many.
    pub batch: for<'a> fn(&'a Acting) -> BoxFuture<'a, Done<u64>>,
}

/// Runs a job until nothing is left, another node is at it, or `stop` says so; gives how many were handled here.
///
/// # Errors
/// When a batch fails; then the job rests on all nodes until its lease has run out.
pub async fn run(
    job: &Job,
    node: &str,
    acting: &(dyn Fn() -> Acting + Send + Sync),
    stop: &watch::Receiver<bool>,
) -> Result<u64> {
    let mut handled = 0;
    while !*stop.borrow() {
        let acting = acting();
        if !(job.is_due)(&acting).await? || !lease::take(&acting, job.name, node).await? {
            break;
        }
        let begun = Instant::now();
        let many = match (job.batch)(&acting).await {
            Ok(many) => many,
            Err(stopped) => {
                telemetry::count_job_failure(job.name);
                return Err(failure(stopped));
            }
        };
        telemetry::count_job(job.name, many, begun.elapsed());
        lease::release(&acting, job.name, node).await?;
        handled += many;
        if many == 0 {
            break;
        }
    }
    Ok(handled)
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
