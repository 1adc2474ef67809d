//! The tables of approvals: cases, steps, stakes, trail (CMP-11, LKP-1, LKP-2 and the ground rule
//! that nobody decides on their own case).
//!
//! An approval names its subject by kind and id without a foreign key, since subjects live in many
//! tables.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of approvals: cases, steps, stakes, trail.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "approval")
            .id()
            .text("subject_kind")
            .uuid("subject_id")
            .text("object")
            .text("action")
            .text("content_hash")
            .money_opt("amount_fen")
            .reference("requester_id", "employee")
            .text("state")
            .date("rulebook_on")
            .instant("created_at")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .version()
            .index(&["state", "created_at", "id"])
            .index(&["subject_id"])
            .index(&["requester_id"])
            .create()
            .await?;

        Draft::table(manager, "approval_step")
            .id()
            .reference("approval_id", "approval")
            .int("position")
            .text("object")
            .text("action")
            .text("state")
            .reference_opt("taken_by", "employee")
            .reference_opt("taken_for", "employee")
            .instant_opt("taken_at")
            .text_opt("opinion")
            .text("content_hash")
            .index(&["approval_id"])
            .create()
            .await?;

        Draft::table(manager, "approval_stake")
            .id()
            .reference("approval_id", "approval")
            .reference("employee_id", "employee")
            .text("reason")
            .unique(&["approval_id", "employee_id", "reason"])
            .index(&["employee_id"])
            .create()
            .await?;

        Draft::table(manager, "approval_event")
            .id()
            .reference("approval_id", "approval")
            .reference_opt("step_id", "approval_step")
            .text("kind")
            .reference("actor_id", "employee")
            .reference_opt("acted_for", "employee")
            .instant("happened_at")
            .text_opt("opinion")
            .text("content_hash")
            .money_opt("amount_fen")
            .index(&["approval_id", "happened_at", "id"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
