//! What can be done with customers (ARC-1 to ARC-4, LKP-3): each command loads, asks, decides, writes, commits.
//!
//! Pitfall: a customer's card is known to everybody, so a writer without the right is `FORBIDDEN`; an entry of a section
//! that the viewer can't read does not exist for him, and is `NOT_FOUND`.

mod change;
mod contacts;
mod duplicates;
mod enter;
mod entries;
mod owners;
mod void;

use entity::customer;
use rules::erasure::{PIP_3, STUB};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::{CustomerKind, ErasureState};
use sea_orm::{EntityTrait as _, QuerySelect as _};
use uuid::Uuid;

use super::access::CustomerFacts;
use super::queries::{facts_of, glance};
use crate::acting::{Acting, Permit};
use crate::work::{Done, Work};

pub use change::{CustomerChange, assign, change};
pub use contacts::{NewContact, add_contact, change_contact, write_contact};
pub use duplicates::{Likeness, Neighbours, Register, Seen, neighbours};
pub use enter::{Admission, CheckedCustomer, NewCustomer, enter, enter_in, write};
pub use entries::{
    NewAddress, NewPurchase, add_address, add_contact_log, add_note, add_purchase, write_address,
    write_purchase,
};
pub use owners::{add_co_owner, end_co_owner};
pub use void::{void_address, void_contact, void_log_entry, void_note, void_purchase};

/// A customer locked for the transaction, with its facts as far as the viewer may know them.
pub(crate) struct Held {
    /// The row.
    pub(crate) row: customer::Model,
    /// Its facts.
    pub(crate) facts: CustomerFacts,
}

impl Held {
    /// PIP-3: nothing new is written about whoever was made anonymous, also not by who waited for the erasure to end.
    ///
    /// # Errors
    /// `WRONG_STATE` at `field` for a stub.
    pub(crate) fn check_not_erased(&self, field: &str) -> Result<(), Refusal> {
        if self.row.kind != CustomerKind::Person || self.row.name != STUB {
            return Ok(());
        }
        let refusal = Refusal::new(Code::WrongState).labelled("state", ErasureState::Executed);
        Err(refusal.clause(PIP_3).at(field))
    }
}

/// Locks a customer that everybody may know of.
///
/// # Errors
/// `NOT_FOUND` at `field`; when the database fails.
pub(crate) async fn hold(work: &Work<'_>, id: Uuid, field: &str) -> Done<Held> {
    let acting = work.acting;
    let missing = || Refusal::new(Code::NotFound).at(field);
    let row = customer::Entity::find_by_id(id)
        .lock_exclusive()
        .one(work.conn())
        .await?
        .ok_or_else(missing)?;
    let mut facts = facts_of(work.conn(), std::slice::from_ref(&row)).await?;
    let facts = facts
        .remove(&id)
        .unwrap_or_else(|| CustomerFacts::bare(&row));
    known(acting, row, facts).ok_or_else(|| missing().into())
}

/// A customer that everybody may know of, not locked: what is written rests on its being as it was read.
///
/// # Errors
/// As [`hold`].
async fn look_at(work: &mut Work<'_>, id: Uuid, field: &str) -> Done<Held> {
    let acting = work.acting;
    if !acting.repeatable {
        return hold(work, id, field).await;
    }
    let missing = || Refusal::new(Code::NotFound).at(field);
    let (row, facts) = glance(work.outside(), id).await?.ok_or_else(missing)?;
    work.rest_on("customer", id, row.version);
    known(acting, row, facts).ok_or_else(|| missing().into())
}

/// A customer as far as the viewer may know of it; `None` where he may not.
fn known(acting: &Acting, row: customer::Model, facts: CustomerFacts) -> Option<Held> {
    let facts = facts.known_to(&acting.viewer);
    let decision = acting.viewer.decide("customer", "read", &facts);
    decision.allowed.then_some(Held { row, facts })
}

/// The customer of an entry of a section, locked, and the right to change the section. Where the viewer can't read the
/// section, the entry does not exist for him.
async fn hold_entry(
    work: &Work<'_>,
    customer: Uuid,
    section: &'static str,
    field: &str,
) -> Done<(Held, Permit)> {
    let acting = work.acting;
    let held = hold(work, customer, field).await?;
    if !acting.viewer.decide(section, "read", &held.facts).allowed {
        return Err(Refusal::new(Code::NotFound).at(field).into());
    }
    let permit = acting.may(section, "change", &held.facts)?;
    held.check_not_erased(field)?;
    Ok((held, permit))
}

/// An employee that an input names, who is still there (ORG-7).
pub(super) fn present(acting: &Acting, field: &str, id: Uuid) -> Result<Uuid, Refusal> {
    let person = acting
        .directory
        .person(id)
        .filter(|p| p.is_present(acting.today()));
    person.map_or_else(
        || Err(Refusal::new(Code::UnknownReference).at(field)),
        |p| Ok(p.id),
    )
}

/// A department that an input names, still open (ORG-1).
fn department(acting: &Acting, field: &str, id: Uuid) -> Result<Uuid, Refusal> {
    let refusal = match acting.directory.department(id) {
        Some(department) if !department.closed => return Ok(department.id),
        Some(_) => Refusal::new(Code::InvalidInput)
            .detail(Detail::DepartmentClosed)
            .clause(Clause("ORG-1")),
        None => Refusal::new(Code::UnknownReference),
    };
    Err(refusal.at(field))
}
