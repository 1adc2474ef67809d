//! Drafting, changing, submitting, withdrawing and taking back of changes of the policy (ORG-3).
//!
//! Pitfall: a change is held against the policy whenever it goes a step further, because others are approved meanwhile.

use entity::policy_change;
use rules::approval::Content as Asking;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::numbering::{Numbering, Period};
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::PolicyChangeState::{self, Approved, SentBack, Submitted, Withdrawn};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{CHANGE, ChangeFacts, KIND};
use super::check::{Asked, Ground, plan, still_fits};
use super::queries::{facts_of, fetch};
use super::{ORG_3, lockout, rows};
use crate::access::{PolicyTable, RowChange};
use crate::acting::Acting;
use crate::approvals::{self, Content, Opening, one_step};
use crate::work::{Done, Outcome, Work};

/// Numbers of changes: `QX2026-00001`.
const NUMBERING: Numbering = Numbering {
    series: "QX",
    prefix: "QX",
    period: Period::Year,
    width: 5,
};

/// Drafts a change.
pub(super) async fn draft(acting: &Acting, reason: &str, asked: Vec<Asked>) -> Done {
    let permit = acting.may(CHANGE, "draft", &own(acting))?;
    let mut checks = Checks::under(ORG_3);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let mut work = Work::begin(acting);
    let changes = planned(&work, asked).await?;
    let id = insert(&mut work, &changes, reason, None).await?;
    let detail = json!({"rows": names(&changes)});
    work.note("policyChangeDraft", KIND, Some(id), &permit, detail);
    work.commit(Outcome::row("change", id)).await
}

/// Changes a draft, or what was sent back; `None` leaves reason or rows as they are.
pub(super) async fn change(
    acting: &Acting,
    id: Uuid,
    version: i32,
    reason: Option<&str>,
    asked: Option<Vec<Asked>>,
) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = acting.may(CHANGE, "submit", &facts_of(&row))?;
    check_state(&row, &[PolicyChangeState::Draft, SentBack])?;
    work.check_version(KIND, id, row.version, version).await?;
    let mut checks = Checks::under(ORG_3);
    let reason = reason.map(|reason| checks.text("reason", reason, PROSE));
    let reason = checks.finish(reason)?;
    let changes = match asked {
        Some(asked) => Some(planned(&work, asked).await?),
        None => None,
    };
    let now = acting.now();
    work.update::<policy_change::ActiveModel, _>(row, None, |active| {
        if let Some(changes) = &changes {
            active.changes = Set(rows::to_json(changes));
        }
        if let Some(reason) = reason {
            active.reason = Set(reason);
        }
        active.updated_at = Set(now);
    })
    .await?;
    work.note("policyChangeChange", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("change", id)).await
}

/// Puts a change before the general manager.
pub(super) async fn submit(acting: &Acting, id: Uuid, version: i32) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = acting.may(CHANGE, "submit", &facts_of(&row))?;
    check_state(&row, &[PolicyChangeState::Draft, SentBack])?;
    work.check_version(KIND, id, row.version, version).await?;
    let changes = rows::of_json(&row.changes)?;
    let policy = PolicyTable::load(work.conn()).await?;
    still_fits(&Ground::of(acting), &policy, &changes)?;
    lockout::check(acting, &policy, &changes).await?;
    let content = Content {
        asked: Asking::Whole(rows::hash(&changes, &row.reason)),
        amount: None,
    };
    let approval = match row.approval_id {
        Some(approval) => {
            approvals::resubmit(&mut work, approval, content, &permit).await?;
            approval
        }
        None => {
            let opening = Opening {
                subject_kind: KIND,
                subject: id,
                route: one_step(CHANGE, "approve"),
                content,
                rulebook_on: acting.today(),
                expires_at: None,
                permit: permit.clone(),
                stakes: Vec::new(),
            };
            approvals::open(&mut work, opening).await?
        }
    };
    let now = acting.now();
    work.update::<policy_change::ActiveModel, _>(row, None, |active| {
        active.state = Set(Submitted);
        active.approval_id = Set(Some(approval));
        active.updated_at = Set(now);
    })
    .await?;
    work.note("policyChangeSubmit", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("change", id)).await
}

