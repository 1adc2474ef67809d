//! Counting with the calendar: when a limit ends, and what lies between two instants (ground rules, ORG-6).
//!
//! Nothing here runs longer than [`HORIZON`] days, however few working days there are. Pitfall: N working days end at the
//! close of the Nth working day *after* the triggering day, so that the hour of the day does not matter; hours and half
//! days count from the minute.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};

use super::{Calendar, HORIZON, NoWorkingDay, Span};
use crate::kit::dates::{date_in, end_of_days_after, instant_of};
use crate::vocabulary::SpanUnit;

type Counted<T> = Result<T, NoWorkingDay>;

impl<Z: TimeZone> Calendar<Z> {
    /// The day of an instant.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        date_in(&self.zone, at)
    }

    /// When a limit that starts at `from` ends.
    ///
    /// # Errors
    /// Where the calendar has no such day.
    pub fn due(&self, from: DateTime<Utc>, span: Span) -> Counted<DateTime<Utc>> {
        match span.unit {
            SpanUnit::Days if span.count > HORIZON => Err(NoWorkingDay),
            SpanUnit::Days => Ok(end_of_days_after(&self.zone, from, span.count)),
            SpanUnit::WorkingDays => self.end_of_working_days(from, span.count),
            SpanUnit::HalfDays | SpanUnit::WorkingHours => {
                self.add_working_time(from, self.time_of(from, span)?)
            }
        }
    }

    /// When a limit that ended at `due` ends after it is prolonged: days count on from the day it ended on.
    ///
    /// # Errors
    /// Where the calendar has no such day.
    pub fn prolonged(&self, due: DateTime<Utc>, span: Span) -> Counted<DateTime<Utc>> {
        match span.unit {
            _ if span.count == 0 => Ok(due),
            // The end of a day belongs to that day, though its instant is the next day's first.
            SpanUnit::Days | SpanUnit::WorkingDays => self.due(just_before(due), span),
            SpanUnit::HalfDays | SpanUnit::WorkingHours => self.due(due, span),
        }
    }

    /// When to warn of a limit that ends at `due`: so many calendar days before; at the opening of so many working days
    /// before; so many working hours before.
    ///
    /// # Errors
    /// Where the calendar has no such day.
    pub fn ahead_of(&self, due: DateTime<Utc>, span: Span) -> Counted<DateTime<Utc>> {
        match span.unit {
            SpanUnit::Days => {
                let days = i64::from(span.count.min(HORIZON));
                due.checked_sub_signed(Duration::days(days))
                    .ok_or(NoWorkingDay)
            }
            SpanUnit::WorkingDays => {
                let mut left = span.count;
                for day in back_from(self.day_of(just_before(due))) {
                    if self.is_working_day(day) {
                        if left == 0 {
                            return Ok(self.at(day, self.hours_on(day).opening()));
                        }
                        left = left.saturating_sub(1);
                    }
                }
                Err(NoWorkingDay)
            }
            SpanUnit::HalfDays | SpanUnit::WorkingHours => {
                let mut left = self.time_of(just_before(due), span)?;
                for day in back_from(self.day_of(just_before(due))) {
                    for (begin, end) in self.windows(day).into_iter().rev() {
                        let end = end.min(due);
                        let have = end.signed_duration_since(begin);
                        if have >= left && have > Duration::zero() {
                            return end.checked_sub_signed(left).ok_or(NoWorkingDay);
                        }
                        left = less(left, have.max(Duration::zero()))?;
                    }
                }
                Err(NoWorkingDay)
            }
        }
    }

    /// The close of the Nth working day after the day of `from`; of none: the first close at or after `from`.
    fn end_of_working_days(&self, from: DateTime<Utc>, days: u32) -> Counted<DateTime<Utc>> {
        let today = self.day_of(from);
        let mut left = days;
        for day in on_from(today) {
            if !self.is_working_day(day) || (days > 0 && day == today) {
                continue;
            }
            let close = self.close_of(day);
            match left {
                0 if close < from => {}
                0 | 1 => return Ok(close),
                _ => left = left.saturating_sub(1),
            }
        }
        Err(NoWorkingDay)
    }

    /// The instant until which so much working time passes from `from` on.
    ///
    /// # Errors
    /// Where the calendar has no more of it.
    pub fn add_working_time(&self, from: DateTime<Utc>, time: Duration) -> Counted<DateTime<Utc>> {
        let mut left = time;
        for day in on_from(self.day_of(from)) {
            for (begin, end) in self.windows(day) {
                let begin = begin.max(from);
                let have = end.signed_duration_since(begin);
                if have <= Duration::zero() {
                    continue;
                }
                if have >= left {
                    return begin.checked_add_signed(left).ok_or(NoWorkingDay);
                }
                left = less(left, have)?;
            }
        }
        Err(NoWorkingDay)
    }

    /// How many working days lie after the day of `from` up to the day of `until`, which counts.
    ///
    /// # Errors
    /// Where they lie further apart than the horizon.
    pub fn working_days_between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Counted<u32> {
        let (first, last) = (self.day_of(from), self.day_of(until));
        let mut count: u32 = 0;
        for day in on_from(first) {
            if day > first && day <= last && self.is_working_day(day) {
                count = count.saturating_add(1);
            }
            if day >= last {
                return Ok(count);
            }
        }
        Err(NoWorkingDay)
    }

    /// How much working time lies between two instants; none where the second is not after the first.
    ///
    /// # Errors
    /// Where they lie further apart than the horizon.
    pub fn working_time_between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Counted<Duration> {
        let last = self.day_of(until);
        let mut time = Duration::zero();
        for day in on_from(self.day_of(from)) {
            for (begin, end) in self.windows(day) {
                let passed = end.min(until).signed_duration_since(begin.max(from));
                time = time
                    .checked_add(&passed.max(Duration::zero()))
                    .ok_or(NoWorkingDay)?;
            }
            if day >= last {
                return Ok(time);
            }
        }
        Err(NoWorkingDay)
    }

    /// The close of a day's work.
    fn close_of(&self, day: NaiveDate) -> DateTime<Utc> {
        self.at(day, self.hours_on(day).close())
    }

    /// The working windows of a day as instants; none on a day off.
    fn windows(&self, day: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        if !self.is_working_day(day) {
            return Vec::new();
        }
        let windows = self.hours_on(day).windows().iter();
        windows
            .map(|window| (self.at(day, window.from), self.at(day, window.until)))
            .collect()
    }

    fn at(&self, day: NaiveDate, minute: u16) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let local = midnight.checked_add_signed(Duration::minutes(i64::from(minute)));
        local.map_or(DateTime::<Utc>::MAX_UTC, |local| {
            instant_of(&self.zone, local)
        })
    }

    /// Half days and working hours as time: a half day is half the hours of the working day on which it begins to run.
    fn time_of(&self, from: DateTime<Utc>, span: Span) -> Counted<Duration> {
        let seconds = match span.unit {
            SpanUnit::HalfDays => {
                let runs =
                    |day: &NaiveDate| self.is_working_day(*day) && self.close_of(*day) > from;
                let day = on_from(self.day_of(from)).find(runs).ok_or(NoWorkingDay)?;
                i64::from(self.hours_on(day).minutes()).checked_mul(30)
            }
            _ => Some(3600),
        };
        let seconds = seconds.and_then(|one| one.checked_mul(i64::from(span.count)));
        seconds.and_then(Duration::try_seconds).ok_or(NoWorkingDay)
    }
}

/// A day and those after it, as far as the horizon.
fn on_from(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    day.iter_days().take(horizon())
}

/// A day and those before it, as far as the horizon.
fn back_from(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    day.iter_days().rev().take(horizon())
}

fn horizon() -> usize {
    usize::try_from(HORIZON).unwrap_or(usize::MAX)
}

fn just_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant
        .checked_sub_signed(Duration::microseconds(1))
        .unwrap_or(instant)
}

fn less(time: Duration, by: Duration) -> Counted<Duration> {
    time.checked_sub(&by).ok_or(NoWorkingDay)
}
