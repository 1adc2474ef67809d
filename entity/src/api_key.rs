//! Table `api_key`. The key is shown once; only its hash and its first characters are kept.

use rules::vocabulary::Role;
use sea_orm::entity::prelude::*;

/// A key for a program acting as an account in one role.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The account it acts as.
    pub account_id: Uuid,
    /// What it is for, in its owner's words.
    pub name: String,
    /// SHA-256 of the key, hexadecimal.
    pub secret_hash: String,
    /// The key's first characters, to recognise it by.
    pub prefix: String,
    /// The one role it acts in (ORG-3).
    pub role: Role,
    /// Where that role is held; null is company-wide.
    pub department_id: Option<Uuid>,
    /// From which network alone it is good (`10.0.0.0/8`); null is from everywhere.
    pub network: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was revoked; null otherwise.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it last served, to the minute or so; null when never.
    pub last_used_at: Option<DateTimeUtc>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
