//! Obligations and their deadlines: a duty as data, when it is due and why, what is to happen next (ground rules, ORG-6).
//!
//! The ledger of a deadline (started, paused, resumed, extended) and the calendar say when it is due; nothing else does,
//! so that it can be counted anew whenever the calendar changes. Pitfall: a case keeps the limits of its own day (RUL-4),
//! which is why a [`Plan`] is kept with it.

mod words;

use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::kit::calendar::{Calendar, NoWorkingDay, Span};
use crate::kit::clause::Clause;
use crate::rulebook::{RulebookError, RulebookOn};
use crate::vocabulary::{DeadlineEntryKind, OverdueStep, Role, SpanUnit};

pub use words::{Line, Spoken, explain};

/// What a regulation asks for by when. Limits are keys of the rulebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Its name, such as `complaint.close`.
    pub code: &'static str,
    /// The clause that asks for it.
    pub clause: Clause,
    /// How long there is.
    pub limit: &'static str,
    /// How long before the end to warn; `None`: not at all.
    pub warn: Option<&'static str>,
    /// What follows when it is overdue, in order.
    pub overdue: &'static [Consequence],
}

/// What follows so long after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// What.
    pub step: OverdueStep,
    /// How long after the end; `None`: at once.
    pub after: Option<&'static str>,
    /// To which role, for an escalation.
    pub to: Option<Role>,
}

/// The limits of a duty as they are on the case's day (RUL-4), as they are kept with the obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How long there is.
    pub limit: Span,
    /// How long before the end to warn.
    pub warn: Option<Span>,
    /// What follows when it is overdue, in order.
    pub overdue: Vec<Followup>,
}

/// What follows so long after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followup {
    /// What.
    pub step: OverdueStep,
    /// How long after the end; none is at once.
    pub after: Span,
    /// To which role, for an escalation.
    pub to: Option<Role>,
}

impl Duty {
    /// The duty's limits on a day of the rulebook (RUL-4).
    ///
    /// # Errors
    /// Where a key is unknown or no limit of time, which the tests rule out for declared duties.
    pub fn plan(&self, rulebook: &RulebookOn<'_>) -> Result<Plan, RulebookError> {
        let followups = self.overdue.iter().map(|consequence| {
            let after = consequence
                .after
                .map(|key| rulebook.span(key))
                .transpose()?;
            Ok(Followup {
                step: consequence.step,
                after: after.unwrap_or(Span {
                    count: 0,
                    unit: SpanUnit::Days,
                }),
                to: consequence.to,
            })
        });
        Ok(Plan {
            limit: rulebook.span(self.limit)?,
            warn: self.warn.map(|key| rulebook.span(key)).transpose()?,
            overdue: followups.collect::<Result<_, RulebookError>>()?,
        })
    }
}

/// An entry of the ledger, as far as it moves the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: DeadlineEntryKind,
    /// By how much, for an extension.
    pub span: Option<Span>,
}

/// When an obligation is due, and the instants around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it is due: done at this instant is in time.
    pub due: DateTime<Utc>,
    /// When to warn.
    pub warn: Option<DateTime<Utc>>,
    /// When each step of the plan follows.
    pub steps: Vec<DateTime<Utc>>,
}

/// What was already done about a deadline since it was last moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Whether the warning was given.
    pub warned: bool,
    /// How many steps of the plan were taken.
    pub steps: usize,
}

/// What is to be done now, and when to look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agenda {
    /// Whether to warn now.
    pub warn: bool,
    /// The steps to take now, in order.
    pub steps: Vec<Followup>,
    /// What will have been done then.
    pub taken: Taken,
    /// When there is something to do again; `None`: nothing more.
    pub next: Option<DateTime<Utc>>,
}

