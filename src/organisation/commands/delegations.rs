//! Delegations: a role lent for a dated period (ORG-4).

use entity::{delegation, role_assignment};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal};
use rules::organisation::{Assignment, NewDelegation, check_delegation};
use rules::vocabulary::NoticeCode;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::json;

use super::{already_ended, missing, object, reference, referred_employee, unknown};
use crate::acting::Acting;
use crate::notices::{self, Telling};
use crate::organisation::DelegationFacts;
use crate::organisation::api::{DelegationCreateInput, DelegationEndInput};
use crate::organisation::queries::{self, facts_of_delegation};
use crate::work::{Done, Outcome, Work};

const ORG_4: Clause = Clause("ORG-4");

/// Delegates a role of one's own.
pub(in crate::organisation) async fn create(acting: &Acting, input: DelegationCreateInput) -> Done {
    let delegator = acting.employee();
    let assignment_id = reference("assignment", &input.assignment, "assignment")?;
    let assignment = role_assignment::Entity::find_by_id(assignment_id)
        .one(&acting.db.read)
        .await?;
    let assignment = assignment.ok_or_else(|| unknown("assignment"))?;
    let delegate = referred_employee(acting, &input.delegate, "delegate").await?;
    let facts = DelegationFacts {
        delegator,
        delegate: delegate.id,
    };
    let permit = acting.may("delegation", "create", &facts)?;
    let lent_to_viewer = acting
        .viewer
        .subject
        .personas
        .iter()
        .filter_map(|p| p.delegation);
    let held_by_delegation = lent_to_viewer
        .filter_map(|id| acting.directory.delegation(id))
        .any(|d| d.assignment_id == assignment.id);
    let from_at = input.from_at.map_or(acting.now(), |at| at.0);
    let max_amount = input.max_amount.map(|amount| amount.0);
    let new = NewDelegation {
        assignment: &Assignment {
            employee: assignment.employee_id,
            from_on: assignment.from_on,
            until_on: assignment.until_on,
            ended_at: assignment.ended_at,
        },
        delegator,
        held_by_delegation,
        delegate: delegate.id,
        delegate_employment: queries::employment_of(&delegate),
        from_at,
        until_at: input.until_at.0,
        max_amount,
        reason: &input.reason,
    };
    let reason = check_delegation(&new, acting.viewer.moment())?;
    // An API key lends no more than it was given itself.
    if !acting
        .viewer
        .subject
        .holds_itself(assignment.role, assignment.department_id)
    {
        return Err(Refusal::new(Code::RoleNotHeld).at("assignment").into());
    }
    let mut work = Work::begin(acting);
    let id = acting.new_id();
    let row = delegation::ActiveModel {
        id: Set(id),
        assignment_id: Set(assignment.id),
        delegator_id: Set(delegator),
        delegate_id: Set(delegate.id),
        from_at: Set(from_at),
        until_at: Set(input.until_at.0),
        max_amount_fen: Set(max_amount.map(|amount| amount.get())),
        reason: Set(reason),
        ended_at: Set(None),
        ended_reason: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    work.insert(row)?;
    let detail = json!({"role": assignment.role.as_str(), "delegate": delegate.id});
    let told = Telling {
        code: NoticeCode::DelegationGiven,
        clause: Some(ORG_4),
        subject_kind: "delegation".to_owned(),
        subject: id,
        cause: format!("delegation/{id}"),
        to: vec![delegate.id],
    };
    notices::tell(&work, &[told]).await?;
    work.note("delegation.create", "delegation", Some(id), &permit, detail);
    work.bump("organisation");
    work.commit(Outcome::row("delegation", id)).await
}

/// Ends a delegation before its time.
pub(in crate::organisation) async fn end(acting: &Acting, input: DelegationEndInput) -> Done {
    let id = object("delegation", &input.delegation)?;
    let row = queries::visible_delegation(acting, id)
        .await?
        .ok_or_else(|| missing("delegation"))?;
    let permit = acting.may("delegation", "end", &facts_of_delegation(&row))?;
    let mut work = Work::begin(acting);
    work.check_version("delegation", id, row.version, input.expected_version)
        .await?;
    let now = acting.now();
    if row.ended_at.is_some() || row.until_at <= now {
        return Err(already_ended().clause(ORG_4).at("delegation").into());
    }
    let mut checks = Checks::under(ORG_4);
    let reason = checks.optional_text("reason", input.reason.as_deref(), PROSE);
    checks.finish(())?;
    let why = reason.clone();
    work.update(row, why.as_deref(), |d: &mut delegation::ActiveModel| {
        d.ended_at = Set(Some(now));
        d.ended_reason = Set(reason);
    })
    .await?;
    work.note("delegation.end", "delegation", Some(id), &permit, json!({}));
    work.bump("organisation");
    work.commit(Outcome::row("delegation", id)).await
}
