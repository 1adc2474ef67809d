//! A write is one transaction, in few statements: the change with its history, audit entry and retry record, or nothing.

use std::time::Duration;

use entity::{customer, customer_note};
use futures_util::future::join_all;
use kehu::acting::{Acting, Permit};
use kehu::work::{Outcome, Stop, Work};
use rules::vocabulary::AuditPart;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _,
    TransactionTrait as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::customers::enter;
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, error_code};

const ADD: &str = "mutation($input: ContactLogAddInput!) { contactLogAdd(input: $input) {
    entry { id summary } customer { id } refusals { code clause { number } } } }";
/// Tables of which each visit adds a row.
const LEFT: [&str; 5] = [
    "contact_log",
    "history",
    "audit_entry",
    "audit_detail",
    "idempotency",
];

fn visit(customer: &str, key: Option<u128>) -> Value {
    json!({"input": {
        "customer": customer, "kind": "VISIT", "happenedAt": "2026-01-05T02:00:00.123456Z", "summary": "谈了价格",
        "idempotencyKey": key.map(|key| Uuid::from_u128(key).to_string()),
    }})
}

async fn left(app: &TestApp) -> Vec<i64> {
    let mut left = Vec::new();
    for table in LEFT {
        left.push(app.count(table).await);
    }
    left
}

fn uuid_of(public: &str) -> Uuid {
    kehu::kit::ids::split(public).unwrap().1
}

fn acting(app: &TestApp) -> Acting {
    let db = app.app.open().unwrap();
    let part = AuditPart::Job;
    let acting = app.app.acting(db, Who::Gm.id(), part, "writes".into());
    acting.unwrap()
}

fn note(acting: &Acting, customer: Uuid, body: &str) -> customer_note::ActiveModel {
    customer_note::ActiveModel {
        id: Set(acting.new_id()),
        customer_id: Set(customer),
        author_id: Set(acting.employee()),
        body: Set(body.to_owned()),
        created_at: Set(acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    }
}

#[tokio::test]
async fn a_visit_takes_few_statements() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "华兴电子", json!({})).await;
    // What is loaded, everything that is written, and two objects read back.
    let expected = 4;
    let before = left(&app).await;
    for key in [1, 2] {
        let (_, answer) = app
            .by(Who::Sales1)
            .send(ADD, visit(&customer, Some(key)))
            .await;
        assert_eq!(
            answer["data"]["contactLogAdd"]["refusals"],
            json!([]),
            "{answer:#}"
        );
        assert_eq!(answer["extensions"]["cost"]["statements"], expected);
    }
    let after = left(&app).await;
    let added: Vec<i64> = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert_eq!(added, [2; 5]);
}

#[tokio::test]
async fn what_fails_at_the_end_leaves_nothing() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "华兴电子", json!({})).await;
    let before = left(&app).await;
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let away = rename("idempotency", "away");
    app.db.write.execute_unprepared(&away).await.unwrap();
    let (_, answer) = app
        .by(Who::Sales1)
        .send(ADD, visit(&customer, Some(1)))
        .await;
    assert_eq!(error_code(&answer), "INTERNAL", "{answer:#}");
    let back = rename("away", "idempotency");
    app.db.write.execute_unprepared(&back).await.unwrap();
    assert_eq!(left(&app).await, before);
    let (_, answer) = app
        .by(Who::Sales1)
        .send(ADD, visit(&customer, Some(1)))
        .await;
    assert_eq!(
        answer["data"]["contactLogAdd"]["refusals"],
        json!([]),
        "{answer:#}"
    );
}

