//! The audit log: every act is chained, whatever is altered is found, events come in one order without gaps.

mod chain;
mod order;
mod reading;
mod role;

use std::time::Duration;

use kehu::audit::{Verified, verify};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::customers::enter;
use crate::support::{TestApp, Who};

/// Waits until the running server has given every entry its place.
pub(crate) async fn settle(app: &TestApp) {
    for _ in 0..500 {
        if app.count("audit_entry").await == app.count("audit_chain").await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("entries wait for their place for five seconds");
}

pub(crate) async fn checked(app: &TestApp) -> Verified {
    verify(&app.db.write, &[], &mut |_, _| {}).await.unwrap()
}

/// Some acts with details and changes, all in their places.
async fn some_acts() -> TestApp {
    let app = TestApp::start().await;
    for name in ["甲公司", "乙公司", "丙公司"] {
        let customer = enter(&app, Who::Sales1, name, json!({})).await;
        let note = json!({"customer": customer, "body": name});
        app.by(Who::Sales1)
            .done("noteAdd", note, "note { id }")
            .await;
    }
    settle(&app).await;
    app
}

/// Statements as the owner of the database could run them.
async fn tamper(app: &TestApp, statements: &[&str]) {
    let switch = if app.database_url().starts_with("postgres") {
        "ALTER TABLE audit_entry DISABLE TRIGGER USER; ALTER TABLE audit_chain DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER IF EXISTS audit_entry_no_update; DROP TRIGGER IF EXISTS audit_entry_no_delete; \
         DROP TRIGGER IF EXISTS audit_chain_no_update; DROP TRIGGER IF EXISTS audit_chain_no_delete"
    };
    for sql in [switch].iter().chain(statements) {
        app.db.write.execute_unprepared(sql).await.unwrap();
    }
}
