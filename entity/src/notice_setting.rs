//! Table `notice_setting`. How a person wants to be told; who has no row gets no mail.

use sea_orm::entity::prelude::*;

/// How a person wants to be told.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_setting")]
pub struct Model {
    /// The employee.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whether notices come by mail too, to the registered address (ORG-5).
    pub by_mail: bool,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
