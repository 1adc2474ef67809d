//! Table `employee_bonus` (ORG-2). The month is written as its first day.

use sea_orm::entity::prelude::*;

/// An employee's efficiency bonus 效益奖金 of one month (ORG-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "employee_bonus")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose bonus.
    pub employee_id: Uuid,
    /// First day of the month.
    pub month: Date,
    /// Amount in fen.
    pub amount_fen: i64,
    /// When the row was written.
    pub created_at: DateTimeUtc,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
