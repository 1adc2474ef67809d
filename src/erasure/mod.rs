//! Erasure of people's data, retention periods and legal holds (PIP-1 to PIP-6).
//!
//! Tables `erasure`, `legal_hold`, `retention_look`. A feature that keeps data of natural persons declares them in its
//! entry of `features.rs` ([`Person`]), with the rows that hang on them and what of those is personal ([`Trace`]); the
//! engine here knows no feature. An erasure is recorded, put before the general manager, and carried out in the
//! transaction of his decision. Pitfall: a table that is declared nowhere is not erased; a test holds every column of text
//! to be declared, or listed as not personal.

mod access;
mod against;
mod api;
mod commands;
mod decisions;
mod erase;
mod graph;
mod jobs;
mod ledger;
mod past;
mod person;
mod queries;
mod reach;

use crate::features::Feature;

pub use access::ErasureFacts;
pub use ledger::{Line, Replayed, lines, replay};
pub use person::{Becomes, Column, Hangs, Outside, Person, Trace};
pub use reach::{Reach, persons, traces};

/// Kind, table and id prefix of erasures.
const KIND: &str = "erasure";
/// Kind and table of legal holds.
const HOLD: &str = "legal_hold";
/// Prefix of the ids of legal holds.
const HOLD_PREFIX: &str = "legalhold";

/// What the feature brings.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    facts: queries::loaders,
    duties: &[commands::ANSWER],
    jobs: jobs::JOBS,
    deciders: api::deciders,
    traces: &[
        Trace::new(
            KIND,
            ABOUT,
            &[
                Column::null("note").free(),
                Column::null("decision_reason").free(),
            ],
        ),
        Trace::new(
            HOLD,
            ABOUT,
            &[
                Column::stub("reason").free(),
                Column::null("lift_reason").free(),
            ],
        ),
    ],
    ..Feature::NOTHING
};

const ABOUT: &[Hangs] = &[Hangs::OnAny("subject_kind", "subject_id")];

/// What the command line does with erasures.
pub mod command_line {
    use entity::erasure;
    use rules::vocabulary::ErasureState;
    use sea_orm::sea_query::ExprTrait as _;
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
    use uuid::Uuid;

    use super::decisions::{self, Words};
    use crate::acting::Acting;
    use crate::approvals::Read;
    use crate::kit::error::Result;
    use crate::work::Done;

    /// The erasure that waits for its decision, by its own id or that of its person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting(acting: &Acting, id: Uuid) -> Result<Option<erasure::Model>> {
        let own = erasure::Column::Id.eq(id);
        let found = erasure::Entity::find()
            .filter(own.or(erasure::Column::SubjectId.eq(id)))
            .filter(erasure::Column::State.eq(ErasureState::Requested));
        Ok(found.one(&acting.db.read).await?)
    }

    /// Approves it in the name of whoever acts.
    ///
    /// # Errors
    /// As `erasureDecide`.
    pub async fn approve(acting: &Acting, row: &erasure::Model, reason: &str) -> Done {
        let words = Words {
            erasure: row.id,
            read: Read::Version(row.version),
            said: Some(reason),
            step: None,
        };
        decisions::approve(acting, words).await
    }
}
