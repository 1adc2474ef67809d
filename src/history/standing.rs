//! The database as it stood at a past instant, for whatever reads it: temporary views under the tables' own names, on a
//! connection of their own, so that the code that reads facts today reads those of that day.
//!
//! Rows that did not change since are read as they are, through their indexes; of the others each column has the old
//! value of its first change since, and a row that was made since is not there. Rows that a start or a migration wrote
//! have no history and were always there.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::kit::db::{Db, Dialect, Source};
use crate::kit::error::{Error, Result};
use crate::kit::tables::{Kind, Table, tables};

/// How many may look into the past at once: each takes a connection of its own, beside the pools.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A handle on the past.
pub struct Standing {
    /// The database as it stood.
    pub db: Db,
    _place: SemaphorePermit<'static>,
}

/// A handle on the database as it stood right after `instant`. Waits while others look.
///
/// # Errors
/// When the database fails.
pub async fn as_it_stood(source: &Source, instant: DateTime<Utc>) -> Result<Standing> {
    let place = AT_ONCE.acquire().await;
    let place = place.map_err(|e| Error::internal(e.to_string()))?;
    let db = source
        .open_alone()
        .map_err(|e| Error::internal(e.to_string()))?;
    let at = instant.to_rfc3339_opts(SecondsFormat::AutoSi, false);
    let backend = db.read.get_database_backend();
    let changed = format!("SELECT DISTINCT object_kind FROM history WHERE at > '{at}'");
    let changed = db
        .read
        .query_all_raw(Statement::from_string(backend, changed))
        .await?;
    let changed: Vec<String> = changed
        .iter()
        .map(|row| row.try_get("", "object_kind"))
        .collect::<std::result::Result<_, _>>()?;
    let schema = match db.dialect {
        Dialect::Sqlite => String::new(),
        Dialect::Postgres => {
            let own = "SELECT quote_ident(current_schema()) AS name";
            let row = db
                .read
                .query_one_raw(Statement::from_string(backend, own))
                .await?
                .ok_or_else(|| Error::internal("the connection has no schema"))?;
            row.try_get("", "name")?
        }
    };
    let tables = tables(&db.read).await?;
    let views: Vec<String> = tables
        .iter()
        .filter(|table| changed.contains(&table.name))
        .map(|table| match db.dialect {
            Dialect::Sqlite => sqlite(table, &at),
            Dialect::Postgres => postgres(table, &at, &schema),
        })
        .collect();
    if !views.is_empty() {
        db.read.execute_unprepared(&views.join(";\n")).await?;
    }
    Ok(Standing { db, _place: place })
}

fn columns(table: &Table, of: impl Fn(&str, Kind) -> String) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| of(&column.name, column.kind))
        .collect();
    columns.join(", ")
}

/// Names come from the database's own catalogue and the instant from a clock, so nothing in here is a user's text.
fn postgres(table: &Table, at: &str, schema: &str) -> String {
    let name = &table.name;
    let since = format!("h.object_id = t.id AND h.object_kind = '{name}' AND h.at > '{at}'");
    let now = columns(table, |column, _| format!("t.\"{column}\""));
    let then = columns(table, |column, _| format!("p.\"{column}\""));
    format!(
        "CREATE TEMPORARY VIEW \"{name}\" AS \
         SELECT {now} FROM {schema}.\"{name}\" t WHERE NOT EXISTS (SELECT 1 FROM {schema}.history h WHERE {since}) \
         UNION ALL \
         SELECT {then} FROM {schema}.\"{name}\" t \
         CROSS JOIN LATERAL (SELECT jsonb_object_agg(f.key, f.value -> 0) AS old FROM ( \
             SELECT DISTINCT ON (e.key) e.key, e.value FROM {schema}.history h, jsonb_each(h.changes) e \
             WHERE {since} ORDER BY e.key, h.at, h.version, h.id) f) o \
         CROSS JOIN LATERAL jsonb_populate_record(t, o.old) p \
         WHERE t.id IN (SELECT h.object_id FROM {schema}.history h WHERE h.object_kind = '{name}' AND h.at > '{at}') \
         AND NOT o.old ? 'id'"
    )
}

fn sqlite(table: &Table, at: &str) -> String {
    let name = &table.name;
    let since = format!("h.object_id = t.id AND h.object_kind = '{name}' AND h.at > '{at}'");
    let now = columns(table, |column, _| format!("t.\"{column}\""));
    let then = columns(table, |column, kind| {
        let old = format!("json_extract(t.old, '$.{column}')");
        let old = match kind {
            // A document, and none where it was none.
            Kind::Json => format!("nullif(t.old -> '$.{column}', 'null')"),
            // As the driver writes instants: without a fraction of naught, with the offset.
            Kind::Instant => format!(
                "replace(replace(replace({old}, '.000000Z', 'Z'), '000Z', 'Z'), 'Z', '+00:00')"
            ),
            Kind::Uuid => format!("unhex(replace({old}, '-', ''))"),
            _ => old,
        };
        format!(
            "CASE WHEN json_type(t.old, '$.{column}') IS NULL THEN t.\"{column}\" ELSE {old} END AS \"{column}\""
        )
    });
    format!(
        "CREATE TEMPORARY VIEW \"{name}\" AS \
         SELECT {now} FROM main.\"{name}\" t WHERE NOT EXISTS (SELECT 1 FROM main.history h WHERE {since}) \
         UNION ALL \
         SELECT {then} FROM (SELECT t.*, (SELECT json_group_object(f.key, json(f.old)) FROM ( \
             SELECT e.key, h.changes -> ('$.' || e.key || '[0]') AS old, \
                 min(h.at || printf(' %010d ', h.version) || h.id) AS first \
             FROM main.history h, json_each(h.changes) e WHERE {since} GROUP BY e.key) f) AS old \
             FROM main.\"{name}\" t WHERE t.id IN (SELECT h.object_id FROM main.history h \
                 WHERE h.object_kind = '{name}' AND h.at > '{at}')) t \
         WHERE json_type(t.old, '$.id') IS NULL"
    )
}
