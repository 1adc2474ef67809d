//! The loads of commands. Pitfall: those by login and by token come before anybody is signed in, so what they find must
//! never show in an answer.

use entity::{account, refresh_token, session};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::access::AccountFacts;
use super::tokens;
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::viewer::Facts;

/// The account with a sign-in name, which must be normalised.
pub(super) async fn account_by_login(
    db: &impl ConnectionTrait,
    login: &str,
) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Login.eq(login))
        .one(db)
        .await?)
}

/// The account of an employee.
pub(super) async fn account_of(
    db: &impl ConnectionTrait,
    employee: Uuid,
) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::EmployeeId.eq(employee))
        .one(db)
        .await?)
}

/// A refresh token with its session and account.
pub(super) async fn refresh_token(
    db: &impl ConnectionTrait,
    token: &str,
) -> Result<Option<(refresh_token::Model, session::Model, account::Model)>> {
    let hash = tokens::fingerprint(token);
    let Some(token) = refresh_token::Entity::find()
        .filter(refresh_token::Column::TokenHash.eq(hash))
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    let Some(session) = session::Entity::find_by_id(token.session_id)
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    let account = account::Entity::find_by_id(session.account_id)
        .one(db)
        .await?;
    Ok(account.map(|account| (token, session, account)))
}

/// What the policy knows of an account.
pub(super) async fn facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    let account = account::Entity::find_by_id(id).one(&scene.db.read).await?;
    Ok(account.map(|a| {
        Box::new(AccountFacts {
            employee: a.employee_id,
        }) as Facts
    }))
}
