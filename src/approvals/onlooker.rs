//! Who may take a step, as somebody sees it: the policy's answer minus everybody with a stake, and who stands in.
//!
//! Commands and "what may I do" ask the same here, so that what is shown as possible is possible and the reason shown is
//! the refusal that would come. Pitfall: the policy is asked once for each persona, because of two people who delegated to
//! somebody one may have taken a step already (ORG-4).

use std::any::Any;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rules::approval::{Actor, Approval, Event, Holder, Right, Step, Taken, Transition};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal, Remedy, RemedyKey};
use rules::vocabulary::Role;
use uuid::Uuid;

use crate::access::Viewer;
use crate::acting::{Acting, Directory, Permit, judge};
use crate::config::Config;
use crate::graph::Scene;
use crate::kit::error::Result;

/// Object and action of standing in where nobody else can decide.
pub(super) const STAND_IN: (&str, &str) = ("approval", "stand-in");

/// Somebody who looks at approvals.
pub struct Onlooker<'a> {
    viewer: &'a Viewer,
    directory: &'a Directory,
    zone: Tz,
}

/// A step that can be taken, and on what ground.
pub(super) struct Taking {
    pub(super) step: Uuid,
    pub(super) permit: Permit,
    pub(super) actor: Actor,
    pub(super) right: Right,
}

impl<'a> Onlooker<'a> {
    /// The person acting.
    pub fn acting(acting: &'a Acting) -> Self {
        Self {
            viewer: &acting.viewer,
            directory: &acting.directory,
            zone: acting.shared.zone,
        }
    }

    /// The person looking.
    ///
    /// # Errors
    /// When organisation or configuration was not lent to the scene, a fault of assembly.
    pub fn of(scene: &'a Scene) -> Result<Self> {
        let config: &Config = scene.get()?;
        Ok(Self {
            viewer: &scene.viewer,
            directory: scene.get()?,
            zone: config.company.zone(),
        })
    }

    /// Whether a step of an approval can be taken now, of an object with these facts.
    ///
    /// # Errors
    /// As a decision would be refused, leaving aside what was read and is said.
    pub fn may_decide(
        &self,
        machine: &Approval,
        facts: &dyn Any,
        clause: Clause,
    ) -> Result<Permit, Refusal> {
        let taking = self.taking(machine, None, facts, clause);
        taking.map(|taking| taking.permit)
    }

    /// Whether the request can be taken back now by somebody with this permit.
    ///
    /// # Errors
    /// As taking it back would be refused.
    pub fn may_withdraw(
        &self,
        machine: &Approval,
        permit: Permit,
        clause: Clause,
    ) -> Result<Permit, Refusal> {
        let actor = self.actor(permit.acted_for);
        self.on_the_whole(machine, &Event::Withdraw, &actor)
            .map(|_| permit)
            .map_err(|refusal| refusal.clause(clause))
    }

    /// What an event on the whole makes of an approval, refusals with names.
    pub(super) fn on_the_whole(
        &self,
        machine: &Approval,
        event: &Event,
        actor: &Actor,
    ) -> Result<Transition, Refusal> {
        let done = machine.apply(event, actor, Right::Policy, self.viewer.now);
        done.map_err(|refusal| match machine.ended {
            Some(taken) if refusal.code == Code::AlreadyDecided => self.already_decided(taken),
            _ => refusal,
        })
    }

    /// The first open step that can be taken, or the one that is named.
    pub(super) fn taking(
        &self,
        machine: &Approval,
        named: Option<Uuid>,
        facts: &dyn Any,
        clause: Clause,
    ) -> Result<Taking, Refusal> {
        let mut wanted: Vec<&Step> = match named {
            Some(id) => machine.steps().filter(|step| step.id == id).collect(),
            None => machine.open_steps().collect(),
        };
        if wanted.is_empty() && named.is_none() {
            // A settled approval has no open step; its last one tells who settled it.
            wanted.extend(machine.steps().last());
        }
        let mut refused = None;
        for step in wanted {
            match self.taking_step(machine, step, facts) {
                Ok(taking) => return Ok(taking),
                Err(refusal) => {
                    refused.get_or_insert((step, refusal));
                }
            }
        }
        let unknown = || Refusal::new(Code::NotFound).at("step");
        let (step, refusal) = refused.ok_or_else(unknown)?;
        Err(self.in_words(machine, step, refusal, facts, clause))
    }

