//! Opening, changing, handing in again, taking back and running out, inside the unit of work of the feature whose object
//! is decided on.
//!
//! Pitfall: the caller's own `may` is asked for all of this; only a decision asks the policy by itself.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{approval, approval_event, approval_step};
use rules::approval::{
    self as machine, Actor, Approval, Case, Event, Needs, Parts, StagePlan, Stake, StepPlan,
};
use rules::kit::clause::Clause;
use rules::kit::money::Fen;
use rules::vocabulary::{ApprovalEventKind, ApprovalState, StakeReason};
use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::held::{Entry, Held, give_stake, machines, parts_json, step_rows};
use super::onlooker::Onlooker;
use super::outcome::{Told, tell_requesters};
use crate::acting::Permit;
use crate::kit::error::{Error, Result};
use crate::notices;
use crate::work::{Done, Work};

/// What is asked for, as the deciders are to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Hashes of it ([`rules::kit::content::content_hash`]), in one piece or by parts.
    pub asked: machine::Content,
    /// Amount at stake; `None` when there is none.
    pub amount: Option<Fen>,
}

/// A step of a route: what whoever takes it must be entitled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Object of the policy.
    pub object: &'static str,
    /// Action of the policy.
    pub action: &'static str,
    /// Which parts of the content it depends on.
    pub depends_on: Parts,
}

/// A new approval.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Kind of the object to be decided on, as it was made known by `catalogue.approvable`.
    pub subject_kind: &'static str,
    /// The object.
    pub subject: Uuid,
    /// Its route: stages one after the other, each of steps side by side.
    pub route: Vec<(Needs, Vec<Wanted>)>,
    /// What is asked for.
    pub content: Content,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: NaiveDate,
    /// When it runs out undecided; `None`: it waits for ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// By which right it is asked: who asks, and for whom he does, never decide.
    pub permit: Permit,
    /// Everybody else who never decides.
    pub stakes: Vec<Stake>,
}

/// A route of one step that depends on everything.
pub fn one_step(object: &'static str, action: &'static str) -> Vec<(Needs, Vec<Wanted>)> {
    vec![step(object, action)]
}

/// A step that depends on everything.
pub fn step(object: &'static str, action: &'static str) -> (Needs, Vec<Wanted>) {
    let step = Wanted {
        object,
        action,
        depends_on: Parts::All,
    };
    (Needs::All, vec![step])
}

/// The action of the step that an approval waits for; `None` where it waits for nobody.
///
/// # Errors
/// When the database fails.
pub async fn waits_for(work: &Work<'_>, approval: Uuid) -> Result<Option<String>> {
    let machine = machines(work.conn(), &[approval]).await?.remove(&approval);
    let open = machine.as_ref().and_then(|case| case.open_steps().next());
    Ok(open.map(|step| step.action.clone()))
}

/// The step of an approval that falls under an action; `None` where it has none.
///
/// # Errors
/// When the database fails.
pub async fn step_of(work: &Work<'_>, approval: Uuid, action: &str) -> Result<Option<Uuid>> {
    let machine = machines(work.conn(), &[approval]).await?.remove(&approval);
    let mut steps = machine.iter().flat_map(Approval::steps);
    Ok(steps.find(|step| step.action == action).map(|step| step.id))
}

