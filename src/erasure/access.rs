//! Who may record, read, weigh and decide erasures, and place legal holds (PIP-1, PIP-2, PIP-4).

use rules::vocabulary::ErasureState;
use sea_query::ExprTrait as _;
use uuid::Uuid;

use super::{HOLD, KIND};
use crate::access::{Approvable, Catalogue, Cond, Kind, Scope};

/// Object of the policy: an erasure.
pub(super) const ERASURE: &str = "erasure";
/// Object of the policy: a legal hold.
pub(super) const LEGAL_HOLD: &str = "legal-hold";

/// What the policy knows of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureFacts {
    /// Who recorded it; nobody for a proposal.
    pub requested_by: Option<Uuid>,
    /// Whether it is a proposal that nobody took up yet (PIP-5).
    pub proposed: bool,
}

/// Declares kinds, scopes and actions.
pub(super) fn declare(catalogue: &mut Catalogue) {
    // Readings of erasures are of no archive, so there is no ground to name.
    let own = Scope::new::<ErasureFacts>(
        "own",
        "",
        "erasures that one recorded oneself",
        |ask, facts| facts.requested_by == Some(ask.persona.person),
        |ask, table| Cond::When(table.col("requested_by").eq(ask.persona.person)),
    );
    let proposed = Scope::new::<ErasureFacts>(
        "proposed",
        "",
        "erasures that were proposed because a retention period is over",
        |_, facts| facts.proposed,
        |_, table| Cond::When(table.col("state").eq(ErasureState::Proposed.as_str())),
    );
    catalogue.kind(Kind {
        name: KIND,
        scopes: vec![Scope::any(""), own, proposed],
        amount: None,
    });
    for action in ["read", "request", "submit", "withdraw", "weigh", "decide"] {
        catalogue.action(ERASURE, action, KIND, None);
    }
    catalogue.approvable(Approvable {
        kind: KIND,
        prefix: KIND,
        read: (ERASURE, "read"),
        decide: &[(ERASURE, "decide")],
    });
    catalogue.kind(Kind {
        name: HOLD,
        scopes: vec![Scope::any("")],
        amount: None,
    });
    for action in ["read", "place", "lift"] {
        catalogue.action(LEGAL_HOLD, action, HOLD, None);
    }
}
