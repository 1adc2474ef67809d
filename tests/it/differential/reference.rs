//! The reference executor: slow and obviously right. It walks the same declaration one row and one field at a time,
//! filters and sorts in memory, asks the policy for each row by itself, and knows nothing of plans or joins.

use std::cmp::Ordering;
use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Value as Gql};
use futures_util::future::{BoxFuture, FutureExt as _};
use kehu::access::Table;
use kehu::graph::{
    Args, Batch, Cell, Gate, Graph, Kind, Parents, Read, RootRead, Scene, Shape, Type, instant_text,
};
use kehu::kit::ids;
use rules::kit::money::Fen;
use sea_query::{Alias, Expr, ExprTrait as _, Query};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A row with every column that its type declares.
#[derive(Clone)]
struct Whole {
    id: Uuid,
    cells: HashMap<&'static str, Cell>,
}

/// Answers documents by the declaration.
pub struct Reference<'a> {
    pub graph: &'static Graph,
    pub scene: &'a Scene,
    pub document: &'a ExecutableDocument,
}

type Merged<'a> = Vec<(String, &'a Field, Vec<&'a SelectionSet>)>;

impl<'a> Reference<'a> {
    /// `data` of the document's only operation.
    pub async fn data(&self) -> Value {
        let (_, operation) = self.document.operations.iter().next().unwrap();
        let mut data = Map::new();
        for (key, field, sets) in self.merge(&[&operation.node.selection_set.node], "Query") {
            let value = self.root(field, &sets).await;
            data.insert(key, value);
        }
        Value::Object(data)
    }

    fn merge(&self, sets: &[&'a SelectionSet], type_name: &str) -> Merged<'a> {
        let mut merged: Merged<'a> = Vec::new();
        let mut queue: Vec<&'a Selection> = sets
            .iter()
            .flat_map(|s| &s.items)
            .map(|i| &i.node)
            .collect();
        queue.reverse();
        while let Some(selection) = queue.pop() {
            let (on, below) = match selection {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.to_string();
                    let set = &field.node.selection_set.node;
                    match merged.iter_mut().find(|(k, ..)| *k == key) {
                        Some((.., sets)) => sets.push(set),
                        None => merged.push((key, &field.node, vec![set])),
                    }
                    continue;
                }
                Selection::InlineFragment(f) => (
                    f.node
                        .type_condition
                        .as_ref()
                        .map(|c| c.node.on.node.as_str()),
                    &f.node.selection_set.node,
                ),
                Selection::FragmentSpread(s) => {
                    let fragment = &self.document.fragments[&s.node.fragment_name.node].node;
                    (
                        Some(fragment.type_condition.node.on.node.as_str()),
                        &fragment.selection_set.node,
                    )
                }
            };
            let either = on.and_then(|on| self.graph.types.get(on)).map(|t| t.shape);
            let applies = match (on, either) {
                (None, _) => true,
                (Some(_), Some(Shape::Either(a, b))) => {
                    a == type_name || b == type_name || on == Some(type_name)
                }
                (Some("Node"), _) => self.graph.types.get(type_name).is_some_and(Type::is_node),
                (Some(on), _) => on == type_name,
            };
            if applies {
                queue.extend(below.items.iter().rev().map(|i| &i.node));
            }
        }
        merged
    }

    fn args(&self, field: &Field) -> Args {
        let pairs = field
            .arguments
            .iter()
            .map(|(name, value)| (name.node.clone(), value.node.clone().into_const().unwrap()));
        Args(pairs.collect())
    }

    async fn root(&self, field: &'a Field, sets: &[&'a SelectionSet]) -> Value {
        if field.name.node == "__typename" {
            return json!("Query");
        }
        let args = self.args(field);
        match &self.graph.roots[field.name.node.as_str()].read {
            RootRead::Connection(target, None) => {
                let ty = &self.graph.types[*target];
                let rows = self.all(ty, None).await;
                self.connection(ty, rows, &args, sets).await
            }
            RootRead::ById(target) => {
                let ty = &self.graph.types[*target];
                let (_, prefix, _) = ty.rows().unwrap();
                let id = ids::decode(prefix, args.text("id").unwrap()).unwrap();
                self.by_id(ty, id, sets).await
            }
            RootRead::Node => {
                let (prefix, id) = ids::split(args.text("id").unwrap()).unwrap();
                let ty = self
                    .graph
                    .types
                    .values()
                    .find(|t| t.rows().is_some_and(|(_, p, _)| p == prefix))
                    .unwrap();
                self.by_id(ty, id, sets).await
            }
            _ => panic!("the generator does not ask for this root"),
        }
    }

