//! A parameter's value, and the one written form that files, database and API share (RUL-2).
//!
//! Pitfall: in its written form every number counts hundredths, whatever its kind; a fraction where only whole numbers
//! or halves go is refused, never rounded.

use std::fmt;

use serde_json::{Value, json};

use super::{BracketTable, Fault, GradeTable, HalfDays, Schedule};
use crate::kit::money::Fen;
use crate::vocabulary::ParameterKind;

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Brackets of an amount.
    Brackets(BracketTable),
    /// Grades by an amount.
    Grades(GradeTable),
    /// Time limits by stage.
    Schedule(Schedule),
}

/// A value as it is written, numbers in hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A single number.
    Number(i64),
    /// Rows of a table: name and limit.
    Rows(Vec<(String, Option<i64>)>),
}

impl ParameterValue {
    /// Reads a value as the database and the regulation files keep it: money and percentages as decimal strings, days
    /// and whole numbers as such, tables as a list of `{"name", "limit"}` with decimal strings. `None` where it is not
    /// of that type, below zero where nothing can be, or an unsound table.
    pub fn parse(kind: ParameterKind, value: &Value) -> Option<Self> {
        Self::build(kind, &Written::from_json(kind, value)?).ok()
    }

    /// The value that was written.
    ///
    /// # Errors
    /// [`Fault::Type`], or what is wrong with a table.
    pub fn build(kind: ParameterKind, written: &Written) -> Result<Self, Fault> {
        let number = || match written {
            Written::Number(hundredths) => Ok(*hundredths),
            Written::Rows(_) => Err(Fault::Type),
        };
        let rows = || match written {
            Written::Rows(rows) => Ok(rows.iter()),
            Written::Number(_) => Err(Fault::Type),
        };
        let named = |row: &str| row.to_owned();
        Ok(match kind {
            ParameterKind::Money => Self::Money(amount(number()?)?),
            ParameterKind::Percentage => Self::Percentage(amount(number()?)?.get()),
            ParameterKind::Days => Self::Days(steps(number()?, 100)?),
            ParameterKind::WorkingDays => Self::WorkingDays(steps(number()?, 100)?),
            ParameterKind::Integer => Self::Integer(whole(number()?, 100)?),
            ParameterKind::BracketTable => {
                let rows = rows()?.map(|(row, up_to)| {
                    let up_to = up_to.map(amount).transpose()?;
                    Ok((named(row), up_to))
                });
                Self::Brackets(BracketTable::new(rows.collect::<Result<_, Fault>>()?)?)
            }
            ParameterKind::GradeTable => {
                let rows = rows()?.map(|(row, at_least)| {
                    let at_least = at_least.ok_or_else(|| Fault::Gap(named(row)))?;
                    Ok((named(row), amount(at_least)?))
                });
                Self::Grades(GradeTable::new(rows.collect::<Result<_, Fault>>()?)?)
            }
            ParameterKind::Schedule => {
                let rows = rows()?.map(|(row, time)| {
                    let time = time.ok_or_else(|| Fault::Gap(named(row)))?;
                    Ok((named(row), HalfDays(steps(time, 50)?)))
                });
                Self::Schedule(Schedule::new(rows.collect::<Result<_, Fault>>()?)?)
            }
        })
    }

    /// The type.
    pub const fn kind(&self) -> ParameterKind {
        match self {
            Self::Money(_) => ParameterKind::Money,
            Self::Days(_) => ParameterKind::Days,
            Self::WorkingDays(_) => ParameterKind::WorkingDays,
            Self::Percentage(_) => ParameterKind::Percentage,
            Self::Integer(_) => ParameterKind::Integer,
            Self::Brackets(_) => ParameterKind::BracketTable,
            Self::Grades(_) => ParameterKind::GradeTable,
            Self::Schedule(_) => ParameterKind::Schedule,
        }
    }

