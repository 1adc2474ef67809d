//! The approval engine as a state machine over plain values.
//!
//! An approval has content and stages, gone through one after the other; the steps of a stage are taken side by side,
//! each by one person. Who is *entitled* to a step the policy says (the caller passes its answer in); who has a *stake*
//! never takes one (ground rule: nobody decides on their own case), nor does somebody who acts for him or whose role he
//! delegated (ORG-4). One person never takes two steps of a case. What is approved is what was read: every step is bound
//! to the hash of the parts of the content that it depends on, and a change opens those again that it touches.
//!
//! Pitfall: nothing here looks at the clock or at roles; the right must be asked for the step that the event names, for
//! the person acting or, under a delegation, for the delegator.

mod absence;
mod refusals;
mod stages;
mod stakes;
mod values;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kit::refusal::{Code, Detail, Refusal};
use crate::vocabulary::{ApprovalEventKind, ApprovalState, StakeReason, StepState};

pub use refusals::already_decided;
pub use values::{
    Actor, Approval, Case, Content, Event, Holder, Needs, Parts, Place, Right, Stage, StagePlan,
    Stake, Step, StepPlan, Taken, Transition, Verdict,
};

/// A decision on a step.
struct Decision<'a> {
    step: Uuid,
    verdict: Verdict,
    content_hash: &'a str,
    opinion: Option<&'a str>,
    in_place_of: Option<Uuid>,
}

impl Approval {
    /// A new approval, the steps of its first stage open and the others waiting.
    pub fn submit(case: Case, stages: impl IntoIterator<Item = StagePlan>) -> Self {
        let stages = stages.into_iter();
        let stages = stages.map(|plan| Stage::of(plan, |parts| case.content.hash(parts)));
        let mut approval = Self {
            stages: stages.collect(),
            case,
            state: ApprovalState::Open,
            ended: None,
        };
        approval.settle();
        approval
    }

