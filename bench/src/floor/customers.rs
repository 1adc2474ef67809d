//! W1 and W2: the directory card, which everybody may see (ARC-9), and the contacts behind it (LKP-3, LKP-4).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kehu::kit::ids;
use rules::vocabulary::ArchiveSection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Archive, Asking, Connection, Id, Named, Nodes, PageInfo, json};
use crate::Result;

/// Customers of a page.
const PAGE: usize = 50;

const ONE: &str = "SELECT c.id, c.number, c.card_name, c.card_category, c.card_grade, d.id, d.name, o.id, o.name \
    FROM customer c JOIN department d ON d.id = c.department_id LEFT JOIN employee o ON o.id = c.card_owner_id \
    WHERE c.id = $1";

/// Those who see everything: nothing to ask per row.
const ALL: &str = "SELECT c.id, c.number, c.card_name, c.card_category, c.created_at, o.id, o.name, \
    TRUE, 'GENERAL_MANAGEMENT', NULL::uuid \
    FROM customer c LEFT JOIN employee o ON o.id = c.card_owner_id \
    WHERE c.department_id = $1 AND (c.created_at, c.id) < ($2, $3) ORDER BY c.created_at DESC, c.id DESC LIMIT 51";

/// Everybody else: owner, co-owner, manager of the department, a grant in force.
const SOME: &str = concat!(
    "SELECT c.id, c.number, c.card_name, c.card_category, c.created_at, o.id, o.name, \
     b.basis IS NOT NULL OR g.id IS NOT NULL, b.basis, CASE WHEN b.basis = 'GRANT' THEN g.id END \
     FROM customer c LEFT JOIN employee o ON o.id = c.card_owner_id ",
    super::basis!("2"),
    "WHERE c.department_id = $1 AND (c.created_at, c.id) < ($2, $3) ORDER BY c.created_at DESC, c.id DESC LIMIT 51"
);

const THEIR_CONTACTS: &str = "SELECT p.id, l.id, l.name, l.position, l.phone FROM unnest($1) AS p(id) \
    CROSS JOIN LATERAL (SELECT id, name, position, phone FROM customer_contact WHERE customer_id = p.id AND voided_at IS NULL \
        ORDER BY created_at DESC, id DESC LIMIT 3) l";

type OneRow = (
    Uuid,
    String,
    String,
    Option<String>,
    Option<String>,
    Uuid,
    String,
    Option<Uuid>,
    Option<String>,
);

type CustomerRow = (
    Uuid,
    String,
    String,
    Option<String>,
    DateTime<Utc>,
    Option<Uuid>,
    Option<String>,
    bool,
    Option<String>,
    Option<Uuid>,
);

type ContactRow = (Uuid, Uuid, String, Option<String>, Option<String>);

#[derive(Deserialize)]
struct AskedOne {
    id: String,
}

#[derive(Deserialize)]
struct AskedPage {
    department: String,
    after: Option<String>,
}

#[derive(Serialize)]
struct Data<T> {
    customers: T,
}

#[derive(Serialize)]
struct DataOfOne<'a> {
    customer: Option<Card<'a>>,
}

#[derive(Serialize)]
struct Card<'a> {
    id: Id,
    number: &'a str,
    name: &'a str,
    category: Option<&'a str>,
    grade: Option<&'a str>,
    department: Named<'a>,
    owner: Option<Named<'a>>,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: Id,
    number: &'a str,
    name: &'a str,
    category: Option<&'a str>,
    owner: Option<Named<'a>>,
    archive: Archive<Contacts<'a>>,
}

#[derive(Serialize)]
struct Contacts<'a> {
    contacts: Option<Nodes<Contact<'a>>>,
}

#[derive(Serialize)]
struct Contact<'a> {
    id: Id,
    name: &'a str,
    position: Option<&'a str>,
    phone: Option<&'a str>,
}

pub(super) async fn one(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: AskedOne = serde_json::from_slice(body)?;
    let row: Option<OneRow> = sqlx::query_as(ONE)
        .bind(ids::decode("customer", &asked.id)?)
        .fetch_optional(&asking.worker.pool)
        .await?;
    let customer = row.as_ref().map(|c| Card {
        id: Id("customer", c.0),
        number: &c.1,
        name: &c.2,
        category: c.3.as_deref(),
        grade: c.4.as_deref(),
        department: Named::new("department", c.5, &c.6),
        owner: Named::maybe("employee", c.7, c.8.as_deref()),
    });
    json(DataOfOne { customer })
}

pub(super) async fn page(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>> {
    let asked: AskedPage = serde_json::from_slice(body)?;
    let department = ids::decode("department", &asked.department)?;
    let (at, id) = asking.behind(asked.after.as_deref())?;
    let mut connection = asking.connection().await?;
    let page = match asking.sees_all() {
        true => sqlx::query_as(ALL).bind(department).bind(at).bind(id),
        false => sqlx::query_as(SOME)
            .bind(department)
            .bind(at)
            .bind(id)
            .bind(asking.reader)
            .bind(asking.managed())
            .bind(asking.now),
    };
    let mut customers: Vec<CustomerRow> = page.fetch_all(&mut *connection).await?;
    let page_info = PageInfo::of(&mut customers, PAGE, |c| (c.4, c.0));
    let readings: Vec<_> = customers
        .iter()
        .filter_map(|c| Some((c.0, c.8.as_deref()?, c.9)))
        .collect();
    let mut contacts: Vec<ContactRow> = Vec::new();
    if !readings.is_empty() {
        let keys: Vec<Uuid> = readings.iter().map(|reading| reading.0).collect();
        contacts = sqlx::query_as(THEIR_CONTACTS)
            .bind(keys)
            .fetch_all(&mut *connection)
            .await?;
        asking
            .log(&mut connection, ArchiveSection::Contacts, &readings)
            .await?;
    }
    drop(connection);
    let mut by_customer: HashMap<Uuid, Vec<Contact<'_>>> = HashMap::with_capacity(readings.len());
    for (customer, id, name, position, phone) in &contacts {
        by_customer.entry(*customer).or_default().push(Contact {
            id: Id("contact", *id),
            name,
            position: position.as_deref(),
            phone: phone.as_deref(),
        });
    }
    let mut customer = |c: &'_ CustomerRow| {
        let nodes = by_customer.remove(&c.0).unwrap_or_default();
        match c.7 {
            true => Archive::CustomerArchive(Contacts {
                contacts: c.8.is_some().then_some(Nodes { nodes }),
            }),
            false => Archive::LockedArchive,
        }
    };
    let nodes = customers
        .iter()
        .map(|c| Customer {
            id: Id("customer", c.0),
            number: &c.1,
            name: &c.2,
            category: c.3.as_deref(),
            owner: Named::maybe("employee", c.5, c.6.as_deref()),
            archive: customer(c),
        })
        .collect();
    json(Data {
        customers: Connection { nodes, page_info },
    })
}
