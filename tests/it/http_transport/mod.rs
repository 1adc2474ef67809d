//! How HTTP is spoken, with a fake behind it: the server these tests ask.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod events;
mod requests;
mod running;
mod sockets;

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream;
use kehu::config::{Config, Http, Live};
use kehu::http::{
    Api, ApiAnswer, ApiRequest, Behind, Content, Download, Files, Gate, Health, Knock, Link,
    Opened, OperationKind, Outcome, Problem, Running, Stopper, listen,
};
use kehu::kit::limits::Totals;
use kehu::kit::persisted::Sent;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response};
use rules::kit::language::Language;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who was admitted: what the request said.
struct Caller {
    address: String,
    language: Option<String>,
    person: Option<Uuid>,
    leaves: Option<&'static AtomicBool>,
}

/// A document as it was sent; one that was only named, by its hash.
fn text(sent: &Sent) -> String {
    match sent {
        Sent::Text(text) | Sent::Both(text, _) => text.clone(),
        Sent::Hash(hash) => format!("{hash:?}"),
    }
}

/// Answers with what it was asked; a few documents make it misbehave.
struct Echo;

#[async_trait]
impl Api<Caller> for Echo {
    async fn execute(&self, request: ApiRequest<Caller>) -> ApiAnswer {
        let document = text(&request.document);
        let is_mutation = document.starts_with("mutation");
        let operation = if is_mutation {
            OperationKind::Mutation
        } else {
            OperationKind::Query
        };
        let outcome = match document.as_str() {
            "{ panic }" => panic!("the secret of the inside"),
            "{ slow }" | "mutation { slow }" => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                Outcome::Answered
            }
            "{ never }" => std::future::pending().await,
            "{ nonsense" => Outcome::RequestError,
            _ if is_mutation && request.read_only => Outcome::NotByGet,
            _ => Outcome::Answered,
        };
        let body = json!({ "data": {
            "document": document,
            "operationName": request.operation_name,
            "variables": request.variables,
            "requestId": request.request_id.as_str(),
            "address": request.acting.address,
            "language": request.acting.language,
        }});
        ApiAnswer {
            body: body.to_string().into(),
            outcome,
            operation,
            totals: request.before,
            retry_after: None,
        }
    }

    async fn open(self: Arc<Self>, request: ApiRequest<Caller>) -> Opened {
        let (operation, many) = match text(&request.document).as_str() {
            "subscription { count }" => (OperationKind::Subscription, 3),
            "subscription { flood }" => (OperationKind::Subscription, usize::MAX),
            "subscription { quiet }" => {
                return Opened {
                    operation: OperationKind::Subscription,
                    answers: stream::pending().boxed(),
                };
            }
            document => {
                let operation = match document.starts_with("mutation") {
                    true => OperationKind::Mutation,
                    false => OperationKind::Query,
                };
                let answer = async move { self.execute(request).await };
                return Opened {
                    operation,
                    answers: stream::once(answer).boxed(),
                };
            }
        };
        let padding = "x".repeat(if many > 3 { 60_000 } else { 0 });
        let answers = stream::iter(0..many).map(move |at| ApiAnswer {
            body: json!({"data": {"at": at, "padding": padding}})
                .to_string()
                .into(),
            outcome: Outcome::Answered,
            operation,
            totals: Totals::default(),
            retry_after: None,
        });
        Opened {
            operation,
            answers: answers.boxed(),
        }
    }
}

/// Whether the person with the token `gone` is not here any more.
static DISMISSED: AtomicBool = AtomicBool::new(false);
/// The same of the token `left`.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Has no files.
#[async_trait]
impl Files<Caller> for Echo {
    fn takes_from(&self, acting: &Caller) -> bool {
        acting.language.is_some()
    }

    async fn open(&self, _: Link<'_>, _: Knock<'_>) -> Result<Download, Problem> {
        Err(Problem::not_found("there are no files here"))
    }

    async fn read(&self, _: &str, _: Range<u64>) -> Result<Content, Problem> {
        Err(Problem::internal())
    }
}

struct Porter;

#[async_trait]
impl Gate<Caller> for Porter {
    async fn admit(&self, knock: Knock<'_>) -> Result<Caller, Problem> {
        if knock.authorization == Some("Bearer stale") {
            return Err(Problem::unauthenticated(
                "the access token has ended: refresh it",
            ));
        }
        let person = knock.authorization.map(|token| {
            let number = token
                .bytes()
                .fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
            Uuid::from_u128(number)
        });
        Ok(Caller {
            address: knock.address.to_string(),
            language: knock.accept_language.map(str::to_owned),
            person,
            leaves: match knock.authorization {
                Some("Bearer gone") => Some(&DISMISSED),
                Some("Bearer left") => Some(&LEFT),
                _ => None,
            },
        })
    }

    fn stands(&self, admitted: &Caller) -> bool {
        !admitted
            .leaves
            .is_some_and(|left| left.load(Ordering::Relaxed))
    }

    fn person(&self, admitted: &Caller) -> Option<Uuid> {
        admitted.person
    }

    fn language(&self, admitted: &Caller) -> Language {
        let asked = admitted.language.as_deref();
        asked
            .and_then(Language::from_accept_language)
            .unwrap_or_default()
    }
}

#[derive(Default)]
struct Database {
    is_away: AtomicBool,
}

#[async_trait]
impl Health for Database {
    async fn unready(&self) -> Option<&'static str> {
        self.is_away
            .load(Ordering::Relaxed)
            .then_some("the database does not answer")
    }

    fn gauge(&self) {
        kehu::telemetry::gauge_connections(6, 5);
    }
}

struct Server {
    address: SocketAddr,
    client: Client,
    database: Arc<Database>,
    stopper: Stopper,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(change: impl FnOnce(&mut Http)) -> Self {
        Self::start_with(change, |_| {})
    }

    fn start_with(change: impl FnOnce(&mut Http), live: impl FnOnce(&mut Live)) -> Self {
        kehu::kit::tls::prepare();
        let mut config = Config::default();
        config.http.bind = "127.0.0.1:0".to_owned();
        config.http.workers = 1;
        config.http.shutdown_grace_s = 5;
        change(&mut config.http);
        live(&mut config.live);
        let database = Arc::new(Database::default());
        let health = Arc::clone(&database);
        let running: Running = listen(&config, move || Behind {
            api: Arc::new(Echo),
            files: Arc::new(Echo),
            gate: Arc::new(Porter),
            health: Arc::clone(&health) as Arc<dyn Health>,
        })
        .unwrap();
        let (address, stopper) = (running.addresses()[0], running.stopper());
        Self {
            address,
            client: Client::new(),
            database,
            stopper,
            ended: tokio::spawn(running.run()),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn post_with(&self, body: impl Into<String>, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.post(self.url("/graphql")).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn post(&self, body: impl Into<String>) -> Response {
        self.post_with(body, &[("content-type", "application/json")])
            .await
    }

    async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Asserts a refusal: its status, its code, that its request id is that of the header, and gives its message.
async fn refused(response: Response, status: u16, code: &str) -> String {
    assert_eq!(response.status(), status);
    let id = header(response.headers(), "x-request-id").to_owned();
    assert_eq!(
        header(response.headers(), "x-content-type-options"),
        "nosniff"
    );
    assert!(header(response.headers(), "content-type").starts_with("application/json"));
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], code);
    assert_eq!(error["extensions"]["requestId"], id);
    assert_eq!(body.get("data"), None);
    error["message"].as_str().unwrap().to_owned()
}

async fn data(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    body["data"].clone()
}
