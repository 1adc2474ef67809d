//! The tables of archive lookup: requests, grants, readings (LKP-1 to LKP-5).
//!
//! Sections are a bit mask in an integer. Readings carry no foreign keys: a reader must not wait
//! for somebody who is changing the customer.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The tables of archive lookup: requests, grants, readings.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "lookup_request")
            .id()
            .text("number")
            .unique(&["number"])
            .reference("customer_id", "customer")
            .reference("requester_id", "employee")
            .reference("requester_department_id", "department")
            .reference("requester_home_department_id", "department")
            .reference("customer_department_id", "department")
            .reference("customer_home_department_id", "department")
            .text("route")
            .int("sections")
            .text("reason")
            .int("days")
            .text("state")
            .reference_opt("approval_id", "approval")
            .date("rulebook_on")
            .instant("created_at")
            .instant_opt("decided_at")
            .reference_opt("decided_by", "employee")
            .reference_opt("decided_for", "employee")
            .text_opt("decision_reason")
            .version()
            .index(&["customer_id"])
            .index(&["requester_id", "created_at", "id"])
            .index(&["state", "created_at", "id"])
            .unique_where(
                &["customer_id", "requester_id", "sections"],
                "state",
                "OPEN",
            )
            .create()
            .await?;

        Draft::table(manager, "archive_grant")
            .id()
            .text("number")
            .unique(&["number"])
            .reference("request_id", "lookup_request")
            .reference("customer_id", "customer")
            .reference("grantee_id", "employee")
            .int("sections")
            .reference("granted_by", "employee")
            .reference_opt("granted_for", "employee")
            .instant("from_at")
            .instant("until_at")
            .instant_opt("revoked_at")
            .reference_opt("revoked_by", "employee")
            .text_opt("revoke_reason")
            .instant("created_at")
            .version()
            .index(&["grantee_id", "customer_id", "until_at"])
            .index(&["customer_id"])
            .index(&["request_id"])
            .create()
            .await?;

        Draft::table(manager, "archive_reading")
            .id()
            .instant("read_at")
            .uuid("customer_id")
            .uuid("reader_id")
            .uuid_opt("reader_for")
            .int("sections")
            .text("basis")
            .uuid_opt("grant_id")
            .text("request_id")
            .index(&["customer_id", "read_at", "id"])
            .index(&["reader_id", "read_at", "id"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
