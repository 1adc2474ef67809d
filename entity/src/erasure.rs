//! Table `erasure` (PIP-1 to PIP-6): requests to erase a person's data, and the stubs of those that were carried out.

use rules::vocabulary::{ErasureOrigin, ErasureState};
use sea_orm::entity::prelude::*;

/// An erasure of a person's data, from request or proposal to the stub that stays.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its number, like `NM2026-00001`.
    pub number: String,
    /// Table of the person's row.
    pub subject_kind: String,
    /// The person's row, which need not be there in a database that was restored.
    pub subject_id: Uuid,
    /// How it came up.
    pub origin: ErasureOrigin,
    /// Day on which the person asked, or the retention period was found to be over.
    pub asked_on: Date,
    /// What else was recorded of it; erased with the rest.
    pub note: Option<String>,
    /// Who recorded it; null for a proposal nobody took up, and for one carried out again after a restore.
    pub requested_by: Option<Uuid>,
    /// How far it has come.
    pub state: ErasureState,
    /// Day whose rulebook it keeps (RUL-4).
    pub rulebook_on: Date,
    /// The approval that decides it.
    pub approval_id: Option<Uuid>,
    /// The obligation to answer in time.
    pub obligation_id: Option<Uuid>,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// Whose right he used, where it was delegated (ORG-4).
    pub decided_for: Option<Uuid>,
    /// What he said with it; erased with the rest.
    pub decision_reason: Option<String>,
    /// When everything was made anonymous.
    pub executed_at: Option<DateTimeUtc>,
    /// When it was last carried out again after a restore.
    pub replayed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
