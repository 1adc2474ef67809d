//! Every column that can hold text is declared personal by its feature, or stands here with the reason why it is not, so
//! that a table to come can't be forgotten (PIP-3).

use std::collections::BTreeSet;

use kehu::erasure::{persons, traces};
use kehu::kit::tables::{Kind, tables};

use crate::support::TestApp;

/// Columns that are not personal, by table, with the reason.
const NOT_PERSONAL: &[(&str, &[&str], &str)] = &[
    (
        "account",
        &["language"],
        "a language of the interface, the same for thousands",
    ),
    (
        "api_key",
        &["prefix", "role", "secret_hash"],
        "parts and hash of a random key, and a role",
    ),
    (
        "approval",
        &["action", "object", "state", "subject_kind"],
        "words of the policy and states",
    ),
    ("approval_event", &["kind"], "a word for what happened"),
    (
        "approval_stake",
        &["reason"],
        "a word for why somebody has a stake",
    ),
    (
        "approval_step",
        &["action", "depends_on", "mode", "object", "state"],
        "words of the policy, states, names of parts",
    ),
    ("archive_grant", &["number"], "a number given by the server"),
    (
        "archive_reading",
        &["basis", "request_id"],
        "a ground, and the id of a request, which is no text for people",
    ),
    (
        "audit_chain",
        &["entry_hash", "previous", "root"],
        "hashes over salted hashes",
    ),
    (
        "audit_detail",
        &["detail", "salt"],
        "erased by the engine itself, for every entry about the person",
    ),
    (
        "audit_entry",
        &[
            "changes_hash",
            "clause",
            "detail_hash",
            "object_kind",
            "part",
            "request_id",
            "role",
            "verb",
        ],
        "fixed words, ids and salted hashes: the chain covers them",
    ),
    (
        "calendar_day",
        &["kind", "name"],
        "names of public holidays",
    ),
    ("calendar_hours", &["windows"], "times of the day"),
    (
        "clause",
        &["body", "number", "regulation_code", "title"],
        "the shipped regulations",
    ),
    (
        "complaint",
        &[
            "class",
            "demand_kind",
            "market",
            "number",
            "part_number",
            "production_shift",
            "production_unit",
            "state",
            "station",
        ],
        "kinds, states, stations, numbers of goods, where they were made",
    ),
    ("complaint_reply", &["channel"], "a kind of reply"),
    (
        "complaint_stay",
        &["outcome", "sent_to", "station"],
        "stations and how they were left",
    ),
    (
        "complaint_third_party",
        &["name"],
        "a company, not a person",
    ),
    ("contact_log", &["kind"], "a kind of contact"),
    (
        "customer",
        &[
            "archive_state",
            "category",
            "filing_state",
            "grade",
            "kind",
            "number",
            "source",
            "standing",
        ],
        "states and classes; the number stays as the stub",
    ),
    ("customer_address", &["kind"], "a kind of address"),
    (
        "customer_import",
        &["file_hash", "file_name"],
        "a list of many customers, named by who keeps it",
    ),
    (
        "customer_purchase",
        &["product"],
        "goods: without name and order they are nobody's",
    ),
    (
        "deadline_entry",
        &["kind", "span_unit", "step", "to_role"],
        "words for what happened to a deadline",
    ),
    (
        "department",
        &["code", "kind", "name", "name_key", "tier"],
        "a department is no person",
    ),
    (
        "employee",
        &["number", "state"],
        "a state; the number stays as the stub",
    ),
    ("employee_channel", &["kind"], "a kind of channel"),
    (
        "erasure",
        &["number", "origin", "state", "subject_kind"],
        "the stub that stays",
    ),
    (
        "file",
        &["media_type", "object_kind", "scan"],
        "a type, a table's name, a state",
    ),
    (
        "file_blob",
        &["sha256"],
        "gone with the last file that has it",
    ),
    (
        "form",
        &["clause", "code", "number", "subject_kind"],
        "a number given by the server, and words of the regulations",
    ),
    ("form_copy", &["department_kind"], "a kind of department"),
    (
        "history",
        &["changes", "object_kind", "reason", "salt", "values_hash"],
        "erased by the engine itself, column by column",
    ),
    (
        "idempotency",
        &["input_hash", "mutation", "outcome"],
        "erased by the engine itself, and kept for seven days only",
    ),
    ("job_lease", &["holder", "name"], "names of nodes and jobs"),
    ("legal_hold", &["subject_kind"], "a table's name"),
    (
        "lookup_request",
        &["number", "route", "state"],
        "a number given by the server, a way, a state",
    ),
    (
        "notice",
        &["clause", "code", "dedupe", "mail_state", "subject_kind"],
        "codes, states and ids: the words are made when it is read",
    ),
    ("number_counter", &["series"], "names of series"),
    (
        "obligation",
        &[
            "clause",
            "duty",
            "escalated_to",
            "plan",
            "responsible_role",
            "state",
            "subject_kind",
        ],
        "words of the regulations and limits of time",
    ),
    (
        "policy_change",
        &["changes", "decision_reason", "number", "reason", "state"],
        "about the policy, which speaks of roles",
    ),
    (
        "policy_row",
        &[
            "action",
            "clause",
            "effect",
            "limit_parameter",
            "name",
            "object",
            "ptype",
            "role",
            "scope",
        ],
        "words of the policy",
    ),
    ("refresh_token", &["token_hash"], "a hash of a random token"),
    (
        "regulation",
        &["code", "interpreted_by", "title"],
        "the shipped regulations",
    ),
    ("retention_look", &["subject_kind"], "a table's name"),
    ("role_assignment", &["role"], "a role"),
    (
        "rulebook_parameter",
        &[
            "clause_number",
            "default_value",
            "key",
            "kind",
            "title",
            "unit",
        ],
        "the shipped regulations",
    ),
    (
        "rulebook_revision",
        &[
            "changes",
            "decision_reason",
            "interpreted_by",
            "number",
            "reason",
            "regulation_code",
            "state",
        ],
        "about the regulations, which speak of roles",
    ),
    (
        "rulebook_value",
        &["key", "value"],
        "numbers of the regulations",
    ),
    ("sequencer", &["name", "root"], "where the chain ends"),
    ("session", &["revoked_reason"], "a word for why it ended"),
    (
        "signing_key",
        &["private_der", "public_der"],
        "keys of the server",
    ),
    ("state_version", &["name"], "names of snapshots"),
];

