//! Table `complaint_delay`: why a department was late with a complaint, as it answers the inquiry (CMP-20).

use sea_orm::entity::prelude::*;

/// Why a department was late with a complaint, as it answers the inquiry (CMP-20).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_delay")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The complaint.
    pub complaint_id: Uuid,
    /// The department that answers.
    pub department_id: Uuid,
    /// The reason.
    pub reason: String,
    /// When it answered.
    pub explained_at: DateTimeUtc,
    /// Who answered.
    pub explained_by: Uuid,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
