//! Who asks: a person with roles (hats), and beside them the roles delegated to that person (ORG-3, ORG-4).
//!
//! Pitfall: a delegate acts on the delegator's rows; own and delegated roles are separate personas, never merged.

use std::sync::Arc;

use rules::vocabulary::Role;
use uuid::Uuid;

/// A role held, company-wide or within a department and what is below it (ORG-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hat {
    /// The role.
    pub role: Role,
    /// Departments it reaches; `None` is the whole company.
    pub within: Option<Arc<[Uuid]>>,
}

impl Hat {
    /// Whether the role reaches this department.
    pub fn reaches(&self, department: Uuid) -> bool {
        self.within
            .as_ref()
            .is_none_or(|within| within.contains(&department))
    }
}

/// In whose right something is done: one's own, or a delegator's (ORG-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// Whose rights these are.
    pub person: Uuid,
    /// The delegation by which somebody else uses them.
    pub delegation: Option<Uuid>,
    /// Highest amount the delegation covers, CNY fen.
    pub cap_fen: Option<i64>,
    /// The roles.
    pub hats: Vec<Hat>,
}

/// The person who asks, with every persona.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The employee.
    pub employee: Uuid,
    /// The employee's own department.
    pub department: Uuid,
    /// Own rights first, then those delegated.
    pub personas: Vec<Persona>,
}

impl Subject {
    /// Whether the person holds the role himself, within that department or company-wide (`None`).
    pub fn holds_itself(&self, role: Role, department: Option<Uuid>) -> bool {
        let own = self.personas.iter().filter(|p| p.delegation.is_none());
        own.flat_map(|p| &p.hats).any(|hat| {
            let within = hat.within.as_ref().and_then(|below| below.first());
            hat.role == role && within.copied() == department
        })
    }

    /// Whether the person holds the role, own or delegated, anywhere.
    pub fn holds(&self, role: Role) -> bool {
        self.personas
            .iter()
            .any(|p| p.hats.iter().any(|h| h.role == role))
    }
}
