//! Deciding out of an inbox: one approval, several at once, and what is told beforehand.

use futures_util::future::join;
use serde_json::{Value, json};

use super::case;
use crate::complaints::{decision, footprint, on, proposed, read};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, id};

const RESULTS: &str = "results { approval state error refusals { code path message clause { number } remedy { approvers { role } } } }";

/// The approval of a complaint, with its hash, as an input that approves it.
async fn approving(app: &TestApp, complaint: &Value) -> Value {
    let query = "query($id: ID!) { complaint(id: $id) { approval { id contentHash } } }";
    let data = app
        .by(Who::Gm)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    let approval = &data["complaint"]["approval"];
    json!({
        "approval": approval["id"],
        "contentHash": approval["contentHash"],
        "verdict": "APPROVE",
        "opinion": "同意",
    })
}

/// An open request of a colleague's, as an input that approves it.
async fn lookup(app: &TestApp) -> Value {
    let customer = crate::complaints::customer(app, Unit::Sales1, Who::Sales1).await;
    let wanted = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "报价"});
    let fields = "request { approval { id contentHash } }";
    let made = app
        .by(Who::Sales1x)
        .done("archiveLookupRequest", wanted, fields)
        .await;
    let approval = &made["request"]["approval"];
    json!({"approval": approval["id"], "contentHash": approval["contentHash"], "verdict": "APPROVE"})
}

fn but(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn of_several_decisions_each_has_its_own_outcome() {
    let app = TestApp::start().await;
    let first = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "10.00").await;
    let large = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "100000.01").await;
    let own = case(&app, Unit::Sales1, Who::Sales1, Who::Manager1, "10.00").await;
    let silent = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "20.00").await;
    let stale = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "30.00").await;
    let last = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "40.00").await;
    let hidden = case(&app, Unit::Sales2, Who::Sales2, Who::Sales2, "10.00").await;
    let (granted, returned) = (lookup(&app).await, lookup(&app).await);
    let unknown = id("approval", app.clock.new_id());
    let inputs = [
        approving(&app, &first).await,
        approving(&app, &large).await,
        approving(&app, &own).await,
        but(approving(&app, &silent).await, "opinion", Value::Null),
        but(approving(&app, &stale).await, "contentHash", json!("0")),
        but(approving(&app, &hidden).await, "approval", json!(unknown)),
        approving(&app, &hidden).await,
        but(
            but(returned, "verdict", json!("SEND_BACK")),
            "opinion",
            json!("不清楚"),
        ),
        granted,
        but(
            but(approving(&app, &last).await, "verdict", json!("REJECT")),
            "opinion",
            json!("太多"),
        ),
    ];
    let key = "0190c0de-0000-7000-8000-0000000000aa";
    let input = json!({"inputs": inputs, "idempotencyKey": key});
    let payload = app
        .by(Who::Manager1)
        .done("approvalsDecide", input.clone(), RESULTS)
        .await;
    let results = payload["results"].as_array().unwrap();
    let found: Vec<_> = results
        .iter()
        .map(|r| match r["state"].as_str() {
            Some(state) => (state, Value::Null),
            None => (
                r["refusals"][0]["code"].as_str().unwrap(),
                r["refusals"][0]["path"].clone(),
            ),
        })
        .collect();
    assert_eq!(
        found,
        [
            ("APPROVED", Value::Null),
            ("FORBIDDEN", json!(["inputs", "1"])),
            ("SELF_APPROVAL", json!(["inputs", "2"])),
            ("REQUIRED", json!(["inputs", "3", "opinion"])),
            ("VERSION_CONFLICT", json!(["inputs", "4"])),
            ("NOT_FOUND", json!(["inputs", "5", "approval"])),
            ("NOT_FOUND", json!(["inputs", "6", "approval"])),
            ("INVALID_INPUT", json!(["inputs", "7", "verdict"])),
            ("APPROVED", Value::Null),
            ("REJECTED", Value::Null),
        ],
        "{results:#?}"
    );
    assert_eq!(
        results[5]["refusals"][0]["message"],
        results[6]["refusals"][0]["message"]
    );
    for (complaint, state) in [
        (&first, "DECIDED"),
        (&large, "FOR_DECISION"),
        (&own, "FOR_DECISION"),
        (&silent, "FOR_DECISION"),
        (&stale, "FOR_DECISION"),
        (&hidden, "FOR_DECISION"),
        (&last, "REJECTED"),
    ] {
        assert_eq!(read(&app, Who::Gm, complaint).await["state"], state);
    }
    assert_eq!(app.count("archive_grant").await, 1);
    // All under the one request.
    let sql = "(SELECT DISTINCT request_id FROM audit_entry WHERE verb IN \
               ('complaint.decide', 'complaint.reject', 'archiveLookupApprove')) AS requests";
    assert_eq!(app.count(sql).await, 1);
    // The same key again: the first outcomes, and nothing done twice.
    let before = footprint(&app).await;
    let again = app
        .by(Who::Manager1)
        .done("approvalsDecide", input, RESULTS)
        .await;
    assert_eq!(again, payload);
    assert_eq!(footprint(&app).await, before);
    let none = app
        .by(Who::Manager1)
        .refused("approvalsDecide", json!({"inputs": []}))
        .await;
    assert_eq!(
        (&none["code"], &none["path"]),
        (&json!("OUT_OF_RANGE"), &json!(["inputs"]))
    );
}

