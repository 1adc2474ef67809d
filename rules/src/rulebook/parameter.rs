//! A parameter: type, unit, clause, default, bounds (RUL-2).
//!
//! Pitfall: a table's rows are the parameter's own, in its order; a revision changes their limits, never the rows.

use super::value::decimal;
use super::{Fault, ParameterValue, Translated, Written};
use crate::vocabulary::ParameterKind;

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
    /// The lowest number in it, in hundredths; `None`: what its type allows.
    pub min: Option<i64>,
    /// The highest number in it, in hundredths.
    pub max: Option<i64>,
    /// The rows of a table, in order; empty for a single number.
    pub rows: Vec<RowTitle>,
    /// A parameter whose number this one's may not exceed.
    pub at_most: Option<String>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowTitle {
    /// Its name: of brackets that say who decides, the role as in policy rows.
    pub name: String,
    /// What it is called.
    pub title: Translated,
}

impl Parameter {
    /// The value that was written, held to the parameter's unit, type, rows and bounds.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, unit: &str, written: &Written) -> Result<ParameterValue, Fault> {
        if unit != self.unit {
            return Err(Fault::Unit(self.unit.clone()));
        }
        // Which rows there are comes first: a row left out would else be told as a gap.
        self.check_rows(written)?;
        let value = ParameterValue::build(self.kind, written)?;
        self.check(&value)?;
        Ok(value)
    }

    /// Whether a value keeps the parameter's rows and bounds.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &ParameterValue) -> Result<(), Fault> {
        if value.kind() != self.kind {
            return Err(Fault::Type);
        }
        let written = value.written();
        self.check_rows(&written)?;
        let is_within = |number: i64| {
            self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
        };
        let within = match &written {
            Written::Number(number) => is_within(*number),
            Written::Rows(rows) => rows.iter().filter_map(|(_, limit)| *limit).all(is_within),
        };
        if within {
            return Ok(());
        }
        Err(Fault::Bounds {
            min: self.min.map(|min| self.shown(min)),
            max: self.max.map(|max| self.shown(max)),
        })
    }

    /// A number of it, given in hundredths, as people read it.
    pub fn shown(&self, hundredths: i64) -> String {
        decimal(self.kind, hundredths)
    }

    fn check_rows(&self, written: &Written) -> Result<(), Fault> {
        let Written::Rows(rows) = written else {
            return Ok(());
        };
        if !self.kind.is_table() {
            return Err(Fault::Type);
        }
        let own = self.rows.iter().map(|row| &row.name);
        if rows.iter().map(|(row, _)| row).eq(own.clone()) {
            return Ok(());
        }
        Err(Fault::Rows(own.cloned().collect()))
    }
}
