//! Departments of each kind (ORG-1), forty employees (ORG-2), every role (ORG-3), an account each.

use entity::account;
use rules::kit::language::Language;
use rules::vocabulary::{AuditPart, DepartmentKind, DepartmentTier, Role};
use sea_orm::EntityTrait as _;
use serde_json::json;

use super::DemoError;
use super::cast::{Cast, public, value};
use super::dice::Dice;
use crate::app::App;
use crate::identity::command_line;

/// The password of every account.
pub const PASSWORD: &str = "demo-Kehu-2026";
/// Whoever administers.
const ADMIN: &str = "admin";

/// Code, name, kind, tier, code of the one above.
type Unit = (
    &'static str,
    &'static str,
    DepartmentKind,
    DepartmentTier,
    &'static str,
);

use DepartmentTier::{Department, Section};

const UNITS: &[Unit] = &[
    ("GM", "总经理室", DepartmentKind::GmOffice, Department, "HQ"),
    ("S1", "业务一部", DepartmentKind::Business, Department, "HQ"),
    (
        "S1A",
        "业务一部一科",
        DepartmentKind::Business,
        Section,
        "S1",
    ),
    (
        "S1B",
        "业务一部二科",
        DepartmentKind::Business,
        Section,
        "S1",
    ),
    ("S2", "业务二部", DepartmentKind::Business, Department, "HQ"),
    ("S3", "外贸部", DepartmentKind::Business, Department, "HQ"),
    ("QA", "品保部", DepartmentKind::Quality, Department, "HQ"),
    (
        "MF",
        "制造部",
        DepartmentKind::Manufacturing,
        Department,
        "HQ",
    ),
    ("RD", "研发部", DepartmentKind::Rnd, Department, "HQ"),
    ("AC", "财务部", DepartmentKind::Accounting, Department, "HQ"),
    ("WH", "仓储部", DepartmentKind::Warehouse, Department, "HQ"),
    ("PM", "生管部", DepartmentKind::Pmc, Department, "HQ"),
    ("MK", "营销部", DepartmentKind::Marketing, Department, "HQ"),
    (
        "EN",
        "工程部",
        DepartmentKind::Engineering,
        Department,
        "HQ",
    ),
    ("HR", "人事部", DepartmentKind::Hr, Department, "HQ"),
    (
        "SV",
        "客户服务部",
        DepartmentKind::Service,
        Department,
        "HQ",
    ),
    (
        "CR",
        "客户关系管理中心",
        DepartmentKind::CrmCenter,
        Department,
        "HQ",
    ),
    ("OR", "科普部", DepartmentKind::Outreach, Department, "HQ"),
];

/// Somebody of the demo company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staff {
    /// The name to sign in with, and the staff number.
    pub login: &'static str,
    /// Job title.
    pub title: &'static str,
    /// Code of the department.
    pub unit: &'static str,
    /// Roles, company-wide unless they are those of a department.
    pub roles: &'static [Role],
}

const fn staff(
    login: &'static str,
    title: &'static str,
    unit: &'static str,
    roles: &'static [Role],
) -> Staff {
    Staff {
        login,
        title,
        unit,
        roles,
    }
}

/// Everybody. The first administers.
pub const STAFF: &[Staff] = &[
    staff(ADMIN, "系统管理员", "HQ", &[Role::SystemAdministrator]),
    staff("gm", "总经理", "GM", &[Role::GeneralManager]),
    staff("deputy", "副总经理", "GM", &[Role::DeputyGeneralManager]),
    staff(
        "governor",
        "董事",
        "GM",
        &[Role::GoverningBody, Role::Partner, Role::ManagingPartner],
    ),
    staff(
        "production-control",
        "生产管理组长",
        "GM",
        &[Role::ProductionControl],
    ),
    staff("auditor", "审计", "GM", &[Role::Auditor]),
    staff("analyst", "数据分析", "GM", &[Role::Analyst]),
    staff("hr", "人事专员", "HR", &[Role::HrOfficer]),
    staff(
        "manager-1",
        "业务一部经理",
        "S1",
        &[Role::DepartmentManager],
    ),
    staff(
        "deputy-manager-1",
        "业务一部副理",
        "S1",
        &[Role::DeputyManager],
    ),
    staff("supervisor-1", "业务一部主管", "S1", &[Role::Supervisor]),
    staff("sales-1", "业务员", "S1", &[Role::Salesperson]),
    staff("sales-1x", "业务员", "S1", &[Role::Salesperson]),
    staff("sales-1a", "业务员", "S1A", &[Role::Salesperson]),
    staff("sales-1b", "业务员", "S1B", &[Role::Salesperson]),
    staff("sales-clerk", "营销文员", "S1", &[Role::SalesClerk]),
    staff(
        "manager-2",
        "业务二部经理",
        "S2",
        &[Role::DepartmentManager],
    ),
    staff("sales-manager", "销售经理", "S2", &[Role::SalesManager]),
    staff("sales-2", "业务员", "S2", &[Role::Salesperson]),
    staff("manager-3", "外贸部经理", "S3", &[Role::DepartmentManager]),
    staff("regional", "区域经理", "S3", &[Role::RegionalManager]),
    staff("sales-3", "业务员", "S3", &[Role::Salesperson]),
    staff("marketing-head", "营销部长", "MK", &[Role::MarketingHead]),
    staff(
        "planner",
        "市场策划",
        "MK",
        &[Role::MarketingPlanner, Role::ProjectPlanner],
    ),
    staff(
        "market-admin",
        "市场管理员",
        "MK",
        &[Role::MarketAdministrator],
    ),
    staff("service-manager", "客服经理", "SV", &[Role::ServiceManager]),
    staff(
        "service-head",
        "服务中心主任",
        "SV",
        &[Role::ServiceCentreHead, Role::ServiceSupervisor],
    ),
    staff("specialist", "客服专员", "SV", &[Role::ServiceSpecialist]),
    staff(
        "service-agent",
        "客服",
        "SV",
        &[Role::ServiceAgent, Role::OrderAgent],
    ),
    staff(
        "technician",
        "维修工程师",
        "SV",
        &[Role::ServiceTechnician, Role::MeterReader],
    ),
    staff(
        "intake",
        "投诉受理",
        "SV",
        &[Role::ComplaintIntakeAgent, Role::ComplaintOfficer],
    ),
    staff("quality", "品保工程师", "QA", &[Role::QualityOfficer]),
    staff(
        "manufacturing",
        "制造主管",
        "MF",
        &[Role::ManufacturingOfficer],
    ),
    staff("rnd", "研发工程师", "RD", &[Role::RndOfficer]),
    staff(
        "accountant",
        "会计",
        "AC",
        &[Role::Accountant, Role::FeeCollector],
    ),
    staff("warehouse", "仓管", "WH", &[Role::WarehouseKeeper]),
    staff("pmc", "生管", "PM", &[Role::PmcPlanner, Role::Engineering]),
    staff("crm", "客户关系管理", "CR", &[Role::CrmCentreClerk]),
    staff("outreach", "科普部主任", "OR", &[Role::OutreachHead]),
    staff(
        "front-desk",
        "行政前台",
        "HQ",
        &[Role::FrontDesk, Role::Administration],
    ),
];

