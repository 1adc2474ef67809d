//! Table `form`. A numbered document; what it says is never changed, a correction is another form (CMP-12).

use rules::vocabulary::FormCode;
use sea_orm::entity::prelude::*;

/// A numbered document about an object.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "form")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which form it is.
    pub code: FormCode,
    /// Its number, unique among forms of the code; kept when it is voided.
    pub number: String,
    /// Number of the clause that asks for it.
    pub clause: String,
    /// Kind of the object that it is about, as the object's table.
    pub subject_kind: String,
    /// The object.
    pub subject_id: Uuid,
    /// What it says: labelled lines.
    #[sea_orm(column_type = "JsonBinary")]
    pub content: Json,
    /// The form that it replaces; null for a first one.
    pub replaces_id: Option<Uuid>,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// Who issued it; null for a job.
    pub issued_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub issued_for: Option<Uuid>,
    /// When it was voided; null while it counts.
    pub voided_at: Option<DateTimeUtc>,
    /// Who voided it.
    pub voided_by: Option<Uuid>,
    /// Why it was voided.
    pub void_reason: Option<String>,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
