//! What the clock drives: proposals where a retention period is over (PIP-5), and technical records that have served.
//!
//! Pitfall: people are looked through once a day and kind; who becomes due later that day is found on the next.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{idempotency, retention_look};
use rules::erasure::{PIP_5, STUB, idle_since};
use rules::kit::dates::end_of_day;
use rules::vocabulary::{ErasureOrigin, ErasureState};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::KIND;
use super::commands::{blank, fresh, number};
use super::person::{Becomes, Hangs, Person, Trace};
use super::reach::{persons, traces};
use crate::acting::{Acting, Permit};
use crate::jobs::Job;
use crate::kit::error::{Error, Result};
use crate::kit::tables::{self, Kind, Table};
use crate::work::{Done, Outcome, Work};

/// Proposals of a kind in one transaction.
const BATCH: u64 = 200;
/// How long the outcome of a mutation is kept for its repetition, in days.
const REPEATED: i64 = 7;
/// Kept outcomes that go in one transaction.
const OUTCOMES: u64 = 1000;

/// The jobs.
pub(super) const JOBS: &[Job] = &[
    Job {
        name: "erasure.retention",
        is_due: |acting| Box::pin(is_due(acting)),
        batch: |acting| Box::pin(propose(acting)),
    },
    Job {
        name: "erasure.outcomes",
        is_due: |acting| Box::pin(has_old_outcomes(acting)),
        batch: |acting| Box::pin(purge_outcomes(acting)),
    },
];

/// Kinds of people that are not looked through today, each with the last one that was come to.
async fn left_today(acting: &Acting) -> Result<Vec<(&'static Person, Option<Uuid>)>> {
    let looks = retention_look::Entity::find()
        .filter(retention_look::Column::LookedOn.gte(acting.today()))
        .all(&acting.db.read)
        .await?;
    let left = |person: &'static Person| {
        let look = looks.iter().find(|look| look.subject_kind == person.table);
        match look {
            Some(look) => look.reached.map(|reached| (person, Some(reached))),
            None => Some((person, None)),
        }
    };
    Ok(persons().filter_map(left).collect())
}

async fn is_due(acting: &Acting) -> Result<bool> {
    Ok(!left_today(acting).await?.is_empty())
}

/// Proposes the erasure of people whose period is over; gives how many.
async fn propose(acting: &Acting) -> Done<u64> {
    let left = left_today(acting).await?;
    let mut work = Work::begin(acting);
    let tables = tables::tables(work.conn()).await?;
    let permit = Permit {
        clause: Some(PIP_5.number().to_owned()),
        ..Permit::default()
    };
    let mut proposed = 0;
    for (person, behind) in left {
        let months = acting.rulebook_on(acting.today()).months(person.retention);
        let months = months.map_err(|error| Error::internal(error.to_string()))?;
        let query = due(acting, person, behind, &tables, months)?;
        let rows = work.conn().query_all(&query).await?;
        let subjects = rows.iter().map(|row| row.try_get_by_index(0));
        let subjects: Vec<Uuid> = subjects.collect::<Result<_, _>>()?;
        for subject in &subjects {
            let origin = ErasureOrigin::Retention;
            let today = acting.today();
            let number = number(&mut work).await?;
            let row = blank(
                acting,
                number.clone(),
                person.table,
                *subject,
                origin,
                today,
            );
            let id = row.id;
            let _: entity::erasure::Model = work.insert(fresh(row))?;
            let detail = json!({"number": number, "subject": subject});
            work.note("erasurePropose", KIND, Some(id), &permit, detail);
        }
        let found = subjects.len() as u64;
        proposed += found;
        let reached = subjects.last().filter(|_| found == BATCH);
        looked(&work, person, acting.today(), reached.copied()).await?;
    }
    work.commit(Outcome::default()).await?;
    Ok(proposed)
}

async fn looked(
    work: &Work<'_>,
    person: &Person,
    day: NaiveDate,
    reached: Option<Uuid>,
) -> Result<()> {
    let look = retention_look::ActiveModel {
        subject_kind: Set(person.table.to_owned()),
        looked_on: Set(day),
        reached: Set(reached),
    };
    retention_look::Entity::insert(look)
        .on_conflict(
            OnConflict::column(retention_look::Column::SubjectKind)
                .update_columns([
                    retention_look::Column::LookedOn,
                    retention_look::Column::Reached,
                ])
                .to_owned(),
        )
        .exec_without_returning(work.conn())
        .await?;
    Ok(())
}

/// How long nothing happened: days count up to the last idle one, instants up to its end.
struct Idle {
    day: NaiveDate,
    end: DateTime<Utc>,
}

impl Idle {
    /// That a column lies in this time.
    fn holds(&self, column: Expr, kind: Option<Kind>) -> Expr {
        match kind {
            Some(Kind::Date) => column.lte(self.day),
            _ => column.lt(self.end),
        }
    }
}

