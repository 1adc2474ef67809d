//! Erasure of personal data (PIP-1 to PIP-6): requests, legal holds, and which records beside the audit chain were erased.
//!
//! Pitfall: a record that was erased names the entry of its erasure, and nothing else may tell it apart from one that was
//! altered.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// Erasure of personal data.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "erasure")
            .id()
            .text("number")
            .unique(&["number"])
            .text("subject_kind")
            .uuid("subject_id")
            .text("origin")
            .date("asked_on")
            .text_opt("note")
            .reference_opt("requested_by", "employee")
            .text("state")
            .date("rulebook_on")
            .reference_opt("approval_id", "approval")
            .reference_opt("obligation_id", "obligation")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .text_opt("decision_reason")
            .instant_opt("executed_at")
            .instant_opt("replayed_at")
            .instant("created_at")
            .instant("updated_at")
            .version()
            .index(&["created_at", "id"])
            .index(&["state", "created_at", "id"])
            .index(&["subject_id"])
            .unique_where(&["subject_id"], "state", "REQUESTED")
            .unique_where(&["subject_id"], "state", "PROPOSED")
            .create()
            .await?;

        Draft::table(manager, "legal_hold")
            .id()
            .text("subject_kind")
            .uuid("subject_id")
            .text("reason")
            .date_opt("until_on")
            .reference("placed_by", "employee")
            .instant_opt("lifted_at")
            .reference_opt("lifted_by", "employee")
            .text_opt("lift_reason")
            .instant("created_at")
            .version()
            .index(&["created_at", "id"])
            .index(&["subject_id"])
            .create()
            .await?;

        Draft::table(manager, "retention_look")
            .text_key("subject_kind")
            .date("looked_on")
            .create()
            .await?;

        for table in ["history", "audit_detail"] {
            Draft::table(manager, table)
                .uuid_opt("erased_in")
                .index(&["erased_in"])
                .extend()
                .await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
