//! Table `calendar_day` (ORG-6). The company's own days, over the public holidays that ship with the server.

use rules::vocabulary::DayKind;
use sea_orm::entity::prelude::*;

/// A day that the company settled itself (ORG-6).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_day")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The day, unique.
    pub on_date: Date,
    /// What kind of day it is; null where it was given back to what ships.
    pub kind: Option<DayKind>,
    /// What it is called, in three languages; null with `kind`.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub name: Option<Json>,
    /// When it was first settled.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: nothing refers to it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
