//! A plan at work: statements down the tree, siblings side by side, one statement per node whatever the page size.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, try_join, try_join_all};
use uuid::Uuid;

use super::declare::{Batch, BatchFn, Parents};
use super::derived;
use super::fill::{Cast, Filling};
use super::kind::Cell;
use super::node::{Function, GateRef, Node, Slot};
use super::row::Row;
use super::scene::{Reading, Scene};
use super::seat::Seat;
use crate::kit::error::{ApiError, Error, Result};

/// The rows of a statement and everything below them.
pub struct Loaded {
    /// Rows in order; without those beyond the page.
    pub rows: Vec<Row>,
    /// For rows below parents or by id: the rows of each.
    pub groups: HashMap<Uuid, Group>,
    /// For rows without parents: all of them.
    pub all: Group,
    /// Lists below.
    pub children: Vec<Loaded>,
    /// Functions below.
    pub slots: Vec<Filled>,
}

/// The rows of one parent, or of a list that hangs below none.
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
    /// JSON for each row, or why it failed.
    Values(Vec<Result<serde_json::Value, ApiError>>),
    /// A row for each row.
    Rows(Vec<Option<Uuid>>, Box<Loaded>),
    /// It failed; the field is null with this error.
    Failed(ApiError),
}

/// Readings of a request so far: sections by object, ground and right; and those that are being written already.
#[derive(Default)]
pub struct Readings {
    noted: Mutex<HashMap<(Uuid, &'static str, Option<Uuid>), i32>>,
    begun: Mutex<Vec<BoxFuture<'static, Result<()>>>>,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Readings {
    fn add(&self, cast: &Cast, rows: &[Row], logs: &[(GateRef, usize)]) {
        if logs.is_empty() {
            return;
        }
        let mut all = locked(&self.noted);
        for row in rows {
            for (gate, customer) in logs {
                let way = gate.way(row);
                let section = way.and_then(|way| way.section);
                if let (Some(way), Some(section), Some(customer)) =
                    (way, section, row.uuid(*customer))
                {
                    let acted_for = way.acted_for.map(|person| cast.person(person));
                    *all.entry((customer, way.basis, acted_for)).or_default() |= section;
                }
            }
        }
    }

    /// Adds readings that no statement told of: section, object, ground, right.
    pub fn note(&self, logs: &[(i32, Uuid, &'static str, Option<Uuid>)]) {
        let mut all = locked(&self.noted);
        for (section, object, basis, acted_for) in logs {
            *all.entry((*object, *basis, *acted_for)).or_default() |= section;
        }
    }

    /// Adds those of another that are not being written.
    pub fn add_all(&self, other: &Self) {
        let logs = other.take().into_iter();
        let logs: Vec<_> = logs
            .map(|r| (r.sections, r.object, r.basis, r.acted_for))
            .collect();
        self.note(&logs);
    }

    fn take(&self) -> Vec<Reading> {
        let all = std::mem::take(&mut *locked(&self.noted)).into_iter();
        all.map(|((object, basis, acted_for), sections)| Reading {
            object,
            sections,
            basis,
            acted_for,
        })
        .collect()
    }

    /// Begins to write what was read so far.
    fn begin(&self, scene: &Scene) {
        let readings = self.take();
        if !readings.is_empty() {
            let begun = scene.readings.record(scene, readings);
            locked(&self.begun).push(begun);
        }
    }

    /// Writes what was read into the log (LKP-5); when this returns it stands, and the answer may leave.
    ///
    /// # Errors
    /// When the log can't be written.
    pub async fn written(self, scene: &Scene) -> Result<()> {
        self.begin(scene);
        let begun = self.begun.into_inner();
        for written in begun.unwrap_or_else(PoisonError::into_inner) {
            written.await?;
        }
        Ok(())
    }
}

/// One reading: who looks, what is filled into its plan, what it reads.
pub struct Run<'r> {
    /// Who looks.
    pub scene: &'r Scene,
    /// What is filled in.
    pub filling: &'r Filling,
    /// What was read of archives.
    pub readings: &'r Readings,
}

impl Run<'_> {
    /// Loads a statement and everything below it, for these parents or ids where it hangs below some.
    ///
    /// # Errors
    /// When the database fails; a failing function spoils only its own field.
    pub async fn load(&self, node: &Node, parents: Option<&[Uuid]>) -> Result<Loaded> {
        let seat = Seat::of(node);
        load_at(&seat, self, node, parents, node.logs_at_once).await
    }

    /// Loads the rows with these ids, and everything below them, through the connection of a larger reading.
    ///
    /// # Errors
    /// When the database fails; a failing function spoils only its own field.
    pub async fn load_on(&self, seat: &Seat, node: &Node, ids: &[Uuid]) -> Result<Loaded> {
        load_at(seat, self, node, Some(ids), false).await
    }
}

fn load_at<'r>(
    seat: &'r Seat,
    run: &'r Run<'r>,
    node: &'r Node,
    parents: Option<&'r [Uuid]>,
    logs_at_once: bool,
) -> BoxFuture<'r, Result<Loaded>> {
    async move {
        if parents.is_some_and(<[Uuid]>::is_empty) {
            return Ok(Loaded::empty(node));
        }
        let (scene, db) = (run.scene, &run.scene.db);
        let values = |sql: &super::node::Sql| sql.values(run.filling, parents, db.dialect);
        let rows = seat.fetch(db, node.rows.text.clone(), values(&node.rows)?);
        scene.count_statement();
        let (rows, totals) = match &node.totals {
            Some(totals) => {
                scene.count_statement();
                try_join(rows, seat.fetch(db, totals.text.clone(), values(totals)?)).await?
            }
            None => (rows.await?, Vec::new()),
        };
        let mut loaded = Loaded::group(node, rows, parents.is_some());
        loaded.count(&totals, parents.is_some());
        run.readings
            .add(&run.filling.cast, &loaded.rows, &node.logs);
        if logs_at_once {
            run.readings.begin(scene);
        }
        let children = node.children.iter().map(|child| {
            let open = |row: &&Row| child.gate.as_ref().is_none_or(|gate| gate.is_open(row));
            let rows = loaded.rows.iter().filter(open);
            let mut keys: Vec<Uuid> = rows.filter_map(|row| row.uuid(child.key)).collect();
            keys.sort_unstable();
            keys.dedup();
            async move { load_at(seat, run, &child.node, Some(&keys), false).await }
        });
        let slots = node
            .slots
            .iter()
            .map(|slot| fill(seat, run, slot, &loaded.rows));
        let (children, slots) = try_join(try_join_all(children), try_join_all(slots)).await?;
        loaded.children = children;
        loaded.slots = slots;
        Ok(loaded)
    }
    .boxed()
}

