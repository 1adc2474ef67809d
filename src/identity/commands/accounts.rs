//! Accounts: made, disabled, enabled by a system administrator (ORG-3), or on the command line.
//!
//! Pitfall: the command line has nobody's rights and asks for none, so each verb comes in two halves: who may, and what
//! is done.

use entity::account;
use rules::kit::clause::Clause;
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::organisation::check_end_of_assignment;
use rules::vocabulary::{AccessEnd, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::{in_person, may, unknown};
use crate::acting::{Acting, Permit};
use crate::config::Config;
use crate::identity::access::AccountFacts;
use crate::identity::{Passwords, credentials, ending, queries};
use crate::kit::error::{Error, Result};
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

/// An account to be made.
pub struct NewAccount {
    /// Whose it is.
    pub employee: Uuid,
    /// The sign-in name as typed.
    pub login: String,
    /// The password.
    pub password: String,
    /// Language of messages; the company's where none is given.
    pub language: Option<Language>,
}

/// Makes an account.
///
/// # Errors
/// `LOGIN_TAKEN`, `WEAK_PASSWORD`, `INVALID_INPUT` for what can't be an account.
pub(in crate::identity) async fn create(acting: &Acting, new: NewAccount) -> Done {
    in_person(acting)?;
    let facts = AccountFacts {
        employee: new.employee,
    };
    let permit = acting.may("account", "administer", &facts)?;
    create_by(acting, new, &permit).await
}

/// The second half of [`create`], also for the command line.
///
/// # Errors
/// As [`create`].
pub async fn create_by(acting: &Acting, new: NewAccount, permit: &Permit) -> Done {
    let person = acting.directory.person(new.employee);
    let person = person.ok_or_else(|| unknown("employee"))?;
    if person.employment.has_ended(acting.today()) {
        return Err(employment_ended("employee").into());
    }
    let hash = checked_hash(acting, &new).await?;
    let mut work = Work::begin(acting);
    let account = insert(&mut work, permit, new, hash).await?;
    work.commit(Outcome::row("account", account.id)).await
}

/// Checks what is asked for and hashes the password: before the transaction, which would keep other writers waiting.
///
/// # Errors
/// As [`create`], all faults at once.
pub async fn checked_hash(acting: &Acting, new: &NewAccount) -> Result<String, Stop> {
    let mut refusals = Vec::new();
    if queries::account_of(&acting.db.read, new.employee)
        .await?
        .is_some()
    {
        refusals.push(
            Refusal::new(Code::InvalidInput)
                .detail(Detail::AccountExists)
                .at("employee"),
        );
    }
    match credentials::check_login(&new.login) {
        Err(refusal) => refusals.push(refusal),
        Ok(login)
            if queries::account_by_login(&acting.db.read, &login)
                .await?
                .is_some() =>
        {
            refusals.push(login_taken())
        }
        Ok(_) => {}
    }
    if let Err(refusal) =
        credentials::check_password(&new.password, &credentials::normalised(&new.login))
    {
        refusals.push(refusal.at("password"));
    }
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    Ok(acting
        .get::<Passwords>()?
        .hash(new.password.clone())
        .await?)
}

/// Writes a checked account.
///
/// # Errors
/// `LOGIN_TAKEN` when somebody took the name meanwhile; when the database fails.
pub async fn insert(
    work: &mut Work<'_>,
    permit: &Permit,
    new: NewAccount,
    hash: String,
) -> Done<account::Model> {
    let acting = work.acting;
    let login = credentials::normalised(&new.login);
    let companys = || Language::from_tag(&acting.get::<Config>().ok()?.company.language);
    let language = new.language.or_else(companys).unwrap_or_default();
    let made = work
        .insert_now(account::ActiveModel {
            id: Set(acting.new_id()),
            employee_id: Set(new.employee),
            login: Set(login.clone()),
            password_hash: Set(hash),
            language: Set(language),
            disabled_at: Set(None),
            created_at: Set(acting.now()),
            version: Set(1),
        })
        .await;
    let account: account::Model = match made {
        Err(error) if is_duplicate(&error, "login") => return Err(login_taken().into()),
        made => made?,
    };
    work.bump("organisation");
    work.note(
        "accountCreate",
        "account",
        Some(account.id),
        permit,
        json!({"employee": new.employee, "login": login}),
    );
    Ok(account)
}

/// Disables an account, and ends all access of its owner at once (ORG-7).
///
/// # Errors
/// `ACCOUNT_DISABLED` when it is already; `LAST_HOLDER` when nobody could administer accounts, or approve changes of the
/// policy, any more.
pub(in crate::identity) async fn disable(acting: &Acting, id: Uuid) -> Done {
    let (account, permit) = administered(acting, id).await?;
    disable_by(acting, account, &permit).await
}

/// The second half of [`disable`], also for the command line.
///
/// # Errors
/// As [`disable`].
pub async fn disable_by(acting: &Acting, account: account::Model, permit: &Permit) -> Done {
    if account.disabled_at.is_some() {
        return Err(Refusal::new(Code::AccountDisabled).at("account").into());
    }
    let (id, employee) = (account.id, account.employee_id);
    let mut work = Work::begin(acting);
    check_others_can(&work, employee).await?;
    let now = acting.now();
    work.update(account, None, |a: &mut account::ActiveModel| {
        a.disabled_at = Set(Some(now))
    })
    .await?;
    let ended = ending::end_access(&mut work, employee, AccessEnd::AccountDisabled).await?;
    work.note(
        "accountDisable",
        "account",
        Some(id),
        permit,
        json!({"ended": ended}),
    );
    work.commit(Outcome::row("account", id)).await
}

/// Enables an account again. What was ended when it was disabled stays ended.
///
/// # Errors
/// `INVALID_INPUT` when the employment has ended.
pub(in crate::identity) async fn enable(acting: &Acting, id: Uuid) -> Done {
    let (account, permit) = administered(acting, id).await?;
    let employee = account.employee_id;
    if acting
        .directory
        .person(employee)
        .is_none_or(|p| p.employment.has_ended(acting.today()))
    {
        return Err(employment_ended("account").into());
    }
    let mut work = Work::begin(acting);
    if account.disabled_at.is_some() {
        // What slipped in while it was being disabled must not come to life again.
        ending::end_access(&mut work, employee, AccessEnd::AccountDisabled).await?;
        work.update(account, None, |a: &mut account::ActiveModel| {
            a.disabled_at = Set(None)
        })
        .await?;
        work.note("accountEnable", "account", Some(id), &permit, json!({}));
    }
    work.commit(Outcome::row("account", id)).await
}

/// Sets the language of the person's messages.
///
/// # Errors
/// `FORBIDDEN` for an API key; `NOT_FOUND` without an account.
pub(in crate::identity) async fn set_language(acting: &Acting, language: Language) -> Done {
    in_person(acting)?;
    let mut work = Work::begin(acting);
    let account = queries::account_of(work.conn(), acting.employee())
        .await?
        .ok_or_else(|| Refusal::new(Code::NotFound))?;
    let id = account.id;
    if account.language != language {
        work.update(account, None, |a: &mut account::ActiveModel| {
            a.language = Set(language)
        })
        .await?;
        work.bump("organisation");
        work.note(
            "viewerSetLanguage",
            "account",
            Some(id),
            &Permit::default(),
            json!({"language": language.as_str()}),
        );
    }
    work.commit(Outcome::row("account", id)).await
}

/// The account `id` and the right to administer it.
pub(super) async fn administered(
    acting: &Acting,
    id: Uuid,
) -> Result<(account::Model, Permit), Stop> {
    in_person(acting)?;
    let account = account::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| unknown("account"))?;
    let permit = may(
        acting,
        "account",
        "administer",
        account.employee_id,
        "account",
    )?;
    Ok((account, permit))
}

