//! From the request to the decision: who records, who decides, what stands against it, what is left (PIP-1 to PIP-4).

use chrono::Duration;
use serde_json::{Value, json};

use super::{FIELDS, VALUES, decision, erased, left, person, requested, requested_by};
use crate::audit::{checked, settle};
use crate::complaints::{facts_but, footprint};
use crate::support::{TestApp, Who, code};

#[tokio::test]
async fn pip_1_a_request_is_recorded_and_has_to_be_answered_in_time() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    assert_eq!(erasure["state"], "REQUESTED");
    assert_eq!(erasure["subject"], customer.as_str());
    let query = "{ myObligations { nodes { duty clause { number } subjectId dueAt responsibleRole state } } \
                 approvalInbox { nodes { subjectId } } }";
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    let duty = &data["myObligations"]["nodes"][0];
    assert_eq!(duty["duty"], "erasure.answer");
    assert_eq!(duty["clause"]["number"], "PIP-1");
    assert_eq!(duty["subjectId"], erasure["id"]);
    assert_eq!(
        data["approvalInbox"]["nodes"][0]["subjectId"],
        erasure["id"]
    );

    let again = json!({"subject": customer, "origin": "IN_WRITING"});
    let refusal = app.by(Who::Hr).refused("erasureRequest", again).await;
    assert_eq!(code(&refusal), ("DUPLICATE_REQUEST", "PIP-1"));
    let tomorrow = app.clock.now().date_naive() + Duration::days(2);
    for (field, value, expected) in [
        ("askedOn", json!(tomorrow.to_string()), "OUT_OF_RANGE"),
        ("origin", json!("RETENTION"), "INVALID_INPUT"),
    ] {
        let mut input = json!({"subject": customer, "origin": "IN_PERSON"});
        input[field] = value;
        let refusal = app.by(Who::Clerk).refused("erasureRequest", input).await;
        assert_eq!(code(&refusal), (expected, "PIP-1"));
        assert_eq!(refusal["path"], json!([field]));
    }

    let gone = json!({"erasure": erasure["id"], "expectedVersion": erasure["version"], "reason": "本人撤回"});
    let other = app
        .by(Who::Hr)
        .refused("erasureWithdraw", gone.clone())
        .await;
    assert_eq!(other["code"], "FORBIDDEN");
    let done = app
        .by(Who::Clerk)
        .done("erasureWithdraw", gone, FIELDS)
        .await;
    assert_eq!(done["erasure"]["state"], "WITHDRAWN");
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert_eq!(data["myObligations"]["nodes"], json!([]));
    assert_eq!(data["approvalInbox"]["nodes"], json!([]));
}

#[tokio::test]
async fn pip_1_a_request_that_is_not_answered_in_time_is_overdue() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    requested(&app, &customer).await;
    let query = "{ myObligations { nodes { dueAt overdue } } }";
    let due = app.by(Who::Gm).ask(query, json!({})).await;
    let due = due["myObligations"]["nodes"][0]["dueAt"]
        .as_str()
        .unwrap()
        .to_owned();
    let due: chrono::DateTime<chrono::Utc> = due.parse().unwrap();
    // Fifteen working days are three weeks at least.
    assert!(due - app.clock.now() > Duration::days(18));
    app.advance(due - app.clock.now() - Duration::minutes(1));
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert_eq!(data["myObligations"]["nodes"][0]["overdue"], false);
    app.advance(Duration::minutes(1));
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert_eq!(data["myObligations"]["nodes"][0]["overdue"], true);
    // The governing body hears of it.
    let query = "{ myObligations { nodes { duty escalatedTo } } }";
    let heard = app.by(Who::Governor).ask(query, json!({})).await;
    assert_eq!(heard["myObligations"]["nodes"], json!([]));
    app.run_due_jobs().await;
    let heard = app.by(Who::Governor).ask(query, json!({})).await;
    let told = json!([{"duty": "erasure.answer", "escalatedTo": "GOVERNING_BODY"}]);
    assert_eq!(heard["myObligations"]["nodes"], told);
}

#[tokio::test]
async fn pip_2_who_recorded_it_never_decides_and_nobody_but_the_general_manager() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested_by(&app, Who::Gm, &customer).await;
    let before = footprint(&app).await;
    for (who, expected) in [
        (Who::Gm, "SELF_APPROVAL"),
        (Who::Deputy, "FORBIDDEN"),
        (Who::Clerk, "FORBIDDEN"),
    ] {
        let input = decision(&erasure, true, "");
        let refusal = app.by(who).refused("erasureDecide", input).await;
        assert_eq!(code(&refusal).0, expected, "{who:?}");
    }
    // Somebody who can't know of the erasure learns nothing.
    let input = decision(&erasure, true, "");
    let refusal = app.by(Who::Sales2).refused("erasureDecide", input).await;
    assert_eq!(refusal["code"], "NOT_FOUND");
    assert_eq!(footprint(&app).await, before);
    assert!(!left(&app.db, &VALUES).await.is_empty());
}

