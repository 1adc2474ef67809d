//! The organisation's tables: departments, employees, who holds which role, who acts for whom
//! (ORG-1 to ORG-5).
//!
//! Departments and employees point at each other only one way (an employee is in a department), so
//! the order of creation is fixed.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// The organisation's tables: departments, employees, who holds which role, who acts for whom.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "department")
            .id()
            .text("code")
            .unique(&["code"])
            .text("name")
            .text("name_key")
            .text("kind")
            .text("tier")
            .reference_opt("parent_id", "department")
            .instant_opt("closed_at")
            .instant("created_at")
            .version()
            .index(&["parent_id"])
            .create()
            .await?;

        Draft::table(manager, "employee")
            .id()
            .text("number")
            .unique(&["number"])
            .text("name")
            .text("name_key")
            .reference("department_id", "department")
            .reference_opt("supervisor_id", "employee")
            .text("job_title")
            .int("base_points")
            .text("state")
            .date_opt("probation_from")
            .date_opt("active_from")
            .date_opt("transferred_on")
            .date_opt("left_on")
            .instant("created_at")
            .version()
            .index(&["department_id"])
            .index(&["supervisor_id"])
            .index(&["name_key", "id"])
            .create()
            .await?;

        Draft::table(manager, "employee_bonus")
            .id()
            .reference("employee_id", "employee")
            .date("month")
            .money("amount_fen")
            .instant("created_at")
            .unique(&["employee_id", "month"])
            .create()
            .await?;

        Draft::table(manager, "employee_channel")
            .id()
            .reference("employee_id", "employee")
            .text("kind")
            .text("value")
            .instant("registered_at")
            .instant_opt("ended_at")
            .index(&["employee_id"])
            .create()
            .await?;

        Draft::table(manager, "role_assignment")
            .id()
            .reference("employee_id", "employee")
            .text("role")
            .reference_opt("department_id", "department")
            .date("from_on")
            .date_opt("until_on")
            .reference_opt("assigned_by", "employee")
            .instant_opt("ended_at")
            .instant("created_at")
            .version()
            .index(&["employee_id"])
            .index(&["department_id"])
            .create()
            .await?;

        Draft::table(manager, "delegation")
            .id()
            .reference("assignment_id", "role_assignment")
            .reference("delegator_id", "employee")
            .reference("delegate_id", "employee")
            .instant("from_at")
            .instant("until_at")
            .money_opt("max_amount_fen")
            .text("reason")
            .instant_opt("ended_at")
            .text_opt("ended_reason")
            .instant("created_at")
            .version()
            .index(&["assignment_id"])
            .index(&["delegator_id"])
            .index(&["delegate_id"])
            .create()
            .await?;

        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
