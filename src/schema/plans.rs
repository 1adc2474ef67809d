//! Plans of queries and of mutations' payloads, kept for whoever asks the same in the same roles.
//!
//! A plan depends on the document, the form of its variables and of whoever looks ([`Cast`]), the policy and the rulebook;
//! it is made for a stand-in and filled in for each request. Where it can't be, it serves one request: then it is noted
//! that it can't.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rules::rulebook::Rulebook;

use crate::access::{DecisionTable, Viewer};
use crate::graph::{Operation, Payload};

/// Plans kept at most; all are let go when there would be more.
const MOST: usize = 1024;

/// The plans of a process.
#[derive(Default)]
pub(super) struct Plans(RwLock<Kept>);

#[derive(Default)]
struct Kept {
    /// Policy and rulebook that the plans were made under.
    under: Option<(Arc<DecisionTable>, Arc<Rulebook>)>,
    plans: HashMap<Vec<u8>, Plan>,
}

/// What is known under a key.
#[derive(Clone)]
pub(super) enum Plan {
    /// The plan of a query.
    Shared(Arc<Operation>),
    /// The plan of a mutation's payload.
    Payload(Arc<Payload>),
    /// Each request needs one of its own.
    Single,
}

impl Kept {
    fn is_under(&self, viewer: &Viewer) -> bool {
        self.under.as_ref().is_some_and(|(table, rulebook)| {
            Arc::ptr_eq(table, &viewer.table) && Arc::ptr_eq(rulebook, &viewer.rulebook)
        })
    }
}

impl Plans {
    /// What is known under a key, under the policy and rulebook of this viewer.
    pub(super) fn get(&self, viewer: &Viewer, key: &[u8]) -> Option<Plan> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.plans
            .get(key)
            .filter(|_| kept.is_under(viewer))
            .cloned()
    }

    /// Keeps it.
    pub(super) fn keep(&self, viewer: &Viewer, key: Vec<u8>, plan: Plan) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_under(viewer) {
            kept.plans.clear();
            kept.under = Some((viewer.table.clone(), viewer.rulebook.clone()));
        }
        if kept.plans.len() >= MOST {
            kept.plans.clear();
        }
        kept.plans.insert(key, plan);
    }
}
