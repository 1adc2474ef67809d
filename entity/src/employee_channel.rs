//! Table `employee_channel` (ORG-5). A channel that is given up is ended, never removed: old
//! contacts name it.

use rules::vocabulary::ChannelKind;
use sea_orm::entity::prelude::*;

/// A registered company contact channel of an employee (ORG-5).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "employee_channel")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose channel.
    pub employee_id: Uuid,
    /// Phone, QQ, WeChat-work or e-mail (ORG-5).
    pub kind: ChannelKind,
    /// Number or address as registered.
    pub value: String,
    /// When it was registered.
    pub registered_at: DateTimeUtc,
    /// When it was given up; null while in use.
    pub ended_at: Option<DateTimeUtc>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
