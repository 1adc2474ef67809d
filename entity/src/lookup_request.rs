//! Table `lookup_request` (LKP-4). At most one open request for the same archive, requester and
//! sections: the database itself holds this.

use rules::vocabulary::{LookupRoute, LookupState};
use sea_orm::entity::prelude::*;

/// A request to look a customer's archive up (LKP-4).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lookup_request")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number people name it by, unique.
    pub number: String,
    /// Customer whose archive is wanted.
    pub customer_id: Uuid,
    /// Who asks.
    pub requester_id: Uuid,
    /// His department at the time.
    pub requester_department_id: Uuid,
    /// The nearest department of tier `DEPARTMENT` at or above his.
    pub requester_home_department_id: Uuid,
    /// The customer's department at the time.
    pub customer_department_id: Uuid,
    /// The nearest department of tier `DEPARTMENT` at or above the customer's.
    pub customer_home_department_id: Uuid,
    /// Own department (LKP-1) or another (LKP-2).
    pub route: LookupRoute,
    /// Sections wanted, a bit mask.
    pub sections: i32,
    /// Why it is wanted.
    pub reason: String,
    /// How long it is wanted, in calendar days.
    pub days: i32,
    /// Open, or how it ended.
    pub state: LookupState,
    /// Approval that decides it.
    pub approval_id: Option<Uuid>,
    /// Day whose rulebook the request keeps (RUL-4).
    pub rulebook_on: Date,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it was decided; null while open.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub decided_for: Option<Uuid>,
    /// Why it was refused, or granted in part.
    pub decision_reason: Option<String>,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
