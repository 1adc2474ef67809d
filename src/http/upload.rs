//! Requests with files, by the GraphQL multipart request specification: a form whose first part is the request
//! (`operations`), whose second says which part goes into which variable (`map`), and whose others are files.
//!
//! Files go to temporary files as they come and never stand in memory. Pitfall: a variable gets its mark here, only where
//! the client left a null for it; what a client writes there itself names no file.

use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, ready};

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Bytes};
use futures_util::future::{Either, select};
use futures_util::stream::{Stream, StreamExt as _, poll_fn};
use multer::{Constraints, Field, Multipart, SizeLimit};
use rules::kit::error_code::ErrorCode;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::asked::{Asked, bad, one_from_body};
use super::graphql::{cut_short, too_large};
use super::problem::Problem;
use crate::kit::uploads::{Staging, Uploads};

/// Files of one request.
const FILES: usize = 20;
/// Chunks between the connection and the form's reader.
const CHUNKS: usize = 4;

/// Bytes before a form's first part, or of a part's head.
const BETWEEN: usize = 65_536;
/// Bytes given to the form's reader at a time.
const PIECE: usize = 16_384;

/// How much a form may have.
pub(super) struct Limits {
    /// Bytes in all.
    pub(super) body: u64,
    /// Bytes of `operations`, and of `map`.
    pub(super) operations: usize,
}

/// Whether a request is a form with files.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media = text.and_then(|text| text.split(';').next());
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// Reads a form: the request, its variables marked, and its files.
///
/// # Errors
/// What of it is not as the specification has it, or too large, or missing at its end.
pub(super) async fn read(
    headers: &HeaderMap,
    payload: web::Payload,
    limits: &Limits,
) -> Result<(Asked, Uploads), Problem> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default());
    let boundary = boundary.map_err(|_| not_as_specified("its content-type has no boundary"))?;
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::UnsupportedMediaType,
            "the body may not be compressed: leave content-encoding out",
        ));
    }
    // The payload stays with its worker; the reader of the form wants chunks that could go anywhere.
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(CHUNKS);
    let fruitless = Fruitless::default();
    let chunks = meted_out(receiver, fruitless.clone());
    let operations = limits.operations as u64;
    let sizes = SizeLimit::new()
        .whole_stream(limits.body)
        .for_field("operations", operations)
        .for_field("map", operations);
    let constraints = Constraints::new().size_limit(sizes);
    let form = Multipart::with_constraints(chunks, boundary, constraints);
    let reading = pin!(read_form(form, &fruitless));
    let handing = pin!(hand_on(payload, sender));
    match select(reading, handing).await {
        Either::Left((read, handing)) => {
            let read = read?;
            // What stands behind the form is taken off the connection, which others use after it.
            handing.await;
            Ok(read)
        }
        Either::Right(((), reading)) => reading.await,
    }
}

/// Bytes that came since the form's reader last got something out of them.
#[derive(Debug, Clone, Default)]
struct Fruitless(Arc<AtomicUsize>);

