//! Table `signing_key`. A key verifies for longer than it signs, or running tokens would break at
//! rotation.

use sea_orm::entity::prelude::*;

/// A key pair that signs access tokens (EdDSA).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Key, and the key id (`kid`) in the tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Private key, PKCS#8 DER.
    pub private_der: Vec<u8>,
    /// Public key, DER.
    pub public_der: Vec<u8>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Until when new tokens are signed with it.
    pub signs_until: DateTimeUtc,
    /// Until when tokens it signed are accepted.
    pub verifies_until: DateTimeUtc,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
