//! Erasure of people's data (PIP-1 to PIP-6): asked for, decided, carried out everywhere, told in the log, carried out again
//! after a restore, proposed when a period is over; and what tests of it arrange.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod columns;
mod contacts;
mod deciding;
mod employees;
mod log;
mod replaying;
mod retention;
mod together;

use kehu::backup::take;
use kehu::files::Store;
use kehu::kit::db::Db;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::audit::settle;
use crate::customers::{company, enter};
use crate::support::{TestApp, Who};

/// What tests look at after a mutation.
pub const FIELDS: &str = "erasure { id number version state subject }";

/// Everything by which the person could be told; none of it may be left anywhere.
pub const VALUES: [&str; 14] = [
    "欧阳修远",
    "修远",
    "ouyangxiuyuan",
    "139 1234 5678",
    "13912345678",
    "xiuyuan@example.com",
    "桃花源路",
    "邮编 415700",
    "老茶客",
    "明前龙井",
    "过敏史",
    "欧阳先生",
    "ORDER-77",
    "孙女",
];

/// A private customer with an archive full of himself: entered, renamed, noted, complained, looked up.
pub async fn person(app: &TestApp) -> String {
    let input = json!({
        "kind": "PERSON",
        "custom": [{"name": "爱好", "value": "老茶客"}],
        "contacts": [{"name": "欧阳修远", "phone": "139 1234 5678", "email": "xiuyuan@example.com", "remark": "欧阳先生本人"}],
        "addresses": [{"kind": "HOME", "line": "桃花源路 88 号", "postalCode": "邮编 415700"}],
    });
    let customer = enter(app, Who::Sales1, "欧阳修远", input).await;
    let by = app.by(Who::Sales1);
    let key = "11111111-1111-4111-8111-111111111111";
    let note = json!({"customer": customer, "body": "欧阳先生有过敏史", "idempotencyKey": key});
    by.done("noteAdd", note, "note { id }").await;
    let log = json!({"customer": customer, "kind": "PHONE", "happenedAt": "2026-01-02T03:04:05Z", "summary": "电话约明前龙井"});
    by.done("contactLogAdd", log, "entry { id }").await;
    let bought = json!({"customer": customer, "purchasedOn": "2022-03-04", "product": "茶叶", "quantity": 2, "amount": "380.00", "orderNumber": "ORDER-77"});
    by.done("purchaseAdd", bought, "purchase { id }").await;
    let renamed = json!({"customer": customer, "expectedVersion": 1, "name": "欧阳修远(已改名)", "reason": "孙女代改"});
    by.done("customerChange", renamed, "customer { id }").await;
    let asked = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "给欧阳先生回电"});
    let asked = app
        .by(Who::Sales2)
        .done("archiveLookupRequest", asked, "request { id }")
        .await;
    let refused = json!({"request": asked["request"]["id"], "reason": "修远不愿意"});
    app.by(Who::Gm)
        .done("archiveLookupRefuse", refused, "request { id }")
        .await;
    customer
}

/// A request recorded by the CRM centre's clerk.
pub async fn requested(app: &TestApp, subject: &str) -> Value {
    requested_by(app, Who::Clerk, subject).await
}

/// A request recorded by somebody.
pub async fn requested_by(app: &TestApp, who: Who, subject: &str) -> Value {
    let input =
        json!({"subject": subject, "origin": "BY_PHONE", "note": "欧阳修远 13912345678 来电"});
    let payload = app.by(who).done("erasureRequest", input, FIELDS).await;
    payload["erasure"].clone()
}

/// Input of a decision.
pub fn decision(erasure: &Value, approve: bool, reason: &str) -> Value {
    json!({"erasure": erasure["id"], "expectedVersion": erasure["version"], "approve": approve, "reason": reason})
}

/// A person erased by the general manager.
pub async fn erased(app: &TestApp, subject: &str) -> Value {
    let erasure = requested(app, subject).await;
    let input = decision(&erasure, true, "欧阳先生本人要求");
    let payload = app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
    assert_eq!(payload["erasure"]["state"], "EXECUTED");
    settle(app).await;
    payload["erasure"].clone()
}

/// Moves the clock by years, keys of access tokens with it.
pub async fn later(app: &TestApp, by: chrono::Duration) {
    app.advance(by);
    app.app.keys().rotate_if_due(&app.db.write).await.unwrap();
}

/// Every row of every table of a database as text, computed columns among it.
pub async fn everything(db: &Db) -> String {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().to_str().unwrap()).unwrap();
    let (file, _) = take(
        db,
        &store,
        Vec::new(),
        chrono::DateTime::UNIX_EPOCH,
        &mut |_| {},
    )
    .await
    .unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*file), &mut text).unwrap();
    let backend = db.read.get_database_backend();
    let cards = Statement::from_string(backend, "SELECT card_name FROM customer");
    for row in db.read.query_all_raw(cards).await.unwrap() {
        text.push_str(&row.try_get::<String>("", "card_name").unwrap());
        text.push('\n');
    }
    text
}

/// Where a person's values still stand: the value and the line of the dump.
pub async fn left(db: &Db, values: &[&str]) -> Vec<String> {
    let text = everything(db).await;
    let lines = text.lines().flat_map(|line| {
        let found = values.iter().filter(move |value| line.contains(**value));
        found.map(move |value| format!("{value}: {line}"))
    });
    lines.collect()
}

/// A company whose contact person is somebody.
pub async fn company_with(app: &TestApp, contact: Value) -> (String, String) {
    let input = company("远山茶业有限公司", json!({"contacts": [contact]}));
    let fields = "customer { id archive { ... on CustomerArchive { contacts { nodes { id } } } } }";
    let payload = app
        .by(Who::Sales1)
        .done("customerEnter", input, fields)
        .await;
    let customer = &payload["customer"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&customer["id"]),
        text(&customer["archive"]["contacts"]["nodes"][0]["id"]),
    )
}
