//! Complaints over HTTP: filing (CMP-2, CMP-3), stations (CMP-6), deciding (CMP-11), and what tests of them arrange.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conclusion;
mod deciding;
mod filing;
mod stations;
mod turning_down;

use chrono::Duration;
use entity::{customer, delegation};
use rules::vocabulary::{
    ArchiveState, CustomerCategory, CustomerKind, CustomerStanding, FilingState,
};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, id};

/// What tests look at after a mutation.
pub const FIELDS: &str =
    "complaint { id number version state station amount decidedBy { id } decidedFor { id } }";

/// A customer of a department, owned by somebody; gives its public id.
pub async fn customer(app: &TestApp, unit: Unit, owner: Who) -> String {
    let key = app.clock.new_id();
    let now = app.clock.now();
    let row = customer::ActiveModel {
        id: Set(key),
        number: Set(key.simple().to_string()),
        kind: Set(CustomerKind::Company),
        standing: Set(CustomerStanding::Buyer),
        name: Set("华强电子".into()),
        name_normalised: Set("华强电子".into()),
        category: Set(CustomerCategory::General),
        grade: Set(None),
        department_id: Set(unit.id()),
        owner_id: Set(Some(owner.id())),
        credit_code: Set(None),
        enterprise_nature: Set(None),
        supervising_unit: Set(None),
        source: Set(None),
        first_contact_on: Set(None),
        archive_state: Set(ArchiveState::Archived),
        archived_on: Set(None),
        filing_state: Set(FilingState::Unfiled),
        filed_on: Set(None),
        custom: Set(json!({})),
        duplicate_reason: Set(None),
        entered_by: Set(None),
        import_id: Set(None),
        updated_at: Set(now),
        created_at: Set(now),
        version: Set(1),
        card_name_key: Set("huaqiangdianzi".into()),
    };
    customer::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    id("customer", key)
}

/// Complete facts of CMP-3.
pub fn facts(customer: &str) -> Value {
    json!({
        "customer": customer,
        "class": "QUALITY",
        "market": "DOMESTIC",
        "orderNumber": "PO-1",
        "partNumber": "PCB-7",
        "shippedOn": "2026-01-15",
        "quantity": 100,
        "defectiveQuantity": 3,
        "demandKind": "ALLOWANCE",
        "demand": "折让 5%",
        "reason": "孔偏",
        "sampleDescription": "三片",
        "opinion": "属实",
    })
}

/// `facts` with other values.
pub fn facts_but(customer: &str, other: Value) -> Value {
    merged(facts(customer), other)
}

/// The fields of both, the second's first.
pub fn merged(mut one: Value, other: Value) -> Value {
    for (key, value) in other.as_object().unwrap() {
        one[key] = value.clone();
    }
    one
}

/// A complaint filed by somebody.
pub async fn filed(app: &TestApp, who: Who, customer: &str) -> Value {
    let payload = app
        .by(who)
        .done("complaintFile", facts(customer), FIELDS)
        .await;
    payload["complaint"].clone()
}

/// Input of a mutation on a complaint as it was last read.
pub fn on(complaint: &Value, other: Value) -> Value {
    merged(
        json!({"complaint": complaint["id"], "expectedVersion": complaint["version"]}),
        other,
    )
}

/// A mutation of a station with its opinion; gives the complaint.
pub async fn step(app: &TestApp, who: Who, mutation: &str, complaint: &Value) -> Value {
    let other = match mutation {
        "complaintAnalyse" => json!({
            "cause": "钻孔偏移", "responsibleDepartment": id("department", Unit::Works.id()), "needsResearch": false,
            "opinion": "属实",
        }),
        "complaintCounter" => json!({"countermeasures": "校正钻机", "opinion": "同意"}),
        "complaintSummarise" => json!({"opinion": "同意", "upheld": true, "tracked": false}),
        "complaintClose" => json!({"result": "客户已收折让"}),
        _ => json!({"opinion": "同意"}),
    };
    let by = app.by(who);
    let payload = by.done(mutation, on(complaint, other), FIELDS).await;
    payload["complaint"].clone()
}

