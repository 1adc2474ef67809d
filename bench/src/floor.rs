//! W2 as somebody who knows what he is doing would write it by hand: actix-web, sqlx, three narrow statements, serde.
//!
//! It does all that Kehu has to do for the same answer: checks the token, applies the same rows of the policy (LKP-3,
//! LKP-4) for whoever asks, and writes the same readings (LKP-5) before the answer leaves. What it knows that Kehu can't
//! know is this one question. Its SQL is text made at compile time, its plan is this file.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::{DateTime, Utc};
use kehu::identity::Keys;
use kehu::kit::clock::Clock;
use kehu::kit::ids;
use rules::vocabulary::ArchiveSection;
use serde::{Deserialize, Serialize, Serializer};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use crate::w2::{CONTACTS, PAGE, cursor, read_cursor};
use crate::{Result, world};

/// Connections of a worker, as Kehu's default.
const CONNECTIONS: u32 = 3;

/// Those who see everything: nothing to ask per row.
const ALL: &str = "SELECT c.id, c.number, c.card_name, c.card_category, c.created_at, o.id AS owner_id, o.name AS owner_name, \
    TRUE AS open, 'GENERAL_MANAGEMENT' AS basis, NULL::uuid AS grant_id \
    FROM customer c LEFT JOIN employee o ON o.id = c.card_owner_id \
    WHERE c.department_id = $1 AND (c.created_at, c.id) < ($2, $3) ORDER BY c.created_at DESC, c.id DESC LIMIT 51";

/// Everybody else: owner, co-owner, manager of the department, a grant in force.
const SOME: &str = "SELECT c.id, c.number, c.card_name, c.card_category, c.created_at, o.id AS owner_id, o.name AS owner_name, \
    b.basis IS NOT NULL OR g.id IS NOT NULL AS open, b.basis, CASE WHEN b.basis = 'GRANT' THEN g.id END AS grant_id \
    FROM customer c LEFT JOIN employee o ON o.id = c.card_owner_id \
    LEFT JOIN LATERAL (SELECT a.id, a.sections FROM archive_grant a WHERE a.grantee_id = $4 AND a.customer_id = c.id \
        AND a.from_at <= $6 AND a.until_at > $6 AND (a.revoked_at IS NULL OR a.revoked_at > $6) \
        ORDER BY a.sections & 2 DESC LIMIT 1) g ON TRUE \
    CROSS JOIN LATERAL (SELECT CASE \
        WHEN EXISTS (SELECT 1 FROM customer_co_owner x WHERE x.customer_id = c.id AND x.employee_id = $4 AND x.ended_at IS NULL) \
            THEN 'CO_OWNER' \
        WHEN g.sections & 2 <> 0 THEN 'GRANT' \
        WHEN c.owner_id = $4 THEN 'OWNER' \
        WHEN c.department_id = ANY($5) THEN 'DEPARTMENT_MANAGER' END AS basis) b \
    WHERE c.department_id = $1 AND (c.created_at, c.id) < ($2, $3) ORDER BY c.created_at DESC, c.id DESC LIMIT 51";

const THEIR_CONTACTS: &str = "SELECT p.id AS customer_id, l.id, l.name, l.position, l.phone FROM unnest($1) AS p(id) \
    CROSS JOIN LATERAL (SELECT id, name, position, phone FROM customer_contact WHERE customer_id = p.id AND voided_at IS NULL \
        ORDER BY created_at DESC, id DESC LIMIT 3) l";

const LOG: &str = "INSERT INTO archive_reading (id, read_at, customer_id, reader_id, sections, basis, grant_id, request_id) \
    SELECT r.id, $5, r.customer_id, $6, $7, r.basis, r.grant_id, $8 \
    FROM unnest($1, $2, $3, $4) AS r(id, customer_id, basis, grant_id)";

/// Departments whose archives somebody sees as their manager; `None`: all of the company's.
type Reach = Option<Vec<Uuid>>;

struct Worker {
    pool: PgPool,
    keys: Arc<Keys>,
    reach: Arc<HashMap<Uuid, Reach>>,
    clock: Clock,
}

#[derive(Deserialize)]
struct Asked {
    department: String,
    after: Option<String>,
}

struct CustomerRow {
    id: Uuid,
    number: String,
    card_name: String,
    card_category: Option<String>,
    created_at: DateTime<Utc>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    open: bool,
    basis: Option<String>,
    grant_id: Option<Uuid>,
}

struct ContactRow {
    customer_id: Uuid,
    id: Uuid,
    name: String,
    position: Option<String>,
    phone: Option<String>,
}

struct Id(&'static str, Uuid);

impl CustomerRow {
    fn read(row: PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            number: row.try_get(1)?,
            card_name: row.try_get(2)?,
            card_category: row.try_get(3)?,
            created_at: row.try_get(4)?,
            owner_id: row.try_get(5)?,
            owner_name: row.try_get(6)?,
            open: row.try_get(7)?,
            basis: row.try_get(8)?,
            grant_id: row.try_get(9)?,
        })
    }
}

impl ContactRow {
    fn read(row: PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            customer_id: row.try_get(0)?,
            id: row.try_get(1)?,
            name: row.try_get(2)?,
            position: row.try_get(3)?,
            phone: row.try_get(4)?,
        })
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&ids::encode(self.0, self.1))
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    customers: Customers<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customers<'a> {
    nodes: Vec<Customer<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: Id,
    number: &'a str,
    name: &'a str,
    category: Option<&'a str>,
    owner: Option<Owner<'a>>,
    archive: Archive<'a>,
}

#[derive(Serialize)]
struct Owner<'a> {
    id: Id,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "__typename")]
