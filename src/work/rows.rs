//! Rows that wait to be written, and the one statement that writes them all.
//!
//! On PostgreSQL it is one statement whatever the number of tables: an insert a table, each a part of a common table
//! expression, so that it needs no transaction around it. A table's only row goes as parameters, several as one JSON
//! array: the text depends on the tables alone, is written once and stays prepared. On SQLite it is one text of several
//! statements, which goes to the writer's thread at once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait as _, Func, InsertStatement, LockType,
    PostgresQueryBuilder, Query, SelectStatement, SqliteQueryBuilder, Value, Values, WithClause,
    WithQuery,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, DbErr, EntityName as _, EntityTrait,
    IdenStatic as _, Iterable as _, Statement,
};
use uuid::Uuid;

use super::kept;
use crate::kit::error::Error;

/// Parameters of a statement on SQLite at most.
const PARAMETERS: usize = 30_000;
/// Rows of a statement at most.
const CHUNK: usize = 500;
/// Name of the part that the others hang on.
const HELD: &str = "held";

/// Rows of one table that set the same columns.
struct Rows {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

/// What the text of a statement depends on: the table it rests on, and of each that is written into the columns and
/// whether it is one row.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Shape {
    ground: Option<&'static str>,
    tables: Vec<(&'static str, Vec<&'static str>, bool)>,
}

/// The texts for PostgreSQL, as many as there are combinations of tables that commands write into.
static TEXTS: LazyLock<RwLock<HashMap<Shape, Arc<str>>>> = LazyLock::new(RwLock::default);

/// A row that what is written rests on: it must still be of the version that was read.
#[derive(Debug, Clone, Copy)]
struct Ground {
    table: &'static str,
    id: Uuid,
    version: i32,
}

/// What waits, tables in the order of their first row, so that what is referred to comes first.
#[derive(Default)]
pub(super) struct Waiting {
    tables: Vec<Rows>,
    ground: Option<Ground>,
}

impl Waiting {
    pub(super) fn keep<A: ActiveModelTrait>(&mut self, active: &A) {
        let table = A::Entity::default().table_name();
        let (mut columns, mut row) = (Vec::new(), Vec::new());
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = active.get(column) {
                columns.push(column.as_str());
                row.push(value);
            }
        }
        let same = |of: &&mut Rows| of.table == table && of.columns == columns;
        match self.tables.iter_mut().find(same) {
            Some(of) => of.rows.push(row),
            None => {
                // Before what waits already and hangs on it, which may be a later row of those.
                let key = format!("{table}_id");
                let hangs = |of: &Rows| of.columns.contains(&key.as_str());
                let place = self.tables.iter().position(hangs);
                let rows = Rows {
                    table,
                    columns,
                    rows: vec![row],
                };
                self.tables.insert(place.unwrap_or(self.tables.len()), rows);
            }
        }
    }

    /// Lets what waits, and what comes later, be written only while a row is of this version.
    pub(super) fn rest_on(&mut self, table: &'static str, id: Uuid, version: i32) {
        self.ground = Some(Ground { table, id, version });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`is_overtaken`] when what it rests on has changed; when the database fails.
    pub(super) async fn write(self, conn: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.is_empty() {
            return Ok(());
        }
        let stands = match conn.get_database_backend() {
            DbBackend::Postgres => {
                let row = conn.query_one_raw(self.in_one()).await?;
                row.map(|row| row.try_get_by_index::<i64>(0)).transpose()? == Some(1)
            }
            _ => {
                let rows = self.rows();
                conn.query_all_raw(self.in_a_row()?).await?.len() == rows
            }
        };
        if stands {
            Ok(())
        } else {
            Err(DbErr::RecordNotUpdated)
        }
    }

    /// All of it as one statement; it gives 1, or 0 and writes nothing when what it rests on has changed.
    fn in_one(self) -> Statement {
        let shape = self.shape();
        let known = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
        let text = known.get(&shape).cloned();
        drop(known);
        let (text, values) = match text {
            Some(text) => (text.to_string(), self.into_values()),
            None => {
                let (text, values) = self.into_query().build(PostgresQueryBuilder);
                let mut known = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
                known.insert(shape, text.as_str().into());
                (text, values)
            }
        };
        Statement::from_sql_and_values(DbBackend::Postgres, text, values.0)
    }

    /// What the text of the statement depends on.
    fn shape(&self) -> Shape {
        let tables = self.tables.iter();
        Shape {
            ground: self.ground.map(|ground| ground.table),
            tables: tables
                .map(|rows| (rows.table, rows.columns.clone(), rows.rows.len() == 1))
                .collect(),
        }
    }

    /// The values of [`Self::into_query`], in its order.
    fn into_values(self) -> Values {
        let mut values = match self.ground {
            Some(ground) => vec![ground.id.into(), ground.version.into()],
            None => vec![1.into()],
        };
        for rows in self.tables {
            values.extend(rows.into_values());
        }
        Values(values)
    }

    fn into_query(self) -> WithQuery {
        let held = match self.ground {
            // Shared: those who rest on the same row don't wait for each other, but for whoever changes it.
            Some(ground) => ground.find().lock(LockType::Share).take(),
            None => Query::select()
                .expr_as(Expr::val(1), Alias::new("id"))
                .take(),
        };
        let mut with = WithClause::new();
        with.cte(
            CommonTableExpression::from_select(held)
                .table_name(HELD)
                .materialized(true)
                .to_owned(),
        );
        for (number, rows) in self.tables.into_iter().enumerate() {
            with.cte(
                CommonTableExpression::new()
                    .table_name(Alias::new(format!("t{number}")))
                    .query(rows.into_insert())
                    .to_owned(),
            );
        }
        let count = Query::select()
            .expr(Func::count(Expr::col("id")))
            .from(HELD)
            .take();
        with.query(count)
    }

    /// Rows that [`Self::in_a_row`] gives where what it rests on still is as it was.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.ground.is_some())
    }

    /// All of it as statements in one text.
    pub(super) fn in_a_row(self) -> Result<Statement, DbErr> {
        let (mut text, mut values) = (String::new(), Vec::new());
        let mut add = |(sql, Values(of_it)): (String, Values)| {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&sql);
            values.extend(of_it);
        };
        if let Some(ground) = self.ground {
            add(ground.find().build(SqliteQueryBuilder));
        }
        for rows in self.tables {
            for insert in rows.into_inserts()? {
                add(insert.build(SqliteQueryBuilder));
            }
        }
        let backend = DbBackend::Sqlite;
        Ok(Statement::from_sql_and_values(backend, text, values))
    }
}

