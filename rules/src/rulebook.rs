//! The rulebook: regulations with their clauses, and typed parameters as of a date (RUL-1, RUL-2, RUL-4).
//!
//! The shipped regulations are `regulations/*.toml`; the database holds effective-dated values over their defaults.
//! Pitfall: a running case asks [`Rulebook::on`] the day it was accepted, not today (RUL-4).

mod regulations;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kit::calendar::Span;
use crate::kit::language::Language;
use crate::kit::money::Fen;
use crate::vocabulary::{DepartmentKind, ParameterKind, SpanUnit};

pub use regulations::Regulations;

/// A text in the three languages; in JSON under their tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translated {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// Traditional Chinese.
    #[serde(rename = "zh-TW")]
    pub zh_tw: String,
    /// English.
    pub en: String,
}

impl Translated {
    /// The text in a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::ZhCn => &self.zh_cn,
            Language::ZhTw => &self.zh_tw,
            Language::En => &self.en,
        }
    }
}

/// A clause of a regulation (RUL-1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseText {
    /// Its number, kept for ever.
    pub number: String,
    /// What it is about.
    pub title: Translated,
    /// What it says.
    pub text: Translated,
}

/// A number of a regulation: typed, with unit, clause and default (RUL-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key, such as `lookup.grant.max-days`.
    pub key: String,
    /// The clause it belongs to.
    pub clause: String,
    /// Its type.
    pub kind: ParameterKind,
    /// Its unit, fitting the type: `CNY`, `day`, `working-day`, `%`; free for whole numbers.
    pub unit: String,
    /// What it is called.
    pub title: Translated,
    /// Its value where no other is in force.
    pub default: ParameterValue,
}

/// A parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// An amount.
    Money(Fen),
    /// Calendar days.
    Days(u32),
    /// Working days.
    WorkingDays(u32),
    /// Hundredths of a percent.
    Percentage(i64),
    /// A whole number.
    Integer(i64),
}

impl ParameterValue {
    /// Reads a value as the database and the regulation files keep it: money and percentages as decimal strings, the
    /// others as whole numbers. `None` where it is not of that type, or a negative amount or number of days.
    pub fn parse(kind: ParameterKind, value: &Value) -> Option<Self> {
        let days = || value.as_u64().and_then(|days| u32::try_from(days).ok());
        let decimal = || {
            value
                .as_str()
                .and_then(|text| text.parse::<Fen>().ok())
                .filter(|fen| !fen.is_negative())
        };
        match kind {
            ParameterKind::Money => decimal().map(Self::Money),
            ParameterKind::Percentage => {
                decimal().map(|hundredths| Self::Percentage(hundredths.get()))
            }
            ParameterKind::Days => days().map(Self::Days),
            ParameterKind::WorkingDays => days().map(Self::WorkingDays),
            ParameterKind::Integer => value.as_i64().map(Self::Integer),
        }
    }

    /// The value as the database keeps it.
    pub fn to_json(self) -> Value {
        match self {
            Self::Money(amount) => Value::from(amount.to_string()),
            Self::Percentage(hundredths) => Value::from(Fen::new(hundredths).to_string()),
            Self::Days(days) | Self::WorkingDays(days) => Value::from(days),
            Self::Integer(number) => Value::from(number),
        }
    }
}

/// A regulation with its clauses and parameters (RUL-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regulation {
    /// Its code, such as `LKP`.
    pub code: String,
    /// Its name.
    pub title: Translated,
    /// The kind of department that interprets it.
    pub interpreted_by: DepartmentKind,
    /// The first day it is in force.
    pub effective_on: NaiveDate,
    /// Its clauses in order.
    pub clauses: Vec<ClauseText>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
}

/// Why a regulation or a parameter can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulebookError {
    /// A regulation file does not parse.
    Malformed {
        /// Which file or regulation.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// There is no parameter of this key.
    UnknownParameter(String),
    /// The value or the asked-for type is not the parameter's.
    WrongType {
        /// The parameter.
        key: String,
        /// Its type.
        kind: ParameterKind,
    },
    /// The unit does not fit the parameter's type.
    WrongUnit {
        /// The parameter.
        key: String,
        /// The unit.
        unit: String,
    },
}

impl fmt::Display for RulebookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { place, message } => write!(f, "regulation {place}: {message}"),
            Self::UnknownParameter(key) => write!(f, "no rulebook parameter {key}"),
            Self::WrongType { key, kind } => {
                write!(f, "rulebook parameter {key} is of type {kind}")
            }
            Self::WrongUnit { key, unit } => {
                write!(f, "rulebook parameter {key} can't have the unit {unit:?}")
            }
        }
    }
}

impl std::error::Error for RulebookError {}

