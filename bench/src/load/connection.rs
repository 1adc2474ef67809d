//! One kept connection, asking one thing after the other: requests are prepared bytes, answers are only counted, so that
//! the generator takes little of the machine.

use kehu::kit::clock::Clock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;
use crate::workloads::KEY;

/// A request as it goes over the wire.
#[derive(Clone)]
pub struct Request {
    bytes: Vec<u8>,
    /// Where a new key is written each time.
    keys: Vec<usize>,
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    sent: Vec<u8>,
    buffer: Vec<u8>,
}

impl Request {
    /// A GraphQL request.
    pub fn graphql(token: Option<&str>, document: &str, variables: &Value) -> Self {
        let body = json!({"query": document, "variables": variables}).to_string();
        Self::new("/graphql", token, &body)
    }

    /// A POST of JSON.
    pub fn new(path: &str, token: Option<&str>, body: &str) -> Self {
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let text = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\n{}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            bearer.unwrap_or_default(),
            body.len()
        );
        Self {
            keys: text.match_indices(KEY).map(|(at, _)| at).collect(),
            bytes: text.into_bytes(),
        }
    }

    /// Writes it with a key of its own.
    fn write(&self, out: &mut Vec<u8>, clock: &Clock) {
        out.clear();
        out.extend_from_slice(&self.bytes);
        if !self.keys.is_empty() {
            let mut key = [0; KEY.len()];
            clock.new_id().hyphenated().encode_lower(&mut key);
            for at in &self.keys {
                out[*at..at + KEY.len()].copy_from_slice(&key);
            }
        }
    }
}

impl Connection {
    /// Opens one.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            sent: Vec::new(),
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request; gives the answer's body. Knows no chunks: every server tells the length.
    ///
    /// # Errors
    /// When the server hangs up.
    pub async fn ask(&mut self, request: &Request, clock: &Clock) -> Result<&[u8]> {
        request.write(&mut self.sent, clock);
        self.stream.write_all(&self.sent).await?;
        self.buffer.clear();
        let (mut head, mut length) = (0, usize::MAX);
        while head == 0 || self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            if head == 0
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                head = end + 4;
                length = content_length(&self.buffer[..head])
                    .ok_or("an answer without content-length")?;
            }
        }
        Ok(&self.buffer[head..])
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let (_, value) = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}
