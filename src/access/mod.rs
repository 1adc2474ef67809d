//! Who may: one policy, written once as rows, used twice — as a decision over plain facts and as an SQL predicate.
//!
//! casbin settles role × object × action into a [`DecisionTable`] when the policy changes; scopes and limits are tested
//! by our own code over that table. A cell keeps **all** its rows: visible = (∨ allow) ∧ ¬(∨ deny), null-safe, and
//! [`Viewer::decide`] is the same formula over [`Scope::holds`]. Pitfall: an amount never enters casbin's matcher.

mod adapter;
mod change;
mod cond;
mod decide;
mod policy;
mod scope;
mod subject;
mod table;
mod visible;

pub use adapter::PolicyTable;
pub use change::RowChange;
pub use cond::{ANY_ROW, Cond, Table, about, all, any};
pub use decide::{Considered, Decision, Outcome};
pub use policy::{Policy, PolicyError, PolicyRow, shipped};
pub use scope::{ActionDef, AmountOf, Approvable, Ask, Attachable, Catalogue, Kind, Scope};
pub use subject::{Hat, Persona, Subject};
pub use table::DecisionTable;
pub use visible::{Visible, Way};

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rules::organisation::Moment;
use rules::rulebook::Rulebook;

/// Somebody who looks or acts, at one instant, under one version of policy and rulebook.
#[derive(Clone)]
pub struct Viewer {
    /// Person and roles.
    pub subject: Arc<Subject>,
    /// The instant that grants, delegations and assignments are held against.
    pub now: DateTime<Utc>,
    /// The day of that instant in the company's zone.
    pub today: NaiveDate,
    /// What may be read and done, with the scopes of every kind.
    pub table: Arc<DecisionTable>,
    /// Values of the rulebook, for limits as of a case's day (RUL-4).
    pub rulebook: Arc<Rulebook>,
}

impl Viewer {
    /// Somebody else, or the same person with other rights, at the same instant under the same policy and rulebook.
    #[must_use]
    pub fn with(&self, subject: Subject) -> Self {
        Self {
            subject: Arc::new(subject),
            ..self.clone()
        }
    }

    /// The same person once for each persona, with the rights of that one alone: own rights first (ORG-4).
    pub fn alone(&self) -> impl Iterator<Item = Self> {
        self.subject.personas.iter().map(|persona| {
            self.with(Subject {
                personas: vec![persona.clone()],
                ..Subject::clone(&self.subject)
            })
        })
    }

    /// The instant with its day, as the rules take it.
    pub fn moment(&self) -> Moment {
        Moment {
            at: self.now,
            on: self.today,
        }
    }
}
