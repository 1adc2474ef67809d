//! Table `idempotency`. The same key with another input is refused, which is what the hash is for.

use sea_orm::entity::prelude::*;

/// The outcome of a mutation under a client's key, so that a repetition does nothing again.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Who sent it; keys of two people never meet.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    /// The client's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Uuid,
    /// Mutation it was sent to.
    pub mutation: String,
    /// SHA-256 of the input, hexadecimal.
    pub input_hash: String,
    /// What was answered.
    #[sea_orm(column_type = "JsonBinary")]
    pub outcome: Json,
    /// When the row was written.
    pub created_at: DateTimeUtc,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
