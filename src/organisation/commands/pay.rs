//! Monthly efficiency bonuses (ORG-2).

use chrono::Datelike as _;
use entity::employee_bonus;
use rules::kit::checks::Checks;
use rules::kit::refusal::{Code, Detail, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use super::employees::ORG_2;
use super::{referred_employee, taken};
use crate::acting::Acting;
use crate::organisation::api::EmployeeBonusSetInput;
use crate::organisation::queries::facts_of;
use crate::work::{Done, Outcome, Stop, Work};

/// Sets the bonus of a month.
pub(in crate::organisation) async fn set_bonus(
    acting: &Acting,
    input: EmployeeBonusSetInput,
) -> Done {
    let employee = referred_employee(acting, &input.employee, "employee").await?;
    let permit = acting.may("employee.pay", "administer", &facts_of(&employee))?;
    let month = input.month.0.with_day(1).unwrap_or(input.month.0);
    let amount = input.amount.0;
    let mut checks = Checks::under(ORG_2);
    checks.not_in_future("month", month, acting.today());
    if amount.is_negative() {
        checks.refuse(
            "amount",
            Refusal::new(Code::OutOfRange).detail(Detail::NegativeAmount),
        );
    }
    checks.finish(())?;
    let mut work = Work::begin(acting);
    let known = employee_bonus::Entity::find()
        .filter(employee_bonus::Column::EmployeeId.eq(employee.id))
        .filter(employee_bonus::Column::Month.eq(month))
        .one(work.conn())
        .await?;
    let id = match known {
        Some(row) => {
            let set = |b: &mut employee_bonus::ActiveModel| b.amount_fen = Set(amount.get());
            work.update(row, None, set).await?.id
        }
        None => {
            let row = employee_bonus::ActiveModel {
                id: Set(acting.new_id()),
                employee_id: Set(employee.id),
                month: Set(month),
                amount_fen: Set(amount.get()),
                created_at: Set(acting.now()),
            };
            work.insert_now(row)
                .await
                .map_err(|e| taken(Stop::from(e), "month"))?
                .id
        }
    };
    work.note(
        "employee.bonusSet",
        "employee",
        Some(employee.id),
        &permit,
        json!({"month": month}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("bonus", id)).await
}
