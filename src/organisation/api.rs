//! The mutations of the organisation: input → command → payload.

mod inputs;

use crate::work::Mutations;

use super::commands::{channels, delegations, departments, employees, employment, pay, roles};

pub use inputs::*;

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    of_departments(m);
    of_employees(m);
    of_roles(m);
}

fn of_departments(m: &mut Mutations) {
    const GIVES: &str = "The department; null when it was refused.";
    let doc = "Opens a department, section or group (ORG-1). For personnel and administrators.";
    m.add(
        "departmentCreate",
        doc,
        |acting, input: DepartmentCreateInput| Box::pin(departments::create(acting, input)),
    )
    .gives("department", "Department", GIVES);
    let doc = "Changes a department; fields left out stay as they are (ORG-1). For personnel and administrators.";
    m.add(
        "departmentUpdate",
        doc,
        |acting, input: DepartmentUpdateInput| Box::pin(departments::update(acting, input)),
    )
    .gives("department", "Department", GIVES);
    let doc = "Closes a department to which nothing belongs any more; old cases keep naming it (ORG-1). For personnel and \
               administrators.";
    m.add(
        "departmentClose",
        doc,
        |acting, input: DepartmentCloseInput| Box::pin(departments::close(acting, input)),
    )
    .gives("department", "Department", GIVES);
}

fn of_employees(m: &mut Mutations) {
    const GIVES: &str = "The employee; null when it was refused.";
    let doc = "Enters an employee (ORG-2). For personnel and administrators; base points for personnel alone.";
    m.add(
        "employeeCreate",
        doc,
        |acting, input: EmployeeCreateInput| Box::pin(employees::create(acting, input)),
    )
    .gives("employee", "Employee", GIVES);
    let doc = "Changes an employee's particulars; fields left out stay as they are (ORG-2). For personnel and \
               administrators; base points for personnel alone.";
    m.add(
        "employeeUpdate",
        doc,
        |acting, input: EmployeeUpdateInput| Box::pin(employees::update(acting, input)),
    )
    .gives("employee", "Employee", GIVES);
    let doc = "Confirms, transfers or ends an employment (ORG-2). With its end every session, token and delegation ends at \
               once (ORG-7); a last day ahead of today ends them when it is over. For personnel and administrators.";
    m.add(
        "employeeChangeState",
        doc,
        |acting, input: EmployeeChangeStateInput| Box::pin(employment::change_state(acting, input)),
    )
    .gives("employee", "Employee", GIVES);
    let doc = "Registers a company contact channel of an employee (ORG-5). For personnel and administrators.";
    m.add(
        "employeeChannelRegister",
        doc,
        |acting, input: EmployeeChannelRegisterInput| Box::pin(channels::register(acting, input)),
    )
    .gives(
        "channel",
        "EmployeeChannel",
        "The channel; null when it was refused.",
    );
    let doc = "Ends a company contact channel (ORG-5). For personnel and administrators.";
    m.add(
        "employeeChannelEnd",
        doc,
        |acting, input: EmployeeChannelEndInput| Box::pin(channels::end(acting, input)),
    )
    .gives(
        "channel",
        "EmployeeChannel",
        "The channel; null when it was refused.",
    );
    let doc = "Sets an employee's efficiency bonus of a month, in place of an earlier amount (ORG-2). For personnel.";
    m.add(
        "employeeBonusSet",
        doc,
        |acting, input: EmployeeBonusSetInput| Box::pin(pay::set_bonus(acting, input)),
    )
    .gives(
        "bonus",
        "EmployeeBonus",
        "The bonus; null when it was refused.",
    );
}

fn of_roles(m: &mut Mutations) {
    let doc = "Assigns a role, company-wide or within a department (ORG-3). For administrators.";
    m.add("roleAssign", doc, |acting, input: RoleAssignInput| {
        Box::pin(roles::assign(acting, input))
    })
    .gives(
        "assignment",
        "RoleAssignment",
        "The role as it is held; null when it was refused.",
    );
    let doc = "Ends a role now, and with it what was delegated of it (ORG-3). The last administrator's stays: \
               `LAST_HOLDER`. For administrators.";
    m.add("roleEnd", doc, |acting, input: RoleEndInput| {
        Box::pin(roles::end(acting, input))
    })
    .gives(
        "assignment",
        "RoleAssignment",
        "The role as it was held; null when it was refused.",
    );
    let doc = "Delegates a role that the viewer holds himself, for a period that ends by itself (ORG-4). A delegated role \
               can't be delegated on: `DELEGATION_CHAINED`.";
    m.add(
        "delegationCreate",
        doc,
        |acting, input: DelegationCreateInput| Box::pin(delegations::create(acting, input)),
    )
    .gives(
        "delegation",
        "Delegation",
        "The delegation; null when it was refused.",
    );
    let doc = "Ends a delegation before its time (ORG-4). For the delegator and administrators.";
    m.add("delegationEnd", doc, |acting, input: DelegationEndInput| {
        Box::pin(delegations::end(acting, input))
    })
    .gives(
        "delegation",
        "Delegation",
        "The delegation; null when it was refused.",
    );
}
