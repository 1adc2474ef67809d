//! The decision on a complaint by whom its amount says (CMP-11), and its sending back.
//!
//! Pitfall: the version that the decider read stands for the content; of another version, the hash handed to the approval
//! fits nothing, so that entitlement and "already decided" are answered before "changed since". A decision can leave the
//! case open for others to sign: then the complaint stays as it is.

use entity::complaint;
use rules::approval::{Approval, Verdict};
use rules::complaints::beyond_bracket;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ApprovalState, ComplaintState};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::CMP_11;
use super::access::{COMPLAINT, ComplaintFacts};
use super::closing::CLOSING;
use super::commands::wrong_state;
use super::queries::{facts_of, fetch};
use crate::access::{Outcome as Way, Viewer};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Onlooker, Read, Said};
use crate::forms;
use crate::viewer::Judged;
use crate::work::{Done, Outcome, Stop, Work};

/// A decision as somebody makes it.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) complaint: Uuid,
    pub(super) read: Read<'a>,
    pub(super) said: &'a str,
}

/// CMP-11: decides the complaint as proposed; CMP-12: with the last decision the closed form goes out.
pub(super) async fn decide(acting: &Acting, words: Words<'_>, step: Option<Uuid>) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, decided) = judge(&mut work, words, Verdict::Approve, step).await?;
    let mut checks = Checks::under(CMP_11);
    let decision = checks.text("decision", words.said, PROSE);
    let decision = checks.finish(decision)?;
    let amount = Fen::new(complaint.amount_fen).to_string();
    if decided.state == ApprovalState::Approved {
        work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
            active.state = Set(ComplaintState::Decided);
            active.decision = Set(Some(decision));
            active.decided_at = Set(Some(decided.at));
            active.decided_by = Set(Some(acting.employee()));
            active.decided_for = Set(decided.permit.acted_for);
            active.updated_at = Set(decided.at);
        })
        .await?;
        forms::issue(&mut work, &CLOSING, words.complaint, &decided.permit).await?;
    }
    work.note(
        "complaint.decide",
        COMPLAINT,
        Some(words.complaint),
        &decided.permit,
        json!({"amount": amount}),
    );
    let outcome = Outcome::row("complaint", words.complaint);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

/// Sends the complaint back to business, or to an earlier step, or rejects the proposal, with a reason. What was sent
/// back can be proposed again; of what was rejected only another proposal can be decided.
pub(super) async fn turn_down(
    acting: &Acting,
    words: Words<'_>,
    verdict: Verdict,
    step: Option<Uuid>,
) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, decided) = judge(&mut work, words, verdict, step).await?;
    let mut checks = Checks::under(CMP_11);
    let reason = checks.text("reason", words.said, PROSE);
    let reason = checks.finish(reason)?;
    let state = match decided.state {
        ApprovalState::Rejected => Some(ComplaintState::Rejected),
        ApprovalState::SentBack => Some(ComplaintState::SentBack),
        _ => None,
    };
    if let Some(state) = state {
        work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
            active.state = Set(state);
            active.updated_at = Set(decided.at);
        })
        .await?;
    }
    let verb = match verdict {
        Verdict::Reject => "complaint.reject",
        _ => "complaint.sendBack",
    };
    let on = Some(words.complaint);
    work.note(verb, COMPLAINT, on, &decided.permit, json!({}));
    let outcome = Outcome::row("complaint", words.complaint);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

/// Decides out of an inbox.
pub(super) async fn by_approval(acting: &Acting, id: Uuid, said: Said<'_>) -> Done {
    let words = Words {
        complaint: id,
        read: Read::Hash(said.content_hash.unwrap_or_default()),
        said: said.opinion.unwrap_or_default(),
    };
    match said.verdict {
        Verdict::Approve => decide(acting, words, said.step).await,
        verdict => turn_down(acting, words, verdict, said.step).await,
    }
}

async fn judge(
    work: &mut Work<'_>,
    words: Words<'_>,
    verdict: Verdict,
    step: Option<Uuid>,
) -> Done<(complaint::Model, Decided)> {
    let acting = work.acting;
    let complaint = fetch(work, words.complaint).await?;
    let facts = facts_of(work.conn(), &complaint).await?;
    let approval = complaint
        .approval_id
        .filter(|_| complaint.state != ComplaintState::Voided);
    let Some(approval) = approval else {
        acting.may(COMPLAINT, "decide", &facts)?;
        return Err(wrong_state(&complaint).into());
    };
    let asked = Judgement {
        approval,
        said: Said {
            verdict,
            opinion: Some(words.said),
            content_hash: words.read.hash(complaint.version),
            step,
        },
        facts: &facts,
        clause: CMP_11,
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok((complaint, decided)),
        Err(Stop::Refused(refusals)) => {
            let is_stale = refusals
                .iter()
                .any(|refusal| refusal.code == Code::VersionConflict);
            if let (true, Read::Version(version)) = (is_stale, words.read) {
                // Who changed what since.
                work.check_version(COMPLAINT, complaint.id, complaint.version, version)
                    .await?;
            }
            let refusals = refusals.into_iter();
            let refusals = refusals.map(|refusal| too_high(&acting.viewer, &facts, refusal));
            Err(Stop::Refused(refusals.collect()))
        }
        Err(failed) => Err(failed),
    }
}

/// Whether somebody could decide the complaint now, `approval` being its case where it has one.
pub(super) fn may_decide(
    onlooker: &Onlooker<'_>,
    viewer: &Viewer,
    complaint: &complaint::Model,
    approval: Option<&Approval>,
    facts: &ComplaintFacts,
    policy: Judged,
) -> Judged {
    match approval.filter(|_| complaint.state != ComplaintState::Voided) {
        Some(approval) => onlooker
            .may_decide(approval, facts, CMP_11)
            .map_err(|refusal| too_high(viewer, facts, refusal)),
        None => policy.and_then(|_| Err(wrong_state(complaint))),
    }
}

/// CMP-11: a refusal for the amount names amount and limit.
fn too_high(viewer: &Viewer, facts: &ComplaintFacts, refusal: Refusal) -> Refusal {
    if refusal.code != Code::Forbidden {
        return refusal;
    }
    let rulebook = viewer.rulebook.on(facts.rulebook_on);
    let considered = viewer.decide(COMPLAINT, "decide", facts).considered;
    let above = considered
        .iter()
        .filter(|row| matches!(row.outcome, Way::AboveLimit | Way::AboveCap));
    let limits = above.filter_map(|row| {
        let mut personas = viewer.subject.personas.iter();
        let persona = personas.find(|persona| persona.delegation == row.delegation);
        let cap = persona.and_then(|persona| persona.cap_fen).map(Fen::new);
        let limit = row
            .row
            .limit
            .as_deref()
            .and_then(|limit| rulebook.limit(limit).ok().flatten());
        [cap, limit].into_iter().flatten().min()
    });
    match limits.max() {
        Some(limit) => Refusal {
            remedy: refusal.remedy,
            ..beyond_bracket(facts.amount, limit)
        },
        None => refusal,
    }
}
