//! What commands and explanations read of complaints: only those that the acting person may see.
//!
//! Pitfall: a command's complaint is locked before anything is decided on it; its approval is locked after it.

use std::collections::HashMap;

use entity::{complaint, customer, customer_co_owner};
use rules::complaints::{Facts, stations};
use rules::kit::money::Fen;
use rules::kit::refusal::Code;
use rules::kit::refusal::Refusal;
use rules::vocabulary::{ComplaintState, Station};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::access::{COMPLAINT, ComplaintFacts};
use crate::access::Table;
use crate::kit::error::Result;
use crate::viewer::FactLoaders;
use crate::work::{Done, Work};

/// A complaint that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND`, also for one that he may not see.
pub(super) async fn fetch(work: &Work<'_>, id: Uuid) -> Done<complaint::Model> {
    fetch_at(work, id, "complaint").await
}

/// [`fetch`] of a complaint that the input names at a field of its own.
///
/// # Errors
/// `NOT_FOUND` at the field.
pub(super) async fn fetch_at(work: &Work<'_>, id: Uuid, field: &str) -> Done<complaint::Model> {
    let seen = work
        .acting
        .viewer
        .visible(COMPLAINT, "read", &Table::named("complaint"))
        .cond();
    let found = complaint::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    let found = found.ok_or_else(|| Refusal::new(Code::NotFound).at(field))?;
    Ok(placed(found))
}

/// A complaint that a server of before there were stations wrote meanwhile is where its state says.
fn placed(complaint: complaint::Model) -> complaint::Model {
    let station = complaint.station.or(match complaint.state {
        ComplaintState::Filed => Some(stations::FIRST),
        ComplaintState::SentBack | ComplaintState::Rejected => Some(Station::BusinessProposal),
        ComplaintState::ForDecision => Some(Station::Decision),
        ComplaintState::Decided => Some(Station::BusinessHandling),
        ComplaintState::Closed | ComplaintState::Voided => None,
    });
    complaint::Model {
        station,
        ..complaint
    }
}

/// The customer that a complaint is to stand on; every customer is known by its directory card (ARC-9).
///
/// # Errors
/// `UNKNOWN_REFERENCE` at `customer`.
pub(super) async fn fetch_customer(work: &Work<'_>, id: Uuid) -> Done<customer::Model> {
    let found = customer::Entity::find_by_id(id).one(work.conn()).await?;
    found.ok_or_else(|| Refusal::new(Code::UnknownReference).at("customer").into())
}

/// What the policy knows of a complaint.
///
/// # Errors
/// When the database fails.
pub(super) async fn facts_of(
    db: &impl ConnectionTrait,
    complaint: &complaint::Model,
) -> Result<ComplaintFacts> {
    let mut owners = owners_of(db, vec![complaint.customer_id]).await?;
    Ok(facts_with(
        complaint,
        owners.remove(&complaint.customer_id).unwrap_or_default(),
    ))
}

/// What the policy knows of a complaint whose customer has these owners.
pub(super) fn facts_with(
    complaint: &complaint::Model,
    customer_owners: Vec<Uuid>,
) -> ComplaintFacts {
    ComplaintFacts {
        department: complaint.department_id,
        responsible: complaint.responsible_department_id,
        filed_by: complaint.filed_by,
        customer_owners,
        amount: Fen::new(complaint.amount_fen),
        rulebook_on: complaint.rulebook_on,
    }
}

/// Owner and co-owners of each customer.
///
/// # Errors
/// When the database fails.
pub(super) async fn owners_of(
    db: &impl ConnectionTrait,
    customers: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let mut owners: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let owned: Vec<(Uuid, Option<Uuid>)> = customer::Entity::find()
        .select_only()
        .columns([customer::Column::Id, customer::Column::OwnerId])
        .filter(customer::Column::Id.is_in(customers.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let shared: Vec<(Uuid, Uuid)> = customer_co_owner::Entity::find()
        .select_only()
        .columns([
            customer_co_owner::Column::CustomerId,
            customer_co_owner::Column::EmployeeId,
        ])
        .filter(customer_co_owner::Column::CustomerId.is_in(customers))
        .filter(customer_co_owner::Column::EndedAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    let owned = owned
        .into_iter()
        .filter_map(|(customer, owner)| Some((customer, owner?)));
    for (customer, owner) in owned.chain(shared) {
        owners.entry(customer).or_default().push(owner);
    }
    Ok(owners)
}

/// The facts of CMP-3 as the rules take them.
pub(super) fn filed_facts(complaint: &complaint::Model) -> Facts {
    Facts {
        order_number: complaint.order_number.clone(),
        part_number: complaint.part_number.clone(),
        shipped_on: complaint.shipped_on,
        quantity: complaint.quantity,
        defective_quantity: complaint.defective_quantity,
        demand_kind: complaint.demand_kind,
        demand: complaint.demand.clone(),
        reason: complaint.reason.clone(),
        sample_description: complaint.sample_description.clone(),
        opinion: complaint.opinion.clone(),
    }
}

/// Makes the facts of complaints known to `can` and `explainAccess`.
pub fn loaders(facts: &mut FactLoaders) {
    facts.kind(COMPLAINT, "Complaint", |scene, id| {
        Box::pin(async move {
            let db = &scene.db.read;
            let Some(complaint) = complaint::Entity::find_by_id(id).one(db).await? else {
                return Ok(None);
            };
            Ok(Some(
                Box::new(facts_of(db, &complaint).await?) as crate::viewer::Facts
            ))
        })
    });
}
