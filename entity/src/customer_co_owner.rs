//! Table `customer_co_owner` (LKP-3). Ended, never removed: past readings rest on it.

use sea_orm::entity::prelude::*;

/// A co-owner assigned to a customer, with the owner's standing access (LKP-3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_co_owner")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Co-owner.
    pub employee_id: Uuid,
    /// From when.
    pub from_at: DateTimeUtc,
    /// Until when; null while it lasts.
    pub ended_at: Option<DateTimeUtc>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
