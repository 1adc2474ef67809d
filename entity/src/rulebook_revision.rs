//! Table `rulebook_revision` (RUL-3). What it makes of the rulebook once approved is in `rulebook_value`.

use rules::vocabulary::{DepartmentKind, RevisionState};
use sea_orm::entity::prelude::*;

/// New values of a regulation's parameters from a day on, drafted, submitted and decided on (RUL-3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rulebook_revision")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number, unique.
    pub number: String,
    /// The regulation whose parameters it changes.
    pub regulation_code: String,
    /// The kind of department that interprets the regulation and so drafts its revisions.
    pub interpreted_by: DepartmentKind,
    /// First day it is to be in force, in the company's zone.
    pub effective_on: Date,
    /// Why.
    pub reason: String,
    /// The new values: a list of parameter and value.
    #[sea_orm(column_type = "JsonBinary")]
    pub changes: Json,
    /// How far it has come.
    pub state: RevisionState,
    /// Whether the governing body decides, because every general manager is a party.
    pub for_governing_body: bool,
    /// Who drafted it.
    pub drafted_by: Uuid,
    /// The approval that decides it; null while it is a draft.
    pub approval_id: Option<Uuid>,
    /// When it was approved, rejected or sent back; null while that is open.
    pub decided_at: Option<DateTimeUtc>,
    /// Who approved, rejected or sent it back.
    pub decided_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub decided_for: Option<Uuid>,
    /// What was said with the decision.
    pub decision_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
