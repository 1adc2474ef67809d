//! The decision on a complaint by whom its amount says (CMP-11), and its sending back.
//!
//! Pitfall: the version that the decider read stands for the content; of another version, the hash handed to the approval
//! fits nothing, so that entitlement and "already decided" are answered before "changed since".

use entity::complaint;
use rules::complaints::{beyond_bracket, decision_hash};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::ComplaintState;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::CMP_11;
use super::access::{COMPLAINT, ComplaintFacts};
use super::commands::{decider, wrong_state};
use super::queries::{amounts_of, facts_of, fetch, filed_facts};
use crate::access::Outcome as Way;
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Verdict};
use crate::work::{Done, Outcome, Stop, Work};

/// CMP-11: decides the complaint as proposed.
pub(super) async fn decide(acting: &Acting, id: Uuid, version: i32, decision: &str) -> Done {
    let mut work = Work::begin(acting).await?;
    let (complaint, decided) = judge(&mut work, id, version, Verdict::Approve, decision).await?;
    let mut checks = Checks::under(CMP_11);
    let decision = checks.text("decision", decision, PROSE);
    let decision = checks.finish(decision)?;
    let amount = Fen::new(complaint.amount_fen).to_string();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        active.state = Set(ComplaintState::Decided);
        active.decision = Set(Some(decision));
        active.decided_at = Set(Some(decided.at));
        active.decided_by = Set(Some(acting.employee()));
        active.decided_for = Set(decided.permit.acted_for);
        active.updated_at = Set(decided.at);
    })
    .await?;
    work.note(
        "complaint.decide",
        COMPLAINT,
        Some(id),
        &decided.permit,
        json!({"amount": amount}),
    );
    work.commit(Outcome::row("complaint", id)).await
}

/// Sends the complaint back to business with a reason; it can be proposed again.
pub(super) async fn send_back(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    turn_down(acting, id, version, reason, Verdict::SendBack).await
}

/// Rejects the proposal with a reason; only another proposal can be decided.
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
    let (complaint, decided) = judge(&mut work, id, version, verdict, reason).await?;
    let mut checks = Checks::under(CMP_11);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let (state, verb) = match verdict {
        Verdict::Reject => (ComplaintState::Rejected, "complaint.reject"),
        _ => (ComplaintState::SentBack, "complaint.sendBack"),
    };
    work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
        active.state = Set(state);
        active.updated_at = Set(decided.at);
    })
    .await?;
    work.note(verb, COMPLAINT, Some(id), &decided.permit, json!({}));
    work.commit(Outcome::row("complaint", id)).await
}

async fn judge(
    work: &mut Work<'_>,
    id: Uuid,
    version: i32,
    verdict: Verdict,
    said: &str,
) -> Done<(complaint::Model, Decided)> {
    let acting = work.acting;
    let complaint = fetch(work, id).await?;
    let facts = facts_of(work.conn(), &complaint).await?;
    let approval = complaint
        .approval_id
        .filter(|_| complaint.state != ComplaintState::Voided);
    let Some(approval) = approval else {
        acting.may(COMPLAINT, "decide", &facts)?;
        return Err(wrong_state(&complaint).into());
    };
    let read = if version == complaint.version {
        let proposal = complaint.proposal.as_deref().unwrap_or_default();
        decision_hash(
            id,
            &filed_facts(&complaint),
            &amounts_of(&complaint),
            proposal,
        )
    } else {
        String::new()
    };
    let asked = Judgement {
        approval,
        verdict,
        opinion: Some(said),
        content_hash: &read,
        facts: &facts,
        clause: CMP_11,
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok((complaint, decided)),
        Err(stop) => Err(in_words(work, &complaint, &facts, version, stop).await?),
    }
}

/// CMP-11: a refusal for the amount names amount, limit and who can decide; one for a stale version, who changed what.
async fn in_words(
    work: &Work<'_>,
    complaint: &complaint::Model,
    facts: &ComplaintFacts,
    version: i32,
    stop: Stop,
) -> Done<Stop> {
    let Stop::Refused(refusals) = &stop else {
        return Ok(stop);
    };
    let code = refusals.first().map(|refusal| refusal.code);
    if code == Some(Code::VersionConflict) {
        work.check_version(COMPLAINT, complaint.id, complaint.version, version)
            .await?;
    }
    let refusal = match code {
        Some(Code::Forbidden) => too_high(work.acting, complaint, facts)?,
        _ => None,
    };
    Ok(refusal.map_or(stop, Stop::from))
}

fn too_high(
    acting: &Acting,
    complaint: &complaint::Model,
    facts: &ComplaintFacts,
) -> Done<Option<Refusal>> {
    let viewer = &acting.viewer;
    let rulebook = acting.rulebook_on(facts.rulebook_on);
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
    Ok(match limits.max() {
        Some(limit) => Some(beyond_bracket(
            decider(acting, complaint, facts.amount)?,
            facts.amount,
            limit,
        )),
        None => None,
    })
}
