//! Co-owners (LKP-3): they read the archive as its owner does, so the manager assigns them, never the owner himself.

use entity::customer_co_owner;
use rules::kit::refusal::{Code, Detail, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::{hold, present};
use crate::acting::Acting;
use crate::work::{Done, Outcome, Work};

/// Assigns a co-owner.
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, `UNKNOWN_REFERENCE` at `employee`, `WRONG_STATE` for who owns it already.
pub async fn add_co_owner(acting: &Acting, customer: Uuid, employee: Uuid) -> Done {
    let mut work = Work::begin(acting);
    let held = hold(&work, customer, "customer").await?;
    let permit = acting.may("customer", "assign", &held.facts)?;
    let employee = present(acting, "employee", employee)?;
    let current = customer_co_owner::Entity::find()
        .filter(customer_co_owner::Column::CustomerId.eq(customer))
        .filter(customer_co_owner::Column::EmployeeId.eq(employee))
        .filter(customer_co_owner::Column::EndedAt.is_null())
        .one(work.conn())
        .await?;
    if current.is_some() || held.row.owner_id == Some(employee) {
        let owns = Refusal::new(Code::WrongState).detail(Detail::OwnsAlready);
        return Err(owns.at("employee").into());
    }
    let id = acting.new_id();
    work.insert(customer_co_owner::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        employee_id: Set(employee),
        from_at: Set(acting.now()),
        ended_at: Set(None),
    })?;
    work.note(
        "coOwnerAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"coOwner": employee}),
    );
    work.commit(Outcome::row("coOwner", id).and_row("customer", customer))
        .await
}

/// Ends a co-ownership at once.
///
/// # Errors
/// `NOT_FOUND` at `coOwner`, also where the viewer can't read the profile; `FORBIDDEN`, `WRONG_STATE` where it ended
/// already.
pub async fn end_co_owner(acting: &Acting, co_owner: Uuid) -> Done {
    let mut work = Work::begin(acting);
    let missing = || Refusal::new(Code::NotFound).at("coOwner");
    let row = customer_co_owner::Entity::find_by_id(co_owner)
        .one(work.conn())
        .await?;
    let customer = row.ok_or_else(missing)?.customer_id;
    let held = hold(&work, customer, "coOwner").await?;
    if !acting
        .viewer
        .decide("archive.profile", "read", &held.facts)
        .allowed
    {
        return Err(missing().into());
    }
    let permit = acting.may("customer", "assign", &held.facts)?;
    // Read again behind the customer's lock.
    let row = customer_co_owner::Entity::find_by_id(co_owner)
        .one(work.conn())
        .await?;
    let row = row.ok_or_else(missing)?;
    if row.ended_at.is_some() {
        return Err(Refusal::new(Code::WrongState)
            .detail(Detail::CoOwnershipEnded)
            .into());
    }
    let (employee, now) = (row.employee_id, acting.now());
    work.update::<customer_co_owner::ActiveModel, _>(row, None, |active| {
        active.ended_at = Set(Some(now));
    })
    .await?;
    work.note(
        "coOwnerEnd",
        "customer",
        Some(customer),
        &permit,
        json!({"coOwner": employee}),
    );
    work.commit(Outcome::row("coOwner", co_owner).and_row("customer", customer))
        .await
}
