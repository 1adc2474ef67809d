//! Statistics as the reference executor has them: the visible rows one by one, grouped and measured in memory. Also random
//! questions for them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_graphql::Value as Gql;
use async_graphql::parser::types::SelectionSet;
use chrono::{Datelike as _, NaiveDate, Weekday};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use kehu::config::Config;
use kehu::graph::{Args, Cell, Field, Graph, Kind, Read, Shape, Type};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use serde_json::{Map, Value, json};

use super::conditions::operators;
use super::generate::{Generator, screaming};
use super::orders::compare;
use super::reference::{Reference, shown};
use super::store::Whole;

type Way = Vec<&'static str>;

/// What can be grouped by, or what can be measured, by the names of the fields on the way there.
fn ways(graph: &'static Graph, ty: &'static Type, measured: bool, farther: bool) -> Vec<Way> {
    let all = ways_of(graph, ty, measured, farther);
    // Of two with one name the row's own counts.
    let own = |name: &str| all.iter().any(|way| way.len() == 1 && way[0] == name);
    let mut kept = all.clone();
    kept.retain(|way| way.len() == 1 || !own(&camel(way)));
    kept
}

fn ways_of(graph: &'static Graph, ty: &'static Type, measured: bool, farther: bool) -> Vec<Way> {
    let mut found = Vec::new();
    for (name, field) in &ty.fields {
        let below = match &field.read {
            Read::Column(..) | Read::Expression { .. } if measured && field.measure => {
                vec![Vec::new()]
            }
            Read::Column(..) | Read::Expression { .. } if !measured && field.group => {
                vec![Vec::new()]
            }
            Read::One(target, _) if !measured && field.group => {
                let mut below = vec![Vec::new()];
                if farther {
                    below.extend(ways_of(graph, &graph.types[*target], measured, false));
                }
                below
            }
            Read::Part(target) => ways_of(graph, open_side(graph, target), measured, farther),
            _ => continue,
        };
        found.extend(below.into_iter().map(|mut way| {
            way.insert(0, *name);
            way
        }));
    }
    found
}

/// Every name that keys and figures of a type have among choices.
pub(crate) fn choices(graph: &'static Graph, ty: &'static Type) -> Vec<String> {
    let named = |way: &Way| screaming(&camel(way));
    let mut choices: Vec<String> = ways(graph, ty, false, true).iter().map(named).collect();
    choices.push("COUNT".to_owned());
    for way in ways(graph, ty, true, true) {
        let names: &[&str] = match is_number(end(graph, ty, &way).unwrap()) {
            true => &["SUM", "AVG", "MIN", "MAX"],
            false => &["MIN", "MAX"],
        };
        choices.extend(names.iter().map(|name| format!("{}_{name}", named(&way))));
    }
    choices
}

fn open_side(graph: &'static Graph, target: &str) -> &'static Type {
    match graph.types[target].shape {
        Shape::Either(open, _) => &graph.types[open],
        _ => &graph.types[target],
    }
}

/// The fields on a way.
fn fields(graph: &'static Graph, ty: &'static Type, way: &[&str]) -> Vec<&'static Field> {
    let mut fields = Vec::new();
    let mut ty = ty;
    for name in way {
        let field = &ty.fields[*name];
        fields.push(field);
        ty = match &field.read {
            Read::One(target, _) => &graph.types[*target],
            Read::Part(target) => open_side(graph, target),
            _ => ty,
        };
    }
    fields
}

/// The kind of the value at the end of a way, or the type of the object there.
fn end(graph: &'static Graph, ty: &'static Type, way: &[&str]) -> Result<Kind, &'static str> {
    match fields(graph, ty, way).last().unwrap().read {
        Read::Column(_, kind) | Read::Expression { kind, .. } => Ok(kind),
        Read::One(target, _) => Err(target),
        _ => unreachable!(),
    }
}

