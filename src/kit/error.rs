//! What goes wrong that is not a refusal: a request error with a code, or our own fault, whose detail stays inside.

use std::borrow::Cow;

use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use serde_json::{Value, json};

/// An error for the top-level `errors` of an answer.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// What kind of error: `extensions.code`.
    pub code: ErrorCode,
    /// What is wrong and what to do, in English for the developer of a client; never internal detail.
    pub message: Cow<'static, str>,
    /// Seconds after which it can be tried again: `extensions.retryAfter`.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// The error's `extensions`: code, request id, when to try again, and a sentence for the person in front of the
    /// screen.
    pub fn extensions(&self, language: Language, request_id: &str) -> Value {
        extensions(self.code, language, request_id, self.retry_after)
    }
}

/// Characters of the longest message.
const LONGEST_MESSAGE: usize = 300;

/// A message as it is sent: what a client sent may stand in it, at any length.
pub fn shortened(message: &str) -> &str {
    let end = message.char_indices().nth(LONGEST_MESSAGE);
    end.map_or(message, |(end, _)| &message[..end])
}

/// The `extensions` of a top-level error.
pub fn extensions(
    code: ErrorCode,
    language: Language,
    request_id: &str,
    retry_after: Option<u64>,
) -> Value {
    let mut extensions = json!({
        "code": code.as_str(),
        "requestId": request_id,
        "userMessage": code.user_message(language, retry_after),
    });
    if let (Some(seconds), Some(extensions)) = (retry_after, extensions.as_object_mut()) {
        extensions.insert("retryAfter".to_owned(), seconds.into());
    }
    extensions
}

/// The failure of a command or a read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request can't be carried out as it stands.
    #[error("{}", .0.message)]
    Api(ApiError),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The driver failed.
    #[error("driver: {0}")]
    Driver(#[from] sqlx::Error),
    /// Data that we wrote ourselves can't be read back, or an invariant does not hold.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A request error.
    pub fn api(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Api(ApiError {
            code,
            message: message.into(),
            retry_after: None,
        })
    }

    /// Too many attempts; it can be tried again after so many seconds.
    pub fn too_many(message: impl Into<Cow<'static, str>>, retry_after: u64) -> Self {
        Self::Api(ApiError {
            code: ErrorCode::RateLimited,
            message: message.into(),
            retry_after: Some(retry_after),
        })
    }

    /// A fault of ours; `detail` goes to the log, never to a client.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::Internal(detail.into())
    }

    /// The part that a client may read.
    pub fn public(&self) -> ApiError {
        match self {
            Self::Api(error) => error.clone(),
            Self::Driver(error) if is_timeout(error) => ApiError {
                code: ErrorCode::Timeout,
                message: "the statement took too long: ask for less, or add a filter".into(),
                retry_after: None,
            },
            _ => ApiError {
                code: ErrorCode::Internal,
                message: "our fault: report the requestId of this answer".into(),
                retry_after: None,
            },
        }
    }
}

fn is_timeout(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|e| e.code())
        .is_some_and(|code| code == "57014")
}

/// The usual result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
