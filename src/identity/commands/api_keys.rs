//! API keys: made and revoked by people, never by keys.

use chrono::{DateTime, Duration, Utc};
use entity::{account, api_key};
use rules::kit::checks::LINE;
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::Role;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::{in_person, may, unknown};
use crate::acting::Acting;
use crate::config::Network;
use crate::graph::instant_text;
use crate::identity::access::AccountFacts;
use crate::identity::{gate, queries, tokens};
use crate::work::{Done, Outcome, Work};

/// Days that a key lives at most: a forgotten one ends by itself.
const LONGEST_DAYS: i64 = 366;

/// A key to be made.
pub(in crate::identity) struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// The one role that it acts in.
    pub role: Role,
    /// Where alone it acts.
    pub department: Option<Uuid>,
    /// From which network alone it is good, as typed.
    pub network: Option<String>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Makes a key that acts as the person in one role.
///
/// # Errors
/// `FORBIDDEN` at `role` when the person does not hold it there (ORG-3); faults of `name`, `department`, `network`,
/// `expiresAt`.
pub(in crate::identity) async fn create(acting: &Acting, new: NewApiKey) -> Done {
    in_person(acting)?;
    let permit = acting.may(
        "api-key",
        "create",
        &AccountFacts {
            employee: acting.employee(),
        },
    )?;
    let (name, network) = check(acting, &new)?;
    let (key, prefix) = tokens::api_key();
    let mut work = Work::begin(acting);
    let account = queries::account_of(work.conn(), acting.employee())
        .await?
        .ok_or_else(|| Refusal::new(Code::NotFound))?;
    let id = acting.new_id();
    work.insert(api_key::ActiveModel {
        id: Set(id),
        account_id: Set(account.id),
        name: Set(name),
        secret_hash: Set(tokens::fingerprint(&key)),
        prefix: Set(prefix),
        role: Set(new.role),
        department_id: Set(new.department),
        network: Set(network.clone()),
        created_at: Set(acting.now()),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        last_used_at: Set(None),
    })?;
    work.bump("sessions");
    work.note(
        "apiKeyCreate",
        "api_key",
        Some(id),
        &permit,
        json!({"role": new.role.as_str(), "department": new.department, "network": network}),
    );
    work.commit(Outcome::row("apiKey", id).and_secret("secret", key))
        .await
}

/// Name and network as they are kept.
fn check(acting: &Acting, new: &NewApiKey) -> Result<(String, Option<String>), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let name = new.name.trim();
    if name.is_empty() {
        refusals.push(Refusal::new(Code::Required).at("name"));
    } else if name.chars().count() > LINE {
        refusals.push(Refusal::new(Code::TooLong).param("max", LINE).at("name"));
    }
    let network = new
        .network
        .as_deref()
        .map(str::parse::<Network>)
        .transpose();
    if network.is_err() {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::Network);
        refusals.push(refusal.at("network"));
    }
    let latest = acting.now() + Duration::days(LONGEST_DAYS);
    if new.expires_at <= acting.now() {
        refusals.push(
            Refusal::new(Code::OutOfRange)
                .detail(Detail::PeriodOver)
                .at("expiresAt"),
        );
    } else if new.expires_at > latest {
        let bounds = Refusal::new(Code::OutOfRange).param("min", instant_text(acting.now()));
        refusals.push(bounds.param("max", instant_text(latest)).at("expiresAt"));
    }
    if new
        .department
        .is_some_and(|d| acting.directory.department(d).is_none())
    {
        refusals.push(unknown("department"));
    } else if gate::limited(
        &acting.viewer.subject,
        &acting.directory,
        new.role,
        new.department,
    )
    .is_none()
    {
        refusals.push(
            Refusal::new(Code::Forbidden)
                .clause(Clause("ORG-3"))
                .at("role"),
        );
    }
    if refusals.is_empty() {
        let network = network.ok().flatten();
        Ok((name.to_owned(), network.map(|network| network.to_string())))
    } else {
        Err(refusals)
    }
}

/// Ends a key; one that has ended stays as it is.
///
/// # Errors
/// `UNKNOWN_REFERENCE` for what the person can't see; `FORBIDDEN`.
pub(in crate::identity) async fn revoke(acting: &Acting, id: Uuid) -> Done {
    in_person(acting)?;
    let key = api_key::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| unknown("apiKey"))?;
    let account = account::Entity::find_by_id(key.account_id)
        .one(&acting.db.read)
        .await?
        .ok_or_else(|| unknown("apiKey"))?;
    let permit = may(acting, "api-key", "revoke", account.employee_id, "apiKey")?;
    let mut work = Work::begin(acting);
    if key.revoked_at.is_none() {
        let now = acting.now();
        work.update(key, None, |k: &mut api_key::ActiveModel| {
            k.revoked_at = Set(Some(now))
        })
        .await?;
        work.bump("sessions");
        work.note("apiKeyRevoke", "api_key", Some(id), &permit, json!({}));
    }
    work.commit(Outcome::row("apiKey", id)).await
}
