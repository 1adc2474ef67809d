//! Table `audit_detail`. Apart from the entry, so that it can be erased while the entry and the chain stay as they are.

use sea_orm::entity::prelude::*;

/// What else is worth keeping of an audited act.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_detail")]
pub struct Model {
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    /// Salt of the entry's `detail_hash`.
    pub salt: Vec<u8>,
    /// An object.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    /// Entry of the erasure that made it anonymous; `salt` is then that of what is left (PIP-3).
    pub erased_in: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
