//! Table `contact_log`. Entered when it has happened, as it was; nothing here refuses a fact.

use rules::vocabulary::ContactKind;
use sea_orm::entity::prelude::*;

/// A contact with a customer or a visit: who, when, which kind, what was said.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_log")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Customer.
    pub customer_id: Uuid,
    /// Who had the contact.
    pub employee_id: Uuid,
    /// Phone, visit, walk-in and so on.
    pub kind: ContactKind,
    /// When it happened.
    pub happened_at: DateTimeUtc,
    /// What was said.
    pub summary: String,
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
