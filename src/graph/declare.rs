//! The declaration: what can be read, said once. Types, fields, relations, and for each the object·action it falls under.
//!
//! From it come the GraphQL types with descriptions, `where`, `orderBy`, connections, `node(id)`, the loading of mutation
//! payloads and every statement. Features build their part in `graph.rs`; nothing else describes what is readable.

use std::future::Future;
use std::pin::Pin;

use async_graphql::Value as GqlValue;
use indexmap::IndexMap;
use rules::vocabulary::Vocabulary;
use uuid::Uuid;

use super::building::Building;
use super::derived::{ComputeFn, ExprFn};
use super::kind::{Cell, Kind};
use super::scene::{Args, Scene};
use crate::access::{Cond, Table};
use crate::kit::error::Result;
use crate::kit::ids;

/// A future of a declared function.
pub type Future_<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What statistics cost beside the objects that are keys: they look at every row.
const STATISTICS: u64 = 100;

/// Everything that can be read.
#[derive(Default)]
pub struct Graph {
    /// Types by name.
    pub types: IndexMap<&'static str, Type>,
    /// Fields of the query root.
    pub roots: IndexMap<&'static str, Root>,
    /// Vocabularies by GraphQL name: values with descriptions.
    pub enums: IndexMap<&'static str, Vec<(&'static str, &'static str)>>,
}

/// The policy's pair that a type or field falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Object.
    pub object: &'static str,
    /// Action.
    pub action: &'static str,
    /// Where the pair speaks of another table's rows: own column with the key, and that table.
    pub via: Option<(&'static str, &'static str)>,
    /// Section bit to log a reading under (LKP-5).
    pub log: Option<i32>,
    /// Whether the row hangs on an object of any of several kinds and falls under what that object says of it; the pair
    /// is empty then.
    pub hanging: bool,
}

impl Gate {
    /// Falls under `object · action` of the row itself.
    pub const fn new(object: &'static str, action: &'static str) -> Self {
        Self {
            object,
            action,
            via: None,
            log: None,
            hanging: false,
        }
    }

    /// Falls under what the object says that the row hangs on (`object_kind`, `holder_id`).
    pub const fn of_object() -> Self {
        Self {
            hanging: true,
            ..Self::new("", "")
        }
    }

    /// Whether readings behind it may be logged.
    pub const fn is_logged(&self) -> bool {
        self.log.is_some() || self.hanging
    }

    /// Column with the row whose reading is logged.
    pub const fn holder(&self) -> &'static str {
        match self.via {
            Some((column, _)) => column,
            None if self.hanging => "holder_id",
            None => "id",
        }
    }

    /// The pair speaks of the row of `table` that `column` points to.
    #[must_use]
    pub const fn via(mut self, column: &'static str, table: &'static str) -> Self {
        self.via = Some((column, table));
        self
    }

    /// A reading is logged under this section.
    #[must_use]
    pub const fn logged(mut self, section: i32) -> Self {
        self.log = Some(section);
        self
    }
}

/// What a type's values come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Rows of a table.
    Table {
        /// The table.
        table: &'static str,
        /// Prefix of its ids.
        prefix: &'static str,
        /// What seeing a row falls under; `None`: everybody signed in.
        gate: Option<Gate>,
        /// Whether `node(id)` finds it.
        node: bool,
    },
    /// The row of the type that holds it.
    Part,
    /// JSON made by a declared function.
    Value,
    /// One of two parts of the same row: the first when its gate is open.
    Either(&'static str, &'static str),
}

/// A type.
pub struct Type {
    /// Name.
    pub name: &'static str,
    /// Description.
    pub doc: &'static str,
    /// Source of its values.
    pub shape: Shape,
    /// Fields.
    pub fields: IndexMap<&'static str, Field>,
    /// Column of the default order, newest first; ids break ties.
    pub newest_by: &'static str,
    /// Kind of that column.
    pub newest_kind: Kind,
    /// Whether rows can be voided (`voided_at`): lists leave voided ones out unless asked for.
    pub voidable: bool,
    /// Columns that sort by another one: a name by its pinyin key.
    pub sort_columns: Vec<(&'static str, &'static str)>,
}

/// An argument.
pub struct Arg {
    /// Name.
    pub name: &'static str,
    /// GraphQL type.
    pub ty: String,
    /// Description.
    pub doc: &'static str,
}

