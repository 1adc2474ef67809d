//! Documents and bodies that were made to hurt: each is answered soon and with a code, while whoever asks something
//! ordinary notices nothing.

mod bodies;
mod shapes;
mod words;

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, Who};

/// How long an attack, and an ordinary request beside it, may take.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How often an attack is tried before it counts as slow: on a busy machine anything is, now and then.
const TRIES: usize = 4;
/// How many attacks there are at least, so that no family is lost in silence.
const LEAST: usize = 160;

/// What must come of an attack.
enum Comes {
    /// It is refused before anything runs, for this reason.
    Refused(&'static str),
    /// It is run and answered: what it asks is little, however it looks.
    Answered,
}
use Comes::{Answered, Refused};

/// An attack.
struct Attack {
    name: String,
    body: Vec<u8>,
    comes: Comes,
}

/// The body of a document.
fn document(name: impl Into<String>, text: &str, comes: Comes) -> Attack {
    with_variables(name, text, &json!({}), comes)
}

/// The body of a document with variables.
fn with_variables(name: impl Into<String>, text: &str, variables: &Value, comes: Comes) -> Attack {
    let body = json!({"query": text, "variables": variables});
    raw(name, body.to_string(), comes)
}

fn raw(name: impl Into<String>, body: impl Into<Vec<u8>>, comes: Comes) -> Attack {
    Attack {
        name: name.into(),
        body: body.into(),
        comes,
    }
}

/// `open` so often, `inside`, `close` as often.
fn nested(times: usize, open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(times), close.repeat(times))
}

/// What `make` gives for each number, side by side.
fn many(times: usize, make: impl Fn(usize) -> String) -> String {
    (0..times).map(make).collect::<Vec<_>>().join(" ")
}

fn attacks() -> Vec<Attack> {
    let families = [
        shapes::nesting(),
        shapes::fragments(),
        words::floods(),
        words::overlaps(),
        words::operations(),
        words::values(),
        words::letters(),
        shapes::introspection(),
        shapes::pages(),
        shapes::filters(),
        bodies::variables(),
        bodies::batches(),
        bodies::json(),
    ];
    families.into_iter().flatten().collect()
}

/// Sends a body as somebody who may see everything; gives what came, and how long it took.
async fn send(app: &TestApp, body: Vec<u8>) -> (StatusCode, Value, Duration) {
    let begun = Instant::now();
    let request = app.client().post(app.url("/graphql")).body(body);
    let request = request
        .header("content-type", "application/json")
        .bearer_auth(app.token(Who::Gm));
    let response = request.send().await.unwrap();
    let status = response.status();
    let answer = response.json().await.unwrap();
    (status, answer, begun.elapsed())
}

/// What is wrong with an answer.
fn judge(comes: &Comes, status: StatusCode, answer: &Value) -> Option<String> {
    let answers = answer
        .as_array()
        .map_or(std::slice::from_ref(answer), Vec::as_slice);
    if status.is_server_error() {
        return Some(format!("status {status}"));
    }
    let mut codes = Vec::new();
    for one in answers {
        let errors = one["errors"].as_array().into_iter().flatten();
        for error in errors.clone() {
            let message = error["message"].as_str().unwrap_or_default();
            if message.is_empty() || message.chars().count() > 300 {
                return Some(format!("a message of {} bytes", message.len()));
            }
            if !error["extensions"]["requestId"].is_string() {
                return Some("an error without requestId".to_owned());
            }
            codes.push(error["extensions"]["code"].as_str().unwrap_or("none"));
        }
        if errors.count() > 10 {
            return Some("more than ten errors".to_owned());
        }
    }
    let is_empty = answers.iter().any(|one| one["data"].is_null());
    match comes {
        Answered if codes.is_empty() => None,
        Refused(code) if codes.contains(code) && is_empty => None,
        _ => Some(format!("the codes {codes:?}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_are_answered_soon_and_nobody_else_notices() {
    let app = TestApp::start().await;
    let ordinary =
        json!({"query": "{ viewer { employee { name department { name } } } }"}).to_string();
    let attacks = attacks();
    assert!(attacks.len() >= LEAST, "{} attacks", attacks.len());
    let mut wrong = Vec::new();
    for attack in attacks {
        let Attack { name, body, comes } = attack;
        let mut slow = Vec::new();
        while slow.len() < TRIES {
            let beside = async {
                // The attack is under way by then.
                tokio::time::sleep(Duration::from_millis(2)).await;
                send(&app, ordinary.clone().into_bytes()).await
            };
            let attacked = send(&app, body.clone());
            let ((status, answer, took), (_, other, waited)) = tokio::join!(attacked, beside);
            if let Some(why) = judge(&comes, status, &answer) {
                wrong.push(format!("{name}: {why}"));
            }
            assert_eq!(
                other["data"]["viewer"]["employee"]["name"], "陈国栋",
                "{name}"
            );
            if took <= PATIENCE && waited <= PATIENCE {
                break;
            }
            slow.push(format!("took {took:?}, the ordinary request {waited:?}"));
        }
        if slow.len() == TRIES {
            wrong.push(format!("{name}: {slow:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_socket_is_as_well_guarded() {
    let app = TestApp::start_with(&[("live.message_bytes", "2000000")]).await;
    let mut socket = app.socket(Who::Gm).await;
    let mut told = 0;
    let mut wrong = Vec::new();
    for (at, attack) in attacks().into_iter().enumerate() {
        let Ok(payload) = serde_json::from_slice::<Value>(&attack.body) else {
            continue;
        };
        if !payload["query"].is_string() || payload["variables"].as_object().is_none() {
            continue;
        }
        let Refused(code) = attack.comes else {
            continue;
        };
        // A socket has many answers.
        if code == "NOT_ACCEPTABLE" {
            continue;
        }
        let mut slow = Vec::new();
        while slow.len() < TRIES {
            let id = format!("{at}-{}", slow.len());
            let begun = Instant::now();
            socket
                .send(json!({"id": &id, "type": "subscribe", "payload": payload}))
                .await;
            let said = socket.next().await;
            let errors = match said["type"].as_str() {
                Some("error") => &said["payload"],
                _ => {
                    socket.completed(&id).await;
                    &said["payload"]["errors"]
                }
            };
            if errors[0]["extensions"]["code"] != code {
                wrong.push(format!("{}: {errors}", attack.name));
            }
            if begun.elapsed() <= PATIENCE {
                break;
            }
            slow.push(begun.elapsed());
        }
        if slow.len() == TRIES {
            wrong.push(format!("{}: {slow:?}", attack.name));
        }
        told += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(told > LEAST / 2, "{told} attacks");
    socket.subscribe("last", "{ __typename }", json!({})).await;
    assert_eq!(socket.data("last").await, json!({"__typename": "Query"}));
}
