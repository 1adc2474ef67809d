//! Table `file_blob`. A row stands before its content does, so that none is in the store that no row tells of.

use sea_orm::entity::prelude::*;

/// A content in the store of files, kept once however many files have it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "file_blob")]
pub struct Model {
    /// Hash of the content, hexadecimal; key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// When it was last uploaded; one that no file has is removed a day after.
    pub touched_at: DateTimeUtc,
}

/// None: nothing of it is read but by its key.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
