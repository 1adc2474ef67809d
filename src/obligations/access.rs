//! Who sees which obligations.
//!
//! A delegate answers for what the delegated role answers for, not for what the delegator does as a person. Pitfall: nobody acts on an obligation by itself; it moves with the object that it is about, under that object's rules.

use rules::vocabulary::Role;
use sea_query::ExprTrait as _;
use uuid::Uuid;

use crate::access::{Ask, Catalogue, Cond, Hat, Kind, Scope, Subject, Table, any};

/// What the policy knows of an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationFacts {
    /// Who answers for it.
    pub responsible: Option<Uuid>,
    /// The role that answers for it.
    pub responsible_role: Option<Role>,
    /// The role that it was escalated to.
    pub escalated_to: Option<Role>,
    /// Where it lies; `None`: in the whole company.
    pub department: Option<Uuid>,
}

/// Whether a hat reaches where the obligation lies; one of the whole company only from there.
fn reaches(hat: &Hat, department: Option<Uuid>) -> bool {
    match department {
        Some(department) => hat.reaches(department),
        None => hat.within.is_none(),
    }
}

fn within(hat: &Hat, table: &Table) -> Cond {
    match &hat.within {
        None => Cond::Always,
        Some(within) => Cond::When(table.col("department_id").is_in(within.iter().copied())),
    }
}

/// The roles that a person holds, own ones and those delegated to him (ORG-4).
fn hats(subject: &Subject) -> impl Iterator<Item = &Hat> {
    subject.personas.iter().flat_map(|persona| &persona.hats)
}

fn answers(ask: &Ask<'_>, facts: &ObligationFacts) -> bool {
    let roles = [facts.responsible_role, facts.escalated_to];
    let asked = |hat: &Hat| roles.contains(&Some(hat.role)) && reaches(hat, facts.department);
    facts.responsible == Some(ask.subject.employee) || hats(ask.subject).any(asked)
}

/// Obligations that a person answers for: himself, in a role that he holds there or that was delegated to him, or because
/// it was escalated to such a role.
pub(super) fn answered_by(subject: &Subject, table: &Table) -> Cond {
    let own = Cond::When(table.col("responsible_id").eq(subject.employee));
    let roles = hats(subject).map(|hat| {
        let role = hat.role.as_str();
        let held = table.col("responsible_role").eq(role);
        Cond::When(held.or(table.col("escalated_to").eq(role))).and(within(hat, table))
    });
    any(std::iter::once(own).chain(roles))
}

/// Declares the kind `obligation`.
pub(super) fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "obligation",
        // Readings of obligations are not logged, so there is no ground to name.
        scopes: vec![
            Scope::any(""),
            Scope::new::<ObligationFacts>(
                "responsible",
                "",
                "those that one answers for, oneself or in one's role",
                answers,
                |ask, table| answered_by(ask.subject, table),
            )
            .narrow(),
            Scope::new::<ObligationFacts>(
                "department",
                "",
                "in the role's department and below",
                |ask, facts| reaches(ask.hat, facts.department),
                |ask, table| within(ask.hat, table),
            ),
        ],
        amount: None,
    });
    catalogue.action("obligation", "read", "obligation", None);
}
