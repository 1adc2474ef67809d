//! Which values are allowed.
//!
//! Pitfall: a message must never repeat a value that could be secret, such as the password in `database.url`.

use std::fmt::{self, Display};
use std::net::ToSocketAddrs;
use std::ops::RangeInclusive;
use std::path::Path;

use chrono_tz::Tz;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use tracing_subscriber::EnvFilter;

use super::settings::variable;
use super::{Config, ConfigError, without_password};

/// The weakest argon2id setting for real passwords: memory in KiB times passes.
const ARGON2_LEAST_WORK: u64 = 19_456 * 2;

/// A value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key, for example `http.bind`.
    pub key: &'static str,
    /// The value found; a password in it is left out.
    pub value: String,
    /// What is allowed, as the end of a sentence.
    pub allowed: String,
}

impl Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            value,
            allowed,
        } = self;
        write!(
            out,
            "{key} = {value}: allowed is {allowed}. Change it in kehu.toml or by {}",
            variable(key)
        )
    }
}

struct Check(Vec<Wrong>);

impl Check {
    fn unless(
        &mut self,
        right: bool,
        key: &'static str,
        value: impl Display,
        allowed: impl Into<String>,
    ) {
        if !right {
            self.0.push(Wrong {
                key,
                value: value.to_string(),
                allowed: allowed.into(),
            });
        }
    }

    fn within<N: PartialOrd + Display + Copy>(
        &mut self,
        key: &'static str,
        value: N,
        range: RangeInclusive<N>,
    ) {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        self.unless(range.contains(&value), key, value, allowed);
    }
}

