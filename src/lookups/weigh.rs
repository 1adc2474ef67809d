//! How much shorter the lookups of the last twelve months would have been under another longest grant (RUL-5, LKP-4).
//!
//! Pitfall: nobody knows who would have asked for more had it been allowed, so a longer one changes no case.

use rules::lookups::MAX_DAYS;
use rules::rulebook::ParameterValue;
use rules::vocabulary::RevisionEffect;
use sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, Query, SelectStatement};

use crate::access::Table;
use crate::graph::{Future_, Scene};
use crate::kit::error::{Error, Result};
use crate::rulebook::{Moved, Question, Weigh, gather};

/// Weighs the longest grant of LKP-4.
pub struct LongestGrant;

impl Weigh for LongestGrant {
    fn parameter(&self) -> &'static str {
        MAX_DAYS
    }

    fn effect(&self) -> RevisionEffect {
        RevisionEffect::OtherDeadline
    }

    fn weigh<'a>(
        &'a self,
        scene: &'a Scene,
        questions: &'a [Question],
    ) -> Future_<'a, Vec<Vec<Moved>>> {
        Box::pin(gather(scene, questions, counted))
    }
}

/// Number of the question, days asked for, days under the new limit, number of requests.
fn counted(at: i64, question: &Question) -> Result<SelectStatement> {
    let ParameterValue::Days(longest) = &question.value else {
        return Err(Error::internal(format!("{MAX_DAYS} is no number of days")));
    };
    let longest = i64::from(*longest);
    let table = Table::named("weighed");
    let days = || table.col("days");
    let cut: Expr = CaseStatement::new()
        .case(days().gt(longest), Expr::val(longest))
        .finally(days())
        .into();
    let mut query = Query::select();
    query
        .expr(Expr::val(at).cast_as("bigint"))
        .expr(days().cast_as("text"))
        .expr(cut.cast_as("text"))
        .expr(Expr::cust("count(*)"))
        .from_as(Alias::new("lookup_request"), table.iden())
        .and_where(table.col("rulebook_on").gt(question.after))
        .and_where(table.col("rulebook_on").lte(question.until))
        .add_group_by([Expr::cust("2"), Expr::cust("3")]);
    Ok(query)
}
