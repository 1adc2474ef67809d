//! Table `state_version`. Nodes poll it; a change that forgets to raise it reaches other nodes only
//! at their next start.

use sea_orm::entity::prelude::*;

/// A counter raised in the transaction of every change to what nodes hold in memory.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "state_version")]
pub struct Model {
    /// `organisation`, `policy`, `rulebook` or `sessions`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Raised by one with each change.
    pub version: i64,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
