//! The table of rulebook revisions (RUL-3), and the policy's limits by the table of brackets (CMP-11).
//!
//! What a revision replaces follows from the dated values, and which revision a value came from from parameter and day,
//! so neither is kept twice.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The table of rulebook revisions.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "rulebook_revision")
            .id()
            .text("number")
            .unique(&["number"])
            .text("regulation_code")
            .foreign_key("regulation_code", "regulation", "code")
            .text("interpreted_by")
            .date("effective_on")
            .text("reason")
            .json("changes")
            .text("state")
            .boolean("for_governing_body")
            .reference("drafted_by", "employee")
            .reference_opt("approval_id", "approval")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .text_opt("decision_reason")
            .instant("created_at")
            .instant("updated_at")
            .version()
            .index(&["regulation_code"])
            .index(&["state", "created_at", "id"])
            .create()
            .await?;

        // Two single amounts became the rows of one table.
        for (amount, row) in [
            (
                "complaint.decision.department-manager.max",
                "complaint.decision#department-manager",
            ),
            (
                "complaint.decision.deputy-general-manager.max",
                "complaint.decision#deputy-general-manager",
            ),
        ] {
            let mut update = Query::update();
            update
                .table("policy_row")
                .value("limit_parameter", row)
                .and_where(Expr::col("limit_parameter").eq(amount));
            manager.execute(update).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