fn camel(way: &[&str]) -> String {
    let mut name = way[0].to_owned();
    for part in &way[1..] {
        name.push_str(&part[..1].to_uppercase());
        name.push_str(&part[1..]);
    }
    name
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Count | Kind::Money)
}

/// The first day of the bucket in which a day lies: back from day to day.
fn first_day(bucket: &str, mut day: NaiveDate) -> NaiveDate {
    let begins = |day: NaiveDate| match bucket {
        "DAY" => true,
        "WEEK" => day.weekday() == Weekday::Mon,
        "MONTH" => day.day() == 1,
        "QUARTER" => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
        "YEAR" => day.ordinal() == 1,
        other => panic!("{other}"),
    };
    while !begins(day) {
        day = day.pred_opt().unwrap();
    }
    day
}

/// What an aggregate makes of values, and of what kind that is.
fn aggregate(name: &str, args: &Args, kind: Kind, values: &[Cell]) -> (Cell, Kind) {
    let mut values: Vec<&Cell> = values.iter().filter(|cell| **cell != Cell::Null).collect();
    values.sort_by(|a, b| compare(a, b));
    let whole = if kind == Kind::Int { Kind::Count } else { kind };
    let kind = if name == "avg" { Kind::Money } else { whole };
    if values.is_empty() {
        return (Cell::Null, kind);
    }
    let sum = || -> i128 {
        let numbers = values.iter().map(|cell| match cell {
            Cell::Int(number) => i128::from(*number),
            other => panic!("{other:?}"),
        });
        numbers.sum()
    };
    let number = |number: i128| Cell::Int(i64::try_from(number).unwrap());
    let n = values.len();
    let cell = match name {
        "min" => values[0].clone(),
        "max" => values[n - 1].clone(),
        "sum" => number(sum()),
        "avg" => {
            // In hundredths, and money in fen: 2 · |mean| + 1 halves, cut off.
            let scale = if whole == Kind::Money { 1 } else { 100 };
            let (sum, n) = (scale * sum(), n as i128);
            number(sum.signum() * ((2 * sum.abs() + n) / (2 * n)))
        }
        "percentile" => {
            let share = match args.get("p") {
                Some(Gql::Number(share)) => share.as_f64().unwrap(),
                other => panic!("{other:?}"),
            };
            let rank = (share * n as f64).ceil() as usize;
            values[rank.max(1) - 1].clone()
        }
        other => panic!("{other}"),
    };
    (cell, kind)
}

/// A group: its keys, its rows.
struct Group {
    keys: Vec<Cell>,
    rows: Vec<Rc<Whole>>,
}

/// A key that is asked for.
struct Key {
    way: Way,
    bucket: Option<String>,
}

fn named<'v>(item: &'v Gql, name: &str) -> Option<&'v str> {
    match item {
        Gql::Object(item) => match item.get(name)? {
            Gql::Enum(name) => Some(name.as_str()),
            _ => None,
        },
        _ => None,
    }
}

fn items<'v>(args: &'v Args, name: &str) -> &'v [Gql] {
    match args.get(name) {
        Some(Gql::List(items)) => items,
        _ => &[],
    }
}

fn is_choice(way: &[&str], choice: &str) -> bool {
    screaming(&camel(way)) == choice
}

