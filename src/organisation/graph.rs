//! What can be read of the organisation, each part with the policy's pair that it falls under.

use rules::vocabulary::{ChannelKind, DepartmentKind, DepartmentTier, EmploymentState, Role};
use sea_query::{Expr, ExprTrait as _};
use serde_json::Value;
use uuid::Uuid;

use super::{DepartmentFacts, EmployeeFacts};
use crate::access::{Table, Viewer};
use crate::graph::{Cell, Gate, Graph, Kind, RootRead, Scene};
use crate::kit::error::Result;
use crate::viewer::viewer_actions;

const DEPARTMENT: Gate = Gate::new("department", "read");
const EMPLOYEE: Gate = Gate::new("employee", "read");
const RECORD: Gate = Gate::new("employee.record", "read");
const PAY: Gate = Gate::new("employee.pay", "read");
const ROLE: Gate = Gate::new("role", "read");
const DELEGATION: Gate = Gate::new("delegation", "read");

const ON_DEPARTMENT: &[(&str, &str)] = &[("department", "administer")];
const ON_EMPLOYEE: &[(&str, &str)] = &[
    ("employee", "administer"),
    ("employee.pay", "administer"),
    ("employee.channel", "administer"),
    ("role", "assign"),
];

/// Departments.
pub(super) fn departments(graph: &mut Graph) {
    graph.vocabulary::<DepartmentKind>();
    graph.vocabulary::<DepartmentTier>();
    graph
        .table("Department", "department", "department", Some(DEPARTMENT), "A department, section or group of the company's tree (ORG-1). Everybody signed in sees it.")
        .filter()
        .column("code", "code", Kind::Text, "Short code, unique in the company.")
        .filter()
        .known_by()
        .column("name", "name", Kind::Text, "Name. Orders by its pinyin.")
        .filter()
        .known_by()
        .sorts_by("name", "name_key")
        .column("kind", "kind", Kind::Enum("DepartmentKind"), "What it does.")
        .filter()
        .group()
        .column("tier", "tier", Kind::Enum("DepartmentTier"), "Department, or section or group below one.")
        .filter()
        .group()
        .one("parent", "Department", "parent_id", "The one above; null at the top.")
        .filter()
        .order()
        .group()
        .many("children", "Department", "parent_id", "Those directly below.")
        .filter()
        .many("employees", "Employee", "department_id", "Who belongs to it directly.")
        .filter()
        .many("roles", "RoleAssignment", "department_id", "Roles held within it, those that have ended among them.")
        .filter()
        .optional("closedAt", "closed_at", Kind::Instant, "When it was closed; null while it is open.")
        .filter()
        .group()
        .column("createdAt", "created_at", Kind::Instant, "When it was entered.")
        .filter()
        .order()
        .group()
        .column("version", "version", Kind::Int, "Raised by one with each change; give it back as `expectedVersion`.")
        .computed_list("viewerActions", "ViewerAction", &[], department_actions, "What can be done with it, and whether the viewer may.");
}

