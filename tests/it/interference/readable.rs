//! What of the database a viewer may read, cell by cell, as the declaration and the policy have it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kehu::access::Table;
use kehu::graph::{Gate, Graph, Read, Scene, Shape, Type};
use kehu::kit::db::Db;
use kehu::schema::declared;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sea_query::{Alias, ExprTrait as _, Query};
use uuid::Uuid;

/// Column to value, as text.
pub type Cells = BTreeMap<String, Option<String>>;
/// Table and row to what may be read of it.
pub type Readable = BTreeMap<(&'static str, Uuid), Cells>;

/// Every table behind a type that can be read.
pub fn tables(graph: &'static Graph) -> BTreeSet<&'static str> {
    let rows = graph.types.values().filter_map(Type::rows);
    rows.map(|(table, ..)| table).collect()
}

/// Columns of a table that hold values; computed ones follow from these.
pub async fn columns(db: &Db, table: &str) -> Vec<String> {
    let backend = db.write.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' AND is_generated = 'NEVER' ORDER BY 1"
        ),
        _ => format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0 ORDER BY 1"),
    };
    let rows = db
        .write
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}

/// An id as the database writes it.
pub fn literal(db: &Db, id: Uuid) -> String {
    match db.write.get_database_backend() {
        DbBackend::Postgres => format!("'{id}'"),
        _ => format!("x'{}'", id.simple()),
    }
}

/// Every row of a table, every column as text, computed ones among them.
pub async fn dump(db: &Db, table: &str) -> HashMap<Uuid, Cells> {
    let backend = db.write.get_database_backend();
    let names = match backend {
        DbBackend::Postgres => format!(
            "SELECT column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY 1"
        ),
        _ => format!("SELECT name FROM pragma_table_xinfo('{table}') ORDER BY 1"),
    };
    let rows = db
        .write
        .query_all_raw(Statement::from_string(backend, names))
        .await
        .unwrap();
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect();
    let shown: Vec<String> = names
        .iter()
        .map(|name| match backend {
            DbBackend::Postgres => format!("\"{name}\"::text"),
            _ => format!("CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") ELSE CAST(\"{name}\" AS TEXT) END"),
        })
        .collect();
    let sql = format!("SELECT {} FROM {table}", shown.join(", "));
    let rows = db
        .write
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let mut dump = HashMap::new();
    for row in rows {
        let cells: Cells = names
            .iter()
            .enumerate()
            .map(|(i, name)| (name.clone(), row.try_get_by_index(i).unwrap()))
            .collect();
        let id = cells["id"].as_deref().unwrap();
        dump.insert(Uuid::parse_str(id).unwrap(), cells);
    }
    dump
}

