//! The decision on an erasure by somebody entitled who did not record it (PIP-2), and the erasure by it (PIP-3).
//!
//! Pitfall: what stands against it is looked up in the decision's own transaction, after the person's row is locked.

use entity::erasure;
use rules::approval::Verdict;
use rules::erasure::PIP_2;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::{ApprovalState, ErasureState};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::KIND;
use super::access::ERASURE;
use super::against::against;
use super::erase::{Around, erase};
use super::queries::{facts_of, fetch, fetch_with_person, natural};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Read, Said};
use crate::obligations;
use crate::work::{Done, Outcome, Stop, Work};

/// A decision as somebody makes it.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) erasure: Uuid,
    pub(super) read: Read<'a>,
    pub(super) said: Option<&'a str>,
    pub(super) step: Option<Uuid>,
}

/// Approves an erasure: the person is anonymous at once, everywhere.
pub(super) async fn approve(acting: &Acting, words: Words<'_>) -> Done {
    let mut work = Work::begin(acting);
    let (row, decided) = judge(&mut work, words, Verdict::Approve).await?;
    let mut checks = Checks::under(PIP_2);
    let opinion = checks.optional_text("reason", words.said, PROSE);
    let opinion = checks.finish(opinion)?;
    if decided.state != ApprovalState::Approved {
        return finish(work, "erasureApprove", words, &decided).await;
    }
    let person = natural(&work, &row.subject_kind, row.subject_id).await?;
    let around = Around::held(&work, person, row.subject_id).await?;
    let rulebook = acting.rulebook_on(row.rulebook_on);
    let standing = against(work.conn(), &around, acting.today(), &rulebook).await?;
    standing.check(acting.today())?;
    let (subject, erasure) = (row.subject_id, row.id);
    settle(&mut work, row, ErasureState::Executed, &decided, opinion).await?;
    let permit = decided.permit.clone();
    work.note("erasureApprove", KIND, Some(erasure), &permit, json!({}));
    erase(&mut work, person, subject, erasure, &permit).await?;
    let outcome = Outcome::row("erasure", erasure);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

/// Rejects an erasure, with a reason.
pub(super) async fn reject(acting: &Acting, words: Words<'_>) -> Done {
    let mut work = Work::begin(acting);
    let (row, decided) = judge(&mut work, words, Verdict::Reject).await?;
    let mut checks = Checks::under(PIP_2);
    let reason = checks.text("reason", words.said.unwrap_or_default(), PROSE);
    let reason = checks.finish(reason)?;
    if decided.state == ApprovalState::Rejected {
        let state = ErasureState::Rejected;
        settle(&mut work, row, state, &decided, Some(reason)).await?;
    }
    finish(work, "erasureReject", words, &decided).await
}

/// Decides out of an inbox.
pub(super) async fn by_approval(acting: &Acting, erasure: Uuid, said: Said<'_>) -> Done {
    let words = Words {
        erasure,
        read: Read::Hash(said.content_hash.unwrap_or_default()),
        said: said.opinion,
        step: said.step,
    };
    match said.verdict {
        Verdict::Approve => approve(acting, words).await,
        Verdict::Reject => reject(acting, words).await,
        Verdict::SendBack(_) => {
            let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NeverSentBack);
            Err(refusal.clause(PIP_2).at("verdict").into())
        }
    }
}

async fn settle(
    work: &mut Work<'_>,
    row: erasure::Model,
    state: ErasureState,
    decided: &Decided,
    said: Option<String>,
) -> Done<()> {
    if let Some(obligation) = row.obligation_id {
        obligations::fulfil(work, obligation, &decided.permit).await?;
    }
    let by = work.acting.employee();
    work.update::<erasure::ActiveModel, _>(row, None, |active| {
        active.state = Set(state);
        active.decided_at = Set(Some(decided.at));
        active.decided_by = Set(Some(by));
        active.decided_for = Set(decided.permit.acted_for);
        active.decision_reason = Set(said);
        active.executed_at = Set((state == ErasureState::Executed).then_some(decided.at));
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
) -> Done {
    work.note(verb, KIND, Some(words.erasure), &decided.permit, json!({}));
    let outcome = Outcome::row("erasure", words.erasure);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

async fn judge(
    work: &mut Work<'_>,
    words: Words<'_>,
    verdict: Verdict,
) -> Done<(erasure::Model, Decided)> {
    let acting = work.acting;
    let row = match verdict {
        Verdict::Approve => fetch_with_person(work, words.erasure).await?,
        _ => fetch(work, words.erasure).await?,
    };
    let facts = facts_of(&row);
    let Some(approval) = row.approval_id else {
        acting.may(ERASURE, "decide", &facts)?;
        let refusal = Refusal::new(Code::WrongState).labelled("state", row.state);
        return Err(refusal.clause(PIP_2).into());
    };
    let asked = Judgement {
        approval,
        said: Said {
            verdict,
            opinion: words.said,
            content_hash: words.read.hash(row.version),
            step: words.step,
        },
        facts: &facts,
        clause: PIP_2,
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
