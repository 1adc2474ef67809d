//! W6: cases that somebody can decide now: open steps that fall to him by the policy, none of which he took, in none of
//! which he has a stake.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asking, Connection, Id, Instant, Named, PageInfo, json};
use crate::Result;

/// Cases of a page.
const PAGE: usize = 20;
/// Up to what amount a department manager decides a complaint (CMP-11), fen.
const MANAGER_DECIDES: i64 = 10_000_000;

macro_rules! cases {
    ($fall_to:literal) => {
        concat!(
            "SELECT a.id, a.subject_kind, a.subject_id, a.state, a.waiting_since, a.created_at, e.id, e.name, d.id, d.name \
             FROM approval a JOIN employee e ON e.id = a.requester_id JOIN department d ON d.id = e.department_id \
             WHERE a.state = 'OPEN' AND (a.created_at, a.id) < ($1, $2) AND (a.expires_at IS NULL OR a.expires_at > $3) AND ",
            $fall_to,
            " AND NOT EXISTS (SELECT FROM approval_step s WHERE s.approval_id = a.id AND $4 IN (s.taken_by, s.taken_for)) \
              AND NOT EXISTS (SELECT FROM approval_stake s WHERE s.approval_id = a.id AND s.employee_id = $4) \
              ORDER BY a.created_at DESC, a.id DESC LIMIT 21"
        )
    };
}

/// The general manager decides whatever there is to decide.
const ALL: &str = cases!(
    "EXISTS (SELECT FROM approval_step s WHERE s.approval_id = a.id AND s.state = 'OPEN' AND (s.object, s.action) IN \
     (('archive-lookup', 'approve'), ('complaint', 'decide'), ('rulebook-revision', 'approve'), \
      ('policy-change', 'approve'), ('erasure', 'decide')))"
);

/// A manager decides requests from within his department for its own customers, and its smaller complaints.
const AS_MANAGER: &str = cases!(
    "(a.subject_kind = 'lookup_request' \
        AND EXISTS (SELECT FROM lookup_request r WHERE r.id = a.subject_id AND r.route = 'OWN_DEPARTMENT' \
            AND r.customer_home_department_id = ANY($5)) \
        AND EXISTS (SELECT FROM approval_step s WHERE s.approval_id = a.id AND s.state = 'OPEN' \
            AND s.object = 'archive-lookup' AND s.action = 'approve') \
      OR a.subject_kind = 'complaint' \
        AND EXISTS (SELECT FROM complaint k WHERE k.id = a.subject_id AND k.department_id = ANY($5) AND k.amount_fen <= $6) \
        AND EXISTS (SELECT FROM approval_step s WHERE s.approval_id = a.id AND s.state = 'OPEN' \
            AND s.object = 'complaint' AND s.action = 'decide'))"
);

type Row = (
    Uuid,
    String,
    Uuid,
    String,
    Option<DateTime<Utc>>,
    DateTime<Utc>,
    Uuid,
    String,
    Uuid,
    String,
);

#[derive(Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<T> {
    approval_inbox: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Case<'a> {
    id: Id,
    subject_kind: &'a str,
    subject_id: Id,
    state: &'a str,
    waiting_since: Option<Instant>,
    requester: Requester<'a>,
}

#[derive(Serialize)]
struct Requester<'a> {
    id: Id,
    name: &'a str,
    department: Named<'a>,
}

pub(super) async fn page(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: Asked = serde_json::from_slice(body)?;
    let (at, id) = asking.behind(asked.after.as_deref())?;
    let sql = match asking.sees_all() {
        true => ALL,
        false => AS_MANAGER,
    };
    let mut page = sqlx::query_as(sql).bind(at).bind(id).bind(asking.now);
    page = page.bind(asking.reader);
    if !asking.sees_all() {
        page = page.bind(asking.managed()).bind(MANAGER_DECIDES);
    }
    let mut rows: Vec<Row> = page.fetch_all(&asking.worker.pool).await?;
    let page_info = PageInfo::of(&mut rows, PAGE, |row| (row.5, row.0));
    let nodes = rows
        .iter()
        .map(|a| {
            Ok(Case {
                id: Id("approval", a.0),
                subject_kind: &a.1,
                subject_id: Id(prefix(&a.1)?, a.2),
                state: &a.3,
                waiting_since: a.4.map(Instant),
                requester: Requester {
                    id: Id("employee", a.6),
                    name: &a.7,
                    department: Named::new("department", a.8, &a.9),
                },
            })
        })
        .collect::<Result<_>>()?;
    json(Data {
        approval_inbox: Connection { nodes, page_info },
    })
}

fn prefix(kind: &str) -> Result<&'static str> {
    match kind {
        "lookup_request" => Ok("lookup"),
        "complaint" => Ok("complaint"),
        "rulebook_revision" => Ok("revision"),
        "policy_change" => Ok("policychange"),
        "erasure" => Ok("erasure"),
        other => Err(format!("no such kind: {other}").into()),
    }
}
