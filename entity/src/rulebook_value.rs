//! Table `rulebook_value` (RUL-2). In force until the next one's day; never changed after it was
//! added (RUL-4).

use sea_orm::entity::prelude::*;

/// A parameter's value from a day on (RUL-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rulebook_value")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Parameter.
    pub key: String,
    /// The value.
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Json,
    /// First day it is in force, in the company's zone.
    pub from_on: Date,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Who entered it; null when it came with the data files.
    pub created_by: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
