//! Approvals: inbox and outbox, who may know of a case, routes, absence, deciding several at once. What decisions do to
//! their objects is tested with those.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod absence;
mod deciding;
mod routes;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::complaints::{FIELDS, customer, decision, delegate, filed, propose};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, error_code};

async fn inbox(app: &TestApp, who: Who) -> BTreeSet<String> {
    let query = "{ approvalInbox { totalCount nodes { id state subjectKind subjectId requester { id } amount } } }";
    let answer = app.by(who).ask(query, json!({})).await;
    let inbox = &answer["approvalInbox"];
    let nodes = inbox["nodes"].as_array().unwrap();
    assert_eq!(inbox["totalCount"], nodes.len());
    assert!(
        nodes
            .iter()
            .all(|n| n["state"] == "OPEN" && n["subjectKind"] == "complaint")
    );
    nodes
        .iter()
        .map(|n| n["subjectId"].as_str().unwrap().to_owned())
        .collect()
}

fn set(complaints: &[&Value]) -> BTreeSet<String> {
    complaints
        .iter()
        .map(|c| c["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn case(app: &TestApp, unit: Unit, owner: Who, by: Who, amount: &str) -> Value {
    let customer = customer(app, unit, owner).await;
    let complaint = filed(app, by, &customer).await;
    propose(app, by, &complaint, amount).await
}

#[tokio::test]
async fn an_inbox_holds_exactly_what_its_owner_may_decide() {
    let app = TestApp::start().await;
    let small = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "100000.00").await;
    let section = case(&app, Unit::Section1A, Who::Sales1a, Who::Sales1a, "10.00").await;
    let other = case(&app, Unit::Sales2, Who::Sales2, Who::Sales2, "10.00").await;
    let middle = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "100000.01").await;
    let large = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "150000.01").await;
    let own = case(&app, Unit::Sales1, Who::Sales1, Who::Manager1, "10.00").await;
    let deputys = case(&app, Unit::Sales1, Who::Sales1, Who::Deputy, "10.00").await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    filed(&app, Who::Sales1, &customer).await;
    let done = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "10.00").await;
    app.by(Who::Gm)
        .done("complaintDecide", decision(&done), FIELDS)
        .await;

    assert_eq!(
        inbox(&app, Who::Manager1).await,
        set(&[&small, &section, &deputys])
    );
    assert_eq!(inbox(&app, Who::Manager2).await, set(&[&other]));
    assert_eq!(
        inbox(&app, Who::Deputy).await,
        set(&[&small, &section, &other, &middle, &own])
    );
    let everything = set(&[&small, &section, &other, &middle, &large, &own, &deputys]);
    assert_eq!(inbox(&app, Who::Gm).await, everything);
    for who in [
        Who::Sales1,
        Who::Supervisor1,
        Who::Quality,
        Who::Auditor,
        Who::Admin,
        Who::Analyst,
        Who::Governor,
    ] {
        assert_eq!(inbox(&app, who).await, set(&[]), "{who:?}");
    }
    // Whatever lies in an inbox can be decided, and nothing else.
    for complaint in [&small, &section, &deputys] {
        app.by(Who::Manager1)
            .done("complaintDecide", decision(complaint), FIELDS)
            .await;
    }
    for complaint in [&other, &middle, &large, &own] {
        let payload = app
            .by(Who::Manager1)
            .call("complaintDecide", decision(complaint), FIELDS)
            .await;
        assert_eq!(payload["refusals"].as_array().unwrap().len(), 1);
    }
    assert_eq!(inbox(&app, Who::Manager1).await, set(&[]));
}

#[tokio::test]
async fn org_4_an_inbox_follows_delegations_with_their_amount_and_stakes() {
    let app = TestApp::start().await;
    let small = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "50000.00").await;
    let capped = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "50000.01").await;
    let lenders = case(&app, Unit::Sales1, Who::Sales1, Who::Manager1, "10.00").await;
    let delegates = case(&app, Unit::Sales1, Who::Sales1, Who::Supervisor1, "10.00").await;
    assert_eq!(inbox(&app, Who::Supervisor1).await, set(&[]));
    delegate(&app, Who::Manager1, Who::Supervisor1, Some(5_000_000)).await;
    assert_eq!(inbox(&app, Who::Supervisor1).await, set(&[&small]));
    assert_eq!(
        inbox(&app, Who::Manager1).await,
        set(&[&small, &capped, &delegates])
    );
    // Somebody who acts for the one who asked is left out, whatever his own role.
    delegate(&app, Who::Sales1, Who::Deputy, None).await;
    assert_eq!(inbox(&app, Who::Deputy).await, set(&[&lenders, &delegates]));
    app.advance(chrono::Duration::days(11));
    assert_eq!(inbox(&app, Who::Supervisor1).await, set(&[]));
    assert_eq!(
        inbox(&app, Who::Deputy).await,
        set(&[&small, &capped, &lenders, &delegates])
    );
}

