//! Why a deadline is due when it is due, in words (ORG-6).
//!
//! Pitfall: what is said is counted by the calendar of now, as the deadline itself is; the ledger's `Recounted` entries
//! tell when that changed.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};

use super::{Entry, Plan, count};
use crate::kit::calendar::{Calendar, NoWorkingDay, Span};
use crate::kit::clause::Clause;
use crate::kit::language::Language;
use crate::text::text;
use crate::vocabulary::{DayKind, DeadlineEntryKind, SpanUnit};

/// The most stretches of days that are told one by one.
const MOST_STRETCHES: usize = 30;

/// An entry of the ledger as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, what, and by how much.
    pub entry: Entry,
    /// Who did it; `None` for a job.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When it was due before, where the entry moved it.
    pub due_before: Option<DateTime<Utc>>,
}

/// Who listens, and how times are told.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a, Z> {
    /// In which language.
    pub language: Language,
    /// By which calendar, in whose zone.
    pub calendar: &'a Calendar<Z>,
}

/// The sentences that explain a deadline, in order.
///
/// # Errors
/// Where the calendar has no such day.
pub fn explain<Z: TimeZone>(
    spoken: Spoken<'_, Z>,
    clause: Clause,
    plan: &Plan,
    lines: &[Line],
) -> Result<Vec<String>, NoWorkingDay> {
    let entries: Vec<Entry> = lines.iter().map(|line| line.entry).collect();
    let due = count(spoken.calendar, plan, &entries)?.due;
    let limit = ("clause", clause.number().to_owned());
    let key = format!("deadline.limit.{}", plan.limit.unit);
    let mut told = vec![spoken.say(&key, &[limit, ("count", plan.limit.count.to_string())])];
    let mut paused: Option<DateTime<Utc>> = None;
    for line in lines {
        let at = ("at", spoken.instant(line.entry.at));
        let why = ("why", spoken.why(line));
        match line.entry.kind {
            DeadlineEntryKind::Started => {
                told.push(spoken.say("deadline.started", &[at, why]));
                if plan.limit.unit != SpanUnit::Days {
                    told.extend(spoken.left_out(line.entry.at, due));
                }
            }
            DeadlineEntryKind::Paused => {
                paused = Some(line.entry.at);
                told.push(spoken.say("deadline.paused", &[at, why]));
            }
            DeadlineEntryKind::Resumed => {
                let late = paused.take().zip(line.due_before);
                let late = late.is_some_and(|(from, due)| from >= due);
                let key = if late {
                    "deadline.resumed-late"
                } else {
                    "deadline.resumed"
                };
                told.push(spoken.say(key, &[at, why]));
            }
            DeadlineEntryKind::Extended => {
                let span = (
                    "span",
                    line.entry.span.map_or_else(String::new, |s| spoken.span(s)),
                );
                told.push(spoken.say("deadline.extended", &[at, span, why]));
            }
            DeadlineEntryKind::Recounted => {
                let before = line.due_before.map_or_else(String::new, |b| spoken.end(b));
                told.push(spoken.say("deadline.recounted", &[at, ("before", before)]));
            }
            _ => {}
        }
    }
    let key = if paused.is_some() {
        "deadline.standing"
    } else {
        "deadline.due"
    };
    told.push(spoken.say(key, &[("at", spoken.end(due))]));
    Ok(told)
}

impl<Z: TimeZone> Spoken<'_, Z> {
    fn say(&self, key: &str, params: &[(&'static str, String)]) -> String {
        text(self.language, key, params)
    }

    /// An instant in the company's zone.
    fn instant(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(self.calendar.zone()).naive_local();
        local.format("%Y-%m-%d %H:%M").to_string()
    }

    /// An instant at which something ends: midnight is 24:00 of the day before.
    fn end(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(self.calendar.zone()).naive_local();
        match local.checked_sub_signed(Duration::minutes(1)) {
            Some(before) if local.time() == NaiveTime::MIN => format!("{} 24:00", before.date()),
            _ => self.instant(at),
        }
    }

    fn span(&self, span: Span) -> String {
        let params = [("count", span.count.to_string())];
        self.say(&format!("deadline.span.{}", span.unit), &params)
    }

    /// Who and why, as far as is known.
    fn why(&self, line: &Line) -> String {
        let by = line.by.clone().unwrap_or_default();
        let reason = line.reason.clone().unwrap_or_default();
        let key = match (by.is_empty(), reason.is_empty()) {
            (true, true) => return String::new(),
            (false, true) => "deadline.by",
            (true, false) => "deadline.because",
            (false, false) => "deadline.by-because",
        };
        self.say(key, &[("by", by), ("reason", reason)])
    }

    /// The days off that were not counted, and the make-up days that were.
    fn left_out(&self, from: DateTime<Utc>, due: DateTime<Utc>) -> Vec<String> {
        let (first, last) = (self.calendar.day_of(from), self.calendar.day_of(due));
        let told = |key: &str, days: &dyn Fn(DayKind) -> bool| {
            let stretches = self.stretches(first, last, days);
            (!stretches.is_empty()).then(|| {
                let days = stretches.join(&self.say("deadline.comma", &[]));
                self.say(key, &[("days", days)])
            })
        };
        let off = told("deadline.left-out", &|kind| !kind.is_working());
        let on = told("deadline.made-up", &|kind| kind == DayKind::MakeUp);
        off.into_iter().chain(on).collect()
    }

    /// Stretches of days of one name from one day to another.
    fn stretches(
        &self,
        first: NaiveDate,
        last: NaiveDate,
        wanted: &dyn Fn(DayKind) -> bool,
    ) -> Vec<String> {
        let mut found: Vec<(NaiveDate, NaiveDate, String)> = Vec::new();
        for day in first.iter_days().take_while(|day| *day <= last) {
            let kind = self.calendar.kind(day);
            if !wanted(kind) {
                continue;
            }
            let named = self.calendar.named(day);
            let name = named.map(|named| named.name.get(self.language).to_owned());
            let name = name.unwrap_or_else(|| kind.label(self.language));
            match found.last_mut() {
                Some((_, until, called)) if until.succ_opt() == Some(day) && *called == name => {
                    *until = day;
                }
                _ => found.push((day, day, name)),
            }
        }
        let more = found.len() > MOST_STRETCHES;
        let told = found.into_iter().take(MOST_STRETCHES);
        let told = told.map(|(from, until, name)| {
            if from == until {
                format!("{from} {name}")
            } else {
                format!("{from} – {until} {name}")
            }
        });
        told.chain(more.then(|| "…".to_owned())).collect()
    }
}
