//! Table `file` (ARC-8). What hangs on an archive falls under LKP, its name included.

use rules::vocabulary::FileScan;
use sea_orm::entity::prelude::*;

/// A file that hangs on an object.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "file")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Table of the object that it hangs on.
    pub object_kind: String,
    /// The object.
    pub object_id: Uuid,
    /// The row that the policy speaks of: the object itself, or the customer whose archive it is in.
    pub holder_id: Uuid,
    /// Name, without folders; empty once erased.
    pub name: String,
    /// Media type, found out from the content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Hash of the content, hexadecimal, under which it is kept; null once erased.
    pub sha256: Option<String>,
    /// Whether it was scanned for viruses.
    pub scan: FileScan,
    /// Who added it.
    pub added_by: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it was voided; null while valid.
    pub voided_at: Option<DateTimeUtc>,
    /// Why it was voided.
    pub void_reason: Option<String>,
    /// When its content and name were erased; null while there.
    pub erased_at: Option<DateTimeUtc>,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
