//! The statement of statistics, in three layers: the rows with what is taken of each (`r`), the groups with what their
//! rows come to (`g`), and around them conditions, order and limit. Both databases read the same through them as they
//! would in one layer, but for [`fenced`].

use sea_query::{
    Alias, CaseStatement, CommonTableExpression, Expr, ExprTrait as _, Func, JoinType,
    NullOrdering, Order, OverStatement as _, Query, SelectStatement, SubQueryStatement,
    WindowStatement, WithClause,
};

use super::figures::{Aggregate, Figure};
use crate::access::{Cond, Table};
use crate::graph::fill::{self, Edge};
use crate::graph::kind::Kind;
use crate::kit::db::Dialect;

/// Name of a key's column.
pub fn key_name(at: usize) -> String {
    format!("k{at}")
}

/// Name of the column of a taken value.
pub fn value_name(at: usize) -> String {
    format!("v{at}")
}

fn col(table: &str, column: impl Into<String>) -> Expr {
    Expr::col((Alias::new(table), Alias::new(column.into())))
}

fn value(at: usize) -> Expr {
    col("r", value_name(at))
}

/// A group's key.
pub fn key(at: usize) -> Expr {
    col("g", key_name(at))
}

/// A value as it is measured: whole numbers in 64 bits.
pub fn measured(value: Expr, kind: Kind) -> Expr {
    match kind {
        Kind::Int => value.cast_as("bigint"),
        _ => value,
    }
}

/// Number of the bucket in which a date lies, from 1; null where there is none.
pub fn bucket(dialect: Dialect, date: Expr, edges: usize) -> Expr {
    match dialect {
        Dialect::Postgres => {
            let edges = Expr::val(fill::edges(edges, Edge::All));
            Func::cust("width_bucket").arg(date).arg(edges).into()
        }
        Dialect::Sqlite => {
            let name = buckets_name(edges);
            let mut found = Query::select();
            found
                .expr(col(&name, "n"))
                .from(Alias::new(&name))
                .and_where(col(&name, "until").gt(date.clone()))
                .and_where(col(&name, "since").lte(date))
                .limit(1);
            Expr::from(SubQueryStatement::SelectStatement(found))
        }
    }
}

fn buckets_name(edges: usize) -> String {
    format!("b{edges}")
}

/// The buckets between edges as a table, which SQLite looks dates up in.
fn buckets(edges: usize) -> CommonTableExpression {
    let all = Expr::val(fill::edges(edges, Edge::All));
    let mut query = Query::select();
    query
        .expr_as(Expr::cust("key + 1"), "n")
        .expr_as(Expr::cust("value"), "since")
        .expr_as(Expr::cust("LEAD(value) OVER (ORDER BY key)"), "until")
        .from_function(Func::cust("json_each").arg(all), "e");
    CommonTableExpression::new()
        .query(query)
        .columns(["n", "since", "until"])
        .table_name(Alias::new(buckets_name(edges)))
        .materialized(true)
        .to_owned()
}

/// Leaves rows whose date is between the edges, or null: others came after the edges were asked for.
pub fn between(date: &Expr, edges: usize) -> Cond {
    let edge = |which| Expr::val(fill::edges(edges, which));
    let (first, last) = (edge(Edge::First), edge(Edge::Last));
    let within = date.clone().gte(first).and(date.clone().lt(last));
    Cond::When(within.or(date.clone().is_null()))
}

/// The least and the greatest of each taken value.
pub fn ranges(rows: SelectStatement, values: usize) -> SelectStatement {
    let mut query = Query::select();
    for at in 0..values {
        query.expr(Func::min(value(at))).expr(Func::max(value(at)));
    }
    query.from_subquery(rows, "r").to_owned()
}

/// The rows behind a fence, where they are grouped by buckets: PostgreSQL would think that there are as many buckets as
/// instants, and sort all rows instead of counting them up in a table of groups. What it can't look into it takes for few.
fn fenced(dialect: Dialect, mut rows: SelectStatement) -> SelectStatement {
    if dialect == Dialect::Postgres {
        rows.offset(0);
    }
    rows
}

/// A key of an order.
pub struct Sort {
    /// What is ordered by.
    pub by: Expr,
    /// The greatest first.
    pub desc: bool,
}

/// Objects that are keys, joined for an order by what they are known by. Hidden ones are no keys, so all may be seen.
pub struct Related {
    /// Their table.
    pub name: &'static str,
    /// Its alias.
    pub table: Table,
    /// Which key.
    pub key: usize,
}

/// What is asked of groups.
pub struct Groups<'f> {
    /// Keys of a group.
    pub keys: usize,
    /// Those of them that are dates in buckets.
    pub dates: usize,
    /// What is told of each.
    pub figures: &'f [Figure],
    /// Which of them.
    pub having: Cond,
    /// Objects that the order goes by.
    pub related: Vec<Related>,
    /// In which order.
    pub order: Vec<Sort>,
    /// At most so many.
    pub limit: u64,
}

/// A figure of a group, in the outer layer.
pub fn figure(at: usize, figure: &Figure) -> Expr {
    let told = col("g", format!("f{at}"));
    match figure {
        Figure::Of(Aggregate::Mean, _, kind) => {
            let scale = if *kind == Kind::Money { "1" } else { "100" };
            mean(told, col("g", format!("n{at}")), scale)
        }
        _ => told,
    }
}

