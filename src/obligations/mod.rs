//! Obligations: what somebody must do by when, and what follows when he does not (ground rules, ORG-6).
//!
//! Tables `obligation` and `deadline_entry`, the ledger of each deadline. A feature declares its duties in its
//! `FEATURE` ([`rules::obligations::Duty`]) and calls [`start`] in the command that sets one off, [`pause`], [`resume`],
//! [`extend`] and [`hand_over`] on the way, [`fulfil`] or [`void`] at the end, always in its own [`crate::work::Work`].
//! Jobs warn, remind and escalate; an inquiry or a proposed penalty is written and told as an event, for the feature to
//! go on with. Pitfall: lock the object's row before calling in here, always in that order; the jobs lock obligations
//! alone.

mod access;
mod answers;
mod commands;
mod graph;
mod jobs;
mod ledger;
mod queries;

use crate::acting::Shared;
use crate::erasure::{Column, Hangs, Trace};
use crate::features::{Feature, LIST};
use crate::kit::error::{Error, Result};

pub use access::ObligationFacts;
pub use commands::{
    Responsible, Starting, extend, fulfil, hand_over, of_subject, pause, resume, start, void,
};

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    subscriptions: graph::subscriptions,
    facts: queries::loaders,
    jobs: jobs::JOBS,
    traces: &[
        Trace::new(
            "obligation",
            &[Hangs::OnAny("subject_kind", "subject_id")],
            &[],
        ),
        Trace::new(
            "deadline_entry",
            &[Hangs::On("obligation_id", "obligation")],
            &[Column::null("reason").free()],
        ),
    ],
    ..Feature::NOTHING
};

/// Holds every declared duty to the rulebook of now.
///
/// # Errors
/// Where a limit of one is unknown or no limit of time.
pub fn check(shared: &Shared) -> Result<()> {
    let today = shared.day_of(shared.clock.now());
    let moving = shared.moving();
    for duty in LIST.iter().flat_map(|feature| feature.duties) {
        duty.plan(&moving.rulebook.on(today))
            .map_err(|error| Error::internal(format!("duty {}: {error}", duty.code)))?;
    }
    Ok(())
}