/// Employees, their bonuses and channels.
pub(super) fn employees(graph: &mut Graph) {
    graph.vocabulary::<EmploymentState>();
    graph.vocabulary::<ChannelKind>();
    graph
        .table("Employee", "employee", "employee", Some(EMPLOYEE), "An employee (ORG-2). Everybody signed in sees number, name, department, title, state, roles and channels.")
        .filter()
        .column("number", "number", Kind::Text, "Staff number, unique in the company.")
        .filter()
        .known_by()
        .column("name", "name", Kind::Text, "Name. Orders by its pinyin.")
        .filter()
        .known_by()
        .sorts_by("name", "name_key")
        .always_one("department", "Department", "department_id", "The department that the employee belongs to.")
        .filter()
        .order()
        .group()
        .one("supervisor", "Employee", "supervisor_id", "Direct supervisor; null at the top.")
        .filter()
        .order()
        .group()
        .column("jobTitle", "job_title", Kind::Text, "Job title.")
        .filter()
        .group()
        .column("state", "state", Kind::Enum("EmploymentState"), "State of the employment.")
        .filter()
        .group()
        .optional("probationFrom", "probation_from", Kind::Date, "First day of probation. For the person, the department's manager, personnel, administrators, general management and auditors; null for others.")
        .under(RECORD)
        .group()
        .optional("activeFrom", "active_from", Kind::Date, "First day of regular employment. Seen as `probationFrom`.")
        .under(RECORD)
        .group()
        .optional("transferredOn", "transferred_on", Kind::Date, "Day of the last transfer. Seen as `probationFrom`.")
        .under(RECORD)
        .optional("leftOn", "left_on", Kind::Date, "Last day of employment; it may lie ahead (ORG-7). Seen as `probationFrom`.")
        .under(RECORD)
        .filter()
        .order()
        .group()
        .column("basePoints", "base_points", Kind::Int, "Base points 基点数. For the person, personnel, general management and auditors; null for others.")
        .under(PAY)
        .measure()
        .many("bonuses", "EmployeeBonus", "employee_id", "Monthly efficiency bonuses 效益奖金. Seen as `basePoints`.")
        .under(PAY)
        .filter()
        .many("channels", "EmployeeChannel", "employee_id", "Registered company contact channels (ORG-5), those given up among them.")
        .filter()
        .many("roles", "RoleAssignment", "employee_id", "Roles assigned (ORG-3), those that have ended among them.")
        .filter()
        .column("createdAt", "created_at", Kind::Instant, "When the employee was entered.")
        .order()
        .group()
        .column("version", "version", Kind::Int, "Raised by one with each change; give it back as `expectedVersion`.")
        .computed_list(
            "viewerActions",
            "ViewerAction",
            &[("department_id", Kind::Id("department"))],
            employee_actions,
            "What can be done with the employee, and whether the viewer may.",
        );
    graph
        .table(
            "EmployeeBonus",
            "bonus",
            "employee_bonus",
            Some(PAY.via("employee_id", "employee")),
            "An employee's efficiency bonus of one month (ORG-2).",
        )
        .column("month", "month", Kind::Date, "First day of the month.")
        .filter()
        .order()
        .column("amount", "amount_fen", Kind::Money, "Amount in CNY.")
        .always_one("employee", "Employee", "employee_id", "Whose.")
        .newest_by("month", Kind::Date);
    graph
        .table(
            "EmployeeChannel",
            "channel",
            "employee_channel",
            Some(EMPLOYEE.via("employee_id", "employee")),
            "A registered company contact channel (ORG-5).",
        )
        .column(
            "kind",
            "kind",
            Kind::Enum("ChannelKind"),
            "Phone, QQ, WeChat Work or e-mail.",
        )
        .filter()
        .column("value", "value", Kind::Text, "Number or address.")
        .filter()
        .always_one("employee", "Employee", "employee_id", "Whose.")
        .column(
            "registeredAt",
            "registered_at",
            Kind::Instant,
            "When it was registered.",
        )
        .optional(
            "endedAt",
            "ended_at",
            Kind::Instant,
            "When it was given up; null while in use.",
        )
        .filter()
        .newest_by("registered_at", Kind::Instant);
}

