//! Logs and metrics: what the server tells those who run it.
//!
//! Logs go to standard error, so that `kehu schema > file` stays clean. Metrics are read at `/metrics`.
//!
//! Pitfall: labels must come from small fixed sets. An operation's name, a path or a person as a label would grow the
//! registry without bound.

use std::panic;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Log, LogFormat};

const REQUESTS: &str = "kehu_graphql_requests_total";
const SECONDS: &str = "kehu_graphql_request_duration_seconds";
const IN_FLIGHT: &str = "kehu_http_requests_in_flight";
const STATEMENTS: &str = "kehu_graphql_statements_total";
const CONNECTIONS: &str = "kehu_database_connections";
const LIVE_CONNECTIONS: &str = "kehu_live_connections";
const LIVE_SUBSCRIPTIONS: &str = "kehu_live_subscriptions";
const LIVE_DELIVERIES: &str = "kehu_live_deliveries_total";
const LIVE_CLOSED: &str = "kehu_live_closed_total";
const JOB_HANDLED: &str = "kehu_job_handled_total";
const JOB_SECONDS: &str = "kehu_job_batch_duration_seconds";
const JOB_FAILURES: &str = "kehu_job_failures_total";
const NOTICE_MAILS: &str = "kehu_notice_mails_total";

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Starts logging for the process. A second call changes nothing, so that tests may call it freely.
pub fn start_logging(log: &Log) {
    // The level was checked with the configuration.
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Pretty => lines.try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    if started.is_ok() {
        panic::set_hook(Box::new(|panic| {
            tracing::error!(target: "kehu::panic", place = panic.location().map(tracing::field::display), "{panic}");
        }));
    }
}

/// The registry of the process. The first call installs it.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        // Only an empty list of buckets is refused.
        let builder = builder
            .set_buckets(&BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed: /metrics stays empty");
        }
        describe_counter!(
            REQUESTS,
            "GraphQL requests by kind of operation and outcome"
        );
        describe_histogram!(
            SECONDS,
            "Time from the request's head to its answer, by kind of operation"
        );
        describe_gauge!(IN_FLIGHT, "HTTP requests being answered");
        describe_counter!(STATEMENTS, "SQL statements run for GraphQL requests");
        describe_gauge!(CONNECTIONS, "Database connections by state");
        describe_gauge!(LIVE_CONNECTIONS, "Connections that stay, by transport");
        describe_gauge!(LIVE_SUBSCRIPTIONS, "Subscriptions under way");
        describe_counter!(LIVE_DELIVERIES, "Deliveries of subscriptions");
        describe_counter!(
            LIVE_CLOSED,
            "Connections that were closed by the server, by reason"
        );
        describe_counter!(JOB_HANDLED, "What jobs handled on this node, by job");
        describe_histogram!(JOB_SECONDS, "Time of a job's batch, by job");
        describe_counter!(JOB_FAILURES, "Batches that failed, by job");
        describe_counter!(
            NOTICE_MAILS,
            "Tries to mail a notice, by outcome; dead ones are given up"
        );
        handle
    })
}

/// Counts one answer of a GraphQL operation that began then.
pub fn count_answer(operation: &'static str, outcome: &'static str, began: Instant) {
    if operation == "subscription" && outcome != "request_error" {
        // How long somebody listens says nothing about the server.
        counter!(LIVE_DELIVERIES).increment(1);
        return;
    }
    counter!(REQUESTS, "operation" => operation, "outcome" => outcome).increment(1);
    histogram!(SECONDS, "operation" => operation).record(began.elapsed().as_secs_f64());
}

/// Counts connections that stay as opened (1) or ended (-1).
pub fn gauge_live_connections(transport: &'static str, by: f64) {
    gauge!(LIVE_CONNECTIONS, "transport" => transport).increment(by);
}

/// Counts a connection that the server closed.
pub fn count_live_closed(reason: &'static str) {
    counter!(LIVE_CLOSED, "reason" => reason).increment(1);
}

/// Counts a subscription as under way for as long as it lives.
#[derive(Debug)]
pub struct Subscribed(());

impl Subscribed {
    /// Counts one more.
    #[must_use]
    pub fn enter() -> Self {
        gauge!(LIVE_SUBSCRIPTIONS).increment(1.0);
        Self(())
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        gauge!(LIVE_SUBSCRIPTIONS).decrement(1.0);
    }
}

/// Counts SQL statements that were run for a GraphQL request.
pub fn count_statements(statements: u64) {
    counter!(STATEMENTS).increment(statements);
}

/// Counts what a batch of a job handled.
pub fn count_job(job: &'static str, handled: u64, took: Duration) {
    counter!(JOB_HANDLED, "job" => job).increment(handled);
    histogram!(JOB_SECONDS, "job" => job).record(took.as_secs_f64());
}

/// Counts a batch of a job that failed.
pub fn count_job_failure(job: &'static str) {
    counter!(JOB_FAILURES, "job" => job).increment(1);
}

/// Counts a try to mail a notice: `sent`, `later`, `not_needed` or `dead`.
pub fn count_notice_mail(outcome: &'static str) {
    counter!(NOTICE_MAILS, "outcome" => outcome).increment(1);
}

/// Sets how many database connections are open in all, and how many of them are idle.
pub fn gauge_connections(open: u32, idle: u32) {
    gauge!(CONNECTIONS, "state" => "open").set(f64::from(open));
    gauge!(CONNECTIONS, "state" => "idle").set(f64::from(idle));
}

/// Counts a request as in flight for as long as it lives, also when its future is dropped halfway.
#[derive(Debug)]
pub struct InFlight(());

impl InFlight {
    /// Counts one more.
    #[must_use]
    pub fn enter() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}
