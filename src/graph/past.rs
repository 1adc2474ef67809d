//! What of an object's past a viewer may see. A column is shown as the field of the object's type that reads it, to
//! whoever may read that field now; so the past of an archive's section falls under that section. What no field reads is
//! nobody's but those who may read everything.

use std::collections::{HashMap, HashSet};

use rules::kit::error_code::ErrorCode;
use sea_query::{Alias, ExprTrait as _, Order, Query, SelectStatement};
use serde_json::Value;
use uuid::Uuid;

use super::declare::{Gate, Graph, Read, Type};
use super::gates::gate_ways;
use super::inputs::open_side;
use super::kind::Kind;
use super::node::GateRef;
use super::row::Row;
use super::run::Readings;
use super::scene::Scene;
use super::sql;
use crate::access::{Cond, Table};
use crate::kit::error::{Error, Result};
use crate::kit::ids;

/// A column as the viewer may see it.
#[derive(Clone)]
struct Shown {
    /// Place among the type's fields.
    at: usize,
    /// The field's name, with those of the parts that hold it: `archive.fullName`.
    name: String,
    /// Its kind; none for a column that no field reads.
    kind: Option<Kind>,
    /// Readings of it: section, object, ground, right.
    logs: Vec<(i32, Uuid, &'static str, Option<Uuid>)>,
}

/// An object whose past is looked at.
pub struct Past {
    /// Table of its row.
    pub table: &'static str,
    /// Id of its row.
    pub id: Uuid,
    /// Its id in the public form.
    pub public: String,
    /// Whether the viewer may read what no field shows.
    pub whole: bool,
    shown: HashMap<&'static str, Shown>,
    closed: HashSet<&'static str>,
    beyond: Vec<(i32, Uuid, &'static str, Option<Uuid>)>,
    lists: HashMap<String, (&'static str, &'static str)>,
    readings: Readings,
}

/// A field that reads a column, and every gate before it.
struct Field {
    column: &'static str,
    name: String,
    kind: Kind,
    gates: Vec<Gate>,
}

/// A list below an object, and every gate before it.
struct List {
    name: String,
    target: &'static str,
    by: &'static str,
    gates: Vec<Gate>,
}

fn declared(
    graph: &'static Graph,
    ty: &'static Type,
    held: &str,
    gates: &[Gate],
    (fields, lists): (&mut Vec<Field>, &mut Vec<List>),
) {
    for (name, field) in &ty.fields {
        let name = format!("{held}{name}");
        let gates: Vec<Gate> = gates.iter().copied().chain(field.gate).collect();
        let (column, kind) = match &field.read {
            Read::Column(column, kind) => (*column, *kind),
            Read::One(target, column) => {
                let target = graph.types.get(target).and_then(Type::rows);
                (
                    *column,
                    Kind::Id(target.map_or("", |(_, prefix, _)| prefix)),
                )
            }
            Read::Part(target) => {
                if let Some(part) = open_side(graph, target) {
                    declared(graph, part, &format!("{name}."), &gates, (fields, lists));
                }
                continue;
            }
            Read::Many { target, by } => {
                lists.push(List {
                    name,
                    target,
                    by,
                    gates,
                });
                continue;
            }
            _ => continue,
        };
        fields.push(Field {
            column,
            name,
            kind,
            gates,
        });
    }
}

/// Which rows are asked about.
enum Rows<'a> {
    /// These.
    Ids(&'a [Uuid]),
    /// Those whose column points to a row, so many and one more.
    Below(&'static str, Uuid, u64),
}

/// The gates of an object's fields, asked in one statement about its row.
struct Asked {
    query: SelectStatement,
    table: Table,
    gates: Vec<(Gate, GateRef, usize)>,
    selected: usize,
}

impl Asked {
    fn about(name: &'static str, rows: &Rows<'_>, scene: &Scene) -> Self {
        let table = Table::named(format!("t{}", scene.next_alias()));
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new(name), table.iden());
        match rows {
            Rows::Ids(ids) => {
                query.and_where(sql::among(scene.db.dialect, table.col("id"), ids));
            }
            Rows::Below(by, parent, limit) => {
                query
                    .and_where(table.col(by).eq(*parent))
                    .order_by_expr(table.col("id"), Order::Asc)
                    .limit(limit + 1);
            }
        }
        Self {
            query,
            table,
            gates: Vec::new(),
            selected: 1,
        }
    }

    fn gate(&mut self, scene: &Scene, gate: Gate) {
        if self.gates.iter().any(|(asked, ..)| *asked == gate) {
            return;
        }
        let ways = gate_ways(scene, &gate, &self.table);
        let case = if ways.ways.is_empty() {
            None
        } else {
            ways.case()
        };
        let at = case.map(|case| {
            self.query.expr(case);
            self.selected += 1;
            self.selected - 1
        });
        // Whose archive it is, for the log of readings.
        self.query.expr(self.table.col(gate.holder()));
        let object = self.selected;
        self.selected += 1;
        self.gates.push((gate, GateRef::of(at, &ways), object));
    }

    /// By which way a gate is open for the row, and what that is logged as.
    fn open(
        &self,
        gate: &Gate,
        row: &Row,
    ) -> Option<Option<(i32, Uuid, &'static str, Option<Uuid>)>> {
        let (_, way, object) = self.gates.iter().find(|(asked, ..)| asked == gate)?;
        let way = way.way(row)?;
        let log = way.section.zip(row.uuid(*object));
        Some(log.map(|(section, object)| (section, object, way.basis, way.acted_for)))
    }
}

impl Past {
    /// The past of the object with a public id, as far as the viewer may see it; `None` when he can't know of it. Who may
    /// read `everything` sees also what no field shows, and rows that his other rights don't reach.
    ///
    /// # Errors
    /// `BAD_REQUEST` for what is no id; when the database fails.
    pub async fn of(
        graph: &'static Graph,
        scene: &Scene,
        id: &str,
        everything: &Gate,
    ) -> Result<Option<Self>> {
        let bad = |why: String| Error::api(ErrorCode::BadRequest, why);
        let (prefix, key) = ids::split(id).ok_or_else(|| bad(format!("`{id}` is not an id")))?;
        let of_prefix = |ty: &&Type| ty.is_node() && ty.rows().is_some_and(|(_, p, _)| p == prefix);
        let ty = graph.types.values().find(of_prefix).ok_or_else(|| {
            bad(format!(
                "there is no type with ids that begin with `{prefix}_`"
            ))
        })?;
        let found = Self::load(graph, scene, ty, &Rows::Ids(&[key]), everything).await?;
        Ok(found.into_iter().next())
    }

