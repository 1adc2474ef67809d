//! The shipped regulations: reading `regulations/*.toml` (RUL-1, RUL-2).
//!
//! Pitfall: a parameter's unit must fit its type, or the file is refused as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use super::{ClauseText, Parameter, ParameterValue, Regulation, RulebookError, Translated};
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
    /// Where a file is malformed, a clause or parameter stands twice, a parameter's clause is unknown, or its default
    /// or unit does not fit its type.
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
        Ok(Self {
            list,
            parameters: Arc::new(parameters),
        })
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
    let unit = match entry.kind {
        ParameterKind::Money => Some("CNY"),
        ParameterKind::Days => Some("day"),
        ParameterKind::WorkingDays => Some("working-day"),
        ParameterKind::Percentage => Some("%"),
        ParameterKind::Integer => None,
    };
    if unit.is_some_and(|unit| unit != entry.unit) {
        return Err(RulebookError::WrongUnit {
            key: entry.key,
            unit: entry.unit,
        });
    }
    let Some(default) = ParameterValue::parse(entry.kind, &entry.default) else {
        return Err(RulebookError::WrongType {
            key: entry.key,
            kind: entry.kind,
        });
    };
    let ParameterEntry {
        key,
        clause,
        kind,
        unit,
        title,
        ..
    } = entry;
    Ok(Parameter {
        key,
        clause,
        kind,
        unit,
        title,
        default,
    })
}
