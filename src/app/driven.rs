//! What the clock drives beside requests: the features' jobs.

use std::time::Duration;

use futures_util::future::BoxFuture;
use rules::vocabulary::AuditPart;
use tokio::sync::watch;

use super::App;
use crate::features::LIST;
use crate::jobs;
use crate::kit::db::Db;

/// How often jobs look whether there is something to do.
const LOOK: Duration = Duration::from_secs(1);

impl App {
    /// Runs the features' jobs each time there is something to do, until `stop` says so; the batch that has begun is
    /// finished.
    pub fn keep_jobs(self, stop: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
        Box::pin(self.look_for_jobs(stop))
    }

    async fn look_for_jobs(self, mut stop: watch::Receiver<bool>) {
        let db = match self.open() {
            Ok(db) => db,
            Err(error) => {
                tracing::error!(%error, "no jobs are run: the database can't be used");
                return;
            }
        };
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = tick.tick() => { self.run_due_jobs(&db, &stop).await; }
                // Its sender is gone with the server.
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Runs what is due of every job; gives how many were handled here. A job that fails keeps no other from running.
    pub async fn run_due_jobs(&self, db: &Db, stop: &watch::Receiver<bool>) -> u64 {
        let mut handled = 0;
        for job in LIST.iter().flat_map(|feature| feature.jobs) {
            let acting = || {
                let request_id = format!("job:{}:{}", job.name, self.0.shared.clock.new_id());
                self.nobody(db.clone(), AuditPart::Job, request_id, None)
            };
            match jobs::run(job, &self.0.node, &acting, stop).await {
                Ok(many) => handled += many,
                Err(error) => tracing::error!(%error, job = job.name, "a job failed"),
            }
        }
        handled
    }
}