/// What a batched function gives for each parent, in the parents' order.
pub enum Batch {
    /// JSON of the field's type.
    Values(Vec<serde_json::Value>),
    /// Rows of the field's type.
    Refs(Vec<Option<Uuid>>),
}

/// The parents of a page: their ids and the columns that the field needs.
pub struct Parents {
    /// Ids.
    pub ids: Vec<Uuid>,
    /// For each parent the needed cells.
    pub cells: Vec<Vec<Cell>>,
}

/// A batched function: once per page for all parents.
pub type BatchFn = for<'a> fn(&'a Scene, &'a Parents, &'a Args) -> Future_<'a, Batch>;
/// A root's function giving JSON of its type.
pub type ValueFn = for<'a> fn(&'a Scene, &'a Args) -> Future_<'a, serde_json::Value>;
/// A root's additional condition.
pub type CondFn = fn(&Scene, &Table, &Args) -> Result<Cond>;
/// The row that a root stands for.
pub type PickFn = fn(&Scene) -> Option<Uuid>;

/// How a field is read.
pub enum Read {
    /// The row's own id.
    Id,
    /// A column.
    Column(&'static str, Kind),
    /// An expression over the row's own columns.
    Expression {
        /// The columns.
        needs: &'static [&'static str],
        /// Its kind.
        kind: Kind,
        /// The expression.
        sql: ExprFn,
    },
    /// Computed of the row's own cells.
    Computed {
        /// Columns that the function needs.
        needs: &'static [(&'static str, Kind)],
        /// GraphQL type without `!`.
        target: &'static str,
        /// Whether it gives a list of values.
        list: bool,
        /// The function.
        run: ComputeFn,
    },
    /// One of the free fields in a column, a text.
    Entry(&'static str),
    /// A key of the JSON value.
    Key(Kind),
    /// A nested JSON value, or a list of them, of the named type.
    Nested(&'static str, bool),
    /// The row that a column points to.
    One(&'static str, &'static str),
    /// The rows that point here.
    Many {
        /// Their type.
        target: &'static str,
        /// Their column with the key.
        by: &'static str,
    },
    /// A part of the same row, or one of two.
    Part(&'static str),
    /// Asked once for all parents of a page.
    Batched {
        /// Columns that the function needs.
        needs: &'static [(&'static str, Kind)],
        /// GraphQL type without `!`.
        target: &'static str,
        /// Whether it gives a list of values.
        list: bool,
        /// The function.
        run: BatchFn,
    },
}

/// A field.
pub struct Field {
    /// Description.
    pub doc: &'static str,
    /// How it is read.
    pub read: Read,
    /// Whether it can be absent.
    pub nullable: bool,
    /// What it falls under beyond its type; closed: null.
    pub gate: Option<Gate>,
    /// Why it should not be asked for any more, and what to ask for instead.
    pub deprecated: Option<&'static str>,
    /// What it costs for each row beside the objects that it gives, where that was declared.
    pub cost: Option<u64>,
    /// Whether `where` knows it.
    pub filter: bool,
    /// Whether `orderBy` knows it.
    pub order: bool,
    /// Whether statistics can group by it.
    pub group: bool,
    /// Whether statistics measure it.
    pub measure: bool,
    /// Whether `orderBy` of rows that point here knows it too.
    pub afar: bool,
    /// Arguments of a batched field or an entry.
    pub args: Vec<Arg>,
}

impl Field {
    /// What it costs for each row beside the objects that it gives: what was declared, or a statement or question of its
    /// own.
    pub fn cost(&self) -> u64 {
        let asks = matches!(self.read, Read::Many { .. } | Read::Batched { .. });
        self.cost.unwrap_or(u64::from(asks))
    }

    /// Whether its own gate already says of the rows behind it what `gate` would say of each.
    pub fn covers(&self, gate: Gate) -> bool {
        self.gate
            .is_some_and(|own| (own.object, own.action) == (gate.object, gate.action))
    }
}

