//! Table `approval_stake`. Delegates of such a person are excluded too; that is worked out when a
//! step is taken.

use rules::vocabulary::StakeReason;
use sea_orm::entity::prelude::*;

/// An employee with a stake in a case, who can't decide it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_stake")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The case.
    pub approval_id: Uuid,
    /// Who has the stake.
    pub employee_id: Uuid,
    /// Which stake.
    pub reason: StakeReason,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
