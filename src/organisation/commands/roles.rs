//! Roles: who holds which, where, from when to when (ORG-3).

use entity::{delegation, role_assignment};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::organisation::{NEVER_EMPTY, check_assignment, check_end_of_assignment};
use rules::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use super::{already_ended, missing, object, open_department, referred_employee};
use crate::acting::Acting;
use crate::organisation::EmployeeFacts;
use crate::organisation::api::{RoleAssignInput, RoleEndInput};
use crate::organisation::queries::{self, facts_of};
use crate::work::{Done, Outcome, Work};

const ORG_3: Clause = Clause("ORG-3");

/// Assigns a role.
pub(in crate::organisation) async fn assign(acting: &Acting, input: RoleAssignInput) -> Done {
    let employee = referred_employee(acting, &input.employee, "employee").await?;
    let department = match &input.department {
        Some(id) => Some(open_department(acting, id, "department").await?.id),
        None => None,
    };
    let permit = acting.may("role", "assign", &facts_of(&employee))?;
    let today = acting.today();
    let from_on = input.from_on.map_or(today, |d| d.0);
    let until_on = input.until_on.map(|d| d.0);
    let refused =
        |code, detail, field: &str| Refusal::new(code).detail(detail).clause(ORG_3).at(field);
    if input.role == Role::Employee {
        return Err(refused(Code::InvalidInput, Detail::RoleOfEverybody, "role").into());
    }
    if acting
        .directory
        .person(employee.id)
        .is_none_or(|p| p.employment.has_ended(today))
    {
        let refusal = refused(Code::InvalidInput, Detail::EmploymentEnded, "employee");
        return Err(refusal.clause(Clause("ORG-7")).into());
    }
    check_assignment(from_on, until_on)?;
    if until_on.is_some_and(|last| last < today) {
        return Err(refused(Code::OutOfRange, Detail::PeriodOver, "untilOn").into());
    }
    let mut work = Work::begin(acting);
    let same = role_assignment::Entity::find()
        .filter(role_assignment::Column::EmployeeId.eq(employee.id))
        .filter(role_assignment::Column::Role.eq(input.role))
        .filter(role_assignment::Column::EndedAt.is_null())
        .all(work.conn())
        .await?;
    let overlaps = |a: &role_assignment::Model| {
        a.department_id == department
            && a.until_on.is_none_or(|last| from_on <= last)
            && until_on.is_none_or(|last| a.from_on <= last)
    };
    if same.iter().any(overlaps) {
        return Err(refused(Code::InvalidInput, Detail::RoleAlreadyHeld, "role").into());
    }
    let id = acting.new_id();
    let row = role_assignment::ActiveModel {
        id: Set(id),
        employee_id: Set(employee.id),
        role: Set(input.role),
        department_id: Set(department),
        from_on: Set(from_on),
        until_on: Set(until_on),
        assigned_by: Set(Some(acting.employee())),
        ended_at: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    work.insert(row)?;
    let detail = json!({"role": input.role.as_str(), "assignment": id, "department": department});
    work.note(
        "role.assign",
        "employee",
        Some(employee.id),
        &permit,
        detail,
    );
    work.bump("organisation");
    work.commit(Outcome::row("assignment", id)).await
}

/// Ends a role, and what was delegated of it.
pub(in crate::organisation) async fn end(acting: &Acting, input: RoleEndInput) -> Done {
    let id = object("assignment", &input.assignment)?;
    let row = role_assignment::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| missing("assignment"))?;
    let holder = row.employee_id;
    let department = acting
        .directory
        .person(holder)
        .map_or(Uuid::nil(), |p| p.department);
    let permit = acting.may(
        "role",
        "assign",
        &EmployeeFacts {
            employee: holder,
            department,
        },
    )?;
    let mut work = Work::begin(acting);
    work.check_version("role_assignment", id, row.version, input.expected_version)
        .await?;
    let now = acting.now();
    if row.ended_at.is_some() || row.until_on.is_some_and(|last| last < acting.today()) {
        return Err(already_ended().clause(ORG_3).at("assignment").into());
    }
    if NEVER_EMPTY.contains(&row.role) {
        let others = holders(&work, row.role, |a| a.id != id).await?;
        check_end_of_assignment(row.role, others).map_err(|refusal| refusal.at("assignment"))?;
    }
    let role = row.role;
    work.update(row, None, |a: &mut role_assignment::ActiveModel| {
        a.ended_at = Set(Some(now))
    })
    .await?;
    let lent = delegation::Entity::find()
        .filter(delegation::Column::AssignmentId.eq(id))
        .filter(delegation::Column::EndedAt.is_null())
        .filter(delegation::Column::UntilAt.gt(now))
        .all(work.conn())
        .await?;
    for delegation in lent {
        let end = |d: &mut delegation::ActiveModel| {
            d.ended_at = Set(Some(now));
            d.ended_reason = Set(Some(ORG_3.number().to_owned()));
        };
        work.update(delegation, None, end).await?;
    }
    let detail = json!({"role": role.as_str(), "assignment": id});
    work.note("role.end", "employee", Some(holder), &permit, detail);
    work.bump("organisation");
    work.commit(Outcome::row("assignment", id)).await
}

/// ORG-3: the company keeps a system administrator and a general manager when this person leaves.
///
/// # Errors
/// `LAST_HOLDER` at `id`.
pub(super) async fn check_others_hold(work: &Work<'_>, leaving: Uuid) -> Done<()> {
    for role in NEVER_EMPTY {
        let all = holders(work, role, |_| true).await?;
        let others = holders(work, role, |a| a.employee_id != leaving).await?;
        if all > others {
            check_end_of_assignment(role, others).map_err(|refusal| refusal.at("assignment"))?;
        }
    }
    Ok(())
}

/// How many hold the role now by assignments that `counts`. The rows stay locked until the work ends, so that two of them
/// can't end each other at once.
async fn holders(
    work: &Work<'_>,
    role: Role,
    counts: impl Fn(&role_assignment::Model) -> bool,
) -> Done<u64> {
    let held = role_assignment::Entity::find()
        .filter(role_assignment::Column::Role.eq(role))
        .filter(role_assignment::Column::EndedAt.is_null())
        .lock_exclusive()
        .all(work.conn())
        .await?;
    let (now, today) = (work.acting.now(), work.acting.today());
    let mut count = 0;
    for assignment in held
        .iter()
        .filter(|a| counts(a) && a.from_on <= today && a.until_on.is_none_or(|last| today <= last))
    {
        let holder = queries::employee(work.conn(), assignment.employee_id).await?;
        let open = work
            .acting
            .directory
            .person(assignment.employee_id)
            .is_some_and(|p| !p.disabled);
        let employed = holder.is_some_and(|h| !queries::employment_of(&h).has_ended(today));
        if open && employed && assignment.ended_at.is_none_or(|ended| now < ended) {
            count += 1;
        }
    }
    Ok(count)
}
