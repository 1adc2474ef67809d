//! Taking a step, and asking for one more.
//!
//! Pitfall: deciding asks the policy in here and not in the feature, because who has a stake is known only here.

use std::any::Any;

use chrono::{DateTime, Utc};
use rules::approval::{Event, Parts, Place, StepPlan, Verdict};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::ApprovalState;
use uuid::Uuid;

use super::held::{Entry, Held};
use super::onlooker::Onlooker;
use super::outcome::{Told, tell_requesters};
use crate::acting::Permit;
use crate::work::{Done, Work};

/// What a decider says.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Which way.
    pub verdict: Verdict,
    /// In what words; required unless he approves, and always of who stands in.
    pub opinion: Option<&'a str>,
    /// Hash of what he read; anything but that of the content or of the step is refused as out of date. `None`: it was
    /// held against the object itself already.
    pub content_hash: Option<&'a str>,
    /// Which step; `None`: the first open one that he can take.
    pub step: Option<Uuid>,
}

/// What a decider read of an object before he decides.
#[derive(Debug, Clone, Copy)]
pub enum Read<'a> {
    /// The object at a version.
    Version(i32),
    /// The case put before him, by its hash.
    Hash(&'a str),
}

impl<'a> Read<'a> {
    /// The hash for [`Said`] of an object whose version is `now`. Of another version, a hash that fits nothing: so
    /// entitlement and "already decided" are answered before "changed since".
    pub const fn hash(self, now: i32) -> Option<&'a str> {
        match self {
            Self::Version(version) if version == now => None,
            Self::Version(_) => Some(""),
            Self::Hash(hash) => Some(hash),
        }
    }
}

impl<'a> Said<'a> {
    /// A decision on the content as it stands, on the first open step.
    pub const fn now(verdict: Verdict, opinion: Option<&'a str>) -> Self {
        Self {
            verdict,
            opinion,
            content_hash: None,
            step: None,
        }
    }
}

/// A decision that somebody wants to make.
pub struct Judgement<'a> {
    /// The approval.
    pub approval: Uuid,
    /// What he says.
    pub said: Said<'a>,
    /// Facts of the object, for the policy.
    pub facts: &'a (dyn Any + Send + Sync),
    /// The clause that refusals rest on.
    pub clause: Clause,
}

/// What became of an approval by a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The approval, for the outcome: a repeated `approvalDecide` gives it again.
    pub approval: Uuid,
    /// Its state now: open where others still have to decide.
    pub state: ApprovalState,
    /// In which role and for whom it was decided: `decided_for` of the object, and the ground of the audit entry.
    pub permit: Permit,
    /// When.
    pub at: DateTime<Utc>,
    /// The action of the step that it waits for now; `None` where it waits for nobody.
    pub waits_for: Option<String>,
}

/// One more step that somebody who could take one asks for.
pub struct Addition<'a> {
    /// The approval.
    pub approval: Uuid,
    /// His step; `None`: the first open one that he can take.
    pub step: Option<Uuid>,
    /// Where the new one stands.
    pub place: Place,
    /// Why.
    pub reason: &'a str,
    /// Facts of the object, for the policy.
    pub facts: &'a (dyn Any + Send + Sync),
    /// The clause that refusals rest on.
    pub clause: Clause,
}

/// Takes a step: the policy's answer for its object·action, minus everybody with a stake; own rights before delegated
/// ones; where nobody whom the policy allows can, who stands in. Two at once: the second waits for the first and is told.
///
/// # Errors
/// `SELF_APPROVAL`, `RECUSED` and `FORBIDDEN` with who can; `ALREADY_DECIDED` with names and local time;
/// `VERSION_CONFLICT` when the content is not what was read; `REQUIRED` at `reason` or `opinion`.
pub async fn decide(work: &mut Work<'_>, asked: Judgement<'_>) -> Done<Decided> {
    let acting = work.acting;
    let onlooker = Onlooker::acting(acting);
    let held = Held::load(work, asked.approval).await?;
    let (machine, said) = (&held.machine, asked.said);
    let taking = onlooker.taking(machine, said.step, asked.facts, asked.clause)?;
    let in_place_of = onlooker.in_place_of(machine, &taking, asked.facts);
    let stands = || machine.case.content.hash(&Parts::All);
    let event = Event::Decide {
        step: taking.step,
        verdict: said.verdict,
        content_hash: said.content_hash.map_or_else(stands, str::to_owned),
        opinion: said.opinion.map(str::to_owned),
        in_place_of,
    };
    let done = machine
        .apply(&event, &taking.actor, taking.right, acting.now())
        .map_err(|refusal| under(refusal, asked.clause))?;
    let entry = Entry {
        actor: Some(&taking.actor),
        in_place_of,
        opinion: said.opinion.map(str::trim).filter(|said| !said.is_empty()),
        amount_fen: held.row.amount_fen,
    };
    let case = Told::of(&held.row);
    held.write(work, &done, entry).await?;
    tell_requesters(work, case, &done.after, Some(asked.clause)).await?;
    let open = done.after.open_steps().next();
    Ok(Decided {
        approval: asked.approval,
        state: done.after.state,
        permit: taking.permit,
        at: acting.now(),
        waits_for: open.map(|step| step.action.clone()),
    })
}

/// Adds a step that falls under the same object·action as his who asks for it.
///
/// # Errors
/// As [`decide`]; `REQUIRED` at `reason`.
pub async fn add_step(work: &mut Work<'_>, asked: Addition<'_>) -> Done<Permit> {
    let acting = work.acting;
    let held = Held::load(work, asked.approval).await?;
    let machine = &held.machine;
    let onlooker = Onlooker::acting(acting);
    let taking = onlooker.taking(machine, asked.step, asked.facts, asked.clause)?;
    let mut steps = machine.steps();
    let own = steps.find(|step| step.id == taking.step);
    let own = own.ok_or(Code::NotFound).map_err(Refusal::from)?;
    let event = Event::AddStep {
        step: own.id,
        plan: StepPlan {
            id: acting.new_id(),
            object: own.object.clone(),
            action: own.action.clone(),
            depends_on: own.depends_on.clone(),
        },
        place: asked.place,
        reason: asked.reason.to_owned(),
    };
    drop(steps);
    let done = machine
        .apply(&event, &taking.actor, taking.right, acting.now())
        .map_err(|refusal| under(refusal, asked.clause))?;
    let entry = Entry {
        actor: Some(&taking.actor),
        in_place_of: None,
        opinion: Some(asked.reason.trim()),
        amount_fen: held.row.amount_fen,
    };
    held.write(work, &done, entry).await?;
    Ok(taking.permit)
}

/// The refusal under this clause where it names none.
fn under(refusal: Refusal, clause: Clause) -> Refusal {
    if refusal.clause.is_none() {
        refusal.clause(clause)
    } else {
        refusal
    }
}