    async fn by_id(&self, ty: &'static Type, id: Uuid, sets: &[&'a SelectionSet]) -> Value {
        match self.whole(ty, id).await {
            Some(row) if self.seen(ty, &row).await => self.object(ty, ty, &row, sets).await,
            _ => Value::Null,
        }
    }

    /// Columns that the type and its parts declare.
    fn columns(&self, ty: &'static Type) -> Vec<(&'static str, Kind)> {
        let mut columns: Vec<(&'static str, Kind)> = vec![("id", Kind::Id(""))];
        columns.extend(ty.sort_columns.iter().map(|(_, key)| (*key, Kind::Text)));
        columns.push((ty.newest_by, ty.newest_kind));
        if ty.voidable {
            columns.push(("voided_at", Kind::Instant));
        }
        let mut parts = vec![ty];
        while let Some(part) = parts.pop() {
            for field in part.fields.values() {
                match &field.read {
                    Read::Column(column, kind) => columns.push((column, *kind)),
                    Read::One(_, column) => columns.push((column, Kind::Id(""))),
                    Read::Part(target) => match self.graph.types[*target].shape {
                        Shape::Either(a, b) => {
                            parts.extend([&self.graph.types[a], &self.graph.types[b]])
                        }
                        _ => parts.push(&self.graph.types[*target]),
                    },
                    Read::Batched { needs, .. } => columns.extend(needs.iter().copied()),
                    _ => {}
                }
            }
            if let Some((_, _, Some(Gate { hanging: true, .. }))) = part.rows() {
                columns.push(("object_kind", Kind::Text));
                columns.push(("holder_id", Kind::Id("")));
            }
            if let Some((
                _,
                _,
                Some(Gate {
                    via: Some((column, _)),
                    ..
                }),
            )) = part.rows()
            {
                columns.push((column, Kind::Id("")));
            }
        }
        let mut seen = Vec::new();
        columns.retain(|(column, _)| {
            !seen.contains(column) && {
                seen.push(*column);
                true
            }
        });
        columns
    }

    async fn whole(&self, ty: &'static Type, id: Uuid) -> Option<Whole> {
        let (name, ..) = ty.rows().unwrap();
        let table = Table::named("t");
        let columns = self.columns(ty);
        let mut query = Query::select();
        for (column, _) in &columns {
            query.expr(table.col(column));
        }
        query
            .from_as(Alias::new(name), table.iden())
            .and_where(table.col("id").eq(id));
        let rows = kehu::graph::fetch(&self.scene.db, &query).await.unwrap();
        let row = rows.first()?;
        let cells = columns
            .iter()
            .enumerate()
            .map(|(i, (column, kind))| (*column, kind.cell(row, i)))
            .collect();
        Some(Whole { id, cells })
    }

    async fn open(&self, gate: &Gate, name: &'static str, row: &Whole) -> bool {
        let table = Table::named("t");
        let mut gate = *gate;
        if gate.hanging {
            let Some(Cell::Text(kind)) = row.cells.get("object_kind") else {
                return false;
            };
            let kinds = self.scene.viewer.table.catalogue().attachables().iter();
            let kind = kinds.copied().find(|k| k.table == kind).unwrap();
            gate = Gate::new(kind.read.0, kind.read.1).via("holder_id", kind.holder());
        }
        let (name, id) = match gate.via {
            Some((column, parent)) => match row.cells.get(column) {
                Some(Cell::Id(id)) => (parent, *id),
                _ => return false,
            },
            None => (name, row.id),
        };
        let cond = self
            .scene
            .viewer
            .visible(gate.object, gate.action, &table)
            .cond();
        let mut query = Query::select();
        query
            .expr(Expr::cust("1"))
            .from_as(Alias::new(name), table.iden())
            .and_where(table.col("id").eq(id));
        query.and_where(cond.into_expr());
        !kehu::graph::fetch(&self.scene.db, &query)
            .await
            .unwrap()
            .is_empty()
    }

    async fn seen(&self, ty: &'static Type, row: &Whole) -> bool {
        match ty.rows() {
            Some((name, _, Some(gate))) => self.open(&gate, name, row).await,
            _ => true,
        }
    }

    /// Every row of a type that may be seen, of one parent where one is given.
    async fn all(&self, ty: &'static Type, parent: Option<(&'static str, Uuid)>) -> Vec<Whole> {
        let (name, ..) = ty.rows().unwrap();
        let table = Table::named("t");
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new(name), table.iden());
        if let Some((column, id)) = parent {
            query.and_where(table.col(column).eq(id));
        }
        let mut rows = Vec::new();
        for row in kehu::graph::fetch(&self.scene.db, &query).await.unwrap() {
            let row = self.whole(ty, row.uuid(0).unwrap()).await.unwrap();
            if self.seen(ty, &row).await {
                rows.push(row);
            }
        }
        rows
    }

    async fn connection(
        &self,
        ty: &'static Type,
        rows: Vec<Whole>,
        args: &Args,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let voided = matches!(args.get("includeVoided"), Some(Gql::Boolean(true)));
        let mut kept = Vec::new();
        for row in rows {
            let there = voided || !ty.voidable || row.cells["voided_at"] == Cell::Null;
            let fits = match args.get("where") {
                Some(value) => self.fits(ty, ty, &row, value).await,
                None => true,
            };
            if there && fits {
                kept.push(row);
            }
        }
        let keys = self.keys(ty, args);
        kept.sort_by(|a, b| {
            let by = keys.iter().map(|(column, desc)| {
                let order = compare(&a.cells[column], &b.cells[column]);
                if *desc { order.reverse() } else { order }
            });
            by.fold(Ordering::Equal, Ordering::then)
        });
        let total = kept.len();
        let size = |name| args.long(name).map(|n| n as usize);
        let (previous, next);
        if let Some(last) = size("last") {
            previous = kept.len() > last;
            next = false;
            kept.drain(..kept.len().saturating_sub(last));
        } else {
            let first = size("first").unwrap_or(50);
            next = kept.len() > first;
            previous = false;
            kept.truncate(first);
        }
        let mut out = Map::new();
        for (key, field, below) in self.merge(sets, &format!("{}Connection", ty.name)) {
            let value = match field.name.node.as_str() {
                "totalCount" => json!(total),
                "nodes" => self.list(ty, &kept, &below).await,
                "pageInfo" => {
                    let mut info = Map::new();
                    for (key, field, _) in self.merge(&below, "PageInfo") {
                        info.insert(
                            key,
                            match field.name.node.as_str() {
                                "hasNextPage" => json!(next),
                                "hasPreviousPage" => json!(previous),
                                _ => json!("PageInfo"),
                            },
                        );
                    }
                    Value::Object(info)
                }
                "edges" => {
                    let mut edges = Vec::new();
                    for row in &kept {
                        let mut edge = Map::new();
                        for (key, field, below) in self.merge(&below, &format!("{}Edge", ty.name)) {
                            edge.insert(
                                key,
                                match field.name.node.as_str() {
                                    "node" => self.object(ty, ty, row, &below).await,
                                    _ => json!(format!("{}Edge", ty.name)),
                                },
                            );
                        }
                        edges.push(Value::Object(edge));
                    }
                    Value::Array(edges)
                }
                _ => json!(format!("{}Connection", ty.name)),
            };
            out.insert(key, value);
        }
        Value::Object(out)
    }

    async fn list(&self, ty: &'static Type, rows: &[Whole], sets: &[&'a SelectionSet]) -> Value {
        let mut list = Vec::new();
        for row in rows {
            list.push(self.object(ty, ty, row, sets).await);
        }
        Value::Array(list)
    }

    fn keys(&self, ty: &'static Type, args: &Args) -> Vec<(&'static str, bool)> {
        let mut keys: Vec<(&'static str, bool)> = Vec::new();
        if let Some(Gql::List(items)) = args.get("orderBy") {
            for item in items {
                let Gql::Object(item) = item else { continue };
                let wanted = item["field"].to_string().replace('_', "").to_lowercase();
                let desc = item["direction"].to_string() == "DESC";
                let (_, field) = ty
                    .fields
                    .iter()
                    .find(|(n, f)| f.order && n.to_lowercase() == wanted)
                    .unwrap();
                let Read::Column(column, _) = field.read else {
                    unreachable!()
                };
                let column = ty
                    .sort_columns
                    .iter()
                    .find(|(c, _)| *c == column)
                    .map_or(column, |(_, k)| *k);
                if !keys.iter().any(|(c, _)| *c == column) {
                    keys.push((column, desc));
                }
            }
        }
        if keys.is_empty() {
            keys.push((ty.newest_by, true));
        }
        let down = keys.last().unwrap().1;
        keys.push(("id", down));
        keys
    }

    /// The object of `part`, which lies in the row of `ty`.
    fn object<'s>(
        &'s self,
        ty: &'static Type,
        part: &'static Type,
        row: &'s Whole,
        sets: &'s [&'a SelectionSet],
    ) -> BoxFuture<'s, Value> {
        async move {
            let mut out = Map::new();
            for (key, field, below) in self.merge(sets, part.name) {
                let value = match part.fields.get(field.name.node.as_str()) {
                    None => json!(part.name),
                    Some(declared) => self.field(ty, declared, row, field, &below).await,
                };
                out.insert(key, value);
            }
            Value::Object(out)
        }
        .boxed()
    }

    async fn field(
        &self,
        ty: &'static Type,
        declared: &'static kehu::graph::Field,
        row: &Whole,
        field: &'a Field,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let (name, prefix, _) = ty.rows().unwrap();
        let open = match &declared.gate {
            Some(gate) => self.open(gate, name, row).await,
            None => true,
        };
        if let Read::Part(target) = &declared.read {
            let target = &self.graph.types[*target];
            return match (target.shape, open) {
                (Shape::Either(a, b), _) => {
                    let side = &self.graph.types[if open { a } else { b }];
                    self.object(ty, side, row, sets).await
                }
                (_, true) => self.object(ty, target, row, sets).await,
                (_, false) => Value::Null,
            };
        }
        if !open {
            return Value::Null;
        }
        match &declared.read {
            Read::Id => json!(ids::encode(prefix, row.id)),
            Read::Column(column, kind) => shown(*kind, &row.cells[column]),
            Read::One(target, column) => match row.cells[column] {
                Cell::Id(id) => self.by_id(&self.graph.types[*target], id, sets).await,
                _ => Value::Null,
            },
            Read::Many { target, by } => {
                let target = &self.graph.types[*target];
                let rows = self.all(target, Some((by, row.id))).await;
                self.connection(target, rows, &self.args(field), sets).await
            }
            Read::Batched {
                needs, target, run, ..
            } => {
                let cells = needs
                    .iter()
                    .map(|(column, _)| row.cells[column].clone())
                    .collect();
                let parents = Parents {
                    ids: vec![row.id],
                    cells: vec![cells],
                };
                match run(self.scene, &parents, &self.args(field)).await.unwrap() {
                    Batch::Values(values) => self.project(target, &values[0], sets),
                    Batch::Refs(refs) => match refs[0] {
                        Some(id) => self.by_id(&self.graph.types[*target], id, sets).await,
                        None => Value::Null,
                    },
                }
            }
            Read::Part(_) | Read::Key(_) | Read::Nested(..) => unreachable!(),
        }
    }

    fn project(&self, target: &str, value: &Value, sets: &[&'a SelectionSet]) -> Value {
        let Some(ty) = self.graph.types.get(target) else {
            return value.clone();
        };
        match value {
            Value::Array(items) => items
                .iter()
                .map(|i| self.project(target, i, sets))
                .collect(),
            Value::Null => Value::Null,
            value => {
                let mut out = Map::new();
                for (key, field, below) in self.merge(sets, ty.name) {
                    let name = field.name.node.as_str();
                    let inner = value.get(name).unwrap_or(&Value::Null);
                    out.insert(
                        key,
                        match ty.fields.get(name).map(|f| &f.read) {
                            None => json!(ty.name),
                            Some(Read::Nested(target, _)) => self.project(target, inner, &below),
                            Some(_) => inner.clone(),
                        },
                    );
                }
                Value::Object(out)
            }
        }
    }

    fn fits<'s>(
        &'s self,
        ty: &'static Type,
        part: &'static Type,
        row: &'s Whole,
        value: &'s Gql,
    ) -> BoxFuture<'s, bool> {
        async move {
            let Gql::Object(fields) = value else {
                return true;
            };
            for (name, value) in fields {
                let holds = match (name.as_str(), value) {
                    (_, Gql::Null) => true,
                    ("and", Gql::List(items)) => {
                        let mut all = true;
                        for item in items {
                            all &= self.fits(ty, part, row, item).await;
                        }
                        all
                    }
                    ("or", Gql::List(items)) => {
                        let mut any = false;
                        for item in items {
                            any |= self.fits(ty, part, row, item).await;
                        }
                        any
                    }
                    ("not", value) => !self.fits(ty, part, row, value).await,
                    (name, value) => self.field_fits(ty, &part.fields[name], row, value).await,
                };
                if !holds {
                    return false;
                }
            }
            true
        }
        .boxed()
    }

    async fn field_fits(
        &self,
        ty: &'static Type,
        field: &'static kehu::graph::Field,
        row: &Whole,
        value: &Gql,
    ) -> bool {
        let (name, prefix, _) = ty.rows().unwrap();
        if let Some(gate) = &field.gate
            && !self.open(gate, name, row).await
        {
            return false;
        }
        match &field.read {
            Read::Id => operators(Kind::Id(prefix), &Cell::Id(row.id), value),
            Read::Column(column, kind) => operators(*kind, &row.cells[column], value),
            Read::Part(target) => {
                let part = match self.graph.types[*target].shape {
                    Shape::Either(open, _) => open,
                    _ => target,
                };
                self.fits(ty, &self.graph.types[part], row, value).await
            }
            Read::One(target, column) => {
                let target = &self.graph.types[*target];
                let Cell::Id(id) = row.cells[column] else {
                    return false;
                };
                match self.whole(target, id).await {
                    Some(other) => {
                        self.seen(target, &other).await
                            && self.fits(target, target, &other, value).await
                    }
                    None => false,
                }
            }
            _ => unreachable!(),
        }
    }
}

