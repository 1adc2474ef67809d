//! The access policy as the company administers it: its rows, and changes of them drafted by a system administrator and
//! approved by the general manager (ORG-3).
//!
//! Table `policy_row` is what [`crate::access`] compiles; nothing writes it but a start, which seeds defaults, and the
//! approval of a change here, which is in force on every node within a second. `policy_change` holds changes from draft to
//! decision, each row of them before and after, so that a change can be taken back by its opposite. Before anybody approves,
//! [`effect`] counts who gains and loses what on the real data, and [`lockout`] refuses what would leave nobody to change
//! the policy back. Pitfall: which role contains which is no part of this; it ships with the server.

mod access;
mod api;
mod check;
mod commands;
mod decisions;
mod effect;
mod graph;
mod lockout;
mod queries;
mod rows;

use rules::kit::clause::Clause;

use crate::features::Feature;

pub use access::ChangeFacts;

/// The feature.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    facts: queries::loaders,
    deciders: api::deciders,
    ..Feature::NOTHING
};

/// Roles and what they may.
const ORG_3: Clause = Clause("ORG-3");
