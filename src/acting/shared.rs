//! What a process shares between its workers: the snapshots that move with the database's `state_version`, and the
//! things that never move.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::{account, api_key, rulebook_value, session, state_version};
use rules::kit::dates::date_in;
use rules::rulebook::{Regulations, Rulebook};
use rules::vocabulary::Role;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{CompanyCalendar, Directory};
use crate::access::{Catalogue, DecisionTable, PolicyTable, Viewer};
use crate::config::Network;
use crate::events::Feed;
use crate::graph::{Lent, ReadingLog};
use crate::kit::clock::Clock;
use crate::kit::error::{Error, Result};

/// The snapshots that are replaced together when the database says that they changed.
pub struct Moving {
    /// Organisation.
    pub directory: Arc<Directory>,
    /// Policy, settled.
    pub table: Arc<DecisionTable>,
    /// Rulebook values.
    pub rulebook: Arc<Rulebook>,
    /// Working days and hours (ORG-6).
    pub calendar: Arc<CompanyCalendar>,
    /// Sessions revoked while an access token of theirs may still be about.
    pub revoked: Arc<HashSet<Uuid>>,
    /// API keys that are good, by the hash of the key.
    pub api_keys: Arc<HashMap<String, ApiKey>>,
    versions: HashMap<String, i64>,
}

/// An API key that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Id.
    pub id: Uuid,
    /// Whose key it is.
    pub employee: Uuid,
    /// The one role it acts in.
    pub role: Role,
    /// Where alone it acts; `None`: wherever the person holds the role.
    pub department: Option<Uuid>,
    /// From which network alone it is good; `None`: from everywhere.
    pub network: Option<Network>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// What a process shares.
pub struct Shared {
    /// The clock.
    pub clock: Arc<Clock>,
    /// The company's time zone.
    pub zone: Tz,
    /// Largest page.
    pub page_size: u64,
    /// The regulations that ship with the server.
    pub regulations: &'static Regulations,
    /// Objects, actions and scopes.
    pub catalogue: Arc<Catalogue>,
    /// Where readings are logged.
    pub readings: Arc<dyn ReadingLog>,
    /// What features lend to the graph.
    pub lent: Arc<Lent>,
    /// What is told when something was committed, and when its events have their places.
    pub feed: Arc<Feed>,
    /// How long an access token lives at most, so that older revocations need not be remembered.
    pub token_life: chrono::Duration,
    moving: ArcSwap<Moving>,
}

impl Shared {
    /// Reads the snapshots for the first time.
    ///
    /// # Errors
    /// When the database fails or keeps values that can't be read.
    pub async fn start(
        db: &impl ConnectionTrait,
        clock: Arc<Clock>,
        zone: Tz,
        page_size: u64,
        token_life: chrono::Duration,
        catalogue: Arc<Catalogue>,
        readings: Arc<dyn ReadingLog>,
        lent: Arc<Lent>,
    ) -> Result<Self> {
        let regulations = Regulations::shipped().map_err(|e| Error::internal(e.to_string()))?;
        let empty = Moving {
            directory: Arc::default(),
            table: Arc::new(
                DecisionTable::build(catalogue.clone(), &crate::access::Policy::default(), 0)
                    .await
                    .map_err(|e| Error::internal(e.to_string()))?,
            ),
            rulebook: Arc::new(
                Rulebook::new(regulations, []).map_err(|e| Error::internal(e.to_string()))?,
            ),
            calendar: Arc::new(CompanyCalendar::shipped(zone)?),
            revoked: Arc::default(),
            api_keys: Arc::default(),
            versions: HashMap::new(),
        };
        let shared = Self {
            clock,
            zone,
            page_size,
            regulations,
            catalogue,
            readings,
            lent,
            feed: Arc::default(),
            token_life,
            moving: ArcSwap::from_pointee(empty),
        };
        shared.refresh(db).await?;
        Ok(shared)
    }

    /// The snapshots of now.
    pub fn moving(&self) -> Arc<Moving> {
        self.moving.load_full()
    }

