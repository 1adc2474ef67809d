//! Whose access may be explained to whom: anybody's to auditors (ORG-3).

use crate::access::Catalogue;

/// Declares the action, on the employee whose access it is.
pub(super) fn declare(catalogue: &mut Catalogue) {
    catalogue.action("access", "explain", "employee", None);
}
