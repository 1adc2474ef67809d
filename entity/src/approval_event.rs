//! Table `approval_event`. Only ever added.

use rules::vocabulary::ApprovalEventKind;
use sea_orm::entity::prelude::*;

/// An entry in the trail of a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_event")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The case.
    pub approval_id: Uuid,
    /// Step it is about; null when about the whole case.
    pub step_id: Option<Uuid>,
    /// What happened.
    pub kind: ApprovalEventKind,
    /// Who did it; null where the clock did.
    pub actor_id: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub acted_for: Option<Uuid>,
    /// In whose place, where who would have had to is absent or has a stake.
    pub in_place_of: Option<Uuid>,
    /// When.
    pub happened_at: DateTimeUtc,
    /// Opinion given.
    pub opinion: Option<String>,
    /// Hash of the content at that moment, hexadecimal.
    pub content_hash: String,
    /// Amount at stake at that moment in fen; null when there was none.
    pub amount_fen: Option<i64>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
