//! Statements as SQL of either dialect, and their execution. The only place where SQL text meets the driver for answers.

use std::sync::Arc;

use sea_query::{
    Alias, Expr, ExprTrait, Func, JoinType, PostgresQueryBuilder, Query, QueryBuilder,
    SelectStatement, SqlWriter, SqliteQueryBuilder, UnionType, Value, Values, WindowStatement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::fill::{self, Param};
use super::node::{Node, Part, Sql};
use super::page::{self, Key, Page, Track};
use super::row::Row;
use super::statement::{Join, Statement};
use crate::access::{ANY_ROW, Cond, Table, any};
use crate::kit::db::{Db, Dialect, Pool};
use crate::kit::error::Result;

/// Collects SQL and parameters. Limits become literals: as a parameter the planner would assume a tenth of the table.
struct Writer {
    sql: String,
    values: Vec<Value>,
    dialect: Dialect,
    few: bool,
}

impl std::fmt::Write for Writer {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.sql.push_str(s);
        Ok(())
    }
}

impl std::fmt::Display for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sql)
    }
}

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        use std::fmt::Write as _;
        if let Value::BigUnsigned(Some(limit)) = value {
            // PostgreSQL asks a subquery with an offset row by row, and any other as it thinks best.
            let _ = match (limit, self.dialect, self.few) {
                (ANY_ROW, Dialect::Postgres, true) => write!(self.sql, "1 OFFSET 0"),
                (ANY_ROW, ..) => write!(self.sql, "1"),
                _ => write!(self.sql, "{limit}"),
            };
            return;
        }
        self.values.push(value);
        match self.dialect {
            Dialect::Postgres => {
                let _ = write!(self.sql, "${}", self.values.len());
            }
            Dialect::Sqlite => self.sql.push('?'),
        }
    }

    fn as_writer(&mut self) -> &mut dyn std::fmt::Write {
        self
    }
}

/// SQL text and parameters of a query.
pub fn build(dialect: Dialect, query: &SelectStatement) -> (String, Vec<Value>) {
    written(dialect, query, false)
}

/// `few`: it looks at few rows, so what must hold of each is looked up one by one.
fn written(dialect: Dialect, query: &SelectStatement, few: bool) -> (String, Vec<Value>) {
    let mut writer = Writer {
        sql: String::with_capacity(512),
        values: Vec::new(),
        dialect,
        few,
    };
    match dialect {
        Dialect::Sqlite => query.build_collect_into(SqliteQueryBuilder, &mut writer),
        Dialect::Postgres => query.build_collect_into(PostgresQueryBuilder, &mut writer),
    }
    (writer.sql, writer.values)
}

/// Runs a query.
///
/// # Errors
/// When the database fails.
pub async fn fetch(db: &Db, query: &SelectStatement) -> Result<Vec<Row>> {
    let (sql, values) = build(db.dialect, query);
    run(db, sql.into(), values).await
}

/// Runs a statement on any connection.
///
/// # Errors
/// When the database fails.
pub async fn run(db: &Db, text: Arc<str>, values: Vec<Value>) -> Result<Vec<Row>> {
    tracing::trace!(sql = %text, "read");
    let (query, values) = (AssertSqlSafe(text), SqlxValues(Values(values)));
    Ok(match &db.pool {
        Pool::Sqlite(pool, _) => {
            let rows = sqlx::query_with(query, values).fetch_all(pool).await?;
            rows.into_iter().map(Row::Sqlite).collect()
        }
        Pool::Postgres(pool, _) => {
            let rows = sqlx::query_with(query, values).fetch_all(pool).await?;
            rows.into_iter().map(Row::Postgres).collect()
        }
    })
}

/// `column` is one of `keys`: one text of SQL for any number of keys.
pub fn among(dialect: Dialect, column: Expr, keys: &[Uuid]) -> Expr {
    in_list(dialect, column, fill::key_list(keys, dialect))
}

fn in_list(dialect: Dialect, column: Expr, list: Value) -> Expr {
    match dialect {
        Dialect::Postgres => column.eq(Func::cust("ANY").arg(Expr::val(list))),
        Dialect::Sqlite => {
            let mut ids = Query::select();
            ids.expr(Func::cust("unhex").arg(Expr::col(Alias::new("value"))))
                .from_function(Func::cust("json_each").arg(Expr::val(list)), "k");
            column.in_subquery(ids)
        }
    }
}

