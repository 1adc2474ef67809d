//! Files that hang on objects, and the contents behind them, each kept once (ARC-8).

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// Files.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "file_blob")
            .text_key("sha256")
            .big("size")
            .instant("touched_at")
            .index(&["touched_at"])
            .create()
            .await?;

        Draft::table(manager, "file")
            .id()
            .text("object_kind")
            .uuid("object_id")
            .uuid("holder_id")
            .text("name")
            .text("media_type")
            .big("size")
            .text_opt("sha256")
            .foreign_key("sha256", "file_blob", "sha256")
            .text("scan")
            .reference("added_by", "employee")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .instant_opt("erased_at")
            .version()
            .index(&["object_id", "created_at", "id"])
            .index(&["holder_id"])
            .index(&["sha256"])
            .create()
            .await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
