//! Looking archives up: who approves, what a request and a grant may hold, how long a grant runs
//! (LKP-1 to LKP-5, LKP-9).
//!
//! Pitfall: a grant ends at `until_at` exactly: at that instant it no longer opens anything.

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

use crate::kit::checks::{Checks, PROSE};
use crate::kit::clause::Clause;
use crate::kit::content::content_hash;
use crate::kit::dates::end_of_days_after;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::rulebook::{RulebookError, RulebookOn};
use crate::vocabulary::{LookupRoute, LookupState, Role, Sections};

const LKP_4: Clause = Clause("LKP-4");
const DEFAULT_DAYS: &str = "lookup.grant.default-days";
/// The parameter that says for how many days a grant runs at most (LKP-4).
pub const MAX_DAYS: &str = "lookup.grant.max-days";

/// Which way a request takes: by the manager where requester and customer have the same home department (LKP-1), else
/// by the general manager (LKP-2).
pub fn route(requester_home: Uuid, customer_home: Uuid) -> LookupRoute {
    if requester_home == customer_home {
        LookupRoute::OwnDepartment
    } else {
        LookupRoute::OtherDepartment
    }
}

/// The role that approves a request of this route; roles above it can as well.
pub const fn approver(route: LookupRoute) -> Role {
    match route {
        LookupRoute::OwnDepartment => Role::DepartmentManager,
        LookupRoute::OtherDepartment => Role::GeneralManager,
    }
}

/// The clause a route rests on.
pub const fn clause(route: LookupRoute) -> Clause {
    match route {
        LookupRoute::OwnDepartment => Clause("LKP-1"),
        LookupRoute::OtherDepartment => Clause("LKP-2"),
    }
}

/// LKP-9: what somebody is told who meets a locked archive: that it is locked, who can open it, how to ask. Never
/// anything of its content.
pub fn how_to_ask(route: LookupRoute) -> Remedy {
    Remedy::new(RemedyKey::AskLookup)
        .approvers([approver(route)])
        .mutation("archiveLookupRequest")
}

/// LKP-9: the refusal for reading a locked archive.
pub fn locked(route: LookupRoute) -> Refusal {
    Refusal::new(Code::Forbidden)
        .clause(clause(route))
        .remedy(how_to_ask(route))
}

/// How long grants run, as of the request's day (RUL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Days where the request names none.
    pub default_days: u32,
    /// The most days.
    pub max_days: u32,
}

impl Limits {
    /// The limits in force on a day.
    ///
    /// # Errors
    /// Where the rulebook lacks the parameters.
    pub fn on(rulebook: &RulebookOn<'_>) -> Result<Self, RulebookError> {
        let max_days = rulebook.days(MAX_DAYS)?;
        Ok(Self {
            default_days: rulebook.days(DEFAULT_DAYS)?.min(max_days),
            max_days,
        })
    }
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The sections wanted.
    pub sections: Sections,
    /// Why.
    pub reason: String,
    /// For how many days.
    pub days: u32,
}

impl Request {
    /// The hash an approval of this request is bound to.
    pub fn content_hash(&self, customer: Uuid, requester: Uuid) -> String {
        content_hash(&[
            ("customer", &customer.to_string()),
            ("requester", &requester.to_string()),
            ("sections", &self.sections.bits().to_string()),
            ("reason", &self.reason),
            ("days", &self.days.to_string()),
        ])
    }
}

/// LKP-4: whether a request states its sections, its reason, and a time within the limit.
///
/// # Errors
/// Faults of `sections`, `reason`, `days`, all at once.
pub fn check_request(
    sections: Sections,
    reason: &str,
    days: Option<i64>,
    limits: Limits,
) -> Result<Request, Vec<Refusal>> {
    let mut checks = Checks::under(LKP_4);
    if sections.is_empty() {
        checks.refuse("sections", Code::Required);
    }
    let reason = checks.text("reason", reason, PROSE);
    let days = check_days(&mut checks, days, limits.default_days, limits.max_days);
    checks.finish(Request {
        sections,
        reason,
        days,
    })
}

/// LKP-4: nobody asks for what he can already read. `readable` are the sections he can read now.
///
/// # Errors
/// `ALREADY_GRANTED` where nothing of what is wanted is locked.
pub fn check_not_readable(wanted: Sections, readable: Sections) -> Result<(), Refusal> {
    if readable.contains_all(wanted) {
        return Err(Refusal::new(Code::AlreadyGranted).at("sections"));
    }
    Ok(())
}

