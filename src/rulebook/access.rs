//! Who may see, draft, weigh and approve a revision of the rulebook (RUL-3, RUL-5).
//!
//! Pitfall: who drafts is settled by where a person belongs, not by where a role reaches, so it is never delegated.

use rules::vocabulary::{ReadingBasis, RevisionState};
use sea_query::{Alias, Expr, ExprTrait as _, Query};
use uuid::Uuid;

use crate::access::{Approvable, Ask, Catalogue, Cond, Kind, Scope, Table};

/// Object of the policy.
pub(super) const REVISION: &str = "rulebook-revision";
/// Kind and table.
pub(super) const KIND: &str = "rulebook_revision";

/// What the policy knows of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFacts {
    /// The departments that interpret its regulation.
    pub interpreters: Vec<Uuid>,
    /// Who drafts it.
    pub drafted_by: Uuid,
    /// Whether it was approved.
    pub approved: bool,
    /// Whether the governing body decides, because every general manager is a party.
    pub for_governing_body: bool,
}

// Readings of revisions are of no archive: the basis is never logged.
const BASIS: &str = ReadingBasis::DepartmentManager.as_str();

/// Declares kind, scopes and actions.
pub(super) fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: KIND,
        scopes: scopes(),
        amount: None,
    });
    for action in ["read", "draft", "submit", "withdraw", "weigh", "approve"] {
        catalogue.action(REVISION, action, KIND, None);
    }
    catalogue.approvable(Approvable {
        kind: KIND,
        prefix: "revision",
        read: (REVISION, "read"),
        decide: &[(REVISION, "approve")],
    });
}

fn scopes() -> Vec<Scope> {
    vec![
        Scope::any(BASIS),
        Scope::new::<RevisionFacts>(
            "interpreting-department",
            BASIS,
            "revisions of regulations that one's own department interprets",
            interprets,
            interpreted,
        ),
        Scope::new::<RevisionFacts>(
            "own-draft",
            BASIS,
            "revisions that one drafted, of regulations that one's own department interprets",
            |ask, facts| interprets(ask, facts) && facts.drafted_by == ask.persona.person,
            |ask, table| {
                let own = Cond::When(table.col("drafted_by").eq(ask.persona.person));
                interpreted(ask, table).and(own)
            },
        ),
        Scope::new::<RevisionFacts>(
            "approved",
            BASIS,
            "approved revisions",
            |_, facts| facts.approved,
            |_, table| Cond::When(table.col("state").eq(RevisionState::Approved.as_str())),
        ),
        Scope::new::<RevisionFacts>(
            "for-governing-body",
            BASIS,
            "revisions to which every general manager is a party",
            |_, facts| facts.for_governing_body,
            |_, table| Cond::When(table.col("for_governing_body").eq(true)),
        ),
    ]
}

fn interprets(ask: &Ask<'_>, facts: &RevisionFacts) -> bool {
    ask.persona.delegation.is_none() && facts.interpreters.contains(&ask.subject.department)
}

fn interpreted(ask: &Ask<'_>, table: &Table) -> Cond {
    if ask.persona.delegation.is_some() {
        return Cond::Never;
    }
    let own = Table::named("interpreter");
    let mut query = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new("department"), own.iden())
        .and_where(own.col("id").eq(ask.subject.department))
        .and_where(own.col("kind").eq(table.col("interpreted_by")));
    Cond::exists(query)
}
