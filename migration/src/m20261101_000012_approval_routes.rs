//! Routes of approvals: stages, parts of the content, time limits, and who acted in whose place (ORG-4 and the ground
//! rule that an absent approver never blocks a case).
//!
//! The clock can end a case, so an entry of the trail need not have a person; SQLite has the table written anew for that.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Routes of approvals.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        Draft::table(manager, "approval")
            .json_opt("parts")
            .instant_opt("expires_at")
            .instant_opt("waiting_since")
            .index(&["state", "waiting_since", "id"])
            .extend()
            .await?;
        db.execute_unprepared(
            "UPDATE approval SET waiting_since = created_at WHERE state = 'OPEN'",
        )
        .await?;

        Draft::table(manager, "approval_step")
            .int_or("stage", 1)
            .text_or("mode", "ALL")
            .int_opt("quorum")
            .json_opt("depends_on")
            .refers_opt("countersigns", "approval_step")
            .refers_opt("in_place_of", "employee")
            .extend()
            .await?;

        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared("ALTER TABLE approval_event ALTER COLUMN actor_id DROP NOT NULL")
                .await?;
            return Draft::table(manager, "approval_event")
                .refers_opt("in_place_of", "employee")
                .extend()
                .await;
        }
        db.execute_unprepared(
            "DROP INDEX approval_event_approval_id_happened_at_id_idx; \
             ALTER TABLE approval_event RENAME TO approval_event_before",
        )
        .await?;
        Draft::table(manager, "approval_event")
            .id()
            .reference("approval_id", "approval")
            .reference_opt("step_id", "approval_step")
            .text("kind")
            .reference_opt("actor_id", "employee")
            .reference_opt("acted_for", "employee")
            .reference_opt("in_place_of", "employee")
            .instant("happened_at")
            .text_opt("opinion")
            .text("content_hash")
            .money_opt("amount_fen")
            .index(&["approval_id", "happened_at", "id"])
            .create()
            .await?;
        db.execute_unprepared(
            "INSERT INTO approval_event (id, approval_id, step_id, kind, actor_id, acted_for, happened_at, opinion, \
             content_hash, amount_fen) SELECT id, approval_id, step_id, kind, actor_id, acted_for, happened_at, opinion, \
             content_hash, amount_fen FROM approval_event_before; \
             DROP TABLE approval_event_before",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
