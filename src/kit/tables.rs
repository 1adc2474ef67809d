//! Which tables and columns a database has, and what kind each column is.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::kit::error::{Error, Result};

/// What a column holds, alike on both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole number of 32 bits.
    Int,
    /// Whole number of 64 bits.
    Big,
    /// Yes or no.
    Bool,
    /// Instant in UTC.
    Instant,
    /// Day.
    Date,
    /// Id.
    Uuid,
    /// JSON document.
    Json,
    /// Bytes.
    Bytes,
}

/// A column that is written, not computed by the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns by name.
    pub columns: Vec<Column>,
}

const POSTGRES: &str = "SELECT c.table_name::text, c.column_name::text, c.data_type::text \
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
    AND c.table_name <> 'seaql_migrations' ORDER BY c.table_name, c.ordinal_position";

const SQLITE: &str = "SELECT m.name AS table_name, x.name AS column_name, lower(x.type) AS data_type \
    FROM sqlite_master m JOIN pragma_table_xinfo(m.name) x \
    WHERE m.type = 'table' AND x.hidden = 0 AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND m.name <> 'seaql_migrations' ORDER BY m.name, x.cid";

/// Every table of the database, by name.
///
/// # Errors
/// When the database fails, or has a column of a kind that is not known.
pub async fn tables(conn: &impl ConnectionTrait) -> Result<Vec<Table>> {
    let backend = conn.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        POSTGRES
    } else {
        SQLITE
    };
    let rows = conn
        .query_all_raw(Statement::from_string(backend, sql))
        .await?;
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let name: String = row.try_get("", "table_name")?;
        let declared: String = row.try_get("", "data_type")?;
        let column = Column {
            name: row.try_get("", "column_name")?,
            kind: kind_of(backend, &declared).ok_or_else(|| {
                Error::internal(format!("{name} has a column of type {declared}"))
            })?,
        };
        match tables.last_mut().filter(|last| last.name == name) {
            Some(last) => last.columns.push(column),
            None => tables.push(Table {
                name,
                columns: vec![column],
            }),
        }
    }
    for table in &mut tables {
        // Tables that grew have their columns in another order on either database.
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(tables)
}

fn kind_of(backend: DbBackend, declared: &str) -> Option<Kind> {
    Some(match declared {
        "text" => Kind::Text,
        "integer" if backend == DbBackend::Postgres => Kind::Int,
        // SQLite's own integers have 64 bits.
        "integer" | "bigint" => Kind::Big,
        "boolean" => Kind::Bool,
        "timestamp with time zone" | "timestamp_with_timezone_text" => Kind::Instant,
        "date" | "date_text" => Kind::Date,
        "uuid" | "uuid_text" => Kind::Uuid,
        "jsonb" | "jsonb_text" => Kind::Json,
        "bytea" | "blob" => Kind::Bytes,
        _ => return None,
    })
}
