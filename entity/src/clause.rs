//! Table `clause` (RUL-1). Its number is what code, tests and refusals cite; it never changes.

use sea_orm::entity::prelude::*;

/// A numbered clause of a regulation (RUL-1).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clause")]
pub struct Model {
    /// Number, such as `CMP-11`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: String,
    /// Regulation it belongs to.
    pub regulation_code: String,
    /// Place within the regulation.
    pub position: i32,
    /// Heading by language.
    #[sea_orm(column_type = "JsonBinary")]
    pub title: Json,
    /// Text by language.
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
