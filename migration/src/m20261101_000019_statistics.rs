//! What statistics of complaints read, in one index: by time, with what they are mostly grouped by and measured. Most of
//! the table is texts, which they leave aside.

use crate::draft::forward_only;
use sea_orm_migration::prelude::*;

/// The index of statistics.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create()
            .name("complaint_statistics_idx")
            .table("complaint")
            .col("created_at")
            .col("department_id")
            .col("customer_id")
            .col("filed_by")
            .col("amount_fen")
            // Always null here; SQLite would look it up in the table.
            .col("voided_at")
            .and_where(Expr::col("voided_at").is_null())
            .take();
        manager.create_index(index).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
