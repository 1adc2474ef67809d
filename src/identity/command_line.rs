//! What `kehu user` does, in nobody's name; and the first administrator of a new company.

use entity::{account, department, employee, role_assignment};
use rules::kit::checks::LINE;
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{DepartmentKind, DepartmentTier, EmploymentState, Role};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::commands::{accounts, passwords};
use super::{credentials, queries};
use crate::acting::{Acting, Permit};
use crate::config::Config;
use crate::kit::error::Result;
use crate::kit::names::pinyin_key;
use crate::work::{Done, Outcome, Work};

pub use super::commands::accounts::NewAccount;

/// Code of a new company's first department, and number of its first employee.
const FIRST: (&str, &str) = ("HQ", "1");

/// The account with a sign-in name, as typed.
///
/// # Errors
/// When the database fails.
pub async fn account(acting: &Acting, login: &str) -> Result<Option<account::Model>> {
    queries::account_by_login(&acting.db.read, &credentials::normalised(login)).await
}

/// Makes an account for an employee.
///
/// # Errors
/// `LOGIN_TAKEN`, `WEAK_PASSWORD`, `INVALID_INPUT` for what can't be an account.
pub async fn create(acting: &Acting, new: NewAccount) -> Done {
    accounts::create_by(acting, new, &Permit::default()).await
}

/// Makes accounts of several employees, with their sign-in names, under one password that is hashed once.
///
/// # Errors
/// `LOGIN_TAKEN`, `WEAK_PASSWORD`, `INVALID_INPUT` for what can't be an account; then none is made.
pub async fn create_all(
    acting: &Acting,
    people: Vec<(Uuid, String)>,
    password: &str,
    language: Language,
) -> Done {
    let permit = Permit::default();
    let mut hash = None;
    let mut work = Work::begin(acting);
    for (employee, login) in people {
        let new = NewAccount {
            employee,
            login,
            password: password.to_owned(),
            language: Some(language),
        };
        let hash = match &hash {
            Some(hash) => String::clone(hash),
            None => hash
                .insert(accounts::checked_hash(acting, &new).await?)
                .clone(),
        };
        accounts::insert(&mut work, &permit, new, hash).await?;
    }
    work.commit(Outcome::default()).await
}

/// Sets a password anew, and ends all sessions of the account.
///
/// # Errors
/// `ACCOUNT_DISABLED`, `WEAK_PASSWORD`.
pub async fn reset_password(acting: &Acting, account: account::Model, password: String) -> Done {
    passwords::reset_by(acting, account, password, &Permit::default()).await
}

/// Disables an account, and ends all access of its owner at once (ORG-7).
///
/// # Errors
/// `ACCOUNT_DISABLED`, `LAST_HOLDER`.
pub async fn disable(acting: &Acting, account: account::Model) -> Done {
    accounts::disable_by(acting, account, &Permit::default()).await
}

/// Makes the first department and employee of a new company, an account, and the role of system administrator (ORG-3).
///
/// # Errors
/// As [`create`]; when the database fails, which it also does where somebody else was first.
pub async fn create_first(
    acting: &Acting,
    login: String,
    password: String,
    name: &str,
    language: Option<Language>,
) -> Done {
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LINE {
        return Err(Refusal::new(Code::Required).at("name").into());
    }
    let (employee, unit) = (acting.new_id(), acting.new_id());
    let new = NewAccount {
        employee,
        login,
        password,
        language,
    };
    let hash = accounts::checked_hash(acting, &new).await?;
    let permit = Permit::default();
    let mut work = Work::begin(acting);
    insert_department(&mut work, unit).await?;
    insert_employee(&mut work, employee, unit, &name).await?;
    work.insert(role_assignment::ActiveModel {
        id: Set(acting.new_id()),
        employee_id: Set(employee),
        role: Set(Role::SystemAdministrator),
        department_id: Set(None),
        from_on: Set(acting.today()),
        until_on: Set(None),
        assigned_by: Set(None),
        ended_at: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    })?;
    work.note(
        "companyFound",
        "employee",
        Some(employee),
        &permit,
        json!({"department": unit}),
    );
    let account = accounts::insert(&mut work, &permit, new, hash).await?;
    work.commit(Outcome::row("account", account.id)).await
}

async fn insert_department(work: &mut Work<'_>, id: Uuid) -> Done<department::Model> {
    let acting = work.acting;
    let name = acting.get::<Config>()?.company.name.clone();
    let row = department::ActiveModel {
        id: Set(id),
        code: Set(FIRST.0.to_owned()),
        name_key: Set(pinyin_key(&name)),
        name: Set(name),
        kind: Set(DepartmentKind::Admin),
        tier: Set(DepartmentTier::Department),
        parent_id: Set(None),
        closed_at: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    Ok(work.insert(row)?)
}

async fn insert_employee(
    work: &mut Work<'_>,
    id: Uuid,
    unit: Uuid,
    name: &str,
) -> Done<employee::Model> {
    let acting = work.acting;
    let row = employee::ActiveModel {
        id: Set(id),
        number: Set(FIRST.1.to_owned()),
        name: Set(name.to_owned()),
        name_key: Set(pinyin_key(name)),
        department_id: Set(unit),
        supervisor_id: Set(None),
        job_title: Set(String::new()),
        base_points: Set(0),
        state: Set(EmploymentState::Active),
        probation_from: Set(None),
        active_from: Set(Some(acting.today())),
        transferred_on: Set(None),
        left_on: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    Ok(work.insert(row)?)
}
