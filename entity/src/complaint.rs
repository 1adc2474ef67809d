//! Table `complaint` (CMP-1 to CMP-3, CMP-6, CMP-11, CMP-21). `amount_fen` is what the proposal gives the
//! customer, the sum of the four amounts before it.

use rules::vocabulary::{ComplaintClass, ComplaintState, DemandKind, Market, Station};
use sea_orm::entity::prelude::*;

/// A customer's complaint (CMP-1 to CMP-3) and what was decided on it (CMP-11).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number such as `26-11-01`, unique and without gaps (CMP-2).
    pub number: String,
    /// Customer who complains.
    pub customer_id: Uuid,
    /// Business department that handles it.
    pub department_id: Uuid,
    /// Who filed it.
    pub filed_by: Uuid,
    /// Quality or not (CMP-1).
    pub class: ComplaintClass,
    /// Domestic or foreign, which the limits of CMP-18 and CMP-19 depend on.
    pub market: Market,
    /// Order number (CMP-3).
    pub order_number: String,
    /// Part number 料号 (CMP-3).
    pub part_number: String,
    /// Day of shipment (CMP-3).
    pub shipped_on: Date,
    /// Quantity shipped (CMP-3).
    pub quantity: i64,
    /// Defective quantity (CMP-3); null while unknown.
    pub defective_quantity: Option<i64>,
    /// What the customer demands (CMP-3).
    pub demand_kind: DemandKind,
    /// The demand in the customer's words (CMP-3).
    pub demand: String,
    /// The customer's reason (CMP-3).
    pub reason: String,
    /// Description of the samples (CMP-3).
    pub sample_description: String,
    /// Opinion of business on filing (CMP-3).
    pub opinion: String,
    /// Compensation in fen (CMP-11).
    pub compensation_fen: i64,
    /// Allowance in fen (CMP-11).
    pub allowance_fen: i64,
    /// Full selling value of goods returned or replaced, in fen (CMP-11).
    pub goods_value_fen: i64,
    /// Rework cost in fen (CMP-11).
    pub rework_fen: i64,
    /// Complaint amount in fen: the sum of the four (CMP-11).
    pub amount_fen: i64,
    /// Proposal of business; null before there is one.
    pub proposal: Option<String>,
    /// How far it has come.
    pub state: ComplaintState,
    /// Day whose rulebook the case keeps (RUL-4).
    pub rulebook_on: Date,
    /// Approval that decides it; null before it is ready for decision.
    pub approval_id: Option<Uuid>,
    /// When it was decided; null before.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided (CMP-11).
    pub decided_by: Option<Uuid>,
    /// For whom, under a delegation (ORG-4); null when in his own right.
    pub decided_for: Option<Uuid>,
    /// The decision's text.
    pub decision: Option<String>,
    /// Why it was voided.
    pub void_reason: Option<String>,
    /// When it was voided; null while valid.
    pub voided_at: Option<DateTimeUtc>,
    /// Where it is (CMP-6); null once it is closed or voided.
    pub station: Option<Station>,
    /// How many stays at stations it has had: rows of `complaint_stay`.
    pub stays: i32,
    /// The complaint whose conclusion the customer did not accept (CMP-13).
    pub follows_id: Option<Uuid>,
    /// When the general manager's office accepted it, from when the closing limit runs (CMP-18).
    pub accepted_at: Option<DateTimeUtc>,
    /// The cause that quality found (CMP-6).
    pub cause: Option<String>,
    /// The department that quality holds responsible (CMP-6).
    pub responsible_department_id: Option<Uuid>,
    /// Whether the fault asks for the opinion of research and development (CMP-6).
    pub needs_research: bool,
    /// The countermeasures of the responsible department (CMP-6).
    pub countermeasures: Option<String>,
    /// The unit that produced the goods (CMP-21).
    pub production_unit: Option<String>,
    /// Its shift 班 (CMP-21).
    pub production_shift: Option<String>,
    /// The people at work (CMP-21).
    pub production_people: Option<String>,
    /// The day of production (CMP-21).
    pub produced_on: Option<Date>,
    /// What came of negotiating with the customer, without commitment (CMP-7).
    pub negotiation: Option<String>,
    /// The summary opinion of the general manager's office (CMP-8).
    pub summary: Option<String>,
    /// Whether the complaint is justified (CMP-9, CMP-17); true until the office's summary says otherwise.
    pub upheld: bool,
    /// Whether the improvement is followed up (CMP-9).
    pub tracked: bool,
    /// The effect of the improvement, as it was confirmed (CMP-21).
    pub improvement: Option<String>,
    /// When that was confirmed.
    pub improved_at: Option<DateTimeUtc>,
    /// Who confirmed it.
    pub improved_by: Option<Uuid>,
    /// What came of carrying the decision out (CMP-19).
    pub result: Option<String>,
    /// When it was closed: carried out (CMP-19).
    pub closed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
