//! The tables among the parameters: brackets of an amount, grades by an amount, time limits by stage (RUL-2).
//!
//! A table that exists is sound: its rows neither overlap nor leave a gap. Pitfall: a bound belongs to the lower
//! bracket (100 000.00 is still the first one's), but to the upper grade (50 000 000.00 is already grade A).

use super::Fault;
use crate::kit::money::Fen;

/// Brackets of an amount, ascending from zero; the last is open. Such as: who decides, by amount (CMP-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketTable(Vec<(String, Option<Fen>)>);

impl BracketTable {
    /// A table of rows with the highest amount of each, the last without one.
    ///
    /// # Errors
    /// [`Fault::Gap`] where no row is open at the end, [`Fault::Overlap`] where a row does not go beyond the one before.
    pub fn new(rows: Vec<(String, Option<Fen>)>) -> Result<Self, Fault> {
        let Some((last, closed)) = rows.split_last() else {
            return Err(Fault::Gap(String::new()));
        };
        if last.1.is_some() {
            return Err(Fault::Gap(last.0.clone()));
        }
        let mut below: Option<Fen> = None;
        for (index, (row, up_to)) in closed.iter().enumerate() {
            let Some(up_to) = up_to else {
                // Open before the end: the next row begins above all amounts.
                let next = rows.get(index.saturating_add(1));
                return Err(Fault::Overlap(
                    next.map(|(row, _)| row.clone()).unwrap_or_default(),
                ));
            };
            if below.is_some_and(|below| *up_to <= below) {
                return Err(Fault::Overlap(row.clone()));
            }
            below = Some(*up_to);
        }
        no_twice(rows.iter().map(|(row, _)| row))?;
        Ok(Self(rows))
    }

    /// The row that an amount falls into; a bound belongs to the lower row.
    pub fn row_of(&self, amount: Fen) -> &str {
        let found = self
            .0
            .iter()
            .find(|(_, up_to)| up_to.is_none_or(|up_to| amount <= up_to));
        found.map_or("", |(row, _)| row)
    }

    /// The highest amount of a row: `Some(None)` for the open one, `None` where there is no such row.
    pub fn up_to(&self, row: &str) -> Option<Option<Fen>> {
        let found = self.0.iter().find(|(name, _)| name == row);
        found.map(|(_, up_to)| *up_to)
    }

    /// The rows with their highest amounts, ascending.
    pub fn rows(&self) -> &[(String, Option<Fen>)] {
        &self.0
    }
}

/// Grades by an amount, the highest first. Such as: customers by what they have bought (INF-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeTable(Vec<(String, Fen)>);

impl GradeTable {
    /// A table of grades with the amount from which each is reached.
    ///
    /// # Errors
    /// [`Fault::Rows`] without any, [`Fault::Overlap`] where a grade does not begin below the one before.
    pub fn new(rows: Vec<(String, Fen)>) -> Result<Self, Fault> {
        if rows.is_empty() {
            return Err(Fault::Rows(Vec::new()));
        }
        for ((_, upper), (row, at_least)) in rows.iter().zip(rows.iter().skip(1)) {
            if at_least >= upper {
                return Err(Fault::Overlap(row.clone()));
            }
        }
        no_twice(rows.iter().map(|(row, _)| row))?;
        Ok(Self(rows))
    }

    /// The grade that an amount reaches; `None` below the lowest. A bound belongs to the upper grade.
    pub fn grade_of(&self, amount: Fen) -> Option<&str> {
        let found = self.0.iter().find(|(_, at_least)| amount >= *at_least);
        found.map(|(row, _)| row.as_str())
    }

    /// The grades with the amounts from which they are reached, descending.
    pub fn rows(&self) -> &[(String, Fen)] {
        &self.0
    }
}

/// A time in half days, the smallest step of a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HalfDays(pub u32);

/// Time limits by stage, in the order of the stages. Such as: how long each station has (CMP-19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<(String, HalfDays)>);

impl Schedule {
    /// A schedule of stages with the time that each has.
    ///
    /// # Errors
    /// [`Fault::Rows`] without any, [`Fault::Gap`] at a stage without time, [`Fault::Overlap`] at one that stands twice.
    pub fn new(rows: Vec<(String, HalfDays)>) -> Result<Self, Fault> {
        if rows.is_empty() {
            return Err(Fault::Rows(Vec::new()));
        }
        if let Some((row, _)) = rows.iter().find(|(_, time)| time.0 == 0) {
            return Err(Fault::Gap(row.clone()));
        }
        no_twice(rows.iter().map(|(row, _)| row))?;
        Ok(Self(rows))
    }

    /// The time that a stage has; `None` where there is no such stage.
    pub fn limit(&self, stage: &str) -> Option<HalfDays> {
        let found = self.0.iter().find(|(row, _)| row == stage);
        found.map(|(_, time)| *time)
    }

    /// The time that all stages have together.
    pub fn total(&self) -> HalfDays {
        let times = self.0.iter().map(|(_, time)| time.0);
        HalfDays(times.fold(0, u32::saturating_add))
    }

    /// The stages with their times, in order.
    pub fn rows(&self) -> &[(String, HalfDays)] {
        &self.0
    }
}

fn no_twice<'a>(rows: impl Iterator<Item = &'a String> + Clone) -> Result<(), Fault> {
    for (index, row) in rows.clone().enumerate() {
        if rows.clone().take(index).any(|earlier| earlier == row) {
            return Err(Fault::Overlap(row.clone()));
        }
    }
    Ok(())
}
