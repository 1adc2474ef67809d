//! The reference executor's orders: keys of one row at a time, sorted in memory.

use std::cmp::Ordering;
use std::rc::Rc;

use async_graphql::Value as Gql;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use kehu::graph::{Args, Cell, Read, Shape, Type};

use super::reference::Reference;
use super::store::Whole;

impl Reference<'_> {
    /// The rows in the order that is asked for.
    pub(super) async fn sorted(
        &self,
        ty: &'static Type,
        rows: Vec<Rc<Whole>>,
        args: &Args,
    ) -> Vec<Rc<Whole>> {
        let mut orders: Vec<(Vec<&'static str>, bool)> = Vec::new();
        if let Some(Gql::List(items)) = args.get("orderBy") {
            for item in items {
                let Gql::Object(item) = item else { continue };
                let wanted = item["field"].to_string().replace('_', "").to_lowercase();
                let desc = item["direction"].to_string() == "DESC";
                let found = self.ways(ty, true, 2).into_iter();
                let mut found = found.filter(|way| way.concat().to_lowercase() == wanted);
                let way = found.next().unwrap();
                if !orders.iter().any(|(known, _)| *known == way) {
                    orders.push((way, desc));
                }
            }
        }
        let mut keyed = Vec::new();
        for row in rows {
            let mut keys = Vec::new();
            for (way, desc) in &orders {
                keys.push((self.key(ty, ty, &row, way).await, *desc));
            }
            if keys.is_empty() {
                keys.push((row.cells[ty.newest_by].clone(), true));
            }
            keys.push((Cell::Id(row.id), keys.last().unwrap().1));
            keyed.push((keys, row));
        }
        keyed.sort_by(|(a, _), (b, _)| {
            let by = a.iter().zip(b).map(|((a, desc), (b, _))| {
                let order = compare(a, b);
                if *desc { order.reverse() } else { order }
            });
            by.fold(Ordering::Equal, Ordering::then)
        });
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    /// The fields on every way to something that can be ordered by.
    fn ways(&self, ty: &'static Type, here: bool, farther: u32) -> Vec<Vec<&'static str>> {
        let types = &self.store.graph.types;
        let mut ways = Vec::new();
        for (name, field) in &ty.fields {
            if !here && !field.afar {
                continue;
            }
            let below = match &field.read {
                Read::Column(..) | Read::Expression { .. } if field.order => vec![Vec::new()],
                Read::One(target, _) if field.order && farther > 0 => {
                    self.ways(&types[*target], false, farther - 1)
                }
                Read::Part(target) => self.ways(self.open_side(target), here, farther),
                _ => continue,
            };
            ways.extend(below.into_iter().map(|mut way| {
                way.insert(0, *name);
                way
            }));
        }
        ways
    }

    pub(super) fn open_side(&self, target: &str) -> &'static Type {
        let types = &self.store.graph.types;
        match types[target].shape {
            Shape::Either(open, _) => &types[open],
            _ => &types[target],
        }
    }

    /// What a row is ordered by at the end of a way; null behind what is absent, hidden or closed.
    pub(super) fn key<'s>(
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
            match &field.read {
                Read::Column(column, _) => {
                    let sorts = part.sort_columns.iter().find(|(of, _)| of == column);
                    row.cells[sorts.map_or(*column, |(_, key)| key)].clone()
                }
                Read::Part(target) => self.key(ty, self.open_side(target), row, &way[1..]).await,
                Read::One(target, column) => {
                    let target = &self.store.graph.types[*target];
                    let Cell::Id(id) = row.cells[column] else {
                        return Cell::Null;
                    };
                    match self.store.whole(target, id).await {
                        Some(other) if self.store.is_seen(target, &other).await => {
                            self.key(target, target, &other, &way[1..]).await
                        }
                        _ => Cell::Null,
                    }
                }
                _ => unreachable!(),
            }
        }
        .boxed_local()
    }
}

fn rank(cell: &Cell) -> u8 {
    u8::from(matches!(cell, Cell::Null))
}

/// Null is the greatest value.
pub fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Instant(a), Cell::Instant(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Id(a), Cell::Id(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}
