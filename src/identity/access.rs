//! Who may do what with accounts, sessions and API keys (ORG-3, ORG-7).
//!
//! Pitfall: all three are asked about as the account they belong to; a delegate never reaches the delegator's account,
//! so `own` looks at the person who acts and not at whose rights are used.

use sea_query::ExprTrait as _;
use uuid::Uuid;

use crate::access::{Catalogue, Cond, Kind, Scope};

/// What the policy knows of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// Whose it is.
    pub employee: Uuid,
}

/// Declares kinds and actions.
pub(super) fn access(catalogue: &mut Catalogue) {
    let own = Scope::new::<AccountFacts>(
        "own",
        "",
        "the person's own account",
        |ask, account| account.employee == ask.subject.employee,
        |ask, table| Cond::When(table.col("employee_id").eq(ask.subject.employee)),
    );
    catalogue.kind(Kind {
        name: "account",
        scopes: vec![Scope::any(""), own],
        amount: None,
    });
    catalogue.action("account", "read", "account", None);
    catalogue.action("account", "administer", "account", None);
    catalogue.action("session", "read", "account", None);
    catalogue.action("session", "revoke", "account", None);
    catalogue.action("api-key", "read", "account", None);
    catalogue.action("api-key", "create", "account", None);
    catalogue.action("api-key", "revoke", "account", None);
}