    /// Its steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// The steps that can be taken now.
    pub fn open_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps().filter(|step| step.state == StepState::Open)
    }

    /// Who settled a step: who took it, ended the case, or last of those beside it made it needless; `None` while nobody
    /// has.
    pub fn decided(&self, step: Uuid) -> Option<Taken> {
        let stage = self.stages.get(self.stage_of(step)?)?;
        let step = stage.steps.iter().find(|known| known.id == step)?;
        let beside = stage.steps.iter().filter_map(|other| other.taken);
        let last = beside.max_by_key(|taken| taken.at);
        let last = last.filter(|_| step.state == StepState::NotNeeded);
        step.taken.or(self.ended).or(last)
    }

    /// Whether it has run out undecided at an instant.
    pub fn is_expired(&self, at: DateTime<Utc>) -> bool {
        matches!(self.state, ApprovalState::Open | ApprovalState::SentBack)
            && self.case.expires_at.is_some_and(|expires| expires <= at)
    }

    /// What an event by `actor` makes of the approval. `right` is by which right the actor (or his delegator) takes the
    /// step; for [`Event::Resubmit`] and [`Event::Change`], by which he changes the case.
    ///
    /// # Errors
    /// `SELF_APPROVAL`, `RECUSED`, `FORBIDDEN`, `ALREADY_DECIDED` (with `by`, `for` as employee ids and `at` as an
    /// instant, for the caller to put into words), `WRONG_STATE`, `VERSION_CONFLICT`, `REQUIRED`, `NOT_FOUND`.
    pub fn apply(
        &self,
        event: &Event,
        actor: &Actor,
        right: Right,
        at: DateTime<Utc>,
    ) -> Result<Transition, Refusal> {
        match event {
            Event::Decide {
                step,
                verdict,
                content_hash,
                opinion,
                in_place_of,
            } => {
                let decision = Decision {
                    step: *step,
                    verdict: *verdict,
                    content_hash,
                    opinion: opinion
                        .as_deref()
                        .map(str::trim)
                        .filter(|said| !said.is_empty()),
                    in_place_of: *in_place_of,
                };
                self.decide(&decision, actor, right, at)
            }
            Event::AddStep {
                step,
                plan,
                place,
                reason,
            } => {
                self.check_taker(*step, actor, right, at)?;
                if reason.trim().is_empty() {
                    return Err(Refusal::new(Code::Required).at("reason"));
                }
                self.add_step(*step, plan, *place)
            }
            Event::Withdraw => self.withdraw(actor, at),
            Event::Resubmit(content) => {
                self.ask_anew(content, actor, right, ApprovalState::SentBack, at)
            }
            Event::Change(content) => self.ask_anew(content, actor, right, ApprovalState::Open, at),
        }
    }

    /// Ends an approval that has run out.
    ///
    /// # Errors
    /// `ALREADY_DECIDED`, or `WRONG_STATE` where it still has time.
    pub fn expire(&self, at: DateTime<Utc>) -> Result<Transition, Refusal> {
        if !self.is_expired(at) {
            return Err(self.not_in_state());
        }
        let mut after = self.clone();
        after.end(ApprovalState::Expired, StepState::Expired);
        after.ended = None;
        Ok(transition(after, ApprovalEventKind::Expired, None))
    }

    /// Whether the actor could take the step now, leaving aside what he read and says: for inboxes and "what may I do".
    ///
    /// # Errors
    /// As [`Approval::apply`], without those about content and reason.
    pub fn check_taker(
        &self,
        step: Uuid,
        actor: &Actor,
        right: Right,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let known = self.steps().find(|known| known.id == step);
        let step = known.ok_or(Code::NotFound)?;
        self.check_stake(actor)?;
        if right == Right::Nobodys {
            return Err(Code::Forbidden.into());
        }
        if self.is_expired(at) {
            return Err(refusals::wrong_state(ApprovalState::Expired));
        }
        if matches!(
            self.state,
            ApprovalState::Withdrawn | ApprovalState::Expired
        ) {
            return Err(refusals::wrong_state(self.state));
        }
        if let Some(taken) = self.decided(step.id) {
            return Err(refusals::taken_already(taken));
        }
        if self.took_a_step(actor) {
            return Err(refusals::recused_as(Detail::TookAnotherStep));
        }
        if step.state != StepState::Open {
            return Err(Refusal::new(Code::WrongState).detail(Detail::StepNotReached));
        }
        Ok(())
    }

    fn decide(
        &self,
        decision: &Decision<'_>,
        actor: &Actor,
        right: Right,
        at: DateTime<Utc>,
    ) -> Result<Transition, Refusal> {
        self.check_taker(decision.step, actor, right, at)?;
        let read = decision.content_hash;
        let fits = |step: &Step| step.id == decision.step && step.content_hash == read;
        if read != self.case.content.hash(&Parts::All) && !self.steps().any(fits) {
            return Err(refusals::content_changed());
        }
        if decision.opinion.is_none() {
            match decision.verdict {
                // Ground rule: the governing body decides in writing.
                Verdict::Approve if right == Right::StandIn => {
                    return Err(Refusal::new(Code::Required).at("opinion"));
                }
                Verdict::Approve => {}
                Verdict::Reject | Verdict::SendBack(_) => {
                    return Err(Refusal::new(Code::Required).at("reason"));
                }
            }
        }
        let taken = Taken {
            by: actor.id,
            on_behalf_of: actor.on_behalf_of,
            at,
        };
        let mut after = self.clone();
        let kind = match decision.verdict {
            Verdict::Approve => {
                after.take(decision, taken, StepState::Approved);
                after.settle();
                ApprovalEventKind::Approved
            }
            Verdict::Reject => {
                after.take(decision, taken, StepState::Rejected);
                if after.stages.iter().any(Stage::is_lost) {
                    after.end(ApprovalState::Rejected, StepState::NotNeeded);
                }
                ApprovalEventKind::Rejected
            }
            Verdict::SendBack(None) => {
                after.take(decision, taken, StepState::SentBack);
                after.end(ApprovalState::SentBack, StepState::Waiting);
                ApprovalEventKind::SentBack
            }
            Verdict::SendBack(Some(earlier)) => {
                after.go_back(decision.step, earlier)?;
                ApprovalEventKind::SentBack
            }
        };
        after.ended = (after.state != ApprovalState::Open).then_some(taken);
        Ok(transition(after, kind, Some(decision.step)))
    }

    fn take(&mut self, decision: &Decision<'_>, taken: Taken, state: StepState) {
        let mut steps = self.stages.iter_mut().flat_map(|stage| &mut stage.steps);
        if let Some(step) = steps.find(|step| step.id == decision.step) {
            step.state = state;
            step.taken = Some(taken);
            step.in_place_of = decision.in_place_of;
            step.opinion = decision.opinion.map(str::to_owned);
        }
    }

    /// Goes back from a step to one of an earlier stage: that one and everything after its stage open again.
    fn go_back(&mut self, from: Uuid, to: Uuid) -> Result<(), Refusal> {
        let from = self.stage_of(from);
        let approved = |step: &Step| step.id == to && step.state == StepState::Approved;
        let back = self
            .stages
            .iter()
            .position(|stage| stage.steps.iter().any(approved));
        let back = back.filter(|back| from.is_some_and(|from| *back < from));
        let Some(back) = back else {
            return Err(Refusal::new(Code::InvalidInput)
                .detail(Detail::NotAnEarlierStep)
                .at("toStep"));
        };
        for (number, stage) in self.stages.iter_mut().enumerate() {
            for step in &mut stage.steps {
                if number > back || step.id == to {
                    step.reopen();
                }
            }
        }
        self.settle();
        Ok(())
    }

    fn add_step(&self, step: Uuid, plan: &StepPlan, place: Place) -> Result<Transition, Refusal> {
        let at = self.stage_of(step).ok_or(Code::NotFound)?;
        let mut after = self.clone();
        let hash = |parts: &Parts| self.case.content.hash(parts);
        match place {
            Place::Beside => {
                let mut added = Step::of(plan.clone(), hash(&plan.depends_on));
                added.countersigns = Some(step);
                if let Some(stage) = after.stages.get_mut(at) {
                    stage.steps.push(added);
                }
            }
            Place::After => {
                let alone = StagePlan {
                    needs: Needs::All,
                    steps: vec![plan.clone()],
                };
                let next = at.saturating_add(1);
                after.stages.insert(next, Stage::of(alone, hash));
            }
        }
        after.settle();
        Ok(transition(
            after,
            ApprovalEventKind::StepAdded,
            Some(plan.id),
        ))
    }

    fn withdraw(&self, actor: &Actor, at: DateTime<Utc>) -> Result<Transition, Refusal> {
        if !actor.acts_as(self.case.requester) {
            return Err(Code::Forbidden.into());
        }
        if !matches!(self.state, ApprovalState::Open | ApprovalState::SentBack) {
            return Err(self.not_in_state());
        }
        if self.is_expired(at) {
            return Err(refusals::wrong_state(ApprovalState::Expired));
        }
        let mut after = self.clone();
        after.end(ApprovalState::Withdrawn, StepState::Withdrawn);
        after.ended = None;
        Ok(transition(after, ApprovalEventKind::Withdrawn, None))
    }

    /// What is asked for is said anew, in the state that this is possible in. Whoever does so asks for it from then on:
    /// what he decided on before opens again, as does every step that the change touches.
    fn ask_anew(
        &self,
        content: &Content,
        actor: &Actor,
        right: Right,
        state: ApprovalState,
        at: DateTime<Utc>,
    ) -> Result<Transition, Refusal> {
        if right == Right::Nobodys && !actor.acts_as(self.case.requester) {
            return Err(Code::Forbidden.into());
        }
        if self.is_expired(at) {
            return Err(refusals::wrong_state(ApprovalState::Expired));
        }
        if self.state != state {
            return Err(self.not_in_state());
        }
        if state == ApprovalState::Open && *content == self.case.content {
            return Ok(transition(self.clone(), ApprovalEventKind::Changed, None));
        }
        let mut after = self.clone();
        for employee in [Some(actor.id), actor.on_behalf_of].into_iter().flatten() {
            let stake = Stake {
                employee,
                reason: StakeReason::Requester,
            };
            if !after.case.stakes.contains(&stake) {
                after.case.stakes.push(stake);
            }
        }
        after.case.content = content.clone();
        for step in after.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
            let hash = content.hash(&step.depends_on);
            let took = step.taken.is_some_and(|taken| {
                actor.acts_as(taken.by) || taken.on_behalf_of.is_some_and(|d| actor.acts_as(d))
            });
            if step.state == StepState::SentBack || step.content_hash != hash || took {
                step.reopen();
                step.content_hash = hash;
            }
        }
        after.settle();
        after.ended = None;
        let kind = match state {
            ApprovalState::SentBack => ApprovalEventKind::Resubmitted,
            _ => ApprovalEventKind::Changed,
        };
        Ok(transition(after, kind, None))
    }

    fn stage_of(&self, step: Uuid) -> Option<usize> {
        let holds = |stage: &Stage| stage.steps.iter().any(|known| known.id == step);
        self.stages.iter().position(holds)
    }

    /// Not possible in the state it is in; where somebody decided, who and when.
    fn not_in_state(&self) -> Refusal {
        self.ended.map_or_else(
            || refusals::wrong_state(self.state),
            refusals::taken_already,
        )
    }
}

fn transition(after: Approval, kind: ApprovalEventKind, step: Option<Uuid>) -> Transition {
    Transition { after, kind, step }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
