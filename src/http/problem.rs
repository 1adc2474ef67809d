//! Whatever HTTP itself has to refuse, as the JSON of a GraphQL error.
//!
//! Pitfall: a message is read by strangers. It is written here and never made from an inner error.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use rules::kit::error_code::ErrorCode;
use serde_json::json;

use super::request_id::RequestId;
use crate::kit::error;
use rules::kit::language::Language;

/// A refusal at the level of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// What kind of error: `extensions.code`.
    pub code: ErrorCode,
    /// What is wrong and what to do, in English for the developer of a client.
    pub message: String,
    /// Methods for `Allow`, with status 405.
    pub allow: Option<&'static str>,
    /// When to try again, with status 429 or 503.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem without further headers.
    pub fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            allow: None,
            retry_after: None,
        }
    }

    /// The method is not for this path.
    #[must_use]
    pub fn method(allow: &'static str, message: &str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                ErrorCode::MethodNotAllowed,
                message,
            )
        }
    }

    /// The credentials are missing, not understood or no longer valid.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::Unauthenticated,
            message,
        )
    }

    /// There is nothing here for the caller.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
    }

    /// What was shown does not open it.
    pub fn forbidden(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// Our fault. What it was stands in the log under the request's id.
    #[must_use]
    pub fn internal() -> Self {
        let message = "the server failed; give the requestId to those who run it";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Internal,
            message,
        )
    }

    /// It took longer than allowed.
    #[must_use]
    pub fn timeout() -> Self {
        let message = "the request took too long and was given up: ask for less, or repeat it with the same idempotencyKey";
        Self::new(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, message)
    }

    /// The body did not come in within the time for it.
    #[must_use]
    pub fn body_timeout() -> Self {
        let message = "the request's body took too long to come in: send it again";
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::BodyNotRead, message)
    }

    /// A GET asked for something else than reading.
    #[must_use]
    pub fn only_reads_by_get() -> Self {
        Self::method("POST", "only queries are run by GET: send it by POST")
    }

    /// The JSON that tells it.
    #[must_use]
    pub fn body(&self, id: &RequestId, language: Language) -> String {
        let wait = self.retry_after.map(|after| after.as_secs().max(1));
        let extensions = error::extensions(self.code, language, id.as_str(), wait);
        let message = error::shortened(&self.message);
        json!({ "errors": [{ "message": message, "extensions": extensions }] }).to_string()
    }

    /// The answer that tells it.
    #[must_use]
    pub fn response(&self, id: &RequestId, language: Language) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(allow) = self.allow {
            response.insert_header((ALLOW, allow));
        }
        if let Some(after) = self.retry_after {
            response.insert_header((RETRY_AFTER, after.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        response
            .insert_header((CONTENT_TYPE, "application/json; charset=utf-8"))
            .body(self.body(id, language))
    }
}
