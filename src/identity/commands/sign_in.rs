//! Signing in: with a password, or with the refresh token of a session.
//!
//! An unknown sign-in name, a wrong password, a disabled account and an employee who left take the same way through here
//! and get the same answer. Pitfall: whatever is added must be done in all four cases, or not before they are told apart.

use chrono::{DateTime, Duration, Utc};
use entity::{account, refresh_token, session};
use rules::kit::error_code::ErrorCode;
use rules::vocabulary::AccessEnd;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use crate::acting::{Acting, Permit};
use crate::config::Config;
use crate::graph::instant_text;
use crate::identity::api::{SessionRefreshInput, SignInInput};
use crate::identity::throttle::{Attempt, Throttle};
use crate::identity::{Keys, Passwords, credentials, ending, queries, tokens};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::work::{Done, Outcome, Work};

/// Most characters kept of what a device calls itself.
const DEVICE: usize = 200;

/// Signs in with a password.
///
/// # Errors
/// `SIGN_IN_FAILED`, whatever is wrong; `RATE_LIMITED` after too many failures.
pub(in crate::identity) async fn sign_in(acting: &Acting, input: SignInInput) -> Done {
    let login = credentials::normalised(&input.login);
    let attempt = begin(acting, &login)?;
    let account = queries::account_by_login(&acting.db.read, &login).await?;
    let hash = account.as_ref().map(|a| a.password_hash.as_str());
    let passwords = acting.get::<Passwords>()?;
    let fits = passwords.verify(input.password.clone(), hash).await?;
    let person = account
        .filter(|_| fits)
        .and_then(|account| Some((person(acting, &account)?, account)));
    let Some((acting, account)) = person else {
        return Err(failed(acting, &login).await?.into());
    };
    acting.get::<Throttle>()?.succeeded(&attempt);

    let named = input
        .device
        .or_else(|| acting.origin.device.clone())
        .unwrap_or_default();
    let device: String = named.trim().chars().take(DEVICE).collect();
    let (now, id) = (acting.now(), acting.new_id());
    let renewed = if passwords.is_outdated(&account.password_hash) {
        Some(passwords.hash(input.password).await?)
    } else {
        None
    };
    let mut work = Work::begin(&acting);
    if let Some(hash) = renewed {
        // The same password hashed at today's cost: nothing that anybody decides, so no history.
        account::Entity::update_many()
            .col_expr(account::Column::PasswordHash, Expr::value(hash))
            .filter(account::Column::Id.eq(account.id))
            .filter(account::Column::PasswordHash.eq(&account.password_hash))
            .exec(work.conn())
            .await?;
    }
    work.insert(session::ActiveModel {
        id: Set(id),
        account_id: Set(account.id),
        device: Set(device.clone()),
        address: Set(address(&acting)),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(expiry(&acting)?),
        revoked_at: Set(None),
        revoked_reason: Set(None),
    })?;
    let refresh = issue_refresh_token(&work, id).await?;
    work.note(
        "signIn",
        "session",
        Some(id),
        &Permit::default(),
        json!({"device": device, "address": address(&acting)}),
    );
    tracing::info!(employee = %account.employee_id, session = %id, address = address(&acting), "signed in");
    let outcome = tokens_of(&acting, id, refresh)?;
    work.commit(outcome).await
}

