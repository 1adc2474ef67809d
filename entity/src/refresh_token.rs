//! Table `refresh_token`. A second use ends the whole session: the token was stolen.

use sea_orm::entity::prelude::*;

/// One refresh token of a session, good for a single use.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The session (family) it belongs to.
    pub session_id: Uuid,
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// When it was exchanged; null while unused.
    pub used_at: Option<DateTimeUtc>,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
