//! Approvals: what must be decided by somebody entitled who has no stake in it (ground rules, ORG-4, CMP-11, LKP-1).
//!
//! Tables `approval`, `approval_step`, `approval_stake`, `approval_event`. A feature whose objects are decided on
//! - says so in its `access.rs`: `catalogue.approvable(Approvable { kind: "complaint", prefix: "complaint", read:
//!   ("complaint", "read"), decide: ("complaint", "decide") })`. That puts its objects into `approvalInbox` of whoever
//!   the policy lets decide, and makes their approvals readable to whoever reads the object;
//! - calls [`open`] in the command that asks, [`decide`] in those that answer, [`change`], [`resubmit`] and [`withdraw`]
//!   for the rest, always inside its own [`crate::work::Work`], and writes its own object by what comes back.
//!
//! Who may take a step is never stored: it is the policy's answer at that moment, minus everybody with a stake.
//! Pitfall: lock the subject's row before calling in here (`lock_exclusive`), always in that order, so that two deciders
//! wait for each other instead of meeting in a deadlock or in a version conflict.

mod access;
mod commands;
mod graph;
mod held;
mod queries;

use crate::features::{Feature, no_mutations};

pub use access::Facts;
pub use commands::{
    Content, Decided, Judgement, Opening, Verdict, change, decide, open, resubmit, withdraw,
};
pub use held::already_decided;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: no_mutations,
    facts: queries::loaders,
    duties: &[],
    jobs: &[],
};
