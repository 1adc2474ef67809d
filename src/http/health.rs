//! What machines ask: `/healthz` (does the process answer), `/readyz` (may it get requests), `/metrics`.
//!
//! Pitfall: `/healthz` looks at nothing else. A database that is away must not get every server restarted.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use serde_json::json;

use super::State;
use crate::telemetry;

/// The state of what the server stands on.
#[async_trait]
pub trait Health: Send + Sync {
    /// Why requests can't be answered now, fit for a stranger's eyes: the database is away, migrations are missing.
    async fn unready(&self) -> Option<&'static str>;

    /// Brings gauges up to date before they are read, for example by [`telemetry::gauge_connections`].
    fn gauge(&self);
}

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

pub(super) async fn readyz<A: 'static>(state: web::Data<State<A>>) -> HttpResponse {
    let reason = if state.stopping.is_set() {
        Some("the server is stopping")
    } else {
        state.behind.health.unready().await
    };
    match reason {
        None => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Some(reason) => HttpResponse::ServiceUnavailable()
            .json(json!({ "status": "unready", "reason": reason })),
    }
}

pub(super) async fn metrics<A: 'static>(state: web::Data<State<A>>) -> HttpResponse {
    state.behind.health.gauge();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(telemetry::metrics().render())
}
