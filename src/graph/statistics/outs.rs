//! The shape of an answer of statistics.

use crate::graph::kind::Kind;
use crate::graph::node::{Label, Named, Node};

/// A field of the statistics.
pub enum Out {
    /// `__typename`.
    Typename(Label, String),
    /// `groups`.
    Groups(Label, Vec<GroupOut>),
    /// `hasMore`.
    HasMore(Label),
}

/// A field of a group.
pub enum GroupOut {
    /// `__typename`.
    Typename(Label, String),
    /// `key`.
    Key(Label, Vec<KeyOut>),
    /// A number, in this column.
    Figure(Label, usize, Kind),
    /// The measures of a field.
    Measures(Label, Vec<MeasureOut>),
}

/// A field of a measure.
pub enum MeasureOut {
    /// `__typename`.
    Typename(Label, &'static str),
    /// A number or a date, in this column.
    Figure(Label, usize, Kind),
}

/// A field of a group's key.
pub enum KeyOut {
    /// `__typename`.
    Typename(Label, String),
    /// What is not grouped by.
    Absent(Label),
    /// A value, in this column.
    Value(Label, usize, Kind),
    /// The first day of a bucket, whose number is in this column; of the date at the other position.
    Bucket(Label, usize, usize),
    /// An object, whose id is in this column; as it is loaded, at the other position.
    Object(Label, usize, usize, Vec<Named>),
}

/// Objects that are keys.
pub struct Objects {
    /// Column with their ids.
    pub at: usize,
    /// How they are loaded.
    pub node: Node,
}