impl Ground {
    fn find(self) -> SelectStatement {
        Query::select()
            .column("id")
            .from(Alias::new(self.table))
            .and_where(Expr::col("id").eq(self.id))
            .and_where(Expr::col("version").eq(self.version))
            .take()
    }
}

impl Rows {
    /// An insert that hangs on `held`.
    fn into_insert(self) -> InsertStatement {
        let Self {
            table,
            columns,
            mut rows,
        } = self;
        let mut from = Query::select();
        from.from(HELD);
        if rows.len() == 1 {
            from.exprs(rows.remove(0).into_iter().map(Expr::val));
        } else {
            let array = array(&columns, &rows);
            let recordset = Func::cust("jsonb_populate_recordset")
                .arg(Expr::cust(format!("NULL::\"{table}\"")))
                .arg(Expr::val(array));
            from.from_function(recordset, "r")
                .columns(columns.iter().map(|column| ("r", Alias::new(*column))));
        }
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(table))
            .columns(columns.into_iter().map(Alias::new));
        // As many columns as were selected.
        let _ = insert.select_from(from);
        insert
    }

    /// The values of [`Self::into_insert`].
    fn into_values(mut self) -> Vec<Value> {
        if self.rows.len() == 1 {
            self.rows.remove(0)
        } else {
            vec![array(&self.columns, &self.rows).into()]
        }
    }

    /// Inserts of as many rows as a statement takes.
    fn into_inserts(self) -> Result<Vec<InsertStatement>, DbErr> {
        let Self {
            table,
            columns,
            rows,
        } = self;
        let most = CHUNK.min(PARAMETERS / columns.len().max(1));
        let mut inserts = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut insert = Query::insert();
            insert
                .into_table(Alias::new(table))
                .columns(columns.iter().copied().map(Alias::new));
            for row in rows.by_ref().take(most) {
                insert
                    .values(row.into_iter().map(Expr::val))
                    .map_err(|error| DbErr::Custom(error.to_string()))?;
            }
            inserts.push(insert);
        }
        Ok(inserts)
    }
}

/// Rows as PostgreSQL makes them of JSON.
fn array(columns: &[&str], rows: &[Vec<Value>]) -> serde_json::Value {
    let row = |row: &Vec<Value>| {
        let cells = columns.iter().zip(row);
        let cells = cells.map(|(column, value)| ((*column).to_owned(), cell(value)));
        serde_json::Value::Object(cells.collect())
    };
    rows.iter().map(row).collect()
}

/// A value as PostgreSQL reads it out of JSON.
fn cell(value: &Value) -> serde_json::Value {
    match value {
        Value::Bytes(Some(bytes)) => {
            let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
            std::iter::once("\\x".to_owned())
                .chain(digits)
                .collect::<String>()
                .into()
        }
        other => kept(other),
    }
}

/// Inserts rows by a text that on PostgreSQL is the same for any number of them.
///
/// # Errors
/// When the database fails.
pub async fn insert_all<A: ActiveModelTrait>(
    conn: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
) -> Result<(), DbErr> {
    let mut waiting = Waiting::default();
    for row in rows {
        waiting.keep(&row);
    }
    waiting.write(conn).await
}

/// Whether an error says that what was to be written rested on a row that has changed meanwhile.
pub(super) fn is_overtaken(error: &Error) -> bool {
    matches!(error, Error::Database(DbErr::RecordNotUpdated))
}
