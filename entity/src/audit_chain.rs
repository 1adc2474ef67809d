//! Table `audit_chain`. Written by the sequencer alone, after the transactions of the entries.

use sea_orm::entity::prelude::*;

/// An entry's place in the one order of entries and events, hashed onto the places before it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chain")]
pub struct Model {
    /// From 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The entry.
    pub entry_id: Uuid,
    /// SHA-256 of the entry's fields.
    pub entry_hash: Vec<u8>,
    /// When it was given its place.
    pub chained_at: DateTimeUtc,
    /// Root of the place before; zeros at the first.
    pub previous: Vec<u8>,
    /// SHA-256 over this place and all before it.
    pub root: Vec<u8>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
