//! What is read, what is refused, and in which words.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::Path;

use super::{Budget, Config, ConfigError, LogFormat};

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_parts(Some((Path::new("kehu.toml"), file)), variables)
}

fn message(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).unwrap_err().to_string()
}

fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in {message:?}");
    }
}

#[test]
fn nothing_set_gives_the_defaults_which_are_allowed() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.database.url, "sqlite://kehu.sqlite");
    assert_eq!(
        (config.http.bind.as_str(), config.limits.depth),
        ("127.0.0.1:8080", 15)
    );
    assert_eq!(config.company.zone(), chrono_tz::Asia::Shanghai);
}

#[test]
fn the_environment_is_stronger_than_the_file_and_its_own_key_than_database_url() {
    let file = "[database]\nurl = \"sqlite://a\"\n[http]\nworkers = 3\n[log]\nformat = \"json\"";
    assert_eq!(load(file, &[]).unwrap().database.url, "sqlite://a");
    assert_eq!(load(file, &[]).unwrap().log.format, LogFormat::Json);
    let config = load(
        file,
        &[("DATABASE_URL", "sqlite://b"), ("KEHU_HTTP__WORKERS", "5")],
    )
    .unwrap();
    assert_eq!(
        (config.database.url.as_str(), config.http.workers),
        ("sqlite://b", 5)
    );
    let both = [
        ("DATABASE_URL", "sqlite://b"),
        ("KEHU_DATABASE__URL", "sqlite://c"),
    ];
    assert_eq!(load(file, &both).unwrap().database.url, "sqlite://c");
}

