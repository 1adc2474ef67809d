//! Table `approval`. Bound to the hash of what was asked: when the content changes, the affected
//! steps open again.

use rules::vocabulary::ApprovalState;
use sea_orm::entity::prelude::*;

/// A case put before somebody to decide.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Table the subject is in.
    pub subject_kind: String,
    /// The subject's id in that table.
    pub subject_id: Uuid,
    /// Object of the policy that the decision falls under.
    pub object: String,
    /// Action of the policy that the decision falls under.
    pub action: String,
    /// SHA-256 of what was asked, hexadecimal.
    pub content_hash: String,
    /// Hash of each named part of it; null where it is in one piece.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub parts: Option<Json>,
    /// Amount to decide in fen; null when none is at stake.
    pub amount_fen: Option<i64>,
    /// Who asked.
    pub requester_id: Uuid,
    /// Open, or how it ended.
    pub state: ApprovalState,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: Date,
    /// When it runs out undecided; null where it waits for ever.
    pub expires_at: Option<DateTimeUtc>,
    /// Since when it waits for the steps that are open now; null while none is.
    pub waiting_since: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it was decided; null while open.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub decided_for: Option<Uuid>,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
