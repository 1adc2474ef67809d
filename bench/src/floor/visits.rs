//! W5: a visit logged, with all that it leaves behind, in one statement.
//!
//! Whoever may write in the section (ARC-3) may read it, so the answer's reading is logged on the ground of reading (LKP-5).
//! The entry of the audit log has its hashes as Kehu's have; its place in the chain is Kehu's sequencer's to give.

use chrono::{DateTime, Utc};
use kehu::graph::instant_text;
use kehu::kit::ids;
use rules::audit::{self, Change};
use rules::kit::content::content_hash;
use serde::{Deserialize, Serialize};
use serde_json::json as value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Asking, Id, Instant, json};
use crate::Result;

const MUTATION: &str = "contactLogAdd";

/// The customer is held, so that the right to write still stands at the commit.
macro_rules! visit {
    ($held:expr) => {
        concat!(
            "WITH held AS MATERIALIZED (",
            $held,
            "), visit AS (INSERT INTO contact_log (id, customer_id, employee_id, kind, happened_at, summary, created_at, version) \
                SELECT $2, id, $4, $7, $8, $9, $6, 1 FROM held WHERE role IS NOT NULL), \
             entry AS (INSERT INTO audit_entry (id, at, request_id, part, actor_id, role, object_kind, object_id, verb, clause, \
                    detail_hash, changes_hash) \
                SELECT $3, $6, $10, 'REQUEST', $4, role, 'customer', id, $11, 'ARC-3', $12, $13 FROM held \
                WHERE role IS NOT NULL), \
             detail AS (INSERT INTO audit_detail (entry_id, salt, detail) SELECT $3, $14, $15 FROM held WHERE role IS NOT NULL), \
             kept AS (INSERT INTO history (id, object_kind, object_id, version, at, actor_id, changes, audit_id, salt, values_hash) \
                SELECT $16, 'contact_log', $2, 1, $6, $4, $17, $3, $18, $19 FROM held WHERE role IS NOT NULL), \
             retry AS (INSERT INTO idempotency (actor_id, key, mutation, input_hash, outcome, created_at) \
                SELECT $4, $20, $11, $21, $22, $6 FROM held WHERE role IS NOT NULL), \
             reading AS (INSERT INTO archive_reading (id, read_at, customer_id, reader_id, sections, basis, grant_id, request_id) \
                SELECT $23, $6, id, $4, 32, basis, grant_id, $10 FROM held WHERE role IS NOT NULL AND basis IS NOT NULL) \
             SELECT $2, number, card_name, role IS NOT NULL FROM held"
        )
    };
}

const AS_GENERAL_MANAGER: &str = visit!(
    "SELECT id, number, card_name, 'GENERAL_MANAGER' AS role, 'GENERAL_MANAGEMENT' AS basis, NULL::uuid AS grant_id \
     FROM customer WHERE id = $1 AND cardinality($5::uuid[]) >= 0 FOR UPDATE"
);

const AS_OTHER: &str = visit!(concat!(
    "SELECT c.id, c.number, c.card_name, b.basis, CASE WHEN b.basis = 'GRANT' THEN g.id END AS grant_id, \
     CASE WHEN b.basis IN ('CO_OWNER', 'OWNER') OR c.owner_id = $4 THEN 'EMPLOYEE' \
        WHEN c.department_id = ANY($5) THEN 'DEPARTMENT_MANAGER' END AS role \
     FROM customer c ",
    super::basis!("32"),
    "WHERE c.id = $1 FOR UPDATE OF c"
));

/// The same key once more: what was done is told again, unless something else was asked for under it.
const KEPT: &str = "SELECT (i.outcome -> 'rows' -> 0 ->> 1)::uuid, c.number, c.card_name, i.mutation = $3 AND i.input_hash = $4 \
    FROM idempotency i JOIN customer c ON c.id = $5 WHERE i.actor_id = $1 AND i.key = $2";

#[derive(Deserialize)]
struct Asked {
    input: Input,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    customer: String,
    kind: String,
    happened_at: String,
    summary: String,
    idempotency_key: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    contact_log_add: Payload<'a>,
}