/// What of a role that never stands empty takes an account that is open.
const NEVER_WITHOUT: [(Role, &str, &str); 2] = [
    (Role::SystemAdministrator, "account", "administer"),
    (Role::GeneralManager, "policy-change", "approve"),
];

/// ORG-3: a company is never left without somebody who can sign in and administer accounts, and somebody who can approve
/// what administrators draft.
async fn check_others_can(work: &Work<'_>, leaving: Uuid) -> Result<(), Stop> {
    let acting = work.acting;
    for (role, object, action) in NEVER_WITHOUT {
        let facts = AccountFacts { employee: leaving };
        let directory = &acting.directory;
        let able = directory.holders_able(&acting.viewer, object, action, &facts);
        if !able.iter().any(|(employee, _)| *employee == leaving) {
            continue;
        }
        let others = able.iter().map(|(employee, _)| *employee);
        let others = others.filter(|employee| *employee != leaving);
        let remaining = account::Entity::find()
            .filter(account::Column::EmployeeId.is_in(others))
            .filter(account::Column::DisabledAt.is_null())
            .count(work.conn())
            .await
            .map_err(Error::from)?;
        check_end_of_assignment(role, remaining).map_err(|r| r.at("account"))?;
    }
    Ok(())
}

fn login_taken() -> Refusal {
    Refusal::new(Code::LoginTaken).at("login")
}

fn employment_ended(field: &str) -> Refusal {
    Refusal::new(Code::InvalidInput)
        .detail(Detail::EmploymentEnded)
        .clause(Clause("ORG-7"))
        .at(field)
}
