//! Who may do what with a complaint (CMP-3, CMP-6, CMP-11, CMP-12).
//!
//! Pitfall: `complaint · decide` has limits by role, read as of the complaint's own day; who has a stake is known to the
//! approval, not here.

use chrono::NaiveDate;
use rules::kit::money::Fen;
use rules::vocabulary::ReadingBasis;
use sea_query::{Alias, ExprTrait as _, Query, UnionType};
use uuid::Uuid;

use crate::access::{AmountOf, Approvable, Ask, Attachable, Catalogue, Cond, Kind, Scope, Table};

/// Object of the policy.
pub(super) const COMPLAINT: &str = "complaint";

/// What the policy knows of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintFacts {
    /// Business department that handles it.
    pub department: Uuid,
    /// The department that is held responsible (CMP-6); `None` before quality has found it.
    pub responsible: Option<Uuid>,
    /// Who filed it.
    pub filed_by: Uuid,
    /// Owner and co-owners of the customer.
    pub customer_owners: Vec<Uuid>,
    /// Complaint amount (CMP-11).
    pub amount: Fen,
    /// Day of filing, whose rulebook counts (RUL-4).
    pub rulebook_on: NaiveDate,
}

/// Declares kind, scopes and actions.
pub fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: COMPLAINT,
        scopes: scopes(),
        amount: Some(AmountOf::new::<ComplaintFacts>(
            |facts| (facts.amount, facts.rulebook_on),
            "amount_fen",
            "rulebook_on",
        )),
    });
    for (action, remedy) in [
        ("read", None),
        ("file", None),
        ("accept", None),
        ("analyse", None),
        ("counter", None),
        ("instruct", None),
        ("advise", None),
        ("check", None),
        ("propose", None),
        ("review", None),
        ("summarise", None),
        ("decide", None),
        ("handle", None),
        ("reply", None),
        ("involve", None),
        ("explain", None),
        ("confirm", None),
        ("void", None),
        ("attach", None),
    ] {
        catalogue.action(COMPLAINT, action, COMPLAINT, remedy);
    }
    catalogue.attachable(Attachable {
        table: COMPLAINT,
        prefix: "complaint",
        via: None,
        read: (COMPLAINT, "read"),
        attach: (COMPLAINT, "attach"),
        section: None,
    });
    catalogue.approvable(Approvable {
        kind: COMPLAINT,
        prefix: "complaint",
        read: (COMPLAINT, "read"),
        decide: &[
            (COMPLAINT, "review"),
            (COMPLAINT, "summarise"),
            (COMPLAINT, "decide"),
        ],
    });
}

fn scopes() -> Vec<Scope> {
    // Readings of complaints are not logged; the ground is that of the archives they open.
    let basis = ReadingBasis::Complaint.as_str();
    vec![
        Scope::any(basis),
        Scope::new::<ComplaintFacts>(
            "department",
            basis,
            "complaints that the role's department handles, or one below it",
            |ask, facts| ask.hat.reaches(facts.department),
            |ask, table| match &ask.hat.within {
                None => Cond::Always,
                Some(within) => {
                    Cond::When(table.col("department_id").is_in(within.iter().copied()))
                }
            },
        ),
        Scope::new::<ComplaintFacts>(
            "responsible",
            basis,
            "complaints for which quality holds the role's department responsible, or one below it",
            |ask, facts| facts.responsible.is_some_and(|at| ask.hat.reaches(at)),
            |ask, table| {
                let found = table.col("responsible_department_id");
                Cond::When(match &ask.hat.within {
                    None => found.is_not_null(),
                    Some(within) => found.is_in(within.iter().copied()),
                })
            },
        ),
        Scope::new::<ComplaintFacts>(
            "own",
            basis,
            "complaints that one filed",
            |ask, facts| facts.filed_by == ask.persona.person,
            |ask, table| Cond::When(table.col("filed_by").eq(ask.persona.person)),
        )
        .narrow(),
        Scope::new::<ComplaintFacts>(
            "customer-owner",
            basis,
            "complaints of customers that one owns, alone or with others",
            |ask, facts| facts.customer_owners.contains(&ask.persona.person),
            of_own_customer,
        )
        .narrow(),
    ]
}

fn of_own_customer(ask: &Ask<'_>, table: &Table) -> Cond {
    let person = ask.persona.person;
    let (owned, shared) = (
        Table::named("owned_customer"),
        Table::named("shared_customer"),
    );
    let mut customers = Query::select();
    customers
        .expr(owned.col("id"))
        .from_as(Alias::new("customer"), owned.iden())
        .and_where(owned.col("owner_id").eq(person));
    let mut as_co_owner = Query::select();
    as_co_owner
        .expr(shared.col("customer_id"))
        .from_as(Alias::new("customer_co_owner"), shared.iden())
        .and_where(shared.col("employee_id").eq(person))
        .and_where(shared.col("ended_at").is_null());
    // One set of customers, so that the complaints are found by them.
    customers.union(UnionType::All, as_co_owner);
    Cond::When(table.col("customer_id").in_subquery(customers))
}
