//! The messages of `graphql-transport-ws`, read and written.
//!
//! Pitfall: an answer's body is JSON already and goes into its message as it is.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::asked::Asked;

/// The longest id of an operation, in bytes; clients send a UUID.
const LONGEST_ID: usize = 256;

/// What a client sends.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// Opens the connection, with what shows who it is.
    Init(Map<String, Value>),
    /// Asks for a sign of life.
    Ping(Option<Value>),
    /// Gives one.
    Pong,
    /// Begins an operation.
    Subscribe(String, Asked),
    /// Ends an operation.
    Complete(String),
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    payload: Option<Value>,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it, for the reason of the close.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let raw: Raw =
            serde_json::from_str(text).map_err(|error| format!("not a message: {error}"))?;
        let id = |id: Option<String>| match id {
            Some(id) if !id.is_empty() && id.len() <= LONGEST_ID => Ok(id),
            _ => Err(format!(
                "{} needs an id of 1 to {LONGEST_ID} bytes",
                raw.kind
            )),
        };
        let object = |payload: Option<Value>| match payload {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(format!("the payload of {} is an object", raw.kind)),
        };
        match raw.kind.as_str() {
            "connection_init" => Ok(Self::Init(object(raw.payload)?.unwrap_or_default())),
            "ping" => Ok(Self::Ping(object(raw.payload)?.map(Value::Object))),
            "pong" => object(raw.payload).map(|_| Self::Pong),
            "subscribe" => {
                let payload = raw.payload.unwrap_or_default();
                let asked = Asked::of_payload(payload)
                    .map_err(|why| format!("the payload of subscribe: {why}"))?;
                Ok(Self::Subscribe(id(raw.id)?, asked))
            }
            "complete" => Ok(Self::Complete(id(raw.id)?)),
            _ => Err("a message of this type is unknown".to_owned()),
        }
    }
}

/// The connection is open.
pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// A sign of life, with what was sent along.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        None => r#"{"type":"pong"}"#.to_owned(),
        Some(payload) => json!({"type": "pong", "payload": payload}).to_string(),
    }
}

/// An answer of an operation.
pub(super) fn next(id: &str, body: &[u8]) -> String {
    // The writers of bodies give JSON, which is UTF-8.
    let body = String::from_utf8_lossy(body);
    format!(
        r#"{{"id":{},"type":"next","payload":{body}}}"#,
        Value::from(id)
    )
}

/// An operation was not run.
pub(super) fn error(id: &str, body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    json!({"id": id, "type": "error", "payload": answer["errors"]}).to_string()
}

/// An operation has ended.
pub(super) fn complete(id: &str) -> String {
    json!({"id": id, "type": "complete"}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::persisted::Sent;

    #[test]
    fn messages_are_read() {
        let subscribe = r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":null,"extensions":{}}}"#;
        let asked = Asked {
            document: Sent::Text("{ a }".to_owned()),
            operation_name: None,
            variables: Map::new(),
            read_only: false,
        };
        let read = [
            (r#"{"type":"connection_init"}"#, Message::Init(Map::new())),
            (
                r#"{"type":"connection_init","payload":null}"#,
                Message::Init(Map::new()),
            ),
            (r#"{"type":"ping"}"#, Message::Ping(None)),
            (
                r#"{"type":"ping","payload":{"a":1}}"#,
                Message::Ping(Some(json!({"a": 1}))),
            ),
            (r#"{"type":"pong"}"#, Message::Pong),
            (subscribe, Message::Subscribe("1".to_owned(), asked)),
            (
                r#"{"type":"complete","id":"1"}"#,
                Message::Complete("1".to_owned()),
            ),
        ];
        for (text, message) in read {
            assert_eq!(Message::read(text), Ok(message), "{text}");
        }
    }

    #[test]
    fn anything_else_is_told() {
        let long = format!(
            r#"{{"type":"complete","id":"{}"}}"#,
            "x".repeat(LONGEST_ID + 1)
        );
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"start","id":"1"}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"ping","payload":1}"#,
            r#"{"type":"pong","payload":1}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}"#,
            r#"{"type":"complete"}"#,
            long.as_str(),
        ] {
            assert!(Message::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_can_be_any_text() {
        let id = "\"}\n";
        let sent: Value = serde_json::from_str(&next(id, br#"{"data":null}"#)).unwrap();
        assert_eq!(
            sent,
            json!({"id": id, "type": "next", "payload": {"data": null}})
        );
    }
}
