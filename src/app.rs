//! The assembly of a server: database, snapshots, schema, gate; and what runs beside requests.

mod answering;
mod budgets;
mod driven;
mod files;
mod live;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use rules::vocabulary::AuditPart;
use uuid::Uuid;

use crate::access::{PolicyTable, Subject, Viewer, shipped};
use crate::acting::{Acting, CompanyCalendar, Origin, Shared};
use crate::audit::Sequencer;
use crate::config::Config;
use crate::events;
use crate::files::{Links, Store};
use crate::graph::Lent;
use crate::http::{self, Behind, Gate, Health, Knock, Problem, Running};
use crate::identity::{KeyUses, Keys, Pass, Passwords, Throttle, admit, keep_use, recognise};
use crate::kit::clock::Clock;
use crate::kit::db::{Db, Source, SourceError};
use crate::kit::documents::{Documents, Known};
use crate::kit::error::{Error, Result};
use crate::kit::limits::Estimate;
use crate::kit::persisted::{Persisted, Recent, Trusted, TrustedError};
use crate::kit::tls;
use crate::live::{Cursors, Hub, Live, Turns};
use crate::schema::{self, Asked, Checked, Schema};
use crate::telemetry;

use budgets::Budgets;
pub use budgets::Payer;

/// How often other nodes' changes are looked for: ORG-7 holds within a second everywhere.
const POLL: Duration = Duration::from_millis(300);

/// Everything that a process serves with; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    source: Source,
    shared: Arc<Shared>,
    /// Tells this process from the others over the same database.
    node: String,
    keys: Arc<Keys>,
    key_uses: KeyUses,
    schema: Arc<Schema>,
    live: Arc<Live>,
    documents: Documents<Checked>,
    persisted: Persisted,
    budgets: Budgets,
    ready: AtomicBool,
}

/// Who a request comes from.
pub struct Caller {
    /// The person; somebody without rights when not signed in.
    pub acting: Acting,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// Whose budget is charged.
    pub payer: Payer,
    /// What the person showed, for connections that stay; `None` when not signed in.
    pub pass: Option<Pass>,
}

