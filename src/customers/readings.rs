//! The log of archive readings (LKP-5): who, when, which sections, on what ground. It stands before the answer leaves.
//!
//! Requests of a worker that read at the same time are written together: while one statement is on its way, those that
//! come up wait and make the next one. Nobody waits for a timer, and nobody's answer leaves before its own rows stand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use entity::archive_grant;
use entity::archive_reading::{self, Column};
use futures_util::future::BoxFuture;
use rules::vocabulary::ReadingBasis;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityName as _};
use sea_query::{
    Alias, ArrayType, CaseStatement, Expr, ExprTrait as _, Func, FunctionCall, InsertStatement,
    Query, Value,
};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::graph::{Reading, ReadingLog, Scene};
use crate::kit::clock::Clock;
use crate::kit::db::{Db, Pool};
use crate::kit::error::{Error, Result};
use crate::work::Outside;

/// Writes readings to `archive_reading`.
#[derive(Default)]
pub struct Readings(Arc<Mutex<Waiting>>);

/// What waits to be written, by the number of the handle; an entry as long as its handle is being written through.
type Waiting = HashMap<usize, Vec<Request>>;

/// The rows of a request, and whom to tell.
struct Request {
    rows: Vec<Row>,
    written: oneshot::Sender<Result<(), String>>,
}

impl ReadingLog for Readings {
    fn table(&self) -> &'static str {
        archive_reading::Entity.table_name()
    }

    fn record(&self, scene: &Scene, readings: Vec<Reading>) -> BoxFuture<'static, Result<()>> {
        let begun = rows(scene, readings).map(|rows| {
            let (written, told) = oneshot::channel();
            self.write(&scene.db, Request { rows, written });
            told
        });
        Box::pin(async move {
            match begun?.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(why)) => Err(Error::internal(why)),
                Err(_) => Err(Error::internal("the log of readings broke off")),
            }
        })
    }
}

