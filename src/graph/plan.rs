//! Selection → plan: a tree of statements, each with the columns it needs, its predicate (client's `where` ∧ policy), its
//! order, its limit and its children; beside it the shape of the answer.
//!
//! To-one relations are joined with the policy's predicate in the ON; lists are statements of their own, one for all
//! parents of a page. The predicate is put in here and nowhere else, so no join, count or list can forget it.

use std::cell::Cell;

use async_graphql::Value as GqlValue;
use async_graphql::parser::types::SelectionSet;
use sea_query::ExprTrait;

use super::declare::{Field, Gate, Graph, Read, Shape, Type};
use super::filter;
use super::gates::gate_ways;
use super::kind::Kind;
use super::node::{
    Child, ConnectionOut, EdgeOut, Function, Label, Named, Node, Out, PageFact, Presence,
    Projected, Projection, Slot, Source,
};
use super::page::Page;
use super::scene::{Args, Scene};
use super::select::{Document, Selected};
use super::sql;
use super::statement::{Join, Statement};
use crate::access::{Cond, Table};
use crate::kit::error::{Error, Result};

/// How many rows are wanted at once of those that come by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// One.
    One,
    /// Any number.
    Several,
}

/// Makes plans of one document for one scene.
pub struct Planner<'a, 's> {
    /// The declaration.
    pub graph: &'static Graph,
    /// Who reads.
    pub scene: &'s Scene,
    /// The document.
    pub document: &'s Document<'a>,
    /// Whether something was planned that serves this request alone.
    single: Cell<bool>,
}

impl<'a, 's> Planner<'a, 's> {
    /// For a document that is read in a scene.
    pub fn new(graph: &'static Graph, scene: &'s Scene, document: &'s Document<'a>) -> Self {
        Self {
            graph,
            scene,
            document,
            single: Cell::new(false),
        }
    }

    /// Whether what was planned serves this request alone: it can't be filled in, or rests on something that changes.
    pub fn is_single(&self) -> bool {
        self.single.get() || self.scene.was_asked()
    }

    /// What is planned serves this request alone.
    pub fn keep_single(&self) {
        self.single.set(true);
    }

    /// Finishes a statement.
    ///
    /// # Errors
    /// When the cursor is of another order.
    pub fn seal(&self, statement: Statement) -> Result<Node> {
        let (mut node, single) = sql::seal(self.scene.db.dialect, statement)?;
        node.logs_at_once = node.below_leaves_alone(self.scene.readings.table());
        if single {
            self.keep_single();
        }
        Ok(node)
    }