#[tokio::test]
async fn a_key_at_the_same_time_logs_once() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let customer = enter(&app, Who::Sales1, "华兴电子", json!({})).await;
    let before = left(&app).await;
    let calls = (0..8).map(|_| {
        let (by, input) = (app.by(Who::Sales1), visit(&customer, Some(1)));
        async move { by.ask(ADD, input).await }
    });
    let answers = join_all(calls).await;
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:#?}"
    );
    let added: Vec<i64> = before.iter().map(|many| many + 1).collect();
    assert_eq!(left(&app).await, added);
    let mut other = visit(&customer, Some(1));
    other["input"]["summary"] = json!("别的");
    let data = app.by(Who::Sales1).ask(ADD, other).await;
    let refusals = &data["contactLogAdd"]["refusals"];
    assert_eq!(refusals[0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(left(&app).await, added);
}

#[tokio::test]
async fn a_key_gives_the_first_outcome_also_where_it_could_not_be_done_again() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "华兴电子", json!({})).await;
    let data = app.by(Who::Sales1).ask(ADD, visit(&customer, None)).await;
    let entry = data["contactLogAdd"]["entry"]["id"].clone();
    let void = json!({
        "entry": entry, "expectedVersion": 1, "reason": "记错了",
        "idempotencyKey": Uuid::from_u128(7).to_string(),
    });
    let fields = "entry { id voidReason }";
    let first = app
        .by(Who::Sales1)
        .done("contactLogVoid", void.clone(), fields)
        .await;
    let before = left(&app).await;
    let again = app
        .by(Who::Sales1)
        .done("contactLogVoid", void, fields)
        .await;
    assert_eq!(again, first);
    assert_eq!(left(&app).await, before);
}

#[tokio::test]
async fn rows_that_wait_are_seen_by_their_own_transaction_alone() {
    let app = TestApp::start().await;
    let customer = uuid_of(&enter(&app, Who::Sales1, "华兴电子", json!({})).await);
    let acting = acting(&app);
    let notes =
        || customer_note::Entity::find().filter(customer_note::Column::CustomerId.eq(customer));
    let mut work = Work::begin(&acting);
    for body in ["一", "二", "三"] {
        work.insert(note(&acting, customer, body)).unwrap();
    }
    let seen = notes().all(work.conn()).await.unwrap();
    assert_eq!(
        seen.iter()
            .map(|note| note.body.as_str())
            .collect::<Vec<_>>(),
        ["一", "二", "三"]
    );
    assert_eq!(seen[2].created_at, acting.now());
    assert_eq!((seen[2].voided_at, &seen[2].void_reason), (None, &None));
    assert!(notes().all(&app.db.read).await.unwrap().is_empty());
    // Kept back, they are not, until they are written out.
    work.gather();
    work.insert(note(&acting, customer, "四")).unwrap();
    assert_eq!(notes().all(work.conn()).await.unwrap().len(), 3);
    work.write_out().await.unwrap();
    assert_eq!(notes().all(work.conn()).await.unwrap().len(), 4);
    drop(work);
    assert!(notes().all(&app.db.write).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_rests_on_a_row_is_not_written_when_that_has_changed() {
    let app = TestApp::start().await;
    let customer = uuid_of(&enter(&app, Who::Sales1, "华兴电子", json!({})).await);
    let acting = acting(&app);
    for (version, written) in [(1, true), (2, false)] {
        let before = left(&app).await;
        let mut work = Work::begin(&acting);
        work.rest_on("customer", customer, version);
        work.insert(note(&acting, customer, "一")).unwrap();
        work.note(
            "test",
            "customer",
            Some(customer),
            &Permit::default(),
            json!({}),
        );
        let done = work.commit(Outcome::default()).await;
        assert_eq!(matches!(done, Err(Stop::Failed(_))), !written);
        assert_eq!(left(&app).await == before, !written);
    }
}

#[tokio::test]
async fn lkp_3_who_loses_a_customer_while_he_writes_is_refused() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "华兴电子", json!({})).await;
    let before = left(&app).await;
    let tx = app.db.write.begin().await.unwrap();
    customer::Entity::update_many()
        .col_expr(customer::Column::OwnerId, Expr::val(Who::Sales2.id()))
        .col_expr(customer::Column::DepartmentId, Expr::val(Unit::Sales2.id()))
        .col_expr(
            customer::Column::Version,
            Expr::col(customer::Column::Version).add(1),
        )
        .filter(customer::Column::Id.eq(uuid_of(&customer)))
        .exec(&tx)
        .await
        .unwrap();
    let by = app.by(Who::Sales1);
    let asking = by.ask(ADD, visit(&customer, Some(1)));
    let committing = async {
        // By then it has read the customer as it was, and waits to write.
        tokio::time::sleep(Duration::from_millis(300)).await;
        tx.commit().await.unwrap();
    };
    let (data, ()) = tokio::join!(asking, committing);
    let refusals = &data["contactLogAdd"]["refusals"];
    assert_eq!(code(&refusals[0]).0, "FORBIDDEN", "{data:#}");
    assert_eq!(left(&app).await, before);
}
