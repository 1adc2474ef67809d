//! Collects the refusals of an input, so that a form shows all its faults at once.
//!
//! Pitfall: lengths count characters, not bytes; a Chinese name of three characters has length 3.

use chrono::NaiveDate;

use crate::kit::clause::Clause;
use crate::kit::money::Fen;
use crate::kit::refusal::{Code, Detail, Refusal};

/// The longest one-line text (a name, a title), in characters.
pub const LINE: usize = 200;
/// The longest running text (a reason, a note), in characters.
pub const PROSE: usize = 4000;

/// The refusals found so far, all under one clause.
#[derive(Debug)]
pub struct Checks {
    clause: Clause,
    refusals: Vec<Refusal>,
}

impl Checks {
    /// Starts a check whose refusals cite `clause`.
    pub const fn under(clause: Clause) -> Self {
        Self {
            clause,
            refusals: Vec::new(),
        }
    }

    /// Adds a refusal at a field, under this check's clause unless it has one.
    pub fn refuse(&mut self, field: &str, refusal: impl Into<Refusal>) {
        let mut refusal = refusal.into().at(field);
        refusal.clause = refusal.clause.or(Some(self.clause));
        self.refusals.push(refusal);
    }

    /// A text that must be there: trimmed; refused when empty or longer than `max` characters.
    pub fn text(&mut self, field: &str, value: &str, max: usize) -> String {
        let value = value.trim();
        if value.is_empty() {
            self.refuse(field, Code::Required);
        }
        self.length(field, value, max);
        value.to_owned()
    }

    /// A text that may be left out: trimmed, an empty one becomes `None`; refused when longer than `max` characters.
    pub fn optional_text(
        &mut self,
        field: &str,
        value: Option<&str>,
        max: usize,
    ) -> Option<String> {
        let value = value.map(str::trim).filter(|value| !value.is_empty())?;
        self.length(field, value, max);
        Some(value.to_owned())
    }

    /// A whole number within bounds, both inclusive.
    pub fn number(&mut self, field: &str, value: i64, min: i64, max: i64) {
        if value < min || value > max {
            self.refuse(
                field,
                Refusal::new(Code::OutOfRange)
                    .param("min", min)
                    .param("max", max),
            );
        }
    }

    /// An amount that is not below zero.
    pub fn not_negative(&mut self, field: &str, amount: Fen) {
        if amount.is_negative() {
            self.refuse(
                field,
                Refusal::new(Code::OutOfRange).detail(Detail::NegativeAmount),
            );
        }
    }

    /// A date that may be today but not later.
    pub fn not_in_future(&mut self, field: &str, date: NaiveDate, today: NaiveDate) {
        if date > today {
            self.refuse(
                field,
                Refusal::new(Code::OutOfRange).detail(Detail::FutureDate),
            );
        }
    }

    /// Keeps the refusals of another check, or gives its value.
    pub fn take<T>(&mut self, field: &str, result: Result<T, Refusal>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.refuse(field, refusal);
                None
            }
        }
    }

    /// The value where nothing was refused.
    ///
    /// # Errors
    /// All refusals found, in the order of the checks.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Refusal>> {
        if self.refusals.is_empty() {
            Ok(value)
        } else {
            Err(self.refusals)
        }
    }

    fn length(&mut self, field: &str, value: &str, max: usize) {
        if value.chars().count() > max {
            self.refuse(field, Refusal::new(Code::TooLong).param("max", max));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collects_every_fault() {
        let mut checks = Checks::under(Clause("ARC-3"));
        assert_eq!(checks.text("name", "  王小明 ", 3), "王小明");
        checks.text("title", " ", 10);
        checks.text("reason", "四个字符", 3);
        assert_eq!(checks.optional_text("remark", Some("  "), 3), None);
        checks.number("days", 31, 1, 30);
        let refusals = checks.finish(()).unwrap_err();
        let found: Vec<_> = refusals
            .iter()
            .map(|refusal| (refusal.code, refusal.path[0].as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (Code::Required, "title"),
                (Code::TooLong, "reason"),
                (Code::OutOfRange, "days")
            ]
        );
        assert!(
            refusals
                .iter()
                .all(|refusal| refusal.clause == Some(Clause("ARC-3")))
        );
    }
}
