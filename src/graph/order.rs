//! `orderBy`: what a list can be ordered by, and the keys of an order that was asked for.
//!
//! A column, or one that a related row is known by, at most two rows away: `NAME`, `DEPARTMENT_NAME`. A row that is absent
//! or hidden and a field whose gate is closed sort as null: the policy stands in the join and in the key itself, so that
//! nothing hidden steers an order or gets into a cursor.

use async_graphql::Value as GqlValue;
use rules::kit::error_code::ErrorCode;
use sea_query::{CaseStatement, Expr};

use super::declare::{Field, Graph, Read, Type};
use super::gates::gate_ways;
use super::inputs::open_side;
use super::kind::Kind;
use super::page::Key;
use super::plan::Planner;
use super::statement::Statement;
use crate::access::{Cond, Table};
use crate::kit::error::{Error, Result};

/// Rows between a list's own and the one whose field it is ordered by.
const FARTHEST: usize = 2;

/// What lists of `ty` can be ordered by: names as in the API, with what each means.
pub fn names(graph: &Graph, ty: &Type) -> Vec<(String, String)> {
    let mut names = Vec::new();
    gather(graph, ty, ("", ""), FARTHEST, &mut names);
    names
}

fn gather(
    graph: &Graph,
    ty: &Type,
    (before, path): (&str, &str),
    farther: usize,
    into: &mut Vec<(String, String)>,
) {
    for (name, field) in orders(ty, farther) {
        let (own, path) = (
            format!("{before}{}", screaming(name)),
            format!("{path}{name}"),
        );
        if is_key(field) {
            let doc = match before {
                "" => field.doc.to_owned(),
                _ => format!("`{path}`. {}", field.doc),
            };
            into.push((own, doc));
        } else if let Some((below, farther)) = behind(graph, field, farther) {
            let way = (&*format!("{own}_"), &*format!("{path}."));
            gather(graph, below, way, farther, into);
        }
    }
}

/// Fields that orders of `ty` go by or through; from another row only those that it is known by.
fn orders(ty: &Type, farther: usize) -> impl Iterator<Item = (&&'static str, &Field)> {
    let known = move |field: &Field| field.afar || farther == FARTHEST;
    ty.fields.iter().filter(move |(_, field)| known(field))
}

fn is_key(field: &Field) -> bool {
    field.order && matches!(field.read, Read::Column(..) | Read::Expression { .. })
}

/// The type whose fields can be ordered by through a field, and how many rows farther.
fn behind<'g>(graph: &'g Graph, field: &Field, farther: usize) -> Option<(&'g Type, usize)> {
    match &field.read {
        Read::One(target, _) if field.order => {
            Some((graph.types.get(target)?, farther.checked_sub(1)?))
        }
        Read::Part(target) => Some((open_side(graph, target)?, farther)),
        _ => None,
    }
}

/// The fields on the way to what `wanted` names.
fn way(
    graph: &'static Graph,
    ty: &'static Type,
    wanted: &str,
    farther: usize,
) -> Option<Vec<&'static Field>> {
    orders(ty, farther).find_map(|(name, field)| {
        let rest = wanted.strip_prefix(&screaming(name))?;
        if is_key(field) {
            return rest.is_empty().then(|| vec![field]);
        }
        let (below, farther) = behind(graph, field, farther)?;
        let mut way = way(graph, below, rest.strip_prefix('_')?, farther)?;
        way.insert(0, field);
        Some(way)
    })
}

