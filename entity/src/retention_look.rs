//! Table `retention_look`: the day up to which the job of PIP-5 has looked for people whose period is over.

use sea_orm::entity::prelude::*;

/// When a kind of people was last looked through.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_look")]
pub struct Model {
    /// Table of the people.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_kind: String,
    /// The last day that was looked through to the end.
    pub looked_on: Date,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
