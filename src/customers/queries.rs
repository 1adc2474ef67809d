//! Loads of customers for decisions: the row, and the facts the policy wants of it.
//!
//! Pitfall: a refusal names the roles that could do it. Whoever can't read the archive gets facts without what only the
//! archive tells, or that list would tell it (LKP-9).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{archive_grant, complaint, customer, customer_co_owner};
use rules::kit::refusal::{Code, Refusal};
use rules::lookups::GrantPeriod;
use rules::vocabulary::{ArchiveState, Sections};
use sea_orm::sea_query::{
    Alias, DynIden, Expr, ExprTrait as _, IntoIden as _, JoinType, Query, SelectStatement,
    SimpleExpr, UnionType,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryTrait as _,
};
use uuid::Uuid;

use super::access::{CustomerFacts, GrantFacts, OPEN_COMPLAINT};
use crate::access::Viewer;
use crate::acting::Acting;
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::viewer::Facts;
use crate::work::Stop;

/// A customer with what the policy knows of it.
pub struct Known {
    /// The row.
    pub row: customer::Model,
    /// Its facts, as far as the viewer may know them.
    pub facts: CustomerFacts,
}

impl CustomerFacts {
    /// The facts as far as the viewer may know them: what only the archive tells is left out unless it gives the viewer
    /// a right, by which he knows it.
    #[must_use]
    pub fn known_to(self, viewer: &Viewer) -> Self {
        if viewer.decide("archive.profile", "read", &self).allowed {
            return self;
        }
        // What names the viewer, or those he stands in for, he knows.
        let own = |id: &Uuid| viewer.subject.personas.iter().any(|p| p.person == *id);
        let mut known = self;
        let hidden = known.owner_hidden;
        known.owner = known.owner.filter(|owner| !hidden || own(owner));
        known.co_owners.retain(own);
        known.grants.retain(|grant| own(&grant.grantee));
        // The rest he knows by the rights that it gives him.
        let without_complaint = Self {
            has_open_complaint: false,
            ..known.clone()
        };
        if !known.gives_more_than(&without_complaint, viewer) {
            known = without_complaint;
        }
        let archived = Self {
            archive_state: ArchiveState::Archived,
            ..known.clone()
        };
        if known.gives_more_than(&archived, viewer) {
            known
        } else {
            archived
        }
    }

    fn gives_more_than(&self, other: &Self, viewer: &Viewer) -> bool {
        let actions = viewer.table.catalogue().actions().iter();
        actions.filter(|a| a.kind == "customer").any(|a| {
            let allowed = |facts: &Self| viewer.decide(a.object, a.action, facts).allowed;
            allowed(self) != allowed(other)
        })
    }
}

/// What the policy knows of a customer beyond its row: columns of a co-ownership, a grant or an open complaint, the others
/// null.
#[derive(FromQueryResult)]
struct Fact {
    of_customer: Option<Uuid>,
    co_owner: Option<Uuid>,
    grantee: Option<Uuid>,
    granted: Option<i32>,
    granted_from: Option<DateTime<Utc>>,
    granted_until: Option<DateTime<Utc>>,
}

impl Fact {
    fn add_to(&self, facts: &mut CustomerFacts) {
        let grant = (
            self.grantee,
            self.granted,
            self.granted_from,
            self.granted_until,
        );
        match (self.co_owner, grant) {
            (Some(co_owner), _) => facts.co_owners.push(co_owner),
            (None, (Some(grantee), Some(sections), Some(from_at), Some(until_at))) => {
                facts.grants.push(GrantFacts {
                    grantee,
                    sections: Sections::from_bits(sections),
                    period: GrantPeriod {
                        from_at,
                        until_at,
                        revoked_at: None,
                    },
                });
            }
            _ => facts.has_open_complaint = true,
        }
    }
}