/// The mean of values by their sum and number, times `scale`, rounded; null where there are none. Whole numbers all the
/// way: no part of it but the result itself can be out of range.
fn mean(sum: Expr, number: Expr, scale: &'static str) -> Expr {
    let number = Expr::from(Func::cust("NULLIF").arg(number).arg(Expr::cust("0")));
    let scale = || Expr::cust(scale);
    let rest = || sum.clone().modulo(number.clone()).mul(scale());
    let half = Expr::from(Func::abs(rest().modulo(number.clone()))).mul(Expr::cust("2"));
    let away = CaseStatement::new()
        .case(sum.clone().lt(Expr::cust("0")), Expr::cust("-1"))
        .finally(Expr::cust("1"));
    let away: Expr = CaseStatement::new()
        .case(half.gte(number.clone()), away)
        .finally(Expr::cust("0"))
        .into();
    let whole = sum.clone().div(number.clone()).mul(scale());
    whole.add(rest().div(number.clone())).add(away)
}

/// The statement that gives the groups of `rows`: keys, then figures.
pub fn groups(dialect: Dialect, rows: SelectStatement, asked: Groups<'_>) -> SelectStatement {
    let Groups {
        keys,
        dates,
        figures,
        having,
        related,
        order,
        limit,
    } = asked;
    let rows = if dates > 0 {
        fenced(dialect, rows)
    } else {
        rows
    };
    let mut grouped = Query::select();
    for at in 0..keys {
        let key = col("r", key_name(at));
        grouped.expr(key.clone());
        grouped.add_group_by([key]);
    }
    for (at, figure) in figures.iter().enumerate() {
        grouped.expr_as(aggregate(dialect, figure), format!("f{at}"));
        if let Figure::Of(Aggregate::Mean, of, _) = figure {
            grouped.expr_as(Func::count(value(*of)), format!("n{at}"));
        }
    }
    grouped.from_subquery(ranked(dialect, rows, keys, figures), "r");
    let mut query = Query::select();
    for at in 0..keys {
        query.expr_as(key(at), key_name(at));
    }
    for (at, told) in figures.iter().enumerate() {
        query.expr_as(figure(at, told), format!("f{at}"));
    }
    query.from_subquery(grouped, "g").limit(limit);
    for Related {
        name,
        table,
        key: at,
    } in related
    {
        let on = table.col("id").eq(key(at));
        query.join_as(JoinType::LeftJoin, Alias::new(name), table.iden(), on);
    }
    having.apply(&mut query);
    if dialect == Dialect::Sqlite && dates > 0 {
        let mut with = WithClause::new();
        for at in 0..dates {
            with.cte(buckets(at));
        }
        query.with_cte(with);
    }
    for Sort { by, desc } in order {
        // Null counts as the greatest, as in every order.
        let (order, nulls) = match desc {
            true => (Order::Desc, NullOrdering::First),
            false => (Order::Asc, NullOrdering::Last),
        };
        query.order_by_expr_with_nulls(by, order, nulls);
    }
    query
}

fn aggregate(dialect: Dialect, figure: &Figure) -> Expr {
    let (aggregate, of) = match figure {
        Figure::Count => return Func::count(Expr::cust("*")).into(),
        Figure::Distinct(of) => return Func::count_distinct(value(*of)).into(),
        Figure::Of(aggregate, of, _) => (*aggregate, *of),
    };
    match aggregate {
        Aggregate::Sum | Aggregate::Mean => Expr::from(Func::sum(value(of))).cast_as("bigint"),
        Aggregate::Least => Func::min(value(of)).into(),
        Aggregate::Greatest => Func::max(value(of)).into(),
        Aggregate::Percentile(share) => match dialect {
            Dialect::Postgres => Expr::cust_with_exprs(
                "percentile_disc($1) WITHIN GROUP (ORDER BY $2)",
                [Expr::val(share), value(of)],
            ),
            Dialect::Sqlite => {
                let reached =
                    col("r", rank_name(of)).gte(Expr::val(share).mul(col("r", number_name(of))));
                let reached: Expr = CaseStatement::new().case(reached, value(of)).into();
                Func::min(reached).into()
            }
        },
    }
}

fn rank_name(of: usize) -> String {
    format!("rank{of}")
}

fn number_name(of: usize) -> String {
    format!("number{of}")
}

/// The rows with the rank of each value in its group and the number of values there, where SQLite needs them for a
/// percentile.
fn ranked(
    dialect: Dialect,
    rows: SelectStatement,
    keys: usize,
    figures: &[Figure],
) -> SelectStatement {
    let of_percentile = |figure: &Figure| match figure {
        Figure::Of(Aggregate::Percentile(_), of, _) => Some(*of),
        _ => None,
    };
    let mut wanted: Vec<usize> = figures.iter().filter_map(of_percentile).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if dialect == Dialect::Postgres || wanted.is_empty() {
        return rows;
    }
    let mut query = Query::select();
    query.expr(Expr::cust("*"));
    for of in wanted {
        let mut group = WindowStatement::new();
        for at in 0..keys {
            group.add_partition_by(col("r", key_name(at)));
        }
        let number = Func::count(value(of));
        query.expr_window_as(number, group.clone(), number_name(of));
        group.order_by_expr_with_nulls(value(of), Order::Asc, NullOrdering::Last);
        query.expr_window_as(Func::cust("ROW_NUMBER"), group, rank_name(of));
    }
    query.from_subquery(rows, "r").to_owned()
}
