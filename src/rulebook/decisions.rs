//! The decision on a revision by the general manager or his delegate (RUL-3).
//!
//! Pitfall: between submitting and approving days go by and other revisions come into force; the rulebook that an
//! approval is held against is therefore read in the approval's own transaction, with the others waiting.

use entity::{rulebook_revision, rulebook_value, state_version};
use rules::approval::Verdict;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::refusal::Code;
use rules::rulebook::{Fault, Invalid, Rulebook};
use rules::vocabulary::{ApprovalState, RevisionState};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use super::RUL_3;
use super::access::{KIND, REVISION};
use super::commands::wrong_state;
use super::queries::{facts_of, fetch, revision_of};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Read, Said};
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

/// A decision as somebody makes it.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) revision: Uuid,
    pub(super) read: Read<'a>,
    pub(super) said: Option<&'a str>,
}

/// Approves a revision: its values are in force from its day.
pub(super) async fn approve(acting: &Acting, words: Words<'_>, step: Option<Uuid>) -> Done {
    let mut work = Work::begin(acting);
    let (id, opinion) = (words.revision, words.said);
    let (row, decided) = judge(&mut work, words, Verdict::Approve, step).await?;
    if decided.state != ApprovalState::Approved {
        return leave_open(work, id, &decided).await;
    }
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
        match work.insert_now(new).await {
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
    work.commit(both(id, &decided)).await
}

/// Rejects a revision, or sends it back to who drafted it: then it can be changed and submitted again.
pub(super) async fn turn_down(
    acting: &Acting,
    words: Words<'_>,
    verdict: Verdict,
    step: Option<Uuid>,
) -> Done {
    let mut work = Work::begin(acting);
    let id = words.revision;
    let (row, decided) = judge(&mut work, words, verdict, step).await?;
    let mut checks = Checks::under(RUL_3);
    let reason = checks.text("reason", words.said.unwrap_or_default(), PROSE);
    let reason = checks.finish(reason)?;
    let (state, verb) = match decided.state {
        ApprovalState::Rejected => (RevisionState::Rejected, "rulebookRevisionReject"),
        ApprovalState::SentBack => (RevisionState::SentBack, "rulebookRevisionSendBack"),
        _ => return leave_open(work, id, &decided).await,
    };
    settle(&mut work, row, state, &decided, Some(reason)).await?;
    work.note(verb, KIND, Some(id), &decided.permit, json!({}));
    work.commit(both(id, &decided)).await
}

/// Decides out of an inbox.
pub(super) async fn by_approval(acting: &Acting, id: Uuid, said: Said<'_>) -> Done {
    let words = Words {
        revision: id,
        read: Read::Hash(said.content_hash.unwrap_or_default()),
        said: said.opinion,
    };
    match said.verdict {
        Verdict::Approve => approve(acting, words, said.step).await,
        verdict => turn_down(acting, words, verdict, said.step).await,
    }
}

/// Others still have to sign: the revision stays as it is.
async fn leave_open(mut work: Work<'_>, id: Uuid, decided: &Decided) -> Done {
    let verb = "rulebookRevisionSign";
    work.note(verb, KIND, Some(id), &decided.permit, json!({}));
    work.commit(both(id, decided)).await
}

/// The revision and its approval.
fn both(id: Uuid, decided: &Decided) -> Outcome {
    Outcome::row("revision", id).and_row("approval", decided.approval)
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
    words: Words<'_>,
    verdict: Verdict,
    step: Option<Uuid>,
) -> Done<(rulebook_revision::Model, Decided)> {
    let acting = work.acting;
    let row = fetch(work, words.revision).await?;
    let facts = facts_of(work.conn(), &row).await?;
    let Some(approval) = row.approval_id else {
        acting.may(REVISION, "approve", &facts)?;
        return Err(wrong_state(&row).into());
    };
    let asked = Judgement {
        approval,
        said: Said {
            verdict,
            opinion: words.said,
            content_hash: words.read.hash(row.version),
            step,
        },
        facts: &facts,
        clause: RUL_3,
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok((row, decided)),
        Err(stop) => {
            if let Stop::Refused(refusals) = &stop
                && refusals.iter().any(|r| r.code == Code::VersionConflict)
                && let Read::Version(version) = words.read
            {
                work.check_version(KIND, row.id, row.version, version)
                    .await?;
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
