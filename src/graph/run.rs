//! A plan at work: statements down the tree, siblings side by side, one statement per node whatever the page size.

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::future::{BoxFuture, FutureExt as _, try_join, try_join_all};
use uuid::Uuid;

use super::declare::{Batch, Parents};
use super::plan::{GateRef, Slot, Statement};
use super::row::Row;
use super::scene::{Reading, Scene};
use super::seat::Seat;
use super::sql;
use crate::access::Way;
use crate::kit::error::{ApiError, Result};

/// The rows of a statement and everything below them.
pub struct Loaded {
    /// Rows in order; without those beyond the page.
    pub rows: Vec<Row>,
    /// For rows below parents or by id: the rows of each.
    pub groups: HashMap<Uuid, Group>,
    /// Whether a page without parents has more behind it.
    pub more: bool,
    /// Number of rows in all, of a statement without parents.
    pub total: i64,
    /// Lists below.
    pub children: Vec<Loaded>,
    /// Functions below.
    pub slots: Vec<Filled>,
}

/// The rows of one parent.
#[derive(Debug, Default, Clone)]
pub struct Group {
    /// Positions in `rows`.
    pub rows: Vec<usize>,
    /// Whether there are more behind them.
    pub more: bool,
    /// Number of rows in all.
    pub total: i64,
}

/// What a function gave.
pub enum Filled {
    /// JSON for each row.
    Values(Vec<serde_json::Value>),
    /// A row for each row.
    Rows(Vec<Option<Uuid>>, Box<Loaded>),
    /// It failed; the field is null with this error.
    Failed(ApiError),
}

impl GateRef {
    /// The way by which the gate is open for a row.
    pub fn way(&self, row: &Row) -> Option<&Way> {
        match self.at {
            None => self.ways.ways.first(),
            Some(at) => self.ways.ways.get(usize::try_from(row.int(at)?).ok()?),
        }
    }
}

