//! The tables of customers and their archives (ARC-1 to ARC-9, FIL-1 to FIL-4).
//!
//! The four `card_*` columns that the database computes are what the directory shows (ARC-9);
//! nothing writes them.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of customers and their archives.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "customer_import")
            .id()
            .text("file_name")
            .text("file_hash")
            .reference("actor_id", "employee")
            .instant("started_at")
            .instant_opt("finished_at")
            .int("rows")
            .int("entered")
            .int("unchanged")
            .int("refused")
            .index(&["actor_id"])
            .create()
            .await?;

        Draft::table(manager, "customer")
            .id()
            .text("number")
            .unique(&["number"])
            .text("kind")
            .text("standing")
            .text("name")
            .text("name_normalised")
            .text("category")
            .text_opt("grade")
            .reference("department_id", "department")
            .reference_opt("owner_id", "employee")
            .text_opt("credit_code")
            .unique(&["credit_code"])
            .text_opt("enterprise_nature")
            .text_opt("supervising_unit")
            .text_opt("source")
            .date_opt("first_contact_on")
            .text("archive_state")
            .date_opt("archived_on")
            .text("filing_state")
            .date_opt("filed_on")
            .json("custom")
            .text_opt("duplicate_reason")
            .reference_opt("entered_by", "employee")
            .reference_opt("import_id", "customer_import")
            .instant("updated_at")
            .instant("created_at")
            .version()
            .text("card_name_key")
            .generated_text(
                "card_name",
                "CASE WHEN kind = 'PERSON' THEN substr(name, 1, 1) || '**' ELSE name END",
            )
            .generated_text(
                "card_category",
                "CASE WHEN kind = 'PERSON' THEN NULL ELSE category END",
            )
            .generated_text(
                "card_grade",
                "CASE WHEN kind = 'PERSON' THEN NULL ELSE grade END",
            )
            .generated_uuid(
                "card_owner_id",
                "CASE WHEN kind = 'PERSON' THEN NULL ELSE owner_id END",
            )
            .index(&["department_id", "created_at", "id"])
            .index(&["created_at", "id"])
            .index(&["card_name_key", "id"])
            .index(&["card_owner_id"])
            .index(&["owner_id"])
            .index(&["name_normalised"])
            .create()
            .await?;

        Draft::table(manager, "customer_contact")
            .id()
            .reference("customer_id", "customer")
            .text("name")
            .text("name_key")
            .text_opt("position")
            .text_opt("phone")
            .text_opt("email")
            .boolean("is_primary")
            .text_opt("remark")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .version()
            .index(&["customer_id", "created_at", "id"])
            .create()
            .await?;

        Draft::table(manager, "customer_phone")
            .id()
            .reference("customer_id", "customer")
            .reference_opt("contact_id", "customer_contact")
            .text("phone_normalised")
            .index(&["phone_normalised"])
            .index(&["customer_id"])
            .create()
            .await?;

        Draft::table(manager, "customer_co_owner")
            .id()
            .reference("customer_id", "customer")
            .reference("employee_id", "employee")
            .instant("from_at")
            .instant_opt("ended_at")
            .index(&["employee_id"])
            .index(&["customer_id"])
            .create()
            .await?;

        Draft::table(manager, "customer_address")
            .id()
            .reference("customer_id", "customer")
            .text("kind")
            .text("line")
            .text_opt("region")
            .text_opt("postal_code")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .version()
            .index(&["customer_id"])
            .create()
            .await?;

        Draft::table(manager, "customer_purchase")
            .id()
            .reference("customer_id", "customer")
            .date("purchased_on")
            .text("product")
            .big("quantity")
            .money("amount_fen")
            .text_opt("order_number")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .version()
            .index(&["customer_id", "purchased_on", "id"])
            .create()
            .await?;

        Draft::table(manager, "customer_note")
            .id()
            .reference("customer_id", "customer")
            .reference("author_id", "employee")
            .text("body")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .version()
            .index(&["customer_id", "created_at", "id"])
            .create()
            .await?;

        Draft::table(manager, "contact_log")
            .id()
            .reference("customer_id", "customer")
            .reference("employee_id", "employee")
            .text("kind")
            .instant("happened_at")
            .text("summary")
            .instant("created_at")
            .instant_opt("voided_at")
            .text_opt("void_reason")
            .version()
            .index(&["customer_id", "happened_at", "id"])
            .index(&["employee_id"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
