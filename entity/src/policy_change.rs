//! Table `policy_change`: changes of the access policy, from draft to decision.

use rules::vocabulary::PolicyChangeState;
use sea_orm::entity::prelude::*;

/// A change of the access policy: rows added, altered and removed together.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_change")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its number, like `QX2026-00001`.
    pub number: String,
    /// Its rows, each with name, before and after.
    #[sea_orm(column_type = "JsonBinary")]
    pub changes: Json,
    /// Why.
    pub reason: String,
    /// How far it has come.
    pub state: PolicyChangeState,
    /// The change whose opposite it is; null for others.
    pub reverts: Option<Uuid>,
    /// Who drafts it.
    pub drafted_by: Uuid,
    /// The approval that decides it; null before it was submitted.
    pub approval_id: Option<Uuid>,
    /// When it was approved, rejected or last sent back.
    pub decided_at: Option<DateTimeUtc>,
    /// Who did that.
    pub decided_by: Option<Uuid>,
    /// Whose right he used, where it was delegated (ORG-4).
    pub decided_for: Option<Uuid>,
    /// What he said with it.
    pub decision_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
