//! What can be done: signing in and out, accounts, passwords, API keys.

pub(super) mod accounts;
pub(super) mod api_keys;
pub(super) mod passwords;
pub(super) mod sessions;
pub(super) mod sign_in;

use rules::kit::refusal::{Code, Detail, Refusal};
use uuid::Uuid;

use super::access::AccountFacts;
use crate::acting::{Acting, Permit};

/// An API key never reaches accounts, sessions, keys and passwords: whoever finds it must not be able to stay.
fn in_person(acting: &Acting) -> Result<(), Refusal> {
    if acting.by_key {
        Err(Refusal::new(Code::Forbidden).detail(Detail::NotByKey))
    } else {
        Ok(())
    }
}

/// Whether the person may do `object · action` with what belongs to the account of `employee`. What the person can't even
/// read is refused at `field` like what does not exist.
fn may(
    acting: &Acting,
    object: &str,
    action: &str,
    employee: Uuid,
    field: &str,
) -> Result<Permit, Refusal> {
    let facts = AccountFacts { employee };
    if acting.may(object, "read", &facts).is_err() {
        return Err(unknown(field));
    }
    acting.may(object, action, &facts)
}

/// There is no such thing, or the person can't know of it.
fn unknown(field: &str) -> Refusal {
    Refusal::new(Code::UnknownReference).at(field)
}