async fn fill(seat: &Seat, run: &Run<'_>, slot: &Slot, rows: &[Row]) -> Result<Filled> {
    let entry = |_: &Scene, _: Uuid, cells: &[Cell]| {
        let fields = cells.first().unwrap_or(&Cell::Null);
        Ok(derived::entry(&slot.args, fields))
    };
    Ok(match slot.run {
        Function::Batch(function) => ask(seat, run, slot, function, rows).await?,
        Function::Each(function) => each(run.scene, slot, rows, function),
        Function::Entry => each(run.scene, slot, rows, entry),
    })
}

/// What a function computes of each row that is there; where it fails, that row's field alone.
fn each(
    scene: &Scene,
    slot: &Slot,
    rows: &[Row],
    function: impl Fn(&Scene, Uuid, &[Cell]) -> Result<serde_json::Value>,
) -> Filled {
    let of_row = |row: &Row| {
        let Some(id) = row.uuid(slot.id) else {
            return Ok(serde_json::Value::Null);
        };
        let cells = slot.needs.iter().map(|(at, kind)| kind.cell(row, *at));
        let cells: Vec<Cell> = cells.collect();
        function(scene, id, &cells).map_err(|error| failed(scene, &error))
    };
    Filled::Values(rows.iter().map(of_row).collect())
}

fn failed(scene: &Scene, error: &Error) -> ApiError {
    if !matches!(error, Error::Api(_)) {
        tracing::error!(%error, request_id = %scene.request_id, "a field failed");
    }
    error.public()
}

async fn ask(
    seat: &Seat,
    run: &Run<'_>,
    slot: &Slot,
    function: BatchFn,
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
    let scene = run.scene;
    match (function(scene, &parents, &slot.args).await, &slot.rows) {
        (Ok(Batch::Values(values)), _) => {
            let value = |at: &Option<usize>| at.and_then(|at| values.get(at).cloned());
            let values = of_row.iter().map(|at| Ok(value(at).unwrap_or_default()));
            Ok(Filled::Values(values.collect()))
        }
        (Ok(Batch::Refs(refs)), Some(node)) => {
            let mut keys: Vec<Uuid> = refs.iter().flatten().copied().collect();
            keys.sort_unstable();
            keys.dedup();
            let loaded = load_at(seat, run, node, Some(&keys), false).await?;
            let of = |at: &Option<usize>| at.and_then(|at| refs.get(at).copied().flatten());
            Ok(Filled::Rows(
                of_row.iter().map(of).collect(),
                Box::new(loaded),
            ))
        }
        (Ok(Batch::Refs(_)), None) => Ok(Filled::Values(Vec::new())),
        (Err(error), _) => Ok(Filled::Failed(failed(scene, &error))),
    }
}

impl Loaded {
    fn empty(node: &Node) -> Self {
        let unfilled = |_: &Slot| Filled::Values(Vec::new());
        Self {
            rows: Vec::new(),
            groups: HashMap::new(),
            all: Group::default(),
            children: node
                .children
                .iter()
                .map(|child| Self::empty(&child.node))
                .collect(),
            slots: node.slots.iter().map(unfilled).collect(),
        }
    }

    /// Rows of a statement, by parent where it hangs below some.
    fn group(node: &Node, mut rows: Vec<Row>, below: bool) -> Self {
        let mut loaded = Self::empty(node);
        let size = node.page.as_ref().map_or(usize::MAX, |page| page.size);
        let backward = node.page.as_ref().is_some_and(|page| page.backward);
        if !below {
            loaded.all.more = rows.len() > size;
            rows.truncate(size);
            if backward {
                rows.reverse();
            }
            loaded.all.rows = (0..rows.len()).collect();
            loaded.rows = rows;
            return loaded;
        }
        let key = match node.page {
            Some(_) => node.width,
            None => node.id.unwrap_or(0),
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
                self.all.total = total;
            }
        }
    }
}
