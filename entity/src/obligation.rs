//! Table `obligation`. Something that must be done by when (ground rules, ORG-6).

use rules::vocabulary::{ObligationState, Role};
use sea_orm::entity::prelude::*;

/// Something that somebody must do by when.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "obligation")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the duty, such as `complaint.close`.
    pub duty: String,
    /// Number of the clause that asks for it.
    pub clause: String,
    /// Kind of the object that it is about, as the object's table.
    pub subject_kind: String,
    /// The object.
    pub subject_id: Uuid,
    /// Department in which it lies; null for the whole company.
    pub department_id: Option<Uuid>,
    /// Who answers for it; null where a role does.
    pub responsible_id: Option<Uuid>,
    /// The role, within the department, that answers for it; null where a person does.
    pub responsible_role: Option<Role>,
    /// The role that it was escalated to; null while it was not.
    pub escalated_to: Option<Role>,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: Date,
    /// Limits and what follows, as of that day.
    #[sea_orm(column_type = "JsonBinary")]
    pub plan: Json,
    /// How far it has come.
    pub state: ObligationState,
    /// When its time began to run.
    pub started_at: DateTimeUtc,
    /// When it is due.
    pub due_at: DateTimeUtc,
    /// Microseconds since 1970 of `due_at`, negative: the greater, the sooner it is due.
    pub urgency: i64,
    /// Whether the warning was given.
    pub warned: bool,
    /// How many steps of being overdue were taken.
    pub steps_taken: i32,
    /// How many entries its ledger has.
    pub entries: i32,
    /// When something is to be done about it again; null for nothing more.
    pub next_at: Option<DateTimeUtc>,
    /// Since when its time stands still; null while it runs.
    pub paused_at: Option<DateTimeUtc>,
    /// When it was done or voided; null before.
    pub ended_at: Option<DateTimeUtc>,
    /// Version of the calendar that it was counted by.
    pub calendar_version: i64,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