/// Roles and delegations.
pub(super) fn roles(graph: &mut Graph) {
    graph.vocabulary::<Role>();
    graph
        .table("RoleAssignment", "assignment", "role_assignment", Some(ROLE), "A role held company-wide or within a department, from a day to a day (ORG-3). Everybody signed in sees it.")
        .column("role", "role", Kind::Enum("Role"), "The role.")
        .filter()
        .computed("label", "String", &[("role", Kind::Enum("Role"))], label, "The role's name in the viewer's language.")
        .always_one("employee", "Employee", "employee_id", "Who holds it.")
        .filter()
        .order()
        .one("department", "Department", "department_id", "Where it is held, with everything below; null is company-wide.")
        .filter()
        .order()
        .column("fromOn", "from_on", Kind::Date, "First day.")
        .filter()
        .order()
        .optional("untilOn", "until_on", Kind::Date, "Last day; null when no end is set.")
        .filter()
        .optional("endedAt", "ended_at", Kind::Instant, "When it was ended before its time; null otherwise.")
        .filter()
        .expression("inForce", Kind::Bool, IN_FORCE, in_force, "Whether it is held now by its dates. One whose employment has ended acts no more (ORG-7).")
        .filter()
        .column("createdAt", "created_at", Kind::Instant, "When it was assigned.")
        .column("version", "version", Kind::Int, "Raised by one with each change; give it back as `expectedVersion`.");
    graph
        .table("Delegation", "delegation", "delegation", Some(DELEGATION), "A role delegated for a dated period (ORG-4). For the two persons, personnel, administrators, general management and auditors.")
        .always_one("assignment", "RoleAssignment", "assignment_id", "The role that is delegated.")
        .filter()
        .always_one("delegator", "Employee", "delegator_id", "Who holds the role.")
        .filter()
        .order()
        .group()
        .always_one("delegate", "Employee", "delegate_id", "Who acts under it; the record names both.")
        .filter()
        .order()
        .group()
        .column("fromAt", "from_at", Kind::Instant, "From when.")
        .filter()
        .order()
        .group()
        .column("untilAt", "until_at", Kind::Instant, "When it ends by itself.")
        .filter()
        .order()
        .group()
        .optional("maxAmount", "max_amount_fen", Kind::Money, "Highest amount in CNY that it covers; null for as much as the role itself.")
        .measure()
        .column("reason", "reason", Kind::Text, "Why it was given.")
        .optional("endedAt", "ended_at", Kind::Instant, "When it was ended before its time; null otherwise.")
        .filter()
        .optional("endedReason", "ended_reason", Kind::Text, "Why it was ended early: a clause, or somebody's words.")
        .column("createdAt", "created_at", Kind::Instant, "When it was given.")
        .column("version", "version", Kind::Int, "Raised by one with each change; give it back as `expectedVersion`.");
}

/// Roots.
pub(super) fn roots(graph: &mut Graph) {
    graph.root(
        "departments",
        RootRead::Connection("Department", None),
        false,
        "Departments, sections and groups (ORG-1).",
    );
    graph.statistics("departmentStatistics", "Department");
    graph.root(
        "department",
        RootRead::ById("Department"),
        true,
        "A department; null when it does not exist.",
    );
    graph.root(
        "employees",
        RootRead::Connection("Employee", None),
        false,
        "Employees, those who left among them (ORG-2).",
    );
    graph.statistics("employeeStatistics", "Employee");
    graph.root(
        "employee",
        RootRead::ById("Employee"),
        true,
        "An employee; null when there is none.",
    );
    graph.root(
        "delegations",
        RootRead::Connection("Delegation", None),
        false,
        "Delegations that the viewer may see (ORG-4).",
    );
    graph.statistics("delegationStatistics", "Delegation");
}

fn department_actions(scene: &Scene, id: Uuid, _: &[Cell]) -> Result<Value> {
    viewer_actions(scene, ON_DEPARTMENT, &DepartmentFacts { department: id })
}

fn employee_actions(scene: &Scene, id: Uuid, cells: &[Cell]) -> Result<Value> {
    let facts = EmployeeFacts {
        employee: id,
        department: match cells {
            [Cell::Id(department)] => *department,
            _ => Uuid::nil(),
        },
    };
    viewer_actions(scene, ON_EMPLOYEE, &facts)
}

fn label(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(role)] => role
            .parse::<Role>()
            .map_or_else(|_| role.as_str().into(), |r| r.label(scene.language).into()),
        _ => Value::Null,
    })
}

const IN_FORCE: &[&str] = &["from_on", "until_on", "ended_at"];

/// [`rules::organisation::Assignment::is_in_force`] in SQL.
fn in_force(viewer: &Viewer, assignment: &Table) -> Expr {
    let (until_on, ended_at) = (assignment.col("until_on"), assignment.col("ended_at"));
    assignment
        .col("from_on")
        .lte(viewer.today)
        .and(until_on.clone().is_null().or(until_on.gte(viewer.today)))
        .and(ended_at.clone().is_null().or(ended_at.gt(viewer.now)))
}