/// How a root is read.
pub enum RootRead {
    /// A connection over a type's rows, with a condition of its own.
    Connection(&'static str, Option<CondFn>),
    /// The row whose id is the argument `id`.
    ById(&'static str),
    /// The row that the viewer stands for.
    Row(&'static str, PickFn),
    /// `node(id)`.
    Node,
    /// `nodes(ids)`.
    Nodes,
    /// Statistics of a type's rows.
    Statistics(&'static str),
    /// JSON of a type, or a list of it.
    Value(&'static str, bool, ValueFn),
}

/// A field of the query root.
pub struct Root {
    /// Description.
    pub doc: &'static str,
    /// How it is read.
    pub read: RootRead,
    /// Whether it can be absent.
    pub nullable: bool,
    /// Arguments beyond those that come with the kind of root.
    pub args: Vec<Arg>,
    /// What it costs beside the objects that it gives.
    pub cost: u64,
}

impl Graph {
    /// Declares the type of a table's rows.
    pub fn table(
        &mut self,
        name: &'static str,
        prefix: &'static str,
        table: &'static str,
        gate: Option<Gate>,
        doc: &'static str,
    ) -> Building<'_> {
        let shape = Shape::Table {
            table,
            prefix,
            gate,
            node: true,
        };
        let mut building = self.declare(name, shape, doc);
        building.add("id", Read::Id, false, "Id, unique over all types.");
        building
    }

    /// Declares a part of another type's row.
    pub fn part(&mut self, name: &'static str, doc: &'static str) -> Building<'_> {
        self.declare(name, Shape::Part, doc)
    }

    /// Declares a type whose values are JSON.
    pub fn value(&mut self, name: &'static str, doc: &'static str) -> Building<'_> {
        self.declare(name, Shape::Value, doc)
    }

    /// Declares a union of two parts.
    pub fn either(
        &mut self,
        name: &'static str,
        open: &'static str,
        locked: &'static str,
        doc: &'static str,
    ) {
        self.declare(name, Shape::Either(open, locked), doc);
    }

    /// The public form of the id of a table's row.
    pub fn public_id(&self, table: &str, id: Uuid) -> String {
        let mut rows = self.types.values().filter_map(Type::rows);
        let found = rows.find(|(name, ..)| *name == table);
        ids::encode(found.map_or("object", |(_, prefix, _)| prefix), id)
    }

    /// Makes a vocabulary known.
    pub fn vocabulary<V: Vocabulary>(&mut self) {
        self.enums.insert(V::TYPE_NAME, V::variants().to_vec());
    }

    /// Declares a root.
    pub fn root(
        &mut self,
        name: &'static str,
        read: RootRead,
        nullable: bool,
        doc: &'static str,
    ) -> &mut Root {
        self.roots
            .entry(name)
            .insert_entry(Root {
                doc,
                read,
                nullable,
                args: Vec::new(),
                cost: 0,
            })
            .into_mut()
    }

    /// Declares the statistics of a type's rows.
    pub fn statistics(&mut self, name: &'static str, target: &'static str) {
        self.root(
            name,
            RootRead::Statistics(target),
            false,
            "How many there are, and what they come to, of those that the viewer may see: in groups by chosen keys.",
        )
        .cost(STATISTICS);
    }

    fn declare(&mut self, name: &'static str, shape: Shape, doc: &'static str) -> Building<'_> {
        let ty = Type {
            name,
            doc,
            shape,
            fields: IndexMap::new(),
            newest_by: "created_at",
            newest_kind: Kind::Instant,
            voidable: false,
            sort_columns: Vec::new(),
        };
        Building::of(self.types.entry(name).insert_entry(ty).into_mut())
    }
}

impl Root {
    /// It costs so much beside the objects that it gives.
    pub fn cost(&mut self, cost: u64) -> &mut Self {
        self.cost = cost;
        self
    }

    /// Adds an argument.
    pub fn arg(&mut self, name: &'static str, ty: &str, doc: &'static str) -> &mut Self {
        self.args.push(Arg {
            name,
            ty: ty.to_owned(),
            doc,
        });
        self
    }
}

impl Type {
    /// Table, prefix and gate, for a type of rows.
    pub fn rows(&self) -> Option<(&'static str, &'static str, Option<Gate>)> {
        match self.shape {
            Shape::Table {
                table,
                prefix,
                gate,
                ..
            } => Some((table, prefix, gate)),
            _ => None,
        }
    }

    /// Whether it is one of the objects behind `node(id)`.
    pub fn is_node(&self) -> bool {
        matches!(self.shape, Shape::Table { node: true, .. })
    }
}

/// Whether an argument was given and is not null.
pub fn given(value: Option<&GqlValue>) -> Option<&GqlValue> {
    value.filter(|v| !matches!(v, GqlValue::Null))
}
