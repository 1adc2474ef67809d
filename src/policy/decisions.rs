//! The decision on a change by the general manager or his delegate (ORG-3), and the change in force by it.
//!
//! Pitfall: others are approved between drafting and approving, so the policy that an approval is held against is read in
//! the approval's own transaction, with the others waiting.

use std::collections::HashMap;

use entity::{policy_change, policy_row};
use rules::approval::Verdict;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::refusal::Code;
use rules::vocabulary::{ApprovalState, PolicyChangeState};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::access::{CHANGE, KIND};
use super::check::{Ground, still_fits};
use super::commands::wrong_state;
use super::queries::{facts_of, fetch, policy_now};
use super::{ORG_3, lockout, rows};
use crate::access::{PolicyTable, RowChange};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Said};
use crate::work::{Done, Outcome, Stop, Work};

/// What the decider read.
#[derive(Clone, Copy)]
pub(super) enum Read<'a> {
    /// The change at a version.
    Version(i32),
    /// The case put before him, by its hash.
    Hash(&'a str),
}

/// A decision as somebody makes it.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) change: Uuid,
    pub(super) read: Read<'a>,
    pub(super) said: Option<&'a str>,
    pub(super) step: Option<Uuid>,
}

/// Approves a change: it is in force at once, on every node.
pub(super) async fn approve(acting: &Acting, words: Words<'_>) -> Done {
    let mut work = Work::begin(acting);
    let (row, decided) = judge(&mut work, words, Verdict::Approve).await?;
    let mut checks = Checks::under(ORG_3);
    let opinion = checks.optional_text("opinion", words.said, PROSE);
    let opinion = checks.finish(opinion)?;
    let changes = rows::of_json(&row.changes)?;
    if decided.state == ApprovalState::Approved {
        let policy = policy_now(&work).await?;
        still_fits(&Ground::of(acting), &policy, &changes)?;
        lockout::check(acting, &policy, &changes).await?;
        put_in_force(&mut work, &changes, &row.number).await?;
        settle(
            &mut work,
            row,
            PolicyChangeState::Approved,
            &decided,
            opinion,
        )
        .await?;
        work.bump("policy");
    }
    let detail = json!({"changes": rows::to_json(&changes)});
    finish(work, "policyChangeApprove", words, &decided, detail).await
}

/// Sends a change back to who drafted it, or rejects it, with a reason.
pub(super) async fn turn_down(acting: &Acting, words: Words<'_>, verdict: Verdict) -> Done {
    let mut work = Work::begin(acting);
    let (row, decided) = judge(&mut work, words, verdict).await?;
    let mut checks = Checks::under(ORG_3);
    let reason = checks.text("reason", words.said.unwrap_or_default(), PROSE);
    let reason = Some(checks.finish(reason)?);
    let state = match decided.state {
        ApprovalState::Rejected => Some(PolicyChangeState::Rejected),
        ApprovalState::SentBack => Some(PolicyChangeState::SentBack),
        _ => None,
    };
    if let Some(state) = state {
        settle(&mut work, row, state, &decided, reason).await?;
    }
    let verb = match verdict {
        Verdict::Reject => "policyChangeReject",
        _ => "policyChangeSendBack",
    };
    finish(work, verb, words, &decided, json!({})).await
}

/// Decides out of an inbox.
pub(super) async fn by_approval(acting: &Acting, change: Uuid, said: Said<'_>) -> Done {
    let words = Words {
        change,
        read: Read::Hash(said.content_hash.unwrap_or_default()),
        said: said.opinion,
        step: said.step,
    };
    match said.verdict {
        Verdict::Approve => approve(acting, words).await,
        verdict => turn_down(acting, words, verdict).await,
    }
}

async fn put_in_force(work: &mut Work<'_>, changes: &[RowChange], number: &str) -> Done<()> {
    let now = work.acting.now();
    let names = changes.iter().map(|change| change.row.as_str());
    let kept = policy_row::Entity::find()
        .filter(policy_row::Column::Name.is_in(names))
        .lock_exclusive()
        .all(work.conn())
        .await?;
    let mut kept: HashMap<String, policy_row::Model> = kept
        .into_iter()
        .map(|row| (row.name.clone(), row))
        .collect();
    for change in changes {
        let new = change.after.as_ref().map(|after| policy_row::Model {
            changed: true,
            ..PolicyTable::model(after, now)
        });
        match (kept.remove(&change.row), new) {
            (Some(row), new) => {
                work.update::<policy_row::ActiveModel, _>(row, Some(number), |active| {
                    active.changed = Set(true);
                    active.removed_at = Set(new.is_none().then_some(now));
                    if let Some(new) = new {
                        active.role = Set(new.role);
                        active.object = Set(new.object);
                        active.action = Set(new.action);
                        active.scope = Set(new.scope);
                        active.limit_parameter = Set(new.limit_parameter);
                        active.clause = Set(new.clause);
                        active.effect = Set(new.effect);
                    }
                })
                .await?;
            }
            (None, Some(new)) => {
                work.insert(policy_row::ActiveModel::from(new).reset_all())?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

async fn settle(
    work: &mut Work<'_>,
    row: policy_change::Model,
    state: PolicyChangeState,
    decided: &Decided,
    said: Option<String>,
) -> Done<()> {
    let by = work.acting.employee();
    work.update::<policy_change::ActiveModel, _>(row, said.clone().as_deref(), |active| {
        active.state = Set(state);
        active.decided_at = Set(Some(decided.at));
        active.decided_by = Set(Some(by));
        active.decided_for = Set(decided.permit.acted_for);
        active.decision_reason = Set(said);
        active.updated_at = Set(decided.at);
    })
    .await?;
    Ok(())
}

async fn finish(
    mut work: Work<'_>,
    verb: &'static str,
    words: Words<'_>,
    decided: &Decided,
    detail: serde_json::Value,
) -> Done {
    work.note(verb, KIND, Some(words.change), &decided.permit, detail);
    let outcome = Outcome::row("change", words.change);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

async fn judge(
    work: &mut Work<'_>,
    words: Words<'_>,
    verdict: Verdict,
) -> Done<(policy_change::Model, Decided)> {
    let acting = work.acting;
    let row = fetch(work, words.change).await?;
    let facts = facts_of(&row);
    let Some(approval) = row.approval_id else {
        acting.may(CHANGE, "approve", &facts)?;
        return Err(wrong_state(&row).into());
    };
    let asked = Judgement {
        approval,
        said: Said {
            verdict,
            opinion: words.said,
            content_hash: match words.read {
                Read::Version(version) if version == row.version => None,
                Read::Version(_) => Some(""),
                Read::Hash(hash) => Some(hash),
            },
            step: words.step,
        },
        facts: &facts,
        clause: ORG_3,
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok((row, decided)),
        Err(stop) => {
            if let (Stop::Refused(refusals), Read::Version(version)) = (&stop, words.read)
                && refusals.iter().any(|r| r.code == Code::VersionConflict)
            {
                // Who changed what since.
                work.check_version(KIND, row.id, row.version, version)
                    .await?;
            }
            Err(stop)
        }
    }
}
