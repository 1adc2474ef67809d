//! What every test of the server stands on: a real server over a real database of its own, a company of people, a clock
//! that can be moved. `KEHU_TEST_DATABASE=postgres` runs the same tests on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "each test uses what it needs")]

pub mod company;
mod database;
pub mod scenes;
pub mod shuffle;
pub mod smtp;
pub mod socket;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::Duration;
use kehu::app::App;
use kehu::config::Config;
use kehu::files::Store;
use kehu::http::Stopper;
use kehu::kit::clock::Clock;
use kehu::kit::db::Db;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

pub use company::Who;
use database::TestDatabase;

/// A running server.
pub struct TestApp {
    /// Its assembly, for what tests look at from inside.
    pub app: App,
    /// Its clock.
    pub clock: Arc<Clock>,
    /// Its connections, for arranging and checking rows.
    pub db: Db,
    /// Its address.
    pub address: SocketAddr,
    client: Client,
    stopper: Stopper,
    database: TestDatabase,
    /// Where contents of files are kept.
    pub files: TempDir,
}

/// Somebody who sends requests.
pub struct As<'a> {
    app: &'a TestApp,
    token: Option<String>,
    language: &'static str,
}

/// A client that keeps no connection as long as the server does: else a test that pauses between two requests would send
/// the second into a connection that is just being closed.
fn client() -> Client {
    let idle = std::time::Duration::from_secs(2);
    Client::builder().pool_idle_timeout(idle).build().unwrap()
}

impl TestApp {
    /// A server over a fresh copy of the test company.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings (`limits.depth` → `KEHU_LIMITS__DEPTH`).
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let files = TempDir::new().unwrap();
        let mut variables: HashMap<String, String> = [
            ("DATABASE_URL", database.url.as_str()),
            ("KEHU_FILES__STORE", files.path().to_str().unwrap()),
            ("KEHU_HTTP__BIND", "127.0.0.1:0"),
            ("KEHU_HTTP__WORKERS", "1"),
            ("KEHU_IDENTITY__WEAK_HASHING", "true"),
            ("KEHU_IDENTITY__ARGON2_MEMORY_KIB", "8"),
            ("KEHU_IDENTITY__ARGON2_ITERATIONS", "1"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
        for (key, value) in settings {
            variables.insert(
                format!("KEHU_{}", key.to_uppercase().replace('.', "__")),
                (*value).to_owned(),
            );
        }
        let config = Config::from_parts(None, variables).unwrap();
        let clock = Arc::new(Clock::default());
        let app = App::build(config, clock.clone()).await.unwrap();
        let running = app.listen().unwrap();
        let address = running.addresses()[0];
        let stopper = running.stopper();
        tokio::spawn(running.run());
        tokio::spawn(app.clone().keep_fresh());
        let db = app.open().unwrap();
        Self {
            app,
            clock,
            db,
            address,
            client: client(),
            stopper,
            database,
            files,
        }
    }

    /// Somebody of the company, signed in.
    pub fn by(&self, who: Who) -> As<'_> {
        As {
            app: self,
            token: Some(self.token(who)),
            language: "en",
        }
    }

    /// An access token of somebody of the company.
    pub fn token(&self, who: Who) -> String {
        let session = Uuid::from_u128(0x5e55_1000 + who as u128);
        let (token, _) = self.app.keys().issue(who.id(), session).unwrap();
        token
    }

    /// A socket of somebody of the company.
    pub async fn socket(&self, who: Who) -> socket::Socket {
        socket::Socket::of(self.address, &self.token(who)).await
    }

