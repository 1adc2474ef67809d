//! Fields that follow from a row's own columns: expressions, which lists can be filtered and ordered by, computed fields
//! and entries of free fields. None of them asks anything, so none of them costs a statement.

use sea_query::extension::postgres::PgExpr as _;
use sea_query::{CaseStatement, Expr, ExprTrait, Func, Query};
use serde_json::Value;
use uuid::Uuid;

use super::building::Building;
use super::declare::Read;
use super::kind::{Cell, Kind};
use super::scene::{Args, Scene};
use crate::access::{Table, Viewer};
use crate::kit::db::Dialect;
use crate::kit::error::Result;

/// An expression over a row's own columns, as the viewer's instant and day have it; null only where its field can be.
pub type ExprFn = fn(&Viewer, &Table) -> Expr;
/// A field's value, of the row's id and of the cells that it needs: from what is in memory, without asking anything.
pub type ComputeFn = fn(&Scene, Uuid, &[Cell]) -> Result<Value>;

impl Building<'_> {
    /// An expression that always has a value, over these columns.
    pub fn expression(
        &mut self,
        name: &'static str,
        kind: Kind,
        needs: &'static [&'static str],
        sql: ExprFn,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Expression { needs, kind, sql }, false, doc)
    }

    /// [`Building::expression`] that may be null.
    pub fn optional_expression(
        &mut self,
        name: &'static str,
        kind: Kind,
        needs: &'static [&'static str],
        sql: ExprFn,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Expression { needs, kind, sql }, true, doc)
    }

    /// A value computed of these columns.
    pub fn computed(
        &mut self,
        name: &'static str,
        target: &'static str,
        needs: &'static [(&'static str, Kind)],
        run: ComputeFn,
        doc: &'static str,
    ) -> &mut Self {
        self.computes(name, (target, false), false, needs, run, doc)
    }

    /// A value computed of these columns, which can be null.
    pub fn computed_optional(
        &mut self,
        name: &'static str,
        target: &'static str,
        needs: &'static [(&'static str, Kind)],
        run: ComputeFn,
        doc: &'static str,
    ) -> &mut Self {
        self.computes(name, (target, false), true, needs, run, doc)
    }

    /// A list computed of these columns.
    pub fn computed_list(
        &mut self,
        name: &'static str,
        target: &'static str,
        needs: &'static [(&'static str, Kind)],
        run: ComputeFn,
        doc: &'static str,
    ) -> &mut Self {
        self.computes(name, (target, true), false, needs, run, doc)
    }

    fn computes(
        &mut self,
        name: &'static str,
        (target, list): (&'static str, bool),
        nullable: bool,
        needs: &'static [(&'static str, Kind)],
        run: ComputeFn,
        doc: &'static str,
    ) -> &mut Self {
        let read = Read::Computed {
            needs,
            target,
            list,
            run,
        };
        self.add(name, read, nullable, doc)
    }

    /// One of the free fields that a column holds, a text, by the argument `name`.
    pub fn entry(
        &mut self,
        name: &'static str,
        column: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Entry(column), true, doc)
            .arg("name", "String!", "Its name.")
    }
}

/// The free field that `name` of the arguments names.
pub fn entry(args: &Args, fields: &Cell) -> Value {
    let Cell::Json(fields) = fields else {
        return Value::Null;
    };
    match args.text("name").and_then(|name| fields.get(name)) {
        Some(Value::String(text)) => Value::from(text.as_str()),
        _ => Value::Null,
    }
}

/// The same in SQL: null where there is none of the name, or no text.
pub fn entry_in_sql(dialect: Dialect, fields: Expr, name: Expr) -> Expr {
    match dialect {
        Dialect::Postgres => {
            let kind = Func::cust("jsonb_typeof").arg(fields.clone().get_json_field(name.clone()));
            CaseStatement::new()
                .case(kind.eq("string"), fields.cast_json_field(name))
                .into()
        }
        Dialect::Sqlite => {
            // By its key, because a path would take `a.b` apart.
            let entry = Table::named("e");
            let mut found = Query::select();
            found
                .expr(entry.col("value"))
                .from_function(Func::cust("json_each").arg(fields), "e")
                .and_where(entry.col("key").eq(name))
                .and_where(entry.col("type").eq("text"));
            Expr::SubQuery(None, Box::new(found.into()))
        }
    }
}
