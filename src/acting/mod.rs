//! Who acts: the person, in which roles, for whom by delegation, as part of what (request, import, command line), with
//! clock, ids, language and rulebook. Built once a request; nothing runs as nobody.

mod calendar;
mod directory;
mod shared;

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rules::kit::clause::Clause;
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Refusal, Remedy, RemedyKey};
use rules::rulebook::RulebookOn;
use rules::vocabulary::{AuditPart, Role};
use uuid::Uuid;

use crate::access::{Decision, Outcome, Subject, Viewer};
use crate::graph::Scene;
use crate::kit::db::Db;
use crate::kit::error::Error;
use crate::kit::uploads::Uploads;

pub use calendar::CompanyCalendar;
pub use directory::{Candidate, Department, Directory, Person};
pub use shared::{ApiKey, Moving, Shared};

/// Somebody at work.
pub struct Acting {
    /// Person, roles, instant, policy and rulebook.
    pub viewer: Viewer,
    /// As part of what.
    pub part: AuditPart,
    /// Id of the request.
    pub request_id: String,
    /// Language of texts.
    pub language: Language,
    /// Connections of this worker.
    pub db: Db,
    /// What the process shares.
    pub shared: Arc<Shared>,
    /// The organisation as of this request.
    pub directory: Arc<Directory>,
    /// The company calendar as of this request (ORG-6).
    pub calendar: Arc<CompanyCalendar>,
    /// The sign-in session, where there is one.
    pub session: Option<Uuid>,
    /// The retry key of the running mutation.
    pub retry: Option<Retry>,
    /// Whether the command runs once more when what it read without a lock has changed before it wrote.
    pub repeatable: bool,
    /// Whether roles come from an API key, which can't reach its maker's account.
    pub by_key: bool,
    /// Where the request comes from.
    pub origin: Origin,
    /// Files that came with the request.
    pub uploads: Arc<Uploads>,
}

/// Where a request comes from, as far as it says so; only the address behind trusted proxies is more than a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address.
    pub address: Option<IpAddr>,
    /// Device or client as it named itself.
    pub device: Option<String>,
}

/// A mutation's retry key, kept with its outcome in the mutation's own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The key.
    pub key: Uuid,
    /// Name of the mutation.
    pub mutation: &'static str,
    /// Hash of the input.
    pub input_hash: String,
}

/// On what ground something is done: goes into the audit entry. The default is none: a sign-in, the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permit {
    /// The role used.
    pub role: Option<Role>,
    /// Whose right, where it was delegated (ORG-4).
    pub acted_for: Option<Uuid>,
    /// The clause of the policy's row.
    pub clause: Option<String>,
}

impl Permit {
    /// The ground that a decision gives; `None` where it denies.
    pub fn of(decision: &Decision) -> Option<Self> {
        let by = decision.by.as_ref().filter(|_| decision.allowed)?;
        Some(Self {
            role: Some(by.role),
            acted_for: by.delegation.map(|_| by.person),
            clause: Some(by.row.clause.clone()),
        })
    }
}

impl Acting {
    /// The person.
    pub fn employee(&self) -> Uuid {
        self.viewer.subject.employee
    }

    /// The instant of the request.
    pub fn now(&self) -> DateTime<Utc> {
        self.viewer.now
    }

    /// The day of the request in the company's zone.
    pub fn today(&self) -> NaiveDate {
        self.viewer.today
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.shared.clock.new_id()
    }

