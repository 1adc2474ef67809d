//! Proposing what a customer is to be given, changing and withdrawing that, and voiding of complaints (CMP-7, CMP-11).
//!
//! Pitfall: the steps of the approval say at which station a proposed complaint is; it follows them.

use entity::complaint;
use rules::approval::{Stake, Taken};
use rules::complaints::{Amounts, bracket, check_ready, decision_hash, stations};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::ComplaintState::{Decided, Filed, ForDecision, Rejected, SentBack, Voided};
use rules::vocabulary::{ComplaintState, Role, StakeReason, Station, StayOutcome};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::CMP_11;
use super::access::COMPLAINT;
use super::course::{self, Leaving, Place};
use super::queries::{facts_of, fetch, filed_facts};
use super::stations::check_station;
use crate::acting::{Acting, Permit};
use crate::approvals::{self, Content, Onlooker, Opening};
use crate::kit::error::Error;
use crate::notices;
use crate::work::{Done, Outcome, Work};

/// In which states something can be proposed.
const PROPOSABLE: &[ComplaintState] = &[Filed, SentBack, Rejected, ForDecision];
/// In which states it can be voided.
pub(super) const VOIDABLE: &[ComplaintState] = &[Filed, SentBack, Rejected];

/// What business proposes after having negotiated (CMP-7, CMP-11).
pub(super) struct Proposal<'a> {
    /// What the customer is to be given.
    pub(super) amounts: Amounts,
    /// In words.
    pub(super) words: &'a str,
    /// What came of negotiating.
    pub(super) negotiation: &'a str,
}

/// CMP-11: proposes what the customer is to be given and hands it in for decision; while it waits, changes it, and with
/// its amount the route.
pub(super) async fn propose(
    acting: &Acting,
    id: Uuid,
    version: i32,
    proposal: Proposal<'_>,
) -> Done {
    let mut work = Work::begin(acting);
    let complaint = fetch(&work, id).await?;
    let permit = acting.may(
        COMPLAINT,
        "propose",
        &facts_of(work.conn(), &complaint).await?,
    )?;
    may_propose(&Onlooker::acting(acting), &complaint)?;
    work.check_version(COMPLAINT, id, complaint.version, version)
        .await?;
    let amounts = proposal.amounts;
    let (amount, proposal, negotiation) = check_proposal(&complaint, &proposal)?;
    let content = Content {
        asked: rules::approval::Content::Whole(decision_hash(
            id,
            &filed_facts(&complaint),
            &amounts,
            &proposal,
        )),
        amount: Some(amount),
    };
    let approval = match (complaint.state, complaint.approval_id) {
        (SentBack, Some(approval)) => {
            approvals::resubmit(&mut work, approval, content, &permit).await?;
            approval
        }
        (ForDecision, Some(approval)) => {
            approvals::change(&mut work, approval, content, &permit).await?;
            approval
        }
        _ => approvals::open(&mut work, opening(&complaint, content, permit.clone())).await?,
    };
    let before = Fen::new(complaint.amount_fen);
    let route = [
        decider(acting, &complaint, before)?,
        decider(acting, &complaint, amount)?,
    ];
    let detail = json!({
        "amount": [before.to_string(), amount.to_string()],
        "decider": route.map(Role::as_str),
    });
    let place = follow(&mut work, &complaint, approval, &negotiation, &permit).await?;
    let now = acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        if let Some(place) = place {
            place.set(active);
        }
        active.negotiation = Set(Some(negotiation));
        active.compensation_fen = Set(amounts.compensation.get());
        active.allowance_fen = Set(amounts.allowance.get());
        active.goods_value_fen = Set(amounts.goods_value.get());
        active.rework_fen = Set(amounts.rework.get());
        active.amount_fen = Set(amount.get());
        active.proposal = Set(Some(proposal));
        active.state = Set(ForDecision);
        active.approval_id = Set(Some(approval));
        active.updated_at = Set(now);
    })
    .await?;
    work.note("complaint.propose", COMPLAINT, Some(id), &permit, detail);
    work.commit(Outcome::row("complaint", id)).await
}

/// Takes a proposal back before it is decided; it can be proposed anew.
pub(super) async fn withdraw(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let complaint = fetch(&work, id).await?;
    let permit = acting.may(
        COMPLAINT,
        "propose",
        &facts_of(work.conn(), &complaint).await?,
    )?;
    check_state(acting, &complaint, &[ForDecision])?;
    work.check_version(COMPLAINT, id, complaint.version, version)
        .await?;
    let reason = check_reason(reason)?;
    let approval = complaint
        .approval_id
        .ok_or_else(|| wrong_state(&complaint))?;
    approvals::withdraw(&mut work, approval, &permit, Some(&reason), CMP_11).await?;
    let leaving = Leaving {
        outcome: StayOutcome::TakenBack,
        to: Some(Station::BusinessProposal),
        said: Some(&reason),
    };
    let place = course::go(&mut work, &complaint, leaving, &permit).await?;
    let now = acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
        place.set(active);
        active.state = Set(Filed);
        active.updated_at = Set(now);
    })
    .await?;
    work.note(
        "complaint.withdraw",
        COMPLAINT,
        Some(id),
        &permit,
        json!({}),
    );
    work.commit(Outcome::row("complaint", id)).await
}

