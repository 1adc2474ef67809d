//! What the reference executor reads: every table once, every gate once. Nothing a query does changes them but the log of
//! readings, which is read anew ([`Store::forget_readings`]).

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use kehu::access::Table;
use kehu::graph::{
    Args, Batch, BatchFn, Cell, ExprFn, Gate, Graph, Kind, Parents, Read, Scene, Shape, Type, fetch,
};
use sea_query::{Alias, Query};
use serde_json::Value;
use uuid::Uuid;

/// A row with every column that its type declares.
pub struct Whole {
    pub id: Uuid,
    pub cells: HashMap<&'static str, Cell>,
    /// What expressions are, by the field's name.
    pub expressions: HashMap<&'static str, Cell>,
}

/// The rows of a type.
pub struct Rows {
    pub all: Vec<Rc<Whole>>,
    by_id: HashMap<Uuid, Rc<Whole>>,
}

/// What a batched function gave for one row.
#[derive(Clone)]
pub enum Given {
    Value(Value),
    Row(Option<Uuid>),
}

/// Rows and rights of one viewer.
pub struct Store<'a> {
    pub graph: &'static Graph,
    pub scene: &'a Scene,
    rows: RefCell<HashMap<&'static str, Rc<Rows>>>,
    open: RefCell<HashMap<(String, &'static str), Rc<HashSet<Uuid>>>>,
    given: RefCell<HashMap<(&'static str, usize, Uuid), Given>>,
}

const READINGS: &str = "ArchiveReading";

impl<'a> Store<'a> {
    pub fn of(graph: &'static Graph, scene: &'a Scene) -> Self {
        Self {
            graph,
            scene,
            rows: RefCell::default(),
            open: RefCell::default(),
            given: RefCell::default(),
        }
    }

    /// A query may have left readings of archives (LKP-5).
    pub fn forget_readings(&self) {
        self.rows.borrow_mut().remove(READINGS);
    }

    /// Every row of a type, whoever may see it.
    pub async fn rows(&self, ty: &'static Type) -> Rc<Rows> {
        if let Some(known) = self.rows.borrow().get(ty.name) {
            return known.clone();
        }
        let (name, ..) = ty.rows().unwrap();
        let table = Table::named("t");
        let columns = self.columns(ty);
        let mut query = Query::select();
        for (column, _) in &columns {
            query.expr(table.col(column));
        }
        let expressions = self.expressions(ty);
        for (_, _, sql) in &expressions {
            query.expr(sql(&self.scene.viewer, &table));
        }
        query.from_as(Alias::new(name), table.iden());
        let rows = fetch(&self.scene.db, &query).await.unwrap();
        let whole = |row: &kehu::graph::Row| {
            let cells = columns.iter().enumerate();
            Rc::new(Whole {
                id: row.uuid(0).unwrap(),
                cells: cells
                    .map(|(i, (column, kind))| (*column, kind.cell(row, i)))
                    .collect(),
                expressions: (columns.len()..)
                    .zip(&expressions)
                    .map(|(i, (name, kind, _))| (*name, kind.cell(row, i)))
                    .collect(),
            })
        };
        let all: Vec<Rc<Whole>> = rows.iter().map(whole).collect();
        let by_id = all.iter().map(|row| (row.id, row.clone())).collect();
        let rows = Rc::new(Rows { all, by_id });
        self.rows.borrow_mut().insert(ty.name, rows.clone());
        rows
    }

    /// The row with this id.
    pub async fn whole(&self, ty: &'static Type, id: Uuid) -> Option<Rc<Whole>> {
        self.rows(ty).await.by_id.get(&id).cloned()
    }

    /// Columns that the type and its parts declare, the id first.
    fn columns(&self, ty: &'static Type) -> Vec<(&'static str, Kind)> {
        let mut columns: Vec<(&'static str, Kind)> = vec![("id", Kind::Id(""))];
        columns.push((ty.newest_by, ty.newest_kind));
        if ty.voidable {
            columns.push(("voided_at", Kind::Instant));
        }
        let mut parts = vec![ty];
        while let Some(part) = parts.pop() {
            columns.extend(part.sort_columns.iter().map(|(_, key)| (*key, Kind::Text)));
            for field in part.fields.values() {
                match &field.read {
                    Read::Column(column, kind) => columns.push((column, *kind)),
                    Read::One(_, column) => columns.push((column, Kind::Id(""))),
                    Read::Part(target) => match self.graph.types[*target].shape {
                        Shape::Either(a, b) => {
                            parts.extend([&self.graph.types[a], &self.graph.types[b]]);
                        }
                        _ => parts.push(&self.graph.types[*target]),
                    },
                    Read::Batched { needs, .. } | Read::Computed { needs, .. } => {
                        columns.extend(needs.iter().copied());
                    }
                    Read::Entry(column) => columns.push((column, Kind::Json)),
                    _ => {}
                }
            }
            let gate = part.rows().and_then(|(_, _, gate)| gate);
            if gate.is_some_and(|gate| gate.hanging) {
                columns.push(("object_kind", Kind::Text));
                columns.push(("holder_id", Kind::Id("")));
            }
            if let Some((column, _)) = gate.and_then(|gate| gate.via) {
                columns.push((column, Kind::Id("")));
            }
        }
        // The columns by which rows of this type hang below others.
        for parent in self.graph.types.values() {
            for field in parent.fields.values() {
                if let Read::Many { target, by } = &field.read
                    && *target == ty.name
                {
                    columns.push((by, Kind::Id("")));
                }
            }
        }
        let mut seen = HashSet::new();
        columns.retain(|(column, _)| seen.insert(*column));
        columns
    }

    /// Expressions of the type, each with its field's name; no part has any.
    fn expressions(&self, ty: &'static Type) -> Vec<(&'static str, Kind, ExprFn)> {
        let fields = ty.fields.iter();
        let expression = |(name, field): (&&'static str, &kehu::graph::Field)| match field.read {
            Read::Expression { kind, sql, .. } => Some((*name, kind, sql)),
            _ => None,
        };
        fields.filter_map(expression).collect()
    }

    /// Whether a gate is open for a row of the table `name`.
    pub async fn is_open(&self, gate: &Gate, name: &'static str, row: &Whole) -> bool {
        let mut gate = *gate;
        if gate.hanging {
            let Some(Cell::Text(kind)) = row.cells.get("object_kind") else {
                return false;
            };
            let kinds = self.scene.viewer.table.catalogue().attachables().iter();
            let kind = kinds.copied().find(|k| k.table == kind).unwrap();
            gate = Gate::new(kind.read.0, kind.read.1).via("holder_id", kind.holder());
        }
        match gate.via {
            Some((column, parent)) => match row.cells.get(column) {
                Some(Cell::Id(id)) => self.let_through(&gate, parent).await.contains(id),
                _ => false,
            },
            None => self.let_through(&gate, name).await.contains(&row.id),
        }
    }

    /// The rows of a table for which the policy permits a pair.
    async fn let_through(&self, gate: &Gate, name: &'static str) -> Rc<HashSet<Uuid>> {
        let key = (format!("{} {}", gate.object, gate.action), name);
        if let Some(known) = self.open.borrow().get(&key) {
            return known.clone();
        }
        let table = Table::named("t");
        let visible = self
            .scene
            .viewer
            .visible(gate.object, gate.action, &table)
            .cond();
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new(name), table.iden())
            .and_where(visible.into_expr());
        let rows = fetch(&self.scene.db, &query).await.unwrap();
        let ids: HashSet<Uuid> = rows.iter().filter_map(|row| row.uuid(0)).collect();
        let ids = Rc::new(ids);
        self.open.borrow_mut().insert(key, ids.clone());
        ids
    }

    /// Whether the viewer may see a row of a type.
    pub async fn is_seen(&self, ty: &'static Type, row: &Whole) -> bool {
        match ty.rows() {
            Some((name, _, Some(gate))) => self.is_open(&gate, name, row).await,
            _ => true,
        }
    }

    /// What a batched function gives for a row alone.
    pub async fn given(
        &self,
        ty: &'static Type,
        run: BatchFn,
        needs: &[(&'static str, Kind)],
        row: &Whole,
    ) -> Given {
        let key = (ty.name, run as usize, row.id);
        if let Some(known) = self.given.borrow().get(&key) {
            return known.clone();
        }
        let cells = needs.iter().map(|(column, _)| row.cells[column].clone());
        let parents = Parents {
            ids: vec![row.id],
            cells: vec![cells.collect()],
        };
        let given = match run(self.scene, &parents, &Args::default()).await.unwrap() {
            Batch::Values(values) => Given::Value(values[0].clone()),
            Batch::Refs(refs) => Given::Row(refs[0]),
        };
        self.given.borrow_mut().insert(key, given.clone());
        given
    }
}
