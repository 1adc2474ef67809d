//! What a viewer can know of a row, asked outside of an answer: its existence, and what one of its fields says.

use std::collections::{HashMap, HashSet};

use sea_query::{Alias, ExprTrait, Query};
use uuid::Uuid;

use super::declare::{CondFn, Read, Type};
use super::gates::gate_ways;
use super::kind::Cell;
use super::scene::{Args, Scene};
use super::sql;
use crate::access::{Cond, Table};
use crate::kit::error::Result;

/// Whether there is a row of `ty` with this id that the viewer may see; a type without rows has none.
///
/// # Errors
/// When the database fails.
pub async fn is_known(scene: &Scene, ty: &Type, id: Uuid) -> Result<bool> {
    Ok(!known_among(scene, ty, &[id], None).await?.is_empty())
}

/// Which of these ids are rows of `ty` that the viewer may see and for which `also` holds, in the order given.
///
/// # Errors
/// When the database fails.
pub async fn known_among(
    scene: &Scene,
    ty: &Type,
    ids: &[Uuid],
    also: Option<CondFn>,
) -> Result<Vec<Uuid>> {
    let Some((name, _, gate)) = ty.rows() else {
        return Ok(Vec::new());
    };
    let table = Table::named(format!("t{}", scene.next_alias()));
    let mut query = Query::select();
    query
        .expr(table.col("id"))
        .from_as(Alias::new(name), table.iden())
        .and_where(table.col("id").is_in(ids.iter().copied()));
    let mut cond = gate.map_or(Cond::Always, |gate| gate_ways(scene, &gate, &table).cond());
    if let Some(also) = also {
        cond = cond.and(also(scene, &table, &Args::default())?);
    }
    cond.apply(&mut query);
    scene.count_statement();
    let rows = sql::fetch(&scene.db, &query).await?;
    let known: HashSet<Uuid> = rows.iter().filter_map(|row| row.uuid(0)).collect();
    let known = ids.iter().filter(|id| known.contains(id));
    Ok(known.copied().collect())
}

/// What a field that reads a column says of several rows of `ty`; nothing of rows that the viewer can't know of, or of
/// which he may not read the field.
///
/// # Errors
/// When the database fails.
pub async fn known_cells(
    scene: &Scene,
    ty: &Type,
    field: &str,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Cell>> {
    let (Some((name, _, gate)), Some(field)) = (ty.rows(), ty.fields.get(field)) else {
        return Ok(HashMap::new());
    };
    let Read::Column(column, kind) = field.read else {
        return Ok(HashMap::new());
    };
    let table = Table::named(format!("t{}", scene.next_alias()));
    let mut query = Query::select();
    query
        .expr(table.col("id"))
        .expr(table.col(column))
        .from_as(Alias::new(name), table.iden())
        .and_where(table.col("id").is_in(ids.iter().copied()));
    for gate in [gate, field.gate].into_iter().flatten() {
        gate_ways(scene, &gate, &table).cond().apply(&mut query);
    }
    scene.count_statement();
    let rows = sql::fetch(&scene.db, &query).await?;
    let cell = |row: &super::row::Row| Some((row.uuid(0)?, kind.cell(row, 1)));
    Ok(rows.iter().filter_map(cell).collect())
}
