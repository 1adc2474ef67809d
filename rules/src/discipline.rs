//! Discipline for what a complaint cost: shares (DIS-1), ladder (DIS-2), fines (DIS-4), procedure (DIS-5).
//!
//! All of it is a proposal that a person decides on, shown by its [`Sheet`]. Pitfall: the loss is the final one
//! ([`crate::losses::final_loss`]), not that of LOS-1.

pub mod shares;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::kit::checks::{Checks, PROSE};
use crate::kit::clause::Clause;
use crate::kit::dates::day_of_next_month;
use crate::kit::money::Fen;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::kit::sheet::{Figure, Line, Sheet};
use crate::rulebook::{RulebookError, RulebookOn};
use crate::vocabulary::{DisciplineGrade, Role, SheetInput, SheetStep};

const DIS_2: Clause = Clause("DIS-2");
const DIS_4: Clause = Clause("DIS-4");
const DIS_5: Clause = Clause("DIS-5");
/// The table of brackets that says which grade a liability leads to (DIS-2).
pub const LADDER: &str = "discipline.ladder";
/// DIS-5: who approves discipline.
pub const APPROVER: Role = Role::GeneralManager;

/// DIS-2: the grade that a personal liability leads to; a bound belongs to the lower grade. `None` where there is none.
///
/// # Errors
/// Where the rulebook lacks the ladder.
pub fn grade(
    liability: Fen,
    rulebook: &RulebookOn<'_>,
) -> Result<Option<DisciplineGrade>, RulebookError> {
    // DIS-1: only liability above zero.
    if liability <= Fen::ZERO {
        return Ok(None);
    }
    let row = rulebook.brackets(LADDER)?.row_of(liability);
    let name = row.to_ascii_uppercase().replace('-', "_");
    let grade = name.parse().map_err(|_| RulebookError::Malformed {
        place: LADDER.to_owned(),
        message: format!("{row} is no grade"),
    })?;
    Ok(Some(grade))
}

/// DIS-2: the grade of the supervisor who is punished jointly: one step lower, from one minor to one major demerit. `None`
/// elsewhere, also at the top of the ladder, for which the regulation names no supervisor.
pub fn supervisor_grade(grade: DisciplineGrade) -> Option<DisciplineGrade> {
    let jointly = matches!(
        grade,
        DisciplineGrade::MinorDemerit
            | DisciplineGrade::MinorDemeritTwice
            | DisciplineGrade::MajorDemerit
    );
    let below = DisciplineGrade::ALL.iter().take_while(|at| **at < grade);
    below.last().copied().filter(|_| jointly)
}

/// The fines of the regulation, as of the case's day (RUL-4); in CNY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fines {
    /// The deduction that goes with a self-criticism (DIS-2).
    pub self_criticism: Fen,
    /// The least fine of a warning.
    pub warning: Fen,
    /// The least fine of a minor demerit, for each base point.
    pub minor_demerit: Fen,
}

impl Fines {
    /// The fines in force on a day.
    ///
    /// # Errors
    /// Where the rulebook lacks the parameters.
    pub fn on(rulebook: &RulebookOn<'_>) -> Result<Self, RulebookError> {
        Ok(Self {
            self_criticism: rulebook.money("discipline.self-criticism.deduction")?,
            warning: rulebook.money("discipline.warning.fine")?,
            minor_demerit: rulebook.money("discipline.minor-demerit.fine")?,
        })
    }
}

/// Somebody whom discipline is proposed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The employee.
    pub employee: Uuid,
    /// His base points (ORG-2).
    pub base_points: i32,
    /// His efficiency bonus of the month, in CNY.
    pub bonus: Fen,
}

/// What is proposed for somebody (DIS-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The grade.
    pub grade: DisciplineGrade,
    /// How grade and fine came about; the last line is the fine: a floor, or where [`is_fixed`] the amount.
    pub sheet: Sheet,
}

/// DIS-2, DIS-4: what is proposed for a personal liability; `None` where it is not above zero.
///
/// # Errors
/// Where the rulebook lacks the parameters.
pub fn propose(
    subject: Subject,
    liability: Fen,
    rulebook: &RulebookOn<'_>,
) -> Result<Option<Proposal>, RulebookError> {
    let Some(grade) = grade(liability, rulebook)? else {
        return Ok(None);
    };
    let graded = Line::new(DIS_2, SheetStep::Grade, Figure::word(grade))
        .with(SheetInput::Liability, liability);
    proposal(subject, grade, graded, rulebook).map(Some)
}

/// DIS-2, DIS-4: what is proposed for the supervisor of somebody of this grade; `None` where he is not punished jointly.
///
/// # Errors
/// Where the rulebook lacks the parameters.
pub fn propose_jointly(
    supervisor: Subject,
    of: DisciplineGrade,
    rulebook: &RulebookOn<'_>,
) -> Result<Option<Proposal>, RulebookError> {
    let Some(grade) = supervisor_grade(of) else {
        return Ok(None);
    };
    let graded = Line::new(DIS_2, SheetStep::SupervisorGrade, Figure::word(grade))
        .with(SheetInput::Grade, Figure::word(of));
    proposal(supervisor, grade, graded, rulebook).map(Some)
}

