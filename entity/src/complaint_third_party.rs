//! Table `complaint_third_party`: a third party concerned by a complaint, with its share (CMP-10).

use sea_orm::entity::prelude::*;

/// A third party concerned by a complaint, with its share (CMP-10).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_third_party")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The complaint.
    pub complaint_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it has to do with the case.
    pub part: String,
    /// Its share in hundredths of a per cent.
    pub share_permyriad: i64,
    /// What was claimed of it, in fen; null before.
    pub claimed_fen: Option<i64>,
    /// When that was claimed.
    pub claimed_at: Option<DateTimeUtc>,
    /// What came of the claim.
    pub claim_note: Option<String>,
    /// When it was brought in.
    pub created_at: DateTimeUtc,
    /// By whom.
    pub created_by: Uuid,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
