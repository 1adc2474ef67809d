//! The mutations of the calendar and what they take.

use async_graphql::InputObject;
use rules::vocabulary::DayKind;

use super::commands;
use crate::kit::scalars::Date;
use crate::work::Mutations;

/// What a stretch of days is.
#[derive(InputObject)]
pub struct CalendarDaySetInput {
    /// The first day.
    pub from: Date,
    /// The last day; left out: the first alone. At most 100 days at once.
    pub until: Option<Date>,
    /// What kind of days they are.
    pub kind: DayKind,
    /// What they are called; at most 200 characters.
    pub name: String,
    /// What they are called in traditional Chinese; left out: as `name`.
    pub name_zh_tw: Option<String>,
    /// What they are called in English; left out: as `name`.
    pub name_en: Option<String>,
}

/// Which days are given back.
#[derive(InputObject)]
pub struct CalendarDayResetInput {
    /// The first day.
    pub from: Date,
    /// The last day; left out: the first alone. At most 100 days at once.
    pub until: Option<Date>,
}

/// From one time of day until another.
#[derive(InputObject)]
pub struct WorkingWindowInput {
    /// When it begins, as `09:00`.
    pub from: String,
    /// When it ends, as `12:00`; `24:00` is the end of the day.
    pub until: String,
}

/// Working hours from a day on.
#[derive(InputObject)]
pub struct CalendarHoursSetInput {
    /// The first day they are in force.
    pub from_on: Date,
    /// The windows, in order, one at least and at most 8.
    pub windows: Vec<WorkingWindowInput>,
}

/// Which hours are withdrawn.
#[derive(InputObject)]
pub struct CalendarHoursWithdrawInput {
    /// The first day they are in force.
    pub from_on: Date,
}

/// A calendar file.
#[derive(InputObject)]
pub struct CalendarImportInput {
    /// The file's text, iCalendar (RFC 5545). All-day events that say 休, 放假, 班, 补班, `day off` or `workday` are taken.
    pub file: String,
    /// What the events are that do not say whether one works; left out: they are skipped.
    pub others: Option<DayKind>,
    /// Only shows what would be set.
    pub preview: bool,
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    const DAYS: &str = "The days as they are now; null when it was refused.";
    let doc = "Settles what kind of days these are, over what ships with the server (ORG-6). Open deadlines are counted \
               anew. For administrators.";
    m.add(
        "calendarDaySet",
        doc,
        |acting, input: CalendarDaySetInput| Box::pin(commands::set_days(acting, input)),
    )
    .gives("days", "[CalendarDay!]", DAYS);
    let doc = "Gives days back to what ships with the server (ORG-6). Open deadlines are counted anew. For administrators.";
    m.add(
        "calendarDayReset",
        doc,
        |acting, input: CalendarDayResetInput| Box::pin(commands::reset_days(acting, input)),
    )
    .gives("days", "[CalendarDay!]", DAYS);
    let doc = "Sets the working hours from a day on, until the next ones begin (ORG-6). Open deadlines are counted anew. \
               For administrators.";
    m.add(
        "calendarHoursSet",
        doc,
        |acting, input: CalendarHoursSetInput| Box::pin(commands::set_hours(acting, input)),
    )
    .gives(
        "hours",
        "CalendarHours",
        "The hours; null when it was refused.",
    );
    let doc = "Withdraws the working hours that begin on a day, so that those before stay in force (ORG-6). For \
               administrators.";
    m.add(
        "calendarHoursWithdraw",
        doc,
        |acting, input: CalendarHoursWithdrawInput| {
            Box::pin(commands::withdraw_hours(acting, input))
        },
    )
    .gives(
        "hours",
        "CalendarHours",
        "The hours in force on that day now; null when it was refused.",
    );
    let doc = "Takes days off and make-up working days from an iCalendar file, or shows beforehand what it would set \
               (ORG-6). For administrators.";
    m.add(
        "calendarImport",
        doc,
        |acting, input: CalendarImportInput| Box::pin(commands::import(acting, input)),
    )
    .gives(
        "changes",
        "[CalendarChange!]",
        "The days that change; null when it was refused.",
    )
    .gives(
        "skipped",
        "[CalendarSkipped!]",
        "The events that were not taken; null when it was refused.",
    );
}
