//! What HTTP hands a GraphQL request to. The schema's type stays behind this trait and out of every handler.
//!
//! Pitfall: [`ApiAnswer::body`] is sent as it is. It must be a complete answer, `{"data":…}` or `{"errors":[…]}`.

use std::sync::Arc;

use actix_web::web::Bytes;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};

use super::request_id::RequestId;
use crate::kit::limits::Totals;
use crate::kit::persisted::Sent;
use crate::kit::uploads::Uploads;

/// Runs GraphQL requests. `A` is what the gate admitted the caller as.
#[async_trait]
pub trait Api<A>: Send + Sync {
    /// Runs one operation. Everything that goes wrong is told in the answer; a panic is caught outside.
    ///
    /// The future is dropped when the caller goes away or the time is up: what is not committed by then is undone.
    async fn execute(&self, request: ApiRequest<A>) -> ApiAnswer;

    /// Opens one operation whose answers come one after the other: a query or mutation gives one, as
    /// [`execute`](Self::execute) would, a subscription any number. Nothing is run before the first is asked for.
    ///
    /// An answer that is a [`Outcome::RequestError`] is the only one.
    async fn open(self: Arc<Self>, request: ApiRequest<A>) -> Opened;
}

/// An operation on its way.
pub struct Opened {
    /// The kind of the operation.
    pub operation: OperationKind,
    /// Its answers; its end is the operation's end. What is not committed is undone when it is dropped.
    pub answers: BoxStream<'static, ApiAnswer>,
}

/// One GraphQL request, read but not parsed.
#[derive(Debug)]
pub struct ApiRequest<A> {
    /// The document: its text, or the hash that names it.
    pub document: Sent,
    /// The operation to run, where the document has several.
    pub operation_name: Option<String>,
    /// The variables' values.
    pub variables: Map<String, Value>,
    /// Who asks.
    pub acting: A,
    /// The id under which this request is logged, and which errors carry.
    pub request_id: RequestId,
    /// Whether only a query may run, because the request came by GET. Another operation is answered with
    /// [`Outcome::NotByGet`] and not run.
    pub read_only: bool,
    /// Files that came with the request.
    pub uploads: Uploads,
    /// What the operations before it in the same batch come to.
    pub before: Totals,
}

/// The answer to a GraphQL request.
#[derive(Debug)]
pub struct ApiAnswer {
    /// The complete JSON.
    pub body: Bytes,
    /// What became of the request.
    pub outcome: Outcome,
    /// The kind of the operation.
    pub operation: OperationKind,
    /// What the operations of the batch come to with this one.
    pub totals: Totals,
    /// Seconds after which it can be sent again, where it was refused for a time.
    pub retry_after: Option<u64>,
}

/// What became of a request. It decides the status, and is a label of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with `data` and no errors. Refusals of the rules are data.
    Answered,
    /// Answered with `data` and errors.
    Partial,
    /// Not run: not understood, not valid, over a limit. The answer has no `data`.
    RequestError,
    /// Not run: by GET only queries are run. The body is not sent.
    NotByGet,
}

impl Outcome {
    /// The label in the metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Partial => "partial",
            Self::RequestError => "request_error",
            Self::NotByGet => "not_by_get",
        }
    }
}

/// The kind of an operation, as a label of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Writes.
    Mutation,
    /// Listens.
    Subscription,
    /// The document was not understood.
    Unknown,
}

impl OperationKind {
    /// The label in the metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Unknown => "unknown",
        }
    }
}
