//! Who asks for which pages: three viewers of the generated company, each with a token and pages all over the order.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kehu::identity::Keys;
use kehu::kit::clock::Clock;
use kehu::kit::db::Source;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::Result;
use crate::dice::Dice;
use crate::w2::Page;

/// The measured viewers, by their logins.
pub const VIEWERS: [&str; 3] = ["general-manager", "department-manager", "salesperson"];
/// Pages of each.
const PAGES: usize = 240;

/// Somebody who asks.
pub struct Asker {
    /// Login.
    pub login: &'static str,
    /// Access token.
    pub token: String,
    /// What is asked for, in turns.
    pub pages: Vec<Page>,
}

/// Issues tokens with the keys of the database.
///
/// # Errors
/// When the database fails.
pub async fn keys(url: &str) -> Result<Keys> {
    let db = Source::new(url, 1, Duration::ZERO)?.open()?;
    let (life, rotation) = (chrono::Duration::hours(12), chrono::Duration::days(30));
    Ok(Keys::load(&db.write, Arc::new(Clock::default()), life, rotation).await?)
}

/// The viewers.
///
/// # Errors
/// When the database is not of [`crate::data::fill`].
pub async fn askers(url: &str) -> Result<Vec<Asker>> {
    let mut db = PgConnection::connect(url).await?;
    let keys = keys(url).await?;
    let mut dice = Dice::new(7);
    let mut askers = Vec::new();
    for login in VIEWERS {
        let (employee, department, session): (Uuid, Uuid, Uuid) = sqlx::query_as(
            "SELECT e.id, e.department_id, s.id FROM account a JOIN employee e ON e.id = a.employee_id \
             JOIN session s ON s.account_id = a.id WHERE a.login = $1",
        )
        .bind(login)
        .fetch_one(&mut db)
        .await?;
        let (token, _) = keys.issue(employee, session)?;
        let departments: Vec<Uuid> = match login {
            "general-manager" => sqlx::query_scalar(
                "SELECT id FROM department WHERE kind = 'BUSINESS' ORDER BY code",
            ),
            "department-manager" => sqlx::query_scalar(
                "SELECT id FROM department WHERE $1 IN (id, parent_id) ORDER BY code",
            ),
            _ => sqlx::query_scalar("SELECT $1"),
        }
        .bind(department)
        .fetch_all(&mut db)
        .await?;
        let mut pages = at_any_depth(&mut db, &mut dice, &departments).await?;
        if login == "salesperson" {
            pages.truncate(PAGES / 2);
            pages.extend(round_grants(&mut db, employee).await?);
        }
        askers.push(Asker {
            login,
            token,
            pages,
        });
    }
    Ok(askers)
}

/// Pages that begin anywhere, one in ten at the newest customer.
async fn at_any_depth(
    db: &mut PgConnection,
    dice: &mut Dice,
    departments: &[Uuid],
) -> Result<Vec<Page>> {
    let (first, last): (DateTime<Utc>, DateTime<Utc>) =
        sqlx::query_as("SELECT min(created_at), max(created_at) FROM customer")
            .fetch_one(&mut *db)
            .await?;
    let span = usize::try_from((last - first).num_seconds())?.max(1);
    let mut pages = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let department = *dice.pick(departments);
        let at = first + chrono::Duration::seconds(i64::try_from(dice.below(span))?);
        let newest = dice.percent(10);
        let row = sqlx::query_as(
            "SELECT created_at, id FROM customer WHERE department_id = $1 AND created_at >= $2 ORDER BY created_at, id LIMIT 1",
        )
        .bind(department)
        .bind(at)
        .fetch_optional(&mut *db)
        .await?;
        pages.push(Page {
            department,
            after: row.filter(|_| !newest),
        });
    }
    Ok(pages)
}

/// Pages in which a customer stands whose archive is granted.
async fn round_grants(db: &mut PgConnection, grantee: Uuid) -> Result<Vec<Page>> {
    let rows: Vec<(Uuid, DateTime<Utc>, Uuid)> = sqlx::query_as(
        "SELECT c.department_id, l.created_at, l.id FROM archive_grant g JOIN customer c ON c.id = g.customer_id \
         JOIN LATERAL (SELECT n.created_at, n.id FROM customer n WHERE n.department_id = c.department_id \
         AND n.created_at > c.created_at ORDER BY n.created_at, n.id OFFSET 20 LIMIT 1) l ON TRUE \
         WHERE g.grantee_id = $1 AND g.until_at > now() ORDER BY g.number",
    )
    .bind(grantee)
    .fetch_all(db)
    .await?;
    let pages: Vec<Page> = rows
        .into_iter()
        .map(|(department, at, id)| Page {
            department,
            after: Some((at, id)),
        })
        .collect();
    Ok(pages
        .iter()
        .cycle()
        .take(if pages.is_empty() { 0 } else { PAGES / 2 })
        .cloned()
        .collect())
}
