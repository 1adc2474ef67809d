//! The past of every object: its changes, and how it stood on any past day (ARC-7).
//!
//! Table `history`, written by `work`. Pitfall: who may see which column of the past is decided by the graph's
//! declaration (`graph::Past`); a value that does not go through it passes the policy by.

mod graph;
mod queries;
mod standing;

use crate::features::Feature;

pub use standing::{Standing, as_it_stood};

/// The feature.
pub const FEATURE: Feature = Feature {
    graph: graph::declare,
    ..Feature::NOTHING
};
