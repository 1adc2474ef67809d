//! Looking archives up (LKP-1…LKP-5, LKP-9): requests, their decision, grants, locked archives.
//!
//! Tables: `lookup_request`, `archive_grant`. Pitfall: a grant opens its sections by the scopes of `customers/access.rs`
//! alone; nothing here reads an archive.

pub mod access;
mod api;
pub mod commands;
pub mod graph;
mod locked;
pub mod queries;
mod weigh;

use crate::erasure::{Column, Hangs, Trace};
use crate::features::Feature;
use crate::viewer::FactLoaders;

pub use commands::{check_something_locked, reroute};
pub use weigh::LongestGrant;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::access,
    graph: graph::graph,
    mutations: api::mutations,
    facts,
    deciders: api::deciders,
    traces: &[
        Trace {
            open: Some(("state", &["OPEN"])),
            ..Trace::new(
                "lookup_request",
                &[Hangs::On("customer_id", "customer")],
                &[
                    Column::stub("reason").free(),
                    Column::null("decision_reason").free(),
                ],
            )
        },
        Trace::new(
            "archive_grant",
            &[Hangs::On("customer_id", "customer")],
            &[Column::null("revoke_reason").free()],
        ),
    ],
    ..Feature::NOTHING
};

fn facts(loaders: &mut FactLoaders) {
    loaders.kind("lookup_request", "ArchiveLookupRequest", |scene, id| {
        Box::pin(queries::request_facts(scene, id))
    });
    loaders.kind("archive_grant", "ArchiveGrant", |scene, id| {
        Box::pin(queries::grant_facts(scene, id))
    });
}
