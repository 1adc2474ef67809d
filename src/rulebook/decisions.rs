//! The decision on a revision by the general manager or his delegate (RUL-3).
//!
//! Pitfall: between submitting and approving days go by and other revisions come into force; the rulebook that an
//! approval is held against is therefore read in the approval's own transaction, with the others waiting.

use entity::{rulebook_revision, rulebook_value, state_version};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::refusal::Code;
use rules::rulebook::{Fault, Invalid, Rulebook};
use rules::vocabulary::RevisionState;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use super::RUL_3;
use super::access::{KIND, REVISION};
use super::commands::wrong_state;
use super::queries::{facts_of, fetch, revision_of};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Verdict};
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

/// Approves a revision: its values are in force from its day.
pub(super) async fn approve(
    acting: &Acting,
    id: Uuid,
    version: i32,
    opinion: Option<&str>,
) -> Done {
    let mut work = Work::begin(acting).await?;
    let (row, decided) = judge(&mut work, id, version, Verdict::Approve, opinion).await?;
    let revision = revision_of(acting, &row)?;
    revision.check(&rulebook_now(&work).await?, acting.today())?;
    let mut checks = Checks::under(RUL_3);
    let opinion = checks.optional_text("opinion", opinion, PROSE);
    let opinion = checks.finish(opinion)?;
    for (key, value) in &revision.values {
        let new = rulebook_value::ActiveModel {
            id: Set(acting.new_id()),
            key: Set(key.clone()),
            value: Set(value.to_json()),
            from_on: Set(revision.effective_on),
            created_at: Set(decided.at),
            created_by: Set(Some(row.drafted_by)),
        };
        match work.insert(new).await {
            Ok(_) => {}
            // Two at once: the unique index has the last word.
            Err(error) if is_duplicate(&error, "from_on") => {
                let invalid = Invalid {
                    parameter: key.clone(),
                    fault: Fault::Dated(revision.effective_on),
                };
                return Err(invalid.refusal().at("values").into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    settle(&mut work, row, RevisionState::Approved, &decided, opinion).await?;
    let detail = json!({"effectiveOn": revision.effective_on, "values": revision.changes()});
    let verb = "rulebookRevisionApprove";
    work.note(verb, KIND, Some(id), &decided.permit, detail);
    work.bump("rulebook");
    work.commit(Outcome::row("revision", id)).await
}

/// Sends a revision back to who drafted it; it can be changed and submitted again.
pub(super) async fn send_back(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    turn_down(acting, id, version, reason, Verdict::SendBack).await
}

/// Rejects a revision.
pub(super) async fn reject(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    turn_down(acting, id, version, reason, Verdict::Reject).await
}

async fn turn_down(
    acting: &Acting,
    id: Uuid,
    version: i32,
    reason: &str,
    verdict: Verdict,
) -> Done {
    let mut work = Work::begin(acting).await?;
    let (row, decided) = judge(&mut work, id, version, verdict, Some(reason)).await?;
    let mut checks = Checks::under(RUL_3);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let (state, verb) = match verdict {
        Verdict::Reject => (RevisionState::Rejected, "rulebookRevisionReject"),
        _ => (RevisionState::SentBack, "rulebookRevisionSendBack"),
    };
    settle(&mut work, row, state, &decided, Some(reason)).await?;
    work.note(verb, KIND, Some(id), &decided.permit, json!({}));
    work.commit(Outcome::row("revision", id)).await
}

async fn settle(
    work: &mut Work<'_>,
    row: rulebook_revision::Model,
    state: RevisionState,
    decided: &Decided,
    said: Option<String>,
) -> Done<()> {
    let by = work.acting.employee();
    work.update::<rulebook_revision::ActiveModel, _>(row, said.clone().as_deref(), |active| {
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

async fn judge(
    work: &mut Work<'_>,
    id: Uuid,
    version: i32,
    verdict: Verdict,
    said: Option<&str>,
) -> Done<(rulebook_revision::Model, Decided)> {
    let acting = work.acting;
    let row = fetch(work, id).await?;
    let facts = facts_of(work.conn(), &row).await?;
    let Some(approval) = row.approval_id else {
        acting.may(REVISION, "approve", &facts)?;
        return Err(wrong_state(&row).into());
    };
    // Of another version than the one read, the hash fits nothing, so that entitlement is answered first.
    let read = if version == row.version {
        revision_of(acting, &row)?.content_hash()
    } else {
        String::new()
    };
    let asked = Judgement {
        approval,
        verdict,
        opinion: said,
        content_hash: &read,
        facts: &facts,
        clause: RUL_3,
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok((row, decided)),
        Err(stop) => {
            if let Stop::Refused(refusals) = &stop
                && refusals.iter().any(|r| r.code == Code::VersionConflict)
            {
                work.check_version(KIND, id, row.version, version).await?;
            }
            Err(stop)
        }
    }
}

/// The rulebook as the database has it now; whoever else approves a revision waits until this transaction ends.
async fn rulebook_now(work: &Work<'_>) -> Done<Rulebook> {
    state_version::Entity::find_by_id("rulebook")
        .lock_exclusive()
        .one(work.conn())
        .await?;
    Ok(work.acting.shared.rulebook(work.conn()).await?)
}
