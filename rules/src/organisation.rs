//! Who holds which role when, and where a department stands (ORG-1, ORG-3, ORG-4, ORG-7).
//!
//! Pitfall: dates (`_on`) are inclusive days of the company's zone, instants (`_at`) of an end are exclusive: what ends
//! at noon is over at noon.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::kit::checks::{Checks, PROSE};
use crate::kit::clause::Clause;
use crate::kit::money::Fen;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::vocabulary::{DepartmentTier, EmploymentState, Role};

const ORG_1: Clause = Clause("ORG-1");
const ORG_4: Clause = Clause("ORG-4");

/// A point in time with its date in the company's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Its date.
    pub on: NaiveDate,
}

/// When a role is held (ORG-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The employee who holds it.
    pub employee: Uuid,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day, `None` where none is set.
    pub until_on: Option<NaiveDate>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Assignment {
    /// ORG-3: whether the role is held at a moment; the last day counts in full.
    pub fn is_in_force(&self, now: Moment) -> bool {
        self.from_on <= now.on
            && self.until_on.is_none_or(|until| now.on <= until)
            && self.ended_at.is_none_or(|ended| now.at < ended)
    }
}

/// What is known of a person's employment (ORG-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Employment {
    /// Its state.
    pub state: EmploymentState,
    /// The last day, where one is set.
    pub left_on: Option<NaiveDate>,
}

impl Employment {
    /// ORG-7: whether it has ended: at once when the state says so, else when the last day is over.
    pub fn has_ended(&self, on: NaiveDate) -> bool {
        self.state == EmploymentState::Left || self.left_on.is_some_and(|last| last < on)
    }
}

/// A role delegated for a dated period (ORG-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// When it begins.
    pub from_at: DateTime<Utc>,
    /// When it ends by itself.
    pub until_at: DateTime<Utc>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
    /// The highest amount it covers, `None` for as high as the role itself.
    pub max_amount: Option<Fen>,
}

impl Delegation {
    /// ORG-4, ORG-7: whether it is in force: within its period, while the delegator holds the role, and while both are
    /// employed.
    pub fn is_in_force(
        &self,
        assignment: &Assignment,
        delegator: &Employment,
        delegate: &Employment,
        now: Moment,
    ) -> bool {
        self.from_at <= now.at
            && now.at < self.until_at
            && self.ended_at.is_none_or(|ended| now.at < ended)
            && assignment.is_in_force(now)
            && !delegator.has_ended(now.on)
            && !delegate.has_ended(now.on)
    }

    /// ORG-4: whether an act of this amount is within its cap. An act without an amount always is.
    pub fn covers(&self, amount: Option<Fen>) -> bool {
        self.max_amount
            .is_none_or(|max| amount.is_none_or(|amount| amount <= max))
    }
}

/// A delegation somebody wants to make (ORG-4).
#[derive(Clone, Copy, Debug)]
pub struct NewDelegation<'a> {
    /// The role assignment to be delegated.
    pub assignment: &'a Assignment,
    /// Who delegates.
    pub delegator: Uuid,
    /// Whether the delegator acts in that role only because it was delegated to him.
    pub held_by_delegation: bool,
    /// To whom.
    pub delegate: Uuid,
    /// The delegate's employment.
    pub delegate_employment: Employment,
    /// When it begins.
    pub from_at: DateTime<Utc>,
    /// When it ends.
    pub until_at: DateTime<Utc>,
    /// Its cap, where it has one.
    pub max_amount: Option<Fen>,
    /// Why.
    pub reason: &'a str,
}

/// ORG-4: whether a delegation can be made; gives its reason, trimmed.
///
/// # Errors
/// `DELEGATION_CHAINED`, `ROLE_NOT_HELD` at `assignment`; faults of `delegate`, `untilAt`, `maxAmount`, `reason`.
pub fn check_delegation(new: &NewDelegation<'_>, now: Moment) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(ORG_4);
    if new.held_by_delegation {
        let remedy = Remedy::new(RemedyKey::AskRoleHolder);
        checks.refuse(
            "assignment",
            Refusal::new(Code::DelegationChained).remedy(remedy),
        );
    } else if new.assignment.employee != new.delegator || !new.assignment.is_in_force(now) {
        checks.refuse("assignment", Code::RoleNotHeld);
    }
    if new.delegate == new.delegator {
        checks.refuse(
            "delegate",
            Refusal::new(Code::InvalidInput).detail(Detail::DelegateIsDelegator),
        );
    }
    if new.delegate_employment.has_ended(now.on) {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::EmploymentEnded);
        checks.refuse("delegate", refusal.clause(Clause("ORG-7")));
    }
    if new.until_at <= new.from_at {
        checks.refuse(
            "untilAt",
            Refusal::new(Code::OutOfRange).detail(Detail::PeriodBackwards),
        );
    } else if new.until_at <= now.at {
        checks.refuse(
            "untilAt",
            Refusal::new(Code::OutOfRange).detail(Detail::PeriodOver),
        );
    }
    if new.max_amount.is_some_and(Fen::is_negative) {
        checks.refuse(
            "maxAmount",
            Refusal::new(Code::OutOfRange).detail(Detail::NegativeAmount),
        );
    }
    let reason = checks.text("reason", new.reason, PROSE);
    checks.finish(reason)
}

