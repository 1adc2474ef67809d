//! Table `regulation` (RUL-1). Loaded from the data files; the text is the source of no decision.

use rules::vocabulary::DepartmentKind;
use sea_orm::entity::prelude::*;

/// A regulation: a named document with numbered clauses (RUL-1).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "regulation")]
pub struct Model {
    /// Three letters, such as `CMP`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Title by language.
    #[sea_orm(column_type = "JsonBinary")]
    pub title: Json,
    /// Kind of the department that interprets it (RUL-1).
    pub interpreted_by: DepartmentKind,
    /// Day from which it is in force (RUL-1).
    pub effective_on: Date,
    /// Place in the list of regulations.
    pub position: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
