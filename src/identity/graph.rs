//! What can be read of accounts, sessions and API keys.
//!
//! Pitfall: hashes are columns of these tables. They are declared nowhere here, and must never be.

use rules::kit::language::Language;
use rules::vocabulary::{AccessEnd, Role};

use crate::graph::{Gate, Graph, Kind, RootRead};

const ACCOUNT: Gate = Gate::new("account", "read");
const SESSION: Gate = Gate::new("session", "read").via("account_id", "account");
const API_KEY: Gate = Gate::new("api-key", "read").via("account_id", "account");

/// Declares what can be read.
pub(super) fn graph(graph: &mut Graph) {
    graph.vocabulary::<AccessEnd>();
    graph.vocabulary::<Language>();
    graph.vocabulary::<Role>();
    graph
        .table(
            "Account",
            "account",
            "account",
            Some(ACCOUNT),
            "An employee's account to sign in with. Seen by its owner, system administrators and auditors.",
        )
        .filter()
        .column("login", "login", Kind::Text, "The sign-in name, in lower case.")
        .filter()
        .order()
        .one("employee", "Employee", "employee_id", "Whose it is.")
        .filter()
        .column("language", "language", Kind::Enum("Language"), "Language of messages where a request asks for none.")
        .filter()
        .optional("disabledAt", "disabled_at", Kind::Instant, "Since when it is disabled (ORG-7); null while it is usable.")
        .filter()
        .order()
        .column("createdAt", "created_at", Kind::Instant, "When it was made.")
        .filter()
        .order()
        .column("version", "version", Kind::Int, "Raised by one with each change.")
        .many("sessions", "Session", "account_id", "Its sessions, ended ones too, newest first.")
        .many("apiKeys", "ApiKey", "account_id", "Its API keys, ended ones too, newest first.");
    graph
        .table(
            "Session",
            "session",
            "session",
            Some(SESSION),
            "A sign-in on one device. Seen by the person, system administrators and auditors.",
        )
        .filter()
        .one("account", "Account", "account_id", "Whose it is.")
        .filter()
        .column(
            "device",
            "device",
            Kind::Text,
            "The device, as it named itself.",
        )
        .column(
            "address",
            "address",
            Kind::Text,
            "Network address at sign-in.",
        )
        .filter()
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When the person signed in.",
        )
        .filter()
        .order()
        .column(
            "lastUsedAt",
            "last_used_at",
            Kind::Instant,
            "When its tokens were last renewed.",
        )
        .filter()
        .order()
        .column(
            "expiresAt",
            "expires_at",
            Kind::Instant,
            "When it ends unless its tokens are renewed.",
        )
        .filter()
        .optional(
            "revokedAt",
            "revoked_at",
            Kind::Instant,
            "When it was ended before its time; null otherwise.",
        )
        .filter()
        .optional(
            "revokedReason",
            "revoked_reason",
            Kind::Enum("AccessEnd"),
            "Why it was ended before its time; null otherwise.",
        )
        .filter();
    graph
        .table(
            "ApiKey",
            "apikey",
            "api_key",
            Some(API_KEY),
            "A key with which a program acts as its maker, in one role. Seen by its maker, system administrators and auditors.",
        )
        .filter()
        .one("account", "Account", "account_id", "Whose it is.")
        .filter()
        .column("name", "name", Kind::Text, "What it is for.")
        .filter()
        .order()
        .column("prefix", "prefix", Kind::Text, "The characters behind `kehu_` by which to recognise it.")
        .filter()
        .column("role", "role", Kind::Enum("Role"), "The one role that it acts in, as long as its maker holds it (ORG-3).")
        .filter()
        .one("department", "Department", "department_id", "Where alone it acts; null: wherever its maker holds the role.")
        .optional("network", "network", Kind::Text, "From which network alone it is good; null: from everywhere.")
        .column("createdAt", "created_at", Kind::Instant, "When it was made.")
        .filter()
        .order()
        .column("expiresAt", "expires_at", Kind::Instant, "When it ends by itself.")
        .filter()
        .order()
        .optional("revokedAt", "revoked_at", Kind::Instant, "When it was revoked; null otherwise.")
        .filter()
        .optional("lastUsedAt", "last_used_at", Kind::Instant, "When it was last used, to the minute; null when never.")
        .filter();
    let accounts = "The accounts that the viewer may see, newest first.";
    graph.root(
        "accounts",
        RootRead::Connection("Account", None),
        false,
        accounts,
    );
    let sessions = "The sessions that the viewer may see, ended ones too, newest first: everybody's own (ORG-7).";
    graph.root(
        "sessions",
        RootRead::Connection("Session", None),
        false,
        sessions,
    );
    let keys =
        "The API keys that the viewer may see, ended ones too, newest first: everybody's own.";
    graph.root("apiKeys", RootRead::Connection("ApiKey", None), false, keys);
}
