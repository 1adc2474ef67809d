//! Table `archive_reading` (LKP-5). Written before the answer leaves. No foreign keys: a reader
//! must not wait for somebody who is changing the customer.

use rules::vocabulary::ReadingBasis;
use sea_orm::entity::prelude::*;

/// A reading of an archive (LKP-5).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "archive_reading")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub read_at: DateTimeUtc,
    /// Customer whose archive was read.
    pub customer_id: Uuid,
    /// Who read.
    pub reader_id: Uuid,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub reader_for: Option<Uuid>,
    /// Sections read, a bit mask.
    pub sections: i32,
    /// On what basis (LKP-5).
    pub basis: ReadingBasis,
    /// Grant it rested on; null on any other basis.
    pub grant_id: Option<Uuid>,
    /// Request of the API it was part of.
    pub request_id: String,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
