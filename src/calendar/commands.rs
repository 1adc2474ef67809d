//! Keeping the calendar (ORG-6): ask, check, write, count open deadlines anew on every node.
//!
//! Pitfall: nothing is taken back by deleting a row; a row without content gives the day back to what ships.

use chrono::NaiveDate;
use entity::{calendar_day, calendar_hours};
use rules::kit::calendar::{Hours, NamedDay, Window};
use rules::kit::checks::{Checks, LINE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::rulebook::Translated;
use rules::vocabulary::DayKind;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::access::TheCalendar;
use super::api::{
    CalendarDayResetInput, CalendarDaySetInput, CalendarHoursSetInput, CalendarHoursWithdrawInput,
    CalendarImportInput,
};
use super::{ical, words};
use crate::acting::{Acting, CompanyCalendar, Permit};
use crate::kit::error::Error;
use crate::kit::scalars::Date;
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

const ORG_6: Clause = Clause("ORG-6");
/// The most days that are set at once.
const MOST_DAYS: i64 = 100;
/// The most working windows of a day.
const MOST_WINDOWS: usize = 8;
/// The longest calendar file, in characters.
const LONGEST_FILE: usize = 500_000;

fn may(acting: &Acting) -> Result<Permit, Refusal> {
    acting.may("calendar", "administer", &TheCalendar)
}

/// Settles what kind of days these are.
pub(super) async fn set_days(acting: &Acting, input: CalendarDaySetInput) -> Done {
    let permit = may(acting)?;
    let mut checks = Checks::under(ORG_6);
    let days = stretch(&mut checks, input.from, input.until);
    let zh_cn = checks.text("name", &input.name, LINE);
    let mut other = |field, text: &Option<String>| {
        let text = checks.optional_text(field, text.as_deref(), LINE);
        text.unwrap_or_else(|| zh_cn.clone())
    };
    let name = Translated {
        zh_tw: other("nameZhTw", &input.name_zh_tw),
        en: other("nameEn", &input.name_en),
        zh_cn,
    };
    let days = checks.finish(days)?;
    let mut work = Work::begin(acting);
    for on in &days {
        settle(&mut work, *on, Some((input.kind, &name))).await?;
    }
    let detail = json!({"days": days, "kind": input.kind.as_str(), "name": name.zh_cn});
    work.note("calendarDaySet", "calendar", None, &permit, detail);
    finish(work, &days).await
}

/// Gives days back to what ships with the server.
pub(super) async fn reset_days(acting: &Acting, input: CalendarDayResetInput) -> Done {
    let permit = may(acting)?;
    let mut checks = Checks::under(ORG_6);
    let days = stretch(&mut checks, input.from, input.until);
    let days = checks.finish(days)?;
    let mut work = Work::begin(acting);
    for on in &days {
        settle(&mut work, *on, None).await?;
    }
    let detail = json!({"days": days});
    work.note("calendarDayReset", "calendar", None, &permit, detail);
    finish(work, &days).await
}

/// The days from one to another, the first alone where no last one is named.
fn stretch(checks: &mut Checks, from: Date, until: Option<Date>) -> Vec<NaiveDate> {
    let (from, until) = (from.0, until.unwrap_or(from).0);
    let many = until.signed_duration_since(from).num_days() + 1;
    if many < 1 {
        let backwards = Refusal::new(Code::OutOfRange).detail(Detail::PeriodBackwards);
        checks.refuse("until", backwards);
        return Vec::new();
    }
    checks.number("until", many, 1, MOST_DAYS);
    let days = from.iter_days().take_while(|day| *day <= until);
    days.take(usize::try_from(MOST_DAYS).unwrap_or_default())
        .collect()
}

/// Writes what a day is; `None` gives it back.
async fn settle(
    work: &mut Work<'_>,
    on: NaiveDate,
    day: Option<(DayKind, &Translated)>,
) -> Done<()> {
    let name = day.map(|(_, name)| serde_json::to_value(name));
    let name = name
        .transpose()
        .map_err(|e| Error::internal(e.to_string()))?;
    let kind = day.map(|(kind, _)| kind);
    let row = calendar_day::Entity::find()
        .filter(calendar_day::Column::OnDate.eq(on))
        .one(work.conn())
        .await?;
    match row {
        Some(row) if row.kind == kind && row.name == name => {}
        Some(row) => {
            work.update(row, None, |day: &mut calendar_day::ActiveModel| {
                day.kind = Set(kind);
                day.name = Set(name);
            })
            .await?;
        }
        None if kind.is_none() => {}
        None => {
            let row = calendar_day::ActiveModel {
                id: Set(work.acting.new_id()),
                on_date: Set(on),
                kind: Set(kind),
                name: Set(name),
                created_at: Set(work.acting.now()),
                version: Set(1),
            };
            work.insert_now(row)
                .await
                .map_err(|e| at_once(e, "on_date"))?;
        }
    }
    Ok(())
}

/// Two at once: the second is told to look again.
fn at_once(error: Error, column: &str) -> Stop {
    if is_duplicate(&error, column) {
        Refusal::new(Code::VersionConflict).clause(ORG_6).into()
    } else {
        error.into()
    }
}

/// Commits, and shows the days as they are now.
async fn finish(work: Work<'_>, days: &[NaiveDate]) -> Done {
    let language = work.acting.language;
    let (work, calendar) = changed(work).await?;
    let days = days.iter();
    let days: Value = days
        .map(|on| words::day(&calendar.days, *on, language))
        .collect();
    work.commit(Outcome::default().and_value("days", days))
        .await
}

/// The calendar as it is after this change, which every node is told of.
async fn changed(mut work: Work<'_>) -> Done<(Work<'_>, CompanyCalendar)> {
    work.bump("calendar");
    let (zone, version) = (work.acting.shared.zone, work.acting.calendar.version);
    let calendar = CompanyCalendar::load(work.conn(), zone, version).await?;
    Ok((work, calendar))
}

/// Sets the working hours from a day on.
pub(super) async fn set_hours(acting: &Acting, input: CalendarHoursSetInput) -> Done {
    let permit = may(acting)?;
    let mut checks = Checks::under(ORG_6);
    let mut windows = Vec::new();
    for (place, window) in input.windows.iter().enumerate() {
        let window = Window::read(&window.from, &window.until).map_err(|refusal| refusal.at(place));
        windows.extend(checks.take("windows", window));
    }
    if windows.len() > MOST_WINDOWS {
        let most = Refusal::new(Code::OutOfRange);
        checks.refuse("windows", most.param("min", 1).param("max", MOST_WINDOWS));
    }
    checks.finish(())?;
    let hours = Hours::new(windows)?;
    let texts: Vec<String> = hours.windows().iter().map(Window::to_string).collect();
    let from_on = input.from_on.0;
    let mut work = Work::begin(acting);
    write_hours(&mut work, from_on, Some(texts.join(" "))).await?;
    let detail = json!({"fromOn": from_on, "windows": texts});
    work.note("calendarHoursSet", "calendar", None, &permit, detail);
    finish_hours(work, from_on).await
}

/// Withdraws the working hours that begin on a day.
pub(super) async fn withdraw_hours(acting: &Acting, input: CalendarHoursWithdrawInput) -> Done {
    let permit = may(acting)?;
    let from_on = input.from_on.0;
    let mut work = Work::begin(acting);
    let missing = || Refusal::new(Code::NotFound).clause(ORG_6).at("fromOn");
    if !write_hours(&mut work, from_on, None).await? {
        return Err(missing().into());
    }
    let detail = json!({"fromOn": from_on});
    work.note("calendarHoursWithdraw", "calendar", None, &permit, detail);
    finish_hours(work, from_on).await
}

/// Writes the hours of a day; gives whether there were any to withdraw.
async fn write_hours(
    work: &mut Work<'_>,
    from_on: NaiveDate,
    windows: Option<String>,
) -> Done<bool> {
    let row = calendar_hours::Entity::find()
        .filter(calendar_hours::Column::FromOn.eq(from_on))
        .one(work.conn())
        .await?;
    match row {
        Some(row) => {
            let had = row.windows.is_some();
            work.update(row, None, |hours: &mut calendar_hours::ActiveModel| {
                hours.windows = Set(windows);
            })
            .await?;
            Ok(had)
        }
        None if windows.is_none() => Ok(false),
        None => {
            let row = calendar_hours::ActiveModel {
                id: Set(work.acting.new_id()),
                from_on: Set(from_on),
                windows: Set(windows),
                created_at: Set(work.acting.now()),
                version: Set(1),
            };
            work.insert_now(row)
                .await
                .map_err(|e| at_once(e, "from_on"))?;
            Ok(false)
        }
    }
}

async fn finish_hours(work: Work<'_>, from_on: NaiveDate) -> Done {
    let (work, calendar) = changed(work).await?;
    let windows = words::windows(calendar.days.hours_on(from_on));
    let hours = json!({"fromOn": from_on, "windows": windows});
    work.commit(Outcome::default().and_value("hours", hours))
        .await
}

/// Takes days from an iCalendar file, or shows what it would set.
pub(super) async fn import(acting: &Acting, input: CalendarImportInput) -> Done {
    let permit = may(acting)?;
    let mut checks = Checks::under(ORG_6);
    checks.text("file", &input.file, LONGEST_FILE);
    checks.finish(())?;
    let no_calendar = || {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NoCalendar);
        refusal.clause(ORG_6).at("file")
    };
    let contents = ical::read(&input.file, input.others).ok_or_else(no_calendar)?;
    let mut after = acting.calendar.days.clone();
    let mut new = Vec::new();
    for (on, (kind, name)) in &contents.days {
        // What is so already stays under its own name.
        if after.kind(*on) != *kind {
            let name = Translated {
                zh_cn: name.clone(),
                zh_tw: name.clone(),
                en: name.clone(),
            };
            let (kind, notice) = (*kind, None);
            after.name_day(*on, NamedDay { kind, name, notice });
            new.push(*on);
        }
    }
    let language = acting.language;
    let changes: Value = new
        .iter()
        .map(|on| {
            json!({
                "before": words::day(&acting.calendar.days, *on, language),
                "after": words::day(&after, *on, language),
            })
        })
        .collect();
    let skipped: Value = contents
        .skipped
        .iter()
        .map(|s| {
            let (reason, label) = (s.reason.as_str(), s.reason.label(language));
            json!({"summary": s.summary, "on": s.on, "reason": reason, "label": label})
        })
        .collect();
    let outcome = Outcome::default()
        .and_value("changes", changes)
        .and_value("skipped", skipped);
    if input.preview {
        return Ok(outcome);
    }
    let mut work = Work::begin(acting);
    for on in &new {
        if let Some(day) = after.named(*on) {
            settle(&mut work, *on, Some((day.kind, &day.name))).await?;
        }
    }
    work.note(
        "calendarImport",
        "calendar",
        None,
        &permit,
        json!({"days": new}),
    );
    work.bump("calendar");
    work.commit(outcome).await
}