#[tokio::test]
async fn of_several_decisions_one_that_fails_stops_no_other() {
    let app = TestApp::start().await;
    let (one, two) = (proposed(&app, "10.00").await, proposed(&app, "20.00").await);
    let broken = but(
        approving(&app, &one).await,
        "idempotencyKey",
        json!("no uuid"),
    );
    let inputs = json!({"inputs": [broken, approving(&app, &two).await]});
    let payload = app
        .by(Who::Manager1)
        .done("approvalsDecide", inputs, RESULTS)
        .await;
    let results = &payload["results"];
    assert_eq!(
        (&results[0]["error"], &results[0]["state"]),
        (&json!("BAD_REQUEST"), &Value::Null)
    );
    assert_eq!(
        (&results[1]["error"], &results[1]["state"]),
        (&Value::Null, &json!("APPROVED"))
    );
    assert_eq!(read(&app, Who::Gm, &one).await["state"], "FOR_DECISION");
}

#[tokio::test]
async fn of_two_who_decide_several_at_once_one_wins_each_and_the_other_learns_who() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let mut inputs = Vec::new();
    let mut complaints = Vec::new();
    for _ in 0..4 {
        let complaint = proposed(&app, "10.00").await;
        inputs.push(approving(&app, &complaint).await);
        inputs.push(lookup(&app).await);
        complaints.push(complaint);
    }
    let backwards: Vec<_> = inputs.iter().rev().cloned().collect();
    let by = |who, inputs: Vec<Value>| {
        let by = app.by(who);
        async move {
            let payload = by
                .done("approvalsDecide", json!({"inputs": inputs}), RESULTS)
                .await;
            payload["results"].as_array().unwrap().clone()
        }
    };
    let (one, mut two) = join(by(Who::Manager1, inputs), by(Who::Deputy, backwards)).await;
    two.reverse();
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one["approval"], two["approval"]);
        let (loser, winner) = if one["state"] == "APPROVED" {
            (two, "王建国")
        } else {
            (one, "林婉清")
        };
        assert_eq!(loser["state"], Value::Null);
        assert_eq!(loser["refusals"][0]["code"], "ALREADY_DECIDED", "{loser:#}");
        let message = loser["refusals"][0]["message"].as_str().unwrap();
        assert!(message.contains(winner), "{message}");
    }
    for complaint in complaints {
        let read = read(&app, Who::Gm, &complaint).await;
        assert_eq!(
            read["approval"]["trail"]["nodes"].as_array().unwrap().len(),
            4
        );
    }
    assert_eq!(app.count("archive_grant").await, 4);
}

