//! What can be done with an obligation, inside the unit of work of the feature whose object it is about.
//!
//! Pitfall: whether it may be done is asked by the caller, of its own object; the permit goes into ledger and audit.

use chrono::{DateTime, NaiveDate, Utc};
use entity::obligation;
use rules::kit::calendar::Span;
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal};
use rules::obligations::{Entry, Plan, Taken};
use rules::vocabulary::{DeadlineEntryKind, NoticeCode, ObligationState, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;
use uuid::Uuid;

use super::answers::Answers;
use super::ledger::{
    self, AT_REST, Written, counted, enter, entries, hold, plan_of, set_times, taken_of,
};
use crate::acting::Permit;
use crate::kit::error::Error;
use crate::notices;
use crate::work::{Done, Work};

/// Who answers for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responsible {
    /// A person.
    Person(Uuid),
    /// Whoever holds the role where the obligation lies.
    Role(Role),
}

/// A new obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starting {
    /// Name of the duty.
    pub duty: &'static str,
    /// The clause that asks for it.
    pub clause: Clause,
    /// Its limits on the case's day: [`rules::obligations::Duty::plan`].
    pub plan: Plan,
    /// Kind of the object that it is about, as the object's table.
    pub subject_kind: &'static str,
    /// The object.
    pub subject: Uuid,
    /// Where it lies; `None`: in the whole company.
    pub department: Option<Uuid>,
    /// Who answers for it.
    pub responsible: Responsible,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: NaiveDate,
    /// When its time begins to run.
    pub from: DateTime<Utc>,
}

impl Responsible {
    fn person(self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(id),
            Self::Role(_) => None,
        }
    }

    fn role(self) -> Option<Role> {
        match self {
            Self::Person(_) => None,
            Self::Role(role) => Some(role),
        }
    }
}

/// Starts an obligation; gives its id.
///
/// # Errors
/// `NO_WORKING_DAY` where the calendar has no end for it.
pub async fn start(work: &mut Work<'_>, new: Starting, permit: &Permit) -> Done<Uuid> {
    let acting = work.acting;
    let id = acting.new_id();
    let entry = Entry {
        at: new.from,
        kind: DeadlineEntryKind::Started,
        span: None,
    };
    let times = counted(work, &new.plan, &[entry])?;
    let plan = serde_json::to_value(&new.plan).map_err(|e| Error::internal(e.to_string()))?;
    let mut row = obligation::ActiveModel {
        id: Set(id),
        duty: Set(new.duty.to_owned()),
        clause: Set(new.clause.number().to_owned()),
        subject_kind: Set(new.subject_kind.to_owned()),
        subject_id: Set(new.subject),
        department_id: Set(new.department),
        responsible_id: Set(new.responsible.person()),
        responsible_role: Set(new.responsible.role()),
        escalated_to: Set(None),
        rulebook_on: Set(new.rulebook_on),
        plan: Set(plan),
        state: Set(ObligationState::Open),
        started_at: Set(new.from),
        entries: Set(1),
        paused_at: Set(None),
        ended_at: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
        ..Default::default()
    };
    let version = acting.calendar.version;
    set_times(&mut row, &times, Taken::default(), version);
    work.insert(row)?;
    let due = (None, times.due);
    let (kind, written) = (DeadlineEntryKind::Started, Written::default());
    enter(work, id, 0, kind, new.from, due, permit, written);
    let detail = json!({"duty": new.duty, "subject": new.subject, "due": times.due});
    work.note("obligationStart", "obligation", Some(id), permit, detail);
    Ok(id)
}

/// The obligation of a duty about an object that is still to be done, the latest where there are several.
///
/// # Errors
/// When the database fails.
pub async fn of_subject(work: &Work<'_>, duty: &str, subject: Uuid) -> Done<Option<Uuid>> {
    let open = [ObligationState::Open, ObligationState::Paused];
    let row = obligation::Entity::find()
        .filter(obligation::Column::SubjectId.eq(subject))
        .filter(obligation::Column::Duty.eq(duty))
        .filter(obligation::Column::State.is_in(open))
        .order_by_desc(obligation::Column::CreatedAt)
        .one(work.conn())
        .await?;
    Ok(row.map(|row| row.id))
}

/// Its time stands still from now on.
///
/// # Errors
/// `WRONG_STATE` where it stands still already or is no longer to be done.
pub async fn pause(work: &mut Work<'_>, id: Uuid, permit: &Permit, reason: &str) -> Done<()> {
    let row = in_state(hold(work, id).await?, ObligationState::Open)?;
    let now = work.acting.now();
    let (due, before) = (row.due_at, row.entries);
    work.update(row, Some(reason), |active: &mut obligation::ActiveModel| {
        active.state = Set(ObligationState::Paused);
        active.paused_at = Set(Some(now));
        active.next_at = Set(None);
        active.urgency = Set(AT_REST);
        active.entries = Set(before + 1);
    })
    .await?;
    let kind = DeadlineEntryKind::Paused;
    let why = because(reason);
    enter(work, id, before, kind, now, (Some(due), due), permit, why);
    work.note("obligationPause", "obligation", Some(id), permit, json!({}));
    Ok(())
}

/// Its time runs again; what lay between is added at the end, unless it was overdue before.
///
/// # Errors
/// `WRONG_STATE` where it does not stand still; `NO_WORKING_DAY`.
pub async fn resume(work: &mut Work<'_>, id: Uuid, permit: &Permit, reason: &str) -> Done<()> {
    let row = in_state(hold(work, id).await?, ObligationState::Paused)?;
    let moved = Moving {
        kind: DeadlineEntryKind::Resumed,
        written: because(reason),
        verb: "obligationResume",
    };
    move_on(work, row, permit, moved).await
}

