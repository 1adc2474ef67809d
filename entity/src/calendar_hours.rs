//! Table `calendar_hours` (ORG-6). The working windows of a day, dated.

use sea_orm::entity::prelude::*;

/// The working windows of working days from a day on (ORG-6).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_hours")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The first day they are in force, unique.
    pub from_on: Date,
    /// The windows, such as `09:00-12:00 13:30-18:00`; null where they were withdrawn, so that the ones before stay.
    pub windows: Option<String>,
    /// When they were first set.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: nothing refers to it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
