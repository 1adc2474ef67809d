//! Table `rulebook_parameter` (RUL-2). Its values are in `rulebook_value`; the default holds before
//! the first of them.

use rules::vocabulary::ParameterKind;
use sea_orm::entity::prelude::*;

/// A number in a regulation, typed, with unit, clause and default (RUL-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rulebook_parameter")]
pub struct Model {
    /// Name, such as `lookup.days.max`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Clause it belongs to.
    pub clause_number: String,
    /// Type of its values.
    pub kind: ParameterKind,
    /// Unit of its values.
    pub unit: String,
    /// Name by language.
    #[sea_orm(column_type = "JsonBinary")]
    pub title: Json,
    /// Value when nothing else is in force.
    #[sea_orm(column_type = "JsonBinary")]
    pub default_value: Json,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