/// Goes on with a session by its refresh token, which this uses up.
///
/// # Errors
/// `TOKEN_EXPIRED` for any token that is not good any more. One that was used before ends the whole session: two have it,
/// and one of them stole it.
pub(in crate::identity) async fn refresh(acting: &Acting, input: SessionRefreshInput) -> Done {
    let ended = || {
        Error::api(
            ErrorCode::TokenExpired,
            "the refresh token is used up, expired or revoked: sign in again",
        )
    };
    let found = queries::refresh_token(&acting.db.write, input.refresh_token.trim()).await?;
    let (token, session, account) = found.ok_or_else(ended)?;
    let now = acting.now();
    if session.revoked_at.is_some() {
        return Err(ended().into());
    }
    let mut work = Work::begin(acting);
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(token.id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(work.conn())
        .await?;
    if used.rows_affected == 0 {
        let id = session.id;
        tracing::warn!(session = %id, employee = %account.employee_id, address = address(acting), "a refresh token was used twice");
        ending::end_session(&mut work, session, AccessEnd::TokenReused).await?;
        work.note(
            "sessionEnd",
            "session",
            Some(id),
            &Permit::default(),
            json!({"reason": AccessEnd::TokenReused.as_str()}),
        );
        work.commit(Outcome::default()).await?;
        return Err(ended().into());
    }
    if token.expires_at <= now || person(acting, &account).is_none() {
        return Err(ended().into());
    }
    // A session that goes on changes nothing that anybody decides: no history, no audit entry.
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .col_expr(session::Column::ExpiresAt, Expr::value(expiry(acting)?))
        .filter(session::Column::Id.eq(session.id))
        .exec(work.conn())
        .await?;
    let refresh = issue_refresh_token(&work, session.id).await?;
    let access = acting
        .get::<Keys>()?
        .issue(account.employee_id, session.id)?;
    work.commit(outcome(session.id, access, refresh)).await
}

/// Lets an attempt with a password through, and counts it as failed until it succeeds.
///
/// # Errors
/// `RATE_LIMITED` with the time to wait.
pub(super) fn begin(acting: &Acting, login: &str) -> Result<Attempt> {
    let now = acting.now();
    acting.get::<Throttle>()?.begin(login, acting.origin.address, now).map_err(|until| {
        let seconds = u64::try_from((until - now).num_seconds()).unwrap_or_default().saturating_add(1);
        tracing::warn!(login = %tokens::fingerprint(login), address = address(acting), seconds, "sign-in has to wait");
        Error::too_many("too many failed attempts: try again after retryAfter seconds", seconds)
    })
}

/// The person of an account at work; `None` when it is disabled or the employment has ended (ORG-7).
fn person(acting: &Acting, account: &account::Model) -> Option<Acting> {
    let viewer = acting
        .shared
        .viewer(account.employee_id)
        .filter(|_| account.disabled_at.is_none())?;
    Some(Acting {
        viewer,
        ..acting.again()
    })
}

/// Keeps that a sign-in failed. The sign-in name stands there as its hash, because people type passwords into that field;
/// and nothing tells whether there is such an account.
async fn failed(acting: &Acting, login: &str) -> Result<Error, crate::work::Stop> {
    let fingerprint = tokens::fingerprint(login);
    tracing::warn!(login = %fingerprint, address = address(acting), "sign-in failed");
    let mut work = Work::begin(acting);
    let detail = json!({"loginSha256": fingerprint, "address": address(acting)});
    work.note("signInFailed", "account", None, &Permit::default(), detail);
    work.commit(Outcome::default()).await?;
    Ok(Error::api(
        ErrorCode::SignInFailed,
        "the sign-in name or the password is wrong",
    ))
}

fn address(acting: &Acting) -> String {
    acting
        .origin
        .address
        .map(|address| address.to_string())
        .unwrap_or_default()
}

fn expiry(acting: &Acting) -> Result<DateTime<Utc>> {
    Ok(acting.now() + Duration::days(acting.get::<Config>()?.identity.refresh_token_days))
}

async fn issue_refresh_token(work: &Work<'_>, session: Uuid) -> Result<String> {
    let token = tokens::secret();
    let row = refresh_token::ActiveModel {
        id: Set(work.acting.new_id()),
        session_id: Set(session),
        token_hash: Set(tokens::fingerprint(&token)),
        issued_at: Set(work.acting.now()),
        used_at: Set(None),
        expires_at: Set(expiry(work.acting)?),
    };
    refresh_token::Entity::insert(row)
        .exec_without_returning(work.conn())
        .await?;
    Ok(token)
}

fn tokens_of(acting: &Acting, session: Uuid, refresh: String) -> Result<Outcome> {
    let access = acting.get::<Keys>()?.issue(acting.employee(), session)?;
    Ok(outcome(session, access, refresh))
}

fn outcome(session: Uuid, (access, expires): (String, DateTime<Utc>), refresh: String) -> Outcome {
    Outcome::default()
        .and_value("sessionId", ids::encode("session", session))
        .and_value("expiresAt", instant_text(expires))
        .and_secret("accessToken", access)
        .and_secret("refreshToken", refresh)
}