/// What the viewer may do with a complaint (propose, decide, void), or the reason why not.
async fn actions(app: &TestApp, who: Who, complaint: &Value) -> Vec<Value> {
    let query = "query($id: ID!) { complaint(id: $id) { viewerActions { action allowed reason clause { number } approvers { role } } } }";
    let data = app.by(who).ask(query, json!({"id": complaint["id"]})).await;
    let all = data["complaint"]["viewerActions"]
        .as_array()
        .unwrap()
        .clone();
    let of = |name: &str| {
        all.iter()
            .find(|a| a["action"] == format!("complaint:{name}"))
    };
    ["propose", "decide", "void"]
        .map(|name| of(name).unwrap().clone())
        .to_vec()
}

/// An action's reason is what its mutation refuses with.
fn tells(action: &Value, refusal: &Value) {
    assert_eq!(action["allowed"], false, "{refusal:#}");
    assert_eq!(action["reason"], refusal["message"]);
    assert_eq!(action["clause"]["number"], refusal["clause"]["number"]);
    let none = json!([]);
    let approvers = refusal["remedy"]["approvers"].as_array();
    assert_eq!(
        action["approvers"].as_array(),
        approvers.or(none.as_array())
    );
}

#[tokio::test]
async fn what_is_shown_as_possible_is_possible_and_the_reason_is_the_refusal() {
    let app = TestApp::start().await;
    let own = case(&app, Unit::Sales1, Who::Sales1, Who::Manager1, "10.00").await;
    let large = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "100000.01").await;
    let done = case(&app, Unit::Sales1, Who::Sales1, Who::Sales1, "10.00").await;
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&done), "complaint { id }")
        .await;
    let customer = crate::complaints::customer(&app, Unit::Sales1, Who::Sales1).await;
    let new = crate::complaints::filed(&app, Who::Sales1, &customer).await;
    let decided = read(&app, Who::Gm, &done).await;
    for (who, complaint) in [
        (Who::Manager1, &own),
        (Who::Sales1, &own),
        (Who::Manager1, &large),
        (Who::Quality, &large),
        (Who::Manager1, &decided),
        (Who::Gm, &decided),
        (Who::Manager1, &new),
    ] {
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(complaint))
            .await;
        tells(&actions(&app, who, complaint).await[1], &refusal);
    }
    let voiding = |complaint: &Value| on(complaint, json!({"reason": "误录"}));
    for complaint in [&large, &decided] {
        let refusal = app
            .by(Who::Manager1)
            .refused("complaintVoid", voiding(complaint))
            .await;
        tells(&actions(&app, Who::Manager1, complaint).await[2], &refusal);
    }
    let proposal = on(
        &decided,
        json!({"allowance": "1.00", "proposal": "折让", "negotiation": "愿意协商"}),
    );
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintPropose", proposal)
        .await;
    tells(&actions(&app, Who::Manager1, &decided).await[0], &refusal);
    for (who, complaint, allowed) in [
        (Who::Deputy, &own, [true, true, false]),
        (Who::Manager1, &new, [false, false, true]),
        (Who::Sales1, &large, [true, false, false]),
    ] {
        let found: Vec<_> = actions(&app, who, complaint)
            .await
            .iter()
            .map(|a| a["allowed"].as_bool().unwrap())
            .collect();
        assert_eq!(found, allowed, "{who:?}");
    }
}

