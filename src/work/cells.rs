//! Computed fields that rows of several features have.

use serde_json::Value;
use uuid::Uuid;

use super::mutations::clause_in;
use crate::graph::{Cell, Kind, Scene};
use crate::kit::error::Result;
use crate::schema::declared;

/// What [`clause`] needs.
pub const CLAUSE: &[(&str, Kind)] = &[("clause", Kind::Text)];
/// What [`subject_id`] needs.
pub const SUBJECT: &[(&str, Kind)] = &[("subject_kind", Kind::Text), ("subject_id", Kind::Id(""))];

/// The clause that a row names; null where it names none.
///
/// # Errors
/// None.
pub fn clause(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(number)] => clause_in(scene.language, number),
        _ => Value::Null,
    })
}

/// The public id of the object that a row is about.
///
/// # Errors
/// None.
pub fn subject_id(_: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(kind), Cell::Id(id)] => declared().graph.public_id(kind, *id).into(),
        _ => Value::Null,
    })
}