/// Takes a change back before it is decided.
pub(super) async fn withdraw(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = acting.may(CHANGE, "withdraw", &facts_of(&row))?;
    check_state(&row, &[PolicyChangeState::Draft, SentBack, Submitted])?;
    work.check_version(KIND, id, row.version, version).await?;
    let mut checks = Checks::under(ORG_3);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    if let Some(approval) = row.approval_id {
        approvals::withdraw(&mut work, approval, &permit, Some(&reason), ORG_3).await?;
    }
    let now = acting.now();
    work.update::<policy_change::ActiveModel, _>(row, Some(&reason), |active| {
        active.state = Set(Withdrawn);
        active.updated_at = Set(now);
    })
    .await?;
    let (verb, detail) = ("policyChangeWithdraw", json!({"reason": reason}));
    work.note(verb, KIND, Some(id), &permit, detail);
    work.commit(Outcome::row("change", id)).await
}

/// Drafts the opposite of a change that is in force, where its rows are still as it made them.
pub(super) async fn revert(acting: &Acting, id: Uuid, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = acting.may(CHANGE, "draft", &own(acting))?;
    check_state(&row, &[Approved])?;
    let mut checks = Checks::under(ORG_3);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let changes = rows::of_json(&row.changes)?;
    let changes: Vec<RowChange> = changes.iter().map(RowChange::opposite).collect();
    let policy = PolicyTable::load(work.conn()).await?;
    still_fits(&Ground::of(acting), &policy, &changes)?;
    lockout::check(acting, &policy, &changes).await?;
    let new = insert(&mut work, &changes, reason, Some(id)).await?;
    let detail = json!({"reverts": row.number, "rows": names(&changes)});
    work.note("policyChangeRevert", KIND, Some(new), &permit, detail);
    work.commit(Outcome::row("change", new)).await
}

async fn insert(
    work: &mut Work<'_>,
    changes: &[RowChange],
    reason: String,
    reverts: Option<Uuid>,
) -> Done<Uuid> {
    let acting = work.acting;
    let (id, now) = (acting.new_id(), acting.now());
    let number = work.number(&NUMBERING).await?;
    work.insert(policy_change::ActiveModel {
        id: Set(id),
        number: Set(number),
        changes: Set(rows::to_json(changes)),
        reason: Set(reason),
        state: Set(PolicyChangeState::Draft),
        reverts: Set(reverts),
        drafted_by: Set(acting.employee()),
        approval_id: Set(None),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        decision_reason: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    })?;
    Ok(id)
}

async fn planned(work: &Work<'_>, asked: Vec<Asked>) -> Done<Vec<RowChange>> {
    let policy = PolicyTable::load(work.conn()).await?;
    let changes = plan(&Ground::of(work.acting), &policy, asked)?;
    lockout::check(work.acting, &policy, &changes).await?;
    Ok(changes)
}

fn own(acting: &Acting) -> ChangeFacts {
    ChangeFacts {
        drafted_by: acting.employee(),
    }
}

fn names(changes: &[RowChange]) -> Value {
    changes.iter().map(|change| change.row.as_str()).collect()
}

fn check_state(row: &policy_change::Model, states: &[PolicyChangeState]) -> Result<(), Refusal> {
    if states.contains(&row.state) {
        return Ok(());
    }
    Err(wrong_state(row))
}

/// Not possible in the state the change is in.
pub(super) fn wrong_state(row: &policy_change::Model) -> Refusal {
    Refusal::new(Code::WrongState)
        .labelled("state", row.state)
        .clause(ORG_3)
}
