//! THE LIST: every feature with what it brings. A new feature adds one line here and its `mod`.

use std::sync::Arc;

use rules::obligations::Duty;

use crate::access::Catalogue;
use crate::approvals::Deciders;
use crate::erasure::{Outside, Person, Trace};
use crate::forms::FormKind;
use crate::graph::{Graph, ReadingLog};
use crate::jobs::Job;
use crate::live::Subscriptions;
use crate::rulebook::Weighers;
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
    /// What can be followed (`graph.rs`).
    pub subscriptions: fn(&mut Subscriptions),
    /// How the facts of its kinds are read, for `can` and `explainAccess` (`queries.rs`).
    pub facts: fn(&mut FactLoaders),
    /// What its regulation asks for by when.
    pub duties: &'static [Duty],
    /// What the clock drives (`jobs.rs`).
    pub jobs: &'static [Job],
    /// Which commands decide on its objects (`api.rs`).
    pub deciders: fn(&mut Deciders),
    /// Which forms its regulation asks for.
    pub forms: &'static [FormKind],
    /// The natural persons whose data it keeps (PIP-3).
    pub persons: &'static [Person],
    /// Its rows that hang on persons, whosever they are, and what of them is personal (PIP-3).
    pub traces: &'static [Trace],
    /// How it erases what it keeps outside of rows, such as files (PIP-3).
    pub outside: &'static [Outside],
}

impl Feature {
    /// A feature that brings nothing; each says what it brings beyond.
    pub const NOTHING: Self = Self {
        access: |_| {},
        graph: |_| {},
        mutations: |_| {},
        subscriptions: |_| {},
        facts: |_| {},
        duties: &[],
        jobs: &[],
        deciders: |_| {},
        forms: &[],
        persons: &[],
        traces: &[],
        outside: &[],
    };
}

/// The features.
pub const LIST: &[Feature] = &[
    crate::approvals::FEATURE,
    crate::audit::FEATURE,
    crate::calendar::FEATURE,
    crate::complaints::FEATURE,
    crate::customers::FEATURE,
    crate::forms::FEATURE,
    crate::files::FEATURE,
    crate::erasure::FEATURE,
    crate::history::FEATURE,
    crate::identity::FEATURE,
    crate::lookups::FEATURE,
    crate::notices::FEATURE,
    crate::obligations::FEATURE,
    crate::organisation::FEATURE,
    crate::policy::FEATURE,
    crate::rulebook::FEATURE,
    crate::viewer::FEATURE,
];

/// The feature that logs readings of archives (LKP-5).
pub fn reading_log() -> Arc<dyn ReadingLog> {
    Arc::<crate::customers::Readings>::default()
}

/// How features' cases depend on the numbers of the rulebook (RUL-5).
pub fn weighers() -> Weighers {
    Weighers(vec![
        Box::new(crate::complaints::Brackets),
        Box::new(crate::lookups::LongestGrant),
    ])
}