    /// The rulebook as of a day.
    pub fn rulebook_on(&self, day: NaiveDate) -> RulebookOn<'_> {
        self.viewer.rulebook.on(day)
    }

    /// A thing that was lent at the start of the process.
    ///
    /// # Errors
    /// When nothing of the type was lent, which is a fault of assembly.
    pub fn get<T: Any + Send + Sync>(&self) -> Result<&T, Error> {
        let missing = || Error::internal(format!("{} was not lent", std::any::type_name::<T>()));
        self.shared.lent.get().ok_or_else(missing)
    }

    /// Whether `action` may be done on the object with `facts`.
    ///
    /// # Errors
    /// `FORBIDDEN` with the clause, who could do it, and the next step.
    pub fn may(&self, object: &str, action: &str, facts: &dyn Any) -> Result<Permit, Refusal> {
        judge(&self.viewer, &self.directory, object, action, facts)
    }

    /// Roles that could do `action` on an object with these facts if somebody held them in the right place: the lowest
    /// that fit by limit, for remedies and for locked archives.
    pub fn able(&self, object: &str, action: &str, facts: &dyn Any) -> Vec<Role> {
        self.directory
            .roles_able(&self.viewer, object, action, facts)
    }

    /// The same person once more, for a mutation that sets its own retry key.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            viewer: self.viewer.clone(),
            part: self.part,
            request_id: self.request_id.clone(),
            language: self.language,
            db: self.db.clone(),
            shared: self.shared.clone(),
            directory: self.directory.clone(),
            calendar: self.calendar.clone(),
            session: self.session,
            retry: None,
            repeatable: false,
            by_key: self.by_key,
            origin: self.origin.clone(),
            uploads: self.uploads.clone(),
        }
    }

    /// The same person under the snapshots of now; without any right when no longer there (ORG-7).
    #[must_use]
    pub fn after(&self) -> Self {
        let mut after = self.again();
        let moving = self.shared.moving();
        after.calendar = moving.calendar.clone();
        if !Arc::ptr_eq(&moving.directory, &self.directory) && !self.by_key {
            if let Some(viewer) = self.shared.viewer(self.employee()) {
                after.viewer = viewer;
            } else {
                let nobody = Subject {
                    employee: self.employee(),
                    department: Uuid::nil(),
                    personas: Vec::new(),
                };
                after.viewer.subject = Arc::new(nobody);
            }
            after.directory = moving.directory.clone();
        }
        after
    }

    /// The scene in which reads of this person run.
    pub fn scene(&self) -> Scene {
        Scene::new(
            self.viewer.clone(),
            self.db.clone(),
            self.language,
            self.request_id.clone(),
            self.shared.page_size,
            self.shared.readings.clone(),
            self.shared.lent.clone(),
        )
        .lending(self.directory.clone())
        .lending(self.calendar.clone())
    }
}

/// Whether a viewer may do `action` on the object with `facts`; the same for commands and for telling beforehand.
///
/// # Errors
/// `FORBIDDEN` with the clause, who could do it, and the next step.
pub fn judge(
    viewer: &Viewer,
    directory: &Directory,
    object: &str,
    action: &str,
    facts: &dyn Any,
) -> Result<Permit, Refusal> {
    let decision = viewer.decide(object, action, facts);
    Permit::of(&decision).ok_or_else(|| {
        let nearest = decision
            .considered
            .iter()
            .find(|c| c.outcome == Outcome::AboveLimit);
        let clause = nearest
            .or(decision.considered.first())
            .and_then(|c| Clause::known(&c.row.clause));
        forbidden(viewer, directory, object, action, facts, clause)
    })
}

fn forbidden(
    viewer: &Viewer,
    directory: &Directory,
    object: &str,
    action: &str,
    facts: &dyn Any,
    clause: Option<Clause>,
) -> Refusal {
    let mut refusal = Refusal::new(Code::Forbidden);
    let Some(pair) = viewer.table.catalogue().position(object, action) else {
        return refusal;
    };
    let clause = clause.or_else(|| {
        viewer
            .table
            .roles_for(pair)
            .find_map(|(_, row)| Clause::known(&row.row.clause))
    });
    if let Some(clause) = clause {
        refusal = refusal.clause(clause);
    }
    let roles = directory.roles_able(viewer, object, action, facts);
    if roles.is_empty() {
        return refusal;
    }
    let mut remedy = Remedy::new(RemedyKey::AskApprover);
    if let Some(mutation) = viewer.table.action(pair).and_then(|a| a.remedy) {
        remedy = remedy.mutation(mutation);
    }
    refusal.remedy(remedy.approvers(roles))
}