/// LKP-4: the refusal of a second identical open request.
pub fn duplicate_request() -> Refusal {
    let remedy = Remedy::new(RemedyKey::AwaitRequest).mutation("archiveLookupWithdraw");
    Refusal::new(Code::DuplicateRequest).remedy(remedy)
}

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// The sections opened.
    pub sections: Sections,
    /// For how many days.
    pub days: u32,
}

/// LKP-4: the approver grants all (`None`) or less than what was asked for, never more.
///
/// # Errors
/// Faults of `sections` and `days`, both at once.
pub fn check_grant(
    asked: Sections,
    asked_days: u32,
    sections: Option<Sections>,
    days: Option<i64>,
) -> Result<GrantTerms, Vec<Refusal>> {
    let mut checks = Checks::under(LKP_4);
    let sections = sections.unwrap_or(asked);
    if sections.is_empty() {
        checks.refuse("sections", Code::Required);
    }
    if !asked.contains_all(sections) {
        checks.refuse(
            "sections",
            Refusal::new(Code::OutOfRange).detail(Detail::BeyondRequest),
        );
    }
    let days = check_days(&mut checks, days, asked_days, asked_days);
    checks.finish(GrantTerms { sections, days })
}

fn check_days(checks: &mut Checks, days: Option<i64>, default: u32, max: u32) -> u32 {
    let Some(days) = days else { return default };
    checks.number("days", days, 1, i64::from(max));
    u32::try_from(days).unwrap_or(default)
}

/// LKP-4, ground rules: when a grant of N days ends: 24:00 of the Nth day after the granting day, company zone.
pub fn grant_until<Z: TimeZone>(zone: &Z, granted_at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    end_of_days_after(zone, granted_at, days)
}

/// The time a grant runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantPeriod {
    /// When it begins.
    pub from_at: DateTime<Utc>,
    /// When it ends by itself, exclusive.
    pub until_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl GrantPeriod {
    /// LKP-4: whether the grant opens anything at an instant.
    pub fn is_in_force(&self, at: DateTime<Utc>) -> bool {
        self.from_at <= at
            && at < self.until_at
            && self.revoked_at.is_none_or(|revoked| at < revoked)
    }
}

/// LKP-4: a grant can be revoked at once, with a reason, while it has not ended; gives the reason, trimmed.
///
/// # Errors
/// `GRANT_ENDED`, or faults of `reason`.
pub fn check_revoke(
    grant: &GrantPeriod,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<String, Vec<Refusal>> {
    check_running(grant, at).map_err(|refusal| vec![refusal])?;
    let mut checks = Checks::under(LKP_4);
    let reason = checks.text("reason", reason, PROSE);
    checks.finish(reason)
}

/// LKP-4: whether a grant has not ended yet, by itself or revoked.
///
/// # Errors
/// `GRANT_ENDED`.
pub fn check_running(grant: &GrantPeriod, at: DateTime<Utc>) -> Result<(), Refusal> {
    if grant.revoked_at.is_some() || grant.until_at <= at {
        return Err(Refusal::new(Code::GrantEnded));
    }
    Ok(())
}

/// LKP-5: the refusal for reading by a grant that has run out or was revoked.
pub fn grant_ended(route: LookupRoute) -> Refusal {
    let remedy = Remedy::new(RemedyKey::AskAgain)
        .approvers([approver(route)])
        .mutation("archiveLookupRequest");
    Refusal::new(Code::GrantEnded).remedy(remedy)
}

/// LKP-4: whether a request still waits for its decision. `decided` is the refusal that names who decided and when
/// ([`crate::approval::already_decided`]).
///
/// # Errors
/// `ALREADY_DECIDED`, or `WRONG_STATE` where it was withdrawn.
pub fn check_undecided(
    state: LookupState,
    decided: impl FnOnce() -> Refusal,
) -> Result<(), Refusal> {
    match state {
        LookupState::Open => Ok(()),
        LookupState::Granted | LookupState::Refused => Err(decided().clause(LKP_4)),
        LookupState::Withdrawn => Err(Refusal::new(Code::WrongState)
            .detail(Detail::Withdrawn)
            .clause(LKP_4)),
    }
}

#[cfg(test)]
mod tests;
