//! Who never takes a step: nobody decides on their own case, and one person never takes two steps (ground rules, ORG-4).

use uuid::Uuid;

use super::{Actor, Approval, refusals};
use crate::kit::refusal::{Detail, Refusal};
use crate::vocabulary::StakeReason;

impl Approval {
    /// Nobody decides on their own case, directly, for somebody who has a stake, or holding a delegated role of his.
    pub(super) fn check_stake(&self, actor: &Actor) -> Result<(), Refusal> {
        let stakes = &self.case.stakes;
        let mut own = stakes.iter().filter(|stake| actor.acts_as(stake.employee));
        let asked = own
            .clone()
            .any(|stake| stake.reason == StakeReason::Requester);
        if asked || actor.acts_as(self.case.requester) {
            return Err(refusals::self_approval());
        }
        if let Some(stake) = own.next() {
            return Err(refusals::recused(stake.reason));
        }
        let has_stake = |employee: &Uuid| {
            *employee == self.case.requester
                || stakes.iter().any(|stake| stake.employee == *employee)
        };
        if actor.delegators.iter().any(has_stake) {
            return Err(refusals::recused_as(Detail::DelegatorHasStake));
        }
        Ok(())
    }

    /// Whether the person acting, or the one he acts for, already stands behind a step.
    pub(super) fn took_a_step(&self, actor: &Actor) -> bool {
        self.steps().filter_map(|step| step.taken).any(|taken| {
            actor.acts_as(taken.by)
                || taken
                    .on_behalf_of
                    .is_some_and(|delegator| actor.acts_as(delegator))
        })
    }
}