fn proposal(
    subject: Subject,
    grade: DisciplineGrade,
    graded: Line,
    rulebook: &RulebookOn<'_>,
) -> Result<Proposal, RulebookError> {
    let whose = Some(subject.employee);
    let fine = fine(grade, subject, Fines::on(rulebook)?);
    Ok(Proposal {
        grade,
        sheet: [graded.of(whose), fine.of(whose)].into_iter().collect(),
    })
}

/// DIS-2, DIS-4: the least fine of a grade.
fn fine(grade: DisciplineGrade, subject: Subject, fines: Fines) -> Line {
    // A fine beyond what can be kept is above every bonus, and no more than the bonus is taken (ECO-4).
    let times = |fine: Fen, count: i64| fine.times(count).unwrap_or(Fen::MAX);
    let warnings = |count: i64| {
        Line::new(DIS_4, SheetStep::WarningFine, times(fines.warning, count))
            .with(SheetInput::Fine, fines.warning)
            .with(SheetInput::Times, count)
    };
    let demerits = |count: i64| {
        let points = i64::from(subject.base_points.max(0));
        let one = times(fines.minor_demerit, points);
        Line::new(DIS_4, SheetStep::MinorDemeritFine, times(one, count))
            .with(SheetInput::Fine, fines.minor_demerit)
            .with(SheetInput::BasePoints, points)
            .with(SheetInput::Times, count)
    };
    match grade {
        DisciplineGrade::SelfCriticism => {
            let step = SheetStep::SelfCriticismDeduction;
            Line::new(DIS_2, step, fines.self_criticism)
        }
        DisciplineGrade::Reprimand => warnings(1),
        DisciplineGrade::ReprimandTwice => warnings(2),
        DisciplineGrade::MinorDemerit => demerits(1),
        DisciplineGrade::MinorDemeritTwice => demerits(2),
        DisciplineGrade::MajorDemerit | DisciplineGrade::MajorDemeritTwice => {
            Line::new(DIS_4, SheetStep::MajorDemeritFine, subject.bonus)
        }
    }
}

/// DIS-2, DIS-4: whether the regulation fixes a grade's fine, so that the decider can't set a higher one.
pub const fn is_fixed(grade: DisciplineGrade) -> bool {
    matches!(
        grade,
        DisciplineGrade::SelfCriticism
            | DisciplineGrade::MajorDemerit
            | DisciplineGrade::MajorDemeritTwice
    )
}

/// DIS-4: whether the decider can set this amount: the figure is a floor, where it is not fixed.
///
/// # Errors
/// `OUT_OF_RANGE` at `amount`.
pub fn check_fine(amount: Fen, proposal: &Proposal) -> Result<(), Vec<Refusal>> {
    let floor = proposal.sheet.amount().unwrap_or(Fen::ZERO);
    let mut checks = Checks::under(DIS_4);
    let fault = match is_fixed(proposal.grade) {
        true if amount != floor => Some(Detail::FixedFine),
        false if amount < floor => Some(Detail::BelowFloor),
        _ => None,
    };
    if let Some(detail) = fault {
        let refusal = Refusal::new(Code::OutOfRange).detail(detail);
        checks.refuse("amount", refusal.param("floor", floor));
    }
    checks.finish(())
}

/// How somebody was heard (DIS-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// What he said.
    Statement(String),
    /// He refused to make a statement.
    Refused,
}

/// DIS-5: how somebody was heard: his statement, trimmed, or that he refused it.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG`, `INVALID_INPUT` at `statement`.
pub fn check_hearing(statement: Option<&str>, refused: bool) -> Result<Hearing, Vec<Refusal>> {
    let mut checks = Checks::under(DIS_5);
    let said = checks.optional_text("statement", statement, PROSE);
    let hearing = match (said, refused) {
        (Some(_), true) => {
            let refusal = Refusal::new(Code::InvalidInput).detail(Detail::StatementAndRefusal);
            checks.refuse("statement", refusal);
            Hearing::Refused
        }
        (Some(said), false) => Hearing::Statement(said),
        (None, refused) => {
            if !refused {
                checks.refuse("statement", Code::Required);
            }
            Hearing::Refused
        }
    };
    checks.finish(hearing)
}

/// DIS-5: whether discipline can be put as a petition: once the person was heard, with the departments concerned.
///
/// # Errors
/// `WRONG_STATE`; `REQUIRED` at `departments`.
pub fn check_petition(hearing: Option<&Hearing>, departments: &[Uuid]) -> Result<(), Vec<Refusal>> {
    if hearing.is_none() {
        let refusal = Refusal::new(Code::WrongState)
            .detail(Detail::NotHeard)
            .clause(DIS_5)
            .remedy(Remedy::new(RemedyKey::HearPerson));
        return Err(vec![refusal]);
    }
    let mut checks = Checks::under(DIS_5);
    if departments.is_empty() {
        checks.refuse("departments", Code::Required);
    }
    checks.finish(())
}

/// DIS-5: whether personnel's notice names the person: only by a yes of its own, beside the approval of the discipline.
pub fn is_named(approved: bool, publication: Option<bool>) -> bool {
    approved && publication == Some(true)
}

/// DIS-6: the day by whose end personnel gets the list of what was approved in cases closed on a day.
///
/// # Errors
/// Where the rulebook lacks the day.
pub fn list_due(
    closed_on: NaiveDate,
    rulebook: &RulebookOn<'_>,
) -> Result<NaiveDate, RulebookError> {
    let day = rulebook.day_of_month("discipline.list")?;
    Ok(day_of_next_month(closed_on, day))
}

#[cfg(test)]
mod tests;
