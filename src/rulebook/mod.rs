//! Regulations and their parameters, kept in the system and read by everybody (RUL-1, RUL-2, RUL-4).
//!
//! Tables `regulation`, `clause`, `rulebook_parameter` hold what this version ships with and are brought up to date at
//! every start; `rulebook_value` holds effective-dated values and is never touched by a start. Pitfall: what a case is
//! decided by is the snapshot in `Acting` as of the case's day, not these tables.

mod graph;
mod load;
mod queries;

use crate::features::Feature;

pub use load::load;

/// The feature.
pub const FEATURE: Feature = Feature {
    graph: graph::declare,
    ..Feature::NOTHING
};
