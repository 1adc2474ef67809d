//! THE LIST: every feature with what it brings. A new feature adds one line here and its `mod`.

use std::sync::Arc;

use crate::access::Catalogue;
use crate::approvals::Deciders;
use crate::graph::{Graph, ReadingLog};
use crate::viewer::FactLoaders;
use crate::work::Mutations;

/// What a feature brings.
pub struct Feature {
    /// Kinds, actions and scopes (`access.rs`).
    pub access: fn(&mut Catalogue),
    /// What can be read (`graph.rs`).
    pub graph: fn(&mut Graph),
    /// What can be done (`api.rs`).
    pub mutations: fn(&mut Mutations),
    /// How the facts of its kinds are read, for `can` and `explainAccess` (`queries.rs`).
    pub facts: fn(&mut FactLoaders),
    /// Which commands decide on its objects (`api.rs`).
    pub deciders: fn(&mut Deciders),
}

/// A feature whose reads are open to everybody signed in.
pub fn no_access(_: &mut Catalogue) {}

/// A feature without mutations.
pub fn no_mutations(_: &mut Mutations) {}

/// A feature without kinds of its own.
pub fn no_facts(_: &mut FactLoaders) {}

/// A feature whose objects nobody decides on.
pub fn no_deciders(_: &mut Deciders) {}

/// The features.
pub const LIST: &[Feature] = &[
    crate::approvals::FEATURE,
    crate::complaints::FEATURE,
    crate::customers::FEATURE,
    crate::identity::FEATURE,
    crate::lookups::FEATURE,
    crate::organisation::FEATURE,
    crate::policy::FEATURE,
    crate::rulebook::FEATURE,
    crate::viewer::FEATURE,
];

/// The feature that logs readings of archives (LKP-5).
pub fn reading_log() -> Arc<dyn ReadingLog> {
    Arc::<crate::customers::Readings>::default()
}
