//! Passwords: changed by their owner, set anew by a system administrator or on the command line.

use entity::account;
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::{AccessEnd, NoticeCode};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::accounts::administered;
use super::{in_person, sign_in};
use crate::acting::{Acting, Permit};
use crate::identity::throttle::Throttle;
use crate::identity::{Passwords, credentials, ending, queries};
use crate::notices::{self, Telling};
use crate::work::{Done, Outcome, Work};

/// Changes the person's own password, and ends the other sessions.
///
/// # Errors
/// `INVALID_INPUT` at `current` when that is wrong, `RATE_LIMITED` after too many such; `WEAK_PASSWORD` at `new`.
pub(in crate::identity) async fn change(acting: &Acting, current: String, new: String) -> Done {
    in_person(acting)?;
    let account = queries::account_of(&acting.db.read, acting.employee()).await?;
    let account = account.ok_or_else(|| Refusal::new(Code::NotFound))?;
    let attempt = sign_in::begin(acting, &account.login)?;
    let passwords = acting.get::<Passwords>()?;
    if !passwords
        .verify(current, Some(&account.password_hash))
        .await?
    {
        return Err(Refusal::new(Code::InvalidInput)
            .detail(Detail::WrongPassword)
            .at("current")
            .into());
    }
    acting.get::<Throttle>()?.succeeded(&attempt);
    credentials::check_password(&new, &account.login).map_err(|r| r.at("new"))?;
    let hash = passwords.hash(new).await?;
    let id = account.id;
    let mut work = Work::begin(acting);
    work.update(account, None, |a: &mut account::ActiveModel| {
        a.password_hash = Set(hash)
    })
    .await?;
    let ended =
        ending::end_sessions(&mut work, id, acting.session, AccessEnd::PasswordChanged).await?;
    work.note(
        "passwordChange",
        "account",
        Some(id),
        &Permit::default(),
        json!({"sessionsEnded": ended}),
    );
    work.commit(Outcome::row("account", id)).await
}

/// Sets somebody's password anew, and ends all sessions of that account.
///
/// # Errors
/// `ACCOUNT_DISABLED`; `WEAK_PASSWORD` at `password`.
pub(in crate::identity) async fn reset(acting: &Acting, id: Uuid, password: String) -> Done {
    let (account, permit) = administered(acting, id).await?;
    reset_by(acting, account, password, &permit).await
}

/// The second half of [`reset`], also for the command line.
///
/// # Errors
/// As [`reset`].
pub async fn reset_by(
    acting: &Acting,
    account: account::Model,
    password: String,
    permit: &Permit,
) -> Done {
    if account.disabled_at.is_some() {
        return Err(Refusal::new(Code::AccountDisabled).at("account").into());
    }
    credentials::check_password(&password, &account.login).map_err(|r| r.at("password"))?;
    let hash = acting.get::<Passwords>()?.hash(password).await?;
    let id = account.id;
    let mut work = Work::begin(acting);
    let told = Telling {
        code: NoticeCode::PasswordReset,
        clause: Some(Clause("ORG-7")),
        subject_kind: "account".to_owned(),
        subject: id,
        cause: format!("password/{id}/{}", account.version),
        to: vec![account.employee_id],
    };
    notices::tell(&work, &[told]).await?;
    work.update(account, None, |a: &mut account::ActiveModel| {
        a.password_hash = Set(hash)
    })
    .await?;
    let ended = ending::end_sessions(&mut work, id, None, AccessEnd::PasswordChanged).await?;
    work.note(
        "accountResetPassword",
        "account",
        Some(id),
        permit,
        json!({"sessionsEnded": ended}),
    );
    work.commit(Outcome::row("account", id)).await
}
