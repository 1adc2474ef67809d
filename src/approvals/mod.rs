//! Approvals: what must be decided by somebody entitled who has no stake in it (ground rules, ORG-4, CMP-11, LKP-1).
//!
//! Tables `approval`, `approval_step`, `approval_stake`, `approval_event`. A feature whose objects are decided on
//! - says so in its `access.rs`: `catalogue.approvable(Approvable { kind: "complaint", prefix: "complaint", read:
//!   ("complaint", "read"), decide: &[("complaint", "decide")] })`. That puts its objects into `approvalInbox` of whoever
//!   the policy lets decide, and makes their approvals readable to whoever reads the object;
//! - calls [`open`] with a route in the command that asks, [`decide`] in those that answer, [`change`], [`resubmit`],
//!   [`withdraw`] and [`expire`] for the rest, always inside its own [`crate::work::Work`], and writes its own object by
//!   what comes back: a decision may leave the case open for others;
//! - names that command in `deciders: fn(&mut Deciders)` of its entry in `features.rs`, so that `approvalDecide` and
//!   `approvalsDecide` reach it.
//!
//! Who may take a step is never stored: it is the policy's answer at that moment, minus everybody with a stake. A delegate
//! and a higher role are part of that answer; where nobody is left, whoever the policy lets `approval · stand-in`, the
//! governing body, decides in writing. Pitfall: lock the subject's row before calling in here (`lock_exclusive`), always in
//! that order, so that two deciders wait for each other instead of meeting in a deadlock or in a version conflict.

mod access;
mod api;
mod boxes;
mod commands;
mod decide;
mod deciders;
mod graph;
mod held;
mod onlooker;
mod outcome;
mod queries;

use crate::erasure::{Column, Hangs, Trace};
use crate::features::Feature;

pub use access::Facts;
pub use commands::{
    Content, Opening, Wanted, change, expire, one_step, open, overtake, resubmit, step, step_of,
    waits_for, withdraw,
};
pub use decide::{Addition, Decided, Judgement, Read, Said, add_step, decide};
pub use deciders::{Decide, Deciders};
pub use held::machines;
pub use onlooker::Onlooker;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    subscriptions: graph::subscriptions,
    facts: queries::loaders,
    traces: &[
        Trace::new(
            "approval",
            &[Hangs::OnAny("subject_kind", "subject_id")],
            &[Column::empty("content_hash"), Column::null("parts")],
        ),
        Trace::new("approval_step", ON_APPROVAL, SAID),
        Trace::new("approval_event", ON_APPROVAL, SAID),
    ],
    ..Feature::NOTHING
};

const ON_APPROVAL: &[Hangs] = &[Hangs::On("approval_id", "approval")];

// A hash of what was asked for could be tried out like any other.
const SAID: &[Column] = &[
    Column::null("opinion").free(),
    Column::empty("content_hash"),
];
