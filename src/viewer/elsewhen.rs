//! Somebody else's access, or access at a past moment: by the roles, the policy and the object of then (ORG-3).
//!
//! Numbers come from the rulebook of now, which still has those of then: values are dated and never changed backwards
//! (RUL-3).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rules::kit::dates::date_in;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use crate::access::{DecisionTable, PolicyTable, Viewer};
use crate::acting::Directory;
use crate::config::Config;
use crate::graph::{Args, Scene};
use crate::history::as_it_stood;
use crate::kit::db::Source;
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;
use crate::viewer::Facts;

/// Whose access, and when.
pub(super) struct Question {
    person: Uuid,
    at: Option<DateTime<Utc>>,
}

impl Question {
    /// What is asked; `None` for the viewer's own access of now.
    ///
    /// # Errors
    /// `FORBIDDEN` without the right to ask, and for an id that nobody has; `BAD_REQUEST` for an id of another kind, or an
    /// instant to come.
    pub(super) async fn of(scene: &Scene, args: &Args) -> Result<Option<Self>> {
        let bad = |why: String| Error::api(ErrorCode::BadRequest, why);
        let person = args
            .text("employee")
            .map(|id| ids::decode("employee", id).map_err(|e| bad(format!("employee: {e}"))))
            .transpose()?;
        let at = args
            .text("at")
            .map(|at| {
                let at = DateTime::parse_from_rfc3339(at).map_err(|e| bad(format!("at: {e}")))?;
                Ok::<_, Error>(at.with_timezone(&Utc))
            })
            .transpose()?;
        if person.is_none() && at.is_none() {
            return Ok(None);
        }
        let person = person.unwrap_or(scene.viewer.subject.employee);
        let Some((_, load)) = declared().facts.of("employee") else {
            return Err(Error::internal("employees can't be asked about"));
        };
        let facts = load(scene, person).await?;
        let may = |facts: &Facts| {
            let decision = scene.viewer.decide("access", "explain", facts.as_ref());
            decision.allowed
        };
        if !facts.as_ref().is_some_and(may) {
            // Whoever may not ask is not told either whether there is such a person.
            return Err(Error::api(
                ErrorCode::Forbidden,
                "explaining somebody else's access, or that of a past moment, is for auditors (ORG-3)",
            ));
        }
        if at.is_some_and(|at| at > scene.viewer.now) {
            return Err(bad("at: this moment is still to come".to_owned()));
        }
        Ok(Some(Self { person, at }))
    }

    /// The scene in which that person looked; `None` when he could not (ORG-7).
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn scene(&self, scene: &Scene) -> Result<Option<Scene>> {
        let Some(at) = self.at else {
            let directory: &Directory = scene.get()?;
            let (now, today) = (scene.viewer.now, scene.viewer.today);
            let subject = directory.subject(self.person, now, today);
            return Ok(subject.map(|subject| {
                scene.seen_by(Viewer {
                    subject: Arc::new(subject),
                    ..scene.viewer.clone()
                })
            }));
        };
        let standing = as_it_stood(scene.get::<Source>()?, at).await?;
        let db = standing.db.clone();
        let directory = Directory::load(&db.read, 0).await?;
        let today = date_in(&scene.get::<Config>()?.company.zone(), at);
        let Some(subject) = directory.subject(self.person, at, today) else {
            return Ok(None);
        };
        let policy = PolicyTable::load(&db.read).await?;
        let catalogue = declared().catalogue.clone();
        let table = DecisionTable::build(catalogue, &policy, 0)
            .await
            .map_err(|e| Error::internal(e.to_string()))?;
        let then = scene.seen_by(Viewer {
            subject: Arc::new(subject),
            now: at,
            today,
            table: Arc::new(table),
            rulebook: scene.viewer.rulebook.clone(),
        });
        let then = then.through(db).lending(Arc::new(directory));
        Ok(Some(then.lending(Arc::new(standing))))
    }
}
