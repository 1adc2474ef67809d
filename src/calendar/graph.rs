//! What can be read of the calendar: its days with their kind and name, and the working hours; by everybody signed in.

use chrono::NaiveDate;
use entity::calendar_hours;
use rules::kit::calendar::Shipped;
use rules::kit::error_code::ErrorCode;
use rules::vocabulary::{DayKind, EventSkipped};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::words;
use crate::acting::CompanyCalendar;
use crate::graph::{Args, Future_, Graph, Kind, RootRead, Scene};
use crate::kit::error::{Error, Result};

/// The longest stretch of days that is read at once: a year and a month.
const MOST_DAYS: i64 = 400;

/// Types and roots.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<DayKind>();
    graph
        .value("CalendarDay", "A day of the company calendar (ORG-6).")
        .key("on", Kind::Date, false, "The day.")
        .key("kind", Kind::Enum("DayKind"), false, "What kind of day it is.")
        .key("label", Kind::Text, false, "Name and kind in words, in the viewer's language: `Spring Festival (Public holiday)`.")
        .key("name", Kind::Text, true, "What the day is called, in the viewer's language; null for an ordinary day.")
        .key("isWorking", Kind::Bool, false, "Whether one works on it.")
        .nested_list("windows", "WorkingWindow", "When one works on it; empty on a day off.")
        .key("notice", Kind::Text, true, "Number of the State Council's notice that it rests on; null for an ordinary day and for one that the company settled itself.");
    graph
        .value("WorkingWindow", "From one time of day until another.")
        .key("from", Kind::Text, false, "When it begins, as `09:00`.")
        .key(
            "until",
            Kind::Text,
            false,
            "When it ends, as `12:00`; `24:00` is the end of the day.",
        );
    graph
        .value("CalendarHours", "Working hours from a day on (ORG-6).")
        .key(
            "fromOn",
            Kind::Date,
            true,
            "The first day they are in force; null for the standard hours.",
        )
        .nested_list("windows", "WorkingWindow", "The windows, in order.");
    graph
        .value("CalendarChange", "A day that changes by an import.")
        .nested("before", "CalendarDay", false, "The day before.")
        .nested("after", "CalendarDay", false, "The day after.");
    graph.vocabulary::<EventSkipped>();
    graph
        .value(
            "CalendarSkipped",
            "An event of a calendar file that was not taken.",
        )
        .key("summary", Kind::Text, false, "What it is called.")
        .key(
            "on",
            Kind::Date,
            true,
            "Its first day; null where it has none.",
        )
        .key(
            "reason",
            Kind::Enum("EventSkipped"),
            false,
            "Why it was not taken.",
        )
        .key(
            "label",
            Kind::Text,
            false,
            "The reason in words, in the viewer's language.",
        );
    graph
        .root(
            "calendar",
            RootRead::Value("CalendarDay", true, days),
            false,
            "The days of the company calendar, at most 400 at once (ORG-6).",
        )
        .arg("from", "Date!", "The first day.")
        .arg("to", "Date!", "The last day.");
    graph.root(
        "calendarHours",
        RootRead::Value("CalendarHours", true, hours),
        false,
        "The working hours with the days from which they are in force, the standard hours first (ORG-6).",
    );
}

fn days<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let (from, to) = (day(args, "from")?, day(args, "to")?);
        let many = to.signed_duration_since(from).num_days() + 1;
        if !(1..=MOST_DAYS).contains(&many) {
            let why = format!("from, to: at least 1 and at most {MOST_DAYS} days");
            return Err(Error::api(ErrorCode::BadRequest, why));
        }
        let calendar: &CompanyCalendar = scene.get()?;
        let days = from.iter_days().take_while(|day| *day <= to);
        Ok(days
            .map(|on| words::day(&calendar.days, on, scene.language))
            .collect())
    })
}

fn day(args: &Args, name: &str) -> Result<NaiveDate> {
    let missing = || Error::api(ErrorCode::BadRequest, format!("{name}: a date is required"));
    args.date(name)?.ok_or_else(missing)
}

fn hours<'a>(scene: &'a Scene, _: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        scene.count_statement();
        let rows = calendar_hours::Entity::find()
            .filter(calendar_hours::Column::Windows.is_not_null())
            .order_by_asc(calendar_hours::Column::FromOn)
            .all(&scene.db.read)
            .await?;
        let calendar: &CompanyCalendar = scene.get()?;
        let shipped = Shipped::china().map_err(|e| Error::internal(e.to_string()))?;
        let standard = json!({"fromOn": null, "windows": words::windows(shipped.hours())});
        let own = rows.iter().map(|row| {
            let hours = calendar.days.hours_on(row.from_on);
            json!({"fromOn": row.from_on, "windows": words::windows(hours)})
        });
        Ok(std::iter::once(standard).chain(own).collect())
    })
}
