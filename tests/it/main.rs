//! The integration tests: GraphQL over HTTP against a real server over a real database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

mod agreement;
mod approvals;
mod archive;
mod audit;
mod backup;
mod calendar;
mod codes;
mod command_line;
mod complaints;
mod customers;
mod demo;
mod differential;
mod erasure;
mod explaining;
mod files;
mod forms;
mod graph;
mod guards;
mod http_transport;
mod identity;
mod import;
mod interference;
mod jobs;
mod live;
mod lookups;
mod notices;
mod obligations;
mod organisation;
mod policy;
mod policy_changes;
mod readme;
mod revisions;
mod rulebook;
mod schema;
mod statements;
mod statistics;
mod viewer;
mod wire;
mod writes;
