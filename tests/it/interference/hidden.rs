//! Changes of what a viewer may not read: values of hidden cells, and hidden rows that go. Whatever would change what he
//! may read is undone again, so that the database before and the one after are the same to him.

use std::collections::HashSet;

use kehu::graph::{Graph, Scene};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::readable::{Readable, columns, dump, literal, readable, tables};

/// A change, with the statement that undoes it.
struct Change {
    undo: String,
    what: (&'static str, String),
}

/// Changes hidden things by chance; gives how many changes stand.
pub struct Hidden<'a> {
    pub graph: &'static Graph,
    pub scene: &'a Scene,
    pub rng: &'a mut StdRng,
    /// What turned out to change what the viewer may read.
    tied: HashSet<(&'static str, String)>,
    scratch: u32,
}

impl<'a> Hidden<'a> {
    pub fn new(graph: &'static Graph, scene: &'a Scene, rng: &'a mut StdRng) -> Self {
        Self {
            graph,
            scene,
            rng,
            tied: HashSet::new(),
            scratch: 0,
        }
    }

    /// Makes about as many changes.
    pub async fn change(&mut self, wanted: usize) -> usize {
        let before = readable(self.graph, self.scene).await;
        let mut standing = 0;
        for _ in 0..wanted.div_ceil(GROUP) {
            standing += self.group(&before).await;
        }
        assert!(readable(self.graph, self.scene).await == before);
        standing
    }

    async fn group(&mut self, before: &Readable) -> usize {
        let mut group = Vec::new();
        for _ in 0..GROUP {
            group.extend(self.one(before).await);
        }
        if readable(self.graph, self.scene).await == *before {
            return group.len();
        }
        // One of them is tied to what may be read: undone one by one, the last first, until it is found.
        while let Some(change) = group.pop() {
            self.run(&change.undo).await.unwrap();
            if readable(self.graph, self.scene).await == *before {
                self.tied.insert(change.what);
                break;
            }
        }
        group.len()
    }

    async fn one(&mut self, before: &Readable) -> Option<Change> {
        let names: Vec<&'static str> = tables(self.graph).into_iter().collect();
        let table = *names.choose(self.rng)?;
        let rows: Vec<Uuid> = dump(&self.scene.db, table).await.into_keys().collect();
        let (row, other) = (*rows.choose(self.rng)?, *rows.choose(self.rng)?);
        let shown = before.get(&(table, row));
        if shown.is_none() && self.rng.random_bool(0.25) {
            return self.remove(table, row).await;
        }
        let hidden: Vec<String> = columns(&self.scene.db, table)
            .await
            .into_iter()
            .filter(|column| {
                column != "id" && shown.is_none_or(|cells| !cells.contains_key(column))
            })
            .filter(|column| !self.tied.contains(&(table, column.clone())))
            .collect();
        let column = hidden.choose(self.rng)?.clone();
        let (id, from) = (literal(&self.scene.db, row), literal(&self.scene.db, other));
        let scratch = self.keep(table, &id).await;
        // A person's surname stands on the card; the rest of the name is hidden.
        let value = if (table, column.as_str()) == ("customer", "name") {
            "substr(name, 1, 1) || '隐藏'".to_owned()
        } else {
            format!("(SELECT o.{column} FROM {table} o WHERE o.id = {from})")
        };
        let set = format!("UPDATE {table} SET {column} = {value} WHERE id = {id}");
        // A unique index or a foreign key may say no.
        self.run(&set).await.ok()?;
        Some(Change {
            undo: format!(
                "UPDATE {table} SET {column} = (SELECT {column} FROM {scratch}) WHERE id = {id}"
            ),
            what: (table, column),
        })
    }

    async fn remove(&mut self, table: &'static str, row: Uuid) -> Option<Change> {
        let what = (table, "a row".to_owned());
        if self.tied.contains(&what) {
            return None;
        }
        let id = literal(&self.scene.db, row);
        let scratch = self.keep(table, &id).await;
        self.run(&format!("DELETE FROM {table} WHERE id = {id}"))
            .await
            .ok()?;
        let names = columns(&self.scene.db, table).await.join(", ");
        Some(Change {
            undo: format!("INSERT INTO {table} ({names}) SELECT {names} FROM {scratch}"),
            what,
        })
    }

    async fn keep(&mut self, table: &str, id: &str) -> String {
        self.scratch += 1;
        let scratch = format!("scratch_{}_{}", self.scratch, self.rng.random::<u32>());
        let sql = format!("CREATE TABLE {scratch} AS SELECT * FROM {table} WHERE id = {id}");
        self.run(&sql).await.unwrap();
        scratch
    }

    async fn run(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        self.scene.db.write.execute_unprepared(sql).await?;
        Ok(())
    }
}

/// Changes that are checked together.
const GROUP: usize = 8;
