//! The past of every object: its changes, and how it stood on any past day (ARC-7).
//!
//! Table `history`, written by `work`. Pitfall: who may see which column of the past is decided by the graph's
//! declaration (`graph::Past`); a value that does not go through it passes the policy by.

mod graph;
mod queries;

use crate::features::{Feature, no_access, no_facts, no_mutations};

/// The feature.
pub const FEATURE: Feature = Feature {
    access: no_access,
    graph: graph::declare,
    mutations: no_mutations,
    facts: no_facts,
    duties: &[],
    jobs: &[],
};
