//! Notices: what each person is told of, in an inbox of his own, and by mail where he wants it.
//!
//! Tables `notice` and `notice_setting`. A command calls [`tell`] in its own [`crate::work::Work`], so that a notice is there
//! if and only if its cause is; [`resolve`] when there is nothing more to do about the object. A notice keeps ids and a
//! code: its words are made when it is read, in the language and under the rights of who reads it then. Pitfall: who can
//! decide on a case is never told, because that is the policy's answer at each moment; his list is `approvalInbox`.

mod access;
mod api;
mod commands;
mod given_up;
mod graph;
mod jobs;
mod mail;
mod retry;
mod tell;
mod words;

use crate::features::Feature;

pub use access::NoticeFacts;
pub use given_up::{mails, retry_mails};
pub(crate) use graph::by_mail;
pub use tell::{Telling, resolve, tell};

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    facts: access::loaders,
    jobs: jobs::JOBS,
    ..Feature::NOTHING
};
