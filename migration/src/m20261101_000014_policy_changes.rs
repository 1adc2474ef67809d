//! Changes of the policy from draft to decision; rows of the policy with ids, versions and a removal mark; networks of API
//! keys (ORG-3).
//!
//! Rows of the policy could not be changed before this step, so the table is made anew and filled again from the shipped
//! policy by the next start.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// Changes of the policy.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("policy_row").take())
            .await?;
        Draft::table(manager, "policy_row")
            .id()
            .text("name")
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
            .instant_opt("removed_at")
            .version()
            .unique(&["name"])
            .create()
            .await?;

        Draft::table(manager, "policy_change")
            .id()
            .text("number")
            .json("changes")
            .text("reason")
            .text("state")
            .reference_opt("reverts", "policy_change")
            .reference("drafted_by", "employee")
            .reference_opt("approval_id", "approval")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .text_opt("decision_reason")
            .instant("created_at")
            .instant("updated_at")
            .version()
            .unique(&["number"])
            .index(&["created_at", "id"])
            .create()
            .await?;

        Draft::table(manager, "api_key")
            .text_opt("network")
            .extend()
            .await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