impl Readings {
    fn write(&self, db: &Db, request: Request) {
        match lock(&self.0).entry(db.number) {
            std::collections::hash_map::Entry::Occupied(mut waiting) => {
                waiting.get_mut().push(request)
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(vec![request]);
                let writer = Writer {
                    waiting: self.0.clone(),
                    db: db.clone(),
                    over: false,
                };
                tokio::spawn(writer.run());
            }
        }
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes through one handle until nothing waits.
struct Writer {
    waiting: Arc<Mutex<Waiting>>,
    db: Db,
    over: bool,
}

impl Writer {
    async fn run(mut self) {
        while let Some(requests) = self.next() {
            let rows: Vec<&Row> = requests.iter().flat_map(|request| &request.rows).collect();
            let written = insert(&self.db, &rows)
                .await
                .map_err(|error| error.to_string());
            for request in requests {
                // Nobody listens where the caller went away.
                let _ = request.written.send(written.clone());
            }
        }
    }

    fn next(&mut self) -> Option<Vec<Request>> {
        let mut all = lock(&self.waiting);
        let requests = all
            .get_mut(&self.db.number)
            .map(std::mem::take)
            .filter(|r| !r.is_empty());
        if requests.is_none() {
            all.remove(&self.db.number);
            self.over = true;
        }
        requests
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.over {
            // It broke off: those who wait are told by their channel's end, and the next request starts anew.
            lock(&self.waiting).remove(&self.db.number);
        }
    }
}

fn rows(scene: &Scene, readings: Vec<Reading>) -> Result<Vec<Row>> {
    let clock = scene.get::<Clock>()?;
    let row = |reading: Reading| Row {
        id: clock.new_id(),
        read_at: scene.viewer.now,
        customer: reading.object,
        reader: scene.viewer.subject.employee,
        reader_for: reading.acted_for,
        sections: reading.sections,
        basis: reading.basis,
        request_id: scene.request_id.clone(),
    };
    Ok(readings.into_iter().map(row).collect())
}

/// A row of `archive_reading`.
struct Row {
    id: Uuid,
    read_at: DateTime<Utc>,
    customer: Uuid,
    reader: Uuid,
    reader_for: Option<Uuid>,
    sections: i32,
    basis: &'static str,
    request_id: String,
}

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::ReadAt,
    Column::CustomerId,
    Column::ReaderId,
    Column::ReaderFor,
    Column::Sections,
    Column::Basis,
    Column::GrantId,
    Column::RequestId,
];

/// Rows of a statement on SQLite, whose parameters are limited in number.
const ROWS: usize = 500;

async fn insert(db: &Db, rows: &[&Row]) -> Result<()> {
    match &db.pool {
        Pool::Postgres(..) => {
            // An array of one seems so much cheaper than any other that the database would plan it anew each time.
            let insert = match rows {
                [_] => by_values(rows)?,
                _ => by_arrays(rows)?,
            };
            Outside::new(db).execute(&insert).await?;
        }
        Pool::Sqlite(_, together) => {
            for rows in rows.chunks(ROWS) {
                let statement = DbBackend::Sqlite.build(&by_values(rows)?);
                together.commit(statement, 0).await?;
            }
        }
    }
    Ok(())
}

fn by_values(rows: &[&Row]) -> Result<InsertStatement> {
    let mut insert = Query::insert();
    insert.into_table(archive_reading::Entity).columns(COLUMNS);
    for row in rows {
        let grant = match row.basis == ReadingBasis::Grant.as_str() {
            true => grant_behind(
                Expr::val(row.customer),
                Expr::val(row.reader),
                Expr::val(row.read_at),
                Expr::val(row.sections),
            ),
            false => Expr::val(None::<Uuid>),
        };
        insert
            .values([
                Expr::val(row.id),
                Expr::val(row.read_at),
                Expr::val(row.customer),
                Expr::val(row.reader),
                Expr::val(row.reader_for),
                Expr::val(row.sections),
                Expr::val(row.basis),
                grant,
                Expr::val(row.request_id.clone()),
            ])
            .map_err(|e| Error::internal(e.to_string()))?;
    }
    Ok(insert)
}

/// One text of SQL for any number of rows, and a parameter a column: a page of 50 would have 450 else, and as many
/// statements to prepare as there are numbers of rows. An array has no nulls in this driver: the nil id stands for one.
fn by_arrays(rows: &[&Row]) -> Result<InsertStatement> {
    fn unnest<V: Into<Value>>(ty: ArrayType, values: impl Iterator<Item = V>) -> FunctionCall {
        let values = values.map(Into::into).collect();
        Func::cust("unnest").arg(Expr::val(Value::Array(ty, Some(Box::new(values)))))
    }
    let ids = |of: fn(&Row) -> Uuid| unnest(ArrayType::Uuid, rows.iter().map(|row| of(row)));
    let texts = |of: fn(&Row) -> &str| unnest(ArrayType::String, rows.iter().map(|row| of(row)));
    let lent = ids(|row| row.reader_for.unwrap_or_default());
    let instants = rows.iter().map(|row| row.read_at);
    let sections = rows.iter().map(|row| row.sections);
    let mut given = Query::select();
    given
        .expr_as(ids(|row| row.id), Column::Id)
        .expr_as(
            unnest(ArrayType::ChronoDateTimeUtc, instants),
            Column::ReadAt,
        )
        .expr_as(ids(|row| row.customer), Column::CustomerId)
        .expr_as(ids(|row| row.reader), Column::ReaderId)
        .expr_as(lent, Column::ReaderFor)
        .expr_as(unnest(ArrayType::Int, sections), Column::Sections)
        .expr_as(texts(|row| row.basis), Column::Basis)
        .expr_as(texts(|row| &row.request_id), Column::RequestId);
    let of = |column: Column| Expr::col((Alias::new("r"), column));
    let lent = Func::cust("NULLIF")
        .arg(of(Column::ReaderFor))
        .arg(Expr::val(Uuid::nil()));
    let grant = grant_behind(
        of(Column::CustomerId),
        of(Column::ReaderId),
        of(Column::ReadAt),
        of(Column::Sections),
    );
    let by_grant = of(Column::Basis).eq(ReadingBasis::Grant.as_str());
    let mut select = Query::select();
    select
        .expr(of(Column::Id))
        .expr(of(Column::ReadAt))
        .expr(of(Column::CustomerId))
        .expr(of(Column::ReaderId))
        .expr(lent)
        .expr(of(Column::Sections))
        .expr(of(Column::Basis))
        .expr(CaseStatement::new().case(by_grant, grant))
        .expr(of(Column::RequestId))
        .from_subquery(given, Alias::new("r"));
    let mut insert = Query::insert();
    insert
        .into_table(archive_reading::Entity)
        .columns(COLUMNS)
        .select_from(select)
        .map_err(|e| Error::internal(e.to_string()))?;
    Ok(insert)
}

/// The grant that a reading rests on: in force at its time, and over one of its sections (LKP-4).
fn grant_behind(customer: Expr, reader: Expr, at: Expr, sections: Expr) -> Expr {
    use archive_grant::Column as Grant;
    let of = |column: Grant| Expr::col((archive_grant::Entity, column));
    let mut found = Query::select();
    found
        .expr(of(Grant::Id))
        .from(archive_grant::Entity)
        .and_where(of(Grant::GranteeId).eq(reader))
        .and_where(of(Grant::CustomerId).eq(customer))
        .and_where(of(Grant::UntilAt).gt(at))
        .and_where(of(Grant::RevokedAt).is_null())
        .and_where(of(Grant::Sections).bit_and(sections).ne(0))
        .limit(1);
    Expr::SubQuery(None, Box::new(found.into()))
}
