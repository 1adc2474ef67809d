//! Approvals as the state machine of the rules, out of their rows and back.
//!
//! Pitfall: the row is locked before its steps are read, so that whoever waited for it sees what the other one did.

use std::collections::{BTreeMap, HashMap};

use entity::{approval, approval_event, approval_stake, approval_step};
use rules::approval::{
    Actor, Approval, Case, Content, Needs, Parts, Stage, Stake, Step, Taken, Transition,
};
use rules::vocabulary::{ApprovalState, StageMode};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::error::{Error, Result};
use crate::work::{Done, Work};

/// An approval, locked.
pub(super) struct Held {
    pub(super) row: approval::Model,
    pub(super) machine: Approval,
    steps: HashMap<Uuid, approval_step::Model>,
}

/// What is said with an event, and on what amount it is.
pub(super) struct Entry<'a> {
    /// Who does it; `None`: the clock.
    pub(super) actor: Option<&'a Actor>,
    pub(super) in_place_of: Option<Uuid>,
    pub(super) opinion: Option<&'a str>,
    pub(super) amount_fen: Option<i64>,
}

impl Held {
    /// Locks an approval and reads it.
    pub(super) async fn load(work: &Work<'_>, id: Uuid) -> Result<Self> {
        let row = approval::Entity::find_by_id(id)
            .lock_exclusive()
            .one(work.conn())
            .await?
            .ok_or_else(|| Error::internal(format!("approval {id} is missing")))?;
        let steps = steps_of(work.conn(), &[id]).await?;
        let stakes = stakes_of(work.conn(), &[id]).await?;
        Ok(Self {
            machine: machine_of(&row, &steps, &stakes),
            row,
            steps: steps.into_iter().map(|step| (step.id, step)).collect(),
        })
    }

    /// Writes what an event made of the approval, with its entry in the trail.
    pub(super) async fn write(
        mut self,
        work: &mut Work<'_>,
        done: &Transition,
        entry: Entry<'_>,
    ) -> Done<()> {
        let after = &done.after;
        let (id, now) = (self.row.id, work.acting.now());
        for wanted in step_rows(id, after) {
            match self.steps.remove(&wanted.id) {
                None => {
                    work.insert(approval_step::ActiveModel::from(wanted).reset_all())?;
                }
                Some(row) if row != wanted => {
                    let change = |active: &mut approval_step::ActiveModel| {
                        *active = approval_step::ActiveModel::from(wanted).reset_all();
                    };
                    work.update(row, entry.opinion, change).await?;
                }
                Some(_) => {}
            }
        }
        let known = &self.machine.case.stakes;
        for stake in after.case.stakes.iter().filter(|s| !known.contains(s)) {
            give_stake(work, id, *stake).await?;
        }
        let was_open = |step: &Step| self.machine.open_steps().any(|open| open.id == step.id);
        let waiting_since = match after.state {
            ApprovalState::Open if after.open_steps().all(was_open) => self.row.waiting_since,
            ApprovalState::Open => Some(now),
            _ => None,
        };
        work.update::<approval::ActiveModel, _>(self.row, entry.opinion, |active| {
            active.state = Set(after.state);
            active.content_hash = Set(after.case.content.hash(&Parts::All));
            active.parts = Set(parts_json(&after.case.content));
            active.amount_fen = Set(entry.amount_fen);
            active.waiting_since = Set(waiting_since);
            active.decided_at = Set(after.ended.map(|taken| taken.at));
            active.decided_by = Set(after.ended.map(|taken| taken.by));
            active.decided_for = Set(after.ended.and_then(|taken| taken.on_behalf_of));
        })
        .await?;
        work.insert(approval_event::ActiveModel {
            id: Set(work.acting.new_id()),
            approval_id: Set(id),
            step_id: Set(done.step),
            kind: Set(done.kind),
            actor_id: Set(entry.actor.map(|actor| actor.id)),
            acted_for: Set(entry.actor.and_then(|actor| actor.on_behalf_of)),
            in_place_of: Set(entry.in_place_of),
            happened_at: Set(now),
            opinion: Set(entry.opinion.map(str::to_owned)),
            content_hash: Set(after.case.content.hash(&Parts::All)),
            amount_fen: Set(entry.amount_fen),
        })?;
        Ok(())
    }
}