/// Opens an approval; gives its id.
///
/// # Errors
/// When the route has no step, a fault of the feature; when the database fails.
pub async fn open(work: &mut Work<'_>, opening: Opening) -> Done<Uuid> {
    let acting = work.acting;
    let id = acting.new_id();
    let acted_for = opening.permit.acted_for;
    let Content { asked, amount } = opening.content;
    let amount_fen = amount.map(Fen::get);
    let people = [Some(acting.employee()), acted_for].into_iter().flatten();
    let asking = people.map(|employee| Stake {
        employee,
        reason: StakeReason::Requester,
    });
    let mut stakes: Vec<Stake> = Vec::new();
    for stake in asking.chain(opening.stakes) {
        if !stakes.contains(&stake) {
            stakes.push(stake);
        }
    }
    let case = Case {
        content: asked,
        requester: acted_for.unwrap_or(acting.employee()),
        stakes,
        expires_at: opening.expires_at,
    };
    let plan = |step: Wanted| StepPlan {
        id: acting.new_id(),
        object: step.object.to_owned(),
        action: step.action.to_owned(),
        depends_on: step.depends_on,
    };
    let route = opening.route.into_iter().map(|(needs, steps)| StagePlan {
        needs,
        steps: steps.into_iter().map(plan).collect(),
    });
    let opened = Approval::submit(case, route);
    let first = opened.open_steps().next();
    let first = first.ok_or_else(|| Error::internal("an approval without a step"))?;
    let hash = opened.case.content.hash(&Parts::All);
    work.insert(approval::ActiveModel {
        id: Set(id),
        subject_kind: Set(opening.subject_kind.to_owned()),
        subject_id: Set(opening.subject),
        object: Set(first.object.clone()),
        action: Set(first.action.clone()),
        content_hash: Set(hash.clone()),
        parts: Set(parts_json(&opened.case.content)),
        amount_fen: Set(amount_fen),
        requester_id: Set(opened.case.requester),
        state: Set(ApprovalState::Open),
        rulebook_on: Set(opening.rulebook_on),
        expires_at: Set(opening.expires_at),
        waiting_since: Set(Some(acting.now())),
        created_at: Set(acting.now()),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        version: Set(1),
    })?;
    for row in step_rows(id, &opened) {
        work.insert(approval_step::ActiveModel::from(row).reset_all())?;
    }
    for stake in &opened.case.stakes {
        give_stake(work, id, *stake).await?;
    }
    work.insert(approval_event::ActiveModel {
        id: Set(acting.new_id()),
        approval_id: Set(id),
        step_id: Set(None),
        kind: Set(ApprovalEventKind::Submitted),
        actor_id: Set(Some(acting.employee())),
        acted_for: Set(acted_for),
        in_place_of: Set(None),
        happened_at: Set(acting.now()),
        opinion: Set(None),
        content_hash: Set(hash),
        amount_fen: Set(amount_fen),
    })?;
    Ok(id)
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
    // Whoever was told that it came back need do nothing more about it.
    notices::resolve(work, &held.row.subject_kind, held.row.subject_id).await?;
    let amount = held.row.amount_fen;
    tell(
        work,
        held,
        &Event::Withdraw,
        permit,
        reason,
        amount,
        Some(clause),
    )
    .await
}

/// What is asked for changes while the approval is open: the steps that it touches open again, and who changed it can't
/// decide on it. The same content once more changes nothing.
///
/// # Errors
/// `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn change(
    work: &mut Work<'_>,
    approval: Uuid,
    content: Content,
    permit: &Permit,
) -> Done<()> {
    let event = Event::Change(content.asked);
    let held = Held::load(work, approval).await?;
    let amount = content.amount.map(Fen::get);
    tell(work, held, &event, permit, None, amount, None).await
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
    let event = Event::Resubmit(content.asked);
    let held = Held::load(work, approval).await?;
    // Whoever was told that it came back need do nothing more about it.
    notices::resolve(work, &held.row.subject_kind, held.row.subject_id).await?;
    let amount = content.amount.map(Fen::get);
    tell(work, held, &event, permit, None, amount, None).await
}

/// Ends an approval that has run out undecided; its trail names nobody.
///
/// # Errors
/// `ALREADY_DECIDED`, or `WRONG_STATE` where it still has time.
pub async fn expire(work: &mut Work<'_>, approval: Uuid) -> Done<()> {
    let held = Held::load(work, approval).await?;
    let done = held.machine.expire(work.acting.now())?;
    let entry = Entry {
        actor: None,
        in_place_of: None,
        opinion: None,
        amount_fen: held.row.amount_fen,
    };
    let case = Told::of(&held.row);
    notices::resolve(work, &case.subject_kind, case.subject).await?;
    held.write(work, &done, entry).await?;
    Ok(tell_requesters(work, case, &done.after, None).await?)
}

/// Ends an approval that was decided already, in a time that a restored backup does not know; its trail names nobody.
///
/// # Errors
/// `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn overtake(work: &mut Work<'_>, approval: Uuid) -> Done<()> {
    let held = Held::load(work, approval).await?;
    let onlooker = Onlooker::acting(work.acting);
    let requester = Actor::own(held.machine.case.requester);
    let done = onlooker.on_the_whole(&held.machine, &Event::Withdraw, &requester)?;
    let entry = Entry {
        actor: None,
        in_place_of: None,
        opinion: None,
        amount_fen: held.row.amount_fen,
    };
    notices::resolve(work, &held.row.subject_kind, held.row.subject_id).await?;
    held.write(work, &done, entry).await
}

/// An event on the whole.
async fn tell(
    work: &mut Work<'_>,
    held: Held,
    event: &Event,
    permit: &Permit,
    reason: Option<&str>,
    amount_fen: Option<i64>,
    clause: Option<Clause>,
) -> Done<()> {
    let onlooker = Onlooker::acting(work.acting);
    let actor = onlooker.actor(permit.acted_for);
    let done = onlooker.on_the_whole(&held.machine, event, &actor);
    let done = done.map_err(|refusal| match clause {
        Some(clause) => refusal.clause(clause),
        None => refusal,
    })?;
    if done.after == held.machine {
        return Ok(());
    }
    let entry = Entry {
        actor: Some(&actor),
        in_place_of: None,
        opinion: reason,
        amount_fen,
    };
    held.write(work, &done, entry).await
}
