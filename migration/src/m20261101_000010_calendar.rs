//! The tables of the company calendar: the company's own days and hours (ORG-6).
//!
//! What ships with the server stands in no table; a row here goes over it, and a row whose content is null gives the day
//! back to what ships.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of the company calendar.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "calendar_day")
            .id()
            .date("on_date")
            .unique(&["on_date"])
            .text_opt("kind")
            .json_opt("name")
            .instant("created_at")
            .version()
            .create()
            .await?;

        Draft::table(manager, "calendar_hours")
            .id()
            .date("from_on")
            .unique(&["from_on"])
            .text_opt("windows")
            .instant("created_at")
            .version()
            .create()
            .await?;

        let mut version = Query::insert();
        version
            .into_table("state_version")
            .columns(["name", "version"])
            .values(["calendar".into(), 1.into()])
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.execute(version).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