#[tokio::test]
async fn pip_2_a_rejection_needs_a_reason_and_erases_nothing() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", decision(&erasure, false, " "))
        .await;
    assert_eq!(refusal["code"], "REQUIRED");
    let mut stale = decision(&erasure, false, "仍有往来");
    stale["expectedVersion"] = json!(1);
    let refusal = app.by(Who::Gm).refused("erasureDecide", stale).await;
    assert_eq!(refusal["code"], "VERSION_CONFLICT");
    let input = decision(&erasure, false, "仍有往来");
    let payload = app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
    assert_eq!(payload["erasure"]["state"], "REJECTED");
    assert!(!left(&app.db, &VALUES).await.is_empty());
    let query = "{ obligations { nodes { state } } }";
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert_eq!(
        data["obligations"]["nodes"],
        json!([{"state": "FULFILLED"}])
    );
}

#[tokio::test]
async fn pip_2_what_would_go_is_counted_before() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let query = "query($id: ID!) { erasureEffect(id: $id) { rows { kind rows } changes details searched holds openCases \
                 keptUntil possible } }";
    let id = json!({"id": erasure["id"]});
    let effect = app.by(Who::Gm).ask(query, id.clone()).await["erasureEffect"].clone();
    let rows = |kind: &str| {
        let rows = effect["rows"].as_array().unwrap();
        let found = rows.iter().find(|row| row["kind"] == kind);
        found.map_or(0, |row| row["rows"].as_i64().unwrap())
    };
    for (kind, expected) in [
        ("customer", 1),
        ("customer_contact", 1),
        ("customer_phone", 1),
        ("customer_address", 1),
        ("customer_note", 1),
        ("customer_purchase", 1),
        ("contact_log", 1),
        ("lookup_request", 1),
        ("erasure", 1),
        ("complaint", 0),
    ] {
        assert_eq!(rows(kind), expected, "{kind}");
    }
    assert!(effect["changes"].as_i64().unwrap() >= 8, "{effect}");
    assert_eq!(effect["keptUntil"], "2025-03-04");
    assert_eq!(effect["possible"], true);
    // Who can't know of it is told nothing, and nor is who may read it but not weigh it.
    for who in [Who::Sales2, Who::Auditor] {
        let hidden = app.by(who).ask(query, id.clone()).await;
        assert_eq!(hidden["erasureEffect"], Value::Null, "{who:?}");
    }
}

#[tokio::test]
async fn pip_4_a_hold_stands_against_it_until_it_is_lifted() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let hold = json!({"subject": customer, "reason": "诉讼"});
    let refusal = app
        .by(Who::Clerk)
        .refused("legalHoldPlace", hold.clone())
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "PIP-4"));
    let past = json!({"subject": customer, "reason": "诉讼", "until": "2026-01-01"});
    let refusal = app.by(Who::Deputy).refused("legalHoldPlace", past).await;
    assert_eq!(code(&refusal), ("OUT_OF_RANGE", "PIP-4"));
    let placed = app
        .by(Who::Deputy)
        .done("legalHoldPlace", hold, "hold { id version subject reason }")
        .await["hold"]
        .clone();
    assert_eq!(placed["subject"], customer.as_str());
    let before = footprint(&app).await;
    let input = decision(&erasure, true, "");
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", input.clone())
        .await;
    assert_eq!(code(&refusal), ("LEGAL_HOLD", "PIP-4"));
    assert_eq!(refusal["remedy"]["mutation"], "legalHoldLift");
    assert_eq!(footprint(&app).await, before);

    let lift = json!({"hold": placed["id"], "expectedVersion": 1, "reason": "和解"});
    app.by(Who::Deputy)
        .done("legalHoldLift", lift.clone(), "hold { liftReason }")
        .await;
    let refusal = app.by(Who::Deputy).refused("legalHoldLift", lift).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "PIP-4"));
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
}

#[tokio::test]
async fn pip_4_a_hold_ends_with_its_last_day() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let today = app.app.shared().day_of(app.clock.now());
    // On a purchase of his: what belongs to him is held with him.
    let query = "query($id: ID!) { customer(id: $id) { archive { ... on CustomerArchive { purchases { nodes { id } } } } } }";
    let found = app.by(Who::Gm).ask(query, json!({"id": customer})).await;
    let purchase = &found["customer"]["archive"]["purchases"]["nodes"][0]["id"];
    let hold = json!({"subject": purchase, "reason": "诉讼", "until": today.to_string()});
    app.by(Who::Gm)
        .done("legalHoldPlace", hold, "hold { until }")
        .await;
    let input = decision(&erasure, true, "");
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", input.clone())
        .await;
    assert_eq!(code(&refusal), ("LEGAL_HOLD", "PIP-4"));
    app.advance(Duration::days(1));
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
}

#[tokio::test]
async fn pip_3_an_open_complaint_stands_against_it() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let facts = facts_but(
        &customer,
        json!({"shippedOn": "2022-01-15", "demand": "欧阳先生要求退款"}),
    );
    let fields = "complaint { id version }";
    let filed = app
        .by(Who::Sales1)
        .done("complaintFile", facts, fields)
        .await["complaint"]
        .clone();
    let input = decision(&erasure, true, "");
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", input.clone())
        .await;
    assert_eq!(code(&refusal), ("CASE_OPEN", "PIP-3"));
    let void = json!({"complaint": filed["id"], "expectedVersion": filed["version"], "reason": "欧阳先生撤诉"});
    app.by(Who::Sales1)
        .done("complaintVoid", void, fields)
        .await;
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
}

