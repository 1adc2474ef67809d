//! Customers (ARC-1…ARC-4, ARC-9): directory card, archive in sections, log of readings (LKP-5).
//!
//! Tables: `customer` and all `customer_*`, `contact_log`, `archive_reading`. Pitfall: who may read a section is decided
//! in `access.rs` and put in by the graph; a command that answers with archive content of its own would pass it by.

pub mod access;
mod api;
pub mod commands;
pub mod graph;
pub mod import;
mod persons;
pub mod queries;
mod readings;

use crate::features::Feature;
use crate::viewer::FactLoaders;

pub use readings::Readings;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::access,
    graph: graph::graph,
    mutations: api::mutations,
    subscriptions: graph::subscriptions,
    facts,
    persons: persons::PERSONS,
    traces: persons::TRACES,
    ..Feature::NOTHING
};

fn facts(loaders: &mut FactLoaders) {
    loaders.kind("customer", "Customer", |scene, id| {
        Box::pin(queries::facts(scene, id))
    });
}
