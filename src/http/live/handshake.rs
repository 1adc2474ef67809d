//! The handshake of a socket, and what it showed of who opens it.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, rt, web};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use serde_json::{Map, Value};
use tracing::Instrument as _;

use super::frames::Held;
use super::is_of_allowed_origin;
use super::seats::Seated;
use super::socket::Socket;
use crate::http::State;
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::http::session::{self, Knock};

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of a message before it is known who sends it: a token and a language.
const UNNAMED: usize = 8 * 1024;

/// Whether a request wants to become a socket.
pub(in crate::http) fn is_upgrade(headers: &HeaderMap) -> bool {
    let wanted = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case("websocket"))
}

pub(in crate::http) async fn open<A: 'static>(
    request: HttpRequest,
    state: web::Data<State<A>>,
    payload: web::Payload,
) -> HttpResponse {
    let id = RequestId::given(&request);
    let language = session::language(request.headers());
    match upgrade(&request, state, payload, id.clone(), language).await {
        Ok(response) => response,
        Err(problem) => problem.response(&id, language),
    }
}

async fn upgrade<A: 'static>(
    request: &HttpRequest,
    state: web::Data<State<A>>,
    payload: web::Payload,
    id: RequestId,
    language: Language,
) -> Result<HttpResponse, Problem> {
    if !is_of_allowed_origin(request.headers(), &state.http) {
        let message = "pages of this origin may not open a socket: add it to http.cors_origins";
        let forbidden = StatusCode::FORBIDDEN;
        return Err(Problem::new(
            forbidden,
            ErrorCode::OriginNotAllowed,
            message,
        ));
    }
    let bad = |_| {
        let message = "this is no handshake of a WebSocket: send its version 13 and its key";
        Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    };
    let hail = Hail::of(&Knock::of(request, &state.http.trusted_proxies, id));
    let seat = state.seats.take_unnamed(hail.address).ok_or_else(|| {
        let message = "too many sockets of this address wait for connection_init: send it first";
        let code = ErrorCode::TooManySubscriptions;
        Problem::new(StatusCode::TOO_MANY_REQUESTS, code, message)
    })?;
    let most = state.live.message_bytes;
    let allowed = Rc::new(Cell::new(most.min(UNNAMED)));
    let mut held = Held::payload(payload.into_inner(), Rc::clone(&allowed));
    let payload = web::Payload::from_request(request, &mut held).await;
    let payload = payload.map_err(bad)?;
    let (response, session, stream) =
        actix_ws::handle_with_protocols(request, payload, &[PROTOCOL]).map_err(bad)?;
    let speaks = response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let stream = stream
        .max_frame_size(most)
        .aggregate_continuations()
        .max_continuation_size(most);
    let mut place = None;
    let response = response.map_body(|_, body| {
        let (body, held) = Seated::new(body, seat);
        place = Some(held);
        body
    });
    let socket = Socket::new(state, session, hail, language, place, allowed);
    rt::spawn(Rc::new(socket).live(stream, speaks).in_current_span());
    Ok(response.map_into_boxed_body())
}

/// What the connection showed when it was opened.
#[derive(Clone)]
pub(super) struct Hail {
    authorization: Option<String>,
    accept_language: Option<String>,
    user_agent: Option<String>,
    address: IpAddr,
}

impl Hail {
    fn of(knock: &Knock<'_>) -> Self {
        Self {
            authorization: knock.authorization.map(str::to_owned),
            accept_language: knock.accept_language.map(str::to_owned),
            user_agent: knock.user_agent.map(str::to_owned),
            address: knock.address,
        }
    }

    /// Browsers can set no headers of a socket, so the first message can say the same.
    pub(super) fn amend(&mut self, payload: &Map<String, Value>) {
        let said = |name: &str| {
            let mut fields = payload.iter();
            let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found
                .and_then(|(_, value)| value.as_str())
                .map(str::to_owned)
        };
        self.authorization = said("authorization").or(self.authorization.take());
        self.accept_language = said("accept-language").or(self.accept_language.take());
    }

    pub(super) fn knock(&self, request_id: RequestId) -> Knock<'_> {
        Knock {
            authorization: self.authorization.as_deref(),
            accept_language: self.accept_language.as_deref(),
            user_agent: self.user_agent.as_deref(),
            address: self.address,
            request_id,
        }
    }
}
