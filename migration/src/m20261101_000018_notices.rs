//! The tables of notices: what each person is told of, with the mail about it, and who wants mail.
//!
//! A notice points at its object by kind and id, without a foreign key, because it can be of any table.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of notices.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "notice")
            .id()
            .reference("recipient_id", "employee")
            .text("code")
            .text_opt("clause")
            .text("subject_kind")
            .uuid("subject_id")
            .text("dedupe")
            .instant("created_at")
            .instant_opt("read_at")
            .instant_opt("resolved_at")
            .text_opt("mail_state")
            .int("mail_attempts")
            .instant_opt("mail_next_at")
            .unique(&["dedupe"])
            .index(&["recipient_id", "created_at", "id"])
            .index(&["subject_id"])
            .index(&["mail_state", "mail_next_at"])
            .create()
            .await?;

        Draft::table(manager, "notice_setting")
            .id()
            .foreign_key("id", "employee", "id")
            .boolean("by_mail")
            .version()
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
