//! How stages are gone through: which steps are open, when a stage is done, when a case is lost.
//!
//! Pitfall: a stage of no steps and an approval of no stages are never done, so that a faulty route approves nothing.

use super::{Approval, Needs, Parts, Stage, StagePlan, Step, StepPlan};
use crate::vocabulary::{ApprovalState, StepState};

impl Step {
    pub(super) fn of(plan: StepPlan, content_hash: String) -> Self {
        Self {
            id: plan.id,
            object: plan.object,
            action: plan.action,
            depends_on: plan.depends_on,
            countersigns: None,
            state: StepState::Waiting,
            taken: None,
            in_place_of: None,
            opinion: None,
            content_hash,
        }
    }

    pub(super) fn reopen(&mut self) {
        self.state = StepState::Waiting;
        self.taken = None;
        self.in_place_of = None;
        self.opinion = None;
    }

    fn is_taken(&self) -> bool {
        self.taken.is_some()
    }
}

impl Stage {
    pub(super) fn of(plan: StagePlan, hash: impl Fn(&Parts) -> String) -> Self {
        let steps = plan.steps.into_iter().map(|step| {
            let hash = hash(&step.depends_on);
            Step::of(step, hash)
        });
        Self {
            needs: plan.needs,
            steps: steps.collect(),
        }
    }

    fn count(&self, is: impl Fn(&Step) -> bool) -> usize {
        let own = self.steps.iter().filter(|step| step.countersigns.is_none());
        own.filter(|step| is(step)).count()
    }

    /// How many of its own steps must be approved: one at least, never more than there are, so that none hangs.
    fn needed(&self) -> usize {
        let all = self.count(|_| true);
        let needed = match self.needs {
            Needs::All => all,
            Needs::Any => 1,
            Needs::Quorum(needed) => usize::try_from(needed).unwrap_or(all).min(all),
        };
        needed.max(1)
    }

    /// Whether enough of its own steps and every countersignature are approved.
    pub(super) fn is_done(&self) -> bool {
        let mut signed = self.steps.iter().filter(|step| step.countersigns.is_some());
        self.count(|step| step.state == StepState::Approved) >= self.needed()
            && signed.all(|step| step.state == StepState::Approved)
    }

    /// Whether a rejection has decided it.
    pub(super) fn is_lost(&self) -> bool {
        let is_rejected = |step: &Step| step.state == StepState::Rejected;
        let rejected = self.count(is_rejected);
        let mut signed = self.steps.iter().filter(|step| step.countersigns.is_some());
        let own_lost = match self.needs {
            Needs::Any => rejected > 0,
            Needs::All | Needs::Quorum(_) => {
                self.count(|_| true).saturating_sub(rejected) < self.needed()
            }
        };
        (rejected > 0 && own_lost) || signed.any(is_rejected)
    }
}

impl Approval {
    /// Opens the steps of the first stage that is not done, or ends the approval where every one is. What was taken
    /// stays as it is.
    pub(super) fn settle(&mut self) {
        let mut before_done = !self.stages.is_empty();
        for stage in &mut self.stages {
            let done = stage.is_done();
            let untaken = match (before_done, done) {
                (true, true) => StepState::NotNeeded,
                (true, false) => StepState::Open,
                (false, _) => StepState::Waiting,
            };
            for step in stage.steps.iter_mut().filter(|step| !step.is_taken()) {
                step.state = untaken;
            }
            before_done &= done;
        }
        self.state = if before_done {
            ApprovalState::Approved
        } else {
            ApprovalState::Open
        };
    }

    /// Ends the approval: the steps that nobody took are left as `untaken`.
    pub(super) fn end(&mut self, state: ApprovalState, untaken: StepState) {
        self.state = state;
        let steps = self.stages.iter_mut().flat_map(|stage| &mut stage.steps);
        for step in steps.filter(|step| !step.is_taken()) {
            step.state = untaken;
        }
    }
}
