//! The audit log after an erasure: whole, and still telling what was altered from what was erased (PIP-3).

use rules::audit::Fault;
use sea_orm::ConnectionTrait as _;

use super::{erased, person};
use crate::audit::checked;
use crate::support::TestApp;

/// What a check finds after these statements, on a company with an erased person.
async fn finds(statements: &[&str]) -> Vec<Fault> {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    erased(&app, &customer).await;
    assert_eq!(checked(&app).await.findings, []);
    for sql in statements {
        let done = app.db.write.execute_unprepared(sql).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }
    let findings = checked(&app).await.findings;
    findings.into_iter().map(|finding| finding.fault).collect()
}

const ONE: &str = "(SELECT id FROM history WHERE erased_in IS NOT NULL ORDER BY id LIMIT 1)";
const DETAIL: &str =
    "(SELECT entry_id FROM audit_detail WHERE erased_in IS NOT NULL ORDER BY entry_id LIMIT 1)";

#[tokio::test]
async fn pip_3_a_mark_that_is_taken_away_is_found() {
    let sql = format!("UPDATE history SET erased_in = NULL WHERE id = {ONE}");
    assert_eq!(
        finds(&[&sql]).await,
        [Fault::ChangesAltered, Fault::ErasureUndone]
    );
    let sql = format!("UPDATE audit_detail SET erased_in = NULL WHERE entry_id = {DETAIL}");
    assert_eq!(
        finds(&[&sql]).await,
        [Fault::DetailAltered, Fault::ErasureUndone]
    );
}

#[tokio::test]
async fn pip_3_what_is_left_of_an_erased_record_can_not_be_altered() {
    let sql = format!("UPDATE history SET reason = 'other' WHERE id = {ONE}");
    assert_eq!(finds(&[&sql]).await, [Fault::ChangesAltered]);
    let sql = format!("UPDATE audit_detail SET detail = '{{\"x\": 1}}' WHERE entry_id = {DETAIL}");
    assert_eq!(finds(&[&sql]).await, [Fault::DetailAltered]);
    let sql = format!("DELETE FROM history WHERE id = {ONE}");
    assert_eq!(finds(&[&sql]).await, [Fault::ChangesAltered]);
}

#[tokio::test]
async fn pip_3_a_value_that_is_altered_is_not_passed_off_as_erased() {
    // A record that the erasure does not cover, marked with its entry, and with one that is no erasure.
    let other = "(SELECT h.id FROM history h WHERE h.erased_in IS NULL ORDER BY h.id LIMIT 1)";
    for entry in [
        "(SELECT e.id FROM audit_entry e WHERE e.verb = 'erasureExecute')",
        "(SELECT e.id FROM audit_entry e WHERE e.verb = 'customerEnter')",
    ] {
        let sql =
            format!("UPDATE history SET erased_in = {entry}, reason = 'other' WHERE id = {other}");
        assert_eq!(finds(&[&sql]).await, [Fault::ErasedWithoutErasure]);
    }
}
