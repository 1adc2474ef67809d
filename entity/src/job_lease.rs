//! Table `job_lease`. Which node runs which job, and until when it may.

use sea_orm::entity::prelude::*;

/// The right of a node to run a job.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job_lease")]
pub struct Model {
    /// The job, key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The node that holds it.
    pub holder: String,
    /// Until when; at this instant anybody can take it.
    pub until_at: DateTimeUtc,
}

/// None: nothing refers to it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
