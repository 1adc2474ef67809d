//! `where`: the client's conditions as predicates. A condition on a gated field only ever considers rows whose gate is
//! open, also below `not`; a condition on related rows only those that the viewer may see and that are not voided.

use async_graphql::{Name, Value as GqlValue};
use indexmap::IndexMap;
use rules::kit::error_code::ErrorCode;
use sea_query::{Alias, BinOper, Expr, ExprTrait, Query};

use super::declare::{Field, Graph, Read, Shape, Type};
use super::derived::entry_in_sql;
use super::fill::{Blank, Form, pattern};
use super::gates::gate_ways;
use super::kind::Kind;
use super::scene::Scene;
use crate::access::{Cond, Table, all, any};
use crate::kit::error::{Error, Result};

/// The predicate of a `where` value over `table`, whose rows are of type `ty`.
///
/// # Errors
/// `BAD_REQUEST` naming the field whose value is not understood.
pub fn condition(
    scene: &Scene,
    graph: &'static Graph,
    ty: &'static Type,
    table: &Table,
    value: &GqlValue,
) -> Result<Cond> {
    let GqlValue::Object(fields) = value else {
        return Ok(Cond::Always);
    };
    let mut conds = Vec::new();
    for (name, value) in fields {
        if matches!(value, GqlValue::Null) {
            continue;
        }
        conds.push(match name.as_str() {
            "and" => all(each(scene, graph, ty, table, value)?),
            "or" => any(each(scene, graph, ty, table, value)?),
            "not" => condition(scene, graph, ty, table, value)?.negate(),
            other => match ty.fields.get(other) {
                Some(field) => {
                    of_field(scene, graph, field, table, value).map_err(|e| within(e, other))?
                }
                None => {
                    return Err(Error::api(
                        ErrorCode::BadRequest,
                        format!("where.{other}: unknown field"),
                    ));
                }
            },
        });
    }
    Ok(all(conds))
}

fn within(error: Error, field: &str) -> Error {
    match error {
        Error::Api(e) => Error::api(
            e.code,
            format!("where.{field}: {}", e.message.trim_start_matches("where.")),
        ),
        other => other,
    }
}

fn each(
    scene: &Scene,
    graph: &'static Graph,
    ty: &'static Type,
    table: &Table,
    value: &GqlValue,
) -> Result<Vec<Cond>> {
    match value {
        GqlValue::List(items) => items
            .iter()
            .map(|v| condition(scene, graph, ty, table, v))
            .collect(),
        one => Ok(vec![condition(scene, graph, ty, table, one)?]),
    }
}

fn of_field(
    scene: &Scene,
    graph: &'static Graph,
    field: &'static Field,
    table: &Table,
    value: &GqlValue,
) -> Result<Cond> {
    let cond = match &field.read {
        Read::Id => return compare(&table.col("id"), id_kind(graph, value), value),
        Read::Column(column, kind) => compare(&table.col(column), *kind, value)?,
        Read::Expression { kind, sql, .. } => compare(&sql(&scene.viewer, table), *kind, value)?,
        Read::Entry(column) => of_entry(scene, &table.col(column), value)?,
        Read::Part(target) => {
            let part = match graph.types.get(target).map(|t| t.shape) {
                Some(Shape::Either(open, _)) => open,
                _ => *target,
            };
            match graph.types.get(part) {
                Some(part) => condition(scene, graph, part, table, value)?,
                None => Cond::Never,
            }
        }
        Read::One(target, column) => {
            let Some((ty, (name, _, gate))) = graph
                .types
                .get(target)
                .and_then(|t| t.rows().map(|r| (t, r)))
            else {
                return Ok(Cond::Never);
            };
            let inner = Table::named(format!("w{}", scene.next_alias()));
            let seen = gate.map_or(Cond::Always, |gate| gate_ways(scene, &gate, &inner).cond());
            if let (Cond::Always, Some(id)) = (&seen, only_id(value)) {
                // Which row it is stands in the column: no look at that row, since every such row may be seen.
                compare(&table.col(column), id_kind(graph, id), id)?
            } else {
                let below = condition(scene, graph, ty, &inner, value)?;
                let mut query = Query::select();
                query
                    .expr(Expr::cust("1"))
                    .from_as(Alias::new(name), inner.iden())
                    .and_where(inner.col("id").eq(table.col(column)));
                seen.and(below).apply(&mut query);
                Cond::exists(query)
            }
        }
        Read::Many { target, by } => match graph.types.get(target) {
            Some(ty) => of_list(scene, graph, field, (ty, by), table, value)?,
            None => Cond::Never,
        },
        _ => return Err(Error::api(ErrorCode::BadRequest, "can't be filtered by")),
    };
    Ok(match &field.gate {
        Some(gate) => gate_ways(scene, gate, table).cond().and(cond),
        None => cond,
    })
}

/// Conditions on the free field that `name` names.
fn of_entry(scene: &Scene, fields: &Expr, value: &GqlValue) -> Result<Cond> {
    let GqlValue::Object(asked) = value else {
        return Ok(Cond::Always);
    };
    let name = asked.get("name").unwrap_or(&GqlValue::Null);
    let name = Kind::Text
        .parse(name)
        .map_err(|why| Error::api(ErrorCode::BadRequest, format!("name: {why}")))?;
    let entry = entry_in_sql(scene.db.dialect, fields.clone(), Expr::val(name));
    let mut operators = asked.clone();
    operators.shift_remove("name");
    compare(&entry, Kind::Text, &GqlValue::Object(operators))
}

