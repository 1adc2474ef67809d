//! Table `customer` (ARC-1 to ARC-4). The columns `card_name`, `card_category`, `card_grade` and
//! `card_owner_id` are computed by the database (ARC-9) and are left out here: only the read graph
//! reads them.

use rules::vocabulary::{
    ArchiveState, CustomerCategory, CustomerGrade, CustomerKind, CustomerSource, CustomerStanding,
    FilingState,
};
use sea_orm::entity::prelude::*;

/// A customer and the head of its one archive (ARC-1 to ARC-4).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Archive number, unique (ARC-2).
    pub number: String,
    /// `COMPANY` or `PERSON`; a person's card is masked (ARC-9).
    pub kind: CustomerKind,
    /// Whether it buys, intends to buy or uses (ARC-1).
    pub standing: CustomerStanding,
    /// Name as written.
    pub name: String,
    /// Name normalised for finding duplicates (ARC-2).
    pub name_normalised: String,
    /// Category (ARC-4).
    pub category: CustomerCategory,
    /// Grade (INF-2); null while ungraded.
    pub grade: Option<CustomerGrade>,
    /// Department whose customer it is (ARC-3).
    pub department_id: Uuid,
    /// Owning salesperson (ARC-3); null while nobody owns it.
    pub owner_id: Option<Uuid>,
    /// Unified social credit code (ARC-3), unique: the same code is a certain duplicate (ARC-2).
    pub credit_code: Option<String>,
    /// Enterprise nature 企业性质 (ARC-3).
    pub enterprise_nature: Option<String>,
    /// Supervising unit 主管单位 (ARC-3).
    pub supervising_unit: Option<String>,
    /// Where it came from (ARC-3, INF-1).
    pub source: Option<CustomerSource>,
    /// Day of first contact (ARC-3), which starts the filing clock (FIL-1).
    pub first_contact_on: Option<Date>,
    /// How far the archive's review has come (ARC-5).
    pub archive_state: ArchiveState,
    /// Day it was archived (ARC-5).
    pub archived_on: Option<Date>,
    /// How far its filing with marketing has come (FIL-1, FIL-3).
    pub filing_state: FilingState,
    /// Day the filing was handed in (FIL-1).
    pub filed_on: Option<Date>,
    /// The company's own fields (ARC-3), an object.
    #[sea_orm(column_type = "JsonBinary")]
    pub custom: Json,
    /// Why it was entered despite a likely duplicate (ARC-2).
    pub duplicate_reason: Option<String>,
    /// Who entered it.
    pub entered_by: Option<Uuid>,
    /// Import that entered it; null when entered by hand.
    pub import_id: Option<Uuid>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// Raised by one with each change; a command names the version it saw.
    pub version: i32,
    /// Pinyin key of the name as the directory card shows it (ARC-9), masked names included.
    pub card_name_key: String,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