#[derive(Serialize)]
struct Payload<'a> {
    entry: Option<Entry<'a>>,
    customer: Option<Customer<'a>>,
    refusals: Vec<Refusal>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    id: Id,
    kind: &'a str,
    happened_at: Instant,
    summary: &'a str,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: Id,
    number: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Refusal {
    code: &'static str,
}

pub(super) async fn log(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let Asked { input: asked } = serde_json::from_slice(body)?;
    let customer = ids::decode("customer", &asked.customer)?;
    let happened_at: DateTime<Utc> = asked.happened_at.parse()?;
    let (clock, who) = (&asking.worker.clock, asking.reader);
    let (visit, entry, change) = (clock.new_id(), clock.new_id(), clock.new_id());
    let detail = value!({"entry": visit});
    let changes = value!({
        "id": [null, visit],
        "customer_id": [null, customer],
        "employee_id": [null, who],
        "kind": [null, asked.kind],
        "happened_at": [null, instant_text(happened_at)],
        "summary": [null, asked.summary],
        "created_at": [null, instant_text(asking.now)],
        "voided_at": [null, null],
        "void_reason": [null, null],
    });
    let (detail_salt, salt) = (clock.new_salt(), clock.new_salt());
    let values = audit::change_values(&salt, &changes, None);
    let changed = audit::changes(&mut [Change {
        id: change,
        object_kind: "contact_log",
        object: visit,
        version: 1,
        values,
    }]);
    let input = content_hash(&[
        ("customer", &asked.customer),
        ("kind", &asked.kind),
        ("happenedAt", &asked.happened_at),
        ("summary", &asked.summary),
    ]);
    let sql = match asking.sees_all() {
        true => AS_GENERAL_MANAGER,
        false => AS_OTHER,
    };
    let mut connection = asking.connection().await?;
    let done = sqlx::query_as(sql)
        .bind(customer)
        .bind(visit)
        .bind(entry)
        .bind(who)
        .bind(asking.managed())
        .bind(asking.now)
        .bind(&asked.kind)
        .bind(happened_at)
        .bind(&asked.summary)
        .bind(clock.new_id().to_string())
        .bind(MUTATION)
        .bind(audit::salted(&detail_salt, &detail).as_slice())
        .bind(changed.as_ref().map(<[u8; 32]>::as_slice))
        .bind(detail_salt.as_slice())
        .bind(Json(&detail))
        .bind(change)
        .bind(Json(&changes))
        .bind(salt.as_slice())
        .bind(values.as_slice())
        .bind(asked.idempotency_key)
        .bind(&input)
        .bind(Json(
            value!({"rows": [["entry", visit], ["customer", customer]], "values": {}}),
        ))
        .bind(clock.new_id())
        .fetch_optional(&mut *connection)
        .await;
    let done: Option<(Uuid, String, String, bool)> = match done {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("idempotency_pkey") => {
            sqlx::query_as(KEPT)
                .bind(who)
                .bind(asked.idempotency_key)
                .bind(MUTATION)
                .bind(&input)
                .bind(customer)
                .fetch_optional(&mut *connection)
                .await?
        }
        done => done?,
    };
    drop(connection);
    let refused = match &done {
        None => Some("NOT_FOUND"),
        Some((id, _, _, false)) if *id == visit => Some("FORBIDDEN"),
        Some((_, _, _, false)) => Some("IDEMPOTENCY_KEY_REUSED"),
        Some(_) => None,
    };
    let done = done.as_ref().filter(|_| refused.is_none());
    json(Data {
        contact_log_add: Payload {
            entry: done.map(|(id, ..)| Entry {
                id: Id("contactlog", *id),
                kind: &asked.kind,
                happened_at: Instant(happened_at),
                summary: &asked.summary,
            }),
            customer: done.map(|(_, number, name, _)| Customer {
                id: Id("customer", customer),
                number,
                name,
            }),
            refusals: refused.map(|code| Refusal { code }).into_iter().collect(),
        },
    })
}
