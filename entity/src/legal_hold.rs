//! Table `legal_hold` (PIP-4). A hold in force has no `lifted_at` and a day `until_on` that is not over, or none.

use sea_orm::entity::prelude::*;

/// A hold on an object: nothing personal that belongs to it is erased.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_hold")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Table of the object.
    pub subject_kind: String,
    /// The object.
    pub subject_id: Uuid,
    /// Why.
    pub reason: String,
    /// Its last day; null: until it is lifted.
    pub until_on: Option<Date>,
    /// Who placed it.
    pub placed_by: Uuid,
    /// When it was lifted.
    pub lifted_at: Option<DateTimeUtc>,
    /// Who lifted it.
    pub lifted_by: Option<Uuid>,
    /// Why it was lifted.
    pub lift_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
