//! A plan as it is kept and run: statements with their text, the tree of what hangs below them, the shape of the answer.
//!
//! Nothing in it belongs to one request: values come from [`Filling`], rows from [`super::run`].

use std::sync::Arc;

use uuid::Uuid;

use super::declare::BatchFn;
use super::derived::ComputeFn;
use super::fill::{Filling, Param};
use super::kind::Kind;
use super::page::Track;
use super::row::Row;
use super::scene::Args;
use crate::access::{Visible, Way};
use crate::kit::db::Dialect;
use crate::kit::error::Result;

/// A statement's text with what is filled into it.
pub struct Sql {
    /// The text; the same plan always sends the same, so that the database prepares it once.
    pub text: Arc<str>,
    /// Its parameters, in order.
    pub params: Vec<Param>,
}

impl Sql {
    /// The values of one run.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a leaf of the variables that is no value of its kind.
    pub fn values(
        &self,
        filling: &Filling,
        keys: Option<&[Uuid]>,
        dialect: Dialect,
    ) -> Result<Vec<sea_query::Value>> {
        let value = |param| filling.value(param, keys, dialect);
        self.params.iter().map(value).collect()
    }
}

/// A statement of a plan.
pub struct Node {
    /// Its table.
    pub table: &'static str,
    /// The rows.
    pub rows: Sql,
    /// How many there are in all, where that is asked for.
    pub totals: Option<Sql>,
    /// Columns that it selects. For a list below parents, the parent's key follows them.
    pub width: usize,
    /// Part of an order that it gives; `None`: rows come by id.
    pub page: Option<Part>,
    /// Position of the row's own id, where it is selected.
    pub id: Option<usize>,
    /// Lists below.
    pub children: Vec<Child>,
    /// Functions below.
    pub slots: Vec<Slot>,
    /// Readings to log: gate, column with the customer.
    pub logs: Vec<(GateRef, usize)>,
    /// Whether they can be logged beside the reading of what hangs below: there is nothing more to log, and nothing of it
    /// shows the log.
    pub logs_at_once: bool,
}

impl Node {
    /// Whether the log beside it neither gets more of it or of what hangs below, nor is read by it.
    fn leaves_alone(&self, log: &str) -> bool {
        let reads = |sql: &Sql| sql.text.contains(log);
        self.logs.is_empty()
            && !reads(&self.rows)
            && !self.totals.as_ref().is_some_and(reads)
            && self.all_below(|node| node.leaves_alone(log))
    }

    /// Whether all that hangs below leaves the log alone, a table. Of functions that ask the database nobody knows.
    pub fn below_leaves_alone(&self, log: &str) -> bool {
        self.all_below(|node| node.leaves_alone(log))
    }

    fn all_below(&self, hold: impl Fn(&Self) -> bool) -> bool {
        let known = |slot: &Slot| !matches!(slot.run, Function::Batch(_));
        self.slots.iter().all(known) && self.children.iter().all(|child| hold(&child.node))
    }
}

/// A part of an order.
pub struct Part {
    /// Rows wanted.
    pub size: usize,
    /// From the end.
    pub backward: bool,
    /// Whether it goes on from a cursor.
    pub goes_on: bool,
    /// The order.
    pub track: Track,
}

/// A list below a statement's rows.
pub struct Child {
    /// Column of the parent's key.
    pub key: usize,
    /// The gate it is behind.
    pub gate: Option<GateRef>,
    /// Its statement.
    pub node: Node,
}

/// A function below a statement's rows.
pub struct Slot {
    /// Column of the parent's id.
    pub id: usize,
    /// Columns that it needs.
    pub needs: Vec<(usize, Kind)>,
    /// Its arguments.
    pub args: Args,
    /// The function.
    pub run: Function,
    /// For rows: how they are loaded.
    pub rows: Option<Node>,
}

/// What fills a field of rows that are there.
#[derive(Clone, Copy)]
pub enum Function {
    /// Asked once for all of them.
    Batch(BatchFn),
    /// Computed for each.
    Each(ComputeFn),
    /// The free field that the arguments name.
    Entry,
}

/// A gate in a statement: by which way it is open for a row.
#[derive(Clone)]
pub struct GateRef {
    /// Column with the position of the way; `None`: the first way, or never when there is none.
    pub at: Option<usize>,
    /// The ways.
    pub ways: Arc<[OpenWay]>,
}