/// A query as a plan keeps it; whether it serves one request alone.
pub fn sealed(dialect: Dialect, query: &SelectStatement, few: bool) -> (Sql, bool) {
    let (text, values) = written(dialect, query, few);
    let mut single = false;
    let param = |value: Value| {
        Param::of(value.clone()).unwrap_or_else(|| {
            single = true;
            Param::Fixed(value)
        })
    };
    let params = values.into_iter().map(param).collect();
    let text = text.into();
    (Sql { text, params }, single)
}

/// Finishes a statement as a node of a plan; tells whether it serves one request alone.
///
/// # Errors
/// When the cursor is of another order.
pub fn seal(dialect: Dialect, mut statement: Statement) -> Result<(Node, bool)> {
    let width = statement.select.len();
    let id = statement.id_column();
    let totals = statement
        .counted
        .then(|| sealed(dialect, &totals(dialect, &statement), false));
    let (totals, single_totals) = totals.unzip();
    let few = statement.few;
    let (rows, single_rows) = sealed(dialect, &rows(dialect, &mut statement)?, few);
    let page = statement.page.as_ref().map(|page| Part {
        size: usize::try_from(page.size).unwrap_or(usize::MAX),
        backward: page.backward,
        goes_on: page.from.is_some(),
        track: Track::of(&statement.keys),
    });
    let node = Node {
        table: statement.name,
        rows,
        totals,
        width,
        page,
        id,
        children: statement.children,
        slots: statement.slots,
        logs: statement.logs,
        logs_at_once: false,
    };
    Ok((node, single_rows || single_totals.unwrap_or_default()))
}

/// The rows of `statement`, for the parents that it hangs below. What it selects and joins goes into the query.
///
/// Selected columns stand in their order; for a list below parents, the parent's key follows them.
fn rows(dialect: Dialect, statement: &mut Statement) -> Result<SelectStatement> {
    let mut inner = Query::select();
    for (i, expr) in statement.select.drain(..).enumerate() {
        inner.expr_as(expr, format!("c{i}"));
    }
    inner.from_as(Alias::new(statement.name), statement.table.iden());
    let mut joins = std::mem::take(&mut statement.joins);
    let sorting: Vec<Join> = joins.iter().filter(|join| join.sorts).cloned().collect();
    joined(&mut inner, joins.drain(..));
    let cond = statement.cond().clone();
    let Some(asked) = &statement.page else {
        cond.apply(&mut inner);
        if let Some(by) = statement.by {
            let column = statement.table.col(by);
            inner.and_where(if statement.lone {
                column.eq(Expr::val(fill::key()))
            } else {
                in_list(dialect, column, fill::keys())
            });
        }
        return Ok(inner);
    };
    let behind = page::behind(&statement.keys, asked)?;
    let limit = asked.size + 1;
    let whole = std::slice::from_ref(&cond);
    let branches = match statement.branches() {
        [] => whole,
        branches => branches,
    };
    if statement.by.is_none() && (!statement.branches().is_empty() || behind.len() > 1) {
        let parts = branches.iter().flat_map(|branch| {
            let from_there = behind.iter().cloned();
            from_there.map(|behind| branch.clone().and(behind))
        });
        let found = found(statement, &sorting, asked, parts);
        inner.and_where(statement.table.col("id").in_subquery(found));
        page::order(&mut inner, &statement.keys, asked.backward);
        inner.limit(limit);
        return Ok(inner);
    }
    cond.and(any(behind)).apply(&mut inner);
    let Some(by) = statement.by else {
        page::order(&mut inner, &statement.keys, asked.backward);
        inner.limit(limit);
        return Ok(inner);
    };
    let column = statement.table.col(by);
    let mut outer = Query::select();
    match dialect {
        Dialect::Postgres => {
            page::order(&mut inner, &statement.keys, asked.backward);
            inner
                .and_where(column.eq(Table::named("p").col("p")))
                .limit(limit);
            outer
                .expr(Expr::cust("\"l\".*"))
                .expr(Table::named("p").col("p"))
                .from_function(Func::cust("unnest").arg(Expr::val(fill::keys())), "p")
                .join_lateral(JoinType::InnerJoin, inner, "l", Expr::cust("TRUE"));
        }
        Dialect::Sqlite => {
            inner.and_where(in_list(dialect, column.clone(), fill::keys()));
            inner.expr_as(column.clone(), "k");
            let mut window = WindowStatement::partition_by_custom(partition(statement, by));
            for Key {
                expr,
                desc,
                nullable,
                ..
            } in &statement.keys
            {
                let direction = if *desc ^ asked.backward {
                    sea_query::Order::Desc
                } else {
                    sea_query::Order::Asc
                };
                if *nullable {
                    let first = if direction == sea_query::Order::Desc {
                        sea_query::NullOrdering::First
                    } else {
                        sea_query::NullOrdering::Last
                    };
                    window.order_by_expr_with_nulls(expr.clone(), direction, first);
                } else {
                    window.order_by_expr(expr.clone(), direction);
                }
            }
            inner.expr_window_as(Func::cust("ROW_NUMBER"), window, "n");
            let l = Table::named("l");
            outer
                .expr(Expr::cust("*"))
                .from_subquery(inner, "l")
                .and_where(l.col("n").lte(Expr::val(limit)))
                .order_by_expr(l.col("k"), sea_query::Order::Asc)
                .order_by_expr(l.col("n"), sea_query::Order::Asc);
        }
    }
    Ok(outer)
}