    fn taking_step(
        &self,
        machine: &Approval,
        step: &Step,
        facts: &dyn Any,
    ) -> Result<Taking, Refusal> {
        let now = self.viewer.now;
        let with = |permit: Permit, right: Right| {
            let actor = self.actor(permit.acted_for);
            machine.check_taker(step.id, &actor, right, now)?;
            Ok(Taking {
                step: step.id,
                permit,
                actor,
                right,
            })
        };
        let mut refused = None;
        for permit in self.permits(&step.object, &step.action, facts) {
            match with(permit, Right::Policy) {
                Ok(taking) => return Ok(taking),
                Err(refusal) => {
                    refused.get_or_insert(refusal);
                }
            }
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        if let Some(permit) = self.permits(STAND_IN.0, STAND_IN.1, &()).next()
            && machine.right(false, true, &self.holders(step, facts)) == Right::StandIn
        {
            return with(permit, Right::StandIn);
        }
        with(Permit::default(), Right::Nobodys)
    }

    /// In whose place the step is taken, for the record.
    pub(super) fn in_place_of(
        &self,
        machine: &Approval,
        taking: &Taking,
        facts: &dyn Any,
    ) -> Option<Uuid> {
        let step = machine.steps().find(|step| step.id == taking.step)?;
        let role = taking.permit.role.filter(|_| taking.right == Right::Policy);
        machine.in_place_of(&self.holders(step, facts), role)
    }

    /// The person, in his own right or for somebody, with everybody whose role is delegated to him (ORG-4).
    pub(super) fn actor(&self, on_behalf_of: Option<Uuid>) -> Actor {
        let personas = self.viewer.subject.personas.iter();
        Actor {
            id: self.viewer.subject.employee,
            on_behalf_of,
            delegators: personas
                .filter(|p| p.delegation.is_some())
                .map(|p| p.person)
                .collect(),
        }
    }

    /// `ALREADY_DECIDED` as a person reads it: names, and the company's local time.
    pub fn already_decided(&self, taken: Taken) -> Refusal {
        let delegator = taken.on_behalf_of.map(|id| self.directory.name(id));
        let at = self.local_time(taken.at);
        rules::approval::already_decided(self.directory.name(taken.by), delegator, &at)
    }

    fn local_time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone)
            .format("%Y-%m-%d %H:%M")
            .to_string()
    }

    fn permits(&self, object: &str, action: &str, facts: &dyn Any) -> impl Iterator<Item = Permit> {
        let alone = self.viewer.alone();
        alone.filter_map(move |one| Permit::of(&one.decide(object, action, facts)))
    }

    fn holders(&self, step: &Step, facts: &dyn Any) -> Vec<Holder> {
        self.holders_of(&step.object, &step.action, facts)
    }

    fn holders_of(&self, object: &str, action: &str, facts: &dyn Any) -> Vec<Holder> {
        let all = self.directory.candidates(self.viewer, object, action);
        let able = all
            .into_iter()
            .filter(|c| c.viewer.decide(object, action, facts).allowed);
        able.map(|candidate| {
            let id = candidate.viewer.subject.employee;
            Holder {
                actor: Actor {
                    id,
                    on_behalf_of: None,
                    delegators: self.directory.delegators_of(id, self.viewer.moment()),
                },
                role: candidate.role,
                present: candidate.present,
            }
        })
        .collect()
    }

    /// The machine's refusal with names, clause and the roles of those who can decide instead.
    fn in_words(
        &self,
        machine: &Approval,
        step: &Step,
        refusal: Refusal,
        facts: &dyn Any,
        clause: Clause,
    ) -> Refusal {
        let mut refusal = match (refusal.code, machine.decided(step.id)) {
            (Code::AlreadyDecided, Some(taken)) => self.already_decided(taken),
            (Code::Forbidden, _) => {
                let judged = judge(
                    self.viewer,
                    self.directory,
                    &step.object,
                    &step.action,
                    facts,
                );
                let mut denied = judged.err().unwrap_or(refusal);
                let ask = Remedy::new(RemedyKey::AskApprover);
                denied.remedy = denied.remedy.or(Some(ask));
                denied
            }
            _ => refusal,
        };
        if matches!(
            refusal.code,
            Code::SelfApproval | Code::Recused | Code::Forbidden
        ) {
            let others = self.others(machine, step, facts);
            // Nobody to ask is no advice; leaving it to others is.
            let helps = !others.is_empty() || refusal.code != Code::Forbidden;
            let remedy = refusal.remedy.filter(|_| helps);
            refusal.remedy = remedy.map(|remedy| remedy.approvers(others));
        }
        if refusal.clause.is_none() {
            refusal = refusal.clause(clause);
        }
        refusal
    }

    /// The roles of those who can decide and have no stake, the lowest first; of those who stand in where there is none.
    fn others(&self, machine: &Approval, step: &Step, facts: &dyn Any) -> Vec<Role> {
        let roles = machine.free_roles(&self.holders(step, facts));
        if roles.is_empty() {
            machine.free_roles(&self.holders_of(STAND_IN.0, STAND_IN.1, &()))
        } else {
            roles
        }
    }
}
