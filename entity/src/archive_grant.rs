//! Table `archive_grant` (LKP-4). Covers reading only; ends by itself, or at once when revoked.

use sea_orm::entity::prelude::*;

/// A grant to read sections of a customer's archive until a moment (LKP-4).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "archive_grant")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number people name it by (LKP-5), unique.
    pub number: String,
    /// Request it answers.
    pub request_id: Uuid,
    /// Customer whose archive is opened.
    pub customer_id: Uuid,
    /// Who may read.
    pub grantee_id: Uuid,
    /// Sections granted, a bit mask.
    pub sections: i32,
    /// Who granted.
    pub granted_by: Uuid,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub granted_for: Option<Uuid>,
    /// From when it holds.
    pub from_at: DateTimeUtc,
    /// When it ends by itself.
    pub until_at: DateTimeUtc,
    /// When it was revoked; null otherwise.
    pub revoked_at: Option<DateTimeUtc>,
    /// Who revoked it.
    pub revoked_by: Option<Uuid>,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
