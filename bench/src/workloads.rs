//! What is measured, as each server is asked for it. The documents stand in `bench/workloads`; the hand-written handler
//! takes the variables of Kehu's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kehu::graph::instant_text;
use kehu::kit::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Page, Place, VIEWERS, Viewer, World};

/// Stands in a request for what must be new each time, and is replaced when it is sent.
pub const KEY: &str = "00000000-0000-7000-8000-000000000000";

/// A question, and who asks it.
pub struct Workload {
    /// Its name.
    pub name: &'static str,
    /// What it is, for the report.
    pub about: &'static str,
    /// How each server is asked; `None`: it is not.
    pub kehu: &'static str,
    pub postgraphile: Option<&'static str>,
    /// Whether the hand-written handler answers it.
    pub floor: bool,
    /// Who asks.
    pub viewers: &'static [&'static str],
    /// What is asked for, in turns.
    pub asks: fn(&World, &Viewer) -> Vec<Ask>,
    /// Whether it writes.
    pub writes: bool,
    /// Indexes of PostgreSQL that its statements must use, whoever asks.
    pub indexes: &'static [&'static str],
}

/// Variables of one request.
pub struct Ask {
    /// For Kehu and the hand-written handler.
    pub kehu: Value,
    /// For PostGraphile, whose ids are the database's.
    pub postgraphile: Value,
}

const W1: &str = include_str!("../workloads/w1.graphql");
const W2: &str = include_str!("../workloads/w2.graphql");
const W3: &str = include_str!("../workloads/w3.graphql");
const W5: &str = include_str!("../workloads/w5.graphql");
const ALL: &str = include_str!("../workloads/all.graphql");

