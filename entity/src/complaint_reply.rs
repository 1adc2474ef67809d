//! Table `complaint_reply`: what the customer was told of the decision on his complaint (CMP-15).

use rules::vocabulary::ReplyChannel;
use sea_orm::entity::prelude::*;

/// What the customer was told of the decision on his complaint (CMP-15).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_reply")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The complaint.
    pub complaint_id: Uuid,
    /// By letter or by phone.
    pub channel: ReplyChannel,
    /// The text for the customer; the internal form is never given to him.
    pub body: String,
    /// What it commits the company to, in fen: never more than the decision.
    pub commitment_fen: i64,
    /// When.
    pub replied_at: DateTimeUtc,
    /// By whom.
    pub replied_by: Uuid,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub replied_for: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
