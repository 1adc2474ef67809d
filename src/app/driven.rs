//! What the clock drives beside requests: the features' jobs, those of one feature beside those of the others.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use rules::vocabulary::AuditPart;
use tokio::sync::watch;

use super::App;
use crate::features::LIST;
use crate::jobs::{self, Job};
use crate::kit::db::Db;

/// How often jobs look whether there is something to do.
const LOOK: Duration = Duration::from_secs(1);

impl App {
    /// Runs the features' jobs each time there is something to do, until `stop` says so; the batches that have begun are
    /// finished. Each feature looks by itself, so that none waits for a mail server or a store that another one speaks to.
    pub fn keep_jobs(self, stop: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
        Box::pin(self.look_for_jobs(stop))
    }

    async fn look_for_jobs(self, stop: watch::Receiver<bool>) {
        let db = match self.open() {
            Ok(db) => db,
            Err(error) => {
                tracing::error!(%error, "no jobs are run: the database can't be used");
                return;
            }
        };
        let features = LIST.iter().filter(|feature| !feature.jobs.is_empty());
        join_all(features.map(|feature| self.look_for(feature.jobs, &db, stop.clone()))).await;
    }

    async fn look_for(&self, jobs: &[Job], db: &Db, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = tick.tick() => { self.run_due(jobs, db, &stop).await; }
                // Its sender is gone with the server.
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Runs what is due of every job, one after the other; gives how many were handled here.
    pub async fn run_due_jobs(&self, db: &Db, stop: &watch::Receiver<bool>) -> u64 {
        let mut handled = 0;
        for feature in LIST {
            handled += self.run_due(feature.jobs, db, stop).await;
        }
        handled
    }

    /// Runs what is due of these jobs. One that fails keeps no other from running.
    async fn run_due(&self, jobs: &[Job], db: &Db, stop: &watch::Receiver<bool>) -> u64 {
        let mut handled = 0;
        for job in jobs {
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