/// Readings of a request so far: sections by object, ground and right.
#[derive(Default)]
pub struct Readings(Mutex<HashMap<(Uuid, &'static str, Option<Uuid>), i32>>);

impl Readings {
    fn add(&self, rows: &[Row], logs: &[(GateRef, usize)]) {
        if logs.is_empty() {
            return;
        }
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for row in rows {
            for (gate, customer) in logs {
                let way = gate.way(row);
                let section = way.and_then(|way| way.section);
                if let (Some(way), Some(section), Some(customer)) =
                    (way, section, row.uuid(*customer))
                {
                    *all.entry((customer, way.basis, way.acted_for)).or_default() |= section;
                }
            }
        }
    }

    /// Adds readings that no statement told of: section, object, ground, right.
    pub fn note(&self, logs: &[(i32, Uuid, &'static str, Option<Uuid>)]) {
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for (section, object, basis, acted_for) in logs {
            *all.entry((*object, *basis, *acted_for)).or_default() |= section;
        }
    }

    /// Adds those of another.
    pub fn add_all(&self, other: Self) {
        let logs = other.into_vec().into_iter();
        let logs: Vec<_> = logs
            .map(|r| (r.sections, r.object, r.basis, r.acted_for))
            .collect();
        self.note(&logs);
    }

    /// The readings, for the log.
    pub fn into_vec(self) -> Vec<Reading> {
        let all = self
            .0
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        all.into_iter()
            .map(|((object, basis, acted_for), sections)| Reading {
                object,
                sections,
                basis,
                acted_for,
            })
            .collect()
    }
}

/// Loads a statement and everything below it.
///
/// # Errors
/// When the database fails; a failing function spoils only its own field.
pub async fn load(
    scene: &Scene,
    readings: &Readings,
    statement: &mut Statement,
    parents: Option<&[Uuid]>,
) -> Result<Loaded> {
    let seat = Seat::of(statement);
    load_at(&seat, scene, readings, statement, parents).await
}

fn load_at<'r>(
    seat: &'r Seat,
    scene: &'r Scene,
    readings: &'r Readings,
    statement: &'r mut Statement,
    parents: Option<&'r [Uuid]>,
) -> BoxFuture<'r, Result<Loaded>> {
    async move {
        if parents.is_some_and(<[Uuid]>::is_empty) {
            return Ok(Loaded::empty(statement));
        }
        let (db, width) = (&scene.db, statement.select.len());
        let counting = statement
            .counted
            .then(|| sql::totals(db.dialect, statement, parents));
        let query = sql::rows(db.dialect, statement, parents)?;
        scene.count_statement();
        let (rows, totals) = match &counting {
            Some(counting) => {
                scene.count_statement();
                try_join(seat.fetch(db, &query), seat.fetch(db, counting)).await?
            }
            None => (seat.fetch(db, &query).await?, Vec::new()),
        };
        let mut loaded = Loaded::group(statement, width, rows, parents.is_some());
        loaded.count(&totals, parents.is_some());
        readings.add(&loaded.rows, &statement.logs);
        let children = statement.children.iter_mut().map(|child| {
            let mut keys: Vec<Uuid> = loaded
                .rows
                .iter()
                .filter(|row| {
                    child
                        .gate
                        .as_ref()
                        .is_none_or(|gate| gate.way(row).is_some())
                })
                .filter_map(|row| row.uuid(child.key))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            async move { load_at(seat, scene, readings, &mut child.statement, Some(&keys)).await }
        });
        let slots = statement
            .slots
            .iter_mut()
            .map(|slot| fill(seat, scene, readings, slot, &loaded.rows));
        let (children, slots) = try_join(try_join_all(children), try_join_all(slots)).await?;
        loaded.children = children;
        loaded.slots = slots;
        Ok(loaded)
    }
    .boxed()
}

async fn fill(
    seat: &Seat,
    scene: &Scene,
    readings: &Readings,
    slot: &mut Slot,
    rows: &[Row],
) -> Result<Filled> {
    // The same object can stand in several rows, and a joined one in none: the function sees each object once.
    let mut at: HashMap<Uuid, usize> = HashMap::new();
    let mut parents = Parents {
        ids: Vec::new(),
        cells: Vec::new(),
    };
    let of_row: Vec<Option<usize>> = rows
        .iter()
        .map(|row| {
            let id = row.uuid(slot.id)?;
            Some(*at.entry(id).or_insert_with(|| {
                parents.ids.push(id);
                let cells = slot.needs.iter().map(|(at, kind)| kind.cell(row, *at));
                parents.cells.push(cells.collect());
                parents.ids.len() - 1
            }))
        })
        .collect();
    if parents.ids.is_empty() {
        return Ok(Filled::Values(Vec::new()));
    }
    match (
        (slot.run)(scene, &parents, &slot.args).await,
        &mut slot.rows,
    ) {
        (Ok(Batch::Values(values)), _) => {
            let value = |at: &Option<usize>| at.and_then(|at| values.get(at).cloned());
            let values = of_row.iter().map(|at| value(at).unwrap_or_default());
            Ok(Filled::Values(values.collect()))
        }
        (Ok(Batch::Refs(refs)), Some(statement)) => {
            let mut keys: Vec<Uuid> = refs.iter().flatten().copied().collect();
            keys.sort_unstable();
            keys.dedup();
            let loaded = load_at(seat, scene, readings, statement, Some(&keys)).await?;
            let of = |at: &Option<usize>| at.and_then(|at| refs.get(at).copied().flatten());
            Ok(Filled::Rows(
                of_row.iter().map(of).collect(),
                Box::new(loaded),
            ))
        }
        (Ok(Batch::Refs(_)), None) => Ok(Filled::Values(vec![serde_json::Value::Null; rows.len()])),
        (Err(error), _) => {
            if !matches!(error, crate::kit::error::Error::Api(_)) {
                tracing::error!(%error, request_id = %scene.request_id, "a field failed");
            }
            Ok(Filled::Failed(error.public()))
        }
    }
}

impl Loaded {
    fn empty(statement: &Statement) -> Self {
        Self {
            rows: Vec::new(),
            groups: HashMap::new(),
            more: false,
            total: 0,
            children: statement
                .children
                .iter()
                .map(|c| Self::empty(&c.statement))
                .collect(),
            slots: statement
                .slots
                .iter()
                .map(|_| Filled::Values(Vec::new()))
                .collect(),
        }
    }

    /// Rows of `width` columns, by parent where they hang below some.
    fn group(statement: &Statement, width: usize, mut rows: Vec<Row>, below: bool) -> Self {
        let mut loaded = Self::empty(statement);
        let size = statement.page.as_ref().map_or(usize::MAX, |p| {
            usize::try_from(p.size).unwrap_or(usize::MAX)
        });
        let backward = statement.page.as_ref().is_some_and(|p| p.backward);
        if !below {
            loaded.more = rows.len() > size;
            rows.truncate(size);
            if backward {
                rows.reverse();
            }
            loaded.rows = rows;
            return loaded;
        }
        let key = match statement.page {
            Some(_) => width,
            None => statement.id_column().unwrap_or(0),
        };
        for row in rows {
            let group = loaded
                .groups
                .entry(row.uuid(key).unwrap_or_default())
                .or_default();
            if group.rows.len() < size {
                group.rows.push(loaded.rows.len());
                loaded.rows.push(row);
            } else {
                group.more = true;
            }
        }
        if backward {
            loaded
                .groups
                .values_mut()
                .for_each(|group| group.rows.reverse());
        }
        loaded
    }

    fn count(&mut self, totals: &[Row], below: bool) {
        for row in totals {
            let total = row.long(0).unwrap_or_default();
            if below {
                self.groups
                    .entry(row.uuid(1).unwrap_or_default())
                    .or_default()
                    .total = total;
            } else {
                self.total = total;
            }
        }
    }
}
