//! The approval engine as a state machine over plain values.
//!
//! An approval has a subject, an action, a content hash and steps taken one after the other, each by one person.
//! Who is *entitled* to a step the policy says (the caller passes its answer in); who has a *stake* never takes one
//! (ground rule: nobody decides on their own case), nor does somebody who acts for him or whose role he delegated
//! (ORG-4). One person never takes two steps. What is approved is what was read: every step names the hash.
//!
//! Pitfall: nothing here looks at the clock or at roles; `entitled` must be asked for the step that the event names,
//! for the person acting or, under a delegation, for the delegator.

mod refusals;
mod values;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kit::refusal::{Code, Detail, Refusal};
use crate::vocabulary::{ApprovalEventKind, ApprovalState, StakeReason, StepState};

pub use refusals::already_decided;
pub use values::{Actor, Approval, Case, Event, Stake, Step, StepPlan, Taken, Transition};

/// A decision on a step: which, on which content, how, with what words.
struct Decision<'a> {
    step: Uuid,
    content_hash: &'a str,
    state: StepState,
    opinion: Option<&'a str>,
}

impl Approval {
    /// A new approval, its first step open and the others waiting.
    pub fn submit(case: Case, first: StepPlan, then: impl IntoIterator<Item = StepPlan>) -> Self {
        let hash = case.content_hash.clone();
        let steps = std::iter::once(first).chain(then).map(|plan| Step {
            id: plan.id,
            object: plan.object,
            action: plan.action,
            state: StepState::Waiting,
            taken: None,
            opinion: None,
            content_hash: hash.clone(),
        });
        let mut approval = Self {
            case,
            steps: steps.collect(),
            state: ApprovalState::Open,
        };
        approval.open_next();
        approval
    }

