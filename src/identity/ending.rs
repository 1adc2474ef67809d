//! The end of access: of sessions, API keys and delegations, in the transaction of what ends them (ORG-7).
//!
//! Pitfall: an access token goes on by itself for some minutes; what stops it within a second on every node is the raised
//! `sessions` version, by which the gate learns of the revoked sessions.

use entity::{account, api_key, delegation, session};
use rules::vocabulary::AccessEnd;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::queries;
use crate::work::{Done, Work};

/// How much access was ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ended {
    /// Sessions, each with all its tokens.
    pub sessions: usize,
    /// API keys.
    pub api_keys: usize,
    /// Delegations, given and received (ORG-4).
    pub delegations: usize,
}

/// Ends every session, token, API key and delegation of a person at once (ORG-7), as part of `work`; the caller notes what
/// it does and why. A person without an account has only delegations.
///
/// # Errors
/// When the database fails.
pub async fn end_access(work: &mut Work<'_>, employee: Uuid, reason: AccessEnd) -> Done<Ended> {
    let mut ended = Ended::default();
    if let Some(account) = queries::account_of(work.conn(), employee).await? {
        ended.sessions = end_sessions(work, account.id, None, reason).await?;
        ended.api_keys = end_api_keys(work, &account, reason).await?;
    }
    let theirs = Condition::any()
        .add(delegation::Column::DelegatorId.eq(employee))
        .add(delegation::Column::DelegateId.eq(employee));
    let open = delegation::Entity::find()
        .filter(theirs)
        .filter(delegation::Column::EndedAt.is_null())
        .all(work.conn())
        .await?;
    let now = work.acting.now();
    for delegation in open.into_iter().filter(|d| d.until_at > now) {
        work.update(
            delegation,
            Some(reason.as_str()),
            |d: &mut delegation::ActiveModel| {
                d.ended_at = Set(Some(now));
                d.ended_reason = Set(Some(reason.as_str().to_owned()));
            },
        )
        .await?;
        ended.delegations += 1;
    }
    work.bump("organisation");
    Ok(ended)
}

/// Ends the running sessions of an account, all but `except`; gives how many.
pub(super) async fn end_sessions(
    work: &mut Work<'_>,
    account: Uuid,
    except: Option<Uuid>,
    reason: AccessEnd,
) -> Done<usize> {
    let running = session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(work.acting.now()))
        .all(work.conn())
        .await?;
    let mut count = 0;
    for session in running.into_iter().filter(|s| Some(s.id) != except) {
        end_session(work, session, reason).await?;
        count += 1;
    }
    Ok(count)
}

/// Ends one session, and with it every token of it.
pub(super) async fn end_session(
    work: &mut Work<'_>,
    session: session::Model,
    reason: AccessEnd,
) -> Done<()> {
    let now = work.acting.now();
    work.update(
        session,
        Some(reason.as_str()),
        |s: &mut session::ActiveModel| {
            s.revoked_at = Set(Some(now));
            s.revoked_reason = Set(Some(reason.as_str().to_owned()));
        },
    )
    .await?;
    work.bump("sessions");
    Ok(())
}

async fn end_api_keys(
    work: &mut Work<'_>,
    account: &account::Model,
    reason: AccessEnd,
) -> Done<usize> {
    let now = work.acting.now();
    let running = api_key::Entity::find()
        .filter(api_key::Column::AccountId.eq(account.id))
        .filter(api_key::Column::RevokedAt.is_null())
        .filter(api_key::Column::ExpiresAt.gt(now))
        .all(work.conn())
        .await?;
    let count = running.len();
    for key in running {
        work.update(
            key,
            Some(reason.as_str()),
            |k: &mut api_key::ActiveModel| k.revoked_at = Set(Some(now)),
        )
        .await?;
        work.bump("sessions");
    }
    Ok(count)
}