/// Roles whose rights reach over their department only.
const OF_A_DEPARTMENT: [Role; 6] = [
    Role::DepartmentManager,
    Role::DeputyManager,
    Role::Supervisor,
    Role::Salesperson,
    Role::SalesManager,
    Role::SalesClerk,
];

/// Founds the company: its administrator on the command line, everything else by him.
pub(super) async fn found(app: &App, dice: &mut Dice) -> Result<Cast, DemoError> {
    let mut cast = Cast::of(app)?;
    let id = app.shared().clock.new_id().to_string();
    let nobody = app.nobody(cast.db.clone(), AuditPart::CommandLine, id, None);
    let name = dice.person();
    command_line::create_first(
        &nobody,
        ADMIN.into(),
        PASSWORD.into(),
        &name,
        Some(Language::ZhCn),
    )
    .await?;
    let first = account::Entity::find()
        .one(&cast.db.write)
        .await
        .map_err(crate::kit::error::Error::from)?;
    let first = first.ok_or_else(|| DemoError::Refused("the administrator is missing".into()))?;
    cast.people.insert(ADMIN, first.employee_id);
    app.shared().refresh(&cast.db.write).await?;
    let head = app
        .shared()
        .viewer(first.employee_id)
        .map(|viewer| viewer.subject.department);
    cast.units.extend(head.map(|head| ("HQ", head)));
    for (code, name, kind, tier, above) in UNITS {
        let above = public("department", cast.unit(above)?);
        let input =
            json!({"code": code, "name": name, "kind": kind, "tier": tier, "parent": above});
        let id = cast
            .make(ADMIN, "departmentCreate", input, "department")
            .await?;
        cast.units.insert(code, value(&id)?);
    }
    let today = app.shared().day_of(app.shared().clock.now());
    let mut accounts = Vec::new();
    for person in STAFF {
        if person.login != ADMIN {
            let input = json!({
                "number": person.login, "name": dice.person(), "jobTitle": person.title, "state": "ACTIVE",
                "department": public("department", cast.unit(person.unit)?), "fromOn": today,
            });
            let id = cast
                .make(ADMIN, "employeeCreate", input, "employee")
                .await?;
            cast.people.insert(person.login, value(&id)?);
            accounts.push((cast.employee(person.login)?, person.login.to_owned()));
        }
        for role in person
            .roles
            .iter()
            .filter(|role| **role != Role::SystemAdministrator)
        {
            let mut input =
                json!({"employee": public("employee", cast.employee(person.login)?), "role": role});
            if let (true, Some(input)) = (OF_A_DEPARTMENT.contains(role), input.as_object_mut()) {
                input.insert(
                    "department".into(),
                    public("department", cast.unit(person.unit)?),
                );
            }
            let id = cast.make(ADMIN, "roleAssign", input, "assignment").await?;
            cast.roles.entry(person.login).or_default().push(id);
        }
    }
    command_line::create_all(&nobody.after(), accounts, PASSWORD, Language::ZhCn).await?;
    app.shared().refresh(&cast.db.write).await?;
    Ok(cast)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn org_1_org_3_every_kind_and_every_role_is_there() {
        let kinds: HashSet<DepartmentKind> = UNITS
            .iter()
            .map(|unit| unit.2)
            .chain([DepartmentKind::Admin])
            .collect();
        assert_eq!(kinds.len(), DepartmentKind::ALL.len());
        let roles: HashSet<Role> = STAFF
            .iter()
            .flat_map(|person| person.roles)
            .copied()
            .collect();
        assert!(
            Role::ALL
                .iter()
                .all(|role| *role == Role::Employee || roles.contains(role))
        );
        assert_eq!(STAFF.len(), 40);
    }
}
