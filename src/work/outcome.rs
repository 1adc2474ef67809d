//! What a command gives: the changed objects, a refusal of the rules, or a failure.

use rules::kit::refusal::Refusal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kit::error::Error;

/// The changed objects and plain values, by payload field. Kept with the retry key: objects are re-read under the policy
/// of the day when the first outcome is given again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Payload field → id of the object.
    pub rows: Vec<(String, Uuid)>,
    /// Payload field → value.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Never kept with a retry key: tokens and secrets.
    #[serde(skip)]
    pub secrets: serde_json::Map<String, serde_json::Value>,
    /// Statements that it took.
    #[serde(skip)]
    pub statements: usize,
}

/// Why a command did not do it.
#[derive(Debug)]
pub enum Stop {
    /// The rules say no.
    Refused(Vec<Refusal>),
    /// Something failed.
    Failed(Error),
}

/// What a command gives.
pub type Done<T = Outcome> = Result<T, Stop>;

impl Outcome {
    /// One changed object.
    pub fn row(field: &str, id: Uuid) -> Self {
        Self::default().and_row(field, id)
    }

    /// A further object.
    #[must_use]
    pub fn and_row(mut self, field: &str, id: Uuid) -> Self {
        self.rows.push((field.to_owned(), id));
        self
    }

    /// A plain value.
    #[must_use]
    pub fn and_value(mut self, field: &str, value: impl Into<serde_json::Value>) -> Self {
        self.values.insert(field.to_owned(), value.into());
        self
    }

    /// A secret, given once.
    #[must_use]
    pub fn and_secret(mut self, field: &str, value: impl Into<serde_json::Value>) -> Self {
        self.secrets.insert(field.to_owned(), value.into());
        self
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Vec<Refusal>> for Stop {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sea_orm::DbErr> for Stop {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Failed(error.into())
    }
}