/// Why a server can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database's address.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The documents that may run.
    #[error(transparent)]
    Trusted(#[from] TrustedError),
    /// The database or what it holds.
    #[error("{0}")]
    Failed(#[from] Error),
}

/// The documents that can be named by their hash.
fn persisted(config: &Config) -> Result<Persisted, TrustedError> {
    let (limits, trusted) = (&config.limits, &config.http.trusted_documents);
    if trusted.is_empty() {
        let recent = Recent::new(limits.persisted_documents, limits.persisted_bytes);
        return Ok(Persisted::Sent(recent));
    }
    let documents = Trusted::read(Path::new(trusted), &limits.of_documents())?;
    tracing::info!(
        documents = documents.len(),
        "only trusted documents are run"
    );
    Ok(Persisted::Trusted(documents))
}

impl App {
    /// Builds a server over a migrated database: adds shipped policy rows and regulations that are missing, reads the
    /// snapshots.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(
        config: Config,
        clock: Arc<Clock>,
    ) -> BoxFuture<'static, Result<Self, BuildError>> {
        Box::pin(Self::assemble(config, clock))
    }

    async fn assemble(config: Config, clock: Arc<Clock>) -> Result<Self, BuildError> {
        tls::prepare();
        let persisted = persisted(&config)?;
        let budgets = Budgets::new(&config.limits, &clock);
        let timeout = Duration::from_millis(config.database.statement_timeout_ms);
        let source = Source::new(
            &config.database.url,
            config.database.connections_per_worker,
            timeout,
        )?;
        let db = source.open()?;
        let now = clock.now();
        let defaults = shipped().map_err(|e| Error::internal(e.to_string()))?;
        PolicyTable::seed(&db.write, &defaults, now).await?;
        crate::rulebook::load(&db.write).await?;
        let zone = config.company.zone();
        CompanyCalendar::announce(&db.write, zone).await?;
        let token_life = chrono::Duration::minutes(config.identity.access_token_minutes);
        let rotation = chrono::Duration::days(config.identity.key_rotation_days);
        let keys = Arc::new(Keys::load(&db.write, clock.clone(), token_life, rotation).await?);
        let mut lent = Lent::default();
        lent.lend(keys.clone());
        lent.lend(Arc::new(Passwords::new(&config.identity)?));
        lent.lend(Arc::new(Throttle::new(&config.identity)));
        lent.lend(clock.clone());
        lent.lend(Arc::new(crate::features::weighers()));
        let life = chrono::Duration::minutes(config.files.link_minutes);
        lent.lend(Arc::new(Links::new(keys.clone(), life)));
        let store = Store::at(&config.files.store).map_err(Error::from)?;
        lent.lend(Arc::new(store));
        lent.lend(Arc::new(config.clone()));
        lent.lend(Arc::new(source.clone()));
        let shared = Shared::start(
            &db.read,
            clock,
            zone,
            config.limits.page_size,
            token_life,
            schema::declared().catalogue.clone(),
            crate::features::reading_log(),
            Arc::new(lent),
        )
        .await?;
        crate::obligations::check(&shared)?;
        let schema = Arc::new(Schema::new(config.http.introspection));
        let live = Live {
            hub: Arc::new(Hub::at(events::last_position(&db.read).await?)),
            cursors: Cursors::new(keys.sealing()),
            gather: Duration::from_millis(config.live.gather_ms),
            replay: config.live.replay_events,
            turns: Turns::new(config.live.readings_at_once),
        };
        Ok(Self(Arc::new(Inner {
            config,
            source,
            node: shared.clock.new_id().to_string(),
            shared: Arc::new(shared),
            keys,
            key_uses: KeyUses::default(),
            schema,
            live: Arc::new(live),
            documents: Documents::default(),
            persisted,
            budgets,
            ready: AtomicBool::new(true),
        })))
    }

    /// What the process shares.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    /// The keys of access tokens.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Makes the folder of the files where it is missing.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn prepare_store(&self) -> Result<()> {
        match self.0.shared.lent.get::<Store>() {
            Some(store) => Ok(store.prepare()?),
            None => Err(Error::internal("the store of files was not lent")),
        }
    }

    /// A worker's connections.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn open(&self) -> Result<Db, SourceError> {
        self.0.source.open()
    }

    /// Listens as configured. Boxed and not generic, as [`App::build`]: the server is compiled here and once, not again
    /// in the program and in the tests.
    ///
    /// # Errors
    /// The address can't be listened on.
    pub fn listen(&self) -> std::io::Result<Running> {
        // Opened once here, so that an unusable database is told now and not by every worker.
        self.behind().map_err(std::io::Error::other)?;
        let app = self.clone();
        http::listen(&self.0.config, move || match app.behind() {
            Ok(behind) => behind,
            Err(error) => unreachable!("the address was usable a moment ago: {error}"),
        })
    }

    /// What stands behind HTTP in one worker.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn behind(&self) -> Result<Behind<Caller>, SourceError> {
        let worker = Arc::new(Worker {
            app: self.clone(),
            db: self.open()?,
        });
        Ok(Behind {
            api: worker.clone(),
            gate: worker.clone(),
            files: worker.clone(),
            health: worker,
        })
    }

    /// Keeps the snapshots fresh, gives audit entries their places and wakes subscriptions, for as long as it is polled.
    pub fn keep_fresh(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            match self.sequencer() {
                Ok(sequencer) => {
                    tokio::join!(
                        self.clone().refresh(),
                        sequencer.run(),
                        self.pass_events_on()
                    );
                }
                Err(error) => tracing::error!(%error, "the database can't be opened"),
            }
        })
    }

    /// What gives audit entries their places, through connections of its own.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn sequencer(&self) -> Result<Sequencer, SourceError> {
        let shared = &self.0.shared;
        let (clock, feed) = (shared.clock.clone(), shared.feed.clone());
        Ok(Sequencer::new(self.open()?, clock, feed))
    }

    async fn refresh(self) {
        let Ok(db) = self.open() else { return };
        let mut tick = tokio::time::interval(POLL);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            match self.0.shared.refresh(&db.read).await {
                Ok(_) => self.0.ready.store(true, Ordering::Relaxed),
                Err(error) => {
                    tracing::error!(%error, "the state of the database can't be read");
                    self.0.ready.store(false, Ordering::Relaxed);
                }
            }
            if let Err(error) = self.0.keys.rotate_if_due(&db.write).await {
                tracing::error!(%error, "the signing key can't be rotated");
            }
        }
    }

    /// Somebody at work outside of requests: an import, the command line.
    ///
    /// # Errors
    /// When the employee is unknown, left or disabled.
    pub fn acting(
        &self,
        db: Db,
        employee: Uuid,
        part: AuditPart,
        request_id: String,
    ) -> Result<Acting> {
        let viewer = self.0.shared.viewer(employee).ok_or_else(|| {
            Error::api(
                ErrorCode::AccountDisabled,
                "this person is not employed or the account is disabled",
            )
        })?;
        Ok(self.acting_as(viewer, db, part, request_id, self.default_language()))
    }

    /// Runs a document as somebody, without HTTP and its limits, and gives the whole answer.
    ///
    /// # Errors
    /// When the document is no GraphQL.
    pub async fn run(
        &self,
        acting: Acting,
        document: &str,
        variables: serde_json::Map<String, serde_json::Value>,
    ) -> Result<serde_json::Value> {
        let document = parse_query(document).map_err(|e| Error::internal(e.to_string()))?;
        let asked = Asked {
            document: Arc::new(Known::of(document, (0, 0))),
            operation: None,
            variables,
            estimated: Estimate::default(),
        };
        let answer = self.0.schema.execute(asked, acting, true).await;
        serde_json::from_slice(&answer.body).map_err(|e| Error::internal(e.to_string()))
    }

    /// Nobody in particular: signing in, and the first start.
    pub fn nobody(
        &self,
        db: Db,
        part: AuditPart,
        request_id: String,
        language: Option<Language>,
    ) -> Acting {
        let moving = self.0.shared.moving();
        let now = self.0.shared.clock.now();
        let viewer = Viewer {
            subject: Arc::new(Subject {
                employee: Uuid::nil(),
                department: Uuid::nil(),
                personas: Vec::new(),
            }),
            now,
            today: self.0.shared.day_of(now),
            table: moving.table.clone(),
            rulebook: moving.rulebook.clone(),
        };
        self.acting_as(
            viewer,
            db,
            part,
            request_id,
            language.unwrap_or_else(|| self.default_language()),
        )
    }

    fn default_language(&self) -> Language {
        Language::from_tag(&self.0.config.company.language).unwrap_or(Language::ZhCn)
    }

    fn acting_as(
        &self,
        viewer: Viewer,
        db: Db,
        part: AuditPart,
        request_id: String,
        language: Language,
    ) -> Acting {
        let moving = self.0.shared.moving();
        Acting {
            viewer,
            part,
            request_id,
            language,
            db,
            shared: self.0.shared.clone(),
            directory: moving.directory.clone(),
            calendar: moving.calendar.clone(),
            session: None,
            retry: None,
            repeatable: false,
            by_key: false,
            origin: Origin::default(),
            uploads: Arc::default(),
        }
    }
}