/// The stations before the proposal, each by whoever has it (CMP-6).
pub const INVESTIGATION: [(&str, Who); 5] = [
    ("complaintAccept", Who::Office),
    ("complaintAnalyse", Who::Quality),
    ("complaintCounter", Who::Works),
    ("complaintInstruct", Who::WorksManager),
    ("complaintCheck", Who::Office),
];

/// The complaint where business can propose.
pub async fn investigated(app: &TestApp, complaint: &Value) -> Value {
    let mut complaint = complaint.clone();
    for (mutation, who) in INVESTIGATION {
        complaint = step(app, who, mutation, &complaint).await;
    }
    complaint
}

/// Input of a proposal.
pub fn proposal(complaint: &Value, amount: &str) -> Value {
    let words = json!({"allowance": amount, "proposal": "折让", "negotiation": "客户愿意协商"});
    on(complaint, words)
}

/// Proposes an allowance, lets it be reviewed and summed up, so that it waits for its decision.
pub async fn propose(app: &TestApp, who: Who, complaint: &Value, amount: &str) -> Value {
    let mut complaint = complaint.clone();
    if complaint["station"] == "OFFICE_ACCEPTANCE" {
        complaint = investigated(app, &complaint).await;
    }
    let input = proposal(&complaint, amount);
    let payload = app.by(who).done("complaintPropose", input, FIELDS).await;
    let mut complaint = payload["complaint"].clone();
    if complaint["station"] == "BUSINESS_REVIEW" {
        complaint = step(app, Who::SalesManager, "complaintReview", &complaint).await;
    }
    if complaint["station"] == "OFFICE_SUMMARY" {
        complaint = step(app, Who::Office, "complaintSummarise", &complaint).await;
    }
    complaint
}

/// A complaint that was decided and carried out.
pub async fn closed(app: &TestApp, amount: &str) -> Value {
    let complaint = proposed(app, amount).await;
    let made = app
        .by(Who::Gm)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let complaint = made["complaint"].clone();
    step(app, Who::Sales1, "complaintClose", &complaint).await
}

/// A complaint of the first department, filed and proposed by its customer's owner.
pub async fn proposed(app: &TestApp, amount: &str) -> Value {
    let customer = customer(app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(app, Who::Sales1, &customer).await;
    propose(app, Who::Sales1, &complaint, amount).await
}

/// Input of a decision.
pub fn decision(complaint: &Value) -> Value {
    on(complaint, json!({"decision": "同意"}))
}

/// Somebody's role delegated to another for ten days (ORG-4).
pub async fn delegate(app: &TestApp, lender: Who, delegate: Who, max_amount_fen: Option<i64>) {
    let now = app.clock.now();
    let row = delegation::ActiveModel {
        id: Set(app.clock.new_id()),
        assignment_id: Set(lender.assignment()),
        delegator_id: Set(lender.id()),
        delegate_id: Set(delegate.id()),
        from_at: Set(now - Duration::days(1)),
        until_at: Set(now + Duration::days(10)),
        max_amount_fen: Set(max_amount_fen),
        reason: Set("away".into()),
        ended_at: Set(None),
        ended_reason: Set(None),
        created_at: Set(now),
        version: Set(1),
    };
    delegation::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
}

/// The complaint as somebody reads it.
pub async fn read(app: &TestApp, who: Who, complaint: &Value) -> Value {
    let query = "query($id: ID!) { complaint(id: $id) { id number version state amount decision decidedAt \
                 decidedBy { id } decidedFor { id } approval { state amount steps { nodes { state opinion \
                 takenBy { id } takenFor { id } } } trail { nodes { kind amount opinion actor { id } actedFor { id } } } } } }";
    app.by(who).ask(query, json!({"id": complaint["id"]})).await["complaint"].clone()
}

/// The rows that a command leaves behind, so that a test can say that nothing was written.
pub async fn footprint(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "complaint",
        "approval",
        "approval_event",
        "approval_stake",
        "history",
        "audit_entry",
        "number_counter",
    ] {
        counts.push(app.count(table).await);
    }
    counts
}
