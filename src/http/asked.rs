//! What a request asks, read out of a body, an address or a message of a socket.

use std::fmt::Display;
use std::str::FromStr as _;

use actix_web::web;
use rules::kit::error_code::ErrorCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::ApiRequest;
use super::problem::Problem;
use super::request_id::RequestId;
use crate::kit::limits::Totals;
use crate::kit::persisted::{DocumentHash, Sent};
use crate::kit::uploads::Uploads;

/// The parameters of a GraphQL request. Of `extensions`, `persistedQuery` means something here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

/// The same in an address, where variables and extensions are JSON in strings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// A request as it was sent, with its variables read.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) document: Sent,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    /// Whether it came by GET.
    pub(super) read_only: bool,
}

/// What a body asks.
pub(super) enum Body {
    /// One operation.
    One(Asked),
    /// Several, one after the other.
    Batch(Vec<Asked>),
}

impl Asked {
    pub(super) fn of<A>(
        self,
        acting: A,
        uploads: Uploads,
        id: &RequestId,
        before: Totals,
    ) -> ApiRequest<A> {
        ApiRequest {
            document: self.document,
            operation_name: self.operation_name,
            variables: self.variables,
            acting,
            request_id: id.clone(),
            read_only: self.read_only,
            uploads,
            before,
        }
    }

    /// Reads the parameters of a message.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn of_payload(payload: Value) -> Result<Self, String> {
        let parameters = serde_json::from_value(payload).map_err(|error| error.to_string())?;
        asked(parameters, false).map_err(|problem| problem.message)
    }
}

/// Reads a body: an object, or a list of `most` at most.
pub(super) fn from_body(body: &[u8], most: usize) -> Result<Body, Problem> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return one_from_body(body).map(Body::One);
    }
    let all: Vec<Parameters> = serde_json::from_slice(body).map_err(not_parameters)?;
    if all.is_empty() {
        let message = "a list of operations has one at least";
        return Err(bad(ErrorCode::BadRequest, message.to_owned()));
    }
    if all.len() > most {
        let message = format!("a request may have {most} operations: send the others in another");
        return Err(bad(ErrorCode::BatchTooLarge, message));
    }
    let all = all.into_iter().map(|one| asked(one, false));
    all.collect::<Result<_, _>>().map(Body::Batch)
}

/// Reads a body that must be one operation.
pub(super) fn one_from_body(body: &[u8]) -> Result<Asked, Problem> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        let message = "files go with one operation, which is no list";
        return Err(bad(ErrorCode::BadRequest, message.to_owned()));
    }
    asked(serde_json::from_slice(body).map_err(not_parameters)?, false)
}

/// Reads an address.
pub(super) fn from_address(query: &str) -> Result<Asked, Problem> {
    let address = web::Query::<Address>::from_query(query).map_err(|_| {
        let message = "the address must have query, operationName, variables, extensions once each";
        bad(ErrorCode::BadRequest, message.to_owned())
    })?;
    let Address {
        query,
        operation_name,
        variables,
        extensions,
    } = address.into_inner();
    let parameters = Parameters {
        query,
        operation_name,
        variables: object("variables", variables)?,
        extensions: object("extensions", extensions)?,
    };
    asked(parameters, true)
}

fn object(name: &str, text: Option<String>) -> Result<Option<Map<String, Value>>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    let read = text.map(|text| serde_json::from_str::<Option<_>>(&text));
    let read = read.transpose().map_err(|error| {
        let message = format!("{name} must be a JSON object: {error}");
        bad(ErrorCode::BadRequest, message)
    })?;
    Ok(read.flatten())
}

fn not_parameters(error: impl Display) -> Problem {
    let message = format!(
        "the body must be a JSON object with query, operationName, variables, extensions, or a list of them: {error}"
    );
    bad(ErrorCode::BadRequest, message)
}

fn asked(parameters: Parameters, read_only: bool) -> Result<Asked, Problem> {
    let text = parameters.query.filter(|query| !query.trim().is_empty());
    let hash = match parameters.extensions {
        Some(extensions) => hash(&extensions)?,
        None => None,
    };
    let document = match (text, hash) {
        (Some(text), None) => Sent::Text(text),
        (Some(text), Some(hash)) => Sent::Both(text, hash),
        (None, Some(hash)) => Sent::Hash(hash),
        (None, None) => {
            let message = "send the GraphQL document as query";
            return Err(bad(ErrorCode::QueryMissing, message.to_owned()));
        }
    };
    Ok(Asked {
        document,
        operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
        variables: parameters.variables.unwrap_or_default(),
        read_only,
    })
}

/// The hash of a persisted query.
fn hash(extensions: &Map<String, Value>) -> Result<Option<DocumentHash>, Problem> {
    let Some(persisted) = extensions
        .get("persistedQuery")
        .filter(|one| !one.is_null())
    else {
        return Ok(None);
    };
    let hash = persisted.get("sha256Hash").and_then(Value::as_str);
    let hash = hash.and_then(|hash| DocumentHash::from_str(hash).ok());
    let is_known = persisted.get("version").and_then(Value::as_u64) == Some(1);
    hash.filter(|_| is_known).map(Some).ok_or_else(|| {
        let message = "extensions.persistedQuery must have version 1 and a sha256Hash of 64 hexadecimal digits";
        bad(ErrorCode::BadRequest, message.to_owned())
    })
}

pub(super) fn bad(code: ErrorCode, message: String) -> Problem {
    Problem::new(actix_web::http::StatusCode::BAD_REQUEST, code, message)
}