impl Planner<'_, '_> {
    /// Gives a statement the order that was asked for, made total by id.
    ///
    /// # Errors
    /// `BAD_REQUEST` for what is no order of the type.
    pub(super) fn order(
        &self,
        statement: &mut Statement,
        table: &Table,
        ty: &'static Type,
        asked: Option<&GqlValue>,
    ) -> Result<()> {
        let items = match asked {
            Some(GqlValue::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for item in items {
            let (Some(wanted), desc) = (named(item, "field"), named(item, "direction")) else {
                continue;
            };
            if statement.keys.iter().any(|key| key.name == wanted) {
                continue;
            }
            let way = way(self.graph, ty, wanted, FARTHEST).ok_or_else(|| {
                Error::api(
                    ErrorCode::BadRequest,
                    format!("orderBy: {wanted} is no order of {}", ty.name),
                )
            })?;
            let key = Key {
                desc: desc == Some("DESC"),
                name: wanted.to_owned(),
                ..self.key(statement, table, ty, &way)?
            };
            statement.keys.push(key);
        }
        if statement.keys.is_empty() {
            let newest = own(statement, table, ty.newest_by, ty.newest_kind);
            statement.keys.push(Key {
                desc: true,
                name: "newest".into(),
                ..newest
            });
        }
        let id = own(statement, table, "id", Kind::Id(""));
        let desc = statement.keys.last().is_some_and(|key| key.desc);
        statement.keys.push(Key { desc, ..id });
        Ok(())
    }

    /// The key at the end of a way of fields.
    fn key(
        &self,
        statement: &mut Statement,
        table: &Table,
        ty: &'static Type,
        way: &[&'static Field],
    ) -> Result<Key> {
        let (mut at, mut ty) = (table.clone(), ty);
        let (mut open, mut nullable) = (Cond::Always, false);
        for field in way {
            if let Some(gate) = &field.gate {
                open = open.and(gate_ways(self.scene, gate, &at).cond());
            }
            match &field.read {
                Read::One(target, column) => {
                    ty = self.ty(target)?;
                    let gate = std::mem::replace(&mut open, Cond::Always);
                    let (joined, certain) = self.join(statement, &at, ty, column, gate, true)?;
                    nullable |= field.nullable || !certain;
                    at = joined;
                }
                Read::Part(target) => {
                    ty = open_side(self.graph, target).unwrap_or(ty);
                }
                Read::Column(column, kind) => {
                    let by = ty.sort_columns.iter().find(|(of, _)| of == column);
                    let by = by.map_or(*column, |(_, by)| by);
                    let nullable = nullable || field.nullable;
                    return Ok(match open {
                        Cond::Always => Key {
                            nullable,
                            ..own(statement, &at, by, *kind)
                        },
                        open => made(statement, shown(open, at.col(by)), *kind, true),
                    });
                }
                Read::Expression { kind, sql, .. } => {
                    let nullable = nullable || field.nullable || open != Cond::Always;
                    let expr = shown(open, sql(&self.scene.viewer, &at));
                    return Ok(made(statement, expr, *kind, nullable));
                }
                _ => break,
            }
        }
        Err(Error::internal(format!(
            "a way to no column of {}",
            ty.name
        )))
    }
}

/// A key of a row's own column.
fn own(statement: &mut Statement, table: &Table, column: &'static str, kind: Kind) -> Key {
    Key {
        expr: table.col(column),
        kind,
        desc: false,
        nullable: false,
        at: statement.column(table, column),
        name: column.into(),
    }
}

/// An expression that is null where it is not open.
fn shown(open: Cond, expr: Expr) -> Expr {
    match open {
        Cond::Always => expr,
        open => CaseStatement::new().case(open.into_expr(), expr).into(),
    }
}

/// A key of an expression.
fn made(statement: &mut Statement, expr: Expr, kind: Kind, nullable: bool) -> Key {
    statement.select.push(expr.clone());
    Key {
        expr,
        kind,
        desc: false,
        nullable,
        at: statement.select.len() - 1,
        name: String::new(),
    }
}

fn named<'v>(item: &'v GqlValue, name: &str) -> Option<&'v str> {
    let GqlValue::Object(item) = item else {
        return None;
    };
    match item.get(name)? {
        GqlValue::Enum(name) => Some(name.as_str()),
        GqlValue::String(name) => Some(name),
        _ => None,
    }
}

/// `createdAt` → `CREATED_AT`.
pub fn screaming(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
