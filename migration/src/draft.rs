//! The one way migrations write a table, so that SQLite and PostgreSQL get the same from one text.
//!
//! Pitfall: released migrations are built on this file, so what its methods produce is frozen with
//! them. A later need is a new method, never a changed one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The answer of every `down`: a database only moves forward, since going back would lose records
/// that must stay (nothing is physically deleted).
pub(crate) fn forward_only() -> Result<(), DbErr> {
    Err(DbErr::Migration(
        "migrations are forward-only; restore a backup to go back".to_owned(),
    ))
}

/// A table being described: columns in order, then keys and indexes, then [`Draft::create`].
///
/// Columns are `NOT NULL` unless the method ends in `_opt`.
pub(crate) struct Draft<'m> {
    manager: &'m SchemaManager<'m>,
    name: &'static str,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

impl<'m> Draft<'m> {
    /// Begins the table `name`.
    pub(crate) fn table(manager: &'m SchemaManager<'m>, name: &'static str) -> Self {
        Self {
            manager,
            name,
            table: Table::create().table(name).take(),
            indexes: Vec::new(),
        }
    }

    /// The key `id`: a UUID that the server makes.
    pub(crate) fn id(self) -> Self {
        self.column(ColumnDef::new("id").uuid().not_null().primary_key())
    }

    /// A text column that is the key.
    pub(crate) fn text_key(self, name: &'static str) -> Self {
        let mut column = self.text_column(name);
        self.column(column.not_null().primary_key())
    }

    /// A 64-bit number that is the key; on SQLite the number of the row itself, given where none is.
    pub(crate) fn order_key(self, name: &'static str) -> Self {
        let mut column = ColumnDef::new(name);
        match self.manager.get_database_backend() {
            DbBackend::Sqlite => column.custom("integer"),
            _ => column.big_integer(),
        };
        self.column(column.not_null().primary_key())
    }

    /// Text that compares bytewise on both databases.
    pub(crate) fn text(self, name: &'static str) -> Self {
        let mut column = self.text_column(name);
        self.column(column.not_null())
    }

    /// [`Draft::text`], nullable.
    pub(crate) fn text_opt(self, name: &'static str) -> Self {
        let mut column = self.text_column(name);
        self.column(column.null())
    }

