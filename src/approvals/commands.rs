//! What can be done with an approval, inside the unit of work of the feature whose object is decided on.
//!
//! Pitfall: the caller's own `may` is asked for opening, changing, resubmitting and withdrawing; deciding asks the policy
//! in here, because who has a stake is known only here.

use std::any::Any;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{approval, approval_event, approval_step};
use rules::approval::{Actor, Approval, Event, Stake, Transition};
use rules::kit::clause::Clause;
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ApprovalEventKind, ApprovalState, Role, StakeReason, StepState};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::held::{Held, actor, already_decided, give_stake, new_requesters};
use crate::acting::{Acting, Permit};
use crate::work::{Done, Work};

/// What is asked for, as the deciders are to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Hash of it ([`rules::kit::content::content_hash`]).
    pub hash: String,
    /// Amount at stake; `None` when there is none.
    pub amount: Option<Fen>,
}

/// A new approval.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Kind of the object to be decided on, as it was made known by `catalogue.approvable`.
    pub subject_kind: &'static str,
    /// The object.
    pub subject: Uuid,
    /// Object of the policy that deciding falls under.
    pub object: &'static str,
    /// Action of the policy that deciding falls under.
    pub action: &'static str,
    /// What is asked for.
    pub content: Content,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: NaiveDate,
    /// By which right it is asked: who asks, and for whom he does, never decide.
    pub permit: Permit,
    /// Everybody else who never decides.
    pub stakes: Vec<Stake>,
}

/// What a decider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// Not like this: it can be handed in again.
    SendBack,
}

/// A decision that somebody wants to make.
pub struct Judgement<'a> {
    /// The approval.
    pub approval: Uuid,
    /// Which way.
    pub verdict: Verdict,
    /// What he says to it; required unless he approves.
    pub opinion: Option<&'a str>,
    /// Hash of what he read; anything but the content's own hash is refused as out of date.
    pub content_hash: &'a str,
    /// Facts of the object, for the policy.
    pub facts: &'a (dyn Any + Send + Sync),
    /// The clause that refusals rest on.
    pub clause: Clause,
}

/// What became of an approval by a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its state now.
    pub state: ApprovalState,
    /// In which role and for whom it was decided: `decided_for` of the object, and the ground of the audit entry.
    pub permit: Permit,
    /// When.
    pub at: DateTime<Utc>,
}

/// Opens an approval of one step; gives its id.
///
/// # Errors
/// When the database fails.
pub async fn open(work: &mut Work<'_>, opening: Opening) -> Done<Uuid> {
    let acting = work.acting;
    let id = acting.new_id();
    let acted_for = opening.permit.acted_for;
    let requester = acted_for.unwrap_or(acting.employee());
    let Content { hash, amount } = opening.content;
    let amount_fen = amount.map(Fen::get);
    work.insert(approval::ActiveModel {
        id: Set(id),
        subject_kind: Set(opening.subject_kind.to_owned()),
        subject_id: Set(opening.subject),
        object: Set(opening.object.to_owned()),
        action: Set(opening.action.to_owned()),
        content_hash: Set(hash.clone()),
        amount_fen: Set(amount_fen),
        requester_id: Set(requester),
        state: Set(ApprovalState::Open),
        rulebook_on: Set(opening.rulebook_on),
        created_at: Set(acting.now()),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        version: Set(1),
    })
    .await?;
    work.insert(approval_step::ActiveModel {
        id: Set(acting.new_id()),
        approval_id: Set(id),
        position: Set(1),
        object: Set(opening.object.to_owned()),
        action: Set(opening.action.to_owned()),
        state: Set(StepState::Open),
        taken_by: Set(None),
        taken_for: Set(None),
        taken_at: Set(None),
        opinion: Set(None),
        content_hash: Set(hash.clone()),
    })
    .await?;
    let mut stakes: Vec<Stake> = Vec::new();
    let people = [Some(acting.employee()), acted_for].into_iter().flatten();
    let asking = people.map(|employee| Stake {
        employee,
        reason: StakeReason::Requester,
    });
    for stake in asking.chain(opening.stakes) {
        if !stakes.contains(&stake) {
            stakes.push(stake);
        }
    }
    for stake in stakes {
        give_stake(work, id, stake).await?;
    }
    work.insert(approval_event::ActiveModel {
        id: Set(acting.new_id()),
        approval_id: Set(id),
        step_id: Set(None),
        kind: Set(ApprovalEventKind::Submitted),
        actor_id: Set(acting.employee()),
        acted_for: Set(acted_for),
        happened_at: Set(acting.now()),
        opinion: Set(None),
        content_hash: Set(hash),
        amount_fen: Set(amount_fen),
    })
    .await?;
    Ok(id)
}