/// Several approvals by id, in three statements.
///
/// # Errors
/// When the database fails.
pub async fn machines(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Approval>> {
    let rows = approval::Entity::find()
        .filter(approval::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let steps = steps_of(conn, ids).await?;
    let stakes = stakes_of(conn, ids).await?;
    let machine = |row: approval::Model| (row.id, machine_of(&row, &steps, &stakes));
    Ok(rows.into_iter().map(machine).collect())
}

async fn steps_of(
    conn: &impl ConnectionTrait,
    approvals: &[Uuid],
) -> Result<Vec<approval_step::Model>> {
    let steps = approval_step::Entity::find()
        .filter(approval_step::Column::ApprovalId.is_in(approvals.iter().copied()))
        .order_by_asc(approval_step::Column::Position);
    Ok(steps.all(conn).await?)
}

async fn stakes_of(
    conn: &impl ConnectionTrait,
    approvals: &[Uuid],
) -> Result<Vec<approval_stake::Model>> {
    let stakes = approval_stake::Entity::find()
        .filter(approval_stake::Column::ApprovalId.is_in(approvals.iter().copied()));
    Ok(stakes.all(conn).await?)
}

fn machine_of(
    row: &approval::Model,
    steps: &[approval_step::Model],
    stakes: &[approval_stake::Model],
) -> Approval {
    let mut stages: BTreeMap<i32, Stage> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.approval_id == row.id) {
        let stage = stages.entry(step.stage).or_insert_with(|| Stage {
            needs: needs_of(step),
            steps: Vec::new(),
        });
        stage.steps.push(step_of(step));
    }
    let stakes = stakes.iter().filter(|stake| stake.approval_id == row.id);
    let parts: Option<BTreeMap<String, String>> = row
        .parts
        .clone()
        .and_then(|parts| serde_json::from_value(parts).ok());
    Approval {
        case: Case {
            content: parts.map_or_else(|| Content::Whole(row.content_hash.clone()), Content::Parts),
            requester: row.requester_id,
            stakes: stakes
                .map(|s| Stake {
                    employee: s.employee_id,
                    reason: s.reason,
                })
                .collect(),
            expires_at: row.expires_at,
        },
        stages: stages.into_values().collect(),
        state: row.state,
        ended: row.decided_by.zip(row.decided_at).map(|(by, at)| Taken {
            by,
            on_behalf_of: row.decided_for,
            at,
        }),
    }
}

fn needs_of(row: &approval_step::Model) -> Needs {
    match row.mode {
        StageMode::All => Needs::All,
        StageMode::Any => Needs::Any,
        StageMode::Quorum => {
            let quorum = row.quorum.and_then(|quorum| u32::try_from(quorum).ok());
            quorum.map_or(Needs::All, Needs::Quorum)
        }
    }
}

fn step_of(row: &approval_step::Model) -> Step {
    let names: Option<Vec<String>> = row
        .depends_on
        .clone()
        .and_then(|names| serde_json::from_value(names).ok());
    Step {
        id: row.id,
        object: row.object.clone(),
        action: row.action.clone(),
        depends_on: names.map_or(Parts::All, Parts::only),
        countersigns: row.countersigns,
        state: row.state,
        taken: row.taken_by.zip(row.taken_at).map(|(by, at)| Taken {
            by,
            on_behalf_of: row.taken_for,
            at,
        }),
        in_place_of: row.in_place_of,
        opinion: row.opinion.clone(),
        content_hash: row.content_hash.clone(),
    }
}

/// The steps of an approval as rows, in order.
pub(super) fn step_rows(
    approval: Uuid,
    machine: &Approval,
) -> impl Iterator<Item = approval_step::Model> {
    let stages = (1..).zip(&machine.stages);
    let steps = stages.flat_map(|(number, stage)| {
        let of_stage = move |step| (number, stage.needs, step);
        stage.steps.iter().map(of_stage)
    });
    (1..)
        .zip(steps)
        .map(move |(position, (stage, needs, step))| {
            let (mode, quorum) = match needs {
                Needs::All => (StageMode::All, None),
                Needs::Any => (StageMode::Any, None),
                Needs::Quorum(quorum) => (StageMode::Quorum, i32::try_from(quorum).ok()),
            };
            approval_step::Model {
                id: step.id,
                approval_id: approval,
                position,
                stage,
                mode,
                quorum,
                depends_on: match &step.depends_on {
                    Parts::All => None,
                    Parts::Only(names) => Some(json!(names)),
                },
                countersigns: step.countersigns,
                object: step.object.clone(),
                action: step.action.clone(),
                state: step.state,
                taken_by: step.taken.map(|taken| taken.by),
                taken_for: step.taken.and_then(|taken| taken.on_behalf_of),
                in_place_of: step.in_place_of,
                taken_at: step.taken.map(|taken| taken.at),
                opinion: step.opinion.clone(),
                content_hash: step.content_hash.clone(),
            }
        })
}

/// The hashes of the parts as the row keeps them; `None` for content in one piece.
pub(super) fn parts_json(content: &Content) -> Option<Value> {
    match content {
        Content::Whole(_) => None,
        Content::Parts(parts) => Some(json!(parts)),
    }
}

/// Gives somebody a stake in an approval.
pub(super) async fn give_stake(work: &mut Work<'_>, approval: Uuid, stake: Stake) -> Result<()> {
    work.insert(approval_stake::ActiveModel {
        id: Set(work.acting.new_id()),
        approval_id: Set(approval),
        employee_id: Set(stake.employee),
        reason: Set(stake.reason),
    })?;
    Ok(())
}
