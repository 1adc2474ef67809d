//! Departments, employees, roles, and the accounts of those who are measured.

use chrono::{DateTime, Duration, Utc};
use kehu::kit::names::pinyin_key;
use uuid::Uuid;

use super::{epoch, person};
use crate::Result;
use crate::dice::Dice;
use crate::sink::Store;
use crate::world::VIEWERS;

/// Kind and name of each. The first is the root; business departments come in order of size.
const DEPARTMENTS: [(&str, &str); 20] = [
    ("GM_OFFICE", "总经理办公室"),
    ("BUSINESS", "业务一部"),
    ("BUSINESS", "业务二部"),
    ("BUSINESS", "业务三部"),
    ("BUSINESS", "业务四部"),
    ("BUSINESS", "业务五部"),
    ("BUSINESS", "业务六部"),
    ("BUSINESS", "业务七部"),
    ("BUSINESS", "业务八部"),
    ("BUSINESS", "业务九部"),
    ("BUSINESS", "业务十部"),
    ("BUSINESS", "外贸部"),
    ("BUSINESS", "业务一部一组"),
    ("BUSINESS", "业务一部二组"),
    ("QUALITY", "品质部"),
    ("MANUFACTURING", "生产部"),
    ("ACCOUNTING", "财务部"),
    ("MARKETING", "市场部"),
    ("SERVICE", "客服部"),
    ("CRM_CENTER", "客户中心"),
];
/// Positions of the business departments.
pub const BUSINESS: std::ops::Range<usize> = 1..14;
/// Positions of the sections, which stand below the first business department.
const SECTIONS: std::ops::Range<usize> = 12..14;
const EMPLOYEES: usize = 1_000;
const CLERK: usize = 19;

pub struct Employee {
    pub id: Uuid,
    /// Position of the department.
    pub department: usize,
}

pub struct Company {
    pub departments: Vec<Uuid>,
    pub employees: Vec<Employee>,
    /// Positions of the salespeople of each department.
    pub sales: Vec<Vec<usize>>,
    /// Position among the employees, and session, of each of [`VIEWERS`].
    pub viewers: Vec<(usize, Uuid)>,
}

impl Company {
    /// The department of tier department at or above one.
    pub fn home(&self, department: usize) -> Uuid {
        self.departments[home(department)]
    }

    /// Positions of a department and those below it.
    pub fn below(department: usize) -> Vec<usize> {
        let sections = SECTIONS.filter(|_| department == 1);
        std::iter::once(department).chain(sections).collect()
    }

    /// The salesperson who is measured, the last of the second business department.
    pub fn salesperson(&self) -> usize {
        self.sales[2].last().copied().unwrap_or_default()
    }
}

fn home(department: usize) -> usize {
    if SECTIONS.contains(&department) {
        1
    } else {
        department
    }
}

/// Writes them.
///
/// # Errors
/// When the database refuses.
pub async fn fill(store: &mut Store, dice: &mut Dice, now: DateTime<Utc>) -> Result<Company> {
    let mut company = Company {
        departments: DEPARTMENTS.iter().map(|_| dice.id(epoch())).collect(),
        employees: Vec::with_capacity(EMPLOYEES),
        sales: vec![Vec::new(); DEPARTMENTS.len()],
        viewers: Vec::new(),
    };
    departments(store, &company).await?;
    employees(store, dice, &mut company).await?;
    roles(store, dice, &company).await?;
    accounts(store, dice, &mut company, now).await?;
    Ok(company)
}

async fn departments(store: &mut Store, company: &Company) -> Result<()> {
    let columns = "id, code, name, name_key, kind, tier, parent_id, closed_at, created_at, version";
    let mut rows = store.table("department", columns).await?;
    for (i, (kind, name)) in DEPARTMENTS.iter().enumerate() {
        let section = SECTIONS.contains(&i);
        let above = if section { home(i) } else { 0 };
        rows.id(company.departments[i])
            .text(format_args!("D{i:02}"))
            .text(name)
            .text(pinyin_key(name))
            .text(kind)
            .text(if section { "SECTION" } else { "DEPARTMENT" })
            .id_opt((i > 0).then(|| company.departments[above]))
            .nulls(1)
            .at(epoch())
            .number(1)
            .end()
            .await?;
    }
    rows.finish().await?;
    Ok(())
}

