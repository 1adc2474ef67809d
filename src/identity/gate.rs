//! Who a request comes from, by what it shows: an access token or an API key.
//!
//! Nothing here asks the database: sessions, people and keys are snapshots in memory that follow it within a second
//! (ORG-7). Pitfall: whatever a person loses is lost to that person's keys too, so a key's role is looked up among the
//! maker's of now at every request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use entity::api_key;
use rules::kit::language::Language;
use rules::vocabulary::Role;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::{Claims, Keys, tokens};
use crate::access::{Hat, Persona, Subject, Viewer};
use crate::acting::{Directory, Shared};
use crate::kit::error::Result;

/// How exactly the last use of a key is kept.
const USE_MINUTES: i64 = 1;

/// Somebody admitted.
pub struct Admitted {
    /// The person, with the roles of now.
    pub viewer: Viewer,
    /// The session, where an access token was shown.
    pub session: Option<Uuid>,
    /// The API key, where one was shown.
    pub api_key: Option<Uuid>,
    /// Language of the account.
    pub language: Option<Language>,
}

/// What a caller showed, as far as it does not change. Whether it is still good is asked by [`admit`] each time.
#[derive(Debug, Clone)]
pub struct Pass(Shown);

#[derive(Debug, Clone)]
enum Shown {
    Token(Claims),
    Key { hash: String, address: IpAddr },
}

/// Reads an `authorization` header sent from an address; `None` when what it shows is not ours.
pub fn recognise(authorization: &str, address: IpAddr, keys: &Keys) -> Option<Pass> {
    let token = authorization.strip_prefix("Bearer ")?;
    let shown = if token.starts_with(tokens::API_KEY) {
        let hash = tokens::fingerprint(token);
        Shown::Key { hash, address }
    } else {
        Shown::Token(keys.verify(token)?)
    };
    Some(Pass(shown))
}

/// Lets somebody in by what he showed; `None` when it is not good any more, or an API key of another network.
pub fn admit(pass: &Pass, shared: &Shared) -> Option<Admitted> {
    let moving = shared.moving();
    let language = |employee| moving.directory.person(employee).and_then(|p| p.language);
    let claims = match &pass.0 {
        Shown::Token(claims) => claims,
        Shown::Key { hash, address } => {
            let key = moving.api_keys.get(hash)?;
            let viewer = shared.viewer(key.employee)?;
            let elsewhere = key
                .network
                .is_some_and(|network| !network.contains(*address));
            if elsewhere || key.expires_at <= viewer.now {
                return None;
            }
            let subject = limited(&viewer.subject, &moving.directory, key.role, key.department)?;
            let viewer = Viewer {
                subject: Arc::new(subject),
                ..viewer
            };
            return Some(Admitted {
                viewer,
                session: None,
                api_key: Some(key.id),
                language: language(key.employee),
            });
        }
    };
    // ORG-7: a session that was ended admits nobody, whatever its token says.
    let over = claims.exp <= shared.clock.now().timestamp();
    if over || moving.revoked.contains(&claims.sid) {
        return None;
    }
    let viewer = shared.viewer(claims.sub)?;
    Some(Admitted {
        viewer,
        session: Some(claims.sid),
        api_key: None,
        language: language(claims.sub),
    })
}

/// A person in one role only, in one department where one is given; delegated roles are left out. `None` when the person
/// does not hold the role there.
pub(super) fn limited(
    subject: &Subject,
    directory: &Directory,
    role: Role,
    department: Option<Uuid>,
) -> Option<Subject> {
    let below = |id| {
        directory
            .department(id)
            .map_or_else(|| Arc::from([id]), |d| d.below.clone())
    };
    let reach = department.map(below);
    let own = subject.personas.iter().find(|p| p.delegation.is_none())?;
    let hats: Vec<Hat> = own
        .hats
        .iter()
        .filter(|h| h.role == role)
        .filter_map(|h| narrowed(h, reach.as_ref()))
        .collect();
    if hats.is_empty() {
        return None;
    }
    let persona = Persona {
        hats,
        ..own.clone()
    };
    Some(Subject {
        personas: vec![persona],
        ..subject.clone()
    })
}

