//! The id of a request: in its logs, its errors, its audit entries and its answer's `x-request-id`.
//!
//! Pitfall: an id may come from the caller, so it is not unique and proves nothing; it only helps to find things.

use std::fmt::{self, Display};
use std::sync::Arc;

use actix_web::HttpMessage;
use actix_web::http::header::{HeaderMap, HeaderValue};
use uuid::Uuid;

/// The header that carries the id, both ways.
pub(super) const HEADER: &str = "x-request-id";

/// Longest id taken from a caller.
const LONGEST: usize = 64;

/// The id of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new id, sortable by time.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "it is given before anybody acts, and no rule ever looks at it"
    )]
    pub fn generate() -> Self {
        Self(Uuid::now_v7().hyphenated().to_string().into())
    }

    /// The caller's id if it is well formed (8 to 64 letters, digits, `-`, `_`, `.`), else a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|id| is_well_formed(id)) {
            Some(id) => Self(id.into()),
            None => Self::generate(),
        }
    }

    /// The id the edge gave this request.
    pub(super) fn given(message: &impl HttpMessage) -> Self {
        message
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(Self::generate)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_well_formed(id: &str) -> bool {
    (8..=LONGEST).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
