//! Gates as predicates: in which ways the policy opens what for which rows.

use rules::vocabulary::ArchiveSection;
use sea_query::{Alias, Expr, ExprTrait, Query};

use super::declare::Gate;
use super::scene::Scene;
use crate::access::{Cond, Table, Visible, Way};

/// The ways in which a gate is open for rows under `table`.
pub fn gate_ways(scene: &Scene, gate: &Gate, table: &Table) -> Visible {
    if gate.hanging {
        return ways_of_objects(scene, table);
    }
    let mut visible = match gate.via {
        Some((column, parent)) => {
            let pair = (gate.object, gate.action);
            ways_above(scene, pair, table, column, parent)
        }
        None => scene.viewer.visible(gate.object, gate.action, table),
    };
    for way in &mut visible.ways {
        way.section = gate.log;
    }
    visible
}

/// The ways of a pair that speaks of the row of `parent` to which `column` points.
fn ways_above(
    scene: &Scene,
    (object, action): (&str, &str),
    table: &Table,
    column: &'static str,
    parent: &'static str,
) -> Visible {
    let other = Table::named(format!("g{}", scene.next_alias()));
    let mut visible = scene.viewer.visible(object, action, &other);
    for way in &mut visible.ways {
        if let Cond::When(expr) = &way.cond {
            let mut query = Query::select();
            query
                .expr(Expr::cust("1"))
                .from_as(Alias::new(parent), other.iden())
                .and_where(other.col("id").eq(table.col(column)))
                .and_where(expr.clone());
            way.cond = Cond::exists(query);
        }
    }
    visible
}

/// The ways of rows that hang on objects: those of each kind, for the rows on objects of that kind.
fn ways_of_objects(scene: &Scene, table: &Table) -> Visible {
    let mut all = Visible::default();
    for kind in scene.viewer.table.catalogue().attachables() {
        let of_kind = Cond::When(table.col("object_kind").eq(kind.table));
        let ways = ways_above(scene, kind.read, table, "holder_id", kind.holder()).ways;
        all.ways.extend(ways.into_iter().map(|way| Way {
            cond: of_kind.clone().and(way.cond),
            section: kind.section.map(ArchiveSection::bit),
            ..way
        }));
    }
    all
}
