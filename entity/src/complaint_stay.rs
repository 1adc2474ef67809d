//! Table `complaint_stay`: a complaint's stays at its stations, in order (CMP-6). What a department finds out there stands
//! in the complaint itself.

use rules::vocabulary::{Station, StayOutcome};
use sea_orm::entity::prelude::*;

/// A complaint at a station, from its receipt until it goes on or back (CMP-6).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_stay")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The complaint.
    pub complaint_id: Uuid,
    /// Order within the complaint's course, from 1.
    pub position: i32,
    /// The station.
    pub station: Station,
    /// The department that has it; null where the station is the same for the whole company.
    pub department_id: Option<Uuid>,
    /// Its clock (CMP-19), shared by stations that count within the one before; null where none runs.
    pub obligation_id: Option<Uuid>,
    /// When it was received.
    pub received_at: DateTimeUtc,
    /// When it left; null while it is there.
    pub left_at: Option<DateTimeUtc>,
    /// How it left; null while it is there.
    pub outcome: Option<StayOutcome>,
    /// Where it went; null while it is there, and where its course ended.
    pub sent_to: Option<Station>,
    /// The opinion given there, or the reason of sending back.
    pub opinion: Option<String>,
    /// Who let it go on or back.
    pub taken_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub taken_for: Option<Uuid>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
