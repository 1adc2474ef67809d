//! Sending back, rejecting, withdrawing, voiding.

use serde_json::{Value, json};

use super::{FIELDS, customer, decision, filed, footprint, on, propose, proposed, read};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code};

#[tokio::test]
async fn cmp_11_sent_back_with_a_reason_and_proposed_again() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let before = footprint(&app).await;
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintSendBack", on(&complaint, json!({"reason": " "})))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("REQUIRED", "CMP-11"), &json!(["reason"]))
    );
    assert_eq!(footprint(&app).await, before);
    let input = on(&complaint, json!({"reason": "请附照片"}));
    let made = app
        .by(Who::Manager1)
        .done("complaintSendBack", input, FIELDS)
        .await;
    assert_eq!(made["complaint"]["state"], "SENT_BACK");
    let sent_back = made["complaint"].clone();
    let refusal = app
        .by(Who::Deputy)
        .refused("complaintDecide", decision(&sent_back))
        .await;
    assert_eq!(code(&refusal), ("ALREADY_DECIDED", "CMP-11"));
    assert!(refusal["message"].as_str().unwrap().contains("王建国"));
    let complaint = propose(&app, Who::Sales1, &sent_back, "20.00").await;
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let read = read(&app, Who::Sales1, &complaint).await;
    let trail: Vec<_> = read["approval"]["trail"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["kind"].as_str().unwrap(), e["opinion"].as_str()))
        .collect();
    assert_eq!(
        trail,
        [
            ("APPROVED", Some("同意")),
            ("APPROVED", Some("同意")),
            ("APPROVED", Some("同意")),
            ("RESUBMITTED", None),
            ("SENT_BACK", Some("请附照片")),
            ("APPROVED", Some("同意")),
            ("APPROVED", Some("同意")),
            ("SUBMITTED", None)
        ]
    );
    assert_eq!(
        (&read["state"], &read["decision"]),
        (&json!("DECIDED"), &json!("同意"))
    );
    assert_eq!(app.count("approval").await, 1);
}

#[tokio::test]
async fn cmp_11_a_rejected_proposal_is_followed_by_another_case() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let input = on(&complaint, json!({"reason": "过高"}));
    let made = app
        .by(Who::Manager1)
        .done("complaintReject", input, FIELDS)
        .await;
    assert_eq!(made["complaint"]["state"], "REJECTED");
    let complaint = propose(&app, Who::Sales1, &made["complaint"], "5.00").await;
    assert_eq!(app.count("approval").await, 2);
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
}

#[tokio::test]
async fn a_proposal_is_withdrawn_by_who_made_it() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let before = footprint(&app).await;
    let input = on(&complaint, json!({"reason": "客户改了要求"}));
    let refusal = app
        .by(Who::Supervisor1)
        .refused("complaintWithdraw", input.clone())
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"));
    assert_eq!(footprint(&app).await, before);
    let made = app
        .by(Who::Sales1)
        .done("complaintWithdraw", input, FIELDS)
        .await;
    assert_eq!(made["complaint"]["state"], "FILED");
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", decision(&made["complaint"]))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-11"));
    let inbox = app
        .by(Who::Manager1)
        .ask("{ approvalInbox { nodes { id } } }", json!({}))
        .await;
    assert_eq!(inbox["approvalInbox"]["nodes"], json!([]));
    let complaint = propose(&app, Who::Sales1, &made["complaint"], "5.00").await;
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
}

#[tokio::test]
async fn a_voided_complaint_keeps_its_number_and_leaves_the_lists() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let void = |complaint: &Value| on(complaint, json!({"reason": "重复登记"}));
    let waiting = propose(&app, Who::Sales1, &complaint, "10.00").await;
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintVoid", void(&waiting))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-11"));
    let input = on(&waiting, json!({"reason": "撤回"}));
    let back = app
        .by(Who::Sales1)
        .done("complaintWithdraw", input, FIELDS)
        .await["complaint"]
        .clone();
    let refusal = app
        .by(Who::Supervisor1)
        .refused("complaintVoid", void(&back))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-3"));
    let made = app
        .by(Who::Manager1)
        .done("complaintVoid", void(&back), FIELDS)
        .await;
    assert_eq!(
        (&made["complaint"]["state"], &made["complaint"]["number"]),
        (&json!("VOIDED"), &complaint["number"])
    );
    let list =
        "{ complaints { totalCount } all: complaints(includeVoided: true) { nodes { id } } }";
    let list = app.by(Who::Sales1).ask(list, json!({})).await;
    assert_eq!(list["complaints"]["totalCount"], 0);
    assert_eq!(list["all"]["nodes"], json!([{"id": complaint["id"]}]));
    let voided = &made["complaint"];
    let input = on(
        voided,
        json!({"allowance": "1.00", "proposal": "折让", "negotiation": "愿意协商"}),
    );
    let refusal = app.by(Who::Sales1).refused("complaintPropose", input).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-11"));
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", decision(voided))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-11"));
    let next = filed(&app, Who::Sales1, &customer).await;
    assert!(next["number"].as_str().unwrap().ends_with("-02"));
}

#[tokio::test]
async fn a_decided_complaint_is_not_touched_any_more() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let made = app
        .by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let decided = &made["complaint"];
    let before = footprint(&app).await;
    for (who, mutation, other) in [
        (
            Who::Sales1,
            "complaintPropose",
            json!({"allowance": "1.00", "proposal": "折让", "negotiation": "愿意协商"}),
        ),
        (
            Who::Sales1,
            "complaintComplete",
            json!({"demandKind": "RETURN", "demand": "退货", "defectiveQuantity": 1}),
        ),
        (Who::Sales1, "complaintWithdraw", json!({"reason": "撤回"})),
        (Who::Sales1, "complaintVoid", json!({"reason": "作废"})),
        (Who::Deputy, "complaintDecide", json!({"decision": "同意"})),
        (Who::Deputy, "complaintSendBack", json!({"reason": "再议"})),
        (Who::Deputy, "complaintReject", json!({"reason": "再议"})),
    ] {
        let refusal = app.by(who).refused(mutation, on(decided, other)).await;
        assert_eq!(code(&refusal), ("ALREADY_DECIDED", "CMP-11"), "{mutation}");
        assert!(
            refusal["message"].as_str().unwrap().contains("王建国"),
            "{refusal:#}"
        );
    }
    assert_eq!(footprint(&app).await, before);
}
