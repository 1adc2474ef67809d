//! Files that hang on objects: scans, photos, recordings (ARC-8). Platform feature; tables `file` and `file_blob`.
//!
//! On which kinds files hang, and what they fall under there, the kinds' features say
//! ([`Catalogue::attachable`](crate::access::Catalogue::attachable)). Contents stand in a store outside of the database,
//! named by their hash, each once. Pitfall: a content is in the store before the transaction that hangs it, and is
//! removed after the last one that had it; a row of `file_blob` tells of it all that time.

mod api;
mod commands;
mod erase;
mod graph;
mod hold;
mod jobs;
mod links;
mod scan;
mod sniff;
mod store;

use crate::features::Feature;

pub use links::{Links, Opened, Signed};
pub use store::{Content, Store, StoreError};

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    graph: graph::declare,
    mutations: api::mutations,
    jobs: jobs::JOBS,
    traces: &[erase::TRACE],
    outside: &[erase::let_go],
    ..Feature::NOTHING
};
