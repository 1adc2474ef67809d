//! An approval held for the length of a transaction: its rows as the state machine of the rules, and back.
//!
//! Pitfall: the row is locked before its steps are read, so that whoever waited for it sees what the other one did.

use chrono::{DateTime, Utc};
use entity::{approval, approval_event, approval_stake, approval_step};
use rules::approval::{Actor, Approval, Case, Stake, Step, Taken, Transition};
use rules::kit::refusal::Refusal;
use rules::vocabulary::StakeReason;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::acting::Acting;
use crate::kit::error::{Error, Result};
use crate::work::{Done, Work};

/// An approval, locked.
pub(super) struct Held {
    pub(super) row: approval::Model,
    pub(super) machine: Approval,
    steps: Vec<approval_step::Model>,
}

impl Held {
    /// Locks an approval and reads it.
    pub(super) async fn load(work: &Work<'_>, id: Uuid) -> Result<Self> {
        let row = approval::Entity::find_by_id(id)
            .lock_exclusive()
            .one(work.conn())
            .await?
            .ok_or_else(|| Error::internal(format!("approval {id} is missing")))?;
        let steps = approval_step::Entity::find()
            .filter(approval_step::Column::ApprovalId.eq(id))
            .order_by_asc(approval_step::Column::Position)
            .all(work.conn())
            .await?;
        let stakes = approval_stake::Entity::find()
            .filter(approval_stake::Column::ApprovalId.eq(id))
            .all(work.conn())
            .await?;
        let machine = Approval {
            case: Case {
                subject: row.subject_id,
                object: row.object.clone(),
                action: row.action.clone(),
                content_hash: row.content_hash.clone(),
                requester: row.requester_id,
                stakes: stakes
                    .iter()
                    .map(|s| Stake {
                        employee: s.employee_id,
                        reason: s.reason,
                    })
                    .collect(),
            },
            steps: steps.iter().map(step_of).collect(),
            state: row.state,
        };
        Ok(Self {
            row,
            machine,
            steps,
        })
    }

    /// Writes what an event made of the approval, with its entry in the trail; `amount` is the one it is about now.
    pub(super) async fn write(
        self,
        work: &mut Work<'_>,
        done: &Transition,
        actor: &Actor,
        opinion: Option<&str>,
        amount_fen: Option<i64>,
    ) -> Done<()> {
        let after = &done.after;
        for row in self
            .steps
            .into_iter()
            .filter(|row| done.changed.contains(&row.id))
        {
            let Some(step) = after.steps.iter().find(|step| step.id == row.id) else {
                continue;
            };
            work.update::<approval_step::ActiveModel, _>(row, opinion, |active| {
                active.state = Set(step.state);
                active.taken_by = Set(step.taken.map(|taken| taken.by));
                active.taken_for = Set(step.taken.and_then(|taken| taken.on_behalf_of));
                active.taken_at = Set(step.taken.map(|taken| taken.at));
                active.opinion = Set(step.opinion.clone());
                active.content_hash = Set(step.content_hash.clone());
            })
            .await?;
        }
        let decided = after.decided();
        let id = self.row.id;
        work.update::<approval::ActiveModel, _>(self.row, opinion, |active| {
            active.state = Set(after.state);
            active.content_hash = Set(after.case.content_hash.clone());
            active.amount_fen = Set(amount_fen);
            active.decided_at = Set(decided.map(|taken| taken.at));
            active.decided_by = Set(decided.map(|taken| taken.by));
            active.decided_for = Set(decided.and_then(|taken| taken.on_behalf_of));
        })
        .await?;
        let acting = work.acting;
        work.insert(approval_event::ActiveModel {
            id: Set(acting.new_id()),
            approval_id: Set(id),
            step_id: Set(done.step),
            kind: Set(done.kind),
            actor_id: Set(actor.id),
            acted_for: Set(actor.on_behalf_of),
            happened_at: Set(acting.now()),
            opinion: Set(opinion.map(str::to_owned)),
            content_hash: Set(after.case.content_hash.clone()),
            amount_fen: Set(amount_fen),
        })
        .await?;
        Ok(())
    }
}

/// Gives somebody a stake in an approval, unless he has it already.
pub(super) async fn give_stake(work: &mut Work<'_>, approval: Uuid, stake: Stake) -> Result<()> {
    work.insert(approval_stake::ActiveModel {
        id: Set(work.acting.new_id()),
        approval_id: Set(approval),
        employee_id: Set(stake.employee),
        reason: Set(stake.reason),
    })
    .await?;
    Ok(())
}

/// Who changes what is asked for asks for it from then on, and can't decide on it any more.
pub(super) fn new_requesters(machine: &Approval, actor: &Actor) -> Vec<Stake> {
    let known = |employee: &Uuid| {
        let stake = Stake {
            employee: *employee,
            reason: StakeReason::Requester,
        };
        !machine.case.stakes.contains(&stake)
    };
    let people = [Some(actor.id), actor.on_behalf_of].into_iter().flatten();
    people
        .filter(known)
        .map(|employee| Stake {
            employee,
            reason: StakeReason::Requester,
        })
        .collect()
}

fn step_of(row: &approval_step::Model) -> Step {
    Step {
        id: row.id,
        object: row.object.clone(),
        action: row.action.clone(),
        state: row.state,
        taken: row.taken_by.zip(row.taken_at).map(|(by, at)| Taken {
            by,
            on_behalf_of: row.taken_for,
            at,
        }),
        opinion: row.opinion.clone(),
        content_hash: row.content_hash.clone(),
    }
}

/// The person acting, in his own right or for somebody, with everybody whose role is delegated to him (ORG-4).
pub(super) fn actor(acting: &Acting, on_behalf_of: Option<Uuid>) -> Actor {
    let personas = acting.viewer.subject.personas.iter();
    Actor {
        id: acting.employee(),
        on_behalf_of,
        delegators: personas
            .filter(|p| p.delegation.is_some())
            .map(|p| p.person)
            .collect(),
    }
}

/// `ALREADY_DECIDED` as a person reads it: names, and the company's local time.
pub fn already_decided(acting: &Acting, taken: Taken) -> Refusal {
    let directory = &acting.directory;
    let delegator = taken.on_behalf_of.map(|id| directory.name(id));
    rules::approval::already_decided(
        directory.name(taken.by),
        delegator,
        &local_time(acting, taken.at),
    )
}

fn local_time(acting: &Acting, at: DateTime<Utc>) -> String {
    at.with_timezone(&acting.shared.zone)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}
