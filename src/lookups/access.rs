//! Who may see, decide and revoke what in archive lookup (LKP-1 to LKP-4).
//!
//! Pitfall: whether a case is of one's own department is settled by home departments, so that two sections of one
//! department count as one.

use rules::vocabulary::{LookupRoute, ReadingBasis};
use sea_query::{Alias, Expr, ExprTrait, Query};
use uuid::Uuid;

use crate::access::{Approvable, Ask, Catalogue, Cond, Hat, Kind, Scope, Table};

/// What the policy knows of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupFacts {
    /// Who asks.
    pub requester: Uuid,
    /// The department of tier department at or above the requester's, at the time.
    pub requester_home: Uuid,
    /// Which way it takes.
    pub route: LookupRoute,
    /// The customer's department.
    pub customer_department: Uuid,
    /// The department of tier department at or above it.
    pub customer_home: Uuid,
    /// The customer's owner.
    pub customer_owner: Option<Uuid>,
}

/// What the policy knows of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveGrantFacts {
    /// Who may read.
    pub grantee: Uuid,
    /// Who granted.
    pub granted_by: Uuid,
    /// In whose right, where it was delegated.
    pub granted_for: Option<Uuid>,
    /// The customer's department.
    pub customer_department: Uuid,
    /// The customer's owner.
    pub customer_owner: Option<Uuid>,
}

// These pairs are of no reading of an archive: the basis is never logged.
const BASIS: &str = ReadingBasis::DepartmentManager.as_str();

fn reaches(hat: &Hat, column: Expr) -> Cond {
    match &hat.within {
        None => Cond::Always,
        Some(within) => Cond::When(column.is_in(within.iter().copied())),
    }
}

fn customer(table: &Table, of: impl FnOnce(&Table) -> Cond) -> Cond {
    let customer = Table::named("lc");
    let mut query = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new("customer"), customer.iden())
        .and_where(customer.col("id").eq(table.col("customer_id")));
    of(&customer).apply(&mut query);
    Cond::exists(query)
}

fn owns_customer(ask: &Ask<'_>, table: &Table) -> Cond {
    customer(table, |customer| {
        Cond::When(customer.col("owner_id").eq(ask.persona.person))
    })
}

fn request_scopes() -> Vec<Scope> {
    vec![
        Scope::any(BASIS),
        Scope::new::<LookupFacts>(
            "own",
            BASIS,
            "requests of one's own",
            |ask, facts| facts.requester == ask.persona.person,
            |ask, table| Cond::When(table.col("requester_id").eq(ask.persona.person)),
        )
        .narrow(),
        Scope::new::<LookupFacts>(
            "own-department-request",
            BASIS,
            "requests from within a department for its own customers",
            |ask, facts| {
                facts.route == LookupRoute::OwnDepartment && ask.hat.reaches(facts.customer_home)
            },
            |ask, table| {
                let own = Cond::When(table.col("route").eq(LookupRoute::OwnDepartment.as_str()));
                own.and(reaches(ask.hat, table.col("customer_home_department_id")))
            },
        ),
        Scope::new::<LookupFacts>(
            "department",
            BASIS,
            "requests for customers of the role's department and of those below it",
            |ask, facts| ask.hat.reaches(facts.customer_department),
            |ask, table| reaches(ask.hat, table.col("customer_department_id")),
        ),
        Scope::new::<LookupFacts>(
            "requester-department",
            BASIS,
            "requests by people of the role's department",
            |ask, facts| ask.hat.reaches(facts.requester_home),
            |ask, table| reaches(ask.hat, table.col("requester_home_department_id")),
        ),
        Scope::new::<LookupFacts>(
            "customer-owner",
            BASIS,
            "requests for customers that one owns",
            |ask, facts| facts.customer_owner == Some(ask.persona.person),
            owns_customer,
        )
        .narrow(),
    ]
}

fn grant_scopes() -> Vec<Scope> {
    vec![
        Scope::any(BASIS),
        Scope::new::<ArchiveGrantFacts>(
            "own",
            BASIS,
            "grants to oneself",
            |ask, facts| facts.grantee == ask.persona.person,
            |ask, table| Cond::When(table.col("grantee_id").eq(ask.persona.person)),
        )
        .narrow(),
        Scope::new::<ArchiveGrantFacts>(
            "granted-by-oneself",
            BASIS,
            "grants that one gave, or that were given in one's right",
            |ask, facts| {
                facts.granted_by == ask.persona.person
                    || facts.granted_for == Some(ask.persona.person)
            },
            |ask, table| {
                let person = ask.persona.person;
                Cond::When(
                    table
                        .col("granted_by")
                        .eq(person)
                        .or(table.col("granted_for").eq(person)),
                )
            },
        ),
        Scope::new::<ArchiveGrantFacts>(
            "department",
            BASIS,
            "grants for customers of the role's department and of those below it",
            |ask, facts| ask.hat.reaches(facts.customer_department),
            |ask, table| match &ask.hat.within {
                None => Cond::Always,
                Some(_) => customer(table, |customer| {
                    reaches(ask.hat, customer.col("department_id"))
                }),
            },
        ),
        Scope::new::<ArchiveGrantFacts>(
            "customer-owner",
            BASIS,
            "grants for customers that one owns",
            |ask, facts| facts.customer_owner == Some(ask.persona.person),
            owns_customer,
        )
        .narrow(),
    ]
}

/// Declares kinds, scopes and actions.
pub fn access(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "lookup_request",
        scopes: request_scopes(),
        amount: None,
    });
    catalogue.kind(Kind {
        name: "archive_grant",
        scopes: grant_scopes(),
        amount: None,
    });
    catalogue.action("archive-lookup", "request", "customer", None);
    catalogue.action("archive-lookup", "read", "lookup_request", None);
    catalogue.action("archive-lookup", "approve", "lookup_request", None);
    catalogue.action("archive-lookup", "withdraw", "lookup_request", None);
    catalogue.approvable(Approvable {
        kind: "lookup_request",
        prefix: "lookup",
        read: ("archive-lookup", "read"),
        decide: &[("archive-lookup", "approve")],
    });
    catalogue.action("archive-grant", "read", "archive_grant", None);
    catalogue.action("archive-grant", "revoke", "archive_grant", None);
}
