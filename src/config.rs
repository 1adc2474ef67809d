//! Configuration: `kehu.toml`, then the environment, checked at start.
//!
//! A key is set, from weakest to strongest, by its default, the file, `DATABASE_URL` (for `database.url` only), and
//! `KEHU_…` with `__` between section and key. Lists are separated by commas in the environment.
//!
//! Pitfall: numbers of the regulations (brackets, days) are not settings; they stand in the rulebook.

mod budget;
mod check;
mod load;
mod network;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono_tz::Tz;
use serde::Deserialize;

pub use budget::{Budget, Spender};
pub use check::Wrong;
pub use load::ConfigError;
pub use network::Network;
pub use settings::Key;
use settings::section;

/// Everything that can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The database and its connections.
    pub database: Database,
    /// The address, and how HTTP is spoken there.
    pub http: Http,
    /// The largest document and answer.
    pub limits: Limits,
    /// The company whose database this is.
    pub company: Company,
    /// Subscriptions and the connections that carry them.
    pub live: Live,
    /// Passwords, tokens, sign-in.
    pub identity: Identity,
    /// Notices by mail.
    pub mail: Mail,
    /// Files that hang on objects.
    pub files: Files,
    /// What is logged, and how.
    pub log: Log,
}

section! {
    /// The database and its connections. `Debug` leaves the password out.
    Database as "database" {
        /// Where the data is: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST:PORT/NAME`. `DATABASE_URL` sets it too.
        url: String = "sqlite://kehu.sqlite".to_owned();
        /// Database connections of each HTTP worker, 1 to 64. More are slower, not faster.
        connections_per_worker: u32 = 3;
        /// Milliseconds after which PostgreSQL stops a statement; 0 sets no limit.
        statement_timeout_ms: u64 = 10_000;
    }
}

section! {
    /// The address, and how HTTP is spoken there.
    #[derive(Debug)]
    Http as "http" {
        /// Address and port to listen on.
        bind: String = "127.0.0.1:8080".to_owned();
        /// HTTP workers, each a thread with its own database connections; 0 is one per processor core.
        workers: usize = 0;
        /// Bytes of a request's body.
        body_limit_bytes: usize = 1_048_576;
        /// Milliseconds for a request's body to come in, files apart (`files.upload_timeout_ms`).
        body_timeout_ms: u64 = 10_000;
        /// Milliseconds until a request is given up and answered with `TIMEOUT`.
        request_timeout_ms: u64 = 30_000;
        /// Seconds that requests in flight have to finish after SIGTERM or SIGINT.
        shutdown_grace_s: u64 = 30;
        /// Seconds for which `/readyz` says no before the listener closes, so that a load balancer can notice.
        drain_s: u64 = 0;
        /// Whether `/graphiql` is served.
        graphiql: bool = true;
        /// Whether clients may ask for the schema.
        introspection: bool = true;
        /// Origins whose pages may call the API from a browser, like `https://crm.example.com`.
        cors_origins: Vec<String> = Vec::new();
        /// The only documents that may run: a folder of `.graphql` files, or a JSON file of texts by their SHA-256 hashes. Empty: any document may.
        trusted_documents: String = String::new();
        /// Proxies whose `X-Forwarded-For` is believed: addresses or networks like `10.0.0.0/8`.
        trusted_proxies: Vec<Network> = Vec::new();
    }
}

