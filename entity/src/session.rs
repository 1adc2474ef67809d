//! Table `session`. A revoked session is known to every node within a second (ORG-7), through
//! `state_version`.

use sea_orm::entity::prelude::*;

/// A sign-in on one device: a family of refresh tokens.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose session.
    pub account_id: Uuid,
    /// Device or client as it named itself.
    pub device: String,
    /// Network address at sign-in.
    pub address: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When a token of it was last renewed.
    pub last_used_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was ended early; null otherwise.
    pub revoked_at: Option<DateTimeUtc>,
    /// Why it was ended early.
    pub revoked_reason: Option<String>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
