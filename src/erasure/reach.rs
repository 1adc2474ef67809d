//! Which rows hang on a person: from his own row on, over everything that the features declare.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, Order, QueryResult};
use uuid::Uuid;

use super::person::{Hangs, Person, Trace};
use crate::features::LIST;
use crate::kit::error::Result;

/// Ids in one statement, within both databases' limits.
pub(super) const CHUNK: usize = 500;

/// Every declared kind of persons.
pub fn persons() -> impl Iterator<Item = &'static Person> {
    LIST.iter().flat_map(|feature| feature.persons)
}

/// Every declared trace.
pub fn traces() -> impl Iterator<Item = &'static Trace> {
    LIST.iter().flat_map(|feature| feature.traces)
}

/// The kind of persons whose rows are of this table.
pub(super) fn person_of(table: &str) -> Option<&'static Person> {
    persons().find(|person| person.table == table)
}

/// Rows, by table.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reach(IndexMap<&'static str, IndexSet<Uuid>>);

impl Reach {
    /// A row and everything that hangs on it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        conn: &impl ConnectionTrait,
        table: &'static str,
        id: Uuid,
    ) -> Result<Self> {
        let mut reach = Self::default();
        reach.0.entry(table).or_default().insert(id);
        // In width, so that tables stand in the order in which one hangs on another.
        let mut new = VecDeque::from([(table, vec![id])]);
        while let Some((of, ids)) = new.pop_front() {
            for trace in traces() {
                let mut found = Vec::new();
                for hangs in trace.hangs {
                    for ids in ids.chunks(CHUNK) {
                        let Some(query) = hanging(trace, *hangs, of, ids) else {
                            continue;
                        };
                        for row in conn.query_all(&query).await? {
                            found.push(row.try_get_by_index::<Uuid>(0)?);
                        }
                    }
                }
                if found.is_empty() {
                    continue;
                }
                let known = reach.0.entry(trace.table).or_default();
                found.retain(|id| known.insert(*id));
                if !found.is_empty() {
                    new.push_back((trace.table, found));
                }
            }
        }
        Ok(reach)
    }

    /// Locks the rows until the transaction ends: first what others hang on, as whoever decides locks a case before its
    /// approval, and rows of a table by their ids.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn lock(&self, conn: &impl ConnectionTrait) -> Result<()> {
        for (table, mut ids) in self.rows() {
            ids.sort_unstable();
            for ids in ids.chunks(CHUNK) {
                let mut query = Query::select();
                query
                    .expr(Expr::col("id"))
                    .from(Alias::new(table))
                    .and_where(Expr::col("id").is_in(ids.iter().copied()))
                    .order_by_expr(Expr::col("id"), Order::Asc)
                    .lock(LockType::Update);
                conn.query_all(&query).await?;
            }
        }
        Ok(())
    }

    /// The same without what is in the other.
    #[must_use]
    pub(super) fn without(mut self, other: &Self) -> Self {
        for (table, ids) in &mut self.0 {
            if let Some(others) = other.0.get(table) {
                ids.retain(|id| !others.contains(id));
            }
        }
        self.0.retain(|_, ids| !ids.is_empty());
        self
    }

    /// Tables with their rows.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, Vec<Uuid>)> + '_ {
        let all = self.0.iter();
        all.map(|(table, ids)| (*table, ids.iter().copied().collect()))
    }

    /// Rows of a table.
    pub fn of_table(&self, table: &str) -> Vec<Uuid> {
        let ids = self.0.get(table).into_iter().flatten();
        ids.copied().collect()
    }

    /// Every row, of whatever table.
    pub(super) fn ids(&self) -> IndexSet<Uuid> {
        self.0.values().flatten().copied().collect()
    }
}

fn hanging(trace: &Trace, hangs: Hangs, of: &str, ids: &[Uuid]) -> Option<SelectStatement> {
    let mut query = Query::select();
    query.expr(Expr::col("id")).from(Alias::new(trace.table));
    let ids = ids.iter().copied();
    match hangs {
        Hangs::On(column, table) if table == of => {
            query.and_where(Expr::col(column).is_in(ids));
        }
        Hangs::On(..) => return None,
        Hangs::OnAny(kind, id) => {
            query
                .and_where(Expr::col(kind).eq(of))
                .and_where(Expr::col(id).is_in(ids));
        }
    }
    Some(query)
}

/// A cell that is read as text whatever it is.
pub(super) fn as_text(column: &'static str) -> Expr {
    Expr::col(column).cast_as(Alias::new("text"))
}

/// A cell read by [`as_text`].
pub(super) fn text_at(row: &QueryResult, at: usize) -> Result<Option<String>> {
    Ok(row.try_get_by_index::<Option<String>>(at)?)
}
