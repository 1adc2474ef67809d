//! Table `number_counter` (CMP-2). Raised in the transaction that uses the number: no gaps, no
//! repeats.

use sea_orm::entity::prelude::*;

/// The last number given in a series, such as the complaints of a month (CMP-2).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "number_counter")]
pub struct Model {
    /// Series, such as `complaint.26-11`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub series: String,
    /// Last number given.
    pub last: i64,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
