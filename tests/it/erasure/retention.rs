//! Periods that are over are proposed, and only people decide (PIP-5); outcomes of mutations are kept for their time.

use std::collections::HashSet;

use chrono::{Duration, Months};
use entity::{customer, erasure, retention_look};
use kehu::kit::ids;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _};
use serde_json::{Value, json};

use super::{FIELDS, VALUES, company_with, decision, later, left, person};
use crate::complaints::facts_but;
use crate::support::{TestApp, Who, code};

const QUERY: &str =
    "{ retentionDue { nodes { id version number subject origin state requestedBy { id } } } }";

async fn due(app: &TestApp, who: Who) -> Vec<Value> {
    let data = app.by(who).ask(QUERY, json!({})).await;
    data["retentionDue"]["nodes"].as_array().unwrap().clone()
}

/// Moves the clock to noon of the day so many months from today, and some days; then runs the jobs.
async fn pass(app: &TestApp, months: u32, days: i64) {
    let today = app.app.shared().day_of(app.clock.now());
    let then = today + Months::new(months) + Duration::days(days);
    later(app, Duration::days((then - today).num_days())).await;
    app.run_due_jobs().await;
}

#[tokio::test]
async fn pip_5_a_period_that_is_over_is_proposed_and_a_person_decides() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    pass(&app, 60, -1).await;
    assert_eq!(due(&app, Who::Clerk).await, [Value::Null; 0]);
    pass(&app, 0, 1).await;
    let proposed = due(&app, Who::Clerk).await;
    assert_eq!(proposed.len(), 1, "{proposed:?}");
    assert_eq!(proposed[0]["subject"], customer.as_str());
    assert_eq!(proposed[0]["origin"], "RETENTION");
    assert_eq!(proposed[0]["requestedBy"], Value::Null);
    // Looking again proposes nobody twice, and nothing was erased by it.
    pass(&app, 0, 1).await;
    assert_eq!(due(&app, Who::Gm).await.len(), 1);
    assert!(!left(&app.db, &VALUES).await.is_empty());
    let on = json!({"erasure": proposed[0]["id"], "expectedVersion": proposed[0]["version"]});
    let input = decision(&proposed[0], true, "");
    let refusal = app.by(Who::Gm).refused("erasureDecide", input).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "PIP-2"));
    let refusal = app.by(Who::Gm).refused("erasureSubmit", on.clone()).await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "PIP-5"));
    let taken = app
        .by(Who::Clerk)
        .done("erasureSubmit", on.clone(), FIELDS)
        .await["erasure"]
        .clone();
    let refusal = app.by(Who::Clerk).refused("erasureSubmit", on).await;
    assert_eq!(refusal["code"], "FORBIDDEN");
    app.by(Who::Gm)
        .done("erasureDecide", decision(&taken, true, ""), FIELDS)
        .await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
    pass(&app, 60, 1).await;
    assert_eq!(due(&app, Who::Gm).await, [Value::Null; 0]);
}

#[tokio::test]
async fn pip_5_more_people_than_are_taken_at_once_are_each_proposed_once() {
    const OTHERS: u64 = 450;
    let app = TestApp::start().await;
    let known = ids::decode("customer", &person(&app).await).unwrap();
    let db = &app.db.write;
    let row = customer::Entity::find_by_id(known).one(db).await.unwrap();
    let row = row.unwrap();
    let another = |number: u64| {
        let mut copy = row.clone().into_active_model();
        copy.id = Set(app.clock.new_id());
        copy.number = Set(format!("X{number}"));
        copy
    };
    for part in 0..OTHERS / 50 {
        let rows = (part * 50..(part + 1) * 50).map(another);
        customer::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    pass(&app, 60, 1).await;
    let proposed = erasure::Entity::find().all(db).await.unwrap();
    let subjects: HashSet<_> = proposed.iter().map(|row| row.subject_id).collect();
    assert_eq!(subjects.len() as u64, OTHERS + 1);
    assert_eq!(proposed.len(), subjects.len());
    let looks = retention_look::Entity::find().all(db).await.unwrap();
    assert!(looks.iter().all(|look| look.reached.is_none()), "{looks:?}");
    pass(&app, 0, 1).await;
    let again = erasure::Entity::find().count(db).await.unwrap();
    assert_eq!(again, OTHERS + 1);
}

#[tokio::test]
async fn pip_5_dealings_and_open_cases_keep_a_person_from_being_proposed() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let (_, contact) = company_with(&app, json!({"name": "韩梅梅"})).await;
    pass(&app, 30, 0).await;
    let log = json!({"customer": customer, "kind": "PHONE", "happenedAt": app.clock.now(), "summary": "问候"});
    app.by(Who::Sales1)
        .done("contactLogAdd", log, "entry { id }")
        .await;
    let void = json!({"contact": contact, "expectedVersion": 1, "reason": "离职"});
    app.by(Who::Sales1)
        .done("contactVoid", void, "contact { id }")
        .await;
    pass(&app, 30, 5).await;
    assert_eq!(due(&app, Who::Clerk).await, [Value::Null; 0]);
    let facts = facts_but(&customer, json!({}));
    app.by(Who::Sales1)
        .done("complaintFile", facts, "complaint { id }")
        .await;
    pass(&app, 60, 5).await;
    // The contact's own period is over; the customer waits for his complaint.
    let proposed = due(&app, Who::Clerk).await;
    let subjects: Vec<&Value> = proposed.iter().map(|p| &p["subject"]).collect();
    assert_eq!(subjects, [contact.as_str()]);
}

#[tokio::test]
async fn pip_5_a_proposal_that_was_turned_down_comes_again_after_another_period() {
    let app = TestApp::start().await;
    person(&app).await;
    pass(&app, 60, 1).await;
    let proposed = due(&app, Who::Hr).await;
    let input = json!({"erasure": proposed[0]["id"], "expectedVersion": 1, "reason": "仍需保存"});
    let refusal = app
        .by(Who::Deputy)
        .refused("erasureWithdraw", input.clone())
        .await;
    assert_eq!(refusal["code"], "FORBIDDEN");
    app.by(Who::Hr).done("erasureWithdraw", input, FIELDS).await;
    pass(&app, 59, 0).await;
    assert_eq!(due(&app, Who::Hr).await, [Value::Null; 0]);
    pass(&app, 2, 0).await;
    assert_eq!(due(&app, Who::Hr).await.len(), 1);
}

#[tokio::test]
async fn the_outcome_of_a_mutation_is_kept_for_seven_days() {
    let app = TestApp::start().await;
    person(&app).await;
    assert_eq!(app.count("idempotency").await, 1);
    app.advance(Duration::days(7) - Duration::minutes(5));
    app.run_due_jobs().await;
    assert_eq!(app.count("idempotency").await, 1);
    app.advance(Duration::minutes(5));
    app.run_due_jobs().await;
    assert_eq!(app.count("idempotency").await, 0);
}
