//! Regulations, their parameters and revisions of them (RUL-1 to RUL-5).
//!
//! Tables `regulation`, `clause`, `rulebook_parameter` hold what this version ships with and are brought up to date at
//! every start; `rulebook_value` holds effective-dated values, added by approved revisions and never touched by a start;
//! `rulebook_revision` holds revisions from draft to decision, decided on by [`crate::approvals`]. A feature whose cases
//! depend on a parameter lists a [`Weigh`] in `features.rs`, and the approver sees what a new value would have changed.
//! Pitfall: what a case is decided by is the snapshot in `Acting` as of the case's day, not these tables.

mod access;
mod api;
mod commands;
mod decisions;
mod enforcement;
mod graph;
mod load;
mod queries;
mod reading;
mod revisions;
mod weigh;

use rules::kit::clause::Clause;

use crate::features::Feature;

pub use access::RevisionFacts;
pub use load::load;
pub use weigh::{Moved, Question, Weigh, Weighers, gather};

/// The feature.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: |graph| {
        graph::declare(graph);
        revisions::declare(graph);
        enforcement::declare(graph);
    },
    mutations: api::mutations,
    facts: queries::loaders,
    deciders: api::deciders,
    ..Feature::NOTHING
};

/// Revisions (RUL-3).
const RUL_3: Clause = Clause("RUL-3");