    /// The value as it is written.
    pub fn written(&self) -> Written {
        let times = |steps: u32, hundredths: i64| i64::from(steps).saturating_mul(hundredths);
        match self {
            Self::Money(amount) => Written::Number(amount.get()),
            Self::Percentage(hundredths) => Written::Number(*hundredths),
            Self::Days(days) | Self::WorkingDays(days) => Written::Number(times(*days, 100)),
            Self::Integer(number) => Written::Number(number.saturating_mul(100)),
            Self::Brackets(table) => {
                let rows = table.rows().iter();
                Written::Rows(
                    rows.map(|(r, fen)| (r.clone(), fen.map(Fen::get)))
                        .collect(),
                )
            }
            Self::Grades(table) => {
                let rows = table.rows().iter();
                Written::Rows(rows.map(|(r, fen)| (r.clone(), Some(fen.get()))).collect())
            }
            Self::Schedule(table) => {
                let rows = table.rows().iter();
                let rows = rows.map(|(r, half)| (r.clone(), Some(times(half.0, 50))));
                Written::Rows(rows.collect())
            }
        }
    }

    /// A single number in hundredths; `None` for a table.
    pub fn number(&self) -> Option<i64> {
        match self.written() {
            Written::Number(hundredths) => Some(hundredths),
            Written::Rows(_) => None,
        }
    }

    /// The highest amount that it gives: its own, or that of a row of its brackets, where `Some(None)` is the open one;
    /// `None` where it gives none.
    pub fn limit(&self, row: Option<&str>) -> Option<Option<Fen>> {
        match (self, row) {
            (Self::Money(amount), None) => Some(Some(*amount)),
            (Self::Brackets(table), Some(row)) => table.up_to(row),
            _ => None,
        }
    }

    /// The value as the database keeps it.
    pub fn to_json(&self) -> Value {
        self.written().to_json(self.kind())
    }
}

/// A number as a decimal; a table as its rows.
impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written() {
            Written::Number(hundredths) => f.write_str(&decimal(self.kind(), hundredths)),
            Written::Rows(rows) => {
                for (index, (row, limit)) in rows.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    match limit {
                        Some(limit) => write!(f, "{comma}{row} {}", Fen::new(*limit))?,
                        None => write!(f, "{comma}{row} …")?,
                    }
                }
                Ok(())
            }
        }
    }
}

impl Written {
    /// What a JSON value says; `None` where it has not the form of the kind.
    pub fn from_json(kind: ParameterKind, value: &Value) -> Option<Self> {
        if kind.is_whole() {
            return Some(Self::Number(value.as_i64()?.checked_mul(100)?));
        }
        let decimal = |value: &Value| Some(value.as_str()?.parse::<Fen>().ok()?.get());
        if !kind.is_table() {
            return Some(Self::Number(decimal(value)?));
        }
        let rows = value.as_array()?.iter().map(|row| {
            let name = row.get("name")?.as_str()?.to_owned();
            match row.get("limit") {
                None | Some(Value::Null) => Some((name, None)),
                Some(limit) => Some((name, Some(decimal(limit)?))),
            }
        });
        rows.collect::<Option<_>>().map(Self::Rows)
    }

    fn to_json(&self, kind: ParameterKind) -> Value {
        match self {
            Self::Number(hundredths) if kind.is_whole() => json!(hundredths / 100),
            Self::Number(hundredths) => json!(decimal(kind, *hundredths)),
            Self::Rows(rows) => rows
                .iter()
                .map(|(name, limit)| {
                    json!({"name": name, "limit": limit.map(|l| Fen::new(l).to_string())})
                })
                .collect(),
        }
    }
}

impl ParameterKind {
    /// Whether a value is a table of rows.
    pub const fn is_table(self) -> bool {
        matches!(self, Self::BracketTable | Self::GradeTable | Self::Schedule)
    }

    /// Whether a value is a whole number.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Days | Self::WorkingDays | Self::Integer)
    }
}

/// Hundredths as a decimal number, without places where only whole numbers go.
pub(super) fn decimal(kind: ParameterKind, hundredths: i64) -> String {
    if kind.is_whole() {
        (hundredths / 100).to_string()
    } else {
        Fen::new(hundredths).to_string()
    }
}

fn amount(hundredths: i64) -> Result<Fen, Fault> {
    let amount = Fen::new(hundredths);
    if amount.is_negative() || amount > Fen::MAX {
        return Err(Fault::Type);
    }
    Ok(amount)
}

fn whole(hundredths: i64, step: i64) -> Result<i64, Fault> {
    match (hundredths.checked_rem(step), hundredths.checked_div(step)) {
        (Some(0), Some(steps)) => Ok(steps),
        _ => Err(Fault::Type),
    }
}

fn steps(hundredths: i64, step: i64) -> Result<u32, Fault> {
    u32::try_from(whole(hundredths, step)?).map_err(|_| Fault::Type)
}