/// What the viewer of a scene may read now.
pub async fn readable(graph: &'static Graph, scene: &Scene) -> Readable {
    let mut gates = Gates {
        scene,
        known: HashMap::new(),
    };
    let mut readable = Readable::new();
    for table in tables(graph) {
        let all = dump(&scene.db, table).await;
        for ty in graph.types.values() {
            if ty.rows().is_none_or(|(of, ..)| of != table) {
                continue;
            }
            let (.., gate) = ty.rows().unwrap();
            let seen = gates.open(table, gate, all.keys().copied().collect()).await;
            let mut open: Vec<(&'static str, HashSet<Uuid>)> = Vec::new();
            columns_of(graph, ty, table, &seen, &mut gates, &mut open).await;
            for id in &seen {
                let cells = readable.entry((table, *id)).or_default();
                cells.insert("id".to_owned(), all[id]["id"].clone());
            }
            // What one may do with what one sees is told (`viewerActions`, `can`).
            for (object, action) in actions_on(ty.name) {
                let gate = Gate::new(object, action);
                for id in gates.open(table, Some(gate), seen.clone()).await {
                    let cells = readable.entry((table, id)).or_default();
                    cells.insert(format!("may {object}·{action}"), None);
                }
            }
            for (column, rows) in open {
                for id in rows {
                    let cells = readable.entry((table, id)).or_default();
                    cells.insert(column.to_owned(), all[&id][column].clone());
                }
            }
        }
    }
    // RUL-5: who may weigh a revision counts cases that he may not read; what they are counted by is not hidden from him.
    let weigh = Gate::new("rulebook-revision", "weigh");
    if !gates.ask("rulebook_revision", &weigh).await.is_empty() {
        for (table, columns) in WEIGHED {
            for (id, all) in dump(&scene.db, table).await {
                let cells = readable.entry((table, id)).or_default();
                for column in *columns {
                    cells.insert((*column).to_owned(), all[*column].clone());
                }
            }
        }
    }
    readable
}

/// The cases that revisions of the rulebook are weighed by, and what of them is counted.
const WEIGHED: &[(&str, &[&str])] = &[
    ("complaint", &["state", "amount_fen", "rulebook_on"]),
    ("lookup_request", &["days", "rulebook_on"]),
];

/// Every object·action of the policy that speaks of rows of a type.
fn actions_on(type_name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of = |kind| declared().facts.of(kind).map(|(name, _)| name);
    let actions = declared().catalogue.actions().iter();
    actions
        .filter(move |action| of(action.kind) == Some(type_name))
        .map(|action| (action.object, action.action))
}

/// The columns that a type shows or goes by, each with the rows of `seen` where its own gate is open.
async fn columns_of(
    graph: &'static Graph,
    ty: &'static Type,
    table: &'static str,
    seen: &HashSet<Uuid>,
    gates: &mut Gates<'_>,
    into: &mut Vec<(&'static str, HashSet<Uuid>)>,
) {
    for field in ty.fields.values() {
        let rows = gates.open(table, field.gate, seen.clone()).await;
        match &field.read {
            Read::Column(column, _) => {
                let sort = ty.sort_columns.iter().find(|(of, _)| of == column);
                into.extend(sort.map(|(_, by)| (*by, rows.clone())));
                into.push((column, rows));
            }
            Read::One(_, column) => into.push((column, rows)),
            Read::Expression { needs, .. } => {
                into.extend(needs.iter().map(|column| (*column, rows.clone())));
            }
            Read::Entry(column) => into.push((column, rows)),
            Read::Batched { needs, .. } | Read::Computed { needs, .. } => {
                into.extend(needs.iter().map(|(column, _)| (*column, rows.clone())));
            }
            Read::Part(part) => {
                let parts = match graph.types[*part].shape {
                    Shape::Either(open, locked) => vec![(open, rows), (locked, seen.clone())],
                    _ => vec![(*part, rows)],
                };
                for (part, rows) in parts {
                    Box::pin(columns_of(
                        graph,
                        &graph.types[part],
                        table,
                        &rows,
                        gates,
                        into,
                    ))
                    .await;
                }
            }
            // The rows below stand in their own table, and say themselves where they belong.
            Read::Many { .. } | Read::Id | Read::Key(_) | Read::Nested(..) => {}
        }
    }
    if matches!(ty.shape, Shape::Table { .. }) {
        into.push((ty.newest_by, seen.clone()));
        if ty.voidable {
            into.push(("voided_at", seen.clone()));
        }
        for parent in graph.types.values() {
            for field in parent.fields.values() {
                if let Read::Many { target, by } = &field.read
                    && *target == ty.name
                {
                    into.push((by, seen.clone()));
                }
            }
        }
    }
}

/// The rows that gates let through, each asked once.
struct Gates<'a> {
    scene: &'a Scene,
    known: HashMap<(&'static str, String), HashSet<Uuid>>,
}

impl Gates<'_> {
    async fn open(
        &mut self,
        table: &'static str,
        gate: Option<Gate>,
        rows: HashSet<Uuid>,
    ) -> HashSet<Uuid> {
        let Some(gate) = gate else {
            return rows;
        };
        let key = (table, format!("{gate:?}"));
        if !self.known.contains_key(&key) {
            let passed = self.ask(table, &gate).await;
            self.known.insert(key.clone(), passed);
        }
        rows.intersection(&self.known[&key]).copied().collect()
    }

    async fn ask(&self, name: &'static str, gate: &Gate) -> HashSet<Uuid> {
        if !gate.hanging {
            return self.ask_of(name, gate, None).await;
        }
        let mut passed = HashSet::new();
        for kind in self.scene.viewer.table.catalogue().attachables() {
            let gate = Gate::new(kind.read.0, kind.read.1).via("holder_id", kind.holder());
            passed.extend(self.ask_of(name, &gate, Some(kind.table)).await);
        }
        passed
    }

    async fn ask_of(
        &self,
        name: &'static str,
        gate: &Gate,
        object_kind: Option<&str>,
    ) -> HashSet<Uuid> {
        let own = Table::named("t");
        let mut query = Query::select();
        query
            .expr(own.col("id"))
            .from_as(Alias::new(name), own.iden());
        if let Some(kind) = object_kind {
            query.and_where(own.col("object_kind").eq(kind));
        }
        let subject = match gate.via {
            Some((column, parent)) => {
                let above = Table::named("p");
                let same = above.col("id").eq(own.col(column));
                query.join_as(
                    sea_query::JoinType::InnerJoin,
                    Alias::new(parent),
                    above.iden(),
                    same,
                );
                above
            }
            None => own,
        };
        let visible = self
            .scene
            .viewer
            .visible(gate.object, gate.action, &subject);
        query.and_where(visible.cond().into_expr());
        let rows = kehu::graph::fetch(&self.scene.db, &query).await.unwrap();
        rows.iter().map(|row| row.uuid(0).unwrap()).collect()
    }
}
