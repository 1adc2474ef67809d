//! The workload, as each server is asked for it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kehu::graph::instant_text;
use kehu::kit::ids;
use serde_json::json;
use uuid::Uuid;

/// Customers of a page.
pub const PAGE: usize = 50;
/// Contacts of a customer.
pub const CONTACTS: usize = 3;

const QUERY: &str = "query W2($department: ID!, $after: String) {
  customers(first: 50, after: $after, where: {department: {id: {eq: $department}}}) {
    nodes {
      id number name category
      owner { id name }
      archive { __typename ... on CustomerArchive { contacts(first: 3) { nodes { id name position phone } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}";

/// A page: a department's customers, newest first, behind a customer.
#[derive(Debug, Clone)]
pub struct Page {
    /// The department.
    pub department: Uuid,
    /// The customer that it goes on behind; `None`: from the newest.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// The cursor of a customer in the order newest first.
pub fn cursor(at: DateTime<Utc>, id: Uuid) -> String {
    URL_SAFE_NO_PAD
        .encode(json!(["newest-id-", instant_text(at), id.simple().to_string()]).to_string())
}

/// The instant and id in a cursor.
pub fn read_cursor(cursor: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (_, at, id): (String, DateTime<Utc>, Uuid) = serde_json::from_slice(&bytes).ok()?;
    Some((at, id))
}

/// The request to Kehu, as it goes over the wire.
pub fn to_kehu(page: &Page, token: &str) -> Vec<u8> {
    let after = page.after.map(|(at, id)| cursor(at, id));
    let variables =
        json!({"department": ids::encode("department", page.department), "after": after});
    let body = json!({"query": QUERY, "variables": variables}).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

/// The request to the hand-written handler.
pub fn to_floor(page: &Page, token: &str) -> Vec<u8> {
    let mut head = format!(
        "GET /w2?department={}",
        ids::encode("department", page.department)
    );
    if let Some((at, id)) = page.after {
        // Writing into a String can't fail.
        let _ = write!(head, "&after={}", cursor(at, id));
    }
    let _ = write!(
        head,
        " HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    head.into_bytes()
}
