//! Table `approval_step`. Who may take it is asked of the policy each time, never stored.

use rules::vocabulary::StepState;
use sea_orm::entity::prelude::*;

/// One step of an approval: an action somebody entitled takes.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_step")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The case.
    pub approval_id: Uuid,
    /// Order within the case, from 1.
    pub position: i32,
    /// Object of the policy.
    pub object: String,
    /// Action of the policy.
    pub action: String,
    /// Waiting, open, or how it was taken.
    pub state: StepState,
    /// Who took it; null while nobody has.
    pub taken_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub taken_for: Option<Uuid>,
    /// When it was taken.
    pub taken_at: Option<DateTimeUtc>,
    /// Opinion given with it.
    pub opinion: Option<String>,
    /// Hash of the content it was opened on, hexadecimal.
    pub content_hash: String,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
