//! Table `sequencer`. Whoever holds the lease gives places; its row is locked while it does, so two never do at once.

use sea_orm::entity::prelude::*;

/// Which node gives audit entries their places, and how far it came.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sequencer")]
pub struct Model {
    /// `audit`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The node that holds the lease; null before the first.
    pub holder: Option<Uuid>,
    /// When another node may take over.
    pub leased_until: Option<DateTimeUtc>,
    /// Last place given.
    pub position: i64,
    /// Root there.
    pub root: Vec<u8>,
    /// Every entry up to this `seq` has its place.
    pub settled: i64,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
