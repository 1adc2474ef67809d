//! Table `customer_purchase` (INF-2). Voided purchases no longer count towards a grade.

use sea_orm::entity::prelude::*;

/// A purchase of a customer, which its grade rests on (INF-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_purchase")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Day of purchase, in the company's zone.
    pub purchased_on: Date,
    /// What was bought.
    pub product: String,
    /// Quantity in the product's own unit.
    pub quantity: i64,
    /// Amount in fen.
    pub amount_fen: i64,
    /// Order it came under.
    pub order_number: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it was voided; null while valid.
    pub voided_at: Option<DateTimeUtc>,
    /// Why it was voided.
    pub void_reason: Option<String>,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