impl Fruitless {
    /// The reader got a part's head or some of its content.
    fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Gives the form's reader one piece at each of its turns: it takes in whatever there is, and keeps and searches all of it
/// until it finds a part's beginning, which here must be within [`BETWEEN`] bytes.
fn meted_out(
    mut receiver: Receiver<io::Result<Bytes>>,
    fruitless: Fruitless,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let mut rest = Bytes::new();
    let mut turn_over = false;
    poll_fn(move |context| {
        if std::mem::take(&mut turn_over) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if fruitless.0.load(Ordering::Relaxed) > BETWEEN {
            return Poll::Ready(Some(Err(io::ErrorKind::FileTooLarge.into())));
        }
        if rest.is_empty() {
            match ready!(receiver.poll_recv(context)) {
                Some(Ok(chunk)) => rest = chunk,
                other => return Poll::Ready(other),
            }
        }
        let piece = rest.split_to(rest.len().min(PIECE));
        fruitless.0.fetch_add(piece.len(), Ordering::Relaxed);
        turn_over = true;
        Poll::Ready(Some(Ok(piece)))
    })
}

/// Hands chunks on until there are no more, or nobody wants them.
async fn hand_on(mut payload: web::Payload, sender: Sender<io::Result<Bytes>>) {
    while let Some(chunk) = payload.next().await {
        if sender.send(chunk.map_err(io::Error::other)).await.is_err() {
            return;
        }
    }
}

async fn read_form(
    mut form: Multipart<'_>,
    fruitless: &Fruitless,
) -> Result<(Asked, Uploads), Problem> {
    let operations = text_of(&mut form, fruitless, "operations").await?;
    let mut asked = one_from_body(&operations)?;
    let map = text_of(&mut form, fruitless, "map").await?;
    let mut places = places(&map, &asked.variables)?;
    let mut uploads = Uploads::default();
    while let Some(field) = form.next_field().await.map_err(unread)? {
        fruitless.end();
        let name = field.name().unwrap_or_default().to_owned();
        let paths = places.remove(&name).ok_or_else(|| {
            not_as_specified(&format!("part {name:?} is not in map, or comes twice"))
        })?;
        let mark = stage(field, fruitless, &mut uploads).await?;
        for path in paths {
            let place = place(&mut asked.variables, &path).filter(|place| place.is_null());
            let place = place.ok_or_else(|| no_place(&path))?;
            *place = Value::String(mark.clone());
        }
    }
    match places.keys().next() {
        None => Ok((asked, uploads)),
        Some(name) => Err(not_as_specified(&format!("part {name:?} is missing"))),
    }
}

/// A part that is no file and must come now.
async fn text_of(
    form: &mut Multipart<'_>,
    fruitless: &Fruitless,
    name: &str,
) -> Result<Vec<u8>, Problem> {
    let field = form.next_field().await.map_err(unread)?;
    let mut field = field
        .filter(|field| field.name() == Some(name))
        .ok_or_else(|| not_as_specified("the first part must be operations, the second map"))?;
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unread)? {
        fruitless.end();
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

/// What `map` says: paths of variables by part, each of which holds a null.
fn places(
    map: &[u8],
    variables: &Map<String, Value>,
) -> Result<HashMap<String, Vec<String>>, Problem> {
    let wrong = |why: serde_json::Error| not_as_specified(&format!("map: {why}"));
    let places: HashMap<String, Vec<String>> = serde_json::from_slice(map).map_err(wrong)?;
    if places.len() > FILES {
        let message = format!("a request may have {FILES} files");
        return Err(not_as_specified(&message));
    }
    let mut probe = variables.clone();
    for path in places.values().flatten() {
        if !place(&mut probe, path).is_some_and(|value| value.is_null()) {
            return Err(no_place(path));
        }
    }
    Ok(places)
}

/// What stands at a path like `variables.input.files.0`.
fn place<'v>(variables: &'v mut Map<String, Value>, path: &str) -> Option<&'v mut Value> {
    let mut steps = path.split('.');
    if steps.next() != Some("variables") {
        return None;
    }
    let mut place = variables.get_mut(steps.next()?)?;
    for step in steps {
        place = match place {
            Value::Object(fields) => fields.get_mut(step)?,
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
}

async fn stage(
    mut field: Field<'_>,
    fruitless: &Fruitless,
    uploads: &mut Uploads,
) -> Result<String, Problem> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let mut staging = Staging::begin().map_err(unkept)?;
    while let Some(chunk) = field.chunk().await.map_err(unread)? {
        fruitless.end();
        staging.write(&chunk).await.map_err(unkept)?;
    }
    let staged = staging.end(&name).await.map_err(unkept)?;
    Ok(uploads.add(staged))
}

fn unkept(error: io::Error) -> Problem {
    tracing::error!(%error, "an upload can't be kept in a temporary file");
    Problem::internal()
}

fn unread(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { limit }
        | multer::Error::FieldSizeExceeded { limit, .. } => too_large(limit),
        multer::Error::StreamReadFailed(error) if is_fruitless(&*error) => not_as_specified(
            &format!("{BETWEEN} bytes came without a part beginning in them"),
        ),
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream
        | multer::Error::StreamReadFailed(_) => cut_short(),
        other => not_as_specified(&other.to_string()),
    }
}

fn is_fruitless(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::FileTooLarge)
}

fn no_place(path: &str) -> Problem {
    not_as_specified(&format!("map: there is no null at {path:?}"))
}

fn not_as_specified(why: &str) -> Problem {
    let message =
        format!("the form is not as the GraphQL multipart request specification has it: {why}");
    bad(ErrorCode::BadRequest, message)
}