fn rank(cell: &Cell) -> u8 {
    u8::from(matches!(cell, Cell::Null))
}

/// Null is the greatest value.
fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Instant(a), Cell::Instant(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Id(a), Cell::Id(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn shown(kind: Kind, cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(t) => json!(t),
        Cell::Int(i) if kind == Kind::Money => json!(Fen::new(*i).to_string()),
        Cell::Int(i) => json!(i),
        Cell::Bool(b) => json!(b),
        Cell::Instant(i) => json!(instant_text(*i)),
        Cell::Date(d) => json!(d.to_string()),
        Cell::Id(id) => match kind {
            Kind::Id(prefix) => json!(ids::encode(prefix, *id)),
            _ => json!(id.to_string()),
        },
        Cell::Json(j) => j.clone(),
    }
}

fn plain(value: &Gql) -> Value {
    match value {
        Gql::Enum(name) => json!(name.as_str()),
        other => other.clone().into_json().unwrap(),
    }
}

fn operators(kind: Kind, cell: &Cell, value: &Gql) -> bool {
    let Gql::Object(operators) = value else {
        return true;
    };
    let mine = shown(kind, cell);
    let null = *cell == Cell::Null;
    operators.iter().all(|(operator, wanted): (&Name, &Gql)| {
        let list: Vec<Value> = match wanted {
            Gql::List(items) => items.iter().map(plain).collect(),
            one => vec![plain(one)],
        };
        let one = list.first().cloned().unwrap_or(Value::Null);
        let less = |a: &Value, b: &Value| match (a, b, kind) {
            (Value::String(a), Value::String(b), Kind::Money) => {
                a.parse::<Fen>().unwrap() < b.parse::<Fen>().unwrap()
            }
            (Value::String(a), Value::String(b), _) => a.as_bytes() < b.as_bytes(),
            (a, b, _) => a.as_i64() < b.as_i64(),
        };
        match operator.as_str() {
            "eq" => {
                if one == Value::Null {
                    null
                } else {
                    !null && mine == one
                }
            }
            "ne" => {
                if one == Value::Null {
                    !null
                } else {
                    null || mine != one
                }
            }
            "in" => !null && list.contains(&mine),
            "notIn" => null || !list.contains(&mine),
            "gt" => !null && less(&one, &mine),
            "gte" => !null && !less(&mine, &one),
            "lt" => !null && less(&mine, &one),
            "lte" => !null && !less(&one, &mine),
            "startsWith" => mine
                .as_str()
                .is_some_and(|m| m.starts_with(one.as_str().unwrap())),
            "contains" => mine
                .as_str()
                .is_some_and(|m| m.contains(one.as_str().unwrap())),
            "isNull" => null == (wanted == &Gql::Boolean(true)),
            other => panic!("{other}"),
        }
    })
}