section! {
    /// The largest document and answer. See [`crate::kit::limits::Limits`].
    #[derive(Debug)]
    Limits as "limits" {
        /// Levels of fields in a query.
        depth: u32 = 15;
        /// Fields selected, after fragments are expanded.
        fields: u64 = 2_000;
        /// Aliases, after fragments are expanded.
        aliases: u64 = 100;
        /// Directives, after fragments are expanded.
        directives: u64 = 50;
        /// Fields at the root of an operation.
        root_fields: u64 = 20;
        /// Values in the variables of a request: texts, numbers, lists and objects.
        variable_values: usize = 10_000;
        /// Operations in one document.
        operations: usize = 20;
        /// Operations in one request, as a list. The other limits hold for all of them together.
        batch: usize = 10;
        /// Lexical tokens in a document.
        tokens: usize = 5_000;
        /// Bytes of a document.
        document_bytes: usize = 65_536;
        /// The greatest `first` or `last` of a connection.
        page_size: u64 = 200;
        /// What an operation may cost: objects it could return at most, nested page sizes multiplied, and what its fields cost.
        nodes: u64 = 50_000;
        /// What a caller may spend in a minute, in the same measure; 0 is as much as he likes.
        budget: u32 = 20_000_000;
        /// Other budgets: of who has a role as `general-manager=50000000`, of an API key as `api-key=5000000`, of an address where nobody is signed in as `nobody=100000`. Of several roles the largest budget counts.
        budgets: Vec<Budget> = Vec::new();
        /// Mutations that a caller may send in a minute; 0 is as many as he likes.
        mutations: u32 = 60_000;
        /// Documents kept at most so that clients can name them by their hash (automatic persisted queries); 0 keeps none.
        persisted_documents: usize = 1_000;
        /// Bytes of all of these.
        persisted_bytes: usize = 8_388_608;
    }
}

section! {
    /// The company whose database this is.
    #[derive(Debug)]
    Company as "company" {
        /// Its name, as it stands on pages and prints.
        name: String = "Kehu".to_owned();
        /// The time zone in which its days begin, by its IANA name.
        time_zone: String = "Asia/Shanghai".to_owned();
        /// The language of those who ask for none: `zh-CN`, `zh-TW` or `en`.
        language: String = "zh-CN".to_owned();
    }
}

section! {
    /// Subscriptions and the connections that carry them.
    #[derive(Debug)]
    Live as "live" {
        /// WebSockets and event streams that one person has open on one server at most.
        connections_per_person: usize = 20;
        /// Operations that run at once on one WebSocket at most.
        operations_per_socket: usize = 100;
        /// Bytes of a message over a WebSocket, however many fragments it comes in.
        message_bytes: usize = 262_144;
        /// Milliseconds a WebSocket may stay open without `connection_init`.
        init_timeout_ms: u64 = 5_000;
        /// Seconds between signs of life; a WebSocket that answers none of two is closed.
        ping_s: u64 = 20;
        /// Seconds for which a client may take nothing of what is sent before it is let go.
        slow_reader_s: u64 = 10;
        /// Subscriptions that read at once when something happened, so that requests find a connection to the database.
        readings_at_once: usize = 4;
        /// Milliseconds for which events gather before what they changed is read and sent.
        gather_ms: u64 = 100;
        /// Events behind a cursor that are looked through at most when a subscription goes on from it.
        replay_events: i64 = 100_000;
    }
}

section! {
    /// Passwords, tokens, sign-in.
    #[derive(Debug)]
    Identity as "identity" {
        /// Minutes an access token is valid.
        access_token_minutes: i64 = 15;
        /// Days a refresh token is valid, from its issue.
        refresh_token_days: i64 = 30;
        /// Days for which a key signs tokens before a new one takes over.
        key_rotation_days: i64 = 30;
        /// KiB of memory that hashing one password takes (argon2id).
        argon2_memory_kib: u32 = 19_456;
        /// Passes over that memory (argon2id).
        argon2_iterations: u32 = 2;
        /// Allows argon2 settings too weak for real passwords. For tests only.
        weak_hashing: bool = false;
        /// Failed sign-ins of one account within the window before it has to wait.
        sign_in_attempts_per_account: u32 = 5;
        /// Failed sign-ins from one address within the window before it has to wait.
        sign_in_attempts_per_address: u32 = 50;
        /// Minutes of that window.
        sign_in_window_minutes: i64 = 15;
    }
}

section! {
    /// Notices by mail. `Debug` leaves the password out.
    Mail as "mail" {
        /// The mail server: `smtps://USER:PASSWORD@HOST:PORT`, or `smtp://…?tls=required` for STARTTLS; `smtp://…` alone sends everything unencrypted. Empty: no notices are mailed.
        smtp_url: String = String::new();
        /// Who mails come from, like `Kehu <kehu@example.com>`.
        from: String = String::new();
        /// The page that mails link to; `{id}` in it is the id of what the notice is about, as in `https://crm.example.com/open/{id}`. Empty: no link.
        link: String = String::new();
        /// How often a mail is tried before it is given up; the waits between grow from a minute to four hours.
        attempts: u32 = 10;
        /// Seconds that the mail server has to answer.
        timeout_s: u64 = 10;
    }
}

