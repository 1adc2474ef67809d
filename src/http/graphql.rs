//! `/graphql`: one operation by POST, one query by GET, as GraphQL over HTTP has it.
//!
//! Safe against forged cross-site requests: a page of another origin can make a browser send a POST without asking us
//! first only as a form (`text/plain`, `multipart/form-data`, `application/x-www-form-urlencoded`), so POST takes
//! `application/json`. By GET it can send any address, and files come as a form, so both ask for a header that no page can
//! set without a preflight.
//!
//! Pitfall: the body is read once into bytes and borrowed from there; nothing of it is copied but the document.

use std::time::{Duration, Instant};

use actix_web::error::{Error, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use rules::kit::error_code::ErrorCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::State;
use super::api::{ApiRequest, Outcome};
use super::live;
use super::negotiate::Media;
use super::problem::Problem;
use super::request_id::RequestId;
use super::session::{Knock, language};
use super::upload;
use crate::kit::uploads::Uploads;
use crate::telemetry;

/// Headers that show that a GET was sent by a program or after a preflight. One is enough.
const CSRF_HEADERS: [&str; 3] = [
    "x-kehu-csrf",
    "apollo-require-preflight",
    "x-apollo-operation-name",
];

/// When an upload that found no place is sent again.
const UPLOAD_AGAIN: Duration = Duration::from_secs(10);

/// The parameters of a GraphQL request. `extensions` is allowed by the specification and means nothing here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    #[serde(rename = "extensions")]
    _extensions: Option<IgnoredAny>,
}

/// The same in an address, where variables are JSON in a string.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

/// A request as it was sent, with its variables read.
pub(super) struct Asked {
    document: String,
    operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    read_only: bool,
}

impl Asked {
    fn of<A>(self, acting: A, uploads: Uploads, id: &RequestId) -> ApiRequest<A> {
        ApiRequest {
            document: self.document,
            operation_name: self.operation_name,
            variables: self.variables,
            acting,
            request_id: id.clone(),
            read_only: self.read_only,
            uploads,
        }
    }
}

/// How a request came in.
enum Input {
    /// At once.
    Read(Result<Asked, Problem>),
    /// As a form with files, which is read only once it is known who sends it.
    Form(web::Payload),
}

pub(super) async fn post<A: 'static>(
    request: HttpRequest,
    state: web::Data<State<A>>,
    payload: web::Payload,
) -> HttpResponse {
    if upload::is_multipart(request.headers()) {
        return answer(&request, &state, Input::Form(payload)).await;
    }
    let body = Bytes::from_request(&request, &mut payload.into_inner()).await;
    let read = check_content_type(request.headers()).and_then(|()| {
        from_body(&body.map_err(|error| unread(&error, state.http.body_limit_bytes))?)
    });
    answer(&request, &state, Input::Read(read)).await
}

pub(super) async fn get<A: 'static>(
    request: HttpRequest,
    state: web::Data<State<A>>,
) -> HttpResponse {
    let read =
        check_csrf(request.headers(), "a GET").and_then(|()| from_address(request.query_string()));
    answer(&request, &state, Input::Read(read)).await
}

pub(super) async fn other(request: HttpRequest) -> HttpResponse {
    Problem::method("GET, POST", "send operations by POST, or queries by GET")
        .response(&RequestId::given(&request), language(request.headers()))
}

async fn answer<A: 'static>(
    request: &HttpRequest,
    state: &web::Data<State<A>>,
    input: Input,
) -> HttpResponse {
    let id = RequestId::given(request);
    match run(request, state, input, &id).await {
        Ok(response) => response,
        Err(problem) => problem.response(&id, language(request.headers())),
    }
}

async fn run<A: 'static>(
    request: &HttpRequest,
    state: &web::Data<State<A>>,
    input: Input,
    id: &RequestId,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let media = Media::accepted(request.headers()).ok_or_else(|| {
        let message = "answers are application/graphql-response+json, application/json or text/event-stream: accept one of them";
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::NotAcceptable,
            message,
        )
    })?;
    if media == Media::Events {
        let Input::Read(read) = input else {
            let message = "files go with a mutation, which has one answer: accept application/json";
            return Err(Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                ErrorCode::NotAcceptable,
                message,
            ));
        };
        let asked = read?;
        let asked = |acting| asked.of(acting, Uploads::default(), id);
        return live::stream(request, state, asked, id).await;
    }
    let knock = Knock::of(request, &state.http.trusted_proxies, id.clone());
    let (asked, acting, uploads, _place) = match input {
        Input::Read(read) => {
            let asked = read?;
            let acting = state.behind.gate.admit(knock).await?;
            (asked, acting, Uploads::default(), None)
        }
        Input::Form(payload) => {
            check_csrf(request.headers(), "files")?;
            // Whoever may not upload is told so before he has sent it.
            taker(state, knock.clone()).await?;
            // Held until the answer is there, and with it the temporary files.
            let place = state.uploads.try_acquire().map_err(|_| full())?;
            let limits = upload::Limits {
                body: state.max_upload,
                operations: state.http.body_limit_bytes,
            };
            let (asked, uploads) = upload::read(request.headers(), payload, &limits).await?;
            // It may have taken minutes. What is run is run with the rights of now (ORG-7).
            let acting = taker(state, knock).await?;
            (asked, acting, uploads, Some(place))
        }
    };
    let answer = state.behind.api.execute(asked.of(acting, uploads, id));
    let answer = answer.await;
    telemetry::count_answer(answer.operation.label(), answer.outcome.label(), started);
    let status = match (answer.outcome, media) {
        (Outcome::NotByGet, _) => return Err(Problem::only_reads_by_get()),
        (Outcome::RequestError, Media::GraphQl) => StatusCode::BAD_REQUEST,
        (Outcome::RequestError | Outcome::Answered | Outcome::Partial, _) => StatusCode::OK,
    };
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, media.content_type()))
        .body(answer.body))
}