/// The people of a kind, `behind` one of them, who are due and not proposed yet.
fn due(
    acting: &Acting,
    person: &Person,
    behind: Option<Uuid>,
    tables: &[Table],
    months: u32,
) -> Result<SelectStatement> {
    let day = idle_since(acting.today(), months);
    let idle = Idle {
        day,
        end: end_of_day(&acting.shared.zone, day),
    };
    let own = |column: &'static str| Expr::col((Alias::new("p"), Alias::new(column)));
    let mut query = Query::select();
    query
        .expr(own("id"))
        .from_as(Alias::new(person.table), Alias::new("p"))
        .and_where(idle.holds(
            own(person.idle_from),
            kind_of(tables, person.table, person.idle_from),
        ))
        .and_where(Expr::exists(handled(&idle)).not())
        .order_by_expr(own("id"), sea_orm::Order::Asc)
        .limit(BATCH);
    if let Some(behind) = behind {
        query.and_where(own("id").gt(behind));
    }
    for (column, value) in person.only {
        query.and_where(own(column).eq(*value));
    }
    let itself = traces().filter(|trace| trace.table == person.table);
    for column in itself.flat_map(|trace| trace.columns) {
        // Who went with somebody else, as a contact with his customer, is a stub already.
        if column.becomes == Becomes::Stub {
            query.and_where(own(column.name).ne(STUB));
        }
    }
    for trace in traces() {
        for hangs in trace.hangs {
            if let Hangs::On(column, table) = hangs
                && *table == person.table
                && let Some(needed) = needed(trace, column, tables, &idle)
            {
                query.and_where(Expr::exists(needed).not());
            }
        }
    }
    Ok(query)
}

fn kind_of(tables: &[Table], table: &str, column: &str) -> Option<Kind> {
    let table = tables.iter().find(|t| t.name == table)?;
    let column = table.columns.iter().find(|c| c.name == column)?;
    Some(column.kind)
}

/// Erasures by which a person is not proposed again: open and carried out ones, and those turned down within the period.
fn handled(idle: &Idle) -> SelectStatement {
    let of = |column: &'static str| Expr::col((Alias::new("e"), Alias::new(column)));
    let states = [
        ErasureState::Proposed,
        ErasureState::Requested,
        ErasureState::Executed,
    ];
    let standing = of("state").is_in(states.map(ErasureState::as_str));
    let recent = of("updated_at").gte(idle.end);
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from_as(Alias::new(KIND), Alias::new("e"))
        .and_where(of("subject_id").eq(Expr::col((Alias::new("p"), Alias::new("id")))))
        .and_where(standing.or(recent));
    query
}

/// Rows on a person that show that his data is still needed: dealings within the period, or an open case.
fn needed(
    trace: &Trace,
    by: &'static str,
    tables: &[Table],
    idle: &Idle,
) -> Option<SelectStatement> {
    let of = |column: &'static str| Expr::col((Alias::new("n"), Alias::new(column)));
    let active = trace.active.map(|column| {
        let kind = kind_of(tables, trace.table, column);
        idle.holds(of(column), kind).not()
    });
    let open = trace
        .open
        .map(|(column, states)| of(column).is_in(states.iter().copied()));
    let needed = match (active, open) {
        (Some(active), Some(open)) => active.or(open),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from_as(Alias::new(trace.table), Alias::new("n"))
        .and_where(of(by).eq(Expr::col((Alias::new("p"), Alias::new("id")))))
        .and_where(needed);
    Some(query)
}

fn served(acting: &Acting) -> DateTime<Utc> {
    acting.now() - Duration::days(REPEATED)
}

async fn has_old_outcomes(acting: &Acting) -> Result<bool> {
    // The oldest stands first in the index; asked whether there is any, PostgreSQL would look through all of them.
    let oldest: Option<DateTime<Utc>> = idempotency::Entity::find()
        .select_only()
        .column(idempotency::Column::CreatedAt)
        .order_by_asc(idempotency::Column::CreatedAt)
        .limit(1)
        .into_tuple()
        .one(&acting.db.read)
        .await?;
    Ok(oldest.is_some_and(|oldest| oldest < served(acting)))
}

/// Removes outcomes that no repetition can ask for any more; gives how many.
async fn purge_outcomes(acting: &Acting) -> Done<u64> {
    let work = Work::begin(acting);
    let old = idempotency::Entity::find()
        .filter(idempotency::Column::CreatedAt.lt(served(acting)))
        .limit(OUTCOMES)
        .all(work.conn())
        .await?;
    for row in &old {
        idempotency::Entity::delete_by_id((row.actor_id, row.key))
            .exec(work.conn())
            .await?;
    }
    work.commit(Outcome::default()).await?;
    Ok(old.len() as u64)
}
