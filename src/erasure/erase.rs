//! Making a person anonymous, in one transaction: rows, their history, the details of the audit log, kept outcomes (PIP-3).
//!
//! Everything that was said before in the same transaction is written before ([`Work::settle`]), so that it goes with the
//! rest. What is left of a record beside the chain is covered by the entry of the erasure, which is written last.

use std::collections::HashMap;

use rules::audit::ERASURE;
use rules::erasure::{PIP_3, redacted, redacted_json, telling};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockType, Query, Value};
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::person::{Becomes, Column, Person, Trace};
use super::reach::{CHUNK, Reach, as_text, text_at, traces};
use super::{KIND, past};
use crate::acting::Permit;
use crate::features::LIST;
use crate::kit::error::{Error, Result};
use crate::kit::tables::{self, Kind, Table};
use crate::work::{Blank, Done, Work};

/// What hangs on a person, and what only may speak of him.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Around {
    /// His own row and all that hangs on it.
    pub(super) own: Reach,
    /// Rows in whose free texts he may be named.
    pub(super) others: Reach,
}

impl Around {
    /// Everything about a person's row.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        conn: &impl sea_orm::ConnectionTrait,
        person: &'static Person,
        id: Uuid,
    ) -> Result<Self> {
        let own = Reach::of(conn, person.table, id).await?;
        let Some((column, table)) = person.around else {
            let others = Reach::default();
            return Ok(Self { own, others });
        };
        let mut query = Query::select();
        query
            .expr(Expr::col(column))
            .from(Alias::new(person.table))
            .and_where(Expr::col("id").eq(id));
        let others = match conn.query_one(&query).await? {
            Some(row) => {
                let parent = row.try_get_by_index::<Uuid>(0)?;
                Reach::of(conn, table, parent).await?.without(&own)
            }
            None => Reach::default(),
        };
        Ok(Self { own, others })
    }

    /// The same, every row of it locked for the transaction: whoever writes to one of them was before this and is seen,
    /// or waits until it is over. The person's own row is locked already.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn held(work: &Work<'_>, person: &'static Person, id: Uuid) -> Result<Self> {
        let mut around = Self::of(work.conn(), person, id).await?;
        // SQLite has one writer.
        if work.conn().get_database_backend() != DbBackend::Postgres {
            return Ok(around);
        }
        // What was written while a lock was waited for is found by looking again, until nothing new turns up.
        loop {
            around.own.lock(work.conn()).await?;
            around.others.lock(work.conn()).await?;
            let again = Self::of(work.conn(), person, id).await?;
            if again == around {
                return Ok(around);
            }
            around = again;
        }
    }
}

/// A row as it is read: its version where its table has one, and its cells as text.
struct Old {
    id: Uuid,
    version: Option<i32>,
    cells: Vec<Option<String>>,
}

/// Tables as the database has them, by name.
struct Tables(HashMap<String, Table>);

impl Tables {
    fn has(&self, table: &str, column: &str) -> bool {
        self.kind(table, column).is_some()
    }

    fn kind(&self, table: &str, column: &str) -> Option<Kind> {
        let table = self.0.get(table)?;
        let column = table.columns.iter().find(|c| c.name == column)?;
        Some(column.kind)
    }

    async fn read(
        &self,
        work: &Work<'_>,
        table: &'static str,
        columns: &[&'static str],
        ids: &[Uuid],
    ) -> Result<Vec<Old>> {
        let versioned = self.has(table, "version");
        let mut rows = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let mut query = Query::select();
            query.expr(Expr::col("id"));
            if versioned {
                query.expr(Expr::col("version"));
            }
            for column in columns {
                query.expr(as_text(column));
            }
            query
                .from(Alias::new(table))
                .and_where(Expr::col("id").is_in(ids.iter().copied()))
                .lock(LockType::Update);
            let first = 1 + usize::from(versioned);
            for row in work.conn().query_all(&query).await? {
                let cells = first..first + columns.len();
                rows.push(Old {
                    id: row.try_get_by_index(0)?,
                    version: if versioned {
                        Some(row.try_get_by_index(1)?)
                    } else {
                        None
                    },
                    cells: cells.map(|at| text_at(&row, at)).collect::<Result<_>>()?,
                });
            }
        }
        Ok(rows)
    }
}

