//! `/graphql`: one operation or a list of them by POST, one query by GET, as GraphQL over HTTP has it.
//!
//! Safe against forged cross-site requests: a page of another origin can make a browser send a POST without asking us
//! first only as a form (`text/plain`, `multipart/form-data`, `application/x-www-form-urlencoded`), so POST takes
//! `application/json`. By GET it can send any address, and files come as a form, so both ask for a header that no page can
//! set without a preflight.
//!
//! Pitfall: the body is read once into bytes and borrowed from there; nothing of it is copied but the document.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::error::{Error, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use actix_web::web::Bytes;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use futures_util::FutureExt as _;
use rules::kit::error_code::ErrorCode;
use tokio::time::timeout;

use super::State;
use super::api::{ApiAnswer, ApiRequest, Outcome};
use super::asked::{Asked, Body, bad, from_address, from_body};
use super::compress::compressed;
use super::live;
use super::negotiate::Media;
use super::problem::Problem;
use super::request_id::RequestId;
use super::session::{Knock, language};
use super::upload;
use crate::kit::limits::Totals;
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

/// How a request came in.
enum Input {
    /// At once.
    Read(Result<Body, Problem>),
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
    let patience = Duration::from_millis(state.http.body_timeout_ms);
    let mut payload = payload.into_inner();
    let body = timeout(patience, Bytes::from_request(&request, &mut payload)).await;
    let read = check_content_type(request.headers()).and_then(|()| {
        let body = body.map_err(|_| Problem::body_timeout())?;
        let body = body.map_err(|error| unread(&error, state.http.body_limit_bytes))?;
        from_body(&body, state.batch)
    });
    answer(&request, &state, Input::Read(read)).await
}

pub(super) async fn get<A: 'static>(
    request: HttpRequest,
    state: web::Data<State<A>>,
) -> HttpResponse {
    let read =
        check_csrf(request.headers(), "a GET").and_then(|()| from_address(request.query_string()));
    answer(&request, &state, Input::Read(read.map(Body::One))).await
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
    let answered = match run(request, state, input, &id).await {
        Ok(response) => response,
        Err(problem) => problem.response(&id, language(request.headers())),
    };
    compressed(request, answered)
}

async fn run<A: 'static>(
    request: &HttpRequest,
    state: &web::Data<State<A>>,
    input: Input,
    id: &RequestId,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let unacceptable = |message| {
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::NotAcceptable,
            message,
        )
    };
    let media = Media::accepted(request.headers()).ok_or_else(|| {
        unacceptable("answers are application/graphql-response+json, application/json or text/event-stream: accept one of them")
    })?;
    let knock = Knock::of(request, &state.http.trusted_proxies, id.clone());
    match (input, media) {
        (Input::Read(read), Media::Events) => match read? {
            Body::One(asked) => {
                let asked = |acting| asked.of(acting, Uploads::default(), id, Totals::default());
                live::stream(request, state, asked, id).await
            }
            Body::Batch(_) => Err(unacceptable(
                "operations in a list have one answer each: accept application/json",
            )),
        },
        (Input::Form(_), Media::Events) => Err(unacceptable(
            "files go with a mutation, which has one answer: accept application/json",
        )),
        (Input::Read(read), _) => match read? {
            Body::One(asked) => {
                let acting = state.behind.gate.admit(knock).await?;
                let asked = asked.of(acting, Uploads::default(), id, Totals::default());
                reply(execute(state, asked, started).await, media)
            }
            Body::Batch(all) => batch(state, all, knock, media).await,
        },
        (Input::Form(payload), _) => {
            check_csrf(request.headers(), "files")?;
            // Whoever may not upload is told so before he has sent it.
            taker(state, knock.clone()).await?;
            // Held until the answer is there, and with it the temporary files.
            let _place = state.uploads.try_acquire().map_err(|_| full())?;
            let limits = upload::Limits {
                body: state.max_upload,
                operations: state.http.body_limit_bytes,
            };
            let (asked, uploads) = upload::read(request.headers(), payload, &limits).await?;
            // It may have taken minutes. What is run is run with the rights of now (ORG-7).
            let acting = taker(state, knock).await?;
            let asked = asked.of(acting, uploads, id, Totals::default());
            reply(execute(state, asked, started).await, media)
        }
    }
}

async fn execute<A: 'static>(
    state: &State<A>,
    request: ApiRequest<A>,
    started: Instant,
) -> ApiAnswer {
    let answer = state.behind.api.execute(request).await;
    telemetry::count_answer(answer.operation.label(), answer.outcome.label(), started);
    answer
}

/// The answer of one operation.
fn reply(answer: ApiAnswer, media: Media) -> Result<HttpResponse, Problem> {
    let status = match (answer.outcome, media) {
        (Outcome::NotByGet, _) => return Err(Problem::only_reads_by_get()),
        (Outcome::RequestError, _) if answer.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
        (Outcome::RequestError, Media::GraphQl) => StatusCode::BAD_REQUEST,
        (Outcome::RequestError | Outcome::Answered | Outcome::Partial, _) => StatusCode::OK,
    };
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = answer.retry_after {
        response.insert_header((RETRY_AFTER, seconds));
    }
    Ok(response
        .insert_header((CONTENT_TYPE, media.content_type()))
        .body(answer.body))
}

/// Runs the operations of a list in its order, each when the one before it has ended, and answers them in it. What becomes
/// of one stops none of the others.
async fn batch<A: 'static>(
    state: &State<A>,
    all: Vec<Asked>,
    knock: Knock<'_>,
    media: Media,
) -> Result<HttpResponse, Problem> {
    let id = knock.request_id.clone();
    let gate = &state.behind.gate;
    let language = gate.language(&gate.admit(knock.clone()).await?);
    let mut totals = Totals::default();
    let mut body = vec![b'['];
    for (place, asked) in all.into_iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        let begun = Instant::now();
        let one = async {
            // With the rights of now: the one before it may have changed them.
            let acting = gate.admit(knock.clone()).await?;
            let asked = asked.of(acting, Uploads::default(), &id, totals);
            Ok::<_, Problem>(execute(state, asked, begun).await)
        };
        // The panic hook has logged it.
        let done = AssertUnwindSafe(one).catch_unwind().await;
        match done.unwrap_or_else(|_| Err(Problem::internal())) {
            Ok(answer) => {
                totals = answer.totals;
                body.extend_from_slice(&answer.body);
            }
            Err(problem) => body.extend_from_slice(problem.body(&id, language).as_bytes()),
        }
    }
    body.push(b']');
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media.content_type()))
        .body(body))
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
