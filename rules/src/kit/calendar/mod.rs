//! The company calendar as a value: which days are working days, and within which hours (ORG-6).
//!
//! Days that are not named are Monday to Friday working days, Saturday and Sunday off. The shipped public holidays come
//! first, the company's own days over them. Pitfall: working hours are dated; the hours of a day are those in force on
//! it, not today's.

mod arithmetic;
mod hours;
mod shipped;

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::kit::refusal::{Code, Refusal};
use crate::rulebook::Translated;
use crate::vocabulary::{DayKind, SpanUnit};

pub use hours::{Hours, Window};
pub use shipped::{Notice, Shipped};

/// How far a count goes, in days, before the calendar is said to have no such day: ten years.
pub const HORIZON: u32 = 3660;

/// A day that is not what its weekday says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDay {
    /// What kind of day it is.
    pub kind: DayKind,
    /// What it is called.
    pub name: Translated,
    /// The public notice that it rests on; `None` for the company's own.
    pub notice: Option<String>,
}

/// A limit: so many of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: SpanUnit,
}

/// There is no such working day or hour within [`HORIZON`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWorkingDay;

impl From<NoWorkingDay> for Refusal {
    fn from(_: NoWorkingDay) -> Self {
        Self::new(Code::NoWorkingDay).param("days", HORIZON)
    }
}

/// The calendar of a company in its time zone.
#[derive(Clone, Debug)]
pub struct Calendar<Z> {
    zone: Z,
    standard: Hours,
    hours: BTreeMap<NaiveDate, Hours>,
    days: BTreeMap<NaiveDate, NamedDay>,
}

impl<Z: chrono::TimeZone> Calendar<Z> {
    /// A calendar without named days, of the same hours for ever.
    pub const fn new(zone: Z, standard: Hours) -> Self {
        Self {
            zone,
            standard,
            hours: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// The shipped calendar: China's public holidays and the standard hours.
    pub fn shipped(zone: Z, shipped: &Shipped) -> Self {
        Self {
            days: shipped.days().clone(),
            ..Self::new(zone, shipped.hours().clone())
        }
    }

    /// Says what a day is, over what was said before.
    pub fn name_day(&mut self, on: NaiveDate, day: NamedDay) {
        self.days.insert(on, day);
    }

    /// Sets the hours of working days from a day on.
    pub fn set_hours(&mut self, from_on: NaiveDate, hours: Hours) {
        self.hours.insert(from_on, hours);
    }

    /// The time zone.
    pub const fn zone(&self) -> &Z {
        &self.zone
    }

    /// What kind of day it is.
    pub fn kind(&self, on: NaiveDate) -> DayKind {
        match (self.days.get(&on), on.weekday()) {
            (Some(day), _) => day.kind,
            (None, Weekday::Sat | Weekday::Sun) => DayKind::Weekend,
            (None, _) => DayKind::Working,
        }
    }

    /// What was said of a day; `None` for an ordinary one.
    pub fn named(&self, on: NaiveDate) -> Option<&NamedDay> {
        self.days.get(&on)
    }

    /// Whether one works on a day.
    pub fn is_working_day(&self, on: NaiveDate) -> bool {
        self.kind(on).is_working()
    }

    /// The hours of working days in force on a day.
    pub fn hours_on(&self, on: NaiveDate) -> &Hours {
        self.hours
            .range(..=on)
            .next_back()
            .map_or(&self.standard, |(_, hours)| hours)
    }
}

#[cfg(test)]
mod tests;
