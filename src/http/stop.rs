//! The end of a server: it says it is not ready, waits for load balancers to notice, and lets requests finish.
//!
//! Pitfall: a second signal is for people who can't wait. It ends the process's work at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{SignalKind, signal};

/// Whether the server is about to stop. Shared by all workers.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Whether it is.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Stops a running server.
#[derive(Debug, Clone)]
pub struct Stopper {
    pub(super) stopping: Stopping,
    pub(super) handle: ServerHandle,
    pub(super) drain: Duration,
}

impl Stopper {
    /// Stops gracefully: `/readyz` says no, after the drain time no connection is taken any more, and requests in
    /// flight have the grace time to finish.
    pub async fn stop(&self) {
        self.stopping.set();
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
    }

    /// Waits for SIGTERM or SIGINT and stops gracefully; at the next of them, at once.
    ///
    /// # Errors
    /// The process can't listen for signals.
    pub async fn stop_at_signal(self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests in flight may finish; a second signal stops at once");
        tokio::select! {
            () = self.stop() => {}
            _ = terminate.recv() => self.handle.stop(false).await,
            _ = interrupt.recv() => self.handle.stop(false).await,
        }
        Ok(())
    }
}
