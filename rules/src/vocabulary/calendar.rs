//! The company calendar (ORG-6).
//!
//! Pitfall: a half day is no half of a calendar day but half of a working day's hours (ground rules).

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What kind of day it is in the company calendar (ORG-6).
    pub enum DayKind {
        /// A working day of the week.
        Working = "WORKING",
        /// A working day that makes up for a public holiday, 调休上班.
        MakeUp = "MAKE_UP",
        /// A Saturday or Sunday.
        Weekend = "WEEKEND",
        /// A public holiday or a day off beside one, 法定节假日.
        PublicHoliday = "PUBLIC_HOLIDAY",
        /// A day that the company gives off.
        CompanyHoliday = "COMPANY_HOLIDAY",
    }
}

impl DayKind {
    /// Whether one works on it.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Working | Self::MakeUp)
    }
}

vocabulary! {
    /// In what a limit is counted (ground rules, ORG-6).
    pub enum SpanUnit {
        /// Calendar days: until 24:00 of the last, whatever day it is.
        Days = "DAYS",
        /// Working days: until the close of the last.
        WorkingDays = "WORKING_DAYS",
        /// Halves of a working day's hours, running on into the next working morning.
        HalfDays = "HALF_DAYS",
        /// Hours within the working windows.
        WorkingHours = "WORKING_HOURS",
    }
}

vocabulary! {
    /// Why an event of a calendar file was not taken.
    pub enum EventSkipped {
        /// It has a time of day.
        Timed = "TIMED",
        /// It comes again by a rule.
        Recurring = "RECURRING",
        /// It does not say whether one works.
        Unmarked = "UNMARKED",
        /// It has no day that can be read.
        Unreadable = "UNREADABLE",
        /// It is longer than a month.
        TooLong = "TOO_LONG",
    }
}