section! {
    /// Files that hang on objects (ARC-8).
    #[derive(Debug)]
    Files as "files" {
        /// Where contents are kept: a folder, or `s3://BUCKET/PATH` with region, endpoint and keys in the variables `AWS_…`.
        store: String = "kehu-files".to_owned();
        /// Bytes of the body of a request with files. What one file may have is settled by the rulebook (`file.max-size`).
        max_body_bytes: u64 = 104_857_600;
        /// Milliseconds that a request with files may take, from its first byte to its answer.
        upload_timeout_ms: u64 = 300_000;
        /// Requests with files that a server takes at once; further ones are told to come again. Each has up to `files.max_body_bytes` in temporary files.
        uploads_at_once: usize = 16;
        /// Minutes for which a download link is good.
        link_minutes: i64 = 10;
        /// Types that are taken, as the contents tell them: `application/pdf`, or `image/*` for all of a family.
        types: Vec<String> = TYPES.map(str::to_owned).to_vec();
        /// Program and arguments of a virus scanner that reads the file from its standard input: exit code 0 is clean, 1 is infected. Empty: files are not scanned.
        scan_command: Vec<String> = Vec::new();
        /// Seconds that a scan may take.
        scan_seconds: u64 = 60;
    }
}

/// Documents, pictures, recordings and archives.
const TYPES: [&str; 18] = [
    "image/*",
    "audio/*",
    "video/*",
    "text/plain",
    "application/pdf",
    "application/rtf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/x-ole-storage",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/zip",
    "application/x-7z-compressed",
];

section! {
    /// What is logged, and how.
    #[derive(Debug)]
    Log as "log" {
        /// `pretty` for people, `json` for machines.
        format: LogFormat = LogFormat::Pretty;
        /// A level (`error`, `warn`, `info`, `debug`, `trace`), or several as in `info,kehu::http::access=warn`.
        level: String = "info".to_owned();
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum LogFormat {
    /// Coloured lines for people.
    Pretty,
    /// One JSON object a line for machines.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(format!(
                "\"{text}\" is no form of log: write pretty or json"
            )),
        }
    }
}

impl Config {
    /// Every key with its variable, default and meaning: the configuration table of the README.
    #[must_use]
    pub fn table() -> Vec<Key> {
        [
            Database::keys(),
            Http::keys(),
            Limits::keys(),
            Company::keys(),
            Live::keys(),
            Identity::keys(),
            Mail::keys(),
            Files::keys(),
            Log::keys(),
        ]
        .concat()
    }
}

impl Company {
    /// The company's time zone. Days, months and working days are counted in it.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Checked at start; the fallback is the default of the key.
        self.time_zone.parse().unwrap_or(Tz::Asia__Shanghai)
    }
}

impl Limits {
    /// The limits as the document guard takes them.
    #[must_use]
    pub fn of_documents(&self) -> crate::kit::limits::Limits {
        crate::kit::limits::Limits {
            document_bytes: self.document_bytes,
            tokens: self.tokens,
            variable_values: self.variable_values,
            operations: self.operations,
            depth: self.depth,
            fields: self.fields,
            aliases: self.aliases,
            directives: self.directives,
            root_fields: self.root_fields,
            page_size: self.page_size,
            nodes: self.nodes,
        }
    }
}

impl Database {
    /// The address without its password, fit for a log.
    #[must_use]
    pub fn shown(&self) -> String {
        without_password(&self.url)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Database")
            .field("url", &self.shown())
            .field("connections_per_worker", &self.connections_per_worker)
            .field("statement_timeout_ms", &self.statement_timeout_ms)
            .finish()
    }
}

impl Mail {
    /// Whether notices are mailed at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.smtp_url.is_empty()
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mail")
            .field("smtp_url", &without_password(&self.smtp_url))
            .field("from", &self.from)
            .field("link", &self.link)
            .field("attempts", &self.attempts)
            .field("timeout_s", &self.timeout_s)
            .finish()
    }
}

/// Drops what could be secret: the password before the `@`, and the parameters after the `?`.
fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((login, place)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{place}")
        }
        None => url.to_owned(),
    }
}
