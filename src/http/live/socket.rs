//! One WebSocket, by the letter of `graphql-transport-ws`.
//!
//! Queries and mutations over a socket are run as those by HTTP are: each knocks at the gate anew, with what the connection
//! showed when it was opened. Pitfall: a message that can't be sent must hold up neither the closing of a dismissed
//! person's socket nor the other operations' ends, so listening and watching are polled side by side.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::{rt, web};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session,
};
use futures_util::{FutureExt as _, StreamExt as _};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::LOOK;
use super::frames::TOO_LONG;
use super::handshake::Hail;
use super::messages::{self, Message};
use super::seats::Place;
use crate::http::State;
use crate::http::api::{OperationKind, Outcome};
use crate::http::asked::Asked;
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::kit::limits::Totals;
use crate::kit::uploads::Uploads;
use crate::telemetry;

/// How long the reason of a close may take to be sent.
const CLOSING: Duration = Duration::from_secs(5);

/// How a socket ends.
#[derive(Debug)]
enum End {
    /// The client has closed it, or is gone.
    Gone,
    /// We close it: code, reason, label in the metrics.
    Close(u16, Cow<'static, str>, &'static str),
}

impl End {
    fn protocol(error: &ProtocolError) -> Self {
        let text = error.to_string();
        if matches!(error, ProtocolError::Overflow)
            || text.contains(TOO_LONG)
            || text.contains("continuation size")
        {
            return Self::Close(1009, "a message is too long".into(), "too_long");
        }
        match error {
            ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                Self::Close(1007, "a text is not UTF-8".into(), "protocol")
            }
            // The connection broke off.
            ProtocolError::Io(_) => Self::Gone,
            _ => Self::Close(1002, "not spoken as RFC 6455 has it".into(), "protocol"),
        }
    }
}

/// The beginning of a reason that fits into a close frame: 125 bytes, of which the code takes two.
fn fitting(reason: &str) -> &str {
    let ends = reason
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    let end = ends.take_while(|end| *end <= 123).last();
    &reason[..end.unwrap_or_default()]
}

/// An operation under way.
struct Running {
    number: u64,
    task: AbortHandle,
    /// A mutation: what has begun is finished, whatever the client says.
    writes: bool,
}

/// A socket.
pub(super) struct Socket<A> {
    state: web::Data<State<A>>,
    session: Session,
    hail: RefCell<Hail>,
    language: Cell<Language>,
    /// Where the seat is.
    place: Option<Place>,
    /// Bytes that a message may have.
    allowed: Rc<Cell<usize>>,
    opened: Instant,
    heard: Cell<Instant>,
    begun: Cell<bool>,
    caller: RefCell<Option<A>>,
    operations: RefCell<HashMap<String, Running>>,
    /// Mutations that nobody waits for any more. They keep their places.
    unheard: RefCell<HashMap<u64, AbortHandle>>,
    started: Cell<u64>,
    ended: RefCell<Option<End>>,
    ending: Notify,
}

