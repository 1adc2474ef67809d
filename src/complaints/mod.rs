//! Customer complaints up to their decision (CMP-1 to CMP-3, CMP-11): filed with a number and its facts, proposed,
//! decided by whom the amount says, sent back, withdrawn, voided; and the form of the decided one (CMP-12).
//!
//! Table `complaint`; uses [`crate::approvals`] for the decision. The stations of CMP-6 between filing and decision are
//! not here. Pitfall: the amount counts as it stands at decision, but the brackets are those of the day of filing
//! (`rulebook_on`, RUL-4).

use rules::kit::clause::Clause;

mod access;
mod api;
mod closing;
mod commands;
mod decisions;
mod graph;
mod queries;
mod weigh;

use crate::erasure::{Column, Hangs, Trace};
use crate::features::Feature;

pub use access::ComplaintFacts;
pub use weigh::Brackets;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    subscriptions: graph::subscriptions,
    facts: queries::loaders,
    deciders: api::deciders,
    forms: &[closing::CLOSING],
    traces: &[TRACE],
    ..Feature::NOTHING
};

/// What a complaint holds of its customer, where that is a natural person.
const TRACE: Trace = Trace {
    open: Some(("state", &["FILED", "FOR_DECISION", "SENT_BACK"])),
    kept: Some(("erasure.kept.complaint", "shipped_on")),
    active: Some("updated_at"),
    ..Trace::new(
        "complaint",
        &[Hangs::On("customer_id", "customer")],
        &[
            Column::stub("order_number").free(),
            Column::stub("demand").free(),
            Column::stub("reason").free(),
            Column::stub("sample_description").free(),
            Column::stub("opinion").free(),
            Column::null("proposal").free(),
            Column::null("decision").free(),
            Column::null("void_reason").free(),
        ],
    )
};

/// Who decides (CMP-11).
const CMP_11: Clause = Clause("CMP-11");
