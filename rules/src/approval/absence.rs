//! Who takes a step when those whom the policy allows can't: an absent approver never blocks a case, and the top is not
//! above the rules (ground rules, ORG-4, ORG-7).
//!
//! A delegate and a higher role are the policy's own answer: it allows them already. What is left is the case that nobody
//! it allows can decide, because he is gone or has a stake; then the governing body does, once, in writing. Pitfall: a
//! delegate of somebody who left does not count, since the delegation ended with him (ORG-7).

use uuid::Uuid;

use super::{Approval, Holder, Right};
use crate::vocabulary::Role;

impl Approval {
    /// By which right somebody takes a step: `allowed` is the policy's answer for it, `stands_in` its answer for
    /// standing in, `holders` are all whom it allows by a role of their own.
    pub fn right(&self, allowed: bool, stands_in: bool, holders: &[Holder]) -> Right {
        if allowed {
            Right::Policy
        } else if stands_in && !holders.iter().any(|holder| self.is_free(holder)) {
            Right::StandIn
        } else {
            Right::Nobodys
        }
    }

    /// The roles of those who can take a step of the case, the lowest first.
    pub fn free_roles(&self, holders: &[Holder]) -> Vec<Role> {
        let free = holders.iter().filter(|holder| self.is_free(holder));
        let mut roles: Vec<Role> = free.map(|holder| holder.role).collect();
        roles.sort_by(|a, b| b.cmp(a));
        roles.dedup();
        roles
    }

    /// In whose place somebody acts in `role` (`None`: standing in): the nearest role's holder, where every one of that
    /// role is gone or has a stake. The record names both.
    pub fn in_place_of(&self, holders: &[Holder], role: Option<Role>) -> Option<Uuid> {
        let nearest = holders.iter().map(|holder| holder.role).max()?;
        if role == Some(nearest) {
            return None;
        }
        let mut nearest = holders.iter().filter(|holder| holder.role == nearest);
        let first = nearest.clone().map(|holder| holder.actor.id).min();
        if nearest.any(|holder| self.could(holder)) {
            None
        } else {
            first
        }
    }

    /// Whether he is there and has no stake.
    fn could(&self, holder: &Holder) -> bool {
        holder.present && self.check_stake(&holder.actor).is_ok()
    }

    fn is_free(&self, holder: &Holder) -> bool {
        self.could(holder) && !self.took_a_step(&holder.actor)
    }
}
