//! What inputs of mutations share: ids in their public form.
//!
//! Pitfall: an id of the right form says nothing of whether the object exists; the load that follows does.

use async_graphql::ID;
use rules::kit::refusal::{Code, Detail, Refusal};
use uuid::Uuid;

use crate::kit::ids;

/// The id in an input field that takes ids of `prefix`.
///
/// # Errors
/// `INVALID_INPUT` at the field, naming the form that it takes.
pub fn id(prefix: &'static str, field: &str, id: &ID) -> Result<Uuid, Refusal> {
    ids::decode(prefix, id).map_err(|_| {
        Refusal::new(Code::InvalidInput)
            .detail(Detail::WrongId)
            .param("prefix", prefix)
            .at(field)
    })
}

/// The same for a field that may be left out.
///
/// # Errors
/// As [`id`].
pub fn optional_id(
    prefix: &'static str,
    field: &str,
    id: Option<&ID>,
) -> Result<Option<Uuid>, Refusal> {
    id.map(|given| self::id(prefix, field, given)).transpose()
}
