//! How the policy's facts of an object are read when somebody asks about it by id.

use std::any::Any;

use indexmap::IndexMap;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use crate::access::ActionDef;
use crate::graph::{Future_, Scene, is_known};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;

/// The facts of one object, of the type that the kind's scopes take.
pub type Facts = Box<dyn Any + Send + Sync>;
/// Reads the facts of an object; `None` when it does not exist.
pub type LoadFacts = for<'a> fn(&'a Scene, Uuid) -> Future_<'a, Option<Facts>>;

/// Every kind whose objects can be asked about.
#[derive(Default)]
pub struct FactLoaders(IndexMap<&'static str, (&'static str, LoadFacts)>);

impl FactLoaders {
    /// Objects of `kind` (of the catalogue) are rows of the graph's type `type_name`; `load` reads the facts of one.
    pub fn kind(&mut self, kind: &'static str, type_name: &'static str, load: LoadFacts) {
        self.0.insert(kind, (type_name, load));
    }

    /// The graph's type of a kind's rows, and how the facts of one are read without asking whether it may be known of.
    pub fn of(&self, kind: &str) -> Option<(&'static str, LoadFacts)> {
        self.0.get(kind).copied()
    }

    /// The facts of the object with this public id that `pair` speaks of; `None` when it does not exist, and just so
    /// when the viewer can't know of it.
    ///
    /// # Errors
    /// `BAD_REQUEST` for an id of another type; when the database fails.
    pub async fn load(&self, scene: &Scene, pair: &ActionDef, id: &str) -> Result<Option<Facts>> {
        match (self.known(scene, pair, id).await?, self.of(pair.kind)) {
            (Some(id), Some((_, load))) => load(scene, id).await,
            _ => Ok(None),
        }
    }

    /// The object with this public id, of the kind that `pair` speaks of; `None` when the viewer can't know of it.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn known(&self, scene: &Scene, pair: &ActionDef, id: &str) -> Result<Option<Uuid>> {
        let (type_name, _) = self.0.get(pair.kind).ok_or_else(|| {
            Error::api(
                ErrorCode::BadRequest,
                format!(
                    "`{}:{}` can't be asked about by id",
                    pair.object, pair.action
                ),
            )
        })?;
        let ty = declared()
            .graph
            .types
            .get(type_name)
            .ok_or_else(|| Error::internal(format!("type {type_name} is not declared")))?;
        let prefix = ty.rows().map_or("", |(_, prefix, _)| prefix);
        let id = ids::decode(prefix, id)
            .map_err(|e| Error::api(ErrorCode::BadRequest, format!("id: {e}")))?;
        Ok(is_known(scene, ty, id).await?.then_some(id))
    }
}
