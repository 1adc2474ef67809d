//! The rulebook as of one day: typed look-ups (RUL-2, RUL-4).
//!
//! Pitfall: a look-up of another type than the parameter's is an error, so that five days are never taken for five
//! working days.

use chrono::NaiveDate;

use super::{BracketTable, ParameterValue, Rulebook, RulebookError, limit_reference};
use crate::kit::calendar::Span;
use crate::kit::money::Fen;
use crate::vocabulary::SpanUnit;

/// The rulebook as of one day.
#[derive(Clone, Copy, Debug)]
pub struct RulebookOn<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) date: NaiveDate,
}

impl<'a> RulebookOn<'a> {
    /// The day.
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// A parameter's value in force on the day.
    ///
    /// # Errors
    /// Where there is no such parameter.
    pub fn value(&self, key: &str) -> Result<&'a ParameterValue, RulebookError> {
        let parameter = self.rulebook.parameter(key)?;
        Ok(self.rulebook.in_force(parameter, self.date))
    }

    /// An amount.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is not an amount.
    pub fn money(&self, key: &str) -> Result<Fen, RulebookError> {
        match self.value(key)? {
            ParameterValue::Money(amount) => Ok(*amount),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// A number of calendar days.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is not one of calendar days.
    pub fn days(&self, key: &str) -> Result<u32, RulebookError> {
        match self.value(key)? {
            ParameterValue::Days(days) => Ok(*days),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// A number of months.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no whole number of months.
    pub fn months(&self, key: &str) -> Result<u32, RulebookError> {
        self.whole(key, "month")
    }

    /// A percentage, in hundredths of a per cent.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no percentage.
    pub fn percentage(&self, key: &str) -> Result<i64, RulebookError> {
        match self.value(key)? {
            ParameterValue::Percentage(hundredths) => Ok(*hundredths),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// A day of the month.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no whole number of the unit `day-of-month`.
    pub fn day_of_month(&self, key: &str) -> Result<u32, RulebookError> {
        self.whole(key, "day-of-month")
    }

    /// A table of brackets.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no table of brackets.
    pub fn brackets(&self, key: &str) -> Result<&'a BracketTable, RulebookError> {
        match self.value(key)? {
            ParameterValue::Brackets(table) => Ok(table),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// The highest amount that a policy row's reference names; `None` where it is without limit.
    ///
    /// # Errors
    /// Where there is no such parameter or row, or it gives no amount.
    pub fn limit(&self, reference: &str) -> Result<Option<Fen>, RulebookError> {
        let (key, row) = limit_reference(reference);
        let limit = self.value(key)?.limit(row);
        limit.ok_or_else(|| self.wrong_type(key))
    }

    /// A limit of time: calendar days, working days, or a whole number of the unit `half-day` or `working-hour`.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no limit of time.
    pub fn span(&self, key: &str) -> Result<Span, RulebookError> {
        let unit = self.rulebook.parameter(key)?.unit.as_str();
        let (count, unit) = match (self.value(key)?, unit) {
            (ParameterValue::Days(days), _) => (Some(*days), SpanUnit::Days),
            (ParameterValue::WorkingDays(days), _) => (Some(*days), SpanUnit::WorkingDays),
            (ParameterValue::Integer(many), "half-day") => {
                (u32::try_from(*many).ok(), SpanUnit::HalfDays)
            }
            (ParameterValue::Integer(many), "working-hour") => {
                (u32::try_from(*many).ok(), SpanUnit::WorkingHours)
            }
            _ => return Err(self.wrong_type(key)),
        };
        let count = count.ok_or_else(|| self.wrong_type(key))?;
        Ok(Span { count, unit })
    }

    fn whole(&self, key: &str, of: &str) -> Result<u32, RulebookError> {
        let unit = self.rulebook.parameter(key)?.unit.as_str();
        match self.value(key)? {
            ParameterValue::Integer(many) if unit == of => {
                u32::try_from(*many).map_err(|_| self.wrong_type(key))
            }
            _ => Err(self.wrong_type(key)),
        }
    }

    fn wrong_type(&self, key: &str) -> RulebookError {
        match self.rulebook.parameter(key) {
            Ok(parameter) => RulebookError::WrongType {
                key: key.to_owned(),
                kind: parameter.kind,
            },
            Err(error) => error,
        }
    }
}
