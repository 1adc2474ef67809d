//! The tables of forms: numbered documents and their copies (CMP-12).
//!
//! A form points at its object by kind and id, without a foreign key, because it can be of any table.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of forms.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "form")
            .id()
            .text("code")
            .text("number")
            .text("clause")
            .text("subject_kind")
            .uuid("subject_id")
            .json("content")
            .reference_opt("replaces_id", "form")
            .instant("issued_at")
            .reference_opt("issued_by", "employee")
            .reference_opt("issued_for", "employee")
            .instant_opt("voided_at")
            .reference_opt("voided_by", "employee")
            .text_opt("void_reason")
            .version()
            .unique(&["code", "number"])
            .index(&["subject_id", "issued_at", "id"])
            .index(&["issued_at", "id"])
            .create()
            .await?;

        Draft::table(manager, "form_copy")
            .id()
            .reference("form_id", "form")
            .int("ordinal")
            .text("department_kind")
            .reference_opt("department_id", "department")
            .instant("sent_at")
            .instant_opt("received_at")
            .reference_opt("received_by", "employee")
            .version()
            .unique(&["form_id", "ordinal", "department_id"])
            .index(&["department_id", "received_at", "sent_at"])
            .index(&["sent_at", "id"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
