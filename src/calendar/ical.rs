//! Days off and make-up working days from an iCalendar file (RFC 5545), as calendars of public holidays publish them.
//!
//! Whether one works is read from `X-APPLE-SPECIAL-DAY` or from the words of the summary. Pitfall: such calendars also
//! hold festivals on which one works; an event that says neither is taken only when the caller says what it is.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use icalendar::parser::{Component, read_calendar, unfold};
use rules::kit::checks::LINE;
use rules::vocabulary::{DayKind, EventSkipped};

/// The longest event that is taken, in days.
const LONGEST: i64 = 31;
/// How deep a calendar's parts lie in each other: an alarm in an event in a calendar. Deeper ones are not parsed, since
/// the parser calls itself for each.
const DEEPEST: usize = 4;
/// Marks that say whether one works, cut off from names.
const MARKS: [&str; 6] = ["（休）", "(休)", "（班）", "(班)", "【休】", "【班】"];

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Days with kind and name; a later event goes over an earlier one.
    pub days: BTreeMap<NaiveDate, (DayKind, String)>,
    /// Events that were not taken.
    pub skipped: Vec<Skipped>,
}

/// An event that was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    /// What it is called.
    pub summary: String,
    /// Its first day, where it has one.
    pub on: Option<NaiveDate>,
    /// Why.
    pub reason: EventSkipped,
}

/// Reads a file; `None` when it is no calendar.
pub(super) fn read(file: &str, others: Option<DayKind>) -> Option<Contents> {
    let text = unfold(file);
    if depth(&text) > DEEPEST {
        return None;
    }
    let calendar = read_calendar(&text).ok()?;
    let mut contents = Contents::default();
    let mut events = calendar.components.iter().filter(|c| c.name == "VEVENT");
    let first = events.next()?;
    for event in std::iter::once(first).chain(events) {
        match taken(event, others) {
            Ok((days, kind, name)) => {
                let days = days.map(|day| (day, (kind, name.clone())));
                contents.days.extend(days);
            }
            Err(reason) => contents.skipped.push(Skipped {
                summary: summary(event),
                on: value(event, "DTSTART").and_then(date),
                reason,
            }),
        }
    }
    Some(contents)
}

type Taken = (Box<dyn Iterator<Item = NaiveDate>>, DayKind, String);

fn taken(event: &Component<'_>, others: Option<DayKind>) -> Result<Taken, EventSkipped> {
    if value(event, "RRULE").is_some() || value(event, "RDATE").is_some() {
        return Err(EventSkipped::Recurring);
    }
    let start = value(event, "DTSTART").ok_or(EventSkipped::Unreadable)?;
    let first = match date(start) {
        Some(first) => first,
        None if start.contains('T') => return Err(EventSkipped::Timed),
        None => return Err(EventSkipped::Unreadable),
    };
    // The end of an all-day event is the day after its last.
    let end = match (value(event, "DTEND"), value(event, "DURATION")) {
        (None, None) => first.checked_add_days(Days::new(1)),
        (Some(end), None) => date(end),
        _ => None,
    };
    let end = end.filter(|end| *end > first);
    let end = end.ok_or(EventSkipped::Unreadable)?;
    if end.signed_duration_since(first).num_days() > LONGEST {
        return Err(EventSkipped::TooLong);
    }
    let summary = summary(event);
    let special = value(event, "X-APPLE-SPECIAL-DAY");
    let kind = marked(special, &summary).or(others);
    let kind = kind.ok_or(EventSkipped::Unmarked)?;
    let name = MARKS
        .iter()
        .fold(summary, |name, mark| name.replace(mark, ""));
    let name: String = name.trim().chars().take(LINE).collect();
    let days = first.iter_days().take_while(move |day| *day < end);
    Ok((Box::new(days), kind, name))
}

/// Whether the event says that one works or not.
fn marked(special: Option<&str>, summary: &str) -> Option<DayKind> {
    match special {
        Some("WORK-HOLIDAY") => return Some(DayKind::PublicHoliday),
        Some("ALTERNATE-WORKDAY") => return Some(DayKind::MakeUp),
        _ => {}
    }
    let summary = summary.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| summary.contains(word));
    // A day on which one works to make up, 调休上班, has both words.
    if says(&["班", "workday", "working day"]) {
        Some(DayKind::MakeUp)
    } else if says(&["休", "放假", "day off"]) {
        Some(DayKind::PublicHoliday)
    } else {
        None
    }
}

fn summary(event: &Component<'_>) -> String {
    let summary = event.find_prop("SUMMARY");
    let text = summary.map(|property| property.val.clone().unescape_text());
    text.map(|text| text.as_str().trim().to_owned())
        .unwrap_or_default()
}

fn value<'c>(event: &'c Component<'_>, name: &str) -> Option<&'c str> {
    event.find_prop(name).map(|p| p.val.as_str().trim())
}

/// A date without a time of day: `20260215`.
fn date(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    NaiveDate::parse_from_str(text, "%Y%m%d")
        .ok()
        .filter(|_| plain)
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for line in text.lines() {
        let head = line.trim_start().as_bytes();
        if head.len() >= 6 && head[..6].eq_ignore_ascii_case(b"BEGIN:") {
            depth += 1;
            deepest = deepest.max(depth);
        } else if head.len() >= 4 && head[..4].eq_ignore_ascii_case(b"END:") {
            depth = depth.saturating_sub(1);
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270206\r\nDTEND;VALUE=DATE:20270208\r\nSUMMARY;LANGUAGE=zh_CN:春节（休）\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270220\r\nSUMMARY:春节\\, 调休上班\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270221\r\nSUMMARY:元宵\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART:20270222T090000\r\nSUMMARY:班会\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:元旦（休）\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270301\r\nDTEND;VALUE=DATE:20270501\r\nSUMMARY:放假\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nSUMMARY:放假\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270405\r\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY\r\nSUMMARY:清明\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn org_6_days_off_and_on_are_read_from_a_calendar_file() {
        let contents = read(FILE, None).unwrap();
        let found: Vec<_> = contents
            .days
            .iter()
            .map(|(on, (kind, name))| (on.to_string(), *kind, name.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("2027-02-06".to_owned(), DayKind::PublicHoliday, "春节"),
                ("2027-02-07".to_owned(), DayKind::PublicHoliday, "春节"),
                ("2027-02-20".to_owned(), DayKind::MakeUp, "春节, 调休上班"),
                ("2027-04-05".to_owned(), DayKind::PublicHoliday, "清明"),
            ]
        );
        let skipped: Vec<_> = contents
            .skipped
            .iter()
            .map(|s| (s.summary.as_str(), s.reason))
            .collect();
        assert_eq!(
            skipped,
            [
                ("元宵", EventSkipped::Unmarked),
                ("班会", EventSkipped::Timed),
                ("元旦（休）", EventSkipped::Recurring),
                ("放假", EventSkipped::TooLong),
                ("放假", EventSkipped::Unreadable),
            ]
        );
    }

    #[test]
    fn org_6_the_caller_says_what_unmarked_events_are() {
        let contents = read(FILE, Some(DayKind::CompanyHoliday)).unwrap();
        let taken = contents.days.get(&day("2027-02-21"));
        assert_eq!(taken, Some(&(DayKind::CompanyHoliday, "元宵".to_owned())));
    }

    #[test]
    fn org_6_what_is_no_calendar_is_not_read() {
        let deep = "BEGIN:A\r\n".repeat(100_000);
        let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
        for file in ["", "hello", "date,name\n2027-01-01,元旦\n", empty, &deep] {
            assert_eq!(read(file, None), None);
        }
    }
}