/// A value in force from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The first day, `None` for the default, which is in force before all others.
    pub from_on: Option<NaiveDate>,
    /// The value.
    pub value: ParameterValue,
}

/// The parameters with their effective-dated values.
#[derive(Clone, Debug)]
pub struct Rulebook {
    parameters: Arc<BTreeMap<String, Parameter>>,
    values: HashMap<String, BTreeMap<NaiveDate, ParameterValue>>,
}

impl Rulebook {
    /// The rulebook of these regulations with values over their defaults: key, first day in force, value as the
    /// database keeps it.
    ///
    /// # Errors
    /// Where a key is unknown or a value is not of its parameter's type.
    pub fn new<'a>(
        regulations: &Regulations,
        values: impl IntoIterator<Item = (&'a str, NaiveDate, &'a Value)>,
    ) -> Result<Self, RulebookError> {
        let parameters = Arc::clone(&regulations.parameters);
        let mut dated: HashMap<String, BTreeMap<_, _>> = HashMap::new();
        for (key, from_on, value) in values {
            let parameter = parameters
                .get(key)
                .ok_or_else(|| RulebookError::UnknownParameter(key.to_owned()))?;
            let kind = parameter.kind;
            let value =
                ParameterValue::parse(kind, value).ok_or_else(|| RulebookError::WrongType {
                    key: key.to_owned(),
                    kind,
                })?;
            dated
                .entry(key.to_owned())
                .or_default()
                .insert(from_on, value);
        }
        Ok(Self {
            parameters,
            values: dated,
        })
    }

    /// The rulebook as of a day, for cases accepted on it (RUL-4).
    pub const fn on(&self, date: NaiveDate) -> RulebookOn<'_> {
        RulebookOn {
            rulebook: self,
            date,
        }
    }

    /// All values of a parameter, oldest first, beginning with the default: for SQL conditions over cases of many days.
    ///
    /// # Errors
    /// Where there is no such parameter.
    pub fn history(&self, key: &str) -> Result<Vec<Dated>, RulebookError> {
        let default = Dated {
            from_on: None,
            value: self.parameter(key)?.default,
        };
        let dated = self.values.get(key).into_iter().flatten();
        let dated = dated.map(|(from_on, value)| Dated {
            from_on: Some(*from_on),
            value: *value,
        });
        Ok(std::iter::once(default).chain(dated).collect())
    }

    fn parameter(&self, key: &str) -> Result<&Parameter, RulebookError> {
        self.parameters
            .get(key)
            .ok_or_else(|| RulebookError::UnknownParameter(key.to_owned()))
    }
}

/// The rulebook as of one day.
#[derive(Clone, Copy, Debug)]
pub struct RulebookOn<'a> {
    rulebook: &'a Rulebook,
    date: NaiveDate,
}

impl RulebookOn<'_> {
    /// The day.
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// A parameter's value in force on the day.
    ///
    /// # Errors
    /// Where there is no such parameter.
    pub fn value(&self, key: &str) -> Result<ParameterValue, RulebookError> {
        let parameter = self.rulebook.parameter(key)?;
        let in_force = self
            .rulebook
            .values
            .get(key)
            .and_then(|values| values.range(..=self.date).next_back());
        Ok(in_force.map_or(parameter.default, |(_, value)| *value))
    }

    /// An amount.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is not an amount.
    pub fn money(&self, key: &str) -> Result<Fen, RulebookError> {
        match self.value(key)? {
            ParameterValue::Money(amount) => Ok(amount),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// A number of calendar days.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is not one of calendar days.
    pub fn days(&self, key: &str) -> Result<u32, RulebookError> {
        match self.value(key)? {
            ParameterValue::Days(days) => Ok(days),
            _ => Err(self.wrong_type(key)),
        }
    }

    /// A limit of time: calendar days, working days, or a whole number of the unit `half-day` or `working-hour`.
    ///
    /// # Errors
    /// Where there is no such parameter, or it is no limit of time.
    pub fn span(&self, key: &str) -> Result<Span, RulebookError> {
        let unit = self.rulebook.parameter(key)?.unit.as_str();
        let (count, unit) = match (self.value(key)?, unit) {
            (ParameterValue::Days(days), _) => (Some(days), SpanUnit::Days),
            (ParameterValue::WorkingDays(days), _) => (Some(days), SpanUnit::WorkingDays),
            (ParameterValue::Integer(many), "half-day") => {
                (u32::try_from(many).ok(), SpanUnit::HalfDays)
            }
            (ParameterValue::Integer(many), "working-hour") => {
                (u32::try_from(many).ok(), SpanUnit::WorkingHours)
            }
            _ => return Err(self.wrong_type(key)),
        };
        let count = count.ok_or_else(|| self.wrong_type(key))?;
        Ok(Span { count, unit })
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

#[cfg(test)]
mod tests;
