//! Registered company contact channels (ORG-5).

use entity::employee_channel;
use rules::customers::{is_email, normalise_phone};
use rules::kit::checks::{Checks, LINE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::ChannelKind;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;

use super::{already_ended, missing, object, referred_employee};
use crate::acting::Acting;
use crate::organisation::api::{EmployeeChannelEndInput, EmployeeChannelRegisterInput};
use crate::organisation::queries::{self, facts_of};
use crate::work::{Done, Outcome, Work};

const ORG_5: Clause = Clause("ORG-5");

/// Registers a channel.
pub(in crate::organisation) async fn register(
    acting: &Acting,
    input: EmployeeChannelRegisterInput,
) -> Done {
    let employee = referred_employee(acting, &input.employee, "employee").await?;
    let permit = acting.may("employee.channel", "administer", &facts_of(&employee))?;
    let mut checks = Checks::under(ORG_5);
    let value = checks.text("value", &input.value, LINE);
    let fault = match input.kind {
        ChannelKind::Phone if normalise_phone(&value).is_none() => Some(Detail::Phone),
        ChannelKind::Email if !is_email(&value) => Some(Detail::Email),
        _ => None,
    };
    if let Some(detail) = fault.filter(|_| !value.is_empty()) {
        checks.refuse("value", Refusal::new(Code::InvalidInput).detail(detail));
    }
    checks.finish(())?;
    let mut work = Work::begin(acting);
    let same = employee_channel::Entity::find()
        .filter(employee_channel::Column::EmployeeId.eq(employee.id))
        .filter(employee_channel::Column::Kind.eq(input.kind))
        .filter(employee_channel::Column::Value.eq(value.as_str()))
        .filter(employee_channel::Column::EndedAt.is_null());
    if same.count(work.conn()).await? > 0 {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::Taken);
        return Err(refusal.clause(ORG_5).at("value").into());
    }
    let id = acting.new_id();
    let row = employee_channel::ActiveModel {
        id: Set(id),
        employee_id: Set(employee.id),
        kind: Set(input.kind),
        value: Set(value),
        registered_at: Set(acting.now()),
        ended_at: Set(None),
    };
    work.insert(row)?;
    let detail = json!({"channel": id, "kind": input.kind.as_str()});
    work.note(
        "employee.channelRegister",
        "employee",
        Some(employee.id),
        &permit,
        detail,
    );
    work.bump("organisation");
    work.commit(Outcome::row("channel", id)).await
}

/// Ends a channel.
pub(in crate::organisation) async fn end(acting: &Acting, input: EmployeeChannelEndInput) -> Done {
    let id = object("channel", &input.channel)?;
    let row = employee_channel::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| missing("channel"))?;
    let employee = queries::employee(&acting.db.read, row.employee_id)
        .await?
        .ok_or_else(|| missing("channel"))?;
    let permit = acting.may("employee.channel", "administer", &facts_of(&employee))?;
    if row.ended_at.is_some() {
        return Err(already_ended().clause(ORG_5).at("channel").into());
    }
    let mut work = Work::begin(acting);
    let now = acting.now();
    work.update(row, None, |c: &mut employee_channel::ActiveModel| {
        c.ended_at = Set(Some(now))
    })
    .await?;
    work.note(
        "employee.channelEnd",
        "employee",
        Some(employee.id),
        &permit,
        json!({"channel": id}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("channel", id)).await
}
