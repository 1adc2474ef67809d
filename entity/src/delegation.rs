//! Table `delegation` (ORG-4). A delegation can't be delegated on: it names an assignment, never
//! another delegation.

use sea_orm::entity::prelude::*;

/// A role handed to another employee for a dated period (ORG-4).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The assignment that is delegated.
    pub assignment_id: Uuid,
    /// Who holds the role.
    pub delegator_id: Uuid,
    /// Who acts under it meanwhile; acts name both people.
    pub delegate_id: Uuid,
    /// From when it holds.
    pub from_at: DateTimeUtc,
    /// When it ends by itself.
    pub until_at: DateTimeUtc,
    /// Highest amount in fen the delegate may decide; null is no bound beyond the role's own.
    pub max_amount_fen: Option<i64>,
    /// Why it was given.
    pub reason: String,
    /// When it was ended before its time; null otherwise.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it was ended early, such as the end of employment (ORG-7).
    pub ended_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
