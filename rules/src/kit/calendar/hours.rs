//! The working windows of a day (ORG-6).
//!
//! Pitfall: a night shift is two windows, because a window never crosses midnight; 24:00 is the end of the day.

use std::fmt;
use std::str::FromStr;

use crate::kit::checks::Checks;
use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Detail, Refusal};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From one minute of the day until another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First minute, from 0:00.
    pub from: u16,
    /// The minute at which it ends, up to 24:00.
    pub until: u16,
}

/// The working windows of a day: one at least, in order, none touching another's inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours(Vec<Window>);

impl Window {
    /// Reads two times of day.
    ///
    /// # Errors
    /// `INVALID_INPUT` at `from` or `until` for what is no time of day.
    pub fn read(from: &str, until: &str) -> Result<Self, Refusal> {
        let read = |field: &str, text: &str| {
            minute(text).ok_or_else(|| {
                Refusal::new(Code::InvalidInput)
                    .detail(Detail::TimeOfDay)
                    .at(field)
            })
        };
        Ok(Self {
            from: read("from", from)?,
            until: read("until", until)?,
        })
    }

    /// When it begins, as `09:00`.
    pub fn from_text(self) -> String {
        clock(self.from)
    }

    /// When it ends, as `12:00`.
    pub fn until_text(self) -> String {
        clock(self.until)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock(self.from), clock(self.until))
    }
}

impl FromStr for Window {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let (from, until) = text.split_once('-').unwrap_or((text, ""));
        Self::read(from, until)
    }
}

impl Hours {
    /// Hours of these windows.
    ///
    /// # Errors
    /// `REQUIRED` for none, `OUT_OF_RANGE` for one that ends before it begins or begins before the one before it ends;
    /// at the window's place.
    pub fn new(windows: Vec<Window>) -> Result<Self, Vec<Refusal>> {
        let mut checks = Checks::under(Clause("ORG-6"));
        if windows.is_empty() {
            checks.refuse("windows", Code::Required);
        }
        let mut before = 0;
        for (place, window) in windows.iter().enumerate() {
            let fault = if window.until <= window.from {
                Some(("until", Detail::PeriodBackwards))
            } else if window.from < before {
                Some(("from", Detail::WindowsOverlap))
            } else {
                None
            };
            if let Some((field, detail)) = fault {
                let refusal = Refusal::new(Code::OutOfRange).detail(detail);
                checks.refuse("windows", refusal.at(field).at(place));
            }
            before = window.until;
        }
        checks.finish(Self(windows))
    }

    /// The windows, in order.
    pub fn windows(&self) -> &[Window] {
        &self.0
    }

    /// How many minutes one works.
    pub fn minutes(&self) -> u32 {
        let lengths = self.0.iter().map(|w| w.until.saturating_sub(w.from));
        lengths.map(u32::from).sum()
    }

    /// The minute at which work begins.
    pub(super) fn opening(&self) -> u16 {
        self.0.first().map_or(0, |window| window.from)
    }

    /// The minute at which work ends.
    pub(super) fn close(&self) -> u16 {
        self.0.last().map_or(DAY, |window| window.until)
    }
}

/// The minute of a time of day `9:00`, `09:00` or `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str, widths: std::ops::RangeInclusive<usize>| {
        let fits = widths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| fits)
    };
    let (hour, minute) = (digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && minutes <= DAY).then_some(minutes)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