    async fn load(
        graph: &'static Graph,
        scene: &Scene,
        ty: &'static Type,
        rows: &Rows<'_>,
        everything: &Gate,
    ) -> Result<Vec<Self>> {
        let Some((name, prefix, gate)) = ty.rows() else {
            return Ok(Vec::new());
        };
        let all = gate_ways(scene, everything, &Table::named("e"));
        let all = all.ways.iter().find(|way| matches!(way.cond, Cond::Always));
        let own: Vec<Gate> = gate.into_iter().collect();
        let (mut fields, mut lists) = (Vec::new(), Vec::new());
        declared(graph, ty, "", &own, (&mut fields, &mut lists));
        let mut asked = Asked::about(name, rows, scene);
        if let (Some(gate), None) = (gate, all) {
            let seen = gate_ways(scene, &gate, &asked.table).cond();
            seen.apply(&mut asked.query);
        }
        let of_lists = lists.iter().flat_map(|l| &l.gates);
        for gate in own
            .iter()
            .chain(fields.iter().flat_map(|f| &f.gates))
            .chain(of_lists)
        {
            asked.gate(scene, *gate);
        }
        scene.count_statement();
        let found = sql::fetch(&scene.db, &asked.query).await?;
        let of_row = |row: &Row| {
            let mut shown: HashMap<&'static str, Shown> = HashMap::new();
            for (at, field) in fields.iter().enumerate() {
                let logs: Option<Vec<_>> = field.gates.iter().map(|g| asked.open(g, row)).collect();
                if let Some(logs) = logs {
                    shown.entry(field.column).or_insert_with(|| Shown {
                        at,
                        name: field.name.clone(),
                        kind: Some(field.kind),
                        logs: logs.into_iter().flatten().collect(),
                    });
                }
            }
            let columns = fields.iter().map(|field| field.column);
            let closed = columns
                .filter(|column| !shown.contains_key(column))
                .collect();
            let is_open = |list: &&List| list.gates.iter().all(|g| asked.open(g, row).is_some());
            let lists = lists
                .iter()
                .filter(|list| all.is_some() || is_open(list))
                .map(|list| (list.name.clone(), (list.target, list.by)));
            // Who reads all of a row reads every section that the row has something of.
            let beyond = all.map_or_else(Vec::new, |way| {
                let logged = asked.gates.iter().filter_map(|(gate, open, object)| {
                    let section = gate.log.or_else(|| open.way(row)?.section)?;
                    Some((section, row.uuid(*object)?, way.basis, way.acted_for))
                });
                logged.collect()
            });
            let id = row.uuid(0)?;
            Some(Self {
                table: name,
                id,
                public: ids::encode(prefix, id),
                whole: all.is_some(),
                shown,
                closed,
                beyond,
                lists: lists.collect(),
                readings: Readings::default(),
            })
        };
        Ok(found.iter().filter_map(of_row).collect())
    }

