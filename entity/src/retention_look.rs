//! Table `retention_look`: the day on which the job of PIP-5 last looked for people whose period is over, and how far it
//! came.

use sea_orm::entity::prelude::*;

/// When a kind of people was last looked through.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_look")]
pub struct Model {
    /// Table of the people.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_kind: String,
    /// The day of the last look.
    pub looked_on: Date,
    /// The last of them that it came to; null when it is through.
    pub reached: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