/// Makes the person of `id` anonymous. `erasure` is its record; `permit` the ground of the entry.
///
/// # Errors
/// `VERSION_CONFLICT` when a row changed meanwhile; when the database fails.
pub(super) async fn erase(
    work: &mut Work<'_>,
    person: &'static Person,
    id: Uuid,
    erasure: Uuid,
    permit: &Permit,
) -> Done<()> {
    work.settle().await?;
    let around = Around::held(work, person, id).await?;
    let tables = tables::tables(work.conn()).await?;
    let tables = tables.into_iter().map(|table| (table.name.clone(), table));
    let tables = Tables(tables.collect());
    let mut told = past::told(work, &around.own).await?;
    let entry = work.entry();
    for outside in LIST.iter().flat_map(|feature| feature.outside) {
        outside(work, &around.own).await?;
    }
    for trace in traces() {
        let ids = around.own.of_table(trace.table);
        if !ids.is_empty() {
            blank_rows(work, &tables, trace, &ids, &mut told).await?;
        }
    }
    let told = telling(told);
    for trace in traces() {
        let ids = around.others.of_table(trace.table);
        if !ids.is_empty() {
            redact_rows(work, &tables, trace, &ids, &told).await?;
        }
    }
    let covered = past::erase(work, entry, &around, &told).await?;
    past::forget_outcomes(work, &around.own).await?;
    for name in person.bumps {
        work.bump(name);
    }
    let permit = Permit {
        clause: Some(PIP_3.number().to_owned()),
        ..permit.clone()
    };
    work.note(ERASURE, KIND, Some(erasure), &permit, covered.to_json());
    Ok(())
}

async fn blank_rows(
    work: &mut Work<'_>,
    tables: &Tables,
    trace: &'static Trace,
    ids: &[Uuid],
    told: &mut Vec<String>,
) -> Done<()> {
    let ends = trace.ends.into_iter();
    let names: Vec<&'static str> = trace.columns.iter().map(|c| c.name).chain(ends).collect();
    for old in tables.read(work, trace.table, &names, ids).await? {
        let cells = || trace.columns.iter().zip(&old.cells);
        for (_, cell) in cells().filter(|(column, _)| column.tells) {
            told.extend(cell.clone());
        }
        if trace.goes {
            continue;
        }
        let mut blanks = Vec::new();
        for (column, cell) in cells() {
            let kind = tables.kind(trace.table, column.name);
            let kind = kind.ok_or_else(|| missing(trace, column))?;
            blanks.extend(blanked(column, kind, cell.as_deref(), old.id));
        }
        if let (Some(column), Some(None)) = (trace.ends, old.cells.last()) {
            blanks.push(Blank {
                column,
                had: false,
                becomes: work.acting.now().into(),
            });
        }
        if !blanks.is_empty() {
            work.blank(trace.table, old.id, old.version, blanks).await?;
        }
    }
    if trace.goes {
        for ids in ids.chunks(CHUNK) {
            let mut delete = Query::delete();
            delete
                .from_table(Alias::new(trace.table))
                .and_where(Expr::col("id").is_in(ids.iter().copied()));
            work.conn().execute(&delete).await?;
        }
    }
    Ok(())
}

fn missing(trace: &Trace, column: &Column) -> Error {
    Error::internal(format!("{} has no column {}", trace.table, column.name))
}

/// What becomes of a cell; `None` where it is so already.
fn blanked(column: &Column, kind: Kind, old: Option<&str>, id: Uuid) -> Option<Blank> {
    let old = old?;
    let becomes = match column.becomes {
        Becomes::Stub => Some(rules::erasure::STUB.to_owned()),
        Becomes::Empty => Some(String::new()),
        Becomes::Own => Some(format!("erased-{}", id.simple())),
        Becomes::Document => Some("{}".to_owned()),
        Becomes::Null => None,
    };
    if becomes.as_deref() == Some(old) {
        return None;
    }
    let becomes = match (kind, column.becomes) {
        (Kind::Json, Becomes::Null) => Value::Json(None),
        (Kind::Json, _) => json!({}).into(),
        _ => Value::from(becomes),
    };
    Some(Blank {
        column: column.name,
        had: true,
        becomes,
    })
}

/// Takes a person's values out of the free texts of others' rows.
async fn redact_rows(
    work: &mut Work<'_>,
    tables: &Tables,
    trace: &'static Trace,
    ids: &[Uuid],
    told: &[String],
) -> Done<()> {
    let columns: Vec<&Column> = trace.columns.iter().filter(|c| c.free).collect();
    let names: Vec<&'static str> = columns.iter().map(|c| c.name).collect();
    if names.is_empty() || trace.goes {
        return Ok(());
    }
    for old in tables.read(work, trace.table, &names, ids).await? {
        let mut blanks = Vec::new();
        for (column, cell) in columns.iter().zip(&old.cells) {
            let Some(text) = cell else { continue };
            let becomes = match tables.kind(trace.table, column.name) {
                Some(Kind::Json) => {
                    let document: Option<Json> = serde_json::from_str(text).ok();
                    let left = document.and_then(|document| redacted_json(&document, told));
                    left.map(Value::from)
                }
                _ => redacted(text, told).map(Value::from),
            };
            blanks.extend(becomes.map(|becomes| Blank {
                column: column.name,
                had: true,
                becomes,
            }));
        }
        if !blanks.is_empty() {
            work.blank(trace.table, old.id, old.version, blanks).await?;
        }
    }
    Ok(())
}