enum Archive<'a> {
    CustomerArchive { contacts: Option<Contacts<'a>> },
    LockedArchive,
}

#[derive(Serialize)]
struct Contacts<'a> {
    nodes: Vec<Contact<'a>>,
}

#[derive(Serialize)]
struct Contact<'a> {
    id: Id,
    name: &'a str,
    position: Option<&'a str>,
    phone: Option<&'a str>,
}

/// Serves until stopped.
///
/// # Errors
/// When the database can't be read or the port is taken.
pub async fn serve(url: String, port: u16) -> Result<()> {
    let keys = Arc::new(world::keys(&url).await?);
    let reach = Arc::new(reaches(&url).await?);
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
            reach: reach.clone(),
            clock: Clock::default(),
        };
        App::new()
            .app_data(web::Data::new(worker))
            .route("/w2", web::get().to(w2))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await?;
    Ok(())
}

/// Who sees archives as a manager, read once: the company does not change while it is measured.
async fn reaches(url: &str) -> Result<HashMap<Uuid, Reach>> {
    let pool = PgPool::connect(url).await?;
    let rows: Vec<(Uuid, String, Vec<Uuid>)> = sqlx::query_as(
        "SELECT a.employee_id, a.role, ARRAY(SELECT d.id FROM department d WHERE a.department_id IN (d.id, d.parent_id)) \
         FROM role_assignment a WHERE a.role IN ('GENERAL_MANAGER', 'DEPARTMENT_MANAGER')",
    )
    .fetch_all(&pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(who, role, below)| (who, (role != "GENERAL_MANAGER").then_some(below)))
        .collect())
}

async fn w2(
    request: HttpRequest,
    asked: web::Query<Asked>,
    worker: web::Data<Worker>,
) -> HttpResponse {
    let Some(reader) = bearer(request.headers())
        .and_then(|token| worker.keys.verify(token))
        .map(|claims| claims.sub)
    else {
        return HttpResponse::Unauthorized().finish();
    };
    match answer(&worker, reader, &asked).await {
        Ok(body) => HttpResponse::Ok()
            .content_type("application/json")
            .body(body),
        Err(error) => {
            eprintln!("{error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

async fn answer(worker: &Worker, reader: Uuid, asked: &Asked) -> Result<Vec<u8>> {
    let now = worker.clock.now();
    let department = ids::decode("department", &asked.department)?;
    let (at, id) = match &asked.after {
        Some(after) => read_cursor(after).ok_or("no cursor")?,
        None => (now + chrono::Duration::days(1), Uuid::max()),
    };
    let reach = worker.reach.get(&reader);
    let page = match reach {
        Some(None) => sqlx::query(ALL).bind(department).bind(at).bind(id),
        _ => {
            let managed: &[Uuid] = reach.and_then(Option::as_deref).unwrap_or_default();
            sqlx::query(SOME)
                .bind(department)
                .bind(at)
                .bind(id)
                .bind(reader)
                .bind(managed)
                .bind(now)
        }
    };
    // One connection for all three: going back to the pool costs a round trip.
    let mut connection = worker.pool.acquire().await?;
    let mut customers = page
        .try_map(CustomerRow::read)
        .fetch_all(&mut *connection)
        .await?;
    let has_next_page = customers.len() > PAGE;
    customers.truncate(PAGE);
    let read: Vec<&CustomerRow> = customers.iter().filter(|c| c.basis.is_some()).collect();
    let mut contacts = Vec::new();
    if !read.is_empty() {
        let keys: Vec<Uuid> = read.iter().map(|c| c.id).collect();
        contacts = sqlx::query(THEIR_CONTACTS)
            .bind(&keys)
            .try_map(ContactRow::read)
            .fetch_all(&mut *connection)
            .await?;
        sqlx::query(LOG)
            .bind(
                read.iter()
                    .map(|_| worker.clock.new_id())
                    .collect::<Vec<_>>(),
            )
            .bind(&keys)
            .bind(read.iter().map(|c| c.basis.as_deref()).collect::<Vec<_>>())
            .bind(read.iter().map(|c| c.grant_id).collect::<Vec<_>>())
            .bind(now)
            .bind(reader)
            .bind(ArchiveSection::Contacts.bit())
            .bind(worker.clock.new_id().to_string())
            .execute(&mut *connection)
            .await?;
    }
    drop(connection);
    let mut by_customer: HashMap<Uuid, Vec<Contact<'_>>> = HashMap::with_capacity(read.len());
    for c in &contacts {
        let contact = Contact {
            id: Id("contact", c.id),
            name: &c.name,
            position: c.position.as_deref(),
            phone: c.phone.as_deref(),
        };
        by_customer
            .entry(c.customer_id)
            .or_insert_with(|| Vec::with_capacity(CONTACTS))
            .push(contact);
    }
    let end_cursor = customers.last().map(|c| cursor(c.created_at, c.id));
    let nodes = customers
        .iter()
        .map(|c| Customer {
            id: Id("customer", c.id),
            number: &c.number,
            name: &c.card_name,
            category: c.card_category.as_deref(),
            owner: c
                .owner_id
                .zip(c.owner_name.as_deref())
                .map(|(id, name)| Owner {
                    id: Id("employee", id),
                    name,
                }),
            archive: if c.open {
                let nodes = by_customer.remove(&c.id).unwrap_or_default();
                Archive::CustomerArchive {
                    contacts: c.basis.is_some().then_some(Contacts { nodes }),
                }
            } else {
                Archive::LockedArchive
            },
        })
        .collect();
    let answer = Answer {
        data: Data {
            customers: Customers {
                nodes,
                page_info: PageInfo {
                    has_next_page,
                    end_cursor,
                },
            },
        },
    };
    Ok(serde_json::to_vec(&answer)?)
}
