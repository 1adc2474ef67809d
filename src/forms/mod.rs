//! Forms: numbered documents about an object, with copies and their receipts (CMP-12).
//!
//! Tables `form` and `form_copy`. A feature whose regulation asks for a form declares it in `forms` of its `FEATURE`: how
//! it is numbered, which departments get a copy, who may read it (whoever reads its object), and how its lines are made
//! of the object ([`FormKind::compose`]). It calls [`issue`] in the command that makes the form due, inside its own
//! [`crate::work::Work`]. What a form says is never changed: a correction is another form with a number of its own that
//! replaces it, and the first stays, voided, with its number. Pitfall: a number is drawn last before the insert, because
//! the series stays locked until the transaction ends.

mod access;
mod api;
mod commands;
mod content;
mod graph;
mod queries;

use futures_util::future::BoxFuture;
use rules::kit::clause::Clause;
use rules::kit::numbering::Numbering;
use rules::vocabulary::{DepartmentKind, FormCode};
use uuid::Uuid;

use crate::erasure::{Becomes, Column, Hangs, Trace};
use crate::features::{Feature, LIST};
use crate::work::{Done, Work};

pub use access::{CopyFacts, FormFacts};
pub use commands::issue;
pub use content::Line;

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    facts: queries::loaders,
    traces: &[Trace::new(
        "form",
        &[Hangs::OnAny("subject_kind", "subject_id")],
        &[
            Column::new("content", Becomes::Document).free(),
            Column::null("void_reason").free(),
        ],
    )],
    ..Feature::NOTHING
};

/// A form as its feature declares it.
pub struct FormKind {
    /// Which form it is; its title is the code's label.
    pub code: FormCode,
    /// The clause that asks for it.
    pub clause: Clause,
    /// How its numbers are made.
    pub numbering: Numbering,
    /// Kind and table of the objects that it is about.
    pub subject: &'static str,
    /// Object·action of reading such an object: who reads the object reads its forms.
    pub read: (&'static str, &'static str),
    /// The kinds of department that get a copy, the first copy first.
    pub copies: &'static [DepartmentKind],
    /// Makes what the form says of the object as it is now.
    pub compose: Compose,
}

/// Makes what a form says of an object.
pub type Compose = for<'a, 'w> fn(&'a Work<'w>, Uuid) -> BoxFuture<'a, Done<Composed>>;

/// What a form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The department that handles the object, whose own copies are not sent to others of its kind.
    pub handling: Option<Uuid>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
}

/// Every form that a feature declares.
fn kinds() -> impl Iterator<Item = &'static FormKind> {
    LIST.iter().flat_map(|feature| feature.forms)
}
