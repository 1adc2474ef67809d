//! Table `deadline_entry`. The ledger of deadlines: rows are only ever added.

use rules::vocabulary::{DeadlineEntryKind, OverdueStep, Role, SpanUnit};
use sea_orm::entity::prelude::*;

/// What happened to an obligation's deadline, by whom and why.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline_entry")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The obligation.
    pub obligation_id: Uuid,
    /// Order within the ledger, from 1.
    pub position: i32,
    /// What happened.
    pub kind: DeadlineEntryKind,
    /// When.
    pub happened_at: DateTimeUtc,
    /// Who did it; null for a job.
    pub actor_id: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub acted_for: Option<Uuid>,
    /// Why; null where nothing was said.
    pub reason: Option<String>,
    /// By how much it was extended; null otherwise.
    pub span_count: Option<i64>,
    /// In which unit.
    pub span_unit: Option<SpanUnit>,
    /// The step that was taken; null otherwise.
    pub step: Option<OverdueStep>,
    /// Who answers for it after a hand-over; null otherwise.
    pub to_id: Option<Uuid>,
    /// The role that answers for it after a hand-over, or that it was escalated to; null otherwise.
    pub to_role: Option<Role>,
    /// When it was due before; null at the start.
    pub due_before: Option<DateTimeUtc>,
    /// When it is due after.
    pub due_after: DateTimeUtc,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
