//! Table `event`. The order is by time and id; ids within a microsecond decide it.

use sea_orm::entity::prelude::*;

/// An event that subscribers hear of after the commit.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// What happened.
    pub kind: String,
    /// Table of the row it happened to.
    pub object_kind: String,
    /// The row.
    pub object_id: Uuid,
    /// Audit entry of the same act.
    pub audit_id: Uuid,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
