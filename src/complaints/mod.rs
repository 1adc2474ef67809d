//! Customer complaints (CMP): filed with a number and
//! its facts, through its stations to a proposal, decided by whom the amount says, carried out and closed; sent back,
//! withdrawn, voided; and the form of the closed one.
//!
//! Tables `complaint`, `complaint_stay`, `complaint_reply`, `complaint_third_party`, `complaint_delay`; uses [`crate::approvals`] from the proposal to the decision and
//! [`crate::obligations`] for the clocks. Pitfall: the amount counts as it stands at decision, but the brackets are those of the day of filing
//! (`rulebook_on`, RUL-4).

use rules::complaints::stations::DUTIES;
use rules::kit::clause::Clause;

mod access;
mod api;
mod closing;
mod commands;
mod conclusion;
mod course;
mod decisions;
mod filing;
mod graph;
mod queries;
mod stations;
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
    duties: &DUTIES,
    forms: &[closing::CLOSING, closing::ABNORMALITY],
    traces: &[TRACE, STAYS, REPLIES, THIRD_PARTIES, DELAYS],
    ..Feature::NOTHING
};

/// What a complaint holds of its customer, where that is a natural person.
const TRACE: Trace = Trace {
    open: Some((
        "state",
        &["FILED", "FOR_DECISION", "SENT_BACK", "REJECTED", "DECIDED"],
    )),
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
            Column::null("cause").free(),
            Column::null("countermeasures").free(),
            Column::null("production_people").free(),
            Column::null("negotiation").free(),
            Column::null("summary").free(),
            Column::null("result").free(),
            Column::null("improvement").free(),
        ],
    )
};

/// What was said of a customer's complaint at its stations.
const STAYS: Trace = Trace::new(
    "complaint_stay",
    &[Hangs::On("complaint_id", "complaint")],
    &[Column::null("opinion").free()],
);

/// What the customer was told.
const REPLIES: Trace = Trace::new(
    "complaint_reply",
    &[Hangs::On("complaint_id", "complaint")],
    &[Column::stub("body").free()],
);

/// What a third party has to do with a customer's complaint.
const THIRD_PARTIES: Trace = Trace::new(
    "complaint_third_party",
    &[Hangs::On("complaint_id", "complaint")],
    &[
        Column::stub("part").free(),
        Column::null("claim_note").free(),
    ],
);

/// Why departments were late with a customer's complaint.
const DELAYS: Trace = Trace::new(
    "complaint_delay",
    &[Hangs::On("complaint_id", "complaint")],
    &[Column::stub("reason").free()],
);

/// Who decides (CMP-11).
const CMP_11: Clause = Clause("CMP-11");
