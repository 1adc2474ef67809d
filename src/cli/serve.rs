//! `kehu serve`: bring the database up to date, then answer requests until told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Failure, migrate};
use crate::app::App;
use crate::config::Config;
use crate::http::Running;
use crate::kit::clock::Clock;

/// How long a job has to finish its batch when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `kehu serve`.
///
/// # Errors
/// The database can't be reached or brought up to date, or the address can't be listened on.
pub async fn run(config: Config) -> Result<(), Failure> {
    let (app, running) = start(config).await?;
    for address in running.addresses() {
        super::tell(&format!("Kehu answers on http://{address}/graphql"));
        if app.config().http.graphiql {
            super::tell(&format!("Try it in a browser: http://{address}/graphiql"));
        }
    }
    until_stopped(app, running).await
}

/// Brings the database up to date and listens.
///
/// # Errors
/// As [`run`].
pub async fn start(config: Config) -> Result<(App, Running), Failure> {
    migrate::before(&config).await?;
    let app = App::build(config, Arc::new(Clock::default())).await?;
    app.prepare_store()?;
    let running = app.listen()?;
    Ok((app, running))
}

/// Answers requests until a signal says stop.
///
/// # Errors
/// The listener or the waiting for signals fails.
pub async fn until_stopped(app: App, running: Running) -> Result<(), Failure> {
    let (stop_jobs, stopped) = watch::channel(false);
    let jobs = tokio::spawn(app.clone().keep_jobs(stopped));
    let fresh = tokio::spawn(app.keep_fresh());
    let stop = tokio::spawn(running.stopper().stop_at_signal());
    let served = running.run().await;
    // The batch that has begun is finished; a node that is killed instead loses nothing, as its transaction is undone.
    stop_jobs.send_replace(true);
    if tokio::time::timeout(GRACE, jobs).await.is_err() {
        tracing::warn!(
            "a job did not end in time: its batch is undone and done again by another node"
        );
    }
    fresh.abort();
    stop.abort();
    Ok(served?)
}