/// Who sends files.
async fn taker<A: 'static>(state: &State<A>, knock: Knock<'_>) -> Result<A, Problem> {
    let acting = state.behind.gate.admit(knock).await?;
    if state.behind.files.takes_from(&acting) {
        return Ok(acting);
    }
    let message = "sign in first: files are taken from people of the company only";
    Err(Problem::unauthenticated(message))
}

/// As many files as may are on their way in.
fn full() -> Problem {
    let message =
        "as many uploads as this server takes at once are under way: send it again a little later";
    Problem {
        retry_after: Some(UPLOAD_AGAIN),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::RateLimited,
            message,
        )
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |message: &str| {
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::UnsupportedMediaType,
            message,
        ))
    };
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return refuse("the body may not be compressed: leave content-encoding out");
    }
    if is_json(headers) {
        Ok(())
    } else {
        refuse(
            "send the request as content-type: application/json, or as multipart/form-data with files",
        )
    }
}

/// Whether the content is `application/json` in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
        && parts.all(|part| {
            let Some((name, value)) = part.split_once('=') else {
                return part.is_empty();
            };
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

fn check_csrf(headers: &HeaderMap, what: &str) -> Result<(), Problem> {
    let shown = |name: &&str| headers.get(*name).is_some_and(|value| !value.is_empty());
    if CSRF_HEADERS.iter().any(shown) || is_json(headers) {
        return Ok(());
    }
    let message = format!(
        "send the header x-kehu-csrf: 1 with {what}, so that no other site's page can send it for you"
    );
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        ErrorCode::CsrfHeaderMissing,
        message,
    ))
}

fn unread(error: &Error, limit: usize) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => too_large(limit as u64),
        _ => cut_short(),
    }
}

pub(super) fn too_large(limit: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::BodyTooLarge,
        format!("a request's body may have {limit} bytes: send less in it"),
    )
}

pub(super) fn cut_short() -> Problem {
    bad(
        ErrorCode::BodyNotRead,
        "the request's body ended early: send it again".to_owned(),
    )
}

pub(super) fn bad(code: ErrorCode, message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, message)
}

pub(super) fn from_body(body: &[u8]) -> Result<Asked, Problem> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        let message =
            "several operations in one request are not taken: send each in a request of its own";
        return Err(bad(ErrorCode::BatchNotSupported, message.to_owned()));
    }
    let parameters: Parameters = serde_json::from_slice(body).map_err(|error| {
        bad(
            ErrorCode::BadRequest,
            format!("the body must be a JSON object with query, operationName, variables, extensions: {error}"),
        )
    })?;
    asked(
        parameters.query,
        parameters.operation_name,
        parameters.variables,
        false,
    )
}

fn from_address(query: &str) -> Result<Asked, Problem> {
    let address = web::Query::<Address>::from_query(query)
        .map_err(|_| {
            bad(
                ErrorCode::BadRequest,
                "the address must have query, operationName, variables once each".to_owned(),
            )
        })?
        .into_inner();
    let variables = match address.variables.as_deref() {
        None | Some("") => None,
        Some(text) => serde_json::from_str(text).map_err(|error| {
            bad(
                ErrorCode::BadRequest,
                format!("variables must be a JSON object: {error}"),
            )
        })?,
    };
    asked(address.query, address.operation_name, variables, true)
}

fn asked(
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    read_only: bool,
) -> Result<Asked, Problem> {
    let document = query
        .filter(|query| !query.trim().is_empty())
        .ok_or_else(|| {
            bad(
                ErrorCode::QueryMissing,
                "send the GraphQL document as query".to_owned(),
            )
        })?;
    let operation_name = operation_name.filter(|name| !name.is_empty());
    Ok(Asked {
        document,
        operation_name,
        variables: variables.unwrap_or_default(),
        read_only,
    })
}