/// ORG-3: whether an assignment's dates fit together.
///
/// # Errors
/// `OUT_OF_RANGE` at `untilOn`.
pub fn check_assignment(from_on: NaiveDate, until_on: Option<NaiveDate>) -> Result<(), Refusal> {
    if until_on.is_some_and(|until| until < from_on) {
        let refusal = Refusal::new(Code::OutOfRange)
            .detail(Detail::PeriodBackwards)
            .at("untilOn");
        return Err(refusal.clause(Clause("ORG-3")));
    }
    Ok(())
}

/// The roles that never stand empty: who drafts changes of the policy and administers accounts, and who approves (ORG-3).
pub const NEVER_EMPTY: [Role; 2] = [Role::SystemAdministrator, Role::GeneralManager];

/// ORG-3: a company is never left without a system administrator and a general manager; other roles may stand empty.
/// Holding a role by delegation is not holding it.
///
/// # Errors
/// `LAST_HOLDER`.
pub fn check_end_of_assignment(role: Role, other_holders: u64) -> Result<(), Refusal> {
    if NEVER_EMPTY.contains(&role) && other_holders == 0 {
        return Err(Refusal::new(Code::LastHolder).remedy(Remedy::new(RemedyKey::AssignAnother)));
    }
    Ok(())
}

/// ORG-1: whether a department of a tier can stand below one of another tier (`None`: at the top). Sections stand in
/// departments, groups in departments or sections.
///
/// # Errors
/// `INVALID_INPUT` at `parent`.
pub fn check_tier(tier: DepartmentTier, parent: Option<DepartmentTier>) -> Result<(), Refusal> {
    let fits = match (tier, parent) {
        (DepartmentTier::Department, None) => true,
        (_, Some(DepartmentTier::Department)) => true,
        (DepartmentTier::Group, Some(DepartmentTier::Section)) => true,
        (_, None | Some(DepartmentTier::Section | DepartmentTier::Group)) => false,
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::new(Code::InvalidInput)
        .detail(Detail::DepartmentTier)
        .clause(ORG_1)
        .at("parent"))
}

/// ORG-1: whether a department can be moved below another, whose path to the top is given, itself first.
///
/// # Errors
/// `INVALID_INPUT` at `parent` where it would come to stand below itself.
pub fn check_no_cycle(department: Uuid, path_of_parent: &[Uuid]) -> Result<(), Refusal> {
    if path_of_parent.contains(&department) {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::DepartmentCycle);
        return Err(refusal.clause(ORG_1).at("parent"));
    }
    Ok(())
}

/// What a change of an employee's state needs to know (ORG-2).
#[derive(Clone, Copy, Debug)]
pub struct ChangeOfState {
    /// The state now.
    pub from: EmploymentState,
    /// The state wanted.
    pub to: EmploymentState,
    /// The day it changes; for the end of employment its last day.
    pub on: NaiveDate,
    /// The latest day of an earlier state, where one is known.
    pub not_before: Option<NaiveDate>,
}

/// ORG-2, ORG-7: whether an employee can go from one state to another on a day. Employment that has ended stays ended;
/// its last day alone may lie in the future.
///
/// # Errors
/// `WRONG_STATE` at `state`; `OUT_OF_RANGE` at `on`.
pub fn check_change_of_state(change: ChangeOfState, today: NaiveDate) -> Result<(), Vec<Refusal>> {
    use EmploymentState::{Active, Left, Probation, Transferred};
    let mut checks = Checks::under(Clause("ORG-2"));
    let fits = match (change.from, change.to) {
        (Left, _) | (_, Probation) | (Active, Active) => false,
        (Probation | Active | Transferred, Active | Transferred | Left) => true,
    };
    if !fits {
        checks.refuse(
            "state",
            Refusal::new(Code::WrongState).labelled("state", change.from),
        );
    }
    if change.not_before.is_some_and(|earlier| change.on < earlier) {
        checks.refuse(
            "on",
            Refusal::new(Code::OutOfRange).detail(Detail::BeforeEarlierState),
        );
    }
    if change.to != Left {
        checks.not_in_future("on", change.on, today);
    }
    checks.finish(())
}

/// The home department that lookups count by (LKP-1): the nearest of tier `DEPARTMENT` on the way from a department to
/// the top, itself included; where there is none, the topmost. `path` begins with the department itself; `None` where
/// it is empty.
pub fn home_department(path: &[(Uuid, DepartmentTier)]) -> Option<Uuid> {
    let nearest = path
        .iter()
        .find(|(_, tier)| *tier == DepartmentTier::Department);
    nearest.or(path.last()).map(|(id, _)| *id)
}

#[cfg(test)]
mod tests;
