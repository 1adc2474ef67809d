//! The stations of a complaint (CMP-6), what each finds out (CMP-21), its conclusion (CMP-9, CMP-17), replies to the
//! customer (CMP-15), third parties (CMP-10), reasons of delay (CMP-20), and its closing (CMP-18).
//!
//! A complaint that is there already goes on from where business or the decider has it; a decided one, whose form went
//! out with the decision, is closed.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;

/// Stations.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Draft::table(manager, "complaint")
            .text_opt("station")
            .int_or("stays", 0)
            .refers_opt("follows_id", "complaint")
            .instant_opt("accepted_at")
            .text_opt("cause")
            .refers_opt("responsible_department_id", "department")
            .boolean_or("needs_research", false)
            .text_opt("countermeasures")
            .text_opt("production_unit")
            .text_opt("production_shift")
            .text_opt("production_people")
            .date_opt("produced_on")
            .text_opt("negotiation")
            .text_opt("summary")
            .boolean_or("upheld", true)
            .boolean_or("tracked", false)
            .text_opt("improvement")
            .instant_opt("improved_at")
            .refers_opt("improved_by", "employee")
            .text_opt("result")
            .instant_opt("closed_at")
            .index(&["station", "created_at", "id"])
            .index(&["responsible_department_id", "created_at", "id"])
            .index(&["follows_id"])
            .extend()
            .await?;
        // Who sees a complaint depends on who is responsible too, which statistics find in their index (step 19) as well.
        let before = Index::drop()
            .name("complaint_statistics_idx")
            .table("complaint")
            .to_owned();
        manager.drop_index(before).await?;
        let index = Index::create()
            .name("complaint_statistics_idx")
            .table("complaint")
            .col("created_at")
            .col("department_id")
            .col("customer_id")
            .col("filed_by")
            .col("responsible_department_id")
            .col("amount_fen")
            .col("voided_at")
            .and_where(Expr::col("voided_at").is_null())
            .take();
        manager.create_index(index).await?;
        Draft::table(manager, "complaint_stay")
            .id()
            .reference("complaint_id", "complaint")
            .int("position")
            .text("station")
            .reference_opt("department_id", "department")
            .reference_opt("obligation_id", "obligation")
            .instant("received_at")
            .instant_opt("left_at")
            .text_opt("outcome")
            .text_opt("sent_to")
            .text_opt("opinion")
            .reference_opt("taken_by", "employee")
            .reference_opt("taken_for", "employee")
            .unique(&["complaint_id", "position"])
            .index(&["station", "received_at", "id"])
            .index(&["department_id", "received_at", "id"])
            .index(&["obligation_id"])
            .create()
            .await?;
        Draft::table(manager, "complaint_reply")
            .id()
            .reference("complaint_id", "complaint")
            .text("channel")
            .text("body")
            .money("commitment_fen")
            .instant("replied_at")
            .reference("replied_by", "employee")
            .reference_opt("replied_for", "employee")
            .index(&["complaint_id", "replied_at", "id"])
            .create()
            .await?;
        Draft::table(manager, "complaint_third_party")
            .id()
            .reference("complaint_id", "complaint")
            .text("name")
            .text("part")
            .big("share_permyriad")
            .money_opt("claimed_fen")
            .instant_opt("claimed_at")
            .text_opt("claim_note")
            .instant("created_at")
            .reference("created_by", "employee")
            .version()
            .index(&["complaint_id", "created_at", "id"])
            .create()
            .await?;
        Draft::table(manager, "complaint_delay")
            .id()
            .reference("complaint_id", "complaint")
            .reference("department_id", "department")
            .text("reason")
            .instant("explained_at")
            .reference("explained_by", "employee")
            .index(&["complaint_id", "explained_at", "id"])
            .create()
            .await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "UPDATE complaint SET stays = 1, station = CASE state WHEN 'FOR_DECISION' THEN 'DECISION' \
             ELSE 'BUSINESS_PROPOSAL' END WHERE state IN ('FILED', 'FOR_DECISION', 'SENT_BACK', 'REJECTED')",
        )
        .await?;
        db.execute_unprepared(
            "UPDATE complaint SET state = 'CLOSED', closed_at = decided_at WHERE state = 'DECIDED'",
        )
        .await?;
        // Each has one stay, so that its own id serves the stay too.
        db.execute_unprepared(
            "INSERT INTO complaint_stay (id, complaint_id, position, station, department_id, received_at) \
             SELECT id, id, 1, station, CASE station WHEN 'DECISION' THEN NULL ELSE department_id END, updated_at \
             FROM complaint WHERE station IS NOT NULL",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}
