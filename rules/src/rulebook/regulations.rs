//! The shipped regulations: reading `regulations/*.toml` (RUL-1, RUL-2).
//!
//! Pitfall: a parameter's unit must fit its type, or the file is refused as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use super::{
    ClauseText, Invalid, Parameter, ParameterValue, Regulation, RowTitle, Rulebook, RulebookError,
    Translated, Written,
};
use crate::vocabulary::{DepartmentKind, ParameterKind};

/// All regulations of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regulations {
    list: Vec<Regulation>,
    pub(super) parameters: Arc<BTreeMap<String, Parameter>>,
}

const SHIPPED: &[(&str, &str)] = &[
    ("ORG", include_str!("../../../regulations/ORG.toml")),
    ("RUL", include_str!("../../../regulations/RUL.toml")),
    ("ARC", include_str!("../../../regulations/ARC.toml")),
    ("LKP", include_str!("../../../regulations/LKP.toml")),
    ("CMP", include_str!("../../../regulations/CMP.toml")),
    ("LOS", include_str!("../../../regulations/LOS.toml")),
    ("DIS", include_str!("../../../regulations/DIS.toml")),
    ("PIP", include_str!("../../../regulations/PIP.toml")),
];

impl Regulations {
    /// The regulations this version ships with, in order.
    ///
    /// # Errors
    /// Where a shipped file is faulty, which the tests rule out.
    pub fn shipped() -> Result<&'static Self, RulebookError> {
        static CELL: OnceLock<Result<Regulations, RulebookError>> = OnceLock::new();
        CELL.get_or_init(|| Self::parse(SHIPPED))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Reads regulation files, each with a name for its errors.
    ///
    /// # Errors
    /// Where a file is malformed, a clause or parameter stands twice, a parameter's clause is unknown, its default or
    /// unit does not fit its type and bounds, or the defaults are at odds with each other.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RulebookError> {
        let list: Vec<_> = files
            .iter()
            .map(|(name, text)| parse_regulation(name, text))
            .collect::<Result<_, _>>()?;
        let mut parameters = BTreeMap::new();
        for parameter in list.iter().flat_map(|regulation| &regulation.parameters) {
            if parameters
                .insert(parameter.key.clone(), parameter.clone())
                .is_some()
            {
                return Err(malformed(&parameter.key, "the parameter stands twice"));
            }
        }
        for parameter in parameters.values() {
            if let Some(other) = &parameter.at_most
                && parameters.get(other).map(|other| other.kind) != Some(parameter.kind)
            {
                return Err(malformed(
                    &parameter.key,
                    format_args!("{other} is no parameter of its type"),
                ));
            }
        }
        let regulations = Self {
            list,
            parameters: Arc::new(parameters),
        };
        // Defaults hold from the first day on, so any day shows them.
        let faults = Rulebook::new(&regulations, [])?.faults(NaiveDate::MIN);
        match faults.into_iter().next() {
            Some(invalid) => Err(RulebookError::Invalid(invalid)),
            None => Ok(regulations),
        }
    }

    /// The regulations, in order.
    pub fn list(&self) -> &[Regulation] {
        &self.list
    }

    /// A clause by its number.
    pub fn clause(&self, number: &str) -> Option<&ClauseText> {
        self.list
            .iter()
            .flat_map(|regulation| &regulation.clauses)
            .find(|clause| clause.number == number)
    }

    /// A regulation by its code.
    pub fn regulation(&self, code: &str) -> Option<&Regulation> {
        self.list.iter().find(|regulation| regulation.code == code)
    }

    /// A parameter by its key.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.get(key)
    }

    /// All parameters, by key.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.values()
    }
}

fn malformed(place: &str, message: impl fmt::Display) -> RulebookError {
    RulebookError::Malformed {
        place: place.to_owned(),
        message: message.to_string(),
    }
}

/// A regulation file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegulationFile {
    code: String,
    title: Translated,
    interpreted_by: DepartmentKind,
    effective_on: NaiveDate,
    clause: Vec<ClauseText>,
    #[serde(default)]
    parameter: Vec<ParameterEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterEntry {
    key: String,
    clause: String,
    kind: ParameterKind,
    unit: String,
    default: Value,
    title: Translated,
    min: Option<Value>,
    max: Option<Value>,
    at_most: Option<String>,
    #[serde(default)]
    row: Vec<RowTitle>,
}

fn parse_regulation(name: &str, text: &str) -> Result<Regulation, RulebookError> {
    let file: RegulationFile =
        toml::from_str(text).map_err(|error| malformed(name, error.message()))?;
    for (index, clause) in file.clause.iter().enumerate() {
        if !clause.number.starts_with(&format!("{}-", file.code)) {
            return Err(malformed(
                &clause.number,
                "the clause is not of this regulation",
            ));
        }
        if file
            .clause
            .iter()
            .take(index)
            .any(|earlier| earlier.number == clause.number)
        {
            return Err(malformed(&clause.number, "the clause stands twice"));
        }
    }
    let parameters = file.parameter.into_iter().map(|entry| {
        if !file
            .clause
            .iter()
            .any(|clause| clause.number == entry.clause)
        {
            return Err(malformed(
                &entry.key,
                format_args!("there is no clause {}", entry.clause),
            ));
        }
        parse_parameter(entry)
    });
    Ok(Regulation {
        parameters: parameters.collect::<Result<_, _>>()?,
        code: file.code,
        title: file.title,
        interpreted_by: file.interpreted_by,
        effective_on: file.effective_on,
        clauses: file.clause,
    })
}

fn parse_parameter(entry: ParameterEntry) -> Result<Parameter, RulebookError> {
    let wrong_type = || RulebookError::WrongType {
        key: entry.key.clone(),
        kind: entry.kind,
    };
    if !unit_fits(entry.kind, &entry.unit) {
        return Err(RulebookError::WrongUnit {
            key: entry.key,
            unit: entry.unit,
        });
    }
    let bound = |bound: &Option<Value>| {
        let bound = bound.as_ref().map(|bound| {
            // A table's bounds are those of its limits, written as an amount is.
            let kind = if entry.kind.is_table() {
                ParameterKind::Money
            } else {
                entry.kind
            };
            match Written::from_json(kind, bound) {
                Some(Written::Number(number)) => Ok(number),
                _ => Err(wrong_type()),
            }
        });
        bound.transpose()
    };
    let parameter = Parameter {
        min: bound(&entry.min)?,
        max: bound(&entry.max)?,
        default: ParameterValue::parse(entry.kind, &entry.default).ok_or_else(wrong_type)?,
        key: entry.key,
        clause: entry.clause,
        kind: entry.kind,
        unit: entry.unit,
        title: entry.title,
        rows: entry.row,
        at_most: entry.at_most,
    };
    match parameter.check(&parameter.default) {
        Ok(()) => Ok(parameter),
        Err(fault) => Err(RulebookError::Invalid(Invalid {
            parameter: parameter.key,
            fault,
        })),
    }
}

fn unit_fits(kind: ParameterKind, unit: &str) -> bool {
    match kind {
        ParameterKind::Money | ParameterKind::BracketTable | ParameterKind::GradeTable => {
            unit == "CNY"
        }
        ParameterKind::Days => unit == "day",
        ParameterKind::WorkingDays => unit == "working-day",
        ParameterKind::Schedule => matches!(unit, "day" | "working-day"),
        ParameterKind::Percentage => unit == "%",
        ParameterKind::Integer => true,
    }
}
