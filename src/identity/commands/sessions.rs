//! Signing out, and ending sessions.

use entity::{account, session};
use rules::vocabulary::AccessEnd;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::{in_person, may, unknown};
use crate::acting::{Acting, Permit};
use crate::identity::api::SignOutInput;
use crate::identity::{ending, queries};
use crate::work::{Done, Outcome, Work};

/// Ends the session of this request, or all of the person's.
///
/// # Errors
/// `FORBIDDEN` for an API key, which has no session.
pub(in crate::identity) async fn sign_out(acting: &Acting, input: SignOutInput) -> Done {
    in_person(acting)?;
    let mut work = Work::begin(acting);
    if input.everywhere {
        if let Some(account) = queries::account_of(work.conn(), acting.employee()).await? {
            ending::end_sessions(&mut work, account.id, None, AccessEnd::SignedOut).await?;
        }
    } else if let Some(id) = acting.session
        && let Some(session) = session::Entity::find_by_id(id).one(work.conn()).await?
        && session.revoked_at.is_none()
    {
        ending::end_session(&mut work, session, AccessEnd::SignedOut).await?;
    }
    let detail = json!({"reason": AccessEnd::SignedOut.as_str(), "everywhere": input.everywhere});
    work.note(
        "signOut",
        "session",
        acting.session,
        &Permit::default(),
        detail,
    );
    work.commit(Outcome::default()).await
}

/// Ends a session on another device; one that has ended stays as it is.
///
/// # Errors
/// `UNKNOWN_REFERENCE` for what the person can't see; `FORBIDDEN`.
pub(in crate::identity) async fn revoke(acting: &Acting, id: Uuid) -> Done {
    in_person(acting)?;
    let session = session::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| unknown("session"))?;
    let account = account::Entity::find_by_id(session.account_id)
        .one(&acting.db.read)
        .await?;
    let account = account.ok_or_else(|| unknown("session"))?;
    let permit = may(acting, "session", "revoke", account.employee_id, "session")?;
    let mut work = Work::begin(acting);
    if session.revoked_at.is_none() {
        ending::end_session(&mut work, session, AccessEnd::Revoked).await?;
        work.note(
            "sessionRevoke",
            "session",
            Some(id),
            &permit,
            json!({"reason": AccessEnd::Revoked.as_str()}),
        );
    }
    work.commit(Outcome::row("session", id)).await
}
