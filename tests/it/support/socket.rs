//! A client of `graphql-transport-ws` that says exactly what it is told to say.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

/// The headers of a client that speaks the protocol.
pub const SPEAKS: &[(&str, &str)] = &[("sec-websocket-protocol", "graphql-transport-ws")];

/// What a handshake with these headers gives.
///
/// # Errors
/// The answer that is none.
pub async fn handshake(
    address: SocketAddr,
    headers: &[(&str, &str)],
) -> Result<(Socket, Response<Option<Vec<u8>>>), Box<Response<Option<Vec<u8>>>>> {
    let tcp = TcpStream::connect(address).await.unwrap();
    let mut request = format!("ws://{address}/graphql")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request
            .headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
    match client_async(request, tcp).await {
        Ok((stream, response)) => Ok((Socket { stream }, response)),
        Err(Error::Http(response)) => Err(response),
        Err(other) => panic!("{other}"),
    }
}

impl Socket {
    /// A socket that has said nothing yet.
    pub async fn open(address: SocketAddr) -> Self {
        match handshake(address, SPEAKS).await {
            Ok((socket, _)) => socket,
            Err(response) => panic!("{response:?}"),
        }
    }

    /// A socket of somebody with this token, acknowledged.
    pub async fn of(address: SocketAddr, token: &str) -> Self {
        let mut socket = Self::open(address).await;
        socket
            .init(json!({"authorization": format!("Bearer {token}"), "accept-language": "en"}))
            .await;
        assert_eq!(socket.next().await, json!({"type": "connection_ack"}));
        socket
    }

    /// Sends a message of the WebSocket.
    pub async fn raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) {
        self.raw(Message::text(text)).await;
    }

    /// Sends a message of the protocol.
    pub async fn send(&mut self, message: Value) {
        self.say(&message.to_string()).await;
    }

    /// Opens the connection.
    pub async fn init(&mut self, payload: Value) {
        self.send(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send(json!({"id": id, "type": "subscribe", "payload": payload}))
            .await;
    }

    async fn message(&mut self) -> Option<Message> {
        let message = timeout(PATIENCE, self.stream.next()).await;
        message.expect("nothing came").and_then(Result::ok)
    }

    /// The next message of the protocol.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// The next message of the WebSocket.
    pub async fn next_raw(&mut self) -> Option<Message> {
        self.message().await
    }

    /// The payload of the next message, which must be an answer of this operation.
    pub async fn answer(&mut self, id: &str) -> Value {
        let message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!(id)),
            "{message:#}"
        );
        message["payload"].clone()
    }

    /// `data` of the next answer of this operation, which must have no errors.
    pub async fn data(&mut self, id: &str) -> Value {
        let answer = self.answer(id).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].clone()
    }

    /// The errors of an operation that was not run.
    pub async fn errors(&mut self, id: &str) -> Value {
        let message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!(id)),
            "{message:#}"
        );
        message["payload"].clone()
    }

    /// The next message must end this operation.
    pub async fn completed(&mut self, id: &str) {
        assert_eq!(self.next().await, json!({"id": id, "type": "complete"}));
    }

    /// Code and reason with which the server closes, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.message().await {
                Some(Message::Close(Some(frame))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Message::Close(None)) | None => return (1005, String::new()),
                Some(_) => {}
            }
        }
    }

    /// Nothing is said for so long.
    pub async fn quiet(&mut self, millis: u64) {
        let waited = timeout(Duration::from_millis(millis), async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => return other,
                }
            }
        });
        if let Ok(said) = waited.await {
            panic!("{said:?} instead of silence");
        }
    }
}