    /// What the clients of this server are.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> As<'_> {
        As {
            app: self,
            token: Some(token.to_owned()),
            language: "en",
        }
    }

    /// Nobody signed in.
    pub fn nobody(&self) -> As<'_> {
        As {
            app: self,
            token: None,
            language: "en",
        }
    }

    /// Does what the clock drives; gives how many things were handled.
    pub async fn run_due_jobs(&self) -> u64 {
        let (_going, stop) = tokio::sync::watch::channel(false);
        self.app.run_due_jobs(&self.db, &stop).await
    }

    /// Another node over the same database, by the same clock.
    pub async fn another_node(&self) -> App {
        let config = self.app.config().clone();
        App::build(config, self.clock.clone()).await.unwrap()
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Takes over what was written to the database behind the server's back.
    pub async fn refresh(&self) {
        self.app.shared().refresh(&self.db.write).await.unwrap();
    }

    /// Says that `organisation`, `policy`, `rulebook`, `calendar` or `sessions` was changed behind the server's back.
    pub async fn touch(&self, name: &str) {
        use sea_orm::ConnectionTrait as _;
        let sql = format!("UPDATE state_version SET version = version + 1 WHERE name = '{name}'");
        self.db.write.execute_unprepared(&sql).await.unwrap();
        self.refresh().await;
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        use sea_orm::{ConnectionTrait as _, Statement};
        let backend = self.db.read.get_database_backend();
        let sql = Statement::from_string(backend, format!("SELECT count(*) AS n FROM {table}"));
        self.db
            .write
            .query_one_raw(sql)
            .await
            .unwrap()
            .unwrap()
            .try_get("", "n")
            .unwrap()
    }

    /// Where it keeps contents of files.
    pub fn store(&self) -> Store {
        Store::at(self.files.path().to_str().unwrap()).unwrap()
    }

    /// Address of its database.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// Address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl As<'_> {
    /// What it shows to be let in.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// In another language; English otherwise.
    pub fn speaking(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    /// Sends a document; gives status and JSON.
    pub async fn send(&self, query: &str, variables: Value) -> (StatusCode, Value) {
        let mut request = self
            .app
            .client
            .post(self.app.url("/graphql"))
            .header("accept-language", self.language)
            .json(&json!({"query": query, "variables": variables}));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap())
    }

    /// `data` of an answer that must have no errors.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let (_, answer) = self.send(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The payload of a mutation `name` with an input `type_name`, selecting `fields` beside the refusals.
    pub async fn call(&self, name: &str, input: Value, fields: &str) -> Value {
        let mut type_name = name[..1].to_uppercase();
        type_name.push_str(&name[1..]);
        let query = format!(
            "mutation($input: {type_name}Input!) {{ {name}(input: $input) {{ {fields} refusals \
             {{ code message path clause {{ number }} remedy {{ message mutation approvers {{ role }} }} }} }} }}"
        );
        self.ask(&query, json!({"input": input})).await[name].clone()
    }

    /// The same, which must not be refused.
    pub async fn done(&self, name: &str, input: Value, fields: &str) -> Value {
        let payload = self.call(name, input, fields).await;
        assert_eq!(payload["refusals"], json!([]), "{name}");
        payload
    }

    /// The same, which must be refused once: gives the refusal.
    pub async fn refused(&self, name: &str, input: Value) -> Value {
        let payload = self.call(name, input, "__typename").await;
        let refusals = payload["refusals"].as_array().unwrap().clone();
        assert_eq!(refusals.len(), 1, "{name}: {payload:#}");
        refusals[0].clone()
    }
}

/// Code and clause of a refusal.
pub fn code(refusal: &Value) -> (&str, &str) {
    (
        refusal["code"].as_str().unwrap_or(""),
        refusal["clause"]["number"].as_str().unwrap_or(""),
    )
}

/// The code of an answer's first top-level error.
pub fn error_code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("")
}

/// An id in its public form.
pub fn id(prefix: &str, id: Uuid) -> String {
    kehu::kit::ids::encode(prefix, id)
}

/// The brackets of CMP-11 as the database keeps them.
pub fn brackets(manager: &str, deputy: &str) -> Value {
    json!([
        {"name": "department-manager", "limit": manager},
        {"name": "deputy-general-manager", "limit": deputy},
        {"name": "general-manager", "limit": null},
    ])
}

/// Holds a checked-in file to what it shows; `KEHU_BLESS=1` writes it anew.
pub fn golden(file: &str, fresh: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("KEHU_BLESS").is_some() {
        std::fs::write(&path, fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "{file} is out of date: run KEHU_BLESS=1 cargo test --workspace --test it"
    );
}