impl<A: 'static> Socket<A> {
    pub(super) fn new(
        state: web::Data<State<A>>,
        session: Session,
        hail: Hail,
        language: Language,
        place: Option<Place>,
        allowed: Rc<Cell<usize>>,
    ) -> Self {
        let now = Instant::now();
        Self {
            state,
            session,
            hail: RefCell::new(hail),
            language: Cell::new(language),
            place,
            allowed,
            opened: now,
            heard: Cell::new(now),
            begun: Cell::new(false),
            caller: RefCell::new(None),
            operations: RefCell::default(),
            unheard: RefCell::default(),
            started: Cell::new(0),
            ended: RefCell::new(None),
            ending: Notify::new(),
        }
    }

    /// Lives until one side has enough.
    pub(super) async fn live(self: Rc<Self>, mut stream: AggregatedMessageStream, speaks: bool) {
        let end = if speaks {
            tokio::select! {
                end = self.listen(&mut stream) => end,
                end = self.watch() => end,
                () = self.ending.notified() => self.ended.take().unwrap_or(End::Gone),
            }
        } else {
            let reason = "Subprotocol not acceptable: speak graphql-transport-ws";
            End::Close(4406, reason.into(), "protocol")
        };
        let running = self.operations.take().into_values().map(|one| one.task);
        for task in running.chain(self.unheard.take().into_values()) {
            task.abort();
        }
        if let End::Close(code, reason, label) = end {
            telemetry::count_live_closed(label);
            tracing::info!(code, %reason, "a socket is closed");
            let reason = CloseReason {
                code: CloseCode::from(code),
                description: Some(fitting(&reason).to_owned()),
            };
            // Who does not read gets no reason.
            let _ = timeout(CLOSING, self.session.clone().close(Some(reason))).await;
            // What was still under way is read, or the close would be lost to a reset.
            let _ = timeout(CLOSING, async { while stream.next().await.is_some() {} }).await;
        }
    }

    async fn listen(self: &Rc<Self>, stream: &mut AggregatedMessageStream) -> End {
        while let Some(message) = stream.next().await {
            self.heard.set(Instant::now());
            let taken = match message {
                Ok(AggregatedMessage::Text(text)) => self.take(&text).await,
                Ok(AggregatedMessage::Ping(bytes)) => {
                    let mut session = self.session.clone();
                    self.within(session.pong(&bytes)).await
                }
                Ok(AggregatedMessage::Pong(_)) => Ok(()),
                Ok(AggregatedMessage::Binary(_)) => {
                    Err(End::Close(4400, "messages are text".into(), "protocol"))
                }
                Ok(AggregatedMessage::Close(reason)) => {
                    let _ = timeout(CLOSING, self.session.clone().close(reason)).await;
                    Err(End::Gone)
                }
                Err(error) => Err(End::protocol(&error)),
            };
            if let Err(end) = taken {
                return end;
            }
        }
        End::Gone
    }

    async fn take(self: &Rc<Self>, text: &str) -> Result<(), End> {
        let message =
            Message::read(text).map_err(|why| End::Close(4400, why.into(), "protocol"))?;
        match message {
            Message::Init(payload) => self.begin(&payload).await,
            Message::Ping(payload) => self.send(messages::pong(payload)).await,
            Message::Pong => Ok(()),
            Message::Subscribe(id, asked) => self.subscribe(id, asked).await,
            Message::Complete(id) => {
                let ended = self.operations.borrow_mut().remove(&id);
                if let Some(ended) = ended {
                    if ended.writes {
                        self.unheard.borrow_mut().insert(ended.number, ended.task);
                    } else {
                        ended.task.abort();
                    }
                }
                Ok(())
            }
        }
    }

    async fn begin(&self, payload: &Map<String, Value>) -> Result<(), End> {
        if self.begun.replace(true) {
            let reason = "Too many initialisation requests";
            return Err(End::Close(4429, reason.into(), "protocol"));
        }
        self.hail.borrow_mut().amend(payload);
        let hail = self.hail.borrow().clone();
        let forbidden = |why: &str| End::Close(4403, format!("Forbidden: {why}").into(), "token");
        let gate = &self.state.behind.gate;
        let caller = gate.admit(hail.knock(RequestId::generate())).await;
        let caller = caller.map_err(|problem| forbidden(&problem.message))?;
        let person = gate.person(&caller);
        let person = person.ok_or_else(|| forbidden("send an authorization in connection_init"))?;
        let most = self.state.live.connections_per_person;
        let seat = self.state.seats.take(person, most, "websocket");
        let full = || {
            End::Close(
                1008,
                format!("more than {most} connections at once").into(),
                "too_many",
            )
        };
        let seat = seat.ok_or_else(full)?;
        if !self.place.as_ref().is_some_and(|place| place.change(seat)) {
            return Err(End::Gone);
        }
        self.language.set(gate.language(&caller));
        self.allowed.set(self.state.live.message_bytes);
        self.caller.replace(Some(caller));
        self.send(messages::ACK.to_owned()).await
    }

    async fn subscribe(self: &Rc<Self>, id: String, asked: Asked) -> Result<(), End> {
        if self.caller.borrow().is_none() {
            return Err(End::Close(4401, "Unauthorized".into(), "protocol"));
        }
        if self.operations.borrow().contains_key(&id) {
            let reason = format!("Subscriber for {id} already exists");
            return Err(End::Close(4409, reason.into(), "protocol"));
        }
        let most = self.state.live.operations_per_socket;
        if self.operations.borrow().len() + self.unheard.borrow().len() >= most {
            let message =
                format!("a socket carries {most} operations at once: complete some first");
            let code = ErrorCode::TooManySubscriptions;
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, code, message);
            let body = problem.body(&RequestId::generate(), self.language.get());
            return self.send(messages::error(&id, body.as_bytes())).await;
        }
        let number = self.started.get() + 1;
        self.started.set(number);
        let task = rt::spawn(Rc::clone(self).operate(id.clone(), number, asked));
        let running = Running {
            number,
            task: task.abort_handle(),
            writes: false,
        };
        self.operations.borrow_mut().insert(id, running);
        Ok(())
    }

    /// Runs one operation to its end.
    async fn operate(self: Rc<Self>, id: String, number: u64, asked: Asked) {
        let request_id = RequestId::generate();
        let span = tracing::info_span!("operation", request_id = request_id.as_str());
        let run = self.run(&id, number, asked, &request_id);
        let done = AssertUnwindSafe(run).catch_unwind().instrument(span).await;
        let end = match done {
            Ok(done) => done,
            // The panic hook has logged it.
            Err(_) => {
                let body = Problem::internal().body(&request_id, self.language.get());
                let error = messages::error(&id, body.as_bytes());
                self.tell_last(&id, number, error).await
            }
        };
        self.unheard.borrow_mut().remove(&number);
        if let Err(end) = end {
            self.ended.replace(Some(end));
            self.ending.notify_one();
        }
    }

    async fn run(
        &self,
        id: &str,
        number: u64,
        asked: Asked,
        request_id: &RequestId,
    ) -> Result<(), End> {
        let started = Instant::now();
        let hail = self.hail.borrow().clone();
        let caller = self
            .state
            .behind
            .gate
            .admit(hail.knock(request_id.clone()))
            .await;
        let acting = caller.map_err(|problem| {
            End::Close(
                4403,
                format!("Forbidden: {}", problem.message).into(),
                "token",
            )
        })?;
        let request = asked.of(acting, Uploads::default(), request_id, Totals::default());
        let mut opened = Arc::clone(&self.state.behind.api).open(request).await;
        let is_subscription = opened.operation == OperationKind::Subscription;
        if opened.operation == OperationKind::Mutation
            && let Some(running) = self.operations.borrow_mut().get_mut(id)
        {
            running.writes = true;
        }
        let _counted = is_subscription.then(telemetry::Subscribed::enter);
        let limit = Duration::from_millis(self.state.http.request_timeout_ms);
        loop {
            let answer = if is_subscription {
                opened.answers.next().await
            } else if let Ok(answer) = timeout(limit, opened.answers.next()).await {
                answer
            } else {
                if !self.unheard.borrow().contains_key(&number) {
                    self.leave_unheard(id, number);
                    let body = Problem::timeout().body(request_id, self.language.get());
                    self.send(messages::error(id, body.as_bytes())).await?;
                }
                // The place is free when what was begun has ended; the rest breaks off here.
                if opened.operation == OperationKind::Mutation {
                    opened.answers.next().await;
                }
                return Ok(());
            };
            let Some(answer) = answer else {
                return self.tell_last(id, number, messages::complete(id)).await;
            };
            telemetry::count_answer(answer.operation.label(), answer.outcome.label(), started);
            if answer.outcome == Outcome::RequestError {
                let error = messages::error(id, &answer.body);
                return self.tell_last(id, number, error).await;
            }
            if !self.unheard.borrow().contains_key(&number) {
                self.send(messages::next(id, &answer.body)).await?;
            }
        }
    }

    /// Tells the end of an operation: its id is free before the client hears of it, and who has ended it hears nothing.
    async fn tell_last(&self, id: &str, number: u64, message: String) -> Result<(), End> {
        if self.unheard.borrow_mut().remove(&number).is_some() {
            return Ok(());
        }
        self.forget(id, number);
        self.send(message).await
    }

    /// Frees the id of an operation.
    fn forget(&self, id: &str, number: u64) -> Option<Running> {
        let mut operations = self.operations.borrow_mut();
        let is_it = operations.get(id).is_some_and(|one| one.number == number);
        is_it.then(|| operations.remove(id)).flatten()
    }

    /// Frees the id of an operation, but not its place while it writes.
    fn leave_unheard(&self, id: &str, number: u64) {
        if let Some(running) = self.forget(id, number).filter(|one| one.writes) {
            self.unheard.borrow_mut().insert(number, running.task);
        }
    }

    async fn send(&self, text: String) -> Result<(), End> {
        let mut session = self.session.clone();
        self.within(session.text(text)).await
    }

    /// Waits for something to be taken by a client that reads.
    async fn within(
        &self,
        sending: impl Future<Output = Result<(), actix_ws::Closed>>,
    ) -> Result<(), End> {
        let limit = Duration::from_secs(self.state.live.slow_reader_s);
        match timeout(limit, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                let reason = "read too slowly: connect again and go on from the last cursor";
                Err(End::Close(1013, reason.into(), "slow"))
            }
        }
    }

    /// Looks whether the socket may stay, and whether somebody is at its other end.
    async fn watch(&self) -> End {
        let live = &self.state.live;
        let (patience, pause) = (
            Duration::from_millis(live.init_timeout_ms),
            Duration::from_secs(live.ping_s),
        );
        let mut tick = tokio::time::interval(LOOK);
        let mut pinged = self.opened;
        loop {
            tick.tick().await;
            if self.state.stopping.is_set() {
                let reason = "the server is stopping: connect again";
                return End::Close(1012, reason.into(), "stopping");
            }
            if !self.begun.get() && self.opened.elapsed() >= patience {
                let reason = "Connection initialisation timeout";
                return End::Close(4408, reason.into(), "init_timeout");
            }
            let gate = &self.state.behind.gate;
            if self
                .caller
                .borrow()
                .as_ref()
                .is_some_and(|caller| !gate.stands(caller))
            {
                let reason =
                    "Forbidden: the token is not valid any more; refresh it and connect again";
                return End::Close(4403, reason.into(), "token");
            }
            if pinged.elapsed() >= pause {
                if self.heard.get() < pinged {
                    return End::Close(1001, "no sign of life".into(), "silent");
                }
                // A queue that is full is looked after by whoever waits for a place in it.
                let taken = self.session.clone().ping(b"").now_or_never();
                if taken.is_some_and(|taken| taken.is_ok()) {
                    pinged = Instant::now();
                }
            }
        }
    }
}
