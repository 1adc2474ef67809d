//! The tables of obligations and jobs: what must be done by when, the ledger of each deadline, who runs which job
//! (ground rules, ORG-6).
//!
//! An obligation points at its object by kind and id, without a foreign key, because it can be of any table.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of obligations and jobs.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "obligation")
            .id()
            .text("duty")
            .text("clause")
            .text("subject_kind")
            .uuid("subject_id")
            .reference_opt("department_id", "department")
            .reference_opt("responsible_id", "employee")
            .text_opt("responsible_role")
            .text_opt("escalated_to")
            .date("rulebook_on")
            .json("plan")
            .text("state")
            .instant("started_at")
            .instant("due_at")
            .big("urgency")
            .boolean("warned")
            .int("steps_taken")
            .int("entries")
            .instant_opt("next_at")
            .instant_opt("paused_at")
            .instant_opt("ended_at")
            .big("calendar_version")
            .instant("created_at")
            .version()
            .index(&["state", "next_at", "id"])
            .index(&["state", "calendar_version", "id"])
            .index(&["subject_id"])
            .index(&["responsible_id", "urgency", "id"])
            .index(&["department_id", "urgency", "id"])
            .index(&["urgency", "id"])
            .create()
            .await?;

        Draft::table(manager, "deadline_entry")
            .id()
            .reference("obligation_id", "obligation")
            .int("position")
            .text("kind")
            .instant("happened_at")
            .uuid_opt("actor_id")
            .uuid_opt("acted_for")
            .text_opt("reason")
            .big_opt("span_count")
            .text_opt("span_unit")
            .text_opt("step")
            .uuid_opt("to_id")
            .text_opt("to_role")
            .instant_opt("due_before")
            .instant("due_after")
            .unique(&["obligation_id", "position"])
            .create()
            .await?;

        Draft::table(manager, "job_lease")
            .text_key("name")
            .text("holder")
            .instant("until_at")
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
