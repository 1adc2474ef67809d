//! The rulebook: regulations with their clauses, and typed parameters as of a date (RUL-1, RUL-2, RUL-4).
//!
//! The shipped regulations are `regulations/*.toml`; the database holds effective-dated values over their defaults.
//! Pitfall: a running case asks [`Rulebook::on`] the day it was accepted, not today (RUL-4).

mod fault;
mod on;
mod parameter;
mod regulations;
mod revision;
mod tables;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kit::language::Language;
use crate::vocabulary::{DepartmentKind, ParameterKind};

pub use fault::{Fault, Invalid};
pub use on::RulebookOn;
pub use parameter::{Parameter, RowTitle};
pub use regulations::Regulations;
pub use revision::{Draft, Entry, Revision};
pub use tables::{BracketTable, GradeTable, HalfDays, Schedule};
pub use value::{ParameterValue, Written};

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
    /// The default does not keep the parameter's own rules, or is at odds with another parameter.
    Invalid(Invalid),
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
            Self::Invalid(invalid) => write!(
                f,
                "rulebook parameter {}: {:?}",
                invalid.parameter, invalid.fault
            ),
        }
    }
}

impl std::error::Error for RulebookError {}

/// A value in force from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let mut rulebook = Self {
            parameters: Arc::clone(&regulations.parameters),
            values: HashMap::new(),
        };
        for (key, from_on, value) in values {
            let kind = rulebook.parameter(key)?.kind;
            let value =
                ParameterValue::parse(kind, value).ok_or_else(|| RulebookError::WrongType {
                    key: key.to_owned(),
                    kind,
                })?;
            rulebook.set(key, from_on, value);
        }
        Ok(rulebook)
    }

    /// The same with further values from a day on, as a revision would make it (RUL-3).
    #[must_use]
    pub fn with<'a>(
        &self,
        from_on: NaiveDate,
        values: impl IntoIterator<Item = (&'a str, &'a ParameterValue)>,
    ) -> Self {
        let mut revised = self.clone();
        for (key, value) in values {
            revised.set(key, from_on, value.clone());
        }
        revised
    }

    fn set(&mut self, key: &str, from_on: NaiveDate, value: ParameterValue) {
        let values = self.values.entry(key.to_owned()).or_default();
        values.insert(from_on, value);
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
            value: self.parameter(key)?.default.clone(),
        };
        let dated = self.values.get(key).into_iter().flatten();
        let dated = dated.map(|(from_on, value)| Dated {
            from_on: Some(*from_on),
            value: value.clone(),
        });
        Ok(std::iter::once(default).chain(dated).collect())
    }

    /// Whether a parameter has a value of its own from this very day on.
    pub fn is_dated(&self, key: &str, from_on: NaiveDate) -> bool {
        self.values
            .get(key)
            .is_some_and(|values| values.contains_key(&from_on))
    }

    /// What is wrong with the rulebook on any day from `from` on: every value by its own parameter's rules, and the
    /// parameters among each other (RUL-2). Looked at on that day and on each later day on which a value changes.
    pub fn faults(&self, from: NaiveDate) -> Vec<Invalid> {
        let later = self.values.values().flat_map(BTreeMap::keys);
        let days: BTreeSet<NaiveDate> = later
            .copied()
            .filter(|day| *day > from)
            .chain([from])
            .collect();
        let mut faults = Vec::new();
        for day in days {
            for parameter in self.parameters.values() {
                if let Some(fault) = self.fault_on(parameter, day) {
                    let invalid = Invalid {
                        parameter: parameter.key.clone(),
                        fault,
                    };
                    if !faults.contains(&invalid) {
                        faults.push(invalid);
                    }
                }
            }
        }
        faults
    }

    fn fault_on(&self, parameter: &Parameter, day: NaiveDate) -> Option<Fault> {
        let value = self.in_force(parameter, day);
        parameter.check(value).err().or_else(|| {
            let other = self.parameters.get(parameter.at_most.as_ref()?)?;
            let highest = self.in_force(other, day);
            (value.number() > highest.number()).then(|| Fault::Above {
                other: other.key.clone(),
                highest: highest.to_string(),
            })
        })
    }

    fn in_force<'a>(&'a self, parameter: &'a Parameter, day: NaiveDate) -> &'a ParameterValue {
        let values = self.values.get(&parameter.key);
        let in_force = values.and_then(|values| values.range(..=day).next_back());
        in_force.map_or(&parameter.default, |(_, value)| value)
    }

    fn parameter(&self, key: &str) -> Result<&Parameter, RulebookError> {
        self.parameters
            .get(key)
            .ok_or_else(|| RulebookError::UnknownParameter(key.to_owned()))
    }
}

/// A limit that a policy row refers to, split into parameter and row: `complaint.decision#department-manager` is the
/// highest amount of a row of a bracket table, a key alone an amount.
pub fn limit_reference(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once('#') {
        Some((key, row)) => (key, Some(row)),
        None => (reference, None),
    }
}

#[cfg(test)]
mod tests;