    /// The objects of a list below this one that the viewer may see, at most so many, and whether there are more; `None`
    /// for what is no list of it, or one that is closed to him.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn below(
        &self,
        graph: &'static Graph,
        scene: &Scene,
        list: &str,
        limit: u64,
        everything: &Gate,
    ) -> Result<Option<(Vec<Self>, bool)>> {
        let Some((target, by)) = self.lists.get(list) else {
            return Ok(None);
        };
        let Some(ty) = graph.types.get(target) else {
            return Ok(None);
        };
        let rows = Rows::Below(by, self.id, limit);
        let mut found = Self::load(graph, scene, ty, &rows, everything).await?;
        let more = found.len() as u64 > limit;
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Some((found, more)))
    }

    /// What columns are sorted by: as the type declares their fields, then by name.
    pub fn order<'c>(&self, column: &'c str) -> (usize, &'c str) {
        let at = self.shown.get(column).map(|shown| shown.at);
        (at.unwrap_or(usize::MAX), column)
    }

    /// The name under which a column is shown; `None` when it is hidden.
    pub fn name(&self, column: &str) -> Option<String> {
        match self.shown.get(column) {
            Some(shown) => Some(shown.name.clone()),
            None => self.whole.then(|| camel(column)),
        }
    }

    /// Whether some field shows a column, and not to this viewer.
    pub fn is_closed(&self, column: &str) -> bool {
        self.closed.contains(column)
    }

    /// A kept value of a shown column as the API has it. What is given out is remembered for the log of readings.
    pub fn value(&self, column: &str, kept: &Value) -> Value {
        match self.shown.get(column) {
            Some(shown) => {
                self.readings.note(&shown.logs);
                shown
                    .kind
                    .map_or_else(|| kept.clone(), |kind| kind.kept(kept))
            }
            None => {
                self.readings.note(&self.beyond);
                kept.clone()
            }
        }
    }

    /// Logs what was given out of these (LKP-5), before the answer leaves.
    ///
    /// # Errors
    /// When the log can't be written.
    pub async fn record(all: Vec<Self>, scene: &Scene) -> Result<()> {
        let readings = Readings::default();
        for past in all {
            readings.add_all(&past.readings);
        }
        readings.written(scene).await
    }
}

/// A column's name as fields are written: `entered_by` → `enteredBy`.
fn camel(column: &str) -> String {
    let mut words = column.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
