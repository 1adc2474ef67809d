//! The rows that statistics go over, and what is taken of each: a value behind a closed gate and a row that the viewer
//! may not see are null here, before anything is grouped or measured.

use sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, JoinType, Query, SelectStatement};

use super::ways::Way;
use crate::access::{Cond, Table};
use crate::graph::declare::{Read, Type};
use crate::graph::gates::gate_ways;
use crate::graph::inputs::open_side;
use crate::graph::plan::Planner;
use crate::graph::scene::Args;
use crate::kit::error::{Error, Result};

/// Rows of a type, as a statement that is being written.
pub struct Rows<'p, 'a, 's> {
    planner: &'p Planner<'a, 's>,
    ty: &'static Type,
    table: Table,
    query: SelectStatement,
    /// Whether anything was taken of them.
    taken: bool,
    /// Related rows by the names on the way to them.
    joined: Vec<(Vec<&'static str>, Table)>,
}

impl<'p, 'a, 's> Rows<'p, 'a, 's> {
    /// The rows of `ty` that the viewer may see and that fit `where` and `includeVoided`.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a condition that is not understood.
    pub fn of(planner: &'p Planner<'a, 's>, ty: &'static Type, args: &Args) -> Result<Self> {
        let (name, _, gate) = planner.rows_of(ty)?;
        let table = planner.alias();
        let seen = gate.map_or(Cond::Always, |gate| {
            gate_ways(planner.scene, &gate, &table).cond()
        });
        let mut query = Query::select();
        query.from_as(Alias::new(name), table.iden());
        seen.and(planner.wanted(ty, &table, args)?)
            .apply(&mut query);
        Ok(Self {
            planner,
            ty,
            table,
            query,
            taken: false,
            joined: Vec::new(),
        })
    }

    /// The value at the end of a way; of a related row its id.
    ///
    /// # Errors
    /// When the way leads to no value, a fault of assembly.
    pub fn value(&mut self, way: &Way<'static>) -> Result<Expr> {
        let (mut at, mut ty) = (self.table.clone(), self.ty);
        let mut open = Cond::Always;
        for (i, field) in way.fields.iter().enumerate() {
            if let Some(gate) = &field.gate {
                open = open.and(gate_ways(self.planner.scene, gate, &at).cond());
            }
            match &field.read {
                Read::Part(target) => ty = open_side(self.planner.graph, target).unwrap_or(ty),
                Read::Column(column, _) => return Ok(shown(at.col(column), open)),
                Read::Expression { sql, .. } => {
                    return Ok(shown(sql(&self.planner.scene.viewer, &at), open));
                }
                Read::One(target, column) => {
                    let is_last = i + 1 == way.fields.len();
                    ty = self.planner.ty(target)?;
                    let (name, _, gate) = self.planner.rows_of(ty)?;
                    let related = self.planner.alias();
                    let seen = gate.map_or(Cond::Always, |gate| {
                        gate_ways(self.planner.scene, &gate, &related).cond()
                    });
                    if is_last && matches!(seen, Cond::Always) {
                        // Which row it is stands in the column: no look at that row, since every such row may be seen.
                        return Ok(shown(at.col(column), open));
                    }
                    let on = Cond::When(related.col("id").eq(at.col(column)));
                    let on = on.and(open).and(seen).into_expr();
                    let names = way.names.get(..=i).unwrap_or_default();
                    at = self.join(names, name, related, on);
                    open = Cond::Always;
                    if is_last {
                        return Ok(at.col("id"));
                    }
                }
                _ => break,
            }
        }
        Err(Error::internal(format!("a way to no value of {}", ty.name)))
    }

    /// Joins a related row, once however many values are taken of it.
    fn join(
        &mut self,
        names: &[&'static str],
        name: &'static str,
        related: Table,
        on: Expr,
    ) -> Table {
        if let Some((_, known)) = self.joined.iter().find(|(known, _)| known == names) {
            return known.clone();
        }
        let (table, alias) = (Alias::new(name), related.iden());
        self.query.join_as(JoinType::LeftJoin, table, alias, on);
        self.joined.push((names.to_vec(), related.clone()));
        related
    }

    /// Leaves only rows that fit as well.
    pub fn narrow(&mut self, cond: Cond) {
        cond.apply(&mut self.query);
    }

    /// Takes a value of each row, under a name.
    pub fn take(&mut self, value: Expr, name: String) {
        self.query.expr_as(value, name);
        self.taken = true;
    }

    /// The statement.
    pub fn finish(mut self) -> SelectStatement {
        if !self.taken {
            // Rows that are only counted.
            self.query.expr(Expr::cust("1"));
        }
        self.query
    }
}

/// The value where it is open, else null.
fn shown(value: Expr, open: Cond) -> Expr {
    match open {
        Cond::Always => value,
        open => CaseStatement::new().case(open.into_expr(), value).into(),
    }
}
