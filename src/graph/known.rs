//! Whether a viewer can know of a row: hidden existence, asked outside of an answer.

use sea_query::{Alias, Expr, ExprTrait, Query};
use uuid::Uuid;

use super::declare::Type;
use super::plan::gate_ways;
use super::scene::Scene;
use super::sql;
use crate::access::{Cond, Table};
use crate::kit::error::Result;

/// Whether there is a row of `ty` with this id that the viewer may see; a type without rows has none.
///
/// # Errors
/// When the database fails.
pub async fn is_known(scene: &Scene, ty: &Type, id: Uuid) -> Result<bool> {
    let Some((name, _, gate)) = ty.rows() else {
        return Ok(false);
    };
    let table = Table::named(format!("t{}", scene.next_alias()));
    let mut query = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new(name), table.iden())
        .and_where(table.col("id").eq(id));
    gate.map_or(Cond::Always, |gate| gate_ways(scene, &gate, &table).cond())
        .apply(&mut query);
    scene.count_statement();
    Ok(!sql::fetch(&scene.db, &query).await?.is_empty())
}
