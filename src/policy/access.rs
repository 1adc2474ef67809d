//! Who may read the policy, and draft, weigh and approve a change of it (ORG-3).

use sea_query::ExprTrait as _;
use uuid::Uuid;

use crate::access::{Approvable, Catalogue, Cond, Kind, Scope};

/// Object of the policy: a change of it.
pub(super) const CHANGE: &str = "policy-change";
/// Object of the policy: its rows.
pub(super) const ROW: &str = "policy-row";
/// Kind and table of changes.
pub(super) const KIND: &str = "policy_change";
/// Kind and table of rows.
pub(super) const ROW_KIND: &str = "policy_row";

/// What the policy knows of a change of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFacts {
    /// Who drafts it.
    pub drafted_by: Uuid,
}

/// Declares kinds, scopes and actions.
pub(super) fn declare(catalogue: &mut Catalogue) {
    // Readings of the policy are of no archive, so there is no ground to name.
    catalogue.kind(Kind {
        name: ROW_KIND,
        scopes: vec![Scope::any("")],
        amount: None,
    });
    catalogue.action(ROW, "read", ROW_KIND, None);
    let own = Scope::new::<ChangeFacts>(
        "own",
        "",
        "changes that one drafts oneself",
        |ask, facts| facts.drafted_by == ask.persona.person,
        |ask, table| Cond::When(table.col("drafted_by").eq(ask.persona.person)),
    );
    catalogue.kind(Kind {
        name: KIND,
        scopes: vec![Scope::any(""), own],
        amount: None,
    });
    for action in ["read", "draft", "submit", "withdraw", "weigh", "approve"] {
        catalogue.action(CHANGE, action, KIND, None);
    }
    catalogue.approvable(Approvable {
        kind: KIND,
        prefix: "policychange",
        read: (CHANGE, "read"),
        decide: &[(CHANGE, "approve")],
    });
}