/// What `some`, `none` and `every` ask of the rows of `ty` whose column `by` points to the row of `table`.
fn of_list(
    scene: &Scene,
    graph: &'static Graph,
    field: &'static Field,
    (ty, by): (&'static Type, &'static str),
    table: &Table,
    value: &GqlValue,
) -> Result<Cond> {
    let (Some((name, _, gate)), GqlValue::Object(asked)) = (ty.rows(), value) else {
        return Ok(Cond::Always);
    };
    let mut conds = Vec::new();
    for (quantifier, value) in asked {
        if matches!(value, GqlValue::Null) {
            continue;
        }
        let inner = Table::named(format!("w{}", scene.next_alias()));
        let seen = gate
            .filter(|gate| !field.covers(*gate))
            .map_or(Cond::Always, |gate| gate_ways(scene, &gate, &inner).cond());
        let counts = match ty.voidable {
            true => seen.and(Cond::When(inner.col("voided_at").is_null())),
            false => seen,
        };
        let fits = condition(scene, graph, ty, &inner, value)
            .map_err(|e| within(e, quantifier.as_str()))?;
        let rows = |cond: Cond| {
            let mut query = Query::select();
            query
                .expr(Expr::cust("1"))
                .from_as(Alias::new(name), inner.iden())
                .and_where(inner.col(by).eq(table.col("id")));
            cond.apply(&mut query);
            query
        };
        conds.push(match quantifier.as_str() {
            "some" => Cond::exists(rows(counts.and(fits))),
            "none" => Cond::missing(rows(counts.and(fits))),
            _ => Cond::missing(rows(counts.and(fits.negate()))),
        });
    }
    Ok(all(conds))
}

/// The condition on the id, where there is no other and it names ids.
fn only_id(value: &GqlValue) -> Option<&GqlValue> {
    let GqlValue::Object(fields) = value else {
        return None;
    };
    let id = fields.get("id").filter(|_| fields.len() == 1)?;
    let GqlValue::Object(operators) = id else {
        return None;
    };
    let names = |(operator, value): (&Name, &GqlValue)| {
        matches!(operator.as_str(), "eq" | "in") && !matches!(value, GqlValue::Null)
    };
    (!operators.is_empty() && operators.iter().all(names)).then_some(id)
}

fn id_kind(graph: &Graph, value: &GqlValue) -> Kind {
    // Any prefix of a declared type is understood; a wrong one simply matches nothing but is told apart by `compare`.
    let prefix = first_prefix(value);
    let known = graph
        .types
        .values()
        .filter_map(Type::rows)
        .find(|(_, p, _)| Some(*p) == prefix);
    Kind::Id(known.map_or("id", |(_, p, _)| p))
}

fn first_prefix(value: &GqlValue) -> Option<&str> {
    match value {
        GqlValue::String(text) => text.rsplit_once('_').map(|(prefix, _)| prefix),
        GqlValue::List(items) => items.iter().find_map(first_prefix),
        GqlValue::Object(fields) => fields.values().find_map(first_prefix),
        other => std::str::from_utf8(Blank::of(other)?.note).ok(),
    }
}

/// The predicate of conditions on one value.
///
/// # Errors
/// `BAD_REQUEST` for a value that is not of the kind.
pub fn compare(column: &Expr, kind: Kind, value: &GqlValue) -> Result<Cond> {
    let GqlValue::Object(operators) = value else {
        return Ok(Cond::Always);
    };
    let mut conds = Vec::new();
    for (operator, value) in operators {
        conds.push(Cond::When(operate(
            column.clone(),
            kind,
            operator,
            value,
            operators,
        )?));
    }
    Ok(all(conds))
}

fn operate(
    column: Expr,
    kind: Kind,
    operator: &Name,
    value: &GqlValue,
    _: &IndexMap<Name, GqlValue>,
) -> Result<Expr> {
    let parse = |v: &GqlValue| {
        kind.parse(v)
            .map(Expr::val)
            .map_err(|why| Error::api(ErrorCode::BadRequest, format!("{operator}: {why}")))
    };
    let list = |v: &GqlValue| match v {
        GqlValue::List(items) => items.iter().map(parse).collect::<Result<Vec<_>>>(),
        one => Ok(vec![parse(one)?]),
    };
    let like = |text: &GqlValue, form: Form| {
        let before = if form == Form::Within { "%" } else { "" };
        let wanted = match (Blank::of(text), text) {
            (Some(blank), _) => blank.in_sql(form),
            (None, GqlValue::String(text)) => pattern(before, text, "%").into(),
            (None, other) => {
                return Err(Error::api(
                    ErrorCode::BadRequest,
                    format!("{operator}: expected text, got {other}"),
                ));
            }
        };
        Ok(Expr::val(wanted).binary(BinOper::Escape, Expr::cust("'\\'")))
    };
    Ok(match operator.as_str() {
        "eq" if matches!(value, GqlValue::Null) => column.is_null(),
        "ne" if matches!(value, GqlValue::Null) => column.is_not_null(),
        "eq" => column.eq(parse(value)?),
        "ne" => column.clone().ne(parse(value)?).or(column.is_null()),
        "in" => column.is_in(list(value)?),
        "notIn" => column.clone().is_not_in(list(value)?).or(column.is_null()),
        "gt" => column.gt(parse(value)?),
        "gte" => column.gte(parse(value)?),
        "lt" => column.lt(parse(value)?),
        "lte" => column.lte(parse(value)?),
        "startsWith" => column.binary(BinOper::Like, like(value, Form::Beginning)?),
        "contains" => column.binary(BinOper::Like, like(value, Form::Within)?),
        "isNull" => match value {
            GqlValue::Boolean(true) => column.is_null(),
            _ => column.is_not_null(),
        },
        other => {
            return Err(Error::api(
                ErrorCode::BadRequest,
                format!("unknown operator {other}"),
            ));
        }
    })
}