/// Takes the open step: the policy's answer for its object·action, minus everybody with a stake. Own rights are used
/// before delegated ones. Two at once: the second waits for the first and is told.
///
/// # Errors
/// `SELF_APPROVAL` and `RECUSED` with who else could; `FORBIDDEN` as [`Acting::may`] says it; `ALREADY_DECIDED` with
/// names and local time; `VERSION_CONFLICT` when the content is not what was read; `REQUIRED` at `reason`.
pub async fn decide(work: &mut Work<'_>, asked: Judgement<'_>) -> Done<Decided> {
    let acting = work.acting;
    let held = Held::load(work, asked.approval).await?;
    // A decided approval has no open step; its last one tells who decided.
    let step = held.machine.open_step().or(held.machine.steps.last());
    let step = step.ok_or(Code::WrongState).map_err(Refusal::from)?;
    let permit = acting.may(&step.object, &step.action, asked.facts);
    let actor = actor(
        acting,
        permit.as_ref().ok().and_then(|permit| permit.acted_for),
    );
    let text = asked.opinion.unwrap_or_default().to_owned();
    let (step, content_hash) = (step.id, asked.content_hash.to_owned());
    let event = match asked.verdict {
        Verdict::Approve => Event::Approve {
            step,
            content_hash,
            opinion: Some(text),
        },
        Verdict::Reject => Event::Reject {
            step,
            content_hash,
            reason: text,
        },
        Verdict::SendBack => Event::SendBack {
            step,
            content_hash,
            reason: text,
        },
    };
    let done = held
        .machine
        .apply(&event, &actor, permit.is_ok(), acting.now());
    let done = match (done, permit) {
        (Ok(done), Ok(permit)) => (done, permit),
        (Err(refusal), Err(denied)) if refusal.code == Code::Forbidden => return Err(denied.into()),
        (Err(refusal), _) => return Err(in_words(acting, &held.machine, refusal, &asked).into()),
        (Ok(_), Err(denied)) => return Err(denied.into()),
    };
    let (done, permit) = done;
    let opinion = asked
        .opinion
        .map(str::trim)
        .filter(|opinion| !opinion.is_empty());
    let amount = held.row.amount_fen;
    held.write(work, &done, &actor, opinion, amount).await?;
    Ok(Decided {
        state: done.after.state,
        permit,
        at: acting.now(),
    })
}

/// The requester, or his delegate, takes his request back.
///
/// # Errors
/// `FORBIDDEN` to everybody else; `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn withdraw(
    work: &mut Work<'_>,
    approval: Uuid,
    permit: &Permit,
    reason: Option<&str>,
    clause: Clause,
) -> Done<()> {
    let held = Held::load(work, approval).await?;
    let actor = actor(work.acting, permit.acted_for);
    let done = apply(work.acting, &held, &Event::Withdraw, &actor);
    let done = done.map_err(|refusal| refusal.clause(clause))?;
    let amount = held.row.amount_fen;
    held.write(work, &done, &actor, reason, amount).await
}

/// What is asked for changes while the approval is open: steps taken on other content open again, and who changed it
/// can't decide on it. The same content once more changes nothing.
///
/// # Errors
/// `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn change(
    work: &mut Work<'_>,
    approval: Uuid,
    content: Content,
    permit: &Permit,
) -> Done<()> {
    let event = Event::Change {
        content_hash: content.hash.clone(),
    };
    ask_anew(work, approval, content, permit, event).await
}

/// Hands in again what was sent back, changed or not.
///
/// # Errors
/// `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn resubmit(
    work: &mut Work<'_>,
    approval: Uuid,
    content: Content,
    permit: &Permit,
) -> Done<()> {
    let event = Event::Resubmit {
        content_hash: content.hash.clone(),
    };
    ask_anew(work, approval, content, permit, event).await
}

async fn ask_anew(
    work: &mut Work<'_>,
    approval: Uuid,
    content: Content,
    permit: &Permit,
    event: Event,
) -> Done<()> {
    let held = Held::load(work, approval).await?;
    let actor = actor(work.acting, permit.acted_for);
    let done = apply(work.acting, &held, &event, &actor)?;
    if done.after == held.machine {
        return Ok(());
    }
    for stake in new_requesters(&held.machine, &actor) {
        give_stake(work, approval, stake).await?;
    }
    held.write(work, &done, &actor, None, content.amount.map(Fen::get))
        .await
}

fn apply(
    acting: &Acting,
    held: &Held,
    event: &Event,
    actor: &Actor,
) -> Result<Transition, Refusal> {
    held.machine
        .apply(event, actor, true, acting.now())
        .map_err(|refusal| match held.machine.decided() {
            Some(taken) if refusal.code == Code::AlreadyDecided => already_decided(acting, taken),
            _ => refusal,
        })
}

/// The state machine's refusal with names, clause and the roles of those who could decide instead.
fn in_words(
    acting: &Acting,
    machine: &Approval,
    refusal: Refusal,
    asked: &Judgement<'_>,
) -> Refusal {
    let mut refusal = match machine.decided() {
        Some(taken) if refusal.code == Code::AlreadyDecided => already_decided(acting, taken),
        _ => refusal,
    };
    if matches!(refusal.code, Code::SelfApproval | Code::Recused) {
        refusal.remedy = refusal
            .remedy
            .map(|remedy| remedy.approvers(others(acting, machine, asked)));
    }
    if refusal.clause.is_none() {
        refusal = refusal.clause(asked.clause);
    }
    refusal
}

/// The roles of those who could decide and have no stake.
fn others(acting: &Acting, machine: &Approval, asked: &Judgement<'_>) -> Vec<Role> {
    let (object, action) = (&machine.case.object, &machine.case.action);
    let free = |employee: &Uuid| {
        *employee != machine.case.requester
            && !machine
                .case
                .stakes
                .iter()
                .any(|stake| stake.employee == *employee)
    };
    let able = acting
        .directory
        .holders_able(&acting.viewer, object, action, asked.facts);
    let mut roles: Vec<Role> = able
        .into_iter()
        .filter(|(employee, _)| free(employee))
        .map(|(_, role)| role)
        .collect();
    roles.sort();
    roles.dedup();
    roles
}
