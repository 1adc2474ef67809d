//! Rows into PostgreSQL by COPY, its text format written by hand.

use std::fmt::{Display, Write as _};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use crate::Result;

/// Bytes gathered before they are sent.
const CHUNK: usize = 1 << 20;

/// A table being filled.
pub struct Copy<'c> {
    copy: PgCopyIn<&'c mut PgConnection>,
    text: String,
    fresh: bool,
}

impl<'c> Copy<'c> {
    /// Begins to fill these columns of `table`.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn begin(
        connection: &'c mut PgConnection,
        table: &str,
        columns: &str,
    ) -> Result<Self> {
        let copy = connection
            .copy_in_raw(&format!("COPY {table} ({columns}) FROM STDIN"))
            .await?;
        Ok(Self {
            copy,
            text: String::with_capacity(CHUNK + 4096),
            fresh: true,
        })
    }

    fn next(&mut self) {
        if !self.fresh {
            self.text.push('\t');
        }
        self.fresh = false;
    }

    /// A value that has neither tabs, line ends nor backslashes.
    pub fn put(&mut self, value: impl Display) -> &mut Self {
        self.next();
        // Writing into a String can't fail.
        let _ = write!(self.text, "{value}");
        self
    }

    /// A value, or null.
    pub fn put_opt(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.put(value),
            None => self.put("\\N"),
        }
    }

    /// Several nulls.
    pub fn nulls(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.put("\\N");
        }
        self
    }

    /// An instant.
    pub fn at(&mut self, at: DateTime<Utc>) -> &mut Self {
        self.put(at.format("%F %T%.6f+00"))
    }

    /// A day, or null.
    pub fn day(&mut self, day: Option<NaiveDate>) -> &mut Self {
        self.put_opt(day)
    }

    /// Ends the row.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn end(&mut self) -> Result<()> {
        self.text.push('\n');
        self.fresh = true;
        if self.text.len() >= CHUNK {
            self.copy.send(self.text.as_bytes()).await?;
            self.text.clear();
        }
        Ok(())
    }

    /// Ends the table; gives the number of rows.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn finish(mut self) -> Result<u64> {
        self.copy.send(self.text.as_bytes()).await?;
        Ok(self.copy.finish().await?)
    }
}