/// All of them.
pub const WORKLOADS: [Workload; 9] = [
    Workload {
        name: "W1",
        about: "a customer by id, with department and owner",
        kehu: W1,
        postgraphile: Some(include_str!("../workloads/w1.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: a_customer,
        writes: false,
        indexes: &["customer_pkey"],
    },
    Workload {
        name: "W2",
        about: "a page of 50 customers of a department, newest first, at any depth, with owner and 3 contacts each",
        kehu: W2,
        postgraphile: Some(include_str!("../workloads/w2.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: |_, viewer| viewer.pages.iter().map(page).collect(),
        writes: false,
        indexes: &[
            "customer_department_id_created_at_id_idx",
            "customer_contact_customer_id_created_at_id_idx",
        ],
    },
    Workload {
        name: "W3",
        about: "20 complaints of a department with customer, owner and owner's department, and 5 visits each with employee",
        kehu: W3,
        postgraphile: Some(include_str!("../workloads/w3.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: |_, viewer| viewer.complaints.iter().map(complaints).collect(),
        writes: false,
        indexes: &[
            "complaint_department_id_created_at_id_idx",
            "customer_pkey",
            "contact_log_customer_id_happened_at_id_idx",
        ],
    },
    Workload {
        name: "W4",
        about: "complaints of a year: number and sum of amounts by department and month",
        kehu: include_str!("../workloads/w4.graphql"),
        postgraphile: Some(include_str!("../workloads/w4.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: |_, _| spans(2022, 12),
        writes: false,
        indexes: &["complaint_statistics_idx"],
    },
    Workload {
        name: "W5",
        about: "a visit logged, with audit entry, history and retry record, committed",
        kehu: W5,
        postgraphile: Some(include_str!("../workloads/w5.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: |_, viewer| viewer.visited.iter().map(|id| visit(viewer, *id)).collect(),
        writes: true,
        indexes: &["customer_pkey", "contact_log_pkey"],
    },
    Workload {
        name: "W6",
        about: "20 cases of an inbox in which up to 10 000 wait",
        kehu: include_str!("../workloads/w6.graphql"),
        postgraphile: Some(include_str!("../workloads/w6.postgraphile.graphql")),
        floor: true,
        viewers: &["general-manager", "department-manager"],
        asks: |_, viewer| {
            viewer
                .inbox
                .iter()
                .map(|place| inbox(viewer, *place))
                .collect()
        },
        writes: false,
        indexes: &["approval_step_approval_id_idx"],
    },
    Workload {
        name: "W7",
        about: "complaints of two years: number and sum by department, filer and quarter, where there are many",
        kehu: include_str!("../workloads/w7.graphql"),
        postgraphile: Some(include_str!("../workloads/w7.postgraphile.graphql")),
        floor: true,
        viewers: &VIEWERS,
        asks: |world, _| many(world, spans(2023, 24)),
        writes: false,
        indexes: &["complaint_statistics_idx"],
    },
    Workload {
        name: "FIRST",
        about: "the first page of all customers, as in W2",
        kehu: ALL,
        postgraphile: None,
        floor: false,
        viewers: &["general-manager"],
        asks: |_, _| vec![of_all(None)],
        writes: false,
        indexes: &["customer_created_at_id_idx"],
    },
    Workload {
        name: "DEEP",
        about: "the 10 000th page of all customers, or the last one",
        kehu: ALL,
        postgraphile: None,
        floor: false,
        viewers: &["general-manager"],
        asks: |world, _| vec![of_all(Some(world.deep))],
        writes: false,
        indexes: &["customer_created_at_id_idx"],
    },
];

/// Of ten requests of the mixed load, how many of each.
pub const MIX: [(&str, usize); 4] = [("W1", 4), ("W2", 2), ("W3", 2), ("W5", 2)];

/// A cursor of Kehu: a row's place in the order newest first.
pub fn cursor((at, id): Place) -> String {
    URL_SAFE_NO_PAD
        .encode(json!(["newest-id-", instant_text(at), id.simple().to_string()]).to_string())
}

/// The place in a cursor.
pub fn read_cursor(cursor: &str) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (_, at, id): (String, DateTime<Utc>, Uuid) = serde_json::from_slice(&bytes).ok()?;
    Some((at, id))
}

fn a_customer(_: &World, viewer: &Viewer) -> Vec<Ask> {
    let ask = |id: &Uuid| Ask {
        kehu: json!({"id": ids::encode("customer", *id)}),
        postgraphile: json!({"id": id}),
    };
    viewer.customers.iter().map(ask).collect()
}

fn of_all(after: Option<Place>) -> Ask {
    Ask {
        kehu: json!({"after": after.map(cursor)}),
        postgraphile: Value::Null,
    }
}

/// PostGraphile's cursors are of its own making, so its pages begin by a condition on the instant, which is unique here.
fn page(page: &Page) -> Ask {
    let mut filter = json!({"departmentId": {"equalTo": page.department}});
    if let Some((at, _)) = page.after {
        filter["createdAt"] = json!({"lessThan": instant_text(at)});
    }
    let department = ids::encode("department", page.department);
    Ask {
        kehu: json!({"department": department, "after": page.after.map(cursor)}),
        postgraphile: json!({"where": filter}),
    }
}

fn complaints(of: &Page) -> Ask {
    let mut ask = page(of);
    ask.postgraphile["where"]["voidedAt"] = json!({"isNull": true});
    ask
}

fn inbox(viewer: &Viewer, after: Option<Place>) -> Ask {
    let step = json!({
        "state": {"equalTo": "OPEN"},
        "object": {"equalTo": "archive-lookup"},
        "action": {"equalTo": "approve"},
    });
    let mut filter = json!({
        "state": {"equalTo": "OPEN"},
        "approvalStepsByApprovalId": {"some": step},
        "approvalStakesByApprovalId": {"none": {"employeeId": {"equalTo": viewer.employee}}},
    });
    if let Some((at, _)) = after {
        filter["createdAt"] = json!({"lessThan": instant_text(at)});
    }
    Ask {
        kehu: json!({"after": after.map(cursor)}),
        postgraphile: json!({"where": filter}),
    }
}

fn visit(viewer: &Viewer, customer: Uuid) -> Ask {
    Ask {
        kehu: json!({"input": {
            "customer": ids::encode("customer", customer), "kind": "VISIT", "happenedAt": "2026-01-05T02:00:00Z",
            "summary": "谈了下季度的供货计划。", "idempotencyKey": KEY,
        }}),
        postgraphile: json!({"customer": customer, "employee": viewer.employee, "key": KEY}),
    }
}

/// How many complaints are many for one person in a quarter: 100 where there are a million customers.
fn many(world: &World, mut asks: Vec<Ask>) -> Vec<Ask> {
    let least = (world.customers / 10_000).max(2);
    for ask in &mut asks {
        ask.kehu["least"] = least.into();
        ask.postgraphile["least"] = least.into();
    }
    asks
}

/// So many months, beginning with any from January of a year on for which there is data.
fn spans(year: i32, months: u32) -> Vec<Ask> {
    let begin = |later: u32| {
        let (year, month) = (year.saturating_add_unsigned(later / 12), later % 12 + 1);
        // Midnight in the company's zone.
        format!("{year}-{month:02}-01T00:00:00+08:00")
    };
    let ask = |later| {
        let span = json!({"from": begin(later), "until": begin(later + months)});
        Ask {
            kehu: span.clone(),
            postgraphile: span,
        }
    };
    let there = (2026 - year).unsigned_abs() * 12;
    (0..=there - months).map(ask).collect()
}