/// Counts a deadline from its ledger, the oldest entry first.
///
/// What was paused is added at the end, in the limit's own unit; an extension counts on from the end. A pause that begins
/// when it is already overdue moves nothing.
///
/// # Errors
/// Where the calendar has no such day.
pub fn count<Z: TimeZone>(
    calendar: &Calendar<Z>,
    plan: &Plan,
    entries: &[Entry],
) -> Result<Times, NoWorkingDay> {
    let mut due = None;
    let mut paused_at = None;
    for entry in entries {
        match (entry.kind, due) {
            (DeadlineEntryKind::Started, _) => {
                due = Some(calendar.due(entry.at, plan.limit)?);
            }
            (DeadlineEntryKind::Paused, Some(_)) => paused_at = Some(entry.at),
            (DeadlineEntryKind::Resumed, Some(end)) => {
                if let Some(from) = paused_at.take().filter(|from| *from < end) {
                    due = Some(shifted(calendar, end, plan.limit.unit, from, entry.at)?);
                }
            }
            (DeadlineEntryKind::Extended, Some(end)) => {
                if let Some(span) = entry.span {
                    due = Some(calendar.prolonged(end, span)?);
                }
            }
            _ => {}
        }
    }
    Times::around(calendar, plan, due.ok_or(NoWorkingDay)?)
}

impl Times {
    /// The instants around an end that is known.
    ///
    /// # Errors
    /// Where the calendar has no such day.
    pub fn around<Z: TimeZone>(
        calendar: &Calendar<Z>,
        plan: &Plan,
        due: DateTime<Utc>,
    ) -> Result<Self, NoWorkingDay> {
        let warn = plan.warn.map(|span| calendar.ahead_of(due, span));
        let steps = plan.overdue.iter();
        Ok(Self {
            due,
            warn: warn.transpose()?,
            steps: steps
                .map(|followup| calendar.prolonged(due, followup.after))
                .collect::<Result<_, _>>()?,
        })
    }

    /// When there is something to do after what was taken; `None`: nothing more.
    pub fn next(&self, taken: Taken) -> Option<DateTime<Utc>> {
        // Overdue begins after the end, not at it.
        let step = self.steps.get(taken.steps);
        let step = step.map(|at| (*at).max(just_after(self.due)));
        self.warn.filter(|_| !taken.warned).or(step)
    }
}

impl Taken {
    /// What still counts of it after the deadline was moved: steps of a lateness that is no more begin anew, and so does a
    /// warning that is ahead again.
    pub fn after_move(self, times: &Times, now: DateTime<Utc>) -> Self {
        if is_overdue(times.due, now) {
            return self;
        }
        Self {
            warned: self.warned && times.warn.is_some_and(|at| at <= now),
            steps: 0,
        }
    }
}

/// The end moved by what lies between two instants, counted in a limit's unit.
fn shifted<Z: TimeZone>(
    calendar: &Calendar<Z>,
    due: DateTime<Utc>,
    unit: SpanUnit,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<DateTime<Utc>, NoWorkingDay> {
    let count = match unit {
        SpanUnit::Days => {
            let days = calendar
                .day_of(until)
                .signed_duration_since(calendar.day_of(from));
            u32::try_from(days.num_days()).unwrap_or(0)
        }
        SpanUnit::WorkingDays => calendar.working_days_between(from, until)?,
        SpanUnit::HalfDays | SpanUnit::WorkingHours => {
            let time = calendar.working_time_between(from, until)?;
            return calendar.add_working_time(due, time);
        }
    };
    calendar.prolonged(due, Span { count, unit })
}

/// What is to be done at `now` about an open deadline, and when to look again. A warning that comes too late is left out.
pub fn agenda(plan: &Plan, times: &Times, taken: Taken, now: DateTime<Utc>) -> Agenda {
    let due_now = |at: &DateTime<Utc>| *at <= now;
    let warn = !taken.warned && now < times.due && times.warn.as_ref().is_some_and(due_now);
    let warned = taken.warned || warn || now >= times.due;
    let pending = plan.overdue.iter().zip(&times.steps).skip(taken.steps);
    // In order: a step waits for the one before it.
    let steps: Vec<Followup> = pending
        .take_while(|(_, at)| now > times.due && due_now(at))
        .map(|(followup, _)| *followup)
        .collect();
    let taken = Taken {
        warned,
        steps: taken.steps.saturating_add(steps.len()),
    };
    Agenda {
        warn,
        steps,
        taken,
        next: times.next(taken),
    }
}

/// Whether a deadline is missed.
pub fn is_overdue(due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now > due
}

fn just_after(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant
        .checked_add_signed(chrono::Duration::microseconds(1))
        .unwrap_or(instant)
}

#[cfg(test)]
mod tests;