fn narrowed(hat: &Hat, reach: Option<&Arc<[Uuid]>>) -> Option<Hat> {
    let within = match (&hat.within, reach) {
        (None, None) => None,
        (Some(within), None) => Some(within.clone()),
        (None, Some(reach)) => Some(reach.clone()),
        (Some(within), Some(reach)) => Some(
            reach
                .iter()
                .filter(|d| within.contains(d))
                .copied()
                .collect(),
        ),
    };
    within
        .as_ref()
        .is_none_or(|within| !within.is_empty())
        .then_some(Hat {
            role: hat.role,
            within,
        })
}

/// When this process last kept the use of each key.
#[derive(Default)]
pub struct KeyUses(Mutex<HashMap<Uuid, DateTime<Utc>>>);

impl KeyUses {
    /// Whether a use has to be kept now: at most one a minute.
    pub fn is_due(&self, key: Uuid, now: DateTime<Utc>) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = kept
            .get(&key)
            .is_none_or(|last| now - *last >= Duration::minutes(USE_MINUTES));
        if due {
            kept.insert(key, now);
        }
        due
    }
}

/// Keeps that a key was used.
///
/// # Errors
/// When the database fails.
pub async fn keep_use(db: &impl ConnectionTrait, key: Uuid, now: DateTime<Utc>) -> Result<()> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
        .filter(api_key::Column::Id.eq(key))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(hats: Vec<Hat>) -> Subject {
        let person = Uuid::from_u128(1);
        let lent = Persona {
            person: Uuid::from_u128(2),
            delegation: Some(Uuid::from_u128(3)),
            cap_fen: None,
            hats: vec![Hat {
                role: Role::GeneralManager,
                within: None,
            }],
        };
        let own = Persona {
            person,
            delegation: None,
            cap_fen: None,
            hats,
        };
        Subject {
            employee: person,
            department: Uuid::nil(),
            personas: vec![own, lent],
        }
    }

    fn within(departments: &[u128]) -> Option<Arc<[Uuid]>> {
        Some(departments.iter().map(|d| Uuid::from_u128(*d)).collect())
    }

    #[test]
    fn a_key_has_its_role_and_no_other() {
        let directory = Directory::default();
        let hats = vec![
            Hat {
                role: Role::Employee,
                within: None,
            },
            Hat {
                role: Role::Salesperson,
                within: within(&[10, 11]),
            },
        ];
        let subject = subject(hats.clone());
        let sales = limited(&subject, &directory, Role::Salesperson, None).unwrap();
        assert_eq!(sales.personas.len(), 1);
        assert_eq!(sales.personas[0].hats, hats[1..]);
        // Delegated roles stay with the person.
        assert_eq!(
            limited(&subject, &directory, Role::GeneralManager, None),
            None
        );
        assert_eq!(limited(&subject, &directory, Role::Auditor, None), None);
    }

    #[test]
    fn a_key_reaches_no_further_than_its_maker() {
        let directory = Directory::default();
        let one = subject(vec![Hat {
            role: Role::Salesperson,
            within: within(&[10, 11]),
        }]);
        let narrow = limited(
            &one,
            &directory,
            Role::Salesperson,
            Some(Uuid::from_u128(11)),
        )
        .unwrap();
        assert_eq!(narrow.personas[0].hats[0].within, within(&[11]));
        assert_eq!(
            limited(
                &one,
                &directory,
                Role::Salesperson,
                Some(Uuid::from_u128(12))
            ),
            None
        );
        let all = subject(vec![Hat {
            role: Role::Salesperson,
            within: None,
        }]);
        let narrow = limited(
            &all,
            &directory,
            Role::Salesperson,
            Some(Uuid::from_u128(12)),
        )
        .unwrap();
        assert_eq!(narrow.personas[0].hats[0].within, within(&[12]));
    }

    #[test]
    fn the_use_of_a_key_is_kept_once_a_minute() {
        let (uses, key) = (KeyUses::default(), Uuid::from_u128(1));
        let at = |second: i64| DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap();
        let due: Vec<bool> = [0, 1, 59, 60, 61, 120]
            .into_iter()
            .map(|s| uses.is_due(key, at(s)))
            .collect();
        assert_eq!(due, [true, false, false, true, false, true]);
    }
}
