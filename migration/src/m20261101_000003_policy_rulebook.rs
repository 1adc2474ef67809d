//! The tables of the access policy and of the rulebook (RUL-1, RUL-2, RUL-4).
//!
//! Rulebook values are dated and only ever added: a running case reads them as of its own day
//! (RUL-4).

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of the access policy and of the rulebook.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "policy_row")
            .text_key("id")
            .text("ptype")
            .text("role")
            .text("object")
            .text("action")
            .text("scope")
            .text_opt("limit_parameter")
            .text("clause")
            .text("effect")
            .boolean("changed")
            .instant("created_at")
            .create()
            .await?;

        Draft::table(manager, "regulation")
            .text_key("code")
            .json("title")
            .text("interpreted_by")
            .date("effective_on")
            .int("position")
            .create()
            .await?;

        Draft::table(manager, "clause")
            .text_key("number")
            .text("regulation_code")
            .foreign_key("regulation_code", "regulation", "code")
            .int("position")
            .json("title")
            .json("body")
            .index(&["regulation_code"])
            .create()
            .await?;

        Draft::table(manager, "rulebook_parameter")
            .text_key("key")
            .text("clause_number")
            .foreign_key("clause_number", "clause", "number")
            .text("kind")
            .text("unit")
            .json("title")
            .json("default_value")
            .index(&["clause_number"])
            .create()
            .await?;

        Draft::table(manager, "rulebook_value")
            .id()
            .text("key")
            .foreign_key("key", "rulebook_parameter", "key")
            .json("value")
            .date("from_on")
            .instant("created_at")
            .reference_opt("created_by", "employee")
            .unique(&["key", "from_on"])
            .create()
            .await?;

        Draft::table(manager, "state_version")
            .text_key("name")
            .big("version")
            .create()
            .await?;

        let mut versions = Query::insert();
        versions
            .into_table("state_version")
            .columns(["name", "version"]);
        for name in ["organisation", "policy", "rulebook", "sessions"] {
            versions
                .values([name.into(), 1.into()])
                .map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        manager.execute(versions).await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
