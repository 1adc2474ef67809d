//! What the clock drives: warnings, reminders, escalations when they are due, and counting anew when the calendar changed.
//!
//! Rows are claimed by locking them, those that another node holds left out, and what was done is written on them in the
//! same transaction: each is handled once. Pitfall: a node whose calendar is older than the one a row was counted by
//! leaves that row to the others.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{deadline_entry, obligation};
use rules::obligations::{Followup, Times, agenda, count};
use rules::vocabulary::{DeadlineEntryKind, NoticeCode, ObligationState, OverdueStep};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use serde_json::json;
use uuid::Uuid;

use super::answers::Answers;
use super::ledger::{AT_REST, Written, enter, entry_of, plan_of, set_taken, set_times, taken_of};
use crate::acting::{Acting, Permit};
use crate::jobs::Job;
use crate::kit::error::Result;
use crate::notices::{self, Telling};
use crate::work::{Done, Outcome, Work};

/// How many obligations are handled in one transaction.
const BATCH: u64 = 500;

/// The jobs. Counting anew comes first, so that nothing is done by a calendar that is no more.
pub(super) const JOBS: &[Job] = &[
    Job {
        name: "obligations.recount",
        is_due: |acting| Box::pin(any(acting, outdated(acting))),
        batch: |acting| Box::pin(recount(acting)),
    },
    Job {
        name: "obligations.due",
        is_due: |acting| Box::pin(any(acting, due(acting))),
        batch: |acting| Box::pin(follow(acting)),
    },
];

async fn any(acting: &Acting, wanted: Condition) -> Result<bool> {
    let query = obligation::Entity::find().filter(wanted).limit(1);
    Ok(query.count(&acting.db.read).await? > 0)
}

/// Something is to be done about it now, by the calendar that this node knows.
fn due(acting: &Acting) -> Condition {
    Condition::all()
        .add(obligation::Column::State.eq(ObligationState::Open))
        .add(obligation::Column::NextAt.lte(acting.now()))
        .add(obligation::Column::CalendarVersion.eq(acting.calendar.version))
}

/// It was counted by an older calendar.
fn outdated(acting: &Acting) -> Condition {
    Condition::all()
        .add(obligation::Column::State.is_in([ObligationState::Open, ObligationState::Paused]))
        .add(obligation::Column::CalendarVersion.lt(acting.calendar.version))
}

/// The rows locked for this transaction; those that another node holds are left to it.
fn claimed(wanted: Condition) -> Select<obligation::Entity> {
    obligation::Entity::find()
        .filter(wanted)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
}

/// The ground of what a job does: the clause of the duty.
fn permit_of(row: &obligation::Model) -> Permit {
    Permit {
        clause: Some(row.clause.clone()),
        ..Permit::default()
    }
}

/// Warns and takes the steps that are due.
async fn follow(acting: &Acting) -> Done<u64> {
    let mut work = Work::begin(acting);
    let rows = claimed(due(acting))
        .order_by_asc(obligation::Column::NextAt)
        .order_by_asc(obligation::Column::Id)
        .all(work.conn())
        .await?;
    let many = rows.len() as u64;
    work.gather();
    let mut told = Vec::new();
    for row in rows {
        follow_one(&mut work, row, &mut told).await?;
    }
    notices::tell(&work, &told).await?;
    work.commit(Outcome::default()).await?;
    Ok(many)
}

async fn follow_one(
    work: &mut Work<'_>,
    row: obligation::Model,
    told: &mut Vec<Telling>,
) -> Done<()> {
    let acting = work.acting;
    let around = |plan| {
        let times = Times::around(&acting.calendar.days, &plan, row.due_at).ok()?;
        Some((plan, times))
    };
    let Some((plan, times)) = plan_of(&row).ok().and_then(around) else {
        return look_again(work, row).await;
    };
    let todo = agenda(&plan, &times, taken_of(&row), acting.now());
    let permit = permit_of(&row);
    let (id, due, mut entries) = (row.id, row.due_at, row.entries);
    let warning = todo.warn.then_some(None);
    let steps: Vec<Option<Followup>> = warning
        .into_iter()
        .chain(todo.steps.iter().copied().map(Some))
        .collect();
    for (at, followup) in (entries..).zip(&steps) {
        told.extend(telling(acting, &row, at, *followup));
    }
    let escalated_to = todo.steps.iter().rev().find_map(|followup| followup.to);
    let written = i32::try_from(steps.len()).unwrap_or(i32::MAX);
    work.update(row, None, |active: &mut obligation::ActiveModel| {
        active.entries = Set(entries + written);
        if escalated_to.is_some() {
            active.escalated_to = Set(escalated_to);
        }
        set_taken(active, &times, todo.taken);
    })
    .await?;
    for followup in steps {
        let (kind, verb) = match followup {
            None => (DeadlineEntryKind::Warned, "obligationWarn"),
            Some(followup) => (DeadlineEntryKind::Followed, verb_of(followup.step)),
        };
        let written = Written {
            step: followup.map(|f| f.step),
            to_role: followup.and_then(|f| f.to),
            ..Written::default()
        };
        let now = acting.now();
        enter(
            work,
            id,
            entries,
            kind,
            now,
            (Some(due), due),
            &permit,
            written,
        );
        let detail = json!({"due": due, "to": followup.and_then(|f| f.to)});
        work.note(verb, "obligation", Some(id), &permit, detail);
        entries += 1;
    }
    Ok(())
}

