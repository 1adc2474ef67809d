//! Table `approval_step`. Who may take it is asked of the policy each time, never stored.

use rules::vocabulary::{StageMode, StepState};
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
    /// Which stage it is of, from 1: the steps of one are taken side by side.
    pub stage: i32,
    /// How many steps its stage takes.
    pub mode: StageMode,
    /// That number, where the mode asks for one.
    pub quorum: Option<i32>,
    /// Names of the parts of the content that it depends on; null: all of them.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub depends_on: Option<Json>,
    /// The step whose taker asked for this one beside his own.
    pub countersigns: Option<Uuid>,
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
    /// In whose place, where who would have had to take it is absent or has a stake.
    pub in_place_of: Option<Uuid>,
    /// When it was taken.
    pub taken_at: Option<DateTimeUtc>,
    /// Opinion given with it.
    pub opinion: Option<String>,
    /// Hash of the parts it was taken on or is to be taken on, hexadecimal.
    pub content_hash: String,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
