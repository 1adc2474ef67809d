//! Every workload as somebody who knows what he is doing would write it by hand: actix-web, sqlx, narrow statements with
//! joins where they pay, serde; one connection for a request, statements prepared once.
//!
//! It does all that Kehu has to do for the same answer: checks the token, applies the same rows of the policy for whoever
//! asks, and leaves the same rows in the log of readings (LKP-5) before the answer leaves. What it knows that Kehu can't
//! know is its few questions. Its SQL is text made at compile time, its plan is these files.

mod complaints;
mod customers;
mod inbox;
mod statistics;
mod visits;

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::{DateTime, Utc};
use kehu::graph::instant_text;
use kehu::identity::Keys;
use kehu::kit::clock::Clock;
use kehu::kit::ids;
use rules::vocabulary::ArchiveSection;
use serde::{Serialize, Serializer};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};
use uuid::Uuid;

use crate::workloads::{cursor, read_cursor};
use crate::world::Place;
use crate::{Result, world};

/// Connections of a worker, as Kehu's default.
const CONNECTIONS: u32 = 3;

const LOG: &str = "INSERT INTO archive_reading (id, read_at, customer_id, reader_id, sections, basis, grant_id, request_id) \
    SELECT r.id, $5, r.customer_id, $6, $7, r.basis, r.grant_id, $8 \
    FROM unnest($1, $2, $3, $4) AS r(id, customer_id, basis, grant_id)";

/// On which ground $4 reads a section of the archive of customer `c`, and by which grant `g`, at $6 with the departments $5
/// in his charge.
macro_rules! basis {
    ($section:literal) => {
        concat!(
            "LEFT JOIN LATERAL (SELECT a.id, a.sections FROM archive_grant a WHERE a.grantee_id = $4 AND a.customer_id = c.id \
                AND a.from_at <= $6 AND a.until_at > $6 AND (a.revoked_at IS NULL OR a.revoked_at > $6) \
                ORDER BY a.sections & ",
            $section,
            " DESC LIMIT 1) g ON TRUE \
             CROSS JOIN LATERAL (SELECT CASE \
                WHEN EXISTS (SELECT 1 FROM customer_co_owner x WHERE x.customer_id = c.id AND x.employee_id = $4 \
                    AND x.ended_at IS NULL) THEN 'CO_OWNER' \
                WHEN g.sections & ",
            $section,
            " <> 0 THEN 'GRANT' \
                WHEN c.owner_id = $4 THEN 'OWNER' \
                WHEN c.department_id = ANY($5) THEN 'DEPARTMENT_MANAGER' END AS basis) b "
        )
    };
}
pub(crate) use basis;

/// What somebody's roles reach; the company does not change while it is measured.
enum Reach {
    /// All of it, as the general manager.
    All,
    /// These departments as their manager; none: only what is his own, and what he was granted.
    Managed(Vec<Uuid>),
}

struct Worker {
    pool: PgPool,
    keys: Arc<Keys>,
    reaches: Arc<HashMap<Uuid, Reach>>,
    clock: Clock,
}

/// One request of somebody.
struct Asking<'w> {
    worker: &'w Worker,
    reader: Uuid,
    now: DateTime<Utc>,
}

/// A reading to be logged: whose archive, on which ground, by which grant.
type Reading<'a> = (Uuid, &'a str, Option<Uuid>);