/// One way in which a gate can be open, as a reading by it is logged (LKP-5).
pub struct OpenWay {
    /// The ground, a `ReadingBasis`.
    pub basis: &'static str,
    /// Whose right, where it was delegated; a stand-in's id in a plan made for one.
    pub acted_for: Option<Uuid>,
    /// Section bit.
    pub section: Option<i32>,
}

impl GateRef {
    /// A gate whose way stands in the column at `at`.
    pub fn of(at: Option<usize>, ways: &Visible) -> Self {
        let open = |way: &Way| OpenWay {
            basis: way.basis,
            acted_for: way.acted_for,
            section: way.section,
        };
        Self {
            at,
            ways: ways.ways.iter().map(open).collect(),
        }
    }

    /// The way by which the gate is open for a row.
    pub fn way(&self, row: &Row) -> Option<&OpenWay> {
        match self.at {
            None => self.ways.first(),
            Some(at) => self.ways.get(usize::try_from(row.int(at)?).ok()?),
        }
    }

    /// Whether the gate is open for a row.
    pub fn is_open(&self, row: &Row) -> bool {
        self.way(row).is_some()
    }
}

/// A response key, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(Box<str>);

impl Label {
    /// For a key, which is a GraphQL name and needs no escapes.
    pub fn of(key: &str) -> Self {
        Self(format!("\"{key}\":").into())
    }

    /// Key, quotes and colon.
    pub fn written(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The key.
    pub fn key(&self) -> &str {
        self.0.get(1..self.0.len() - 2).unwrap_or_default()
    }
}

/// A field of `PageInfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFact {
    /// `__typename`.
    Typename,
    /// `hasNextPage`.
    HasNext,
    /// `hasPreviousPage`.
    HasPrevious,
    /// `startCursor`.
    Start,
    /// `endCursor`.
    End,
}

impl PageFact {
    /// The field with this name.
    pub fn named(name: &str) -> Self {
        match name {
            "hasNextPage" => Self::HasNext,
            "hasPreviousPage" => Self::HasPrevious,
            "startCursor" => Self::Start,
            "endCursor" => Self::End,
            _ => Self::Typename,
        }
    }
}

/// The shape of an answer's value.
pub enum Out {
    /// The name of the type.
    Typename(&'static str),
    /// The row's id.
    Id(usize, &'static str),
    /// A column.
    Column(usize, Kind),
    /// An object in the same row.
    Object(Presence, Vec<Named>),
    /// One of two parts of the same row.
    Either(GateRef, Vec<Named>, Vec<Named>),
    /// A connection over a child's rows.
    Connection(usize, Vec<ConnectionOut>),
    /// A function's JSON.
    Json(usize, Projection),
    /// A function's row.
    Ref(usize, Vec<Named>),
}

/// When an object in the same row is there.
pub enum Presence {
    /// Always.
    Always,
    /// When this column is not null.
    NotNull(usize),
    /// When the gate is open.
    Open(GateRef),
}

/// A value under its response key.
pub struct Named {
    /// Response key.
    pub key: Label,
    /// Value.
    pub out: Out,
    /// Whether it may be null.
    pub nullable: bool,
    /// The gate it is behind.
    pub gate: Option<GateRef>,
}

/// A field of a connection.
pub enum ConnectionOut {
    /// `__typename`.
    Typename(Label, String),
    /// `nodes`.
    Nodes(Label, Vec<Named>),
    /// `edges`.
    Edges(Label, Vec<EdgeOut>),
    /// `pageInfo`.
    PageInfo(Label, Vec<(Label, PageFact)>),
    /// `totalCount`.
    Total(Label),
}

/// A field of an edge.
pub enum EdgeOut {
    /// `__typename`.
    Typename(Label, String),
    /// `cursor`.
    Cursor(Label),
    /// `node`.
    Node(Label, Vec<Named>),
}

/// Which keys of a JSON value are written.
pub enum Projection {
    /// As it is.
    Leaf,
    /// An object's keys.
    Object(Vec<Projected>),
}

/// A key of a JSON value.
pub struct Projected {
    /// Response key.
    pub key: Label,
    /// Where it comes from.
    pub source: Source,
    /// Which keys below it.
    pub below: Projection,
    /// Whether it may be null.
    pub nullable: bool,
}

/// Where a projected value comes from.
pub enum Source {
    /// The type's name.
    Typename(&'static str),
    /// A key of the JSON.
    Key(String),
}
