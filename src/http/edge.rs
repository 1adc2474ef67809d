//! The one layer round every handler: id, span, time limit, caught panics, headers, CORS, the line in the log.
//!
//! One layer, because each costs every request a boxed future.
//!
//! Pitfall: the request is moved into the handler. Whatever is needed after a panic is taken from it before.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures_util::FutureExt;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use tracing::Instrument;

use super::problem::Problem;
use super::request_id::{HEADER, RequestId};
use super::session;
use super::stop::Stopping;
use super::upload;
use crate::config::Http;
use crate::telemetry::InFlight;

/// What the layer needs to know.
pub(super) struct Edge {
    pub(super) http: Http,
    pub(super) upload_timeout: Duration,
    pub(super) stopping: Stopping,
}

/// What is told about a request in its line in the log.
struct Line {
    method: Method,
    path: String,
    started: Instant,
}

/// Carries a request through.
pub(super) async fn carry(
    edge: &Edge,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _in_flight = InFlight::enter();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let language = session::language(request.headers());
    let origin = edge.allowed_origin(request.headers());
    let line = Line {
        method: request.method().clone(),
        path: request.path().to_owned(),
        started: Instant::now(),
    };
    let span = tracing::info_span!("request", request_id = id.as_str());
    let answered = async {
        if let Some(response) = preflight(&request, origin.as_ref(), &id, language) {
            return Ok(request.into_response(response));
        }
        let limit = if upload::is_multipart(request.headers()) {
            edge.upload_timeout
        } else {
            Duration::from_millis(edge.http.request_timeout_ms)
        };
        let handled = AssertUnwindSafe(tokio::time::timeout(limit, next.call(request)))
            .catch_unwind()
            .await;
        match handled {
            Ok(Ok(Ok(response))) => Ok(response.map_into_boxed_body()),
            Ok(Ok(Err(error))) => {
                tracing::error!(%error, "a handler failed");
                Err(Problem::internal())
            }
            Ok(Err(_)) => Err(Problem::timeout()),
            // The panic hook has logged it.
            Err(_) => Err(Problem::internal()),
        }
    }
    .instrument(span.clone())
    .await;
    let _entered = span.enter();
    match answered {
        Ok(mut response) => {
            edge.stamp(response.response_mut(), &id, origin);
            line.write(response.status());
            Ok(response)
        }
        Err(problem) => {
            let mut response = problem.response(&id, language);
            edge.stamp(&mut response, &id, origin);
            line.write(response.status());
            Err(InternalError::from_response(problem.code.as_str(), response).into())
        }
    }
}

impl Edge {
    /// The request's origin, if its pages may call us.
    fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.http
            .cors_origins
            .iter()
            .any(|allowed| allowed.as_bytes() == origin.as_bytes())
            .then(|| origin.clone())
    }

    /// Adds what every answer carries. What a handler has set itself stays.
    fn stamp(&self, response: &mut HttpResponse, id: &RequestId, origin: Option<HeaderValue>) {
        if self.stopping.is_set() {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        let headers = response.headers_mut();
        let mut unless_set = |name: HeaderName, value: &'static str| {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        unless_set(CACHE_CONTROL, "no-store");
        unless_set(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        );
        unless_set(REFERRER_POLICY, "no-referrer");
        unless_set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        unless_set(X_FRAME_OPTIONS, "DENY");
        headers.insert(HeaderName::from_static(HEADER), id.header());
        if !self.http.cors_origins.is_empty() {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("x-request-id, retry-after, etag"),
            );
        }
    }
}

/// The answer to a browser that asks before it sends a request across origins; `None` for any other request.
///
/// No credentials are allowed: the API knows no cookies, tokens are sent in `authorization`.
fn preflight(
    request: &ServiceRequest,
    origin: Option<&HeaderValue>,
    id: &RequestId,
    language: Language,
) -> Option<HttpResponse> {
    if request.method() != Method::OPTIONS
        || !request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return None;
    }
    if origin.is_none() {
        let message = "pages of this origin may not call the API: add it to http.cors_origins";
        return Some(
            Problem::new(StatusCode::FORBIDDEN, ErrorCode::OriginNotAllowed, message)
                .response(id, language),
        );
    }
    let headers = "accept, accept-language, apollo-require-preflight, authorization, content-type, x-kehu-csrf, x-request-id";
    Some(
        HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, headers))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "7200"))
            .finish(),
    )
}

impl Line {
    fn write(&self, status: StatusCode) {
        let (method, path, status_number) =
            (self.method.as_str(), self.path.as_str(), status.as_u16());
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if status.is_server_error() {
            tracing::warn!(target: "kehu::http::access", method, path, status = status_number, micros, "answered");
        } else {
            tracing::info!(target: "kehu::http::access", method, path, status = status_number, micros, "answered");
        }
    }
}