/// Serves until stopped.
///
/// # Errors
/// When the database can't be read or the port is taken.
pub async fn serve(url: String, port: u16) -> Result<()> {
    let keys = Arc::new(world::keys(&url).await?);
    let reaches = Arc::new(reaches(&url).await?);
    let options: PgConnectOptions = url.parse()?;
    let options = options.options([("jit", "off"), ("timezone", "UTC")]);
    HttpServer::new(move || {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .idle_timeout(None)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone());
        let worker = Worker {
            pool,
            keys: keys.clone(),
            reaches: reaches.clone(),
            clock: Clock::default(),
        };
        App::new()
            .app_data(web::Data::new(worker))
            .route("/{workload}", web::post().to(answer))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await?;
    Ok(())
}

async fn reaches(url: &str) -> Result<HashMap<Uuid, Reach>> {
    let pool = PgPool::connect(url).await?;
    let rows: Vec<(Uuid, String, Vec<Uuid>)> = sqlx::query_as(
        "SELECT a.employee_id, a.role, ARRAY(SELECT d.id FROM department d WHERE a.department_id IN (d.id, d.parent_id)) \
         FROM role_assignment a WHERE a.role IN ('GENERAL_MANAGER', 'DEPARTMENT_MANAGER')",
    )
    .fetch_all(&pool)
    .await?;
    let reach = |(who, role, below): (_, String, _)| match role.as_str() {
        "GENERAL_MANAGER" => (who, Reach::All),
        _ => (who, Reach::Managed(below)),
    };
    Ok(rows.into_iter().map(reach).collect())
}

async fn answer(request: HttpRequest, body: web::Bytes, worker: web::Data<Worker>) -> HttpResponse {
    let claims = bearer(request.headers()).and_then(|token| worker.keys.verify(token));
    let Some(claims) = claims else {
        return HttpResponse::Unauthorized().finish();
    };
    let asking = Asking {
        worker: &worker,
        reader: claims.sub,
        now: worker.clock.now(),
    };
    let answer = match request.match_info().query("workload") {
        "W1" => customers::one(&asking, &body).await,
        "W2" => customers::page(&asking, &body).await,
        "W3" => complaints::page(&asking, &body).await,
        "W4" => statistics::by_month(&asking, &body).await,
        "W5" => visits::log(&asking, &body).await,
        "W6" => inbox::page(&asking, &body).await,
        "W7" => statistics::by_quarter(&asking, &body).await,
        _ => return HttpResponse::NotFound().finish(),
    };
    match answer {
        Ok(body) => HttpResponse::Ok()
            .content_type("application/json")
            .body(body),
        Err(error) => {
            eprintln!("floor: {error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

impl Asking<'_> {
    /// One connection for all of a request: going back to the pool costs a round trip.
    async fn connection(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.worker.pool.acquire().await?)
    }

    /// Whether everything may be seen.
    fn sees_all(&self) -> bool {
        matches!(self.worker.reaches.get(&self.reader), Some(Reach::All))
    }

    /// The departments that he manages.
    fn managed(&self) -> &[Uuid] {
        match self.worker.reaches.get(&self.reader) {
            Some(Reach::Managed(departments)) => departments,
            _ => &[],
        }
    }

    /// The place that a page begins behind.
    fn behind(&self, after: Option<&str>) -> Result<Place> {
        match after {
            Some(after) => Ok(read_cursor(after).ok_or("no cursor")?),
            None => Ok((self.now + chrono::Duration::days(1), Uuid::max())),
        }
    }

    /// Logs readings of a section (LKP-5).
    async fn log(
        &self,
        connection: &mut PgConnection,
        section: ArchiveSection,
        readings: &[Reading<'_>],
    ) -> Result<()> {
        let clock = &self.worker.clock;
        let new = |_: &Reading<'_>| clock.new_id();
        sqlx::query(LOG)
            .bind(readings.iter().map(new).collect::<Vec<_>>())
            .bind(readings.iter().map(|r| r.0).collect::<Vec<_>>())
            .bind(readings.iter().map(|r| r.1).collect::<Vec<_>>())
            .bind(readings.iter().map(|r| r.2).collect::<Vec<_>>())
            .bind(self.now)
            .bind(self.reader)
            .bind(section.bit())
            .bind(clock.new_id().to_string())
            .execute(connection)
            .await?;
        Ok(())
    }
}

#[derive(Serialize)]
struct Answer<T> {
    data: T,
}

/// An answer as GraphQL has it.
fn json(data: impl Serialize) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(&Answer { data })?)
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl PageInfo {
    /// Cuts the one row off that was asked for to see whether there are more.
    fn of<R>(rows: &mut Vec<R>, page: usize, place: impl Fn(&R) -> Place) -> Self {
        let has_next_page = rows.len() > page;
        rows.truncate(page);
        Self {
            has_next_page,
            end_cursor: rows.last().map(|row| cursor(place(row))),
        }
    }
}

/// A department or an employee.
#[derive(Serialize)]
struct Named<'a> {
    id: Id,
    name: &'a str,
}

impl<'a> Named<'a> {
    fn new(prefix: &'static str, id: Uuid, name: &'a str) -> Self {
        Self {
            id: Id(prefix, id),
            name,
        }
    }

    fn maybe(prefix: &'static str, id: Option<Uuid>, name: Option<&'a str>) -> Option<Self> {
        Some(Self::new(prefix, id?, name?))
    }
}

/// A customer's archive: open at least in part, or locked (LKP-9).
#[derive(Serialize)]
#[serde(tag = "__typename")]
enum Archive<T> {
    CustomerArchive(T),
    LockedArchive,
}

struct Id(&'static str, Uuid);

struct Instant(DateTime<Utc>);

struct Fen(i64);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&ids::encode(self.0, self.1))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&instant_text(self.0))
    }
}

impl Serialize for Fen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}
