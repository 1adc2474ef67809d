//! Table `account`. A disabled account ends its sessions at once (ORG-7): the command does that,
//! not the column.

use rules::vocabulary::Language;
use sea_orm::entity::prelude::*;

/// A person's account to sign in with.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose account; one for each employee.
    pub employee_id: Uuid,
    /// Name to sign in with, unique.
    pub login: String,
    /// argon2id hash in PHC form.
    pub password_hash: String,
    /// Language of messages.
    pub language: Language,
    /// When it was disabled (ORG-7); null while usable.
    pub disabled_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
