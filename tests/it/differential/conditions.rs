//! The reference executor's conditions: of one row at a time.

use std::rc::Rc;

use async_graphql::{Name, Value as Gql};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use kehu::graph::{Cell, Kind, Read, Type};
use rules::kit::money::Fen;
use serde_json::{Value, json};

use super::reference::{Reference, shown};
use super::store::Whole;

impl Reference<'_> {
    /// Whether a row fits a condition on `part`, which lies in it.
    pub(super) fn fits<'s>(
        &'s self,
        ty: &'static Type,
        part: &'static Type,
        row: &'s Whole,
        value: &'s Gql,
    ) -> LocalBoxFuture<'s, bool> {
        async move {
            let Gql::Object(fields) = value else {
                return true;
            };
            for (name, value) in fields {
                let holds = match (name.as_str(), value) {
                    (_, Gql::Null) => true,
                    ("and", Gql::List(items)) => {
                        let mut all = true;
                        for item in items {
                            all &= self.fits(ty, part, row, item).await;
                        }
                        all
                    }
                    ("or", Gql::List(items)) => {
                        let mut any = false;
                        for item in items {
                            any |= self.fits(ty, part, row, item).await;
                        }
                        any
                    }
                    ("not", value) => !self.fits(ty, part, row, value).await,
                    (name, value) => {
                        self.field_fits(ty, (name, &part.fields[name]), row, value)
                            .await
                    }
                };
                if !holds {
                    return false;
                }
            }
            true
        }
        .boxed_local()
    }

    async fn field_fits(
        &self,
        ty: &'static Type,
        (field_name, field): (&str, &'static kehu::graph::Field),
        row: &Whole,
        value: &Gql,
    ) -> bool {
        let (name, prefix, _) = ty.rows().unwrap();
        if let Some(gate) = &field.gate
            && !self.store.is_open(gate, name, row).await
        {
            return false;
        }
        match &field.read {
            Read::Id => operators(Kind::Id(prefix), &Cell::Id(row.id), value),
            Read::Column(column, kind) => operators(*kind, &row.cells[column], value),
            Read::Expression { kind, .. } => operators(*kind, &row.expressions[field_name], value),
            Read::Entry(column) => {
                let Gql::Object(mut asked) = value.clone() else {
                    return true;
                };
                let Some(Gql::String(name)) = asked.shift_remove("name") else {
                    return false;
                };
                let text = match entry(&row.cells[column], Some(&name)) {
                    Value::String(text) => Cell::Text(text),
                    _ => Cell::Null,
                };
                operators(Kind::Text, &text, &Gql::Object(asked))
            }
            Read::Part(target) => self.fits(ty, self.open_side(target), row, value).await,
            Read::One(target, column) => {
                let target = &self.store.graph.types[*target];
                let Cell::Id(id) = row.cells[column] else {
                    return false;
                };
                match self.store.whole(target, id).await {
                    Some(other) => {
                        self.store.is_seen(target, &other).await
                            && self.fits(target, target, &other, value).await
                    }
                    None => false,
                }
            }
            Read::Many { target, by } => {
                let target = &self.store.graph.types[*target];
                let mut rows = self.all(target, Some((by, row.id))).await;
                rows.retain(|row| !target.voidable || row.cells["voided_at"] == Cell::Null);
                self.list_fits(target, &rows, value).await
            }
            _ => unreachable!(),
        }
    }

    /// Whether rows that count are as `some`, `none` and `every` want them.
    async fn list_fits(&self, ty: &'static Type, rows: &[Rc<Whole>], value: &Gql) -> bool {
        let Gql::Object(asked) = value else {
            return true;
        };
        for (quantifier, value) in asked {
            let mut fitting = 0;
            for row in rows {
                fitting += usize::from(self.fits(ty, ty, row, value).await);
            }
            let holds = match quantifier.as_str() {
                "some" => fitting > 0,
                "none" => fitting == 0,
                _ => fitting == rows.len(),
            };
            if !holds {
                return false;
            }
        }
        true
    }
}

/// A free field that is a text.
pub fn entry(fields: &Cell, name: Option<&str>) -> Value {
    match fields {
        Cell::Json(fields) => fields[name.unwrap()].clone(),
        _ => Value::Null,
    }
}

fn plain(value: &Gql) -> Value {
    match value {
        Gql::Enum(name) => json!(name.as_str()),
        other => other.clone().into_json().unwrap(),
    }
}

pub fn operators(kind: Kind, cell: &Cell, value: &Gql) -> bool {
    let Gql::Object(operators) = value else {
        return true;
    };
    let mine = shown(kind, cell);
    let null = *cell == Cell::Null;
    operators.iter().all(|(operator, wanted): (&Name, &Gql)| {
        let list: Vec<Value> = match wanted {
            Gql::List(items) => items.iter().map(plain).collect(),
            one => vec![plain(one)],
        };
        let one = list.first().cloned().unwrap_or(Value::Null);
        let less = |a: &Value, b: &Value| match (a, b, kind) {
            (Value::String(a), Value::String(b), Kind::Money) => {
                a.parse::<Fen>().unwrap() < b.parse::<Fen>().unwrap()
            }
            (Value::String(a), Value::String(b), _) => a.as_bytes() < b.as_bytes(),
            (a, b, _) => a.as_i64() < b.as_i64(),
        };
        match operator.as_str() {
            "eq" => {
                if one == Value::Null {
                    null
                } else {
                    !null && mine == one
                }
            }
            "ne" => {
                if one == Value::Null {
                    !null
                } else {
                    null || mine != one
                }
            }
            "in" => !null && list.contains(&mine),
            "notIn" => null || !list.contains(&mine),
            "gt" => !null && less(&one, &mine),
            "gte" => !null && !less(&mine, &one),
            "lt" => !null && less(&mine, &one),
            "lte" => !null && !less(&one, &mine),
            "startsWith" => mine
                .as_str()
                .is_some_and(|m| m.starts_with(one.as_str().unwrap())),
            "contains" => mine
                .as_str()
                .is_some_and(|m| m.contains(one.as_str().unwrap())),
            "isNull" => null == (wanted == &Gql::Boolean(true)),
            other => panic!("{other}"),
        }
    })
}
