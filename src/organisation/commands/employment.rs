//! States of an employment and its end (ORG-2, ORG-7).

use entity::employee;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::organisation::{ChangeOfState, check_change_of_state};
use rules::vocabulary::{AccessEnd, EmploymentState};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::employees::{ORG_2, find};
use super::{open_department, roles};
use crate::acting::Acting;
use crate::identity::end_access;
use crate::organisation::api::EmployeeChangeStateInput;
use crate::organisation::queries::facts_of;
use crate::work::{Done, Outcome, Work};

/// Confirms, transfers or ends an employment.
pub(in crate::organisation) async fn change_state(
    acting: &Acting,
    input: EmployeeChangeStateInput,
) -> Done {
    let row = find(acting, &input.employee).await?;
    let (id, on) = (row.id, input.on.0);
    let permit = acting.may("employee", "administer", &facts_of(&row))?;
    let mut work = Work::begin(acting);
    work.check_version("employee", id, row.version, input.expected_version)
        .await?;
    let known = [row.probation_from, row.active_from, row.transferred_on];
    let change = ChangeOfState {
        from: row.state,
        to: input.state,
        on,
        not_before: known.into_iter().flatten().max(),
    };
    check_change_of_state(change, acting.today())?;
    let department = department(acting, &row, &input).await?;
    // ORG-7: a last day ahead ends the employment when it is over; until then nothing changes but the date.
    let ends_now = input.state == EmploymentState::Left && on <= acting.today();
    if input.state == EmploymentState::Left {
        roles::check_others_hold(&work, id).await?;
    }
    let row = work
        .update(row, None, |e: &mut employee::ActiveModel| {
            match input.state {
                EmploymentState::Left => {
                    e.left_on = Set(Some(on));
                    if ends_now {
                        e.state = Set(EmploymentState::Left);
                    }
                }
                state => {
                    e.state = Set(state);
                    if state == EmploymentState::Transferred {
                        e.transferred_on = Set(Some(on));
                    } else {
                        e.active_from = Set(Some(on));
                    }
                    if let Some(department) = department {
                        e.department_id = Set(department);
                    }
                }
            }
        })
        .await?;
    let mut detail = json!({"state": input.state.as_str(), "on": on});
    if ends_now {
        let ended = end_access(&mut work, row.id, AccessEnd::EmploymentEnded).await?;
        detail["ended"] = json!(ended);
    }
    work.note(
        "employee.changeState",
        "employee",
        Some(id),
        &permit,
        detail,
    );
    work.bump("organisation");
    work.commit(Outcome::row("employee", id)).await
}

/// ORG-2: a transfer names the new department, nothing else does.
async fn department(
    acting: &Acting,
    row: &employee::Model,
    input: &EmployeeChangeStateInput,
) -> Done<Option<Uuid>> {
    let refused = |refusal: Refusal| refusal.clause(ORG_2).at("department").into();
    match (input.state, &input.department) {
        (EmploymentState::Transferred, None) => Err(refused(Refusal::new(Code::Required))),
        (EmploymentState::Transferred, Some(id)) => {
            let new = open_department(acting, id, "department").await?;
            if new.id == row.department_id {
                return Err(refused(
                    Refusal::new(Code::InvalidInput).detail(Detail::SameDepartment),
                ));
            }
            Ok(Some(new.id))
        }
        (_, Some(_)) => Err(refused(Refusal::new(Code::InvalidInput))),
        (_, None) => Ok(None),
    }
}