    /// A type of the declaration.
    ///
    /// # Errors
    /// When the declaration names a type that is none, a fault of assembly.
    pub fn ty(&self, name: &str) -> Result<&'static Type> {
        self.graph
            .types
            .get(name)
            .ok_or_else(|| Error::internal(format!("type {name} is not declared")))
    }

    /// Table, prefix and gate of a type of rows.
    pub(super) fn rows_of(
        &self,
        ty: &'static Type,
    ) -> Result<(&'static str, &'static str, Option<Gate>)> {
        ty.rows()
            .ok_or_else(|| Error::internal(format!("{} has no rows", ty.name)))
    }

    /// An alias unlike any other of the plan.
    pub(super) fn alias(&self) -> Table {
        Table::named(format!("t{}", self.scene.next_alias()))
    }

    /// A statement over rows of `ty` that come by id, and the shape of each.
    ///
    /// # Errors
    /// For arguments that are not understood.
    pub fn by_id(
        &self,
        ty: &'static Type,
        sets: &[&'a SelectionSet],
        ids: Ids,
    ) -> Result<(Node, Vec<Named>)> {
        let (mut statement, table) = self.begin(ty, false)?;
        statement.lone = ids == Ids::One;
        let outs = self.object(&mut statement, &table, ty, sets)?;
        statement.by = Some("id");
        statement.column(&table, "id");
        Ok((self.seal(statement)?, outs))
    }

    fn begin(&self, ty: &'static Type, open_already: bool) -> Result<(Statement, Table)> {
        let (name, _, gate) = self.rows_of(ty)?;
        let table = self.alias();
        let mut statement = Statement::new(name, table.clone());
        if let (Some(gate), false) = (gate, open_already) {
            let visible = gate_ways(self.scene, &gate, &table);
            statement.cond = visible.cond();
            statement.branches = visible.branches();
            if gate.is_logged() {
                let open = statement.gate(self.scene, &table, &gate);
                let customer = statement.column(&table, gate.holder());
                statement.logs.push((open, customer));
            }
        }
        Ok((statement, table))
    }

    /// What `where` and `includeVoided` say of rows under `table`.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a condition that is not understood.
    pub(super) fn wanted(&self, ty: &'static Type, table: &Table, args: &Args) -> Result<Cond> {
        let fits = args.get("where").map_or(Ok(Cond::Always), |value| {
            filter::condition(self.scene, self.graph, ty, table, value)
        })?;
        let voided = matches!(args.get("includeVoided"), Some(GqlValue::Boolean(true)));
        Ok(match ty.voidable && !voided {
            true => fits.and(Cond::When(table.col("voided_at").is_null())),
            false => fits,
        })
    }

    /// A statement for a connection over rows of `ty`, and the connection's shape.
    ///
    /// # Errors
    /// For arguments that are not understood.
    pub fn connection(
        &self,
        ty: &'static Type,
        args: &Args,
        sets: &[&'a SelectionSet],
        by: Option<&'static str>,
        open_already: bool,
    ) -> Result<(Statement, Vec<ConnectionOut>)> {
        let (mut statement, table) = self.begin(ty, open_already)?;
        statement.by = by;
        statement.page = Some(Page::read(args, self.scene.page_size)?);
        statement.narrow(&self.wanted(ty, &table, args)?);
        self.order(&mut statement, &table, ty, args.get("orderBy"))?;
        let mut outs = Vec::new();
        for field in self
            .document
            .collect(sets, &format!("{}Connection", ty.name))
        {
            outs.push(match field.name {
                "nodes" => ConnectionOut::Nodes(
                    Label::of(field.key),
                    self.object(&mut statement, &table, ty, &field.sets)?,
                ),
                "edges" => {
                    let mut edge = Vec::new();
                    for below in self
                        .document
                        .collect(&field.sets, &format!("{}Edge", ty.name))
                    {
                        edge.push(match below.name {
                            "cursor" => EdgeOut::Cursor(Label::of(below.key)),
                            "node" => EdgeOut::Node(
                                Label::of(below.key),
                                self.object(&mut statement, &table, ty, &below.sets)?,
                            ),
                            _ => {
                                EdgeOut::Typename(Label::of(below.key), format!("{}Edge", ty.name))
                            }
                        });
                    }
                    ConnectionOut::Edges(Label::of(field.key), edge)
                }
                "pageInfo" => {
                    let below = self.document.collect(&field.sets, "PageInfo");
                    let facts = below
                        .iter()
                        .map(|f| (Label::of(f.key), PageFact::named(f.name)));
                    ConnectionOut::PageInfo(Label::of(field.key), facts.collect())
                }
                "totalCount" => {
                    statement.counted = true;
                    ConnectionOut::Total(Label::of(field.key))
                }
                _ => {
                    ConnectionOut::Typename(Label::of(field.key), format!("{}Connection", ty.name))
                }
            });
        }
        Ok((statement, outs))
    }

    /// Joins the row of `target` that a column points to, as far as the viewer may see it and `open` holds; once where
    /// nothing else asks for it. Tells whether it is there wherever the column is not null.
    pub(super) fn join(
        &self,
        statement: &mut Statement,
        table: &Table,
        target: &'static Type,
        column: &'static str,
        open: Cond,
        sorts: bool,
    ) -> Result<(Table, bool)> {
        let from = matches!(open, Cond::Always).then(|| (table.iden().to_string(), column));
        let (name, _, gate) = self.rows_of(target)?;
        let mut joins = statement.joins.iter_mut();
        let same = |join: &&mut Join| from.is_some() && join.from == from && join.name == name;
        if let Some(join) = joins.find(same) {
            join.sorts |= sorts;
            return Ok((join.table.clone(), join.certain));
        }
        let joined = self.alias();
        let seen = gate.map_or(Cond::Always, |g| gate_ways(self.scene, &g, &joined).cond());
        let certain = matches!((&seen, &open), (Cond::Always, Cond::Always));
        let on = Cond::When(joined.col("id").eq(table.col(column)));
        statement.joins.push(Join {
            name,
            table: joined.clone(),
            on: on.and(open).and(seen).into_expr(),
            sorts,
            certain,
            from,
        });
        Ok((joined, certain))
    }

    fn object(
        &self,
        statement: &mut Statement,
        table: &Table,
        ty: &'static Type,
        sets: &[&'a SelectionSet],
    ) -> Result<Vec<Named>> {
        let mut outs = Vec::new();
        for selected in self.document.collect(sets, ty.name) {
            if selected.name == "__typename" {
                outs.push(Named {
                    key: Label::of(selected.key),
                    out: Out::Typename(ty.name),
                    nullable: false,
                    gate: None,
                });
                continue;
            }
            let field = ty.fields.get(selected.name).ok_or_else(|| {
                Error::internal(format!("{}.{} is not declared", ty.name, selected.name))
            })?;
            outs.push(self.field(statement, table, ty, field, &selected)?);
        }
        Ok(outs)
    }

    fn field(
        &self,
        statement: &mut Statement,
        table: &Table,
        ty: &'static Type,
        field: &'static Field,
        selected: &Selected<'a>,
    ) -> Result<Named> {
        let gate = field.gate.as_ref().map(|gate| {
            let open = statement.gate(self.scene, table, gate);
            if gate.is_logged() {
                let customer = statement.column(table, gate.holder());
                statement.logs.push((open.clone(), customer));
            }
            open
        });
        let named = |out, gate| Named {
            key: Label::of(selected.key),
            out,
            nullable: field.nullable,
            gate,
        };
        Ok(match &field.read {
            Read::Id => {
                let (_, prefix, _) = self.rows_of(ty)?;
                named(Out::Id(statement.column(table, "id"), prefix), gate)
            }
            Read::Column(column, kind) => {
                named(Out::Column(statement.column(table, column), *kind), gate)
            }
            Read::One(target, column) => {
                let target = self.ty(target)?;
                let (joined, _) =
                    self.join(statement, table, target, column, Cond::Always, false)?;
                let outs = self.object(statement, &joined, target, &selected.sets)?;
                let presence = Presence::NotNull(statement.column(&joined, "id"));
                named(Out::Object(presence, outs), gate)
            }
            Read::Part(target) => {
                let part = self.ty(target)?;
                match (part.shape, gate) {
                    (Shape::Either(open, locked), Some(gate)) => {
                        let open = self.object(statement, table, self.ty(open)?, &selected.sets)?;
                        let locked =
                            self.object(statement, table, self.ty(locked)?, &selected.sets)?;
                        named(Out::Either(gate, open, locked), None)
                    }
                    (_, gate) => {
                        let outs = self.object(statement, table, part, &selected.sets)?;
                        let presence = gate.map_or(Presence::Always, Presence::Open);
                        named(Out::Object(presence, outs), None)
                    }
                }
            }
            Read::Many { target, by } => {
                let target = self.ty(target)?;
                let gate_below = target.rows().and_then(|(_, _, gate)| gate);
                let open_already = gate_below.is_some_and(|below| field.covers(below));
                let args = self.document.args(selected.field);
                let (child, outs) =
                    self.connection(target, &args, &selected.sets, Some(by), open_already)?;
                let key = statement.column(table, "id");
                statement.children.push(Child {
                    key,
                    gate: gate.clone(),
                    node: self.seal(child)?,
                });
                named(Out::Connection(statement.children.len() - 1, outs), gate)
            }
            Read::Expression { kind, sql, .. } => {
                statement.select.push(sql(&self.scene.viewer, table));
                named(Out::Column(statement.select.len() - 1, *kind), gate)
            }
            Read::Batched {
                needs, target, run, ..
            } => {
                let run = Function::Batch(*run);
                named(
                    self.slot(statement, table, run, needs, target, selected)?,
                    gate,
                )
            }
            Read::Computed {
                needs, target, run, ..
            } => {
                let run = Function::Each(*run);
                named(
                    self.slot(statement, table, run, needs, target, selected)?,
                    gate,
                )
            }
            Read::Entry(column) => {
                let (run, needs) = (Function::Entry, [(*column, Kind::Json)]);
                named(
                    self.slot(statement, table, run, &needs, "", selected)?,
                    gate,
                )
            }
            Read::Key(_) | Read::Nested(..) => {
                return Err(Error::internal(format!("{} is no type of rows", ty.name)));
            }
        })
    }

    /// A field that a function fills.
    fn slot(
        &self,
        statement: &mut Statement,
        table: &Table,
        run: Function,
        needs: &[(&'static str, Kind)],
        target: &str,
        selected: &Selected<'a>,
    ) -> Result<Out> {
        let id = statement.column(table, "id");
        let needs = needs.iter();
        let mut slot = Slot {
            id,
            needs: needs
                .map(|(column, kind)| (statement.column(table, column), *kind))
                .collect(),
            args: self.document.args(selected.field),
            run,
            rows: None,
        };
        let at = statement.slots.len();
        let target = self.graph.types.get(target);
        let out = match target.filter(|t| t.rows().is_some()) {
            Some(rows) => {
                let (below, outs) = self.by_id(rows, &selected.sets, Ids::Several)?;
                slot.rows = Some(below);
                Out::Ref(at, outs)
            }
            None => Out::Json(at, self.projection(target, &selected.sets)?),
        };
        statement.slots.push(slot);
        Ok(out)
    }

    /// Which keys of a JSON value of type `ty` are selected.
    ///
    /// # Errors
    /// When a key's type is not declared, a fault of assembly.
    pub fn projection(
        &self,
        ty: Option<&'static Type>,
        sets: &[&'a SelectionSet],
    ) -> Result<Projection> {
        let Some(ty) = ty else {
            return Ok(Projection::Leaf);
        };
        let mut keys = Vec::new();
        for selected in self.document.collect(sets, ty.name) {
            let field = ty.fields.get(selected.name);
            let (source, below) = match field.map(|field| &field.read) {
                None => (Source::Typename(ty.name), Projection::Leaf),
                Some(Read::Nested(target, _)) => {
                    let below = self.projection(Some(self.ty(target)?), &selected.sets)?;
                    (Source::Key(selected.name.to_owned()), below)
                }
                Some(_) => (Source::Key(selected.name.to_owned()), Projection::Leaf),
            };
            keys.push(Projected {
                key: Label::of(selected.key),
                source,
                below,
                nullable: field.is_some_and(|field| field.nullable),
            });
        }
        Ok(Projection::Object(keys))
    }
}
