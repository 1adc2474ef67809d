//! Answers: the parts that root fields gave, put together in order, with errors and cost.

use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;

use crate::graph::{FieldError, Fragment, Step};
use crate::kit::error::{ApiError, Error, extensions, shortened};
use crate::kit::limits::Estimate;

/// Errors told at most.
const MOST_ERRORS: usize = 10;

/// An answer.
pub struct Answer {
    /// The complete JSON.
    pub body: Vec<u8>,
    /// Whether it has errors.
    pub errors: bool,
    /// Whether it was not run at all: not valid.
    pub request_error: bool,
    /// Statements that its reads took.
    pub statements: usize,
}

/// To whom an answer is told.
pub(super) struct Told<'a> {
    /// Language of the texts for people.
    pub(super) language: Language,
    /// Id of the request, in every error.
    pub(super) request_id: &'a str,
    /// Cost estimated before it ran.
    pub(super) estimated: Estimate,
}

/// One root field's part.
pub(super) struct Part<'a> {
    /// Its response key.
    pub(super) key: &'a str,
    /// What it gave.
    pub(super) fragment: Fragment,
}

/// The part of a root field that failed as a whole.
pub(super) fn failed(key: &str, error: &Error, request_id: &str, spoils: bool) -> Fragment {
    if !matches!(error, Error::Api(_)) {
        tracing::error!(%error, %request_id, field = key, "a root field failed");
    }
    let error = FieldError {
        error: error.public(),
        path: vec![Step::Key(key.to_owned())],
    };
    Fragment {
        json: b"null".to_vec(),
        errors: vec![error],
        spoils,
    }
}

impl Told<'_> {
    /// The answer of an operation that ran.
    pub(super) fn answer(&self, parts: &[Part<'_>], statements: usize) -> Answer {
        let length: usize = parts
            .iter()
            .map(|part| part.fragment.json.len() + part.key.len())
            .sum();
        let mut body = Vec::with_capacity(length + 160);
        body.extend_from_slice(b"{\"data\":");
        if parts.iter().any(|part| part.fragment.spoils) {
            body.extend_from_slice(b"null");
        } else {
            body.push(b'{');
            for (i, part) in parts.iter().enumerate() {
                body.extend_from_slice(if i == 0 { b"\"" } else { b",\"" });
                body.extend_from_slice(part.key.as_bytes());
                body.extend_from_slice(b"\":");
                body.extend_from_slice(&part.fragment.json);
            }
            body.push(b'}');
        }
        let errors = parts
            .iter()
            .flat_map(|part| &part.fragment.errors)
            .take(MOST_ERRORS);
        let errors: Vec<_> = errors.map(|error| self.field_error(error)).collect();
        if !errors.is_empty() {
            body.extend_from_slice(b",\"errors\":");
            // Writing into a Vec can't fail.
            let _ = serde_json::to_writer(&mut body, &errors);
        }
        let Estimate {
            cost,
            limit,
            remaining,
        } = self.estimated;
        let mut cost = serde_json::json!({"cost": {
            "estimated": cost, "limit": limit, "statements": statements,
        }});
        if let Some(remaining) = remaining {
            cost["cost"]["remaining"] = remaining.into();
        }
        body.extend_from_slice(b",\"extensions\":");
        let _ = serde_json::to_writer(&mut body, &cost);
        body.push(b'}');
        Answer {
            body,
            errors: !errors.is_empty(),
            request_error: false,
            statements,
        }
    }

    /// The answer to a request that was not run.
    pub(super) fn refused(&self, error: &ApiError) -> Answer {
        let extensions = error.extensions(self.language, self.request_id);
        request_error(&[serde_json::json!({
            "message": shortened(&error.message), "extensions": extensions,
        })])
    }

    /// The answer to a document that is not valid.
    pub(super) fn not_valid(&self, errors: &[async_graphql::ServerError]) -> Answer {
        let told = |error: &async_graphql::ServerError| {
            let locations = error.locations.iter();
            let locations: Vec<_> = locations
                .map(|at| serde_json::json!({"line": at.line, "column": at.column}))
                .collect();
            serde_json::json!({
                "message": shortened(&error.message),
                "locations": locations,
                "extensions": extensions(ErrorCode::BadRequest, self.language, self.request_id, None),
            })
        };
        request_error(
            &errors
                .iter()
                .take(MOST_ERRORS)
                .map(told)
                .collect::<Vec<_>>(),
        )
    }

    fn field_error(&self, error: &FieldError) -> serde_json::Value {
        let step = |step: &Step| match step {
            Step::Key(key) => serde_json::Value::from(key.as_str()),
            Step::Index(index) => (*index).into(),
        };
        let path: Vec<_> = error.path.iter().map(step).collect();
        let extensions = error.error.extensions(self.language, self.request_id);
        serde_json::json!({
            "message": shortened(&error.error.message), "path": path, "extensions": extensions,
        })
    }
}

fn request_error(errors: &[serde_json::Value]) -> Answer {
    Answer {
        body: serde_json::json!({"errors": errors})
            .to_string()
            .into_bytes(),
        errors: true,
        request_error: true,
        statements: 0,
    }
}
