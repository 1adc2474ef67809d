//! A mail server for tests: takes mails and keeps them, or refuses recipients as it was told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it came.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`.
    pub to: String,
    /// Header lines.
    pub head: String,
    /// What it says, decoded.
    pub body: String,
}

/// The server.
pub struct MailServer {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    mails: Vec<Mail>,
    /// Answers to the next recipients; then all are welcome.
    answers: VecDeque<&'static str>,
    /// What whoever comes is turned away with; none: all are let in.
    turned_away: Option<&'static str>,
}

impl MailServer {
    /// Listens on a free port until the test ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, state }
    }

    /// Its address as a setting.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it answers to the next recipients, before it takes everything again.
    pub fn answer(&self, answers: &[&'static str]) {
        self.state.lock().unwrap().answers.extend(answers);
    }

    /// Turns everybody away with this from now on, or lets them in again.
    pub fn turn_away(&self, with: Option<&'static str>) {
        self.state.lock().unwrap().turned_away = with;
    }

    /// The mails that it took, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let turned_away = state.lock().unwrap().turned_away;
    let greeting = format!("{}\r\n", turned_away.unwrap_or("220 test"));
    write.write_all(greeting.as_bytes()).await.ok()?;
    let mut mail = Mail::default();
    while let Some(line) = lines.next_line().await.ok()? {
        let argument = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let word = line.split([' ', ':']).next().unwrap_or_default();
        if turned_away.is_some() && word != "QUIT" {
            write.write_all(b"503 5.5.1 go away\r\n").await.ok()?;
            continue;
        }
        let answer = match word.to_ascii_uppercase().as_str() {
            "MAIL" => {
                mail.from = argument();
                "250 ok"
            }
            "RCPT" => {
                mail.to = argument();
                let next = state.lock().unwrap().answers.pop_front();
                next.unwrap_or("250 ok")
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = Vec::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    text.push(line);
                }
                let (head, body) = parts(&text);
                mail = Mail { head, body, ..mail };
                state.lock().unwrap().mails.push(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "250 ok",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
    Some(())
}

/// Header and decoded body.
fn parts(lines: &[String]) -> (String, String) {
    let end = lines
        .iter()
        .position(String::is_empty)
        .unwrap_or(lines.len());
    let (head, body) = lines.split_at(end);
    let head = head.join("\n");
    let body = &body[1..];
    let lower = head.to_lowercase();
    let body = if lower.contains("content-transfer-encoding: base64") {
        text_of(STANDARD.decode(body.concat()).unwrap())
    } else if lower.contains("content-transfer-encoding: quoted-printable") {
        quoted_printable(&body.join("\n"))
    } else {
        body.join("\n")
    };
    (head, body.replace("\r\n", "\n"))
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let code = [rest.next().unwrap(), rest.next().unwrap()];
            let code = std::str::from_utf8(&code).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    text_of(bytes)
}
