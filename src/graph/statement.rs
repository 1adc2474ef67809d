//! A statement while it is planned.

use std::collections::HashMap;

use sea_query::Expr;

use super::declare::Gate;
use super::gates::gate_ways;
use super::node::{Child, GateRef, Slot};
use super::page::{Key, Page};
use super::scene::Scene;
use crate::access::{Cond, Table};

/// A row joined to a statement's own.
#[derive(Clone)]
pub struct Join {
    /// Its table.
    pub name: &'static str,
    /// Its alias.
    pub table: Table,
    /// What joins it, policy included.
    pub on: Expr,
    /// Whether the order needs it.
    pub sorts: bool,
    /// Whether everybody may see every such row.
    pub(super) certain: bool,
    /// Alias and column that point to it, where nothing else joins it than being seen.
    pub(super) from: Option<(String, &'static str)>,
}

/// A statement while it is planned.
pub struct Statement {
    /// Its table.
    pub name: &'static str,
    /// Its alias.
    pub table: Table,
    /// What it selects.
    pub select: Vec<Expr>,
    /// Rows joined.
    pub joins: Vec<Join>,
    /// Its predicate.
    pub(super) cond: Cond,
    /// The same in parts, any of which is enough, for a page that is faster found part by part; empty otherwise.
    pub(super) branches: Vec<Cond>,
    /// Its order, total.
    pub keys: Vec<Key>,
    /// Part of the order asked for; `None`: rows come by id.
    pub page: Option<Page>,
    /// Column that holds the parent's key.
    pub by: Option<&'static str>,
    /// Whether it is for one key only.
    pub lone: bool,
    /// Whether a page of it is found among few rows.
    pub(super) few: bool,
    /// Whether the number of rows is asked for.
    pub counted: bool,
    /// Lists below.
    pub children: Vec<Child>,
    /// Functions below.
    pub slots: Vec<Slot>,
    /// Readings to log: gate, column with the customer.
    pub logs: Vec<(GateRef, usize)>,
    columns: HashMap<(String, &'static str), usize>,
    gates: Vec<(String, Gate, GateRef)>,
}

impl Statement {
    /// Over all rows of a table.
    pub(super) fn new(name: &'static str, table: Table) -> Self {
        Self {
            name,
            table,
            select: Vec::new(),
            joins: Vec::new(),
            cond: Cond::Always,
            branches: Vec::new(),
            keys: Vec::new(),
            page: None,
            by: None,
            lone: false,
            few: false,
            counted: false,
            children: Vec::new(),
            slots: Vec::new(),
            logs: Vec::new(),
            columns: HashMap::new(),
            gates: Vec::new(),
        }
    }

    /// The predicate.
    pub fn cond(&self) -> &Cond {
        &self.cond
    }

    /// The predicate in parts, any of which is enough; empty where it is best asked as one.
    pub fn branches(&self) -> &[Cond] {
        &self.branches
    }

    /// Leaves only rows that fit as well.
    pub fn narrow(&mut self, cond: &Cond) {
        for one in std::iter::once(&mut self.cond).chain(&mut self.branches) {
            *one = std::mem::replace(one, Cond::Never).and(cond.clone());
        }
    }

    /// Selects a column once; gives its position.
    pub fn column(&mut self, table: &Table, column: &'static str) -> usize {
        let key = (table.iden().to_string(), column);
        if let Some(at) = self.columns.get(&key) {
            return *at;
        }
        self.select.push(table.col(column));
        let at = self.select.len() - 1;
        self.columns.insert(key, at);
        at
    }

    /// Position of the row's own id, where it is selected.
    pub fn id_column(&self) -> Option<usize> {
        self.columns
            .get(&(self.table.iden().to_string(), "id"))
            .copied()
    }

    /// A gate, selected once for rows under an alias.
    pub(super) fn gate(&mut self, scene: &Scene, table: &Table, gate: &Gate) -> GateRef {
        let alias = table.iden().to_string();
        if let Some((_, _, same)) = self.gates.iter().find(|(a, g, _)| *a == alias && g == gate) {
            return same.clone();
        }
        let ways = gate_ways(scene, gate, table);
        let at = if ways.ways.is_empty() {
            None
        } else {
            ways.case().map(|case| {
                self.select.push(case);
                self.select.len() - 1
            })
        };
        let made = GateRef::of(at, &ways);
        self.gates.push((alias, *gate, made.clone()));
        made
    }
}
