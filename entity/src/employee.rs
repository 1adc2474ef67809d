//! Table `employee` (ORG-2). Roles are not here: they are dated rows of `role_assignment`.

use rules::vocabulary::EmploymentState;
use sea_orm::entity::prelude::*;

/// An employee, in one department, with a direct supervisor (ORG-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "employee")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Staff number, unique in the company.
    pub number: String,
    /// Name as written.
    pub name: String,
    /// Pinyin key that names sort by.
    pub name_key: String,
    /// The one department the employee belongs to (ORG-2).
    pub department_id: Uuid,
    /// Direct supervisor (ORG-2); null at the top.
    pub supervisor_id: Option<Uuid>,
    /// Job title as written in the contract (ORG-2).
    pub job_title: String,
    /// Base points 基点数 (ORG-2), the unit of minor demerits (DIS-4).
    pub base_points: i32,
    /// Employment state (ORG-2).
    pub state: EmploymentState,
    /// First day of probation (ORG-2).
    pub probation_from: Option<Date>,
    /// First day of regular employment (ORG-2).
    pub active_from: Option<Date>,
    /// Day of the last transfer (ORG-2).
    pub transferred_on: Option<Date>,
    /// Last day of employment (ORG-2, ORG-7).
    pub left_on: Option<Date>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
