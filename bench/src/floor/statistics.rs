//! W4 and W7: complaints grouped first, and the names of the groups joined to the few rows that come out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asking, Fen, Named, json};
use crate::Result;

/// Everybody's complaints of the time.
macro_rules! all {
    () => {
        "SELECT department_id, filed_by, created_at, amount_fen FROM complaint \
         WHERE created_at >= $1 AND created_at < $2 AND voided_at IS NULL"
    };
}

/// Those of the departments $4, those that $3 filed, and those of his customers, each once.
macro_rules! some {
    () => {
        "SELECT department_id, filed_by, created_at, amount_fen FROM complaint k \
         WHERE created_at >= $1 AND created_at < $2 AND voided_at IS NULL \
           AND (department_id = ANY($4) OR filed_by = $3 OR customer_id = ANY(ARRAY(SELECT id FROM customer WHERE owner_id = $3 \
             UNION ALL SELECT customer_id FROM customer_co_owner WHERE employee_id = $3 AND ended_at IS NULL)))"
    };
}

macro_rules! by_month {
    ($seen:expr) => {
        concat!(
            "SELECT d.id, d.name, (g.month AT TIME ZONE 'Asia/Shanghai')::date, g.count, g.sum FROM (SELECT department_id, \
                date_trunc('month', created_at, 'Asia/Shanghai') AS month, count(*) AS count, sum(amount_fen)::bigint AS sum \
                FROM (",
            $seen,
            ") k GROUP BY 1, 2) g JOIN department d ON d.id = g.department_id ORDER BY d.id, g.month LIMIT 200"
        )
    };
}

macro_rules! by_quarter {
    ($seen:expr, $least:literal) => {
        concat!(
            "SELECT d.id, d.name, e.id, e.name, (g.quarter AT TIME ZONE 'Asia/Shanghai')::date, g.count, g.sum FROM (SELECT department_id, filed_by, \
                date_trunc('quarter', created_at, 'Asia/Shanghai') AS quarter, count(*) AS count, \
                sum(amount_fen)::bigint AS sum FROM (",
            $seen,
            ") k GROUP BY 1, 2, 3 HAVING count(*) >= ",
            $least,
            ") g JOIN department d ON d.id = g.department_id \
             JOIN employee e ON e.id = g.filed_by ORDER BY d.id, e.id, g.quarter LIMIT 200"
        )
    };
}

type MonthRow = (Uuid, String, NaiveDate, i64, i64);
type QuarterRow = (Uuid, String, Uuid, String, NaiveDate, i64, i64);

#[derive(Deserialize)]
struct Asked {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    /// The fewest that a group of W7 has.
    #[serde(default)]
    least: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    complaint_statistics: Statistics<'a>,
}

#[derive(Serialize)]
struct Statistics<'a> {
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    key: Key<'a>,
    count: i64,
    amount: Amount,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key<'a> {
    department: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filed_by: Option<Named<'a>>,
    created_at: NaiveDate,
}

#[derive(Serialize)]
struct Amount {
    sum: Fen,
}

pub(super) async fn by_month(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: Asked = serde_json::from_slice(body)?;
    let query = match asking.sees_all() {
        true => sqlx::query_as(by_month!(all!()))
            .bind(asked.from)
            .bind(asked.until),
        false => sqlx::query_as(by_month!(some!()))
            .bind(asked.from)
            .bind(asked.until)
            .bind(asking.reader)
            .bind(asking.managed()),
    };
    let rows: Vec<MonthRow> = query.fetch_all(&asking.worker.pool).await?;
    groups(
        rows.iter()
            .map(|(department, name, month, count, sum)| Group {
                key: Key {
                    department: Named::new("department", *department, name),
                    filed_by: None,
                    created_at: *month,
                },
                count: *count,
                amount: Amount { sum: Fen(*sum) },
            }),
    )
}

pub(super) async fn by_quarter(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: Asked = serde_json::from_slice(body)?;
    let query = match asking.sees_all() {
        true => sqlx::query_as(by_quarter!(all!(), "$3"))
            .bind(asked.from)
            .bind(asked.until)
            .bind(asked.least),
        false => sqlx::query_as(by_quarter!(some!(), "$5"))
            .bind(asked.from)
            .bind(asked.until)
            .bind(asking.reader)
            .bind(asking.managed())
            .bind(asked.least),
    };
    let rows: Vec<QuarterRow> = query.fetch_all(&asking.worker.pool).await?;
    groups(rows.iter().map(
        |(department, name, filer, their_name, quarter, count, sum)| Group {
            key: Key {
                department: Named::new("department", *department, name),
                filed_by: Some(Named::new("employee", *filer, their_name)),
                created_at: *quarter,
            },
            count: *count,
            amount: Amount { sum: Fen(*sum) },
        },
    ))
}

fn groups<'a>(groups: impl Iterator<Item = Group<'a>>) -> Result<Vec<u8>> {
    json(Data {
        complaint_statistics: Statistics {
            groups: groups.collect(),
        },
    })
}