    /// A 32-bit number.
    pub(crate) fn int(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).integer().not_null())
    }

    /// A 64-bit number.
    pub(crate) fn big(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).big_integer().not_null())
    }

    /// [`Draft::big`], nullable.
    pub(crate) fn big_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).big_integer().null())
    }

    /// An amount in fen, since SQLite keeps decimals as floats.
    pub(crate) fn money(self, name: &'static str) -> Self {
        self.big(name)
    }

    /// [`Draft::money`], nullable.
    pub(crate) fn money_opt(self, name: &'static str) -> Self {
        self.big_opt(name)
    }

    /// [`Draft::money`] that is 0 unless given.
    pub(crate) fn money_or_zero(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).big_integer().not_null().default(0))
    }

    /// A yes or no.
    pub(crate) fn boolean(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).boolean().not_null())
    }

    /// An instant in UTC, microseconds; text on SQLite.
    pub(crate) fn instant(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).timestamp_with_time_zone().not_null())
    }

    /// [`Draft::instant`], nullable.
    pub(crate) fn instant_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).timestamp_with_time_zone().null())
    }

    /// A date in the company's zone.
    pub(crate) fn date(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).date().not_null())
    }

    /// [`Draft::date`], nullable.
    pub(crate) fn date_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).date().null())
    }

    /// A JSON document.
    pub(crate) fn json(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).json_binary().not_null())
    }

    /// [`Draft::json`], nullable.
    pub(crate) fn json_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).json_binary().null())
    }

    /// Bytes.
    pub(crate) fn blob(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).blob().not_null())
    }

    /// [`Draft::blob`], nullable.
    pub(crate) fn blob_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).blob().null())
    }

    /// An id without a foreign key.
    pub(crate) fn uuid(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).uuid().not_null())
    }

    /// [`Draft::uuid`], nullable.
    pub(crate) fn uuid_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).uuid().null())
    }

    /// The id of a row of `table`, held by a foreign key.
    pub(crate) fn reference(self, name: &'static str, table: &'static str) -> Self {
        self.uuid(name).foreign_key(name, table, "id")
    }

    /// [`Draft::reference`], nullable.
    pub(crate) fn reference_opt(self, name: &'static str, table: &'static str) -> Self {
        self.uuid_opt(name).foreign_key(name, table, "id")
    }

    /// The row's version, 1 at first.
    pub(crate) fn version(self) -> Self {
        self.column(ColumnDef::new("version").integer().not_null().default(1))
    }

    /// Text the database computes from the row by `expression`, and stores.
    pub(crate) fn generated_text(self, name: &'static str, expression: &'static str) -> Self {
        let mut column = self.text_column(name);
        self.column(column.generated(Expr::cust(expression), true))
    }

    /// An id the database computes from the row by `expression`, and stores.
    pub(crate) fn generated_uuid(self, name: &'static str, expression: &'static str) -> Self {
        self.column(
            ColumnDef::new(name)
                .uuid()
                .generated(Expr::cust(expression), true),
        )
    }

    /// A foreign key without cascades: nothing is deleted, so nothing follows.
    pub(crate) fn foreign_key(
        mut self,
        column: &'static str,
        table: &'static str,
        key: &'static str,
    ) -> Self {
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("{}_{column}_fkey", self.name))
                .from(self.name, column)
                .to(table, key),
        );
        self
    }

    /// A key of several columns.
    pub(crate) fn primary_key(mut self, columns: &[&'static str]) -> Self {
        let mut key = Index::create();
        for column in columns {
            key.col(*column);
        }
        self.table.primary_key(&mut key);
        self
    }

    /// At most one row for each combination of `columns`; rows with a null among them are free.
    pub(crate) fn unique(mut self, columns: &[&'static str]) -> Self {
        let index = self.index_on(columns, "key").unique().take();
        self.indexes.push(index);
        self
    }

    /// [`Draft::unique`] among the rows whose `column` is `value`.
    pub(crate) fn unique_where(
        mut self,
        columns: &[&'static str],
        column: &'static str,
        value: &'static str,
    ) -> Self {
        let suffix = format!("{}_key", value.to_lowercase());
        let index = self
            .index_on(columns, &suffix)
            .unique()
            .and_where(Expr::col(column).eq(value))
            .take();
        self.indexes.push(index);
        self
    }

    /// An index. Ascending serves descending pages too: both databases scan backwards.
    pub(crate) fn index(mut self, columns: &[&'static str]) -> Self {
        let index = self.index_on(columns, "idx");
        self.indexes.push(index);
        self
    }

    /// Creates the table, then its indexes.
    pub(crate) async fn create(self) -> Result<(), DbErr> {
        self.manager.create_table(self.table).await?;
        for index in self.indexes {
            self.manager.create_index(index).await?;
        }
        Ok(())
    }

    /// A nullable 32-bit number.
    pub(crate) fn int_opt(self, name: &'static str) -> Self {
        self.column(ColumnDef::new(name).integer().null())
    }

    /// [`Draft::int`] that is `value` unless given, in rows that are there already too.
    pub(crate) fn int_or(self, name: &'static str, value: i32) -> Self {
        self.column(ColumnDef::new(name).integer().not_null().default(value))
    }

    /// [`Draft::boolean`] that is `value` unless given, in rows that are there already too.
    pub(crate) fn boolean_or(self, name: &'static str, value: bool) -> Self {
        self.column(ColumnDef::new(name).boolean().not_null().default(value))
    }

    /// [`Draft::text`] that is `value` unless given, in rows that are there already too.
    pub(crate) fn text_or(self, name: &'static str, value: &'static str) -> Self {
        let mut column = self.text_column(name);
        self.column(column.not_null().default(value))
    }

    /// [`Draft::reference_opt`] as a column added later writes it, on SQLite too.
    pub(crate) fn refers_opt(self, name: &'static str, table: &'static str) -> Self {
        let mut column = ColumnDef::new(name);
        column.uuid().null();
        self.column(column.extra(format!("REFERENCES \"{table}\" (\"id\")")))
    }

    /// Adds the columns and indexes to the table, which is there already.
    pub(crate) async fn extend(self) -> Result<(), DbErr> {
        for column in self.table.get_columns() {
            let change = Table::alter()
                .table(self.name)
                .add_column(column.clone())
                .take();
            self.manager.alter_table(change).await?;
        }
        for index in self.indexes {
            self.manager.create_index(index).await?;
        }
        Ok(())
    }

    fn column(mut self, column: &mut ColumnDef) -> Self {
        self.table.col(column.take());
        self
    }

    fn text_column(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text();
        // SQLite compares bytewise by itself; PostgreSQL by the database's locale unless told.
        if self.manager.get_database_backend() == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }

    fn index_on(&self, columns: &[&'static str], suffix: &str) -> IndexCreateStatement {
        let name = format!("{}_{}_{suffix}", self.name, columns.join("_"));
        let mut index = Index::create().name(name).table(self.name).take();
        for column in columns {
            index.col(*column);
        }
        index
    }
}
