//! Table `customer_contact` (ARC-3). Voided contacts stay, out of lists unless asked for.

use sea_orm::entity::prelude::*;

/// A contact person at a customer (ARC-3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_contact")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Name as written.
    pub name: String,
    /// Pinyin key that names sort by.
    pub name_key: String,
    /// Position at the customer.
    pub position: Option<String>,
    /// Phone as written; the normalised form is in `customer_phone`.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether it is the customer's main contact.
    pub is_primary: bool,
    /// Remark.
    pub remark: Option<String>,
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