#[tokio::test]
async fn an_approval_is_known_to_whoever_knows_its_object() {
    let app = TestApp::start().await;
    let complaint = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "10.00").await;
    let query = "query($id: ID!) { complaint(id: $id) { approval { id steps { nodes { id } } trail { nodes { id } } } } }";
    let answer = app
        .by(Who::Sales1)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    let approval = &answer["complaint"]["approval"];
    let ids = [
        &approval["id"],
        &approval["steps"]["nodes"][0]["id"],
        &approval["trail"]["nodes"][0]["id"],
    ];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } approvals { nodes { id } } }";
    for who in [
        Who::Sales1,
        Who::Manager1,
        Who::Deputy,
        Who::Gm,
        Who::Auditor,
    ] {
        let answer = app.by(who).ask(query, json!({"ids": ids})).await;
        let wanted: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        assert_eq!(answer["nodes"], json!(wanted), "{who:?}");
        assert_eq!(
            answer["approvals"]["nodes"],
            json!([{"id": approval["id"]}]),
            "{who:?}"
        );
    }
    for who in [
        Who::Sales2,
        Who::Manager2,
        Who::Sales1x,
        Who::Admin,
        Who::Hr,
    ] {
        let answer = app.by(who).ask(query, json!({"ids": ids})).await;
        assert_eq!(answer["nodes"], json!([null, null, null]), "{who:?}");
        assert_eq!(answer["approvals"]["nodes"], json!([]), "{who:?}");
    }
    let (_, answer) = app
        .nobody()
        .send("{ approvalInbox { nodes { id } } }", json!({}))
        .await;
    assert_eq!(error_code(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_outbox_holds_what_one_asked_for_and_both_are_filtered_and_counted() {
    let app = TestApp::start().await;
    let small = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "10.00").await;
    app.advance(chrono::Duration::hours(1));
    let later = app.clock.now();
    let large = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "20.00").await;
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&small), FIELDS)
        .await;
    let other = customer(&app, Unit::Sales1, Who::Sales2).await;
    let wanted = json!({"customer": other, "sections": ["CONTACTS"], "reason": "报价"});
    app.by(Who::Sales1x)
        .done("archiveLookupRequest", wanted, "request { id }")
        .await;

    let query = "query($where: ApprovalWhere) { approvalOutbox(where: $where) { totalCount nodes { subjectId state waitingSince } } \
                 approvalOutboxCounts { subjectKind state count waitingSince } }";
    let all = app.by(Who::Sales1).ask(query, json!({})).await;
    assert_eq!(all["approvalOutbox"]["totalCount"], 2);
    let counts = all["approvalOutboxCounts"].as_array().unwrap();
    let found: Vec<_> = counts
        .iter()
        .map(|c| {
            (
                c["subjectKind"].as_str().unwrap(),
                c["state"].as_str().unwrap(),
                c["count"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [("complaint", "APPROVED", 1), ("complaint", "OPEN", 1)]
    );
    assert_eq!(counts[0]["waitingSince"], Value::Null);
    assert_eq!(
        counts[1]["waitingSince"],
        all["approvalOutbox"]["nodes"][0]["waitingSince"]
    );
    let open = json!({"where": {"state": {"eq": "OPEN"}}});
    let open = app.by(Who::Sales1).ask(query, open).await;
    let nodes = open["approvalOutbox"]["nodes"].as_array().unwrap().clone();
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0]["subjectId"], large["id"]);

    // The manager's inbox has both kinds; nobody else's outbox has them.
    let query = "query($where: ApprovalWhere) { approvalInbox(where: $where) { nodes { subjectKind } } \
                 approvalInboxCounts { subjectKind state count } approvalOutbox { totalCount } }";
    let inbox = |filter: Value| {
        let app = &app;
        async move {
            app.by(Who::Manager1)
                .ask(query, json!({"where": filter}))
                .await
        }
    };
    let all = inbox(json!({})).await;
    assert_eq!(all["approvalInbox"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(
        all["approvalInboxCounts"],
        json!([
            {"subjectKind": "complaint", "state": "OPEN", "count": 1},
            {"subjectKind": "lookup_request", "state": "OPEN", "count": 1},
        ])
    );
    assert_eq!(all["approvalOutbox"]["totalCount"], 0);
    let lookups = inbox(json!({"subjectKind": {"eq": "lookup_request"}})).await;
    assert_eq!(
        lookups["approvalInbox"]["nodes"],
        json!([{"subjectKind": "lookup_request"}])
    );
    let before = inbox(json!({"waitingSince": {"lt": later.to_rfc3339()}})).await;
    assert_eq!(before["approvalInbox"]["nodes"], json!([]));
}

#[tokio::test]
async fn org_4_a_cap_limits_what_a_delegate_decides_and_not_what_he_reads() {
    let app = TestApp::start().await;
    let within = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "50000.00").await;
    let above = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "50000.01").await;
    delegate(&app, Who::Manager1, Who::Sales2, Some(5_000_000)).await;
    let query = "{ complaints { nodes { id } } }";
    let seen = app.by(Who::Sales2).ask(query, json!({})).await;
    assert_eq!(
        seen["complaints"]["nodes"],
        json!([{"id": above["id"]}, {"id": within["id"]}])
    );
    assert_eq!(inbox(&app, Who::Sales2).await, set(&[&within]));
    let refusal = app
        .by(Who::Sales2)
        .refused("complaintDecide", decision(&above))
        .await;
    assert_eq!(crate::support::code(&refusal), ("FORBIDDEN", "CMP-11"));
    app.by(Who::Sales2)
        .done("complaintDecide", decision(&within), FIELDS)
        .await;
}
