//! What stands against an erasure: legal holds, open cases, periods of the law (PIP-3 to PIP-5).

use chrono::NaiveDate;
use entity::legal_hold;
use rules::erasure::{Against, after_months};
use rules::rulebook::RulebookOn;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use uuid::Uuid;

use super::erase::Around;
use super::person::Trace;
use super::reach::{CHUNK, as_text, text_at, traces};
use crate::kit::error::{Error, Result};

/// Everything that stands against an erasure of what hangs on a person, as of a day and the rulebook of its case.
///
/// # Errors
/// When the database fails.
pub(super) async fn against(
    conn: &impl ConnectionTrait,
    around: &Around,
    today: NaiveDate,
    rulebook: &RulebookOn<'_>,
) -> Result<Against> {
    let mut against = Against {
        holds: holds(conn, around, today).await?,
        ..Against::default()
    };
    for trace in traces() {
        let own = around.own.of_table(trace.table);
        let others = around.others.of_table(trace.table);
        // A contact's data is needed as long as a case of his customer is open.
        for ids in own.chunks(CHUNK).chain(others.chunks(CHUNK)) {
            against.open_cases += open(conn, trace, ids).await?;
        }
        for ids in own.chunks(CHUNK) {
            let until = kept_until(conn, trace, ids, rulebook).await?;
            against.kept_until = Ord::max(against.kept_until, until);
        }
    }
    Ok(against)
}

async fn holds(conn: &impl ConnectionTrait, around: &Around, today: NaiveDate) -> Result<usize> {
    let mut ids = around.own.ids();
    ids.extend(around.others.ids());
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut holds = 0;
    for ids in ids.chunks(CHUNK) {
        let until = legal_hold::Column::UntilOn;
        let found = legal_hold::Entity::find()
            .filter(legal_hold::Column::SubjectId.is_in(ids.iter().copied()))
            .filter(legal_hold::Column::LiftedAt.is_null())
            .filter(Condition::any().add(until.is_null()).add(until.gte(today)))
            .count(conn)
            .await?;
        holds += usize::try_from(found).unwrap_or(usize::MAX);
    }
    Ok(holds)
}

async fn open(conn: &impl ConnectionTrait, trace: &Trace, ids: &[Uuid]) -> Result<usize> {
    let Some((column, states)) = trace.open else {
        return Ok(0);
    };
    let mut query = Query::select();
    query
        .expr(Func::count(Expr::col("id")))
        .from(Alias::new(trace.table))
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .and_where(Expr::col(column).is_in(states.iter().copied()));
    let row = conn.query_one(&query).await?;
    let many: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(usize::try_from(many).unwrap_or_default())
}

async fn kept_until(
    conn: &impl ConnectionTrait,
    trace: &Trace,
    ids: &[Uuid],
    rulebook: &RulebookOn<'_>,
) -> Result<Option<NaiveDate>> {
    let Some((parameter, from)) = trace.kept else {
        return Ok(None);
    };
    let months = rulebook.months(parameter);
    let months = months.map_err(|error| Error::internal(error.to_string()))?;
    let mut query = Query::select();
    query
        .expr(as_text(from))
        .from(Alias::new(trace.table))
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .and_where(Expr::col(from).is_not_null());
    let mut until = None;
    for row in conn.query_all(&query).await? {
        let day = text_at(&row, 0)?.and_then(|day| day.parse::<NaiveDate>().ok());
        let day =
            day.ok_or_else(|| Error::internal(format!("{}.{from} is no day", trace.table)))?;
        until = Ord::max(until, Some(after_months(day, months)));
    }
    Ok(until)
}
