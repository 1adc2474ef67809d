//! A condition that knows when it is trivially true or false, so that nobody pays for a predicate that says nothing.

use sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden, Query, SelectStatement};

/// A table under the alias by which a statement knows it.
#[derive(Clone)]
pub struct Table(DynIden);

impl Table {
    /// The alias `name`.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Alias::new(name.into()).into_iden())
    }

    /// A column of it.
    pub fn col(&self, column: &'static str) -> Expr {
        Expr::col((self.0.clone(), Alias::new(column)))
    }

    /// The alias itself.
    pub fn iden(&self) -> DynIden {
        self.0.clone()
    }
}

/// Limit of the subquery of [`Cond::exists`], which says nothing by itself. Whoever writes a statement that looks at few rows
/// puts in its place what keeps a database from reading a whole table for all of them together.
pub const ANY_ROW: u64 = 1 << 62;

/// A predicate.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// Holds for every row.
    Always,
    /// Holds for no row.
    Never,
    /// Holds where the expression is true; null counts as false.
    When(Expr),
}

impl Cond {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, c) | (c, Self::Always) => c,
            (Self::When(a), Self::When(b)) => Self::When(a.and(b)),
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (Self::Never, c) | (c, Self::Never) => c,
            (Self::When(a), Self::When(b)) => Self::When(a.or(b)),
        }
    }

    /// It does not hold: false and null both become true, so that a hidden null can't slip through a negation.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::When(e) => Self::When(e.is_not(Expr::custom_keyword(Alias::new("TRUE")))),
        }
    }

    /// A row of the subquery exists.
    pub fn exists(mut query: SelectStatement) -> Self {
        query.limit(ANY_ROW);
        Self::When(Expr::exists(query))
    }

    /// No row of the subquery exists. Told apart from a negated [`Cond::exists`] because a database joins by it.
    pub fn missing(query: SelectStatement) -> Self {
        Self::When(Expr::exists(query).not())
    }

    /// As an expression, for a place that needs one.
    pub fn into_expr(self) -> Expr {
        match self {
            Self::Always => Expr::cust("1 = 1"),
            Self::Never => Expr::cust("1 = 0"),
            Self::When(e) => e,
        }
    }

    /// Adds it to a statement's WHERE; nothing when it always holds.
    pub fn apply(self, query: &mut SelectStatement) {
        match self {
            Self::Always => {}
            other => {
                query.and_where(other.into_expr());
            }
        }
    }
}

/// One of `conds` holds; never when there is none.
pub fn any(conds: impl IntoIterator<Item = Cond>) -> Cond {
    joined(conds.into_iter().collect(), &Cond::Never, Cond::or)
}

/// All of `conds` hold; always when there is none.
pub fn all(conds: impl IntoIterator<Item = Cond>) -> Cond {
    joined(conds.into_iter().collect(), &Cond::Always, Cond::and)
}

/// Conditions that are joined one by one. More would nest more deeply than stacks and databases bear.
const ONE_BY_ONE: usize = 64;

fn joined(conds: Vec<Cond>, none: &Cond, join: fn(Cond, Cond) -> Cond) -> Cond {
    if conds.len() <= ONE_BY_ONE {
        return conds.into_iter().fold(none.clone(), join);
    }
    let mut conds = conds.into_iter().peekable();
    let mut parts = Vec::new();
    while conds.peek().is_some() {
        parts.push(conds.by_ref().take(ONE_BY_ONE).fold(none.clone(), join));
    }
    joined(parts, none, join)
}

/// A row of `table` points by `subject_kind` and `subject_id` at an object of this kind, and `cond` holds for that.
pub fn about(kind: &'static str, table: &Table, cond: impl FnOnce(&Table) -> Cond) -> Cond {
    let of_kind = Cond::When(table.col("subject_kind").eq(kind));
    let subject = Table::named(format!("subject_{kind}"));
    match cond(&subject) {
        Cond::When(expr) => {
            let mut query = Query::select();
            query
                .expr(Expr::cust("1"))
                .from_as(Alias::new(kind), subject.iden())
                .and_where(subject.col("id").eq(table.col("subject_id")))
                .and_where(expr);
            of_kind.and(Cond::exists(query))
        }
        settled => of_kind.and(settled),
    }
}

#[cfg(test)]
mod tests {
    use sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};

    use super::*;

    fn negated(cond: Cond) -> (String, String) {
        let mut query = Query::select();
        query.expr(Expr::cust("1"));
        cond.negate().apply(&mut query);
        (
            query.to_string(PostgresQueryBuilder),
            query.to_string(SqliteQueryBuilder),
        )
    }

    #[test]
    fn a_negation_takes_the_whole_condition() {
        let t = Table::named("t");
        let two = Cond::When(t.col("a").eq(1)).and(Cond::When(t.col("b").eq(2)));
        let (postgres, sqlite) = negated(two);
        assert_eq!(
            postgres,
            r#"SELECT 1 WHERE ("t"."a" = 1 AND "t"."b" = 2) IS NOT TRUE"#
        );
        assert_eq!(sqlite, postgres);
        let (postgres, _) = negated(Cond::When(t.col("a").lte("x")));
        assert_eq!(postgres, r#"SELECT 1 WHERE ("t"."a" <= 'x') IS NOT TRUE"#);
    }
}
