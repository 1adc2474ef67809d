//! What every write leaves behind: audit, history, events, idempotency; and the counters of numbers
//! (ARC-7 and the ground rule that everything is attributable).
//!
//! No foreign keys: an entry must never wait for, or be lost with, the row it is about.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// What every write leaves behind: audit, history, events, idempotency; and the counters of
/// numbers.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "audit_entry")
            .id()
            .instant("at")
            .text("request_id")
            .text("part")
            .uuid_opt("actor_id")
            .text_opt("role")
            .uuid_opt("acted_for")
            .text("object_kind")
            .uuid_opt("object_id")
            .text("verb")
            .text_opt("clause")
            .json("detail")
            .index(&["object_id", "at"])
            .index(&["actor_id", "at"])
            .create()
            .await?;

        Draft::table(manager, "history")
            .id()
            .text("object_kind")
            .uuid("object_id")
            .int("version")
            .instant("at")
            .uuid_opt("actor_id")
            .uuid_opt("acted_for")
            .text_opt("reason")
            .json("changes")
            .uuid("audit_id")
            .index(&["object_id", "version"])
            .create()
            .await?;

        Draft::table(manager, "event")
            .id()
            .instant("at")
            .text("kind")
            .text("object_kind")
            .uuid("object_id")
            .uuid("audit_id")
            .index(&["at", "id"])
            .create()
            .await?;

        Draft::table(manager, "idempotency")
            .uuid("actor_id")
            .uuid("key")
            .text("mutation")
            .text("input_hash")
            .json("outcome")
            .instant("created_at")
            .primary_key(&["actor_id", "key"])
            .index(&["created_at"])
            .create()
            .await?;

        Draft::table(manager, "number_counter")
            .text_key("series")
            .big("last")
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
