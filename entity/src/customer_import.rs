//! Table `customer_import`. The same file again changes nothing: unchanged rows are counted, not
//! written.

use sea_orm::entity::prelude::*;

/// One run of the import of customers.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_import")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// File's name without its folder.
    pub file_name: String,
    /// SHA-256 of the file, hexadecimal.
    pub file_hash: String,
    /// Who imported.
    pub actor_id: Uuid,
    /// When it began.
    pub started_at: DateTimeUtc,
    /// When it ended; null while running or broken off.
    pub finished_at: Option<DateTimeUtc>,
    /// Rows read.
    pub rows: i32,
    /// Rows that became customers.
    pub entered: i32,
    /// Rows already there.
    pub unchanged: i32,
    /// Rows refused, each with its reason in the report.
    pub refused: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
