//! Table `audit_entry`. Only ever added, in the transaction of the change itself; its place in the order of all entries is
//! given afterwards, in `audit_chain`. What may be personal lies in `audit_detail` and `history`.

use rules::vocabulary::{AuditPart, Role};
use sea_orm::entity::prelude::*;

/// An entry of the audit log: who did what, in which role, for whom, under which rule.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Raised by the database from entry to entry, with gaps; left out when inserting.
    pub seq: i64,
    /// When.
    pub at: DateTimeUtc,
    /// Request, import run, job run or command it was part of.
    pub request_id: String,
    /// What kind of undertaking that was.
    pub part: AuditPart,
    /// Who; null for the system before anybody is known.
    pub actor_id: Option<Uuid>,
    /// Role acted in (ORG-3).
    pub role: Option<Role>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub acted_for: Option<Uuid>,
    /// Kind of object; a table's name for business rows.
    pub object_kind: String,
    /// The object; null when the act has none.
    pub object_id: Option<Uuid>,
    /// What was done, in the command's own word.
    pub verb: String,
    /// Rule it rests on; null when none does.
    pub clause: Option<String>,
    /// Salted hash of its `audit_detail`; null when it has none.
    pub detail_hash: Option<Vec<u8>>,
    /// Hash of its rows of `history`; null when it changed none.
    pub changes_hash: Option<Vec<u8>>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