impl<'a> Reference<'a> {
    /// The statistics of the rows that may be seen.
    pub async fn statistics(
        &self,
        ty: &'static Type,
        args: &Args,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let graph = self.store.graph;
        let keys: Vec<Key> = items(args, "groupBy")
            .iter()
            .map(|item| Key {
                way: self.group_way(ty, named(item, "field").unwrap()),
                bucket: named(item, "bucket").map(str::to_owned),
            })
            .collect();
        let mut groups: Vec<Group> = Vec::new();
        if keys.is_empty() {
            let (keys, rows) = (Vec::new(), Vec::new());
            groups.push(Group { keys, rows });
        }
        for row in self.wanted(ty, self.all(ty, None).await, args).await {
            let mut cells = Vec::new();
            for key in &keys {
                cells.push(self.bucketed(ty, key, self.taken(ty, ty, &row, &key.way).await));
            }
            match groups.iter_mut().find(|group| group.keys == cells) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group {
                    keys: cells,
                    rows: vec![row],
                }),
            }
        }
        let mut kept = Vec::new();
        for group in groups {
            if self.group_fits(ty, &group, args).await {
                let order = self.group_order(ty, &keys, &group, args).await;
                kept.push((order, group));
            }
        }
        kept.sort_by(|(a, _), (b, _)| {
            let by = a.iter().zip(b).map(|((a, desc), (b, _))| {
                let order = compare(a, b);
                if *desc { order.reverse() } else { order }
            });
            by.fold(Ordering::Equal, Ordering::then)
        });
        let first = args.long("first").unwrap_or(50) as usize;
        let more = kept.len() > first;
        kept.truncate(first);
        let mut out = Map::new();
        for (key, field, below) in self.merge(sets, &format!("{}Statistics", ty.name)) {
            let value = match field.name.node.as_str() {
                "hasMore" => json!(more),
                "groups" => {
                    let mut list = Vec::new();
                    for (_, group) in &kept {
                        list.push(self.group(graph, ty, &keys, group, &below).await);
                    }
                    Value::Array(list)
                }
                _ => json!(format!("{}Statistics", ty.name)),
            };
            out.insert(key, value);
        }
        Value::Object(out)
    }

    fn group_way(&self, ty: &'static Type, choice: &str) -> Way {
        let mut ways = ways(self.store.graph, ty, false, true).into_iter();
        ways.find(|way| is_choice(way, choice)).unwrap()
    }

    /// What is at the end of a way; null behind what is absent, hidden or closed.
    fn taken<'s>(
        &'s self,
        ty: &'static Type,
        part: &'static Type,
        row: &'s Whole,
        way: &'s [&'static str],
    ) -> LocalBoxFuture<'s, Cell> {
        async move {
            let (name, ..) = ty.rows().unwrap();
            let field = &part.fields[way[0]];
            if let Some(gate) = &field.gate
                && !self.store.is_open(gate, name, row).await
            {
                return Cell::Null;
            }
            let graph = self.store.graph;
            match &field.read {
                Read::Column(column, _) => row.cells[column].clone(),
                Read::Expression { .. } => row.expressions[way[0]].clone(),
                Read::Part(target) => {
                    self.taken(ty, open_side(graph, target), row, &way[1..])
                        .await
                }
                Read::One(target, column) => {
                    let target = &graph.types[*target];
                    let Cell::Id(id) = row.cells[column] else {
                        return Cell::Null;
                    };
                    match self.store.whole(target, id).await {
                        Some(other) if self.store.is_seen(target, &other).await => {
                            if way.len() == 1 {
                                return Cell::Id(id);
                            }
                            self.taken(target, target, &other, &way[1..]).await
                        }
                        _ => Cell::Null,
                    }
                }
                _ => unreachable!(),
            }
        }
        .boxed_local()
    }

    fn bucketed(&self, ty: &'static Type, key: &Key, cell: Cell) -> Cell {
        let zone = self.store.scene.get::<Config>().unwrap().company.zone();
        let day = match cell {
            Cell::Instant(at) => at.with_timezone(&zone).date_naive(),
            Cell::Date(day) => day,
            other => return other,
        };
        assert!(end(self.store.graph, ty, &key.way).is_ok());
        Cell::Date(first_day(key.bucket.as_deref().unwrap_or("DAY"), day))
    }

    async fn values(&self, ty: &'static Type, rows: &[Rc<Whole>], way: &Way) -> Vec<Cell> {
        let mut values = Vec::new();
        for row in rows {
            values.push(self.taken(ty, ty, row, way).await);
        }
        values
    }

    /// The figure that a condition or an order names.
    async fn figure(&self, ty: &'static Type, group: &Group, wanted: &str) -> (Cell, Kind) {
        let wanted = wanted.replace('_', "").to_lowercase();
        if wanted == "count" {
            return (Cell::Int(group.rows.len() as i64), Kind::Count);
        }
        for way in ways(self.store.graph, ty, true, true) {
            for name in ["sum", "avg", "min", "max"] {
                if format!("{}{name}", way.concat()).to_lowercase() == wanted {
                    let values = self.values(ty, &group.rows, &way).await;
                    let kind = end(self.store.graph, ty, &way).unwrap();
                    return aggregate(name, &Args::default(), kind, &values);
                }
            }
        }
        panic!("{wanted}");
    }

    async fn group_fits(&self, ty: &'static Type, group: &Group, args: &Args) -> bool {
        let Some(Gql::Object(having)) = args.get("having") else {
            return true;
        };
        for (name, value) in having {
            let (cell, kind) = self.figure(ty, group, name).await;
            if !operators(kind, &cell, value) {
                return false;
            }
        }
        true
    }

    async fn group_order(
        &self,
        ty: &'static Type,
        keys: &[Key],
        group: &Group,
        args: &Args,
    ) -> Vec<(Cell, bool)> {
        let mut order = Vec::new();
        for item in items(args, "orderBy") {
            let wanted = named(item, "field").unwrap();
            let desc = named(item, "direction") == Some("DESC");
            let Some(at) = keys.iter().position(|key| is_choice(&key.way, wanted)) else {
                order.push((self.figure(ty, group, wanted).await.0, desc));
                continue;
            };
            if let Err(target) = end(self.store.graph, ty, &keys[at].way) {
                let target = &self.store.graph.types[target];
                let object = match &group.keys[at] {
                    Cell::Id(id) => self.store.whole(target, *id).await,
                    _ => None,
                };
                for (name, field) in &target.fields {
                    if field.afar && field.gate.is_none() && matches!(field.read, Read::Column(..))
                    {
                        let cell = match &object {
                            Some(object) => self.key(target, target, object, &[*name]).await,
                            None => Cell::Null,
                        };
                        order.push((cell, desc));
                    }
                }
            }
            order.push((group.keys[at].clone(), desc));
        }
        order.extend(group.keys.iter().map(|key| (key.clone(), false)));
        order
    }

    async fn group(
        &self,
        graph: &'static Graph,
        ty: &'static Type,
        keys: &[Key],
        group: &Group,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let mut out = Map::new();
        for (key, field, below) in self.merge(sets, &format!("{}Group", ty.name)) {
            let value = match field.name.node.as_str() {
                "__typename" => json!(format!("{}Group", ty.name)),
                "count" => json!(group.rows.len()),
                "countDistinct" => {
                    let way = self.group_way(ty, self.args(field).text("field").unwrap());
                    let values = self.values(ty, &group.rows, &way).await;
                    let mut seen: Vec<Cell> = Vec::new();
                    for value in values {
                        if value != Cell::Null && !seen.contains(&value) {
                            seen.push(value);
                        }
                    }
                    json!(seen.len())
                }
                "key" => self.group_key(ty, keys, group, &below).await,
                name => {
                    let mut measured = ways(graph, ty, true, true).into_iter();
                    let way = measured.find(|way| camel(way) == name).unwrap();
                    let values = self.values(ty, &group.rows, &way).await;
                    self.measures(end(graph, ty, &way).unwrap(), &values, &below)
                }
            };
            out.insert(key, value);
        }
        Value::Object(out)
    }

    async fn group_key(
        &self,
        ty: &'static Type,
        keys: &[Key],
        group: &Group,
        sets: &[&'a SelectionSet],
    ) -> Value {
        let mut out = Map::new();
        for (key, field, below) in self.merge(sets, &format!("{}GroupKey", ty.name)) {
            let name = field.name.node.as_str();
            if name == "__typename" {
                out.insert(key, json!(format!("{}GroupKey", ty.name)));
                continue;
            }
            let asked = keys.iter().zip(&group.keys);
            let mut asked = asked.filter(|(key, _)| camel(&key.way) == name);
            let value = match asked.next() {
                None => Value::Null,
                Some((key, cell)) => match (end(self.store.graph, ty, &key.way), cell) {
                    (Err(target), Cell::Id(id)) => {
                        self.by_id(&self.store.graph.types[target], *id, &below)
                            .await
                    }
                    (Ok(kind), cell) => shown(kind, cell),
                    _ => Value::Null,
                },
            };
            out.insert(key, value);
        }
        Value::Object(out)
    }

    fn measures(&self, kind: Kind, values: &[Cell], sets: &[&'a SelectionSet]) -> Value {
        let name = match kind {
            Kind::Money => "DecimalMeasures",
            Kind::Date => "DateMeasures",
            Kind::Instant => "DateTimeMeasures",
            _ => "LongMeasures",
        };
        let mut out = Map::new();
        for (key, field, _) in self.merge(sets, name) {
            let value = match field.name.node.as_str() {
                "__typename" => json!(name),
                asked => {
                    let (cell, kind) = aggregate(asked, &self.args(field), kind, values);
                    shown(kind, &cell)
                }
            };
            out.insert(key, value);
        }
        Value::Object(out)
    }
}

impl Generator {
    /// A root with statistics and what to ask of it; of what is behind gates, where `aimed`.
    pub fn statistics(&mut self, name: &str, ty: &'static Type, aimed: bool) -> String {
        let graph = self.graph;
        let gated = |way: &Way| {
            fields(graph, ty, way).iter().any(|field| {
                let related = match &field.read {
                    Read::One(target, _) => graph.types[*target].rows().and_then(|(.., gate)| gate),
                    _ => None,
                };
                field.gate.or(related).is_some()
            })
        };
        let keys: Vec<Way> = ways(graph, ty, false, true);
        let keys: Vec<Way> = match aimed && keys.iter().any(gated) {
            true => keys.into_iter().filter(gated).collect(),
            false => keys,
        };
        let measured = ways(graph, ty, true, true);
        let mut asked: BTreeMap<String, Way> = BTreeMap::new();
        let mut by = Vec::new();
        for _ in 0..self.rng.random_range(0..=2) {
            let way = keys.choose(&mut self.rng).unwrap().clone();
            let choice = screaming(&camel(&way));
            if asked.insert(choice.clone(), way.clone()).is_some() {
                continue;
            }
            let bucket = match end(graph, ty, &way) {
                Ok(Kind::Instant | Kind::Date) => {
                    let buckets = ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];
                    format!(", bucket: {}", buckets.choose(&mut self.rng).unwrap())
                }
                _ => String::new(),
            };
            by.push(format!("{{field: {choice}{bucket}}}"));
        }
        let mut args = vec![format!("groupBy: [{}]", by.join(", "))];
        if self.chance(40)
            && let Some(filter) = self.filter(ty, 2)
        {
            args.push(format!("where: {filter}"));
        }
        if ty.voidable && self.chance(20) {
            args.push("includeVoided: true".into());
        }
        if self.chance(30)
            && let Some(having) = self.having(ty, &measured)
        {
            args.push(format!("having: {{{having}}}"));
        }
        if self.chance(50) {
            args.push(self.statistics_order(ty, asked.keys()));
        }
        if self.chance(30) {
            args.push(format!("first: {}", self.rng.random_range(0..4)));
        }
        let groups = self.group_fields(ty, &asked, &measured);
        format!(
            "{name}({}) {{ __typename hasMore groups {groups} }}",
            args.join(", ")
        )
    }

    fn having(&mut self, ty: &'static Type, measured: &[Way]) -> Option<String> {
        if self.chance(50) || measured.is_empty() {
            let operator = ["gte", "lt", "eq"].choose(&mut self.rng).unwrap();
            return Some(format!(
                "count: {{{operator}: {}}}",
                self.rng.random_range(0..4)
            ));
        }
        let way = measured.choose(&mut self.rng).unwrap();
        let kind = end(self.graph, ty, way).unwrap();
        let (name, kind) = match (is_number(kind), self.rng.random_range(0..4)) {
            (true, 0) => ("Avg", Kind::Money),
            (true, 1) => ("Sum", kind),
            (_, 2) => ("Min", kind),
            _ => ("Max", kind),
        };
        let kind = if kind == Kind::Int { Kind::Count } else { kind };
        Some(format!("{}{name}: {}", camel(way), self.operator(kind)?))
    }

    fn statistics_order<'w>(
        &mut self,
        ty: &'static Type,
        keys: impl Iterator<Item = &'w String>,
    ) -> String {
        let mut choices: Vec<String> = keys.cloned().collect();
        let figures = self::choices(self.graph, ty).into_iter();
        let all = ways(self.graph, ty, false, true).len();
        choices.extend(figures.skip(all));
        let mut keys = Vec::new();
        for _ in 0..self.rng.random_range(1..=2) {
            let field = choices.choose(&mut self.rng).unwrap().clone();
            let direction = if self.chance(50) { "ASC" } else { "DESC" };
            keys.push(format!("{{field: {field}, direction: {direction}}}"));
        }
        format!("orderBy: [{}]", keys.join(", "))
    }

    fn group_fields(
        &mut self,
        ty: &'static Type,
        asked: &BTreeMap<String, Way>,
        measured: &[Way],
    ) -> String {
        let graph = self.graph;
        let mut key = String::from("__typename");
        for way in asked.values() {
            let below = match end(graph, ty, way) {
                Err(target) => self.object(&graph.types[target], 1),
                Ok(_) => String::new(),
            };
            key.push_str(&format!(" k{}: {} {below}", self.alias(), camel(way)));
        }
        let keys = ways(graph, ty, false, true);
        let mut parts = vec![format!("key {{ {key} }}"), "count".to_owned()];
        if self.chance(40) {
            let choice = screaming(&camel(keys.choose(&mut self.rng).unwrap()));
            parts.push(format!("n{}: countDistinct(field: {choice})", self.alias()));
        }
        for way in measured {
            if !self.chance(40) {
                continue;
            }
            let mut told = vec!["min", "max", "__typename"];
            if is_number(end(graph, ty, way).unwrap()) {
                told.extend(["sum", "avg"]);
            }
            let mut told: Vec<String> = told
                .into_iter()
                .filter(|_| self.rng.random_bool(0.5))
                .map(str::to_owned)
                .collect();
            if is_number(end(graph, ty, way).unwrap()) && self.chance(40) {
                let share = ["0", "0.1", "0.25", "0.5", "0.9", "1"]
                    .choose(&mut self.rng)
                    .unwrap();
                told.push(format!("p{}: percentile(p: {share})", self.alias()));
            }
            if told.is_empty() {
                continue;
            }
            let part = format!("{} {{ {} }}", camel(way), told.join(" "));
            parts.push(match self.chance(30) {
                true => format!("... on {}Group {{ {part} }}", ty.name),
                false => part,
            });
        }
        format!("{{ {} }}", parts.join(" "))
    }

    /// A document that asks for statistics alone, of what is behind gates.
    pub fn aimed_statistics(&mut self) -> String {
        self.fragments.clear();
        let (name, target) = self.statistics_root();
        let body = self.statistics(name, &self.graph.types[target], true);
        let fragments = self.fragments.join(" ");
        format!("{{ {body} }} {fragments}")
    }

    fn statistics_root(&mut self) -> (&'static str, &'static str) {
        let roots = self.graph.roots.iter();
        let roots: Vec<(&'static str, &'static str)> = roots
            .filter_map(|(name, root)| match root.read {
                kehu::graph::RootRead::Statistics(target) => Some((*name, target)),
                _ => None,
            })
            .collect();
        *roots.choose(&mut self.rng).unwrap()
    }
}
