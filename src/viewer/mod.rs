//! What the viewer may do: `viewer { can }`, `explainAccess`, and the `viewerActions` of every business object.
//!
//! A feature makes its kinds known by one line each in `facts: fn(&mut FactLoaders)` of its entry in `features.rs`:
//! `facts.kind("complaint", "Complaint", |scene, id| Box::pin(queries::facts(scene, id)))`, where `queries::facts` reads
//! what the kind's scopes take (`Ok(Some(Box::new(ComplaintFacts { … })))`) and gives `None` for an id that is not there.
//! It needs no check of its own: before it is called, the gate of the graph's type has been asked, so that an object the
//! viewer can't know of answers exactly as one that does not exist. A `viewerActions` field is batched: it builds facts
//! from the parents' cells, or loads them for all parents at once, and calls [`viewer_actions`]; where the object's state
//! counts, [`viewer_action`] with the refusal that its command would give.
//!
//! Pitfall: facts are of the concrete type that the scopes were declared with; of another type, every scope but `any`
//! says no.

mod access;
mod action;
mod actions;
mod elsewhen;
mod explain;
mod facts;
mod graph;
mod roles;

use crate::features::Feature;

pub use actions::{Judged, policy_of, viewer_action, viewer_actions};
pub use explain::employee as employee_name;
pub use explain::scope_in_words;
pub use facts::{FactLoaders, Facts, LoadFacts};

/// The feature.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    ..Feature::NOTHING
};
