//! Table `department` (ORG-1). A closed department stays, so that old cases keep naming it.

use rules::vocabulary::{DepartmentKind, DepartmentTier};
use sea_orm::entity::prelude::*;

/// A department, section or group of the organisation's tree (ORG-1).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "department")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Short code people use, unique in the company.
    pub code: String,
    /// Name as written.
    pub name: String,
    /// Pinyin key that names sort by.
    pub name_key: String,
    /// What the department does (ORG-1).
    pub kind: DepartmentKind,
    /// `DEPARTMENT`, or a `SECTION` or `GROUP` below one (ORG-1).
    pub tier: DepartmentTier,
    /// The department above; null at the root.
    pub parent_id: Option<Uuid>,
    /// When it was closed; null while open.
    pub closed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