/// The facts of these customers as rows of one statement.
fn facts_in(customers: &[Uuid]) -> SelectStatement {
    let nobody = || Expr::val(None::<Uuid>);
    let never = || Expr::val(None::<DateTime<Utc>>);
    let part = |table: DynIden, customer: DynIden, cells: [SimpleExpr; 5]| {
        let customer = Expr::col((table.clone(), customer));
        let mut part = Query::select();
        part.expr_as(customer.clone(), "of_customer")
            .from(table)
            .and_where(customer.is_in(customers.iter().copied()));
        let names = [
            "co_owner",
            "grantee",
            "granted",
            "granted_from",
            "granted_until",
        ];
        for (cell, name) in cells.into_iter().zip(names) {
            part.expr_as(cell, name);
        }
        part
    };
    use archive_grant::Column as Grant;
    use complaint::Column as Complaint;
    use customer_co_owner::Column as CoOwner;
    let mut all = part(
        customer_co_owner::Entity.into_iden(),
        CoOwner::CustomerId.into_iden(),
        [
            Expr::col(CoOwner::EmployeeId),
            nobody(),
            Expr::val(None::<i32>),
            never(),
            never(),
        ],
    );
    all.and_where(CoOwner::EndedAt.is_null());
    let mut grants = part(
        archive_grant::Entity.into_iden(),
        Grant::CustomerId.into_iden(),
        [
            nobody(),
            Expr::col(Grant::GranteeId),
            Expr::col(Grant::Sections),
            Expr::col(Grant::FromAt),
            Expr::col(Grant::UntilAt),
        ],
    );
    grants.and_where(Grant::RevokedAt.is_null());
    let mut complaints = part(
        complaint::Entity.into_iden(),
        Complaint::CustomerId.into_iden(),
        [nobody(), nobody(), Expr::val(None::<i32>), never(), never()],
    );
    complaints.and_where(Complaint::State.is_in(OPEN_COMPLAINT));
    all.union(UnionType::All, grants);
    all.union(UnionType::All, complaints);
    all
}

/// The facts of several customers, in one statement whatever their number.
///
/// # Errors
/// When the database fails.
pub async fn facts_of(
    conn: &impl ConnectionTrait,
    customers: &[customer::Model],
) -> Result<HashMap<Uuid, CustomerFacts>> {
    let mut facts: HashMap<Uuid, CustomerFacts> = customers
        .iter()
        .map(|c| (c.id, CustomerFacts::bare(c)))
        .collect();
    if facts.is_empty() {
        return Ok(facts);
    }
    let ids: Vec<Uuid> = customers.iter().map(|c| c.id).collect();
    for row in conn.query_all(&facts_in(&ids)).await? {
        let fact = Fact::from_query_result(&row, "")?;
        let facts = fact.of_customer.and_then(|id| facts.get_mut(&id));
        if let Some(facts) = facts {
            fact.add_to(facts);
        }
    }
    Ok(facts)
}

/// A customer with all its facts, in one statement and without a lock.
///
/// # Errors
/// When the database fails.
pub async fn glance(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<(customer::Model, CustomerFacts)>> {
    let of_it = |column: &'static str| Expr::col(("facts", Alias::new(column)));
    let mut query = customer::Entity::find_by_id(id).into_query();
    query.join_subquery(
        JoinType::LeftJoin,
        facts_in(&[id]),
        "facts",
        of_it("of_customer").eq(Expr::col((customer::Entity, customer::Column::Id))),
    );
    for column in [
        "of_customer",
        "co_owner",
        "grantee",
        "granted",
        "granted_from",
        "granted_until",
    ] {
        query.expr_as(of_it(column), column);
    }
    let mut found = None;
    for row in conn.query_all(&query).await? {
        let (_, facts) = match &mut found {
            Some(found) => found,
            none => {
                let row = customer::Model::from_query_result(&row, "")?;
                let facts = CustomerFacts::bare(&row);
                none.insert((row, facts))
            }
        };
        let fact = Fact::from_query_result(&row, "")?;
        if fact.of_customer.is_some() {
            fact.add_to(facts);
        }
    }
    Ok(found)
}

/// A customer by id, for a command; everybody may know of it (ARC-9).
///
/// # Errors
/// `NOT_FOUND`; when the database fails.
pub async fn fetch(acting: &Acting, conn: &impl ConnectionTrait, id: Uuid) -> Result<Known, Stop> {
    let row = customer::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Refusal::new(Code::NotFound))?;
    let facts = facts_of(conn, std::slice::from_ref(&row))
        .await?
        .remove(&id);
    let facts = facts
        .unwrap_or_else(|| CustomerFacts::bare(&row))
        .known_to(&acting.viewer);
    if !acting.viewer.decide("customer", "read", &facts).allowed {
        return Err(Refusal::new(Code::NotFound).into());
    }
    Ok(Known { row, facts })
}

/// The facts of a customer as far as the viewer may know them; `None` when it does not exist.
///
/// # Errors
/// When the database fails.
pub async fn facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    let rows: Vec<customer::Model> = customer::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?
        .into_iter()
        .collect();
    let facts = facts_of(&scene.db.read, &rows).await?.remove(&id);
    Ok(facts.map(|facts| Box::new(facts.known_to(&scene.viewer)) as Facts))
}
