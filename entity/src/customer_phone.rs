//! Table `customer_phone` (ARC-2). Derived from the customer and its contacts; rewritten with them.

use sea_orm::entity::prelude::*;

/// A known phone of a customer, normalised, for finding duplicates (ARC-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_phone")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Contact whose phone it is; null for the customer's own.
    pub contact_id: Option<Uuid>,
    /// Digits alone, with the country's prefix removed.
    pub phone_normalised: String,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
