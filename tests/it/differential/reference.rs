//! The reference executor: slow and obviously right. It walks the same declaration one row and one field at a time,
//! filters and sorts in memory, looks each row up in what the policy lets through, and knows nothing of plans or joins.

use std::rc::Rc;

use async_graphql::Value as Gql;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use kehu::graph::{Args, Cell, Kind, Read, RootRead, Shape, Type, instant_text};
use kehu::kit::ids;
use rules::kit::money::Fen;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::conditions::entry;
use super::store::{Given, Store, Whole};

/// Answers documents by the declaration.
pub struct Reference<'a> {
    pub store: &'a Store<'a>,
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

    pub(super) fn merge(&self, sets: &[&'a SelectionSet], type_name: &str) -> Merged<'a> {
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
            let either = on
                .and_then(|on| self.store.graph.types.get(on))
                .map(|t| t.shape);
            let applies = match (on, either) {
                (None, _) => true,
                (Some(_), Some(Shape::Either(a, b))) => {
                    a == type_name || b == type_name || on == Some(type_name)
                }
                (Some("Node"), _) => self
                    .store
                    .graph
                    .types
                    .get(type_name)
                    .is_some_and(Type::is_node),
                (Some(on), _) => on == type_name,
            };
            if applies {
                queue.extend(below.items.iter().rev().map(|i| &i.node));
            }
        }
        merged
    }

    pub(super) fn args(&self, field: &Field) -> Args {
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
        match &self.store.graph.roots[field.name.node.as_str()].read {
            RootRead::Connection(target, None) => {
                let ty = &self.store.graph.types[*target];
                let rows = self.all(ty, None).await;
                self.connection(ty, rows, &args, sets).await
            }
            RootRead::Statistics(target) => {
                let ty = &self.store.graph.types[*target];
                self.statistics(ty, &args, sets).await
            }
            RootRead::ById(target) => {
                let ty = &self.store.graph.types[*target];
                let (_, prefix, _) = ty.rows().unwrap();
                let id = ids::decode(prefix, args.text("id").unwrap()).unwrap();
                self.by_id(ty, id, sets).await
            }
            RootRead::Node => {
                let (prefix, id) = ids::split(args.text("id").unwrap()).unwrap();
                let ty = self
                    .store
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

    pub(super) async fn by_id(
        &self,
        ty: &'static Type,
        id: Uuid,
        sets: &[&'a SelectionSet],
    ) -> Value {
        match self.store.whole(ty, id).await {
            Some(row) if self.store.is_seen(ty, &row).await => {
                self.object(ty, ty, &row, sets).await
            }
            _ => Value::Null,
        }
    }

    /// Every row of a type that may be seen, of one parent where one is given.
    pub(super) async fn all(
        &self,
        ty: &'static Type,
        parent: Option<(&'static str, Uuid)>,
    ) -> Vec<Rc<Whole>> {
        let mut rows = Vec::new();
        for row in &self.store.rows(ty).await.all {
            let below = parent.is_none_or(|(column, id)| row.cells[column] == Cell::Id(id));
            if below && self.store.is_seen(ty, row).await {
                rows.push(row.clone());
            }
        }
        rows
    }

    /// The rows that fit `where` and `includeVoided`.
    pub(super) async fn wanted(
        &self,
        ty: &'static Type,
        rows: Vec<Rc<Whole>>,
        args: &Args,
    ) -> Vec<Rc<Whole>> {
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
        kept
    }

    async fn connection(
        &self,
        ty: &'static Type,
        rows: Vec<Rc<Whole>>,
        args: &Args,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let kept = self.wanted(ty, rows, args).await;
        let mut kept = self.sorted(ty, kept, args).await;
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

    async fn list(
        &self,
        ty: &'static Type,
        rows: &[Rc<Whole>],
        sets: &[&'a SelectionSet],
    ) -> Value {
        let mut list = Vec::new();
        for row in rows {
            list.push(self.object(ty, ty, row, sets).await);
        }
        Value::Array(list)
    }

    /// The object of `part`, which lies in the row of `ty`.
    fn object<'s>(
        &'s self,
        ty: &'static Type,
        part: &'static Type,
        row: &'s Whole,
        sets: &'s [&'a SelectionSet],
    ) -> LocalBoxFuture<'s, Value> {
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
        .boxed_local()
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
            Some(gate) => self.store.is_open(gate, name, row).await,
            None => true,
        };
        if let Read::Part(target) = &declared.read {
            let target = &self.store.graph.types[*target];
            return match (target.shape, open) {
                (Shape::Either(a, b), _) => {
                    let side = &self.store.graph.types[if open { a } else { b }];
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
                Cell::Id(id) => self.by_id(&self.store.graph.types[*target], id, sets).await,
                _ => Value::Null,
            },
            Read::Many { target, by } => {
                let target = &self.store.graph.types[*target];
                let rows = self.all(target, Some((by, row.id))).await;
                self.connection(target, rows, &self.args(field), sets).await
            }
            Read::Expression { kind, .. } => {
                shown(*kind, &row.expressions[field.name.node.as_str()])
            }
            Read::Computed {
                needs, target, run, ..
            } => {
                let cells = needs.iter().map(|(column, _)| row.cells[column].clone());
                let cells: Vec<Cell> = cells.collect();
                let value = run(self.store.scene, row.id, &cells).unwrap();
                self.project(target, &value, sets)
            }
            Read::Entry(column) => entry(&row.cells[column], self.args(field).text("name")),
            Read::Batched {
                needs, target, run, ..
            } => match self.store.given(ty, *run, needs, row).await {
                Given::Value(value) => self.project(target, &value, sets),
                Given::Row(Some(id)) => {
                    let target = &self.store.graph.types[*target];
                    self.by_id(target, id, sets).await
                }
                Given::Row(None) => Value::Null,
            },
            Read::Part(_) | Read::Key(_) | Read::Nested(..) => unreachable!(),
        }
    }

    fn project(&self, target: &str, value: &Value, sets: &[&'a SelectionSet]) -> Value {
        let Some(ty) = self.store.graph.types.get(target) else {
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
}

pub fn shown(kind: Kind, cell: &Cell) -> Value {
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
