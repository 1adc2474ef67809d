//! W3: complaints with their customers, and the visits behind them.
//!
//! Who manages the department sees all of its complaints; everybody else those that he filed and those of his own customers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kehu::kit::ids;
use rules::vocabulary::ArchiveSection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Archive, Asking, Connection, Fen, Id, Instant, Named, Nodes, PageInfo, json};
use crate::Result;

/// Complaints of a page.
const PAGE: usize = 20;

macro_rules! people {
    () => {
        "FROM complaint k JOIN customer c ON c.id = k.customer_id LEFT JOIN employee o ON o.id = c.card_owner_id \
         LEFT JOIN department d ON d.id = o.department_id "
    };
}
macro_rules! with_basis {
    () => {
        concat!(
            "SELECT k.id, k.number, k.state, k.amount_fen, k.created_at, c.id, c.number, c.card_name, o.id, o.name, d.id, \
             d.name, b.basis IS NOT NULL OR g.id IS NOT NULL, b.basis, CASE WHEN b.basis = 'GRANT' THEN g.id END ",
            people!(),
            super::basis!("32")
        )
    };
}
macro_rules! of_department {
    () => {
        "WHERE k.department_id = $1 AND (k.created_at, k.id) < ($2, $3) AND k.voided_at IS NULL \
         ORDER BY k.created_at DESC, k.id DESC LIMIT 21"
    };
}

const SEEN: &str = concat!(
    "SELECT k.id, k.number, k.state, k.amount_fen, k.created_at, c.id, c.number, c.card_name, o.id, o.name, d.id, d.name, \
     TRUE, 'GENERAL_MANAGEMENT', NULL::uuid ",
    people!(),
    of_department!()
);

const SEEN_AS_MANAGER: &str = concat!(with_basis!(), of_department!());

const SEEN_AS_OWN: &str = concat!(
    "WITH mine AS (SELECT id FROM complaint WHERE filed_by = $4 \
        UNION SELECT k.id FROM customer c JOIN complaint k ON k.customer_id = c.id WHERE c.owner_id = $4 \
        UNION SELECT k.id FROM customer_co_owner x JOIN complaint k ON k.customer_id = x.customer_id \
            WHERE x.employee_id = $4 AND x.ended_at IS NULL) ",
    with_basis!(),
    "JOIN mine ON mine.id = k.id ",
    of_department!()
);

const THEIR_VISITS: &str = "SELECT p.id, l.* FROM unnest($1) AS p(id) \
    CROSS JOIN LATERAL (SELECT v.id, v.kind, v.happened_at, v.summary, e.id, e.name FROM contact_log v \
        JOIN employee e ON e.id = v.employee_id WHERE v.customer_id = p.id AND v.voided_at IS NULL \
        ORDER BY v.happened_at DESC, v.id DESC LIMIT 5) l";

type ComplaintRow = (
    Uuid,
    String,
    String,
    i64,
    DateTime<Utc>,
    Uuid,
    String,
    String,
    Option<Uuid>,
    Option<String>,
    Option<Uuid>,
    Option<String>,
    bool,
    Option<String>,
    Option<Uuid>,
);

type VisitRow = (Uuid, Uuid, String, DateTime<Utc>, String, Uuid, String);

#[derive(Deserialize)]
struct Asked {
    department: String,
    after: Option<String>,
}

#[derive(Serialize)]
struct Data<T> {
    complaints: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Complaint<'a> {
    id: Id,
    number: &'a str,
    state: &'a str,
    amount: Fen,
    created_at: Instant,
    customer: Customer<'a>,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: Id,
    number: &'a str,
    name: &'a str,
    owner: Option<Owner<'a>>,
    archive: Archive<Log<'a>>,
}

#[derive(Serialize)]
struct Owner<'a> {
    id: Id,
    name: &'a str,
    department: Named<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    contact_log: Option<Nodes<Visit<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Visit<'a> {
    id: Id,
    kind: &'a str,
    happened_at: Instant,
    summary: &'a str,
    employee: Named<'a>,
}

pub(super) async fn page(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: Asked = serde_json::from_slice(body)?;
    let department = ids::decode("department", &asked.department)?;
    let (at, id) = asking.behind(asked.after.as_deref())?;
    let mut connection = asking.connection().await?;
    let page = match asking.sees_all() {
        true => sqlx::query_as(SEEN).bind(department).bind(at).bind(id),
        false => {
            let managed = asking.managed();
            let seen = match managed.contains(&department) {
                true => SEEN_AS_MANAGER,
                false => SEEN_AS_OWN,
            };
            let page = sqlx::query_as(seen).bind(department).bind(at).bind(id);
            page.bind(asking.reader).bind(managed).bind(asking.now)
        }
    };
    let mut complaints: Vec<ComplaintRow> = page.fetch_all(&mut *connection).await?;
    let page_info = PageInfo::of(&mut complaints, PAGE, |k| (k.4, k.0));
    // A customer may complain twice on a page, and is read once.
    let readings: HashMap<Uuid, _> = complaints
        .iter()
        .filter_map(|k| Some((k.5, (k.5, k.13.as_deref()?, k.14))))
        .collect();
    let readings: Vec<_> = readings.into_values().collect();
    let mut visits: Vec<VisitRow> = Vec::new();
    if !readings.is_empty() {
        let keys: Vec<Uuid> = readings.iter().map(|reading| reading.0).collect();
        visits = sqlx::query_as(THEIR_VISITS)
            .bind(keys)
            .fetch_all(&mut *connection)
            .await?;
        asking
            .log(&mut connection, ArchiveSection::ContactLog, &readings)
            .await?;
    }
    drop(connection);
    let mut by_customer: HashMap<Uuid, Vec<&VisitRow>> = HashMap::with_capacity(readings.len());
    for visit in &visits {
        by_customer.entry(visit.0).or_default().push(visit);
    }
    let nodes = complaints
        .iter()
        .map(|k| Complaint {
            id: Id("complaint", k.0),
            number: &k.1,
            state: &k.2,
            amount: Fen(k.3),
            created_at: Instant(k.4),
            customer: customer(k, by_customer.get(&k.5).map_or(&[], Vec::as_slice)),
        })
        .collect();
    json(Data {
        complaints: Connection { nodes, page_info },
    })
}

fn customer<'a>(k: &'a ComplaintRow, visits: &[&'a VisitRow]) -> Customer<'a> {
    let visit = |(_, id, kind, happened_at, summary, employee, name): &&'a VisitRow| Visit {
        id: Id("contactlog", *id),
        kind,
        happened_at: Instant(*happened_at),
        summary,
        employee: Named::new("employee", *employee, name),
    };
    let owner = || {
        Some(Owner {
            id: Id("employee", k.8?),
            name: k.9.as_deref()?,
            department: Named::maybe("department", k.10, k.11.as_deref())?,
        })
    };
    Customer {
        id: Id("customer", k.5),
        number: &k.6,
        name: &k.7,
        owner: owner(),
        archive: match k.12 {
            true => Archive::CustomerArchive(Log {
                contact_log: k.13.as_ref().map(|_| Nodes {
                    nodes: visits.iter().map(visit).collect(),
                }),
            }),
            false => Archive::LockedArchive,
        },
    }
}