/// Who is told of a warning or a step: who answers for it, or the role that it goes up to. A penalty is proposed to who
/// decides on it, by the feature.
fn telling(
    acting: &Acting,
    row: &obligation::Model,
    entries: i32,
    followup: Option<Followup>,
) -> Option<Telling> {
    let (code, role) = match followup.map(|followup| followup.step) {
        None => (NoticeCode::ObligationWarned, None),
        Some(OverdueStep::Reminder) => (NoticeCode::ObligationReminded, None),
        Some(OverdueStep::Inquiry) => (NoticeCode::ObligationInquired, None),
        Some(OverdueStep::Escalation) => {
            let to = followup.and_then(|followup| followup.to);
            (NoticeCode::ObligationEscalated, Some(to?))
        }
        Some(OverdueStep::PenaltyProposal) => return None,
    };
    let answers = Answers {
        person: row.responsible_id.filter(|_| role.is_none()),
        role: role.or(row.responsible_role),
        department: row.department_id,
    };
    Some(answers.told(acting, row, code, entries))
}

const fn verb_of(step: OverdueStep) -> &'static str {
    match step {
        OverdueStep::Reminder => "obligationRemind",
        OverdueStep::Escalation => "obligationEscalate",
        OverdueStep::Inquiry => "obligationInquire",
        OverdueStep::PenaltyProposal => "obligationProposePenalty",
    }
}

/// The calendar has no day for what follows, or the plan is of a newer version: a day later it may be otherwise, and until
/// then nothing else waits for it.
async fn look_again(work: &mut Work<'_>, row: obligation::Model) -> Done<()> {
    let tomorrow = work.acting.now() + chrono::Duration::days(1);
    tracing::error!(obligation = %row.id, "what follows can't be told: no working day, or a plan not understood");
    let (id, permit) = (row.id, permit_of(&row));
    work.update(row, None, |active: &mut obligation::ActiveModel| {
        active.next_at = Set(Some(tomorrow));
    })
    .await?;
    let detail = json!({"again": tomorrow});
    work.note("obligationLeave", "obligation", Some(id), &permit, detail);
    Ok(())
}

/// Counts obligations anew by the calendar of now, and writes what moved into their ledgers.
async fn recount(acting: &Acting) -> Done<u64> {
    let mut work = Work::begin(acting);
    let rows = claimed(outdated(acting))
        .order_by_asc(obligation::Column::Id)
        .all(work.conn())
        .await?;
    let many = rows.len() as u64;
    let ids = rows.iter().map(|row| row.id);
    let mut ledgers: HashMap<Uuid, Vec<_>> = HashMap::new();
    let entries = deadline_entry::Entity::find()
        .filter(deadline_entry::Column::ObligationId.is_in(ids))
        .order_by_asc(deadline_entry::Column::ObligationId)
        .order_by_asc(deadline_entry::Column::Position)
        .all(work.conn())
        .await?;
    for entry in entries {
        let ledger = ledgers.entry(entry.obligation_id).or_default();
        ledger.push(entry_of(&entry));
    }
    let mut same = Vec::new();
    work.gather();
    for row in rows {
        let ledger = ledgers.remove(&row.id).unwrap_or_default();
        let counted = plan_of(&row)
            .ok()
            .and_then(|plan| count(&acting.calendar.days, &plan, &ledger).ok());
        match counted {
            Some(times) if times.due == row.due_at && next_of(&row, &times) == row.next_at => {
                same.push(row.id);
            }
            Some(times) => recount_one(&mut work, row, &times).await?,
            None => {
                tracing::error!(obligation = %row.id, "it can't be counted anew, and stays due when it was");
                same.push(row.id);
            }
        }
    }
    // Nothing that anybody reads changes with the version alone, so that it leaves no history.
    obligation::Entity::update_many()
        .col_expr(
            obligation::Column::CalendarVersion,
            Expr::value(acting.calendar.version),
        )
        .filter(obligation::Column::Id.is_in(same))
        .exec(work.conn())
        .await?;
    work.commit(Outcome::default()).await?;
    Ok(many)
}

/// When there is something to do about a row, after its deadline was counted anew.
fn next_of(row: &obligation::Model, times: &Times) -> Option<DateTime<Utc>> {
    let runs = row.state == ObligationState::Open;
    times.next(taken_of(row)).filter(|_| runs)
}

async fn recount_one(work: &mut Work<'_>, row: obligation::Model, times: &Times) -> Done<()> {
    let acting = work.acting;
    let (id, before, due_before) = (row.id, row.entries, row.due_at);
    let moved = times.due != due_before;
    let permit = permit_of(&row);
    let taken = match moved {
        true => taken_of(&row).after_move(times, acting.now()),
        false => taken_of(&row),
    };
    let runs = row.state == ObligationState::Open;
    work.update(row, None, |active: &mut obligation::ActiveModel| {
        set_times(active, times, taken, acting.calendar.version);
        if !runs {
            active.next_at = Set(None);
            active.urgency = Set(AT_REST);
        }
        if moved {
            active.entries = Set(before + 1);
        }
    })
    .await?;
    // A warning or a step that moves alone is no entry: the end is where it was.
    if moved {
        let (kind, now) = (DeadlineEntryKind::Recounted, acting.now());
        let due = (Some(due_before), times.due);
        enter(
            work,
            id,
            before,
            kind,
            now,
            due,
            &permit,
            Written::default(),
        );
    }
    let detail = json!({"before": due_before, "due": times.due});
    work.note("obligationRecount", "obligation", Some(id), &permit, detail);
    Ok(())
}