/// It is due so much later.
///
/// # Errors
/// `WRONG_STATE` where its time does not run; `NO_WORKING_DAY`.
pub async fn extend(
    work: &mut Work<'_>,
    id: Uuid,
    by: Span,
    permit: &Permit,
    reason: &str,
) -> Done<()> {
    let row = in_state(hold(work, id).await?, ObligationState::Open)?;
    let moved = Moving {
        kind: DeadlineEntryKind::Extended,
        written: Written {
            span: Some(by),
            ..because(reason)
        },
        verb: "obligationExtend",
    };
    move_on(work, row, permit, moved).await
}

/// Somebody else answers for it; its time runs on.
///
/// # Errors
/// `WRONG_STATE` where it is no longer to be done.
pub async fn hand_over(
    work: &mut Work<'_>,
    id: Uuid,
    to: Responsible,
    permit: &Permit,
    reason: &str,
) -> Done<()> {
    let row = hold(work, id).await?;
    let (due, before) = (row.due_at, row.entries);
    let now_answers = Answers {
        person: to.person(),
        role: to.role(),
        department: row.department_id,
    };
    let code = NoticeCode::ObligationHandedOver;
    let told = now_answers.told(work.acting, &row, code, before);
    notices::resolve(work, "obligation", id).await?;
    notices::tell(work, &[told]).await?;
    work.update(row, Some(reason), |active: &mut obligation::ActiveModel| {
        active.responsible_id = Set(to.person());
        active.responsible_role = Set(to.role());
        active.entries = Set(before + 1);
    })
    .await?;
    let written = Written {
        to: to.person(),
        to_role: to.role(),
        ..because(reason)
    };
    let (kind, now) = (DeadlineEntryKind::HandedOver, work.acting.now());
    enter(
        work,
        id,
        before,
        kind,
        now,
        (Some(due), due),
        permit,
        written,
    );
    let detail = json!({"to": to.person(), "role": to.role().map(Role::as_str)});
    work.note("obligationHandOver", "obligation", Some(id), permit, detail);
    Ok(())
}

/// It is done.
///
/// # Errors
/// `WRONG_STATE` where it is no longer to be done.
pub async fn fulfil(work: &mut Work<'_>, id: Uuid, permit: &Permit) -> Done<()> {
    end(work, id, ObligationState::Fulfilled, permit, None).await
}

/// It is no longer to be done.
///
/// # Errors
/// `WRONG_STATE` where it is so already.
pub async fn void(work: &mut Work<'_>, id: Uuid, permit: &Permit, reason: &str) -> Done<()> {
    end(work, id, ObligationState::Voided, permit, Some(reason)).await
}

async fn end(
    work: &mut Work<'_>,
    id: Uuid,
    state: ObligationState,
    permit: &Permit,
    reason: Option<&str>,
) -> Done<()> {
    let row = hold(work, id).await?;
    let now = work.acting.now();
    let (due, before) = (row.due_at, row.entries);
    // Time that stands still makes nothing late.
    let late = rules::obligations::is_overdue(due, row.paused_at.unwrap_or(now));
    work.update(row, reason, |active: &mut obligation::ActiveModel| {
        active.state = Set(state);
        active.ended_at = Set(Some(now));
        active.paused_at = Set(None);
        active.next_at = Set(None);
        active.urgency = Set(AT_REST);
        active.entries = Set(before + 1);
    })
    .await?;
    notices::resolve(work, "obligation", id).await?;
    let (kind, verb) = match state {
        ObligationState::Voided => (DeadlineEntryKind::Voided, "obligationVoid"),
        _ => (DeadlineEntryKind::Fulfilled, "obligationFulfil"),
    };
    let written = Written {
        reason,
        ..Written::default()
    };
    enter(
        work,
        id,
        before,
        kind,
        now,
        (Some(due), due),
        permit,
        written,
    );
    work.note(verb, "obligation", Some(id), permit, json!({"late": late}));
    Ok(())
}

/// An entry that moves the end.
struct Moving<'a> {
    kind: DeadlineEntryKind,
    written: Written<'a>,
    verb: &'static str,
}

async fn move_on(
    work: &mut Work<'_>,
    row: obligation::Model,
    permit: &Permit,
    moving: Moving<'_>,
) -> Done<()> {
    let (id, now, before) = (row.id, work.acting.now(), row.entries);
    let (due_before, reason) = (row.due_at, moving.written.reason);
    let mut ledger = entries(work, id).await?;
    ledger.push(Entry {
        at: now,
        kind: moving.kind,
        span: moving.written.span,
    });
    let times = ledger::counted(work, &plan_of(&row)?, &ledger)?;
    let taken = taken_of(&row).after_move(&times, now);
    let version = work.acting.calendar.version;
    work.update(row, reason, |active: &mut obligation::ActiveModel| {
        active.state = Set(ObligationState::Open);
        active.paused_at = Set(None);
        active.entries = Set(before + 1);
        set_times(active, &times, taken, version);
    })
    .await?;
    let due = (Some(due_before), times.due);
    enter(
        work,
        id,
        before,
        moving.kind,
        now,
        due,
        permit,
        moving.written,
    );
    let detail = json!({"due": times.due});
    work.note(moving.verb, "obligation", Some(id), permit, detail);
    Ok(())
}

fn because(reason: &str) -> Written<'_> {
    Written {
        reason: Some(reason),
        ..Written::default()
    }
}

fn in_state(row: obligation::Model, wanted: ObligationState) -> Result<obligation::Model, Refusal> {
    if row.state == wanted {
        Ok(row)
    } else {
        Err(Refusal::new(Code::WrongState).labelled("state", row.state))
    }
}
