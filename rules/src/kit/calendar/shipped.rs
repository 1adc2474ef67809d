//! The shipped calendar, `regulations/calendar/cn.toml`: China's public holidays as the State Council published them, and
//! the standard working windows (ORG-6).
//!
//! Pitfall: a year that is not published yet has weekends only, until a new version or the administrator adds its days.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Hours, NamedDay};
use crate::rulebook::{RulebookError, Translated};
use crate::vocabulary::DayKind;

/// A year's public notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The year whose days it settles.
    pub year: i32,
    /// Its number.
    pub notice: String,
    /// When it was published.
    pub published_on: NaiveDate,
    off: Vec<Off>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Off {
    holiday: String,
    from: NaiveDate,
    until: NaiveDate,
    work: Vec<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    windows: Vec<String>,
    holiday: HashMap<String, Translated>,
    year: Vec<Notice>,
}

/// What this version ships with.
#[derive(Debug)]
pub struct Shipped {
    hours: Hours,
    notices: Vec<Notice>,
    days: BTreeMap<NaiveDate, NamedDay>,
}

impl Shipped {
    /// China's calendar.
    ///
    /// # Errors
    /// Where the shipped file is faulty, which the tests rule out.
    pub fn china() -> Result<&'static Self, RulebookError> {
        static CELL: OnceLock<Result<Shipped, RulebookError>> = OnceLock::new();
        let text = include_str!("../../../../regulations/calendar/cn.toml");
        CELL.get_or_init(|| Self::parse(text))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn parse(text: &str) -> Result<Self, RulebookError> {
        let file: File = toml::from_str(text).map_err(|error| fault(error.message()))?;
        let windows: Result<_, _> = file.windows.iter().map(|text| text.parse()).collect();
        let windows = windows.map_err(|_| fault("a window is no pair of times"))?;
        let mut shipped = Self {
            hours: Hours::new(windows).map_err(|_| fault("the windows do not fit"))?,
            notices: file.year,
            days: BTreeMap::new(),
        };
        for notice in &shipped.notices {
            for off in &notice.off {
                let name = file.holiday.get(&off.holiday);
                let name = name.ok_or_else(|| fault("a holiday has no name"))?;
                let days = off.from.iter_days().take_while(|day| *day <= off.until);
                let days = days.map(|day| (day, DayKind::PublicHoliday));
                let work = off.work.iter().map(|day| (*day, DayKind::MakeUp));
                for (day, kind) in days.chain(work) {
                    let named = NamedDay {
                        kind,
                        name: name.clone(),
                        notice: Some(notice.notice.clone()),
                    };
                    if shipped.days.insert(day, named).is_some() {
                        return Err(fault("a day stands twice"));
                    }
                }
            }
        }
        Ok(shipped)
    }

    /// The standard hours of working days.
    pub const fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The notices, oldest first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The days that are not what their weekday says.
    pub const fn days(&self) -> &BTreeMap<NaiveDate, NamedDay> {
        &self.days
    }
}

fn fault(message: &str) -> RulebookError {
    RulebookError::Malformed {
        place: "calendar/cn".to_owned(),
        message: message.to_owned(),
    }
}
