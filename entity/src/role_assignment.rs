//! Table `role_assignment` (ORG-3). The last day counts: the role is held on `until_on` itself.

use rules::vocabulary::Role;
use sea_orm::entity::prelude::*;

/// A role held by an employee, company-wide or within a department and below, between dates
/// (ORG-3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_assignment")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who holds the role.
    pub employee_id: Uuid,
    /// The role (ORG-3).
    pub role: Role,
    /// Where it is held, with everything below; null is company-wide.
    pub department_id: Option<Uuid>,
    /// First day, in the company's zone.
    pub from_on: Date,
    /// Last day, inclusive; null is open-ended.
    pub until_on: Option<Date>,
    /// Who assigned it; null when the start of the company's data did.
    pub assigned_by: Option<Uuid>,
    /// When it was taken away before its time; null otherwise.
    pub ended_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