    /// The company's day of an instant.
    pub fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        date_in(&self.zone, instant)
    }

    /// Somebody who looks now; `None` when unknown, left or disabled (ORG-7).
    pub fn viewer(&self, employee: Uuid) -> Option<Viewer> {
        let moving = self.moving();
        let now = self.clock.now();
        let today = self.day_of(now);
        let subject = moving.directory.subject(employee, now, today)?;
        Some(Viewer {
            subject: Arc::new(subject),
            now,
            today,
            table: moving.table.clone(),
            rulebook: moving.rulebook.clone(),
        })
    }

    /// Reads again what changed since the last time; gives whether anything did.
    ///
    /// # Errors
    /// When the database fails; the old snapshots stay.
    pub async fn refresh(&self, db: &impl ConnectionTrait) -> Result<bool> {
        let versions: HashMap<String, i64> = state_version::Entity::find()
            .all(db)
            .await?
            .into_iter()
            .map(|v| (v.name, v.version))
            .collect();
        let old = self.moving();
        if old.versions == versions {
            return Ok(false);
        }
        let changed = |name: &str| old.versions.get(name) != versions.get(name);
        let version = |name: &str| versions.get(name).copied().unwrap_or_default();
        let directory = if changed("organisation") {
            Arc::new(Directory::load(db, version("organisation")).await?)
        } else {
            old.directory.clone()
        };
        let table = if changed("policy") {
            let policy = PolicyTable::load(db).await?;
            let table = DecisionTable::build(self.catalogue.clone(), &policy, version("policy"))
                .await
                .map_err(|e| Error::internal(e.to_string()))?;
            for (id, reason) in &table.ignored {
                tracing::warn!(row = %id, %reason, "a policy row is ignored");
            }
            Arc::new(table)
        } else {
            old.table.clone()
        };
        let rulebook = if changed("rulebook") {
            Arc::new(self.rulebook(db).await?)
        } else {
            old.rulebook.clone()
        };
        let calendar = if changed("calendar") {
            Arc::new(CompanyCalendar::load(db, self.zone, version("calendar")).await?)
        } else {
            old.calendar.clone()
        };
        let (revoked, api_keys) = if changed("sessions") {
            let since = self.clock.now() - self.token_life;
            let rows = session::Entity::find()
                .filter(session::Column::RevokedAt.gte(since))
                .all(db)
                .await?;
            let revoked = rows.into_iter().map(|s| s.id).collect();
            (Arc::new(revoked), Arc::new(self.api_keys(db).await?))
        } else {
            (old.revoked.clone(), old.api_keys.clone())
        };
        self.moving.store(Arc::new(Moving {
            directory,
            table,
            rulebook,
            calendar,
            revoked,
            api_keys,
            versions,
        }));
        Ok(true)
    }

    /// The rulebook as the database has it.
    ///
    /// # Errors
    /// When the database fails or keeps values that can't be read.
    pub async fn rulebook(&self, db: &impl ConnectionTrait) -> Result<Rulebook> {
        let values = rulebook_value::Entity::find().all(db).await?;
        // A key that only a newer version knows decides nothing here.
        let known = values
            .iter()
            .filter(|v| self.regulations.parameter(&v.key).is_some());
        let values = known.map(|v| (v.key.as_str(), v.from_on, &v.value));
        Rulebook::new(self.regulations, values).map_err(|e| Error::internal(e.to_string()))
    }

    async fn api_keys(&self, db: &impl ConnectionTrait) -> Result<HashMap<String, ApiKey>> {
        let keys = api_key::Entity::find()
            .filter(api_key::Column::RevokedAt.is_null())
            .filter(api_key::Column::ExpiresAt.gt(self.clock.now()))
            .all(db)
            .await?;
        let owners: Vec<(Uuid, Uuid)> = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .column(account::Column::EmployeeId)
            .filter(account::Column::Id.is_in(keys.iter().map(|k| k.account_id)))
            .into_tuple()
            .all(db)
            .await?;
        let owners: HashMap<Uuid, Uuid> = owners.into_iter().collect();
        let good = keys.into_iter().filter_map(|key| {
            let employee = *owners.get(&key.account_id)?;
            let (role, department, expires_at) = (key.role, key.department_id, key.expires_at);
            // A network that can't be read is no leave to come from everywhere.
            let network = key.network.map(|network| network.parse()).transpose();
            let network = network.ok()?;
            Some((
                key.secret_hash,
                ApiKey {
                    id: key.id,
                    employee,
                    role,
                    department,
                    network,
                    expires_at,
                },
            ))
        });
        Ok(good.collect())
    }
}