#[tokio::test]
async fn a_request_says_what_can_be_done_with_it_now() {
    let app = TestApp::start().await;
    let open = lookup(&app).await;
    let query = "query($id: ID!) { approval(id: $id) { subjectId } }";
    let subject = app
        .by(Who::Gm)
        .ask(query, json!({"id": open["approval"]}))
        .await;
    let request = subject["approval"]["subjectId"].clone();
    let actions = async |who: Who| {
        let query = "query($id: ID!) { archiveLookupRequest(id: $id) { viewerActions { allowed reason clause { number } approvers { role } } } }";
        let data = app.by(who).ask(query, json!({"id": request})).await;
        data["archiveLookupRequest"]["viewerActions"]
            .as_array()
            .unwrap()
            .clone()
    };
    let allowed = |actions: &[Value]| {
        actions
            .iter()
            .map(|a| a["allowed"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(allowed(&actions(Who::Manager1).await), [true, false]);
    assert_eq!(allowed(&actions(Who::Sales1x).await), [false, true]);
    let input = json!({"request": request});
    let own = app
        .by(Who::Sales1x)
        .refused("archiveLookupApprove", input.clone())
        .await;
    tells(&actions(Who::Sales1x).await[0], &own);
    app.by(Who::Manager1)
        .done("approvalDecide", open, "approval { state }")
        .await;
    let late = app
        .by(Who::Deputy)
        .refused("archiveLookupApprove", input.clone())
        .await;
    assert_eq!(late["code"], "ALREADY_DECIDED");
    tells(&actions(Who::Deputy).await[0], &late);
    let late = app
        .by(Who::Sales1x)
        .refused("archiveLookupWithdraw", input)
        .await;
    tells(&actions(Who::Sales1x).await[1], &late);
    // So does what was granted.
    let grant = async || {
        let query = "{ archiveGrants { nodes { id viewerActions { allowed reason clause { number } approvers { role } } } } }";
        let data = app.by(Who::Manager1).ask(query, json!({})).await;
        data["archiveGrants"]["nodes"][0].clone()
    };
    let granted = grant().await;
    assert_eq!(granted["viewerActions"][0]["allowed"], true);
    let revoke = json!({"grant": granted["id"], "reason": "项目结束"});
    app.by(Who::Manager1)
        .done("archiveGrantRevoke", revoke.clone(), "grant { id }")
        .await;
    let again = app
        .by(Who::Manager1)
        .refused("archiveGrantRevoke", revoke)
        .await;
    assert_eq!(again["code"], "GRANT_ENDED");
    tells(&grant().await["viewerActions"][0], &again);
}

#[tokio::test]
async fn a_page_of_actions_takes_as_many_statements_as_one() {
    let app = TestApp::start().await;
    let statements = async |first: usize| {
        let query = format!(
            "{{ complaints(first: {first}) {{ nodes {{ viewerActions {{ allowed }} }} }} archiveLookupRequests(first: {first}) {{ nodes {{ viewerActions {{ allowed }} }} }} }}"
        );
        let (_, answer) = app.by(Who::Manager1).send(&query, json!({})).await;
        let nodes = answer["data"]["complaints"]["nodes"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(nodes, first, "{answer:#}");
        answer["extensions"]["cost"]["statements"].as_i64().unwrap()
    };
    for _ in 0..5 {
        proposed(&app, "10.00").await;
        lookup(&app).await;
    }
    assert_eq!(statements(1).await, statements(5).await);
}

#[tokio::test]
async fn lkp_4_a_customer_offers_a_request_only_where_something_is_locked() {
    let app = TestApp::start().await;
    let customer = crate::complaints::customer(&app, Unit::Sales1, Who::Sales1).await;
    let request = async |who: Who| {
        let query = "query($id: ID!) { customer(id: $id) { viewerActions { action allowed reason clause { number } approvers { role } } } }";
        let data = app.by(who).ask(query, json!({"id": customer})).await;
        let actions = data["customer"]["viewerActions"]
            .as_array()
            .unwrap()
            .clone();
        let request = actions
            .into_iter()
            .find(|a| a["action"] == "archive-lookup:request");
        request.unwrap()
    };
    assert_eq!(request(Who::Sales2).await["allowed"], true);
    let wanted = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "报价"});
    let refusal = app
        .by(Who::Manager1)
        .refused("archiveLookupRequest", wanted)
        .await;
    assert_eq!(refusal["code"], "ALREADY_GRANTED");
    tells(&request(Who::Manager1).await, &refusal);
}
