//! Objects, actions and scopes of the organisation.
//!
//! A delegation is created by whoever holds the role: the rules say `ROLE_NOT_HELD` or `DELEGATION_CHAINED` where that is
//! not so, which tells more than `FORBIDDEN` would.

use sea_query::ExprTrait as _;
use uuid::Uuid;

use crate::access::{Ask, Catalogue, Cond, Kind, Scope, Table};

/// What the policy knows of a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepartmentFacts {
    /// Itself.
    pub department: Uuid,
}

/// What the policy knows of an employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmployeeFacts {
    /// The employee.
    pub employee: Uuid,
    /// The department that the employee belongs to.
    pub department: Uuid,
}

/// What the policy knows of a role held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentFacts {
    /// Who holds it.
    pub holder: Uuid,
}

/// What the policy knows of a delegation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelegationFacts {
    /// Whose role it is.
    pub delegator: Uuid,
    /// Who acts under it.
    pub delegate: Uuid,
}

fn within(ask: &Ask<'_>, table: &Table, column: &'static str) -> Cond {
    match &ask.hat.within {
        None => Cond::Always,
        Some(below) => Cond::When(table.col(column).is_in(below.iter().copied())),
    }
}

/// Objects, actions and scopes.
pub(super) fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "department",
        scopes: vec![
            Scope::any(""),
            Scope::new::<DepartmentFacts>(
                "department",
                "",
                "in the role's department and below",
                |ask, facts| ask.hat.reaches(facts.department),
                |ask, table| within(ask, table, "id"),
            ),
        ],
        amount: None,
    });
    catalogue.action("department", "read", "department", None);
    catalogue.action("department", "administer", "department", None);
    catalogue.kind(Kind {
        name: "employee",
        scopes: vec![
            Scope::any(""),
            Scope::new::<EmployeeFacts>(
                "department",
                "",
                "in the role's department and below",
                |ask, facts| ask.hat.reaches(facts.department),
                |ask, table| within(ask, table, "department_id"),
            ),
            Scope::new::<EmployeeFacts>(
                "self",
                "",
                "oneself",
                |ask, facts| facts.employee == ask.persona.person,
                |ask, table| Cond::When(table.col("id").eq(ask.persona.person)),
            ),
        ],
        amount: None,
    });
    for (object, action) in [
        ("employee", "read"),
        ("employee", "administer"),
        ("employee.record", "read"),
        ("employee.pay", "read"),
        ("employee.pay", "administer"),
        ("employee.channel", "administer"),
        ("role", "assign"),
    ] {
        catalogue.action(object, action, "employee", None);
    }
    catalogue.kind(Kind {
        name: "role_assignment",
        scopes: vec![
            Scope::any(""),
            Scope::new::<AssignmentFacts>(
                "self",
                "",
                "oneself",
                |ask, facts| facts.holder == ask.persona.person,
                |ask, table| Cond::When(table.col("employee_id").eq(ask.persona.person)),
            ),
        ],
        amount: None,
    });
    catalogue.action("role", "read", "role_assignment", None);
    catalogue.kind(Kind {
        name: "delegation",
        scopes: vec![
            Scope::any(""),
            Scope::new::<DelegationFacts>(
                "delegator",
                "",
                "oneself as delegator",
                |ask, facts| facts.delegator == ask.persona.person,
                |ask, table| Cond::When(table.col("delegator_id").eq(ask.persona.person)),
            ),
            Scope::new::<DelegationFacts>(
                "party",
                "",
                "oneself as delegator or delegate",
                |ask, facts| [facts.delegator, facts.delegate].contains(&ask.persona.person),
                |ask, table| {
                    let me = ask.persona.person;
                    Cond::When(
                        table
                            .col("delegator_id")
                            .eq(me)
                            .or(table.col("delegate_id").eq(me)),
                    )
                },
            ),
        ],
        amount: None,
    });
    for action in ["read", "create", "end"] {
        catalogue.action("delegation", action, "delegation", None);
    }
}
