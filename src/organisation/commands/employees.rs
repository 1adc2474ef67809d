//! Employees and their particulars (ORG-2).

use entity::employee;
use rules::kit::checks::{Checks, LINE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::EmploymentState;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::{NUMBER, missing, object, open_department, referred_employee, taken};
use crate::acting::{Acting, Directory};
use crate::kit::pinyin_key;
use crate::organisation::EmployeeFacts;
use crate::organisation::api::{EmployeeCreateInput, EmployeeUpdateInput};
use crate::organisation::queries::{self, facts_of};
use crate::work::{Done, Outcome, Stop, Work};

pub(super) const ORG_2: Clause = Clause("ORG-2");

/// The most base points; far above any scale in use, so that sums stay exact.
const MAX_POINTS: i64 = 1_000_000;

/// Enters an employee.
pub(in crate::organisation) async fn create(acting: &Acting, input: EmployeeCreateInput) -> Done {
    let department = open_department(acting, &input.department, "department").await?;
    let supervisor = match &input.supervisor {
        Some(id) => Some(referred_employee(acting, id, "supervisor").await?.id),
        None => None,
    };
    let id = acting.new_id();
    let facts = EmployeeFacts {
        employee: id,
        department: department.id,
    };
    let permit = acting.may("employee", "administer", &facts)?;
    if input.base_points.is_some() {
        acting.may("employee.pay", "administer", &facts)?;
    }
    let mut checks = Checks::under(ORG_2);
    let number = checks.text("number", &input.number, NUMBER);
    let name = checks.text("name", &input.name, LINE);
    let job_title = checks.text("jobTitle", &input.job_title, LINE);
    let base_points = input.base_points.unwrap_or_default();
    checks.number("basePoints", base_points.into(), 0, MAX_POINTS);
    let state = input.state.unwrap_or(EmploymentState::Probation);
    if !matches!(state, EmploymentState::Probation | EmploymentState::Active) {
        checks.refuse(
            "state",
            Refusal::new(Code::WrongState).labelled("state", state),
        );
    }
    checks.finish(())?;
    let began = |wanted| (state == wanted).then_some(input.from_on.0);
    let mut work = Work::begin(acting);
    let row = employee::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        name_key: Set(pinyin_key(&name)),
        name: Set(name),
        department_id: Set(department.id),
        supervisor_id: Set(supervisor),
        job_title: Set(job_title),
        base_points: Set(base_points),
        state: Set(state),
        probation_from: Set(began(EmploymentState::Probation)),
        active_from: Set(began(EmploymentState::Active)),
        transferred_on: Set(None),
        left_on: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    work.insert_now(row)
        .await
        .map_err(|e| taken(Stop::from(e), "number"))?;
    work.note(
        "employee.create",
        "employee",
        Some(id),
        &permit,
        json!({"number": number}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("employee", id)).await
}

/// Changes an employee's particulars.
pub(in crate::organisation) async fn update(acting: &Acting, input: EmployeeUpdateInput) -> Done {
    let row = find(acting, &input.employee).await?;
    let id = row.id;
    let permit = acting.may("employee", "administer", &facts_of(&row))?;
    if input.base_points.is_some() {
        acting.may("employee.pay", "administer", &facts_of(&row))?;
    }
    let mut work = Work::begin(acting);
    work.check_version("employee", id, row.version, input.expected_version)
        .await?;
    let mut checks = Checks::under(ORG_2);
    let number = input
        .number
        .as_ref()
        .map(|number| checks.text("number", number, NUMBER));
    let name = input
        .name
        .as_ref()
        .map(|name| checks.text("name", name, LINE));
    let job_title = input
        .job_title
        .as_ref()
        .map(|title| checks.text("jobTitle", title, LINE));
    if let Some(points) = input.base_points {
        checks.number("basePoints", points.into(), 0, MAX_POINTS);
    }
    checks.finish(())?;
    let supervisor = match (input.supervisor.is_undefined(), input.supervisor.value()) {
        (true, _) => None,
        (false, None) => Some(None),
        (false, Some(above)) => Some(Some(
            referred_employee(acting, above, "supervisor").await?.id,
        )),
    };
    if let Some(Some(above)) = supervisor {
        check_supervisor(&acting.directory, id, above)?;
    }
    let updated = work.update(row, None, |e: &mut employee::ActiveModel| {
        if let Some(number) = number {
            e.number = Set(number);
        }
        if let Some(name) = name {
            e.name_key = Set(pinyin_key(&name));
            e.name = Set(name);
        }
        if let Some(job_title) = job_title {
            e.job_title = Set(job_title);
        }
        if let Some(points) = input.base_points {
            e.base_points = Set(points);
        }
        if let Some(supervisor) = supervisor {
            e.supervisor_id = Set(supervisor);
        }
    });
    updated.await.map_err(|stop| taken(stop, "number"))?;
    work.note("employee.update", "employee", Some(id), &permit, json!({}));
    work.bump("organisation");
    work.commit(Outcome::row("employee", id)).await
}

/// The employee that a command is about.
pub(super) async fn find(acting: &Acting, id: &str) -> Done<employee::Model> {
    let id = object("employee", id)?;
    Ok(queries::employee(&acting.db.read, id)
        .await?
        .ok_or_else(|| missing("employee"))?)
}

/// ORG-2: nobody stands above himself.
fn check_supervisor(directory: &Directory, employee: Uuid, above: Uuid) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    let mut next = Some(above);
    while let Some(id) = next.filter(|id| !seen.contains(id)) {
        if id == employee {
            let refusal = Refusal::new(Code::InvalidInput).detail(Detail::SupervisorCycle);
            return Err(refusal.clause(ORG_2).at("supervisor"));
        }
        seen.push(id);
        next = directory.person(id).and_then(|p| p.supervisor);
    }
    Ok(())
}
