//! Table `form_copy`. Which department got which copy of a form, and who recorded its receipt (CMP-12).

use rules::vocabulary::DepartmentKind;
use sea_orm::entity::prelude::*;

/// A copy of a form.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "form_copy")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The form.
    pub form_id: Uuid,
    /// Which copy it is, from 1; the same for several departments of one kind.
    pub ordinal: i32,
    /// The kind of department that it is for (ORG-1).
    pub department_kind: DepartmentKind,
    /// The department; null where the company had none of the kind.
    pub department_id: Option<Uuid>,
    /// When it was sent.
    pub sent_at: DateTimeUtc,
    /// When its receipt was recorded; null before.
    pub received_at: Option<DateTimeUtc>,
    /// Who recorded it.
    pub received_by: Option<Uuid>,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
