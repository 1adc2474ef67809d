//! What can be read of complaints.
//!
//! Pitfall: a complaint falls under `complaint · read` as a whole; the customer behind it is only the directory card.

use rules::vocabulary::{ComplaintClass, ComplaintState, DemandKind, Market};
use uuid::Uuid;

use super::access::{COMPLAINT, ComplaintFacts};
use super::queries::owners_of;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::viewer::viewer_actions;

const READ: Gate = Gate::new(COMPLAINT, "read");

/// Declares complaints.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<ComplaintClass>();
    graph.vocabulary::<Market>();
    graph.vocabulary::<DemandKind>();
    graph.vocabulary::<ComplaintState>();
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
        .always_one(
            "department",
            "Department",
            "department_id",
            "The business department that handles it.",
        )
        .filter()
        .always_one("filedBy", "Employee", "filed_by", "Who filed it.")
        .filter()
        .column(
            "class",
            "class",
            Kind::Enum("ComplaintClass"),
            "Whether it is about quality (CMP-1).",
        )
        .filter()
        .column(
            "market",
            "market",
            Kind::Enum("Market"),
            "Where the customer is.",
        )
        .filter()
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
        .column(
            "shippedOn",
            "shipped_on",
            Kind::Date,
            "Day of shipment (CMP-3).",
        )
        .filter()
        .order()
        .column(
            "quantity",
            "quantity",
            Kind::Count,
            "Pieces shipped (CMP-3).",
        )
        .optional(
            "defectiveQuantity",
            "defective_quantity",
            Kind::Count,
            "Defective pieces (CMP-3); null while it is not known.",
        )
        .column(
            "demandKind",
            "demand_kind",
            Kind::Enum("DemandKind"),
            "What the customer demands (CMP-3).",
        )
        .filter()
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
    complaint
        .column(
            "compensation",
            "compensation_fen",
            Kind::Money,
            "Compensation proposed, CNY (CMP-11).",
        )
        .column(
            "allowance",
            "allowance_fen",
            Kind::Money,
            "Allowance proposed, CNY (CMP-11).",
        )
        .column(
            "goodsValue",
            "goods_value_fen",
            Kind::Money,
            "Full selling value of goods to be returned or replaced, CNY (CMP-11).",
        )
        .column(
            "rework",
            "rework_fen",
            Kind::Money,
            "Cost of rework, CNY (CMP-11).",
        )
        .column(
            "amount",
            "amount_fen",
            Kind::Money,
            "Complaint amount, CNY: the sum of the four; says who decides (CMP-11).",
        )
        .filter()
        .order()
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
        .column(
            "rulebookOn",
            "rulebook_on",
            Kind::Date,
            "Day of filing, whose brackets count (RUL-4).",
        )
        .filter()
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
        .one(
            "decidedBy",
            "Employee",
            "decided_by",
            "Who decided (CMP-11); null before.",
        )
        .filter()
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
        .batched(
            "viewerActions",
            "ViewerAction",
            true,
            false,
            &[
                ("customer_id", Kind::Id("")),
                ("department_id", Kind::Id("")),
                ("filed_by", Kind::Id("")),
                ("amount_fen", Kind::Money),
                ("rulebook_on", Kind::Date),
            ],
            actions,
            "What the viewer's roles let him do with it.",
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
}

fn actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    const PAIRS: [(&str, &str); 3] = [
        (COMPLAINT, "propose"),
        (COMPLAINT, "decide"),
        (COMPLAINT, "void"),
    ];
    Box::pin(async move {
        let mut customers: Vec<Uuid> = parents
            .cells
            .iter()
            .filter_map(|cells| id(cells.first()))
            .collect();
        customers.sort_unstable();
        customers.dedup();
        scene.count_statement();
        scene.count_statement();
        let owners = owners_of(&scene.db.read, customers).await?;
        let mut values = Vec::with_capacity(parents.cells.len());
        for cells in &parents.cells {
            values.push(match cells.as_slice() {
                [
                    Cell::Id(customer),
                    Cell::Id(department),
                    Cell::Id(filed_by),
                    Cell::Int(amount),
                    Cell::Date(on),
                ] => {
                    let facts = ComplaintFacts {
                        department: *department,
                        filed_by: *filed_by,
                        customer_owners: owners.get(customer).cloned().unwrap_or_default(),
                        amount: rules::kit::money::Fen::new(*amount),
                        rulebook_on: *on,
                    };
                    viewer_actions(scene, &PAIRS, &facts)?
                }
                _ => serde_json::Value::Array(Vec::new()),
            });
        }
        Ok(Batch::Values(values))
    })
}

fn id(cell: Option<&Cell>) -> Option<Uuid> {
    match cell {
        Some(Cell::Id(id)) => Some(*id),
        _ => None,
    }
}
