//! Table `customer_address` (ARC-3). Voided addresses stay, out of lists unless asked for.

use rules::vocabulary::AddressKind;
use sea_orm::entity::prelude::*;

/// An address of a customer (ARC-3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_address")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// What the address is for.
    pub kind: AddressKind,
    /// Address as written.
    pub line: String,
    /// Province, city and district.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
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
