//! How far a look through people of a kind came (PIP-5), so that the next batch goes on from there.

use crate::draft::forward_only;
use sea_orm_migration::prelude::*;

/// The place of a look.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("retention_look")
            .add_column(ColumnDef::new("reached").uuid().null())
            .take();
        manager.alter_table(table).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
