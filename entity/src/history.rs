//! Table `history` (ARC-7). Read backwards from the present row it gives any past day's.

use sea_orm::entity::prelude::*;

/// A change of one row: old and new value of each field, who, when and why (ARC-7).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "history")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Table of the row.
    pub object_kind: String,
    /// The row.
    pub object_id: Uuid,
    /// The row's version after the change.
    pub version: i32,
    /// When.
    pub at: DateTimeUtc,
    /// Who; null for the system.
    pub actor_id: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub acted_for: Option<Uuid>,
    /// Why, as far as it was said.
    pub reason: Option<String>,
    /// Field to a pair of old and new value.
    #[sea_orm(column_type = "JsonBinary")]
    pub changes: Json,
    /// Audit entry of the same act.
    pub audit_id: Uuid,
    /// Salt of `values_hash`; null for rows from before there was a chain.
    pub salt: Option<Vec<u8>>,
    /// Salted hash of `changes` and `reason`, which the audit entry's hash covers; null as `salt`.
    pub values_hash: Option<Vec<u8>>,
    /// Entry of the erasure that made values of it anonymous; `salt` is then that of what is left (PIP-3).
    pub erased_in: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
