//! Server-sent events: an operation by POST or GET with `accept: text/event-stream`, its answers as a stream of events
//! (`graphql-sse`, distinct connections mode).
//!
//! Pitfall: what is wrong with a document is told as an event too, because a browser's `EventSource` shows its page no
//! other answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::LOOK;
use super::seats::Seat;
use crate::http::State;
use crate::http::api::{ApiRequest, Opened, OperationKind};
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::http::session::{Knock, language};
use crate::telemetry;

/// Events that wait for a client at most.
const QUEUE: usize = 4;
/// Proxies are asked not to gather the stream.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

const COMPLETE: &str = "event: complete\ndata:\n\n";
/// A comment: keeps proxies from closing a quiet connection.
const ALIVE: &str = ":\n\n";

fn next(body: &[u8]) -> Bytes {
    let mut event = b"event: next\ndata: ".to_vec();
    // Between the tokens of JSON a line's end means nothing; in an event it would.
    event.extend(
        body.iter()
            .map(|byte| if *byte == b'\n' { b' ' } else { *byte }),
    );
    event.extend_from_slice(b"\n\n");
    event.into()
}

/// One connection.
struct Connection<A> {
    state: web::Data<State<A>>,
    caller: A,
    _seat: Option<Seat>,
    opened: Opened,
    id: RequestId,
    language: Language,
}

/// Answers a request with a stream of events.
pub(in crate::http) async fn stream<A: 'static>(
    request: &HttpRequest,
    state: &web::Data<State<A>>,
    asked: impl FnOnce(A) -> ApiRequest<A>,
    id: &RequestId,
) -> Result<HttpResponse, Problem> {
    let gate = &state.behind.gate;
    let knock = Knock::of(request, &state.http.trusted_proxies, id.clone());
    let caller = gate.admit(knock.clone()).await?;
    let most = state.live.connections_per_person;
    let seat = gate.person(&caller).map(|person| {
        state.seats.take(person, most, "sse").ok_or_else(|| {
            let message = format!("{most} connections of this person are open: close one first");
            let code = ErrorCode::TooManySubscriptions;
            Problem::new(StatusCode::TOO_MANY_REQUESTS, code, message)
        })
    });
    let seat = seat.transpose()?;
    let asked = asked(gate.admit(knock).await?);
    let read_only = asked.read_only;
    let opened = Arc::clone(&state.behind.api).open(asked).await;
    if read_only && opened.operation == OperationKind::Mutation {
        return Err(Problem::only_reads_by_get());
    }
    let connection = Connection {
        state: state.clone(),
        caller,
        _seat: seat,
        opened,
        id: id.clone(),
        language: language(request.headers()),
    };
    let (events, sent) = mpsc::channel(QUEUE);
    rt::spawn(connection.run(events).in_current_span());
    let body = stream::unfold(sent, |mut sent| async move {
        let event: Bytes = sent.recv().await?;
        Some((Ok::<_, actix_web::Error>(event), sent))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header(UNBUFFERED)
        .streaming(body))
}

/// Why a connection is ended by us before its operation is.
type Closed = &'static str;

impl<A: 'static> Connection<A> {
    async fn run(mut self, events: Sender<Bytes>) {
        let is_subscription = self.opened.operation == OperationKind::Subscription;
        let _counted = is_subscription.then(telemetry::Subscribed::enter);
        let told = AssertUnwindSafe(self.tell(&events, is_subscription))
            .catch_unwind()
            .await;
        match told {
            Ok(Ok(())) => {}
            Ok(Err(why)) => telemetry::count_live_closed(why),
            // The panic hook has logged it.
            Err(_) => {
                let body = Problem::internal().body(&self.id, self.language);
                let _ = self.send(&events, next(body.as_bytes())).await;
                let _ = self
                    .send(&events, Bytes::from_static(COMPLETE.as_bytes()))
                    .await;
            }
        }
    }

    async fn tell(&mut self, events: &Sender<Bytes>, is_subscription: bool) -> Result<(), Closed> {
        let started = Instant::now();
        let live = self.state.live.clone();
        let limit = Duration::from_millis(self.state.http.request_timeout_ms);
        let mut tick = tokio::time::interval(LOOK);
        let mut said = Instant::now();
        self.send(events, Bytes::from_static(ALIVE.as_bytes()))
            .await?;
        loop {
            tokio::select! {
                answer = self.opened.answers.next() => {
                    let Some(answer) = answer else {
                        return self.send(events, Bytes::from_static(COMPLETE.as_bytes())).await;
                    };
                    telemetry::count_answer(answer.operation.label(), answer.outcome.label(), started);
                    self.send(events, next(&answer.body)).await?;
                    said = Instant::now();
                }
                () = events.closed() => return Ok(()),
                _ = tick.tick() => {
                    if self.state.stopping.is_set() {
                        return Err("stopping");
                    }
                    let last = if !self.state.behind.gate.stands(&self.caller) {
                        let message = "the token is not valid any more: refresh it, and go on with `after`";
                        Some((Problem::unauthenticated(message), "token"))
                    } else if !is_subscription && started.elapsed() >= limit {
                        Some((Problem::timeout(), "timeout"))
                    } else {
                        None
                    };
                    if let Some((problem, why)) = last {
                        let body = problem.body(&self.id, self.language);
                        self.send(events, next(body.as_bytes())).await?;
                        self.send(events, Bytes::from_static(COMPLETE.as_bytes())).await?;
                        return Err(why);
                    }
                    if said.elapsed() >= Duration::from_secs(live.ping_s) {
                        self.send(events, Bytes::from_static(ALIVE.as_bytes())).await?;
                        said = Instant::now();
                    }
                }
            }
        }
    }

    async fn send(&self, events: &Sender<Bytes>, event: Bytes) -> Result<(), Closed> {
        let limit = Duration::from_secs(self.state.live.slow_reader_s);
        match timeout(limit, events.send(event)).await {
            // Nobody is left to whom it could be sent.
            Ok(_) => Ok(()),
            Err(_) => Err("slow"),
        }
    }
}