fn joined(query: &mut SelectStatement, joins: impl Iterator<Item = Join>) {
    for join in joins {
        let (name, alias) = (Alias::new(join.name), join.table.iden());
        query.join_as(JoinType::LeftJoin, name, alias, join.on);
    }
}

/// The ids of the rows that a page needs of each part; more than the page, where the parts overlap or are many.
fn found(
    statement: &Statement,
    sorting: &[Join],
    asked: &Page,
    parts: impl Iterator<Item = Cond>,
) -> SelectStatement {
    let one = |part: Cond| {
        let mut first = Query::select();
        first
            .expr_as(statement.table.col("id"), "id")
            .from_as(Alias::new(statement.name), statement.table.iden())
            .limit(asked.size + 1);
        joined(&mut first, sorting.iter().cloned());
        part.apply(&mut first);
        page::order(&mut first, &statement.keys, asked.backward);
        // SQLite takes no order within a union, but in a query of its own below it.
        Query::select()
            .expr(Expr::col(Alias::new("id")))
            .from_subquery(first, "b")
            .to_owned()
    };
    let mut all = parts.map(one);
    let mut query = all.next().unwrap_or_default();
    for other in all {
        query.union(UnionType::All, other);
    }
    query
}

fn partition(statement: &Statement, by: &str) -> String {
    // Alias and column are names of the declaration, never a user's text.
    format!("\"{}\".\"{by}\"", statement.table.iden())
}

/// How many rows a statement has in all, by parent where it hangs below some.
fn totals(dialect: Dialect, statement: &Statement) -> SelectStatement {
    let mut query = Query::select();
    query
        .expr(Func::count(Expr::cust("*")))
        .from_as(Alias::new(statement.name), statement.table.iden());
    statement.cond().clone().apply(&mut query);
    if let Some(by) = statement.by {
        let column = statement.table.col(by);
        query
            .expr(column.clone())
            .and_where(in_list(dialect, column.clone(), fill::keys()));
        query.add_group_by([column]);
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_looked_up_one_by_one_where_they_are_few() {
        let (list, other) = (Table::named("a"), Table::named("b"));
        let mut there = Query::select();
        there
            .expr(Expr::val(1))
            .from_as(Alias::new("other"), other.iden())
            .and_where(other.col("list_id").eq(list.col("id")));
        let mut query = Query::select();
        query
            .expr(list.col("id"))
            .from_as(Alias::new("list"), list.iden())
            .limit(20);
        Cond::exists(there).apply(&mut query);
        let text = |dialect, few| written(dialect, &query, few).0;
        let few = text(Dialect::Postgres, true);
        assert!(few.ends_with("LIMIT 1 OFFSET 0) LIMIT 20"), "{few}");
        for (dialect, few) in [(Dialect::Postgres, false), (Dialect::Sqlite, true)] {
            let text = text(dialect, few);
            assert!(text.ends_with("LIMIT 1) LIMIT 20"), "{text}");
        }
    }
}
