//! Who would have decided the complaints of the last twelve months under other brackets (RUL-5, CMP-11).
//!
//! Pitfall: what a complaint came to is told by the brackets of its own day (RUL-4), which may have changed meanwhile.

use rules::complaints::BRACKETS;
use rules::rulebook::{BracketTable, ParameterValue};
use rules::vocabulary::{ComplaintState, RevisionEffect};
use sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, Query, SelectStatement};

use super::access::COMPLAINT;
use crate::access::Table;
use crate::graph::{Future_, Scene};
use crate::kit::error::{Error, Result};
use crate::rulebook::{Moved, Question, Weigh, gather};

/// Weighs the brackets of CMP-11.
pub struct Brackets;

/// Complaints that came before a decider.
const ROUTED: [ComplaintState; 4] = [
    ComplaintState::ForDecision,
    ComplaintState::Decided,
    ComplaintState::SentBack,
    ComplaintState::Rejected,
];

impl Weigh for Brackets {
    fn parameter(&self) -> &'static str {
        BRACKETS
    }

    fn effect(&self) -> RevisionEffect {
        RevisionEffect::OtherApprover
    }

    fn weigh<'a>(
        &'a self,
        scene: &'a Scene,
        questions: &'a [Question],
    ) -> Future_<'a, Vec<Vec<Moved>>> {
        Box::pin(gather(scene, questions, |at, question| {
            counted(scene, at, question)
        }))
    }
}

/// Number of the question, decider then, decider under the new brackets, number of complaints.
fn counted(scene: &Scene, at: i64, question: &Question) -> Result<SelectStatement> {
    let table = Table::named("weighed");
    let mut query = Query::select();
    query
        .expr(Expr::val(at).cast_as("bigint"))
        .expr(as_filed(scene, &table)?)
        .expr(decider(brackets(&question.value)?, &table))
        .expr(Expr::cust("count(*)"))
        .from_as(Alias::new(COMPLAINT), table.iden())
        .and_where(table.col("state").is_in(ROUTED.map(ComplaintState::as_str)))
        .and_where(table.col("rulebook_on").gt(question.after))
        .and_where(table.col("rulebook_on").lte(question.until))
        .add_group_by([Expr::cust("2"), Expr::cust("3")]);
    Ok(query)
}

/// RUL-4: the decider by the brackets of the complaint's own day.
fn as_filed(scene: &Scene, table: &Table) -> Result<Expr> {
    let history = scene.viewer.rulebook.history(BRACKETS);
    let history = history.map_err(|e| Error::internal(e.to_string()))?;
    let mut newest_first = history.iter().rev();
    let mut case = CaseStatement::new();
    let mut dated = false;
    loop {
        let Some(value) = newest_first.next() else {
            return Err(Error::internal(format!("{BRACKETS} has no default")));
        };
        let decider = decider(brackets(&value.value)?, table);
        match value.from_on {
            Some(from_on) => {
                case = case.case(table.col("rulebook_on").gte(from_on), decider);
                dated = true;
            }
            None if dated => return Ok(case.finally(decider).into()),
            None => return Ok(decider),
        }
    }
}

fn decider(brackets: &BracketTable, table: &Table) -> Expr {
    let named = |row: &str| Expr::val(row.to_owned()).cast_as("text");
    let mut case = CaseStatement::new();
    let mut closed = false;
    for (row, up_to) in brackets.rows() {
        match up_to {
            Some(up_to) => {
                case = case.case(table.col("amount_fen").lte(up_to.get()), named(row));
                closed = true;
            }
            None if closed => return case.finally(named(row)).into(),
            None => return named(row),
        }
    }
    case.into()
}

fn brackets(value: &ParameterValue) -> Result<&BracketTable> {
    match value {
        ParameterValue::Brackets(table) => Ok(table),
        _ => Err(Error::internal(format!(
            "{BRACKETS} is no table of brackets"
        ))),
    }
}
