//! Table `customer_note` (ARC-6). A note's text is archive content: it falls under LKP.

use sea_orm::entity::prelude::*;

/// A dated note in a customer's archive (ARC-6).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_note")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Who wrote it.
    pub author_id: Uuid,
    /// The note.
    pub body: String,
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
