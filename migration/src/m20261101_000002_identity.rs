//! The tables of identity: accounts, sessions, tokens, keys (ORG-7).
//!
//! Secrets are kept only as hashes; the signing key alone is kept whole, since it has to sign.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of identity: accounts, sessions, tokens, keys.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "account")
            .id()
            .reference("employee_id", "employee")
            .unique(&["employee_id"])
            .text("login")
            .unique(&["login"])
            .text("password_hash")
            .text("language")
            .instant_opt("disabled_at")
            .instant("created_at")
            .version()
            .create()
            .await?;

        Draft::table(manager, "session")
            .id()
            .reference("account_id", "account")
            .text("device")
            .text("address")
            .instant("created_at")
            .instant("last_used_at")
            .instant("expires_at")
            .instant_opt("revoked_at")
            .text_opt("revoked_reason")
            .index(&["account_id"])
            .index(&["revoked_at"])
            .create()
            .await?;

        Draft::table(manager, "refresh_token")
            .id()
            .reference("session_id", "session")
            .text("token_hash")
            .unique(&["token_hash"])
            .instant("issued_at")
            .instant_opt("used_at")
            .instant("expires_at")
            .index(&["session_id"])
            .create()
            .await?;

        Draft::table(manager, "api_key")
            .id()
            .reference("account_id", "account")
            .text("name")
            .text("secret_hash")
            .unique(&["secret_hash"])
            .text("prefix")
            .text("role")
            .reference_opt("department_id", "department")
            .instant("created_at")
            .instant("expires_at")
            .instant_opt("revoked_at")
            .instant_opt("last_used_at")
            .index(&["account_id"])
            .create()
            .await?;

        Draft::table(manager, "signing_key")
            .id()
            .blob("private_der")
            .blob("public_der")
            .instant("created_at")
            .instant("signs_until")
            .instant("verifies_until")
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
