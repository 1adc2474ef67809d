//! Loads of customers for decisions: the row, and the facts the policy wants of it.
//!
//! Pitfall: a refusal names the roles that could do it. Whoever can't read the archive gets facts without what only the
//! archive tells, or that list would tell it (LKP-9).

use std::collections::HashMap;

use entity::{archive_grant, complaint, customer, customer_co_owner};
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::ArchiveState;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::access::{CustomerFacts, OPEN_COMPLAINT, grant_facts};
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

/// The facts of several customers, in three statements whatever their number.
///
/// # Errors
/// When the database fails.
pub async fn facts_of(
    conn: &impl ConnectionTrait,
    customers: &[customer::Model],
) -> Result<HashMap<Uuid, CustomerFacts>> {
    let ids: Vec<Uuid> = customers.iter().map(|c| c.id).collect();
    let mut facts: HashMap<Uuid, CustomerFacts> = customers
        .iter()
        .map(|c| (c.id, CustomerFacts::bare(c)))
        .collect();
    let co_owners = customer_co_owner::Entity::find()
        .filter(customer_co_owner::Column::CustomerId.is_in(ids.iter().copied()))
        .filter(customer_co_owner::Column::EndedAt.is_null());
    for co_owner in co_owners.all(conn).await? {
        if let Some(facts) = facts.get_mut(&co_owner.customer_id) {
            facts.co_owners.push(co_owner.employee_id);
        }
    }
    let grants = archive_grant::Entity::find()
        .filter(archive_grant::Column::CustomerId.is_in(ids.iter().copied()))
        .filter(archive_grant::Column::RevokedAt.is_null());
    for grant in grants.all(conn).await? {
        if let Some(facts) = facts.get_mut(&grant.customer_id) {
            facts.grants.push(grant_facts(&grant));
        }
    }
    let complaints = complaint::Entity::find()
        .filter(complaint::Column::CustomerId.is_in(ids))
        .filter(complaint::Column::State.is_in(OPEN_COMPLAINT));
    for complaint in complaints.all(conn).await? {
        if let Some(facts) = facts.get_mut(&complaint.customer_id) {
            facts.has_open_complaint = true;
        }
    }
    Ok(facts)
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
