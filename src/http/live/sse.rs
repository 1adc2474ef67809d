//! Server-sent events: an operation by POST or GET with `accept: text/event-stream`, its answers as a stream of events
//! (`graphql-sse`, distinct connections mode).
//!
//! Pitfall: what is wrong with a document is told as an event too, because a browser's `EventSource` shows its page no
//! other answer.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::LOOK;
use crate::http::State;
use crate::http::api::{ApiAnswer, ApiRequest, Opened, OperationKind};
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::http::session::Knock;
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
    let language = gate.language(&caller);
    let read_only = asked.read_only;
    let opened = Arc::clone(&state.behind.api).open(asked).await;
    if read_only && opened.operation == OperationKind::Mutation {
        return Err(Problem::only_reads_by_get());
    }
    let connection = Connection {
        state: state.clone(),
        caller,
        opened,
        id: id.clone(),
        language,
    };
    let (events, sent) = mpsc::channel(QUEUE);
    rt::spawn(connection.run(events).in_current_span());
    // The seat is kept as long as there is something to be sent.
    let body = stream::unfold((sent, seat), |(mut sent, seat)| async move {
        let event: Bytes = sent.recv().await?;
        Some((Ok::<_, actix_web::Error>(event), (sent, seat)))
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
        let answers = std::mem::replace(&mut self.opened.answers, stream::empty().boxed());
        let told = AssertUnwindSafe(self.tell(answers, &events, is_subscription))
            .catch_unwind()
            .await;
        match told {
            Ok(Ok(())) => {}
            Ok(Err(why)) => telemetry::count_live_closed(why),
            // The panic hook has logged it.
            Err(_) => self.tell_last(&events, &Problem::internal()),
        }
    }

    /// Sends the answers for as long as the connection may stay. Watching goes on while an event waits to be taken.
    async fn tell(
        &self,
        answers: BoxStream<'static, ApiAnswer>,
        events: &Sender<Bytes>,
        is_subscription: bool,
    ) -> Result<(), Closed> {
        let said = Cell::new(Instant::now());
        tokio::select! {
            done = self.send_all(answers, events, &said) => done,
            () = events.closed() => Ok(()),
            why = self.watch(events, &said, is_subscription) => Err(why),
        }
    }

    async fn send_all(
        &self,
        mut answers: BoxStream<'static, ApiAnswer>,
        events: &Sender<Bytes>,
        said: &Cell<Instant>,
    ) -> Result<(), Closed> {
        let started = Instant::now();
        let alive = Bytes::from_static(ALIVE.as_bytes());
        self.send(events, alive).await?;
        while let Some(answer) = answers.next().await {
            telemetry::count_answer(answer.operation.label(), answer.outcome.label(), started);
            self.send(events, next(&answer.body)).await?;
            said.set(Instant::now());
        }
        let complete = Bytes::from_static(COMPLETE.as_bytes());
        self.send(events, complete).await
    }

    /// Looks whether the connection may stay, and gives signs of life.
    async fn watch(
        &self,
        events: &Sender<Bytes>,
        said: &Cell<Instant>,
        is_subscription: bool,
    ) -> Closed {
        let (state, started) = (&self.state, Instant::now());
        let limit = Duration::from_millis(state.http.request_timeout_ms);
        let pause = Duration::from_secs(state.live.ping_s);
        let patience = pause + Duration::from_secs(state.live.slow_reader_s);
        let mut tick = tokio::time::interval(LOOK);
        loop {
            tick.tick().await;
            if state.stopping.is_set() {
                return "stopping";
            }
            if !state.behind.gate.stands(&self.caller) {
                let message = "the token is not valid any more: refresh it, and go on with `after`";
                self.tell_last(events, &Problem::unauthenticated(message));
                return "token";
            }
            if !is_subscription && started.elapsed() >= limit {
                self.tell_last(events, &Problem::timeout());
                return "timeout";
            }
            if said.get().elapsed() >= pause {
                match events.try_send(Bytes::from_static(ALIVE.as_bytes())) {
                    Ok(()) => said.set(Instant::now()),
                    Err(_) if said.get().elapsed() >= patience => return "slow",
                    Err(_) => {}
                }
            }
        }
    }

    /// Tells why it ends, where the client takes it at once; who does not read is not waited for.
    fn tell_last(&self, events: &Sender<Bytes>, problem: &Problem) {
        let body = problem.body(&self.id, self.language);
        if events.try_send(next(body.as_bytes())).is_ok() {
            let _ = events.try_send(Bytes::from_static(COMPLETE.as_bytes()));
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
