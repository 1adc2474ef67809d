//! Who may read the audit log: auditors (ORG-3).

use rules::vocabulary::ReadingBasis;

use crate::access::{Catalogue, Kind, Scope};
use crate::graph::Gate;

/// What whoever reads the log may read: everything that was ever written.
pub const EVERYTHING: Gate = Gate::new("audit", "read");

/// Declares kind, scope and action.
pub(super) fn access(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "audit_entry",
        scopes: vec![Scope::any(ReadingBasis::Audit.as_str())],
        amount: None,
    });
    catalogue.action("audit", "read", "audit_entry", None);
}
