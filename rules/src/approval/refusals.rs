//! How the approval engine says no.
//!
//! Pitfall: the engine knows people by id only; `by`, `for` and `at` of an `ALREADY_DECIDED` it made are ids and a UTC
//! instant until the caller replaces it by [`already_decided`] with names and the company's local time.

use chrono::SecondsFormat;

use super::Taken;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::vocabulary::{ApprovalState, StakeReason};

/// The case was decided: by whom, on whose behalf, when, as the reader is to see them.
pub fn already_decided(by: &str, on_behalf_of: Option<&str>, at: &str) -> Refusal {
    let who = on_behalf_of.map_or_else(|| by.to_owned(), |delegator| format!("{by} ({delegator})"));
    Refusal::new(Code::AlreadyDecided)
        .param("by", who)
        .param("at", at)
}

pub(super) fn taken_already(taken: Taken) -> Refusal {
    let on_behalf_of = taken.on_behalf_of.map(|id| id.to_string());
    let at = taken.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    already_decided(&taken.by.to_string(), on_behalf_of.as_deref(), &at)
}

pub(super) fn self_approval() -> Refusal {
    Refusal::new(Code::SelfApproval).remedy(Remedy::new(RemedyKey::LeaveToOthers))
}

pub(super) fn recused(reason: StakeReason) -> Refusal {
    Refusal::new(Code::Recused)
        .labelled("reason", reason)
        .remedy(Remedy::new(RemedyKey::LeaveToOthers))
}

pub(super) fn recused_as(detail: Detail) -> Refusal {
    Refusal::new(Code::Recused)
        .detail(detail)
        .remedy(Remedy::new(RemedyKey::LeaveToOthers))
}

pub(super) fn content_changed() -> Refusal {
    Refusal::new(Code::VersionConflict)
        .detail(Detail::ContentChanged)
        .remedy(Remedy::new(RemedyKey::Reload))
}

pub(super) fn wrong_state(state: ApprovalState) -> Refusal {
    let refusal = Refusal::new(Code::WrongState);
    match state {
        ApprovalState::Withdrawn => refusal.detail(Detail::Withdrawn),
        ApprovalState::Expired => refusal.detail(Detail::Expired),
        state => refusal.labelled("state", state),
    }
}