#[tokio::test]
async fn pip_5_what_the_law_wants_kept_is_kept_to_the_day() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let today = app.app.shared().day_of(app.clock.now());
    let bought = today - chrono::Months::new(36) + Duration::days(1);
    let input = json!({"customer": customer, "purchasedOn": bought.to_string(), "product": "茶叶", "quantity": 1, "amount": "1.00"});
    app.by(Who::Sales1)
        .done("purchaseAdd", input, "purchase { id }")
        .await;
    let erasure = requested(&app, &customer).await;
    let input = decision(&erasure, true, "");
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", input.clone())
        .await;
    assert_eq!(code(&refusal), ("RETENTION_RUNNING", "PIP-5"));
    app.advance(Duration::days(1));
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
}

#[tokio::test]
async fn pip_3_nothing_of_the_person_is_left_anywhere_and_a_stub_stays() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    assert!(left(&app.db, &VALUES).await.len() > 20);
    let erasure = erased(&app, &customer).await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
    let query = "query($id: ID!, $erasure: ID!) { customer(id: $id) { number name archive { ... on CustomerArchive { \
        fullName custom contacts(includeVoided: true) { nodes { name phone email } } notes { nodes { body } } \
        purchases { nodes { product amount orderNumber } } } } } \
        history(id: $id) { changes { version reason fields { field old new } } } \
        asOf(id: $id, at: \"2026-12-31T00:00:00Z\") { fields { field value } } \
        erasure(id: $erasure) { number state note decidedBy { id } executedAt approval { state } obligation { state } } }";
    let ids = json!({"id": customer, "erasure": erasure["id"]});
    let data = app.by(Who::Gm).ask(query, ids.clone()).await;
    let card = &data["customer"];
    assert_eq!(card["number"], "KH00000001");
    assert_eq!(card["name"], "***");
    let archive = &card["archive"];
    assert_eq!(archive["fullName"], "***");
    assert_eq!(archive["custom"], json!({}));
    assert_eq!(archive["notes"]["nodes"], json!([{"body": "***"}]));
    // The purchase stays, nobody's.
    let purchase = json!({"product": "茶叶", "amount": "380.00", "orderNumber": null});
    assert_eq!(archive["purchases"]["nodes"], json!([purchase]));
    let changes = data["history"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    let full_name = |change: &Value| {
        let fields = change["fields"].as_array().unwrap();
        fields
            .iter()
            .find(|f| f["field"] == "archive.fullName")
            .cloned()
            .unwrap()
    };
    let gone = json!({"erased": true});
    assert_eq!(full_name(&changes[0])["new"], "***");
    assert_eq!(full_name(&changes[1])["old"], gone);
    assert_eq!(full_name(&changes[2])["new"], gone);
    assert_eq!(changes[1]["reason"], "***");
    let stub = &data["erasure"];
    assert_eq!(stub["number"], "NM2026-00001");
    assert_eq!(stub["state"], "EXECUTED");
    assert_eq!(stub["note"], Value::Null);
    assert_eq!(stub["decidedBy"]["id"], Who::Gm.public());
    assert_eq!(stub["approval"]["state"], "APPROVED");
    assert_eq!(stub["obligation"]["state"], "FULFILLED");
    // Who was erased is not erased again, and nothing new is written about him.
    let again = json!({"subject": customer, "origin": "IN_WRITING"});
    let refusal = app.by(Who::Clerk).refused("erasureRequest", again).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "PIP-3"));
    let note = json!({"customer": customer, "body": "欧阳先生来过"});
    let refusal = app.by(Who::Sales1).refused("noteAdd", note).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "PIP-3"));
    // A repetition of what was sent before does nothing again, and tells nothing.
    let key = "11111111-1111-4111-8111-111111111111";
    let note = json!({"customer": customer, "body": "欧阳先生有过敏史", "idempotencyKey": key});
    let refusal = app.by(Who::Sales1).refused("noteAdd", note).await;
    assert_eq!(refusal["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(checked(&app).await.findings, []);
}

#[tokio::test]
async fn pip_2_it_is_decided_out_of_the_inbox_too_but_never_sent_back() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    requested(&app, &customer).await;
    let query = "{ approvalInbox { nodes { id contentHash } } }";
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    let case = &data["approvalInbox"]["nodes"][0];
    let said = |verdict: &str| json!({"approval": case["id"], "contentHash": case["contentHash"], "verdict": verdict, "opinion": "再看"});
    let refusal = app
        .by(Who::Gm)
        .refused("approvalDecide", said("SEND_BACK"))
        .await;
    assert_eq!(code(&refusal), ("INVALID_INPUT", "PIP-2"));
    app.by(Who::Gm)
        .done("approvalDecide", said("APPROVE"), "__typename")
        .await;
    settle(&app).await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
    assert_eq!(checked(&app).await.findings, []);
}
