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
mod command_line;
mod complaints;
mod customers;
mod demo;
mod differential;
mod guards;
mod http_transport;
mod identity;
mod import;
mod lookups;
mod organisation;
mod policy;
mod policy_changes;
mod readme;
mod rulebook;
mod schema;
mod viewer;
