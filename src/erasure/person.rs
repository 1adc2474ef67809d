//! What a feature declares of the natural persons whose data it keeps, so that an erasure knows no feature (PIP-3).
//!
//! A person is a row of a table. What hangs on him follows from the rows' columns, feature by feature: a complaint hangs
//! on its customer, an opinion on its approval. Pitfall: a column of text that is declared nowhere stays as it is; a test
//! holds every column of the database to be declared here or to be listed as not personal.

use futures_util::future::BoxFuture;

use super::reach::Reach;
use crate::work::{Done, Work};

/// A kind of natural persons. Its table has a [`Trace`] of its own.
#[derive(Debug)]
pub struct Person {
    /// Table of their rows.
    pub table: &'static str,
    /// Which rows are natural persons whose data can be erased; all where it is empty.
    pub only: &'static [(&'static str, &'static str)],
    /// Whose rows may speak of him in their free texts: own column with the key, and table.
    pub around: Option<(&'static str, &'static str)>,
    /// His retention period, in months of the rulebook (PIP-5).
    pub retention: &'static str,
    /// From when it runs, at the earliest: an instant or a day of his own row; where it is null, it does not run.
    pub idle_from: &'static str,
    /// Snapshots that hold his name.
    pub bumps: &'static [&'static str],
}

/// Rows with personal data, and on what they hang.
#[derive(Debug)]
pub struct Trace {
    /// Their table.
    pub table: &'static str,
    /// On what they hang, in any of these ways.
    pub hangs: &'static [Hangs],
    /// What of them is personal.
    pub columns: &'static [Column],
    /// An instant that ends such a row, set where it is null.
    pub ends: Option<&'static str>,
    /// Whether the rows go as a whole: those that follow from others.
    pub goes: bool,
    /// States in which the row is a case that still needs the data: column and values (PIP-3).
    pub open: Option<(&'static str, &'static [&'static str])>,
    /// For how long the law wants it kept: parameter in months, and the day from which (PIP-5).
    pub kept: Option<(&'static str, &'static str)>,
    /// An instant or a day that shows dealings with the person (PIP-5).
    pub active: Option<&'static str>,
}

impl Trace {
    /// Rows of a table that hang so, with these columns.
    pub const fn new(
        table: &'static str,
        hangs: &'static [Hangs],
        columns: &'static [Column],
    ) -> Self {
        Self {
            table,
            hangs,
            columns,
            ends: None,
            goes: false,
            open: None,
            kept: None,
            active: None,
        }
    }
}

/// How rows hang on others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hangs {
    /// This column holds the key of a row of this table.
    On(&'static str, &'static str),
    /// These columns hold table and key of any row.
    OnAny(&'static str, &'static str),
}

/// A personal column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What becomes of its value.
    pub becomes: Becomes,
    /// Whether the value tells the person, so that other texts can be searched for it.
    pub tells: bool,
    /// Whether it is running text, in which somebody else may be named.
    pub free: bool,
}

/// What becomes of an erased value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// [`rules::erasure::STUB`].
    Stub,
    /// Nothing, as an empty text.
    Empty,
    /// Nothing.
    Null,
    /// An empty document.
    Document,
    /// A text of the row's own, where no two may be the same.
    Own,
}

impl Column {
    /// A column and what becomes of it.
    pub const fn new(name: &'static str, becomes: Becomes) -> Self {
        Self {
            name,
            becomes,
            tells: false,
            free: false,
        }
    }

    /// A text that a stub takes the place of.
    pub const fn stub(name: &'static str) -> Self {
        Self::new(name, Becomes::Stub)
    }

    /// A text that goes.
    pub const fn null(name: &'static str) -> Self {
        Self::new(name, Becomes::Null)
    }

    /// A text that becomes empty.
    pub const fn empty(name: &'static str) -> Self {
        Self::new(name, Becomes::Empty)
    }

    /// Its value tells the person.
    #[must_use]
    pub const fn telling(mut self) -> Self {
        self.tells = true;
        self
    }

    /// It is running text.
    #[must_use]
    pub const fn free(mut self) -> Self {
        self.free = true;
        self
    }
}

/// Erases what a feature keeps outside of the database's rows, such as the contents of files. It runs before the rows are
/// made anonymous, and in their transaction: what can't be undone is only written down here, and done once it has ended.
pub type Outside = for<'a, 'w> fn(&'a mut Work<'w>, &'a Reach) -> BoxFuture<'a, Done<()>>;