impl Config {
    /// Refuses every value that is not allowed, all at once.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check(Vec::new());
        self.check_database(&mut check);
        self.check_http(&mut check);
        self.check_limits(&mut check);
        self.check_company(&mut check);
        self.check_live(&mut check);
        self.check_identity(&mut check);
        self.check_mail(&mut check);
        self.check_files(&mut check);
        check.unless(
            EnvFilter::try_new(&self.log.level).is_ok(),
            "log.level",
            quoted(&self.log.level),
            "error, warn, info, debug or trace, also per module as in info,kehu::http::access=warn",
        );
        if check.0.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Wrong(check.0))
        }
    }

    fn check_database(&self, check: &mut Check) {
        let database = &self.database;
        let known = ["sqlite:", "postgres://", "postgresql://"];
        check.unless(
            known.iter().any(|scheme| database.url.starts_with(scheme)),
            "database.url",
            quoted(&database.shown()),
            "sqlite://FILE or postgres://USER:PASSWORD@HOST:PORT/NAME",
        );
        check.within(
            "database.connections_per_worker",
            database.connections_per_worker,
            1..=64,
        );
        check.within(
            "database.statement_timeout_ms",
            database.statement_timeout_ms,
            0..=3_600_000,
        );
    }

    fn check_http(&self, check: &mut Check) {
        let http = &self.http;
        check.unless(
            http.bind
                .to_socket_addrs()
                .is_ok_and(|mut addresses| addresses.next().is_some()),
            "http.bind",
            quoted(&http.bind),
            "an address and a port, as 127.0.0.1:8080 or [::]:8080",
        );
        check.within("http.workers", http.workers, 0..=1_024);
        check.within(
            "http.body_limit_bytes",
            http.body_limit_bytes,
            1_024..=1_073_741_824,
        );
        check.within(
            "http.request_timeout_ms",
            http.request_timeout_ms,
            1..=3_600_000,
        );
        check.within("http.body_timeout_ms", http.body_timeout_ms, 1..=3_600_000);
        let trusted = &http.trusted_documents;
        check.unless(
            trusted.is_empty() || Path::new(trusted).exists(),
            "http.trusted_documents",
            quoted(trusted),
            "a file or folder that is there, or nothing",
        );
        check.within("http.shutdown_grace_s", http.shutdown_grace_s, 0..=3_600);
        check.within("http.drain_s", http.drain_s, 0..=600);
        for origin in &http.cors_origins {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            check.unless(
                host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '@'])),
                "http.cors_origins",
                quoted(origin),
                "a scheme and a host without a path, as https://crm.example.com; every origin is named, * is not allowed",
            );
        }
    }

    fn check_limits(&self, check: &mut Check) {
        let limits = &self.limits;
        check.within("limits.depth", limits.depth, 1..=60);
        check.within("limits.fields", limits.fields, 1..=1_000_000);
        check.within("limits.aliases", limits.aliases, 0..=1_000_000);
        check.within("limits.directives", limits.directives, 0..=1_000_000);
        check.within("limits.root_fields", limits.root_fields, 1..=10_000);
        let most = limits.variable_values;
        check.within("limits.variable_values", most, 10..=1_000_000);
        check.within("limits.operations", limits.operations, 1..=1_000);
        check.within("limits.tokens", limits.tokens, 10..=1_000_000);
        check.within(
            "limits.document_bytes",
            limits.document_bytes,
            100..=16_777_216,
        );
        check.within("limits.page_size", limits.page_size, 1..=10_000);
        check.within("limits.batch", limits.batch, 1..=1_000);
        let most = limits.persisted_documents;
        check.within("limits.persisted_documents", most, 0..=1_000_000);
        let most = limits.persisted_bytes;
        check.within("limits.persisted_bytes", most, 0..=1_073_741_824);
        check.within("limits.nodes", limits.nodes, 1..=100_000_000);
    }

    fn check_company(&self, check: &mut Check) {
        let company = &self.company;
        check.unless(
            !company.name.trim().is_empty(),
            "company.name",
            quoted(&company.name),
            "a name",
        );
        check.unless(
            company.time_zone.parse::<Tz>().is_ok(),
            "company.time_zone",
            quoted(&company.time_zone),
            "a time zone by its IANA name, as Asia/Shanghai or Asia/Taipei",
        );
        check.unless(
            ["zh-CN", "zh-TW", "en"].contains(&company.language.as_str()),
            "company.language",
            quoted(&company.language),
            "zh-CN, zh-TW or en",
        );
    }

    fn check_live(&self, check: &mut Check) {
        let live = &self.live;
        let most = live.connections_per_person;
        check.within("live.connections_per_person", most, 1..=100_000);
        let most = live.operations_per_socket;
        check.within("live.operations_per_socket", most, 1..=10_000);
        check.within("live.message_bytes", live.message_bytes, 1_024..=16_777_216);
        check.within("live.init_timeout_ms", live.init_timeout_ms, 100..=60_000);
        check.within("live.ping_s", live.ping_s, 1..=3_600);
        check.within("live.slow_reader_s", live.slow_reader_s, 1..=600);
        let most = live.readings_at_once;
        check.within("live.readings_at_once", most, 1..=1_000);
        check.within("live.gather_ms", live.gather_ms, 0..=60_000);
        check.within("live.replay_events", live.replay_events, 0..=100_000_000);
    }

    fn check_identity(&self, check: &mut Check) {
        let identity = &self.identity;
        check.within(
            "identity.access_token_minutes",
            identity.access_token_minutes,
            1..=1_440,
        );
        check.within(
            "identity.refresh_token_days",
            identity.refresh_token_days,
            1..=365,
        );
        check.within(
            "identity.key_rotation_days",
            identity.key_rotation_days,
            1..=365,
        );
        check.within(
            "identity.argon2_memory_kib",
            identity.argon2_memory_kib,
            8..=4_194_304,
        );
        check.within(
            "identity.argon2_iterations",
            identity.argon2_iterations,
            1..=100,
        );
        let work = u64::from(identity.argon2_memory_kib) * u64::from(identity.argon2_iterations);
        check.unless(
            identity.weak_hashing || work >= ARGON2_LEAST_WORK,
            "identity.argon2_memory_kib",
            identity.argon2_memory_kib,
            format!(
                "at least {ARGON2_LEAST_WORK} when multiplied by identity.argon2_iterations; \
                 only tests may set identity.weak_hashing = true instead"
            ),
        );
        check.within(
            "identity.sign_in_attempts_per_account",
            identity.sign_in_attempts_per_account,
            1..=1_000,
        );
        check.within(
            "identity.sign_in_attempts_per_address",
            identity.sign_in_attempts_per_address,
            1..=1_000_000,
        );
        check.within(
            "identity.sign_in_window_minutes",
            identity.sign_in_window_minutes,
            1..=1_440,
        );
    }

    fn check_files(&self, check: &mut Check) {
        let files = &self.files;
        let is_place = match files.store.split_once("://") {
            Some(("s3", bucket)) => !bucket.is_empty() && !bucket.starts_with('/'),
            Some(_) => false,
            None => !files.store.trim().is_empty() && !Path::new(&files.store).is_file(),
        };
        let allowed = "a folder, or s3://BUCKET or s3://BUCKET/PATH";
        check.unless(is_place, "files.store", quoted(&files.store), allowed);
        check.within(
            "files.max_body_bytes",
            files.max_body_bytes,
            1_024..=1_099_511_627_776,
        );
        check.within(
            "files.upload_timeout_ms",
            files.upload_timeout_ms,
            1..=86_400_000,
        );
        check.within("files.uploads_at_once", files.uploads_at_once, 1..=10_000);
        check.within("files.link_minutes", files.link_minutes, 1..=1_440);
        check.within("files.scan_seconds", files.scan_seconds, 1..=3_600);
        for pattern in &files.types {
            let is_type = pattern.split_once('/').is_some_and(|(family, kind)| {
                let plain = |part: &str| !part.is_empty() && !part.contains(['*', '/', ' ']);
                plain(family) && (kind == "*" || plain(kind))
            });
            check.unless(
                is_type,
                "files.types",
                quoted(pattern),
                "a media type as application/pdf, or a family of them as image/*",
            );
        }
        let program = files.scan_command.first();
        check.unless(
            program.is_none_or(|program| !program.trim().is_empty()),
            "files.scan_command",
            "\"\"",
            "a program and its arguments, or nothing",
        );
    }
}

impl Config {
    fn check_mail(&self, check: &mut Check) {
        let mail = &self.mail;
        check.unless(
            !mail.is_on() || AsyncSmtpTransport::<Tokio1Executor>::from_url(&mail.smtp_url).is_ok(),
            "mail.smtp_url",
            quoted(&without_password(&mail.smtp_url)),
            "smtps://USER:PASSWORD@HOST:PORT, smtp://…?tls=required or smtp://…; other characters than letters and digits in user and password are written as %40",
        );
        check.unless(
            mail.from.parse::<Mailbox>().is_ok() || (mail.from.is_empty() && !mail.is_on()),
            "mail.from",
            quoted(&mail.from),
            "a mail address, as kehu@example.com or Kehu <kehu@example.com>; it is needed where mail.smtp_url is set",
        );
        let page = ["https://", "http://"];
        check.unless(
            mail.link.is_empty() || page.iter().any(|scheme| mail.link.starts_with(scheme)),
            "mail.link",
            quoted(&mail.link),
            "the address of a page, as https://crm.example.com/open/{id}",
        );
        check.within("mail.attempts", mail.attempts, 1..=50);
        check.within("mail.timeout_s", mail.timeout_s, 1..=60);
    }
}

fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}
