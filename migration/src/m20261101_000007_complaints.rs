//! The table of complaints (CMP-1 to CMP-3, CMP-11).
//!
//! The total is written by the server from the four parts: two databases, one arithmetic.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The table of complaints.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "complaint")
            .id()
            .text("number")
            .unique(&["number"])
            .reference("customer_id", "customer")
            .reference("department_id", "department")
            .reference("filed_by", "employee")
            .text("class")
            .text("market")
            .text("order_number")
            .text("part_number")
            .date("shipped_on")
            .big("quantity")
            .big_opt("defective_quantity")
            .text("demand_kind")
            .text("demand")
            .text("reason")
            .text("sample_description")
            .text("opinion")
            .money_or_zero("compensation_fen")
            .money_or_zero("allowance_fen")
            .money_or_zero("goods_value_fen")
            .money_or_zero("rework_fen")
            .money_or_zero("amount_fen")
            .text_opt("proposal")
            .text("state")
            .date("rulebook_on")
            .reference_opt("approval_id", "approval")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .text_opt("decision")
            .text_opt("void_reason")
            .instant_opt("voided_at")
            .instant("created_at")
            .instant("updated_at")
            .version()
            .index(&["created_at", "id"])
            .index(&["department_id", "created_at", "id"])
            .index(&["customer_id"])
            .index(&["state", "created_at", "id"])
            .index(&["filed_by"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
