//! What the departments find out about a complaint at their stations (CMP-21).

use crate::graph::{Building, Kind};

/// Declares the fields.
pub(super) fn declare(complaint: &mut Building<'_>) {
    complaint
        .optional(
            "acceptedAt",
            "accepted_at",
            Kind::Instant,
            "When the general manager's office accepted it, from when the closing limit runs (CMP-18); null before.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .optional(
            "cause",
            "cause",
            Kind::Text,
            "The cause that quality found (CMP-6); null before.",
        )
        .one(
            "responsibleDepartment",
            "Department",
            "responsible_department_id",
            "The department that quality holds responsible (CMP-6); null before.",
        )
        .filter()
        .order()
        .group()
        .column(
            "needsResearch",
            "needs_research",
            Kind::Bool,
            "Whether the fault asks for the opinion of research and development (CMP-6).",
        )
        .filter()
        .group()
        .optional(
            "countermeasures",
            "countermeasures",
            Kind::Text,
            "Countermeasures of the responsible department (CMP-6); null before.",
        )
        .optional(
            "productionUnit",
            "production_unit",
            Kind::Text,
            "The unit that produced the goods (CMP-21); null before it is known.",
        )
        .filter()
        .group()
        .optional(
            "productionShift",
            "production_shift",
            Kind::Text,
            "Its shift 班 (CMP-21); null before it is known.",
        )
        .filter()
        .group()
        .optional(
            "productionPeople",
            "production_people",
            Kind::Text,
            "The people at work then (CMP-21); null before they are known.",
        )
        .optional(
            "producedOn",
            "produced_on",
            Kind::Date,
            "Day of production (CMP-21); null before it is known.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .optional(
            "negotiation",
            "negotiation",
            Kind::Text,
            "What came of negotiating with the customer, without commitment (CMP-7); null before.",
        )
        .optional(
            "summary",
            "summary",
            Kind::Text,
            "Summary opinion of the general manager's office (CMP-8); null before.",
        )
        .optional(
            "result",
            "result",
            Kind::Text,
            "What came of carrying the decision out (CMP-19); null before.",
        )
        .optional(
            "closedAt",
            "closed_at",
            Kind::Instant,
            "When it was closed (CMP-18); null before.",
        )
        .filter()
        .order()
        .group()
        .measure();
}