#[test]
fn lists_numbers_and_names_of_digits_come_from_the_environment() {
    let config = load(
        "",
        &[
            (
                "KEHU_HTTP__CORS_ORIGINS",
                "https://a.example,https://b.example:8443",
            ),
            ("KEHU_HTTP__TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("KEHU_COMPANY__NAME", "1688"),
            ("KEHU_HTTP__GRAPHIQL", "false"),
            ("KEHU_CONFIG", "kehu.toml"),
        ],
    )
    .unwrap();
    assert_eq!(
        config.http.cors_origins,
        ["https://a.example", "https://b.example:8443"]
    );
    assert!(config.http.trusted_proxies[0].contains("10.200.0.1".parse().unwrap()));
    assert!(config.http.trusted_proxies[0].contains("::ffff:10.200.0.1".parse().unwrap()));
    assert!(!config.http.trusted_proxies[0].contains("11.0.0.1".parse().unwrap()));
    assert!(config.http.trusted_proxies[1].contains("::1".parse().unwrap()));
    assert_eq!(config.company.name, "1688");
    assert!(!config.http.graphiql);
}

#[test]
fn connections_that_stay_have_bounds() {
    for (variable, key) in [
        (
            "KEHU_LIVE__CONNECTIONS_PER_PERSON",
            "live.connections_per_person = 0",
        ),
        (
            "KEHU_LIVE__OPERATIONS_PER_SOCKET",
            "live.operations_per_socket = 0",
        ),
        ("KEHU_LIVE__MESSAGE_BYTES", "live.message_bytes = 0"),
        ("KEHU_LIVE__INIT_TIMEOUT_MS", "live.init_timeout_ms = 0"),
        ("KEHU_LIVE__PING_S", "live.ping_s = 0"),
        ("KEHU_LIVE__SLOW_READER_S", "live.slow_reader_s = 0"),
        ("KEHU_LIVE__READINGS_AT_ONCE", "live.readings_at_once = 0"),
    ] {
        says(&message("", &[(variable, "0")]), &[key]);
    }
    says(
        &message("", &[("KEHU_LIVE__GATHER_MS", "60001")]),
        &["live.gather_ms"],
    );
    says(
        &message("", &[("KEHU_LIVE__REPLAY_EVENTS", "-1")]),
        &["live.replay_events"],
    );
    let least = [
        ("KEHU_LIVE__GATHER_MS", "0"),
        ("KEHU_LIVE__REPLAY_EVENTS", "0"),
    ];
    assert!(load("", &least).is_ok());
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    says(
        &message("[http]\nbinde = \"x\"", &[]),
        &["binde", "bind", "README"],
    );
    says(&message("[htp]\nbind = \"x\"", &[]), &["htp", "http"]);
    says(&message("", &[("KEHU_HTTP__PORT", "1")]), &["port", "bind"]);
    says(
        &message("", &[("KEHU_HTTP_BIND", "x")]),
        &["KEHU_HTTP_BIND", "KEHU_HTTP__BIND"],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_key() {
    says(
        &message("[http]\nworkers = \"many\"", &[]),
        &["http.workers", "many", "integer"],
    );
    says(&message("[http]\nworkers = -1", &[]), &["-1"]);
    says(
        &message("[log]\nformat = \"xml\"", &[]),
        &["xml", "pretty", "json"],
    );
    says(
        &message("", &[("KEHU_LIMITS__DEPTH", "deep")]),
        &["limits.depth", "deep", "integer"],
    );
    says(&message("[http\n", &[]), &["kehu.toml"]);
    says(
        &message("[http]\ntrusted_proxies = [\"10.0.0.0/33\"]", &[]),
        &["10.0.0.0/33", "10.0.0.0/8"],
    );
}

#[test]
fn all_wrong_values_are_named_at_once_with_what_is_allowed_and_what_to_do() {
    let message = message(
        "[company]\ntime_zone = \"Mars\"\nlanguage = \"de\"\n[limits]\ndepth = 0\n[http]\nbind = \"here\"\ncors_origins = [\"*\"]",
        &[],
    );
    says(
        &message,
        &[
            "company.time_zone = \"Mars\"",
            "Asia/Shanghai",
            "KEHU_COMPANY__TIME_ZONE",
            "kehu.toml",
        ],
    );
    says(
        &message,
        &["company.language = \"de\"", "zh-CN, zh-TW or en"],
    );
    says(&message, &["limits.depth = 0", "from 1 to 60"]);
    says(
        &message,
        &[
            "http.bind = \"here\"",
            "127.0.0.1:8080",
            "http.cors_origins = \"*\"",
        ],
    );
}

#[test]
fn a_place_or_type_of_files_that_is_none_is_refused() {
    let message = message(
        "[files]\nstore = \"ftp://x\"\ntypes = [\"image/*\", \"*\", \"pdf\"]\nlink_minutes = 0\nuploads_at_once = 0\nscan_command = [\"\"]",
        &[],
    );
    says(
        &message,
        &[
            "files.store = \"ftp://x\"",
            "s3://BUCKET",
            "files.types = \"*\"",
            "files.types = \"pdf\"",
            "files.link_minutes = 0",
            "files.uploads_at_once = 0",
            "files.scan_command = \"\"",
        ],
    );
    assert!(!message.contains("image/*\":"), "{message}");
    let config = load("", &[("KEHU_FILES__SCAN_COMMAND", "clamdscan,-")]).unwrap();
    assert_eq!(config.files.scan_command, ["clamdscan", "-"]);
    for store in ["s3://bucket/path", "/var/lib/kehu", "kehu-files"] {
        assert!(load("", &[("KEHU_FILES__STORE", store)]).is_ok());
    }
}

#[test]
fn weak_hashing_needs_to_be_asked_for() {
    let weak = "[identity]\nargon2_memory_kib = 8\nargon2_iterations = 1\n";
    says(
        &message(weak, &[]),
        &["identity.argon2_memory_kib = 8", "38912", "weak_hashing"],
    );
    assert!(load(&format!("{weak}weak_hashing = true"), &[]).is_ok());
}

#[test]
fn a_password_is_neither_shown_nor_told() {
    let url = "postgres://app:geh@eim@db.example:5432/kehu?password=geheim";
    let config = load("", &[("DATABASE_URL", url)]).unwrap();
    assert_eq!(config.database.url, url);
    for text in [format!("{config:?}"), config.database.shown()] {
        assert!(!text.contains("eim"), "{text}");
        assert!(
            text.contains("postgres://app:***@db.example:5432/kehu"),
            "{text}"
        );
    }
    let refused = message("", &[("DATABASE_URL", "mysql://root:geheim@db/kehu")]);
    says(
        &refused,
        &["database.url", "mysql://root:***@db/kehu", "sqlite://FILE"],
    );
    assert!(!refused.contains("geheim"));
}

#[test]
fn the_table_has_every_key_with_variable_default_and_meaning() {
    let table = Config::table();
    let bind = table.iter().find(|key| key.key == "http.bind").unwrap();
    assert_eq!(
        (bind.variable.as_str(), bind.default.as_str()),
        ("KEHU_HTTP__BIND", "\"127.0.0.1:8080\"")
    );
    assert_eq!(bind.meaning, "Address and port to listen on.");
    for key in &table {
        // Each default can be written into the file as it stands in the table.
        let (section, name) = key.key.split_once('.').unwrap();
        load(&format!("[{section}]\n{name} = {}", key.default), &[]).unwrap();
        assert!(key.meaning.ends_with('.'), "{}", key.key);
    }
}

#[test]
fn mail_settings_are_held_to_their_form_and_hide_the_password() {
    let url = (
        "KEHU_MAIL__SMTP_URL",
        "smtps://kehu:sesame@mail.example.com:465",
    );
    let from = ("KEHU_MAIL__FROM", "Kehu <kehu@example.com>");
    let config = load("", &[url, from]).unwrap();
    assert!(config.mail.is_on());
    assert!(!load("", &[]).unwrap().mail.is_on());
    let shown = format!("{config:?}");
    says(&shown, &["smtps://kehu:***@mail.example.com:465"]);
    assert!(!shown.contains("sesame"));
    for wrong in [
        "mail.example.com",
        "http://kehu:sesame@mail.example.com",
        "smtp://kehu:sesame@mail.example.com?tls=maybe",
        "smtp://",
    ] {
        let message = message("", &[("KEHU_MAIL__SMTP_URL", wrong), from]);
        says(
            &message,
            &["mail.smtp_url", "KEHU_MAIL__SMTP_URL", "smtps://"],
        );
        assert!(!message.contains("sesame"), "{message}");
    }
    for wrong in ["", "Kehu", "kehu@"] {
        let message = message("", &[url, ("KEHU_MAIL__FROM", wrong)]);
        says(&message, &["mail.from", "kehu@example.com"]);
    }
    says(&message("", &[("KEHU_MAIL__FROM", "Kehu")]), &["mail.from"]);
    says(
        &message("", &[("KEHU_MAIL__LINK", "crm.example.com/{id}")]),
        &["mail.link", "https://"],
    );
    for (key, wrong) in [
        ("ATTEMPTS", "0"),
        ("ATTEMPTS", "51"),
        ("TIMEOUT_S", "0"),
        ("TIMEOUT_S", "61"),
    ] {
        let variable = format!("KEHU_MAIL__{key}");
        let key = format!("mail.{}", key.to_lowercase());
        says(
            &message("", &[(&variable, wrong)]),
            &[&key, "a whole number"],
        );
    }
}

#[test]
fn a_budget_names_a_role_a_key_or_nobody() {
    let read = |text: &str| text.parse::<Budget>().map(|budget| budget.to_string());
    for text in ["general-manager=50000000", "api-key=0", "nobody=7"] {
        assert_eq!(read(text).as_deref(), Ok(text));
    }
    for wrong in [
        "",
        "api-key",
        "api-key=",
        "api-key=-1",
        "GENERAL_MANAGER=1",
        "king=1",
    ] {
        assert!(read(wrong).unwrap_err().contains("is no budget"), "{wrong}");
    }
}