#[tokio::test]
async fn pip_3_every_column_of_text_is_declared_or_listed() {
    let app = TestApp::start().await;
    let tables = tables(&app.db.read).await.unwrap();
    let mut texts = BTreeSet::new();
    for table in &tables {
        for column in &table.columns {
            if matches!(column.kind, Kind::Text | Kind::Json | Kind::Bytes) {
                texts.insert((table.name.clone(), column.name.clone()));
            }
        }
    }
    let declared: BTreeSet<(String, String)> = traces()
        .flat_map(|trace| {
            let columns = trace.columns.iter();
            columns.map(|column| (trace.table.to_owned(), column.name.to_owned()))
        })
        .collect();
    let mut listed = BTreeSet::new();
    for (table, columns, reason) in NOT_PERSONAL {
        assert!(!reason.is_empty(), "{table}");
        for column in *columns {
            let new = listed.insert(((*table).to_owned(), (*column).to_owned()));
            assert!(new, "{table}.{column} is listed twice");
        }
    }
    let forgotten: Vec<_> = texts
        .iter()
        .filter(|column| !declared.contains(column) && !listed.contains(column))
        .collect();
    assert!(
        forgotten.is_empty(),
        "neither declared in the feature's `traces` nor listed here as not personal: {forgotten:#?}"
    );
    let stale: Vec<_> = declared
        .iter()
        .chain(&listed)
        .filter(|column| !texts.contains(column))
        .collect();
    assert!(stale.is_empty(), "there are no such columns: {stale:#?}");
    let both: Vec<_> = declared.intersection(&listed).collect();
    assert!(
        both.is_empty(),
        "declared personal and listed as not: {both:#?}"
    );
    // Every kind of person has a row of its own to be made anonymous, and is declared once.
    for person in persons() {
        assert_eq!(traces().filter(|t| t.table == person.table).count(), 1);
        assert_eq!(persons().filter(|p| p.table == person.table).count(), 1);
    }
}