async fn employees(store: &mut Store, dice: &mut Dice, company: &mut Company) -> Result<()> {
    let others: Vec<usize> = (0..DEPARTMENTS.len()).collect();
    let business: Vec<usize> = BUSINESS.collect();
    let columns = "id, number, name, name_key, department_id, supervisor_id, job_title, base_points, state, \
        probation_from, active_from, transferred_on, left_on, created_at, version";
    let mut rows = store.table("employee", columns).await?;
    for i in 0..EMPLOYEES {
        // The first ones manage a department each.
        let manages = i < DEPARTMENTS.len();
        let department = match i {
            _ if manages => i,
            _ if dice.percent(70) => *dice.skewed(&business),
            _ => *dice.pick(&others),
        };
        let id = dice.id(epoch());
        let name = person(dice);
        let above = if manages { 0 } else { department };
        rows.id(id)
            .text(format_args!("E{i:05}"))
            .text(&name)
            .text(pinyin_key(&name))
            .id(company.departments[department])
            .id_opt((i > 0).then(|| company.employees[above].id))
            .text(if manages { "经理" } else { "专员" })
            .number(100)
            .text("ACTIVE")
            .nulls(1)
            .day(Some(epoch().date_naive()))
            .nulls(2)
            .at(epoch())
            .number(1)
            .end()
            .await?;
        if !manages && BUSINESS.contains(&department) {
            company.sales[department].push(i);
        }
        company.employees.push(Employee { id, department });
    }
    rows.finish().await?;
    Ok(())
}

async fn roles(store: &mut Store, dice: &mut Dice, company: &Company) -> Result<()> {
    let columns = "id, employee_id, role, department_id, from_on, until_on, assigned_by, ended_at, created_at, version";
    let mut rows = store.table("role_assignment", columns).await?;
    for (i, employee) in company.employees.iter().enumerate() {
        let own = company.departments[employee.department];
        let roles: &[(&str, Option<Uuid>)] = match i {
            0 => &[("GENERAL_MANAGER", None)],
            CLERK => &[
                ("DEPARTMENT_MANAGER", Some(own)),
                ("CRM_CENTRE_CLERK", None),
            ],
            _ if i < DEPARTMENTS.len() => &[("DEPARTMENT_MANAGER", Some(own))],
            _ if BUSINESS.contains(&employee.department) => &[("SALESPERSON", Some(own))],
            _ => &[],
        };
        for (role, within) in roles {
            rows.id(dice.id(epoch()))
                .id(employee.id)
                .text(role)
                .id_opt(*within)
                .day(Some(epoch().date_naive()))
                .nulls(3)
                .at(epoch())
                .number(1)
                .end()
                .await?;
        }
    }
    rows.finish().await?;
    Ok(())
}

/// Nobody signs in by password: tokens are issued by [`crate::world`]. The clerk takes lists in.
async fn accounts(
    store: &mut Store,
    dice: &mut Dice,
    company: &mut Company,
    now: DateTime<Utc>,
) -> Result<()> {
    let people = [0, 1, company.salesperson(), CLERK];
    let logins = VIEWERS.into_iter().chain(["clerk"]);
    let ids = people.map(|_| dice.id(now));
    let columns =
        "id, employee_id, login, password_hash, language, disabled_at, created_at, version";
    let mut rows = store.table("account", columns).await?;
    for ((id, login), employee) in ids.into_iter().zip(logins).zip(people) {
        rows.id(id)
            .id(company.employees[employee].id)
            .text(login)
            .text("!")
            .text("ZH_CN")
            .nulls(1)
            .at(now)
            .number(1)
            .end()
            .await?;
    }
    rows.finish().await?;
    let columns = "id, account_id, device, address, created_at, last_used_at, expires_at, revoked_at, revoked_reason";
    let mut rows = store.table("session", columns).await?;
    for (account, employee) in ids.into_iter().zip(people).take(VIEWERS.len()) {
        let session = dice.id(now);
        rows.id(session)
            .id(account)
            .text("bench")
            .text("127.0.0.1")
            .at(now)
            .at(now)
            .at(now + Duration::days(30))
            .nulls(2)
            .end()
            .await?;
        company.viewers.push((employee, session));
    }
    rows.finish().await?;
    Ok(())
}
