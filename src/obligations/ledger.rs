//! The ledger of deadlines: every entry is written here and nowhere else, together with the obligation that it moves.
//!
//! Pitfall: entries are numbered by the obligation's own count, because two can happen at one instant.

use chrono::{DateTime, Utc};
use entity::{deadline_entry, obligation};
use rules::kit::calendar::{NoWorkingDay, Span};
use rules::kit::refusal::{Code, Refusal};
use rules::obligations::{Entry, Plan, Taken, Times, count};
use rules::vocabulary::{DeadlineEntryKind, ObligationState, OverdueStep, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::acting::Permit;
use crate::kit::error::{Error, Result};
use crate::work::{Done, Work};

/// The urgency of what stands still or is no longer to be done: after everything whose time runs.
pub(super) const AT_REST: i64 = i64::MIN;

/// What is written into the ledger beside when, who and the two ends.
#[derive(Debug, Default, Clone)]
pub(super) struct Written<'a> {
    /// Why.
    pub reason: Option<&'a str>,
    /// By how much it is extended.
    pub span: Option<Span>,
    /// Which step is taken.
    pub step: Option<OverdueStep>,
    /// To whom it is handed over.
    pub to: Option<Uuid>,
    /// To which role.
    pub to_role: Option<Role>,
}

/// Keeps an entry, numbered after the `before` that there are.
pub(super) fn enter(
    work: &mut Work<'_>,
    obligation: Uuid,
    before: i32,
    kind: DeadlineEntryKind,
    at: DateTime<Utc>,
    due: (Option<DateTime<Utc>>, DateTime<Utc>),
    permit: &Permit,
    written: Written<'_>,
) {
    let acting = work.acting;
    // The ledger is its own history.
    work.derive(deadline_entry::ActiveModel {
        id: Set(acting.new_id()),
        obligation_id: Set(obligation),
        position: Set(before + 1),
        kind: Set(kind),
        happened_at: Set(at),
        actor_id: Set(Some(acting.employee()).filter(|id| !id.is_nil())),
        acted_for: Set(permit.acted_for),
        reason: Set(written.reason.map(str::to_owned)),
        span_count: Set(written.span.map(|span| i64::from(span.count))),
        span_unit: Set(written.span.map(|span| span.unit)),
        step: Set(written.step),
        to_id: Set(written.to),
        to_role: Set(written.to_role),
        due_before: Set(due.0),
        due_after: Set(due.1),
    });
}

/// The ledger of an obligation as the rules count by it.
pub(super) async fn entries(work: &Work<'_>, obligation: Uuid) -> Result<Vec<Entry>> {
    let rows = deadline_entry::Entity::find()
        .filter(deadline_entry::Column::ObligationId.eq(obligation))
        .order_by_asc(deadline_entry::Column::Position)
        .all(work.conn())
        .await?;
    Ok(rows.iter().map(entry_of).collect())
}

/// A row as the rules count by it.
pub(super) fn entry_of(row: &deadline_entry::Model) -> Entry {
    let count = row.span_count.and_then(|count| u32::try_from(count).ok());
    let span = count.zip(row.span_unit);
    Entry {
        at: row.happened_at,
        kind: row.kind,
        span: span.map(|(count, unit)| Span { count, unit }),
    }
}

/// The plan that an obligation keeps.
pub(super) fn plan_of(row: &obligation::Model) -> Result<Plan> {
    serde_json::from_value(row.plan.clone())
        .map_err(|e| Error::internal(format!("plan of obligation {}: {e}", row.id)))
}

/// What was taken since the deadline was last moved.
pub(super) fn taken_of(row: &obligation::Model) -> Taken {
    Taken {
        warned: row.warned,
        steps: usize::try_from(row.steps_taken).unwrap_or_default(),
    }
}

/// The end and the instants around it, by the calendar of now.
pub(super) fn counted(work: &Work<'_>, plan: &Plan, entries: &[Entry]) -> Result<Times, Refusal> {
    count(&work.acting.calendar.days, plan, entries).map_err(|none: NoWorkingDay| none.into())
}

/// Sets when an obligation is due and what is still to be done about it; its time runs.
pub(super) fn set_times(
    active: &mut obligation::ActiveModel,
    times: &Times,
    taken: Taken,
    calendar_version: i64,
) {
    active.due_at = Set(times.due);
    active.urgency = Set(-times.due.timestamp_micros());
    active.calendar_version = Set(calendar_version);
    set_taken(active, times, taken);
}

/// Sets what was taken and when there is something to do again.
pub(super) fn set_taken(active: &mut obligation::ActiveModel, times: &Times, taken: Taken) {
    active.warned = Set(taken.warned);
    active.steps_taken = Set(i32::try_from(taken.steps).unwrap_or(i32::MAX));
    active.next_at = Set(times.next(taken));
}

/// Loads an obligation that is still to be done, locked for the transaction.
pub(super) async fn hold(work: &Work<'_>, id: Uuid) -> Done<obligation::Model> {
    let row = obligation::Entity::find_by_id(id)
        .lock_exclusive()
        .one(work.conn())
        .await?
        .ok_or_else(|| Error::internal(format!("there is no obligation {id}")))?;
    match row.state {
        ObligationState::Open | ObligationState::Paused => Ok(row),
        state => Err(Refusal::new(Code::WrongState)
            .labelled("state", state)
            .into()),
    }
}