struct Worker {
    app: App,
    db: Db,
}

impl Worker {
    /// Keeps that an API key was used, beside the request and at most once a minute.
    fn keep_use(&self, key: Uuid, now: DateTime<Utc>) {
        if self.app.0.key_uses.is_due(key, now) {
            let db = self.db.clone();
            tokio::spawn(async move {
                if let Err(error) = keep_use(&db.write, key, now).await {
                    tracing::error!(%error, %key, "the use of an API key can't be kept");
                }
            });
        }
    }
}

#[async_trait]
impl Gate<Caller> for Worker {
    async fn admit(&self, knock: Knock<'_>) -> Result<Caller, Problem> {
        let app = &self.app;
        let language = knock
            .accept_language
            .and_then(Language::from_accept_language);
        let request_id = knock.request_id.as_str().to_owned();
        let origin = Origin {
            address: Some(knock.address),
            device: knock.user_agent.map(str::to_owned),
        };
        let Some(authorization) = knock.authorization else {
            let nobody = app.nobody(self.db.clone(), AuditPart::Request, request_id, language);
            return Ok(Caller {
                acting: Acting { origin, ..nobody },
                signed_in: false,
                payer: Payer::at(knock.address),
                pass: None,
            });
        };
        let pass = recognise(authorization, knock.address, &app.0.keys);
        let found = pass.and_then(|pass| Some((admit(&pass, &app.0.shared)?, pass)));
        let (admitted, pass) = found.ok_or_else(|| {
            Problem::unauthenticated(
                "the token is not valid any more: leave it out and refresh it, or sign in again",
            )
        })?;
        let language = language
            .or(admitted.language)
            .unwrap_or_else(|| app.default_language());
        if let Some(key) = admitted.api_key {
            self.keep_use(key, admitted.viewer.now);
        }
        let payer = match admitted.api_key {
            Some(key) => Payer::Key(key),
            None => Payer::Person(admitted.viewer.subject.employee),
        };
        Ok(Caller {
            payer,
            acting: app.admitted(admitted, self.db.clone(), request_id, language, origin),
            signed_in: true,
            pass: Some(pass),
        })
    }

    fn stands(&self, admitted: &Caller) -> bool {
        let pass = admitted.pass.as_ref();
        pass.is_none_or(|pass| admit(pass, &self.app.0.shared).is_some())
    }

    fn person(&self, admitted: &Caller) -> Option<Uuid> {
        admitted.signed_in.then(|| admitted.acting.employee())
    }

    fn language(&self, admitted: &Caller) -> Language {
        admitted.acting.language
    }
}

#[async_trait]
impl Health for Worker {
    async fn unready(&self) -> Option<&'static str> {
        if !self.app.0.ready.load(Ordering::Relaxed) {
            return Some("the database does not answer");
        }
        let ping = self.db.read.ping();
        match tokio::time::timeout(Duration::from_secs(2), ping).await {
            Ok(Ok(())) => None,
            _ => Some("the database does not answer"),
        }
    }

    fn gauge(&self) {
        let (open, idle) = self.db.connections();
        telemetry::gauge_connections(open, idle);
    }
}