/// Voids a complaint that is not before a decider and not decided; it keeps its number and its history (CMP-2).
pub(super) async fn void(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let complaint = fetch(&work, id).await?;
    let permit = acting.may(COMPLAINT, "void", &facts_of(work.conn(), &complaint).await?)?;
    check_state(acting, &complaint, VOIDABLE)?;
    work.check_version(COMPLAINT, id, complaint.version, version)
        .await?;
    let reason = check_reason(reason)?;
    let leaving = Leaving {
        outcome: StayOutcome::Voided,
        to: None,
        said: Some(&reason),
    };
    let place = course::go(&mut work, &complaint, leaving, &permit).await?;
    course::end_closing(&mut work, &complaint, Some(&reason), &permit).await?;
    let now = acting.now();
    let text = reason.clone();
    work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
        place.set(active);
        active.state = Set(Voided);
        active.void_reason = Set(Some(text));
        active.voided_at = Set(Some(now));
        active.updated_at = Set(now);
    })
    .await?;
    notices::resolve(&work, COMPLAINT, id).await?;
    work.note("complaint.void", COMPLAINT, Some(id), &permit, json!({}));
    work.commit(Outcome::row("complaint", id)).await
}

/// CMP-11: who filed it and who proposes it have asked for the decision; neither makes it.
fn opening(complaint: &complaint::Model, content: Content, permit: Permit) -> Opening {
    Opening {
        subject_kind: COMPLAINT,
        subject: complaint.id,
        route: stations::APPROVAL
            .map(|station| approvals::step(COMPLAINT, stations::action(station)))
            .into(),
        content,
        rulebook_on: complaint.rulebook_on,
        expires_at: None,
        permit,
        stakes: vec![Stake {
            employee: complaint.filed_by,
            reason: StakeReason::Requester,
        }],
    }
}

/// CMP-11: the lowest role that decides this amount, by the brackets of the day of filing (RUL-4).
pub(super) fn decider(
    acting: &Acting,
    complaint: &complaint::Model,
    amount: Fen,
) -> Result<Role, Error> {
    bracket(amount, &acting.rulebook_on(complaint.rulebook_on))
        .map_err(|e| Error::internal(e.to_string()))
}

/// CMP-6: the complaint goes where its approval waits; `None` where that is where it is already.
async fn follow(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    approval: Uuid,
    said: &str,
    permit: &Permit,
) -> Done<Option<Place>> {
    let waits_for = approvals::waits_for(work, approval).await?;
    let to = stations::of_step(waits_for.as_deref().unwrap_or_default());
    if to.is_none() || to == complaint.station {
        return Ok(None);
    }
    let outcome = match complaint.state {
        ForDecision => StayOutcome::TakenBack,
        _ => StayOutcome::Passed,
    };
    let said = Some(said);
    let leaving = Leaving { outcome, to, said };
    Ok(Some(course::go(work, complaint, leaving, permit).await?))
}

fn check_proposal(
    complaint: &complaint::Model,
    proposal: &Proposal<'_>,
) -> Result<(Fen, String, String), Vec<Refusal>> {
    let words = check_ready(complaint.demand_kind, proposal.words);
    let negotiation = stations::check_negotiation(proposal.negotiation);
    match (proposal.amounts.total(), words, negotiation) {
        (Ok(amount), Ok(words), Ok(negotiation)) => Ok((amount, words, negotiation)),
        (amount, words, negotiation) => Err([amount.err(), words.err(), negotiation.err()]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
    }
}

fn check_reason(reason: &str) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_11);
    let reason = checks.text("reason", reason, PROSE);
    checks.finish(reason)
}

pub(super) fn check_state(
    acting: &Acting,
    complaint: &complaint::Model,
    states: &[ComplaintState],
) -> Result<(), Refusal> {
    state_allows(&Onlooker::acting(acting), complaint, states)
}

/// CMP-7, CMP-11: whether business can propose: where it is its turn, or while what it proposed waits for its decision.
///
/// # Errors
/// As [`state_allows`]; `WRONG_STATE` with where the complaint is.
pub(super) fn may_propose(
    onlooker: &Onlooker<'_>,
    complaint: &complaint::Model,
) -> Result<(), Refusal> {
    state_allows(onlooker, complaint, PROPOSABLE)?;
    match complaint.state {
        ForDecision => Ok(()),
        _ => check_station(complaint, Station::BusinessProposal),
    }
}

/// Whether a complaint is in one of these states.
///
/// # Errors
/// `ALREADY_DECIDED` with name and local time, `WRONG_STATE`.
pub(super) fn state_allows(
    onlooker: &Onlooker<'_>,
    complaint: &complaint::Model,
    states: &[ComplaintState],
) -> Result<(), Refusal> {
    if states.contains(&complaint.state) {
        return Ok(());
    }
    let decided = complaint
        .decided_by
        .zip(complaint.decided_at)
        .filter(|_| complaint.state == Decided);
    Err(match decided {
        Some((by, at)) => {
            let taken = Taken {
                by,
                on_behalf_of: complaint.decided_for,
                at,
            };
            onlooker.already_decided(taken).clause(CMP_11)
        }
        None => wrong_state(complaint),
    })
}

/// Not possible in the state the complaint is in.
pub(super) fn wrong_state(complaint: &complaint::Model) -> Refusal {
    Refusal::new(Code::WrongState)
        .labelled("state", complaint.state)
        .clause(CMP_11)
}
