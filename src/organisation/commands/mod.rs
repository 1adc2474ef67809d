//! What can be done with the organisation. Every command loads, asks the policy, decides, writes, commits.
//!
//! Pitfall: what two people at once must not both pass (the last administrator) is read again inside the unit of work,
//! on locked rows.

pub(super) mod channels;
pub(super) mod delegations;
pub(super) mod departments;
pub(super) mod employees;
pub(super) mod employment;
pub(super) mod pay;
pub(super) mod roles;

use entity::{department, employee};
use rules::kit::refusal::{Code, Detail, Refusal};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::queries;
use crate::acting::Acting;
use crate::kit::ids;
use crate::work::{Done, Stop, is_duplicate};

/// The longest code or staff number, in characters.
const NUMBER: usize = 32;

/// Key of what the input at `field` refers to.
fn reference(prefix: &str, id: &str, field: &str) -> Result<Uuid, Refusal> {
    ids::decode(prefix, id).map_err(|_| unknown(field))
}

fn unknown(field: &str) -> Refusal {
    Refusal::new(Code::UnknownReference).at(field)
}

/// What the command is about, named at `field`, does not exist.
fn missing(field: &str) -> Refusal {
    Refusal::new(Code::NotFound).at(field)
}

/// Key of what the command is about; its input field is called as its ids begin.
fn object(prefix: &str, id: &str) -> Result<Uuid, Refusal> {
    ids::decode(prefix, id).map_err(|_| missing(prefix))
}

/// A department that is still open, named at `field`.
async fn open_department(acting: &Acting, id: &str, field: &str) -> Done<department::Model> {
    let id = reference("department", id, field)?;
    let found = department::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?;
    let found = found.ok_or_else(|| unknown(field))?;
    if found.closed_at.is_some() {
        let closed = Refusal::new(Code::InvalidInput).detail(Detail::DepartmentClosed);
        return Err(closed.clause(departments::ORG_1).at(field).into());
    }
    Ok(found)
}

/// An employee named at `field`.
async fn referred_employee(acting: &Acting, id: &str, field: &str) -> Done<employee::Model> {
    let id = reference("employee", id, field)?;
    let found = queries::employee(&acting.db.read, id).await?;
    Ok(found.ok_or_else(|| unknown(field))?)
}

/// A breach of the unique index over `column` as a refusal at the field of that name.
fn taken(stop: Stop, column: &'static str) -> Stop {
    match stop {
        Stop::Failed(error) if is_duplicate(&error, column) => Refusal::new(Code::InvalidInput)
            .detail(Detail::Taken)
            .at(column)
            .into(),
        other => other,
    }
}

/// It can't be ended twice.
fn already_ended() -> Refusal {
    Refusal::new(Code::WrongState).detail(Detail::AlreadyEnded)
}
