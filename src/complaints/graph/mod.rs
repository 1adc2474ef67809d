//! What can be read of complaints.
//!
//! Pitfall: a complaint falls under `complaint · read` as a whole; the customer behind it is only the directory card.

use rules::vocabulary::{ComplaintClass, ComplaintState, DemandKind, Market};

mod actions;
mod conclusion;
mod course;
mod findings;

use super::access::COMPLAINT;
use crate::graph::{Gate, Graph, Kind, RootRead};
use crate::live::Subscriptions;

const READ: Gate = Gate::new(COMPLAINT, "read");

/// Declares what of complaints can be followed.
pub fn subscriptions(subscriptions: &mut Subscriptions) {
    subscriptions.object(
        "complaintChanged",
        "Complaint",
        "complaint",
        "A complaint each time what is selected of it has changed.",
    );
}

/// Declares complaints.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<ComplaintClass>();
    graph.vocabulary::<Market>();
    graph.vocabulary::<DemandKind>();
    graph.vocabulary::<ComplaintState>();
    course::declare(graph);
    conclusion::declare(graph);
    let complaint = graph.table(
        "Complaint",
        "complaint",
        "complaint",
        Some(READ),
        "A customer's complaint (CMP-1 to CMP-3) and what was decided on it (CMP-11). Seen by who filed it, the customer's \
         owners, the department, the management and the departments that get a copy (CMP-12).",
    );
    let complaint = &mut { complaint };
    complaint
        .voidable()
        .column(
            "number",
            "number",
            Kind::Text,
            "Number: year, month and serial, such as `26-11-01` (CMP-2).",
        )
        .filter()
        .order()
        .always_one(
            "customer",
            "Customer",
            "customer_id",
            "The customer who complains: the directory card (ARC-9).",
        )
        .filter()
        .order()
        .group()
        .always_one(
            "department",
            "Department",
            "department_id",
            "The business department that handles it.",
        )
        .filter()
        .order()
        .group()
        .always_one("filedBy", "Employee", "filed_by", "Who filed it.")
        .filter()
        .order()
        .group()
        .column(
            "class",
            "class",
            Kind::Enum("ComplaintClass"),
            "Whether it is about quality (CMP-1).",
        )
        .filter()
        .group()
        .column(
            "market",
            "market",
            Kind::Enum("Market"),
            "Where the customer is.",
        )
        .filter()
        .group()
        .column(
            "orderNumber",
            "order_number",
            Kind::Text,
            "Order number (CMP-3).",
        )
        .filter()
        .column(
            "partNumber",
            "part_number",
            Kind::Text,
            "Part number 料号 (CMP-3).",
        )
        .filter()
        .group()
        .column(
            "shippedOn",
            "shipped_on",
            Kind::Date,
            "Day of shipment (CMP-3).",
        )
        .filter()
        .order()
        .group()
        .measure()
        .column(
            "quantity",
            "quantity",
            Kind::Count,
            "Pieces shipped (CMP-3).",
        )
        .measure()
        .optional(
            "defectiveQuantity",
            "defective_quantity",
            Kind::Count,
            "Defective pieces (CMP-3); null while it is not known.",
        )
        .measure()
        .column(
            "demandKind",
            "demand_kind",
            Kind::Enum("DemandKind"),
            "What the customer demands (CMP-3).",
        )
        .filter()
        .group()
        .column(
            "demand",
            "demand",
            Kind::Text,
            "The demand in words (CMP-3).",
        )
        .column(
            "reason",
            "reason",
            Kind::Text,
            "The customer's reason (CMP-3).",
        )
        .column(
            "sampleDescription",
            "sample_description",
            Kind::Text,
            "The samples, described (CMP-3).",
        )
        .column(
            "opinion",
            "opinion",
            Kind::Text,
            "Opinion of the business staff on filing (CMP-3).",
        );
    findings::declare(complaint);
    conclusion::fields(complaint);
    complaint
        .column(
            "compensation",
            "compensation_fen",
            Kind::Money,
            "Compensation proposed, CNY (CMP-11).",
        )
        .measure()
        .column(
            "allowance",
            "allowance_fen",
            Kind::Money,
            "Allowance proposed, CNY (CMP-11).",
        )
        .measure()
        .column(
            "goodsValue",
            "goods_value_fen",
            Kind::Money,
            "Full selling value of goods to be returned or replaced, CNY (CMP-11).",
        )
        .measure()
        .column(
            "rework",
            "rework_fen",
            Kind::Money,
            "Cost of rework, CNY (CMP-11).",
        )
        .measure()
        .column(
            "amount",
            "amount_fen",
            Kind::Money,
            "Complaint amount, CNY: the sum of the four; says who decides (CMP-11).",
        )
        .filter()
        .order()
        .measure()
        .optional(
            "proposal",
            "proposal",
            Kind::Text,
            "What business proposes; null before there is a proposal.",
        )
        .column(
            "state",
            "state",
            Kind::Enum("ComplaintState"),
            "How far it has come.",
        )
        .filter()
        .order()
        .group()
        .column(
            "rulebookOn",
            "rulebook_on",
            Kind::Date,
            "Day of filing, whose brackets count (RUL-4).",
        )
        .filter()
        .group()
        .one(
            "approval",
            "Approval",
            "approval_id",
            "The case put before the deciders, with its trail; null before there is a proposal.",
        )
        .optional(
            "decidedAt",
            "decided_at",
            Kind::Instant,
            "When it was decided; null before.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .one(
            "decidedBy",
            "Employee",
            "decided_by",
            "Who decided (CMP-11); null before.",
        )
        .filter()
        .order()
        .group()
        .one(
            "decidedFor",
            "Employee",
            "decided_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
        )
        .optional(
            "decision",
            "decision",
            Kind::Text,
            "The decision in words; null before.",
        )
        .optional(
            "voidedAt",
            "voided_at",
            Kind::Instant,
            "When it was voided; null while it is valid.",
        )
        .filter()
        .optional(
            "voidReason",
            "void_reason",
            Kind::Text,
            "Why it was voided; null while it is valid.",
        )
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When it was filed.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .column(
            "updatedAt",
            "updated_at",
            Kind::Instant,
            "When it last changed.",
        )
        .filter()
        .order()
        .column(
            "version",
            "version",
            Kind::Int,
            "Raised by one with each change; `expectedVersion` of the mutations.",
        )
        .optional(
            "station",
            "station",
            Kind::Enum("Station"),
            "The station where it is (CMP-6); null once it is closed or voided.",
        )
        .filter()
        .group()
        .many(
            "course",
            "ComplaintStay",
            "complaint_id",
            "Its stays at stations, the latest first: who has had it from when to when, and what he said (CMP-6).",
        )
        .filter()
        .one(
            "follows",
            "Complaint",
            "follows_id",
            "The complaint whose conclusion the customer did not accept (CMP-13); null for a first one.",
        )
        .filter()
        .many(
            "followedBy",
            "Complaint",
            "follows_id",
            "Complaints filed because the customer did not accept this one's conclusion (CMP-13).",
        )
        .filter()
        .many(
            "forms",
            "Form",
            "subject_id",
            "Forms about it: the closed form in five copies (CMP-12), once it is decided.",
        )
        .filter()
        .many(
            "files",
            "File",
            "object_id",
            "Files that hang on it: photos of samples, reports (CMP-3, ARC-8).",
        )
        .filter()
        .batched(
            "viewerActions",
            "ViewerAction",
            true,
            false,
            &[],
            actions::actions,
            "What the viewer can do with it now.",
        );
    graph.root(
        "complaint",
        RootRead::ById("Complaint"),
        true,
        "A complaint; null when there is none or it may not be seen.",
    );
    graph.root(
        "complaints",
        RootRead::Connection("Complaint", None),
        false,
        "Complaints that the viewer may see, the newest first.",
    );
    graph.statistics("complaintStatistics", "Complaint");
}