    /// The step that can be taken now, `None` where the approval is not open.
    pub fn open_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.state == StepState::Open)
    }

    /// Who ended the approval or sent it back, `None` while it is open and where it was withdrawn.
    pub fn decided(&self) -> Option<Taken> {
        let ended_by = match self.state {
            ApprovalState::Approved => StepState::Approved,
            ApprovalState::Rejected => StepState::Rejected,
            ApprovalState::SentBack => StepState::SentBack,
            ApprovalState::Open | ApprovalState::Withdrawn => return None,
        };
        self.steps
            .iter()
            .rev()
            .find(|step| step.state == ended_by)
            .and_then(|step| step.taken)
    }

    /// What an event by `actor` makes of the approval. `entitled` is the policy's answer for the event: may the actor
    /// (or his delegator) take the step, or for [`Event::Resubmit`] and [`Event::Change`], change the case.
    ///
    /// # Errors
    /// `SELF_APPROVAL`, `RECUSED`, `FORBIDDEN`, `ALREADY_DECIDED` (with `by`, `for` as employee ids and `at` as an
    /// instant, for the caller to put into words), `WRONG_STATE`, `VERSION_CONFLICT`, `REQUIRED`, `NOT_FOUND`.
    pub fn apply(
        &self,
        event: &Event,
        actor: &Actor,
        entitled: bool,
        at: DateTime<Utc>,
    ) -> Result<Transition, Refusal> {
        match event {
            Event::Approve {
                step,
                content_hash,
                opinion,
            } => {
                let opinion = opinion.as_deref();
                let decision = Decision {
                    step: *step,
                    content_hash,
                    state: StepState::Approved,
                    opinion,
                };
                self.take(&decision, actor, entitled, at)
            }
            Event::Reject {
                step,
                content_hash,
                reason,
            } => {
                let opinion = Some(reason.as_str());
                let decision = Decision {
                    step: *step,
                    content_hash,
                    state: StepState::Rejected,
                    opinion,
                };
                self.take(&decision, actor, entitled, at)
            }
            Event::SendBack {
                step,
                content_hash,
                reason,
            } => {
                let opinion = Some(reason.as_str());
                let decision = Decision {
                    step: *step,
                    content_hash,
                    state: StepState::SentBack,
                    opinion,
                };
                self.take(&decision, actor, entitled, at)
            }
            Event::Withdraw => self.withdraw(actor),
            Event::Resubmit { content_hash } => self.resubmit(content_hash, actor, entitled),
            Event::Change { content_hash } => self.change(content_hash, actor, entitled),
        }
    }

    /// Whether the actor could take the step now, leaving aside what he read and says: for inboxes and "what may I do".
    ///
    /// # Errors
    /// As [`Approval::apply`], without those about content and reason.
    pub fn check_taker(&self, step: Uuid, actor: &Actor, entitled: bool) -> Result<(), Refusal> {
        let step = self
            .steps
            .iter()
            .find(|known| known.id == step)
            .ok_or(Code::NotFound)?;
        self.check_stake(actor)?;
        if !entitled {
            return Err(Code::Forbidden.into());
        }
        if self.state == ApprovalState::Withdrawn {
            return Err(Refusal::new(Code::WrongState).detail(Detail::Withdrawn));
        }
        if let Some(taken) = step.taken.or(self.decided()) {
            return Err(refusals::taken_already(taken));
        }
        if self.took_a_step(actor) {
            return Err(Refusal::new(Code::Recused).detail(Detail::TookAnotherStep));
        }
        if step.state != StepState::Open {
            return Err(Refusal::new(Code::WrongState).detail(Detail::StepNotReached));
        }
        Ok(())
    }

    fn take(
        &self,
        decision: &Decision<'_>,
        actor: &Actor,
        entitled: bool,
        at: DateTime<Utc>,
    ) -> Result<Transition, Refusal> {
        self.check_taker(decision.step, actor, entitled)?;
        if decision.content_hash != self.case.content_hash {
            return Err(refusals::content_changed());
        }
        let opinion = decision
            .opinion
            .map(str::trim)
            .filter(|opinion| !opinion.is_empty());
        if opinion.is_none() && decision.state != StepState::Approved {
            return Err(Refusal::new(Code::Required).at("reason"));
        }
        let mut after = self.clone();
        let taken = Taken {
            by: actor.id,
            on_behalf_of: actor.on_behalf_of,
            at,
        };
        if let Some(step) = after.steps.iter_mut().find(|step| step.id == decision.step) {
            step.state = decision.state;
            step.taken = Some(taken);
            step.opinion = opinion.map(str::to_owned);
        }
        let kind = match decision.state {
            StepState::Rejected => {
                after.state = ApprovalState::Rejected;
                ApprovalEventKind::Rejected
            }
            StepState::SentBack => {
                after.state = ApprovalState::SentBack;
                ApprovalEventKind::SentBack
            }
            _ => {
                after.open_next();
                ApprovalEventKind::Approved
            }
        };
        Ok(self.transition(after, kind, Some(decision.step)))
    }

    fn withdraw(&self, actor: &Actor) -> Result<Transition, Refusal> {
        if !actor.acts_as(self.case.requester) {
            return Err(Code::Forbidden.into());
        }
        self.check_undecided(true)?;
        let mut after = self.clone();
        after.state = ApprovalState::Withdrawn;
        for step in &mut after.steps {
            if matches!(step.state, StepState::Open | StepState::Waiting) {
                step.state = StepState::Withdrawn;
            }
        }
        Ok(self.transition(after, ApprovalEventKind::Withdrawn, None))
    }

    fn resubmit(
        &self,
        content_hash: &str,
        actor: &Actor,
        entitled: bool,
    ) -> Result<Transition, Refusal> {
        self.check_may_change(actor, entitled)?;
        self.check_undecided(true)?;
        if self.state != ApprovalState::SentBack {
            return Err(refusals::wrong_state(self.state));
        }
        let mut after = self.clone();
        after.state = ApprovalState::Open;
        for step in &mut after.steps {
            if step.state == StepState::SentBack {
                step.reopen();
            }
        }
        after.set_content(content_hash);
        Ok(self.transition(after, ApprovalEventKind::Resubmitted, None))
    }

    fn change(
        &self,
        content_hash: &str,
        actor: &Actor,
        entitled: bool,
    ) -> Result<Transition, Refusal> {
        self.check_may_change(actor, entitled)?;
        self.check_undecided(false)?;
        let mut after = self.clone();
        after.set_content(content_hash);
        Ok(self.transition(after, ApprovalEventKind::Changed, None))
    }

    /// Sets what is asked for; steps taken on other content open again.
    fn set_content(&mut self, content_hash: &str) {
        content_hash.clone_into(&mut self.case.content_hash);
        for step in &mut self.steps {
            if step.content_hash != content_hash {
                step.reopen();
                content_hash.clone_into(&mut step.content_hash);
            }
        }
        self.open_next();
    }

    /// Opens the first step that is not approved, or ends the approval where there is none.
    fn open_next(&mut self) {
        let mut open = true;
        for step in &mut self.steps {
            if step.state != StepState::Approved {
                step.state = if open {
                    StepState::Open
                } else {
                    StepState::Waiting
                };
                open = false;
            }
        }
        self.state = if open {
            ApprovalState::Approved
        } else {
            ApprovalState::Open
        };
    }

    /// Nobody decides on their own case, directly, for somebody who has a stake, or holding a delegated role of his.
    fn check_stake(&self, actor: &Actor) -> Result<(), Refusal> {
        if actor.acts_as(self.case.requester) {
            return Err(refusals::self_approval());
        }
        let has_stake = |employee: Uuid| {
            employee == self.case.requester
                || self
                    .case
                    .stakes
                    .iter()
                    .any(|stake| stake.employee == employee)
        };
        if let Some(stake) = self
            .case
            .stakes
            .iter()
            .find(|stake| actor.acts_as(stake.employee))
        {
            return Err(if stake.reason == StakeReason::Requester {
                refusals::self_approval()
            } else {
                refusals::recused(stake.reason)
            });
        }
        if actor.delegators.iter().copied().any(has_stake) {
            return Err(refusals::delegator_has_stake());
        }
        Ok(())
    }

    /// Whether the person acting, or the one he acts for, already stands behind a step.
    fn took_a_step(&self, actor: &Actor) -> bool {
        self.steps
            .iter()
            .filter_map(|step| step.taken)
            .any(|taken| {
                actor.acts_as(taken.by)
                    || taken
                        .on_behalf_of
                        .is_some_and(|delegator| actor.acts_as(delegator))
            })
    }

    fn check_may_change(&self, actor: &Actor, entitled: bool) -> Result<(), Refusal> {
        if entitled || actor.acts_as(self.case.requester) {
            Ok(())
        } else {
            Err(Code::Forbidden.into())
        }
    }

    /// Whether the case can still be changed: it is open, or, where allowed, sent back.
    fn check_undecided(&self, or_sent_back: bool) -> Result<(), Refusal> {
        match self.state {
            ApprovalState::Open => Ok(()),
            ApprovalState::SentBack if or_sent_back => Ok(()),
            ApprovalState::Withdrawn => {
                Err(Refusal::new(Code::WrongState).detail(Detail::Withdrawn))
            }
            state => Err(self
                .decided()
                .map_or_else(|| refusals::wrong_state(state), refusals::taken_already)),
        }
    }

    fn transition(&self, after: Self, kind: ApprovalEventKind, step: Option<Uuid>) -> Transition {
        let changed = self.steps.iter().zip(&after.steps);
        let changed = changed
            .filter(|(before, now)| before != now)
            .map(|(_, now)| now.id)
            .collect();
        Transition {
            after,
            kind,
            step,
            changed,
        }
    }
}

impl Step {
    fn reopen(&mut self) {
        self.state = StepState::Waiting;
        self.taken = None;
        self.opinion = None;
    }
}

#[cfg(test)]
mod tests;
