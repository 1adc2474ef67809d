//! What is concluded of a complaint and told of it: CMP-1, CMP-5, CMP-9, CMP-10, CMP-15, CMP-17, CMP-20, CMP-21.

use chrono::Duration;
use serde_json::{Value, json};

use super::{
    FIELDS, INVESTIGATION, closed, customer, decision, facts_but, filed, footprint, investigated,
    on, proposal, proposed, step,
};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code};

/// A complaint at the check of the general manager's office.
async fn to_be_checked(app: &TestApp) -> Value {
    let customer = customer(app, Unit::Sales1, Who::Sales1).await;
    let mut complaint = filed(app, Who::Sales1, &customer).await;
    for (mutation, who) in INVESTIGATION.into_iter().take(4) {
        complaint = step(app, who, mutation, &complaint).await;
    }
    complaint
}

fn of(complaint: &Value, other: Value) -> Value {
    super::merged(json!({"complaint": complaint["id"]}), other)
}

#[tokio::test]
async fn cmp_1_without_any_loss_an_abnormality_note_ends_the_case() {
    let app = TestApp::start().await;
    let complaint = to_be_checked(&app).await;
    let input = on(&complaint, json!({"improvement": "钻机每周校正"}));
    let before = footprint(&app).await;
    let refusal = app
        .by(Who::Works)
        .refused("complaintAbnormality", input.clone())
        .await;
    assert_eq!(code(&refusal).0, "FORBIDDEN");
    let silent = on(&complaint, json!({"improvement": " "}));
    let refusal = app
        .by(Who::Office)
        .refused("complaintAbnormality", silent)
        .await;
    assert_eq!(code(&refusal), ("REQUIRED", "CMP-1"));
    assert_eq!(footprint(&app).await, before);
    let made = app
        .by(Who::Office)
        .done("complaintAbnormality", input, FIELDS)
        .await;
    assert_eq!(
        (&made["complaint"]["state"], &made["complaint"]["station"]),
        (&json!("CLOSED"), &Value::Null)
    );
    let query = "query($id: ID!) { complaint(id: $id) { result closedAt forms { nodes { code } } } \
                 obligations(first: 50) { nodes { duty state subjectId } } }";
    let data = app
        .by(Who::Gm)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    assert_eq!(data["complaint"]["result"], "钻机每周校正");
    assert_eq!(
        data["complaint"]["forms"]["nodes"],
        json!([{"code": "COMPLAINT_ABNORMALITY"}])
    );
    for obligation in data["obligations"]["nodes"].as_array().unwrap() {
        assert_eq!(obligation["state"], "FULFILLED", "{obligation:#}");
    }
    // Once business has it, there is something to decide.
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let other = filed(&app, Who::Sales1, &customer).await;
    let other = investigated(&app, &other).await;
    let input = on(&other, json!({"improvement": "校正"}));
    let refusal = app
        .by(Who::Office)
        .refused("complaintAbnormality", input)
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-6"));
}

#[tokio::test]
async fn cmp_5_the_unit_reports_within_three_days_of_the_investigation() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = step(&app, Who::Office, "complaintAccept", &complaint).await;
    let query = "{ obligations(where: {duty: {eq: \"complaint.report\"}}) { nodes { startedAt dueAt state clause { number } \
                 responsibleRole overdue } } }";
    let reports = async || {
        let data = app.by(Who::Gm).ask(query, json!({})).await;
        data["obligations"]["nodes"].as_array().unwrap().clone()
    };
    assert_eq!(reports().await.len(), 0);
    let complaint = step(&app, Who::Quality, "complaintAnalyse", &complaint).await;
    let begun = reports().await;
    assert_eq!(
        (
            begun.len(),
            &begun[0]["state"],
            &begun[0]["clause"]["number"]
        ),
        (1, &json!("OPEN"), &json!("CMP-5"))
    );
    assert_eq!(begun[0]["responsibleRole"], "MANUFACTURING_OFFICER");
    let day = |at: &Value| {
        let at: chrono::DateTime<chrono::Utc> = at.as_str().unwrap().parse().unwrap();
        at + Duration::hours(8) - Duration::milliseconds(1)
    };
    let days = (day(&begun[0]["dueAt"]).date_naive() - day(&begun[0]["startedAt"]).date_naive())
        .num_days();
    assert_eq!(days, 3);
    // Sent back to quality, the time runs on.
    let back = on(&complaint, json!({"reason": "不清"}));
    let made = app
        .by(Who::Works)
        .done("complaintSendBack", back, FIELDS)
        .await;
    let complaint = step(&app, Who::Quality, "complaintAnalyse", &made["complaint"]).await;
    let still = reports().await;
    assert_eq!((still.len(), &still[0]["dueAt"]), (1, &begun[0]["dueAt"]));
    app.advance(Duration::days(5));
    step(&app, Who::Works, "complaintCounter", &complaint).await;
    let ended = reports().await;
    assert_eq!(
        (&ended[0]["state"], &ended[0]["overdue"]),
        (&json!("FULFILLED"), &json!(true))
    );
}

#[tokio::test]
async fn cmp_17_a_complaint_that_is_not_upheld_gives_the_customer_nothing() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for (amount, can) in [("0.01", false), ("0.00", true)] {
        let complaint = filed(&app, Who::Sales1, &customer).await;
        let complaint = investigated(&app, &complaint).await;
        let made = app
            .by(Who::Sales1)
            .done("complaintPropose", proposal(&complaint, amount), FIELDS)
            .await;
        let complaint = step(
            &app,
            Who::SalesManager,
            "complaintReview",
            &made["complaint"],
        )
        .await;
        let input = on(
            &complaint,
            json!({"opinion": "非我方责任", "upheld": false, "tracked": false}),
        );
        if !can {
            let before = footprint(&app).await;
            let refusal = app
                .by(Who::Office)
                .refused("complaintSummarise", input)
                .await;
            assert_eq!(
                (code(&refusal), &refusal["path"]),
                (("INVALID_INPUT", "CMP-17"), &json!(["upheld"]))
            );
            assert_eq!(footprint(&app).await, before);
            continue;
        }
        let made = app
            .by(Who::Office)
            .done("complaintSummarise", input, FIELDS)
            .await;
        app.by(Who::Manager1)
            .done("complaintDecide", decision(&made["complaint"]), FIELDS)
            .await;
        let query = "query($id: ID!) { complaint(id: $id) { upheld tracked } }";
        let read = app
            .by(Who::Sales1)
            .ask(query, json!({"id": complaint["id"]}))
            .await;
        assert_eq!(
            read["complaint"],
            json!({"upheld": false, "tracked": false})
        );
    }
}

#[tokio::test]
async fn cmp_9_the_improvement_is_followed_up_but_not_that_of_a_human_slip() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for (class, can) in [("NON_QUALITY", false), ("QUALITY", true)] {
        let file = facts_but(&customer, json!({"class": class}));
        let made = app
            .by(Who::Sales1)
            .done("complaintFile", file, FIELDS)
            .await;
        let complaint = investigated(&app, &made["complaint"]).await;
        let made = app
            .by(Who::Sales1)
            .done("complaintPropose", proposal(&complaint, "10.00"), FIELDS)
            .await;
        let complaint = step(
            &app,
            Who::SalesManager,
            "complaintReview",
            &made["complaint"],
        )
        .await;
        let input = on(
            &complaint,
            json!({"opinion": "属实", "upheld": true, "tracked": true}),
        );
        if !can {
            let refusal = app
                .by(Who::Office)
                .refused("complaintSummarise", input)
                .await;
            assert_eq!(
                (code(&refusal), &refusal["path"]),
                (("INVALID_INPUT", "CMP-9"), &json!(["tracked"]))
            );
            continue;
        }
        let made = app
            .by(Who::Office)
            .done("complaintSummarise", input, FIELDS)
            .await;
        let effect = |complaint: &Value| on(complaint, json!({"effect": "连续三批合格"}));
        let refusal = app
            .by(Who::Office)
            .refused("complaintConfirm", effect(&made["complaint"]))
            .await;
        assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-21"));
        let made = app
            .by(Who::Manager1)
            .done("complaintDecide", decision(&made["complaint"]), FIELDS)
            .await;
        let complaint = step(&app, Who::Sales1, "complaintClose", &made["complaint"]).await;
        let refusal = app
            .by(Who::Sales1)
            .refused("complaintConfirm", effect(&complaint))
            .await;
        assert_eq!(code(&refusal).0, "FORBIDDEN");
        let made = app
            .by(Who::Office)
            .done("complaintConfirm", effect(&complaint), FIELDS)
            .await;
        let query = "query($id: ID!) { complaint(id: $id) { improvement improvedBy { id } } }";
        let read = app
            .by(Who::Sales1)
            .ask(query, json!({"id": complaint["id"]}))
            .await;
        assert_eq!(
            read["complaint"],
            json!({"improvement": "连续三批合格", "improvedBy": {"id": Who::Office.public()}})
        );
        let refusal = app
            .by(Who::Office)
            .refused("complaintConfirm", effect(&made["complaint"]))
            .await;
        assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-21"));
    }
}

#[tokio::test]
async fn cmp_21_an_improvement_that_is_not_followed_up_is_not_confirmed() {
    let app = TestApp::start().await;
    let complaint = closed(&app, "10.00").await;
    let input = on(&complaint, json!({"effect": "合格"}));
    let refusal = app.by(Who::Office).refused("complaintConfirm", input).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-21"));
}

#[tokio::test]
async fn cmp_10_third_parties_are_brought_in_with_their_share_and_claimed() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let party = |share: &str| {
        of(
            &complaint,
            json!({"name": "大华板材", "part": "板材来料不良", "share": share}),
        )
    };
    let fields = "thirdParty { id version name share claimed claimNote }";
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintInvolve", party("10.00"))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-10"));
    let made = app
        .by(Who::Office)
        .done("complaintInvolve", party("60.00"), fields)
        .await;
    assert_eq!(
        (&made["thirdParty"]["share"], &made["thirdParty"]["claimed"]),
        (&json!("60.00"), &Value::Null)
    );
    let refusal = app
        .by(Who::Office)
        .refused("complaintInvolve", party("40.01"))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("OUT_OF_RANGE", "CMP-10"), &json!(["share"]))
    );
    app.by(Who::Office)
        .done("complaintInvolve", party("40.00"), fields)
        .await;
    let claim = |version: i64, amount: &str| json!({"thirdParty": made["thirdParty"]["id"], "expectedVersion": version, "amount": amount, "note": "已同意"});
    let refusal = app
        .by(Who::Office)
        .refused("complaintClaim", claim(1, "-0.01"))
        .await;
    assert_eq!(code(&refusal), ("OUT_OF_RANGE", "CMP-10"));
    // Who can't see the complaint knows nothing of its third parties.
    let refusal = app
        .by(Who::Sales2)
        .refused("complaintClaim", claim(1, "5.00"))
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("NOT_FOUND", &json!(["thirdParty"]))
    );
    let claimed = app
        .by(Who::Office)
        .done("complaintClaim", claim(1, "5000.00"), fields)
        .await;
    assert_eq!(
        (
            &claimed["thirdParty"]["claimed"],
            &claimed["thirdParty"]["claimNote"]
        ),
        (&json!("5000.00"), &json!("已同意"))
    );
    let refusal = app
        .by(Who::Office)
        .refused("complaintClaim", claim(1, "1.00"))
        .await;
    assert_eq!(code(&refusal).0, "VERSION_CONFLICT");
}

#[tokio::test]
async fn cmp_15_the_customer_is_told_nothing_before_the_decision_and_nothing_beyond_it() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "500.00").await;
    let reply = |amount: &str| {
        of(
            &complaint,
            json!({"channel": "LETTER", "text": "贵司投诉已处理", "commitment": amount}),
        )
    };
    let before = footprint(&app).await;
    for amount in ["0.00", "500.00"] {
        let refusal = app
            .by(Who::Sales1)
            .refused("complaintReply", reply(amount))
            .await;
        assert_eq!(code(&refusal), ("NOT_DECIDED", "CMP-15"));
    }
    assert_eq!(footprint(&app).await, before);
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintReply", reply("500.01"))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("BEYOND_AUTHORITY", "CMP-15"), &json!(["commitment"]))
    );
    let refusal = app
        .by(Who::Quality)
        .refused("complaintReply", reply("500.00"))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-15"));
    let fields = "reply { channel text commitment repliedBy { id } complaint { id } }";
    let made = app
        .by(Who::Sales1)
        .done("complaintReply", reply("500.00"), fields)
        .await;
    let wanted = json!({
        "channel": "LETTER", "text": "贵司投诉已处理", "commitment": "500.00",
        "repliedBy": {"id": Who::Sales1.public()}, "complaint": {"id": complaint["id"]},
    });
    assert_eq!(made["reply"], wanted);
    let query = "query($id: ID!) { complaint(id: $id) { replies { totalCount } } }";
    let read = app
        .by(Who::Sales1)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    assert_eq!(read["complaint"]["replies"]["totalCount"], 1);
}

#[tokio::test]
async fn cmp_20_a_late_unit_is_reminded_and_a_late_case_explained() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = step(&app, Who::Office, "complaintAccept", &complaint).await;
    let reason = of(&complaint, json!({"reason": "检验设备故障"}));
    let refusal = app
        .by(Who::Quality)
        .refused("complaintExplain", reason.clone())
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-20"));
    app.advance(Duration::days(3));
    app.run_due_jobs().await;
    let ledger = "query($duty: String!) { obligations(where: {duty: {eq: $duty}}) { nodes { ledger { nodes { step } } } } }";
    let steps = async |duty: &str| {
        let data = app.by(Who::Gm).ask(ledger, json!({"duty": duty})).await;
        data["obligations"]["nodes"][0]["ledger"]["nodes"][0]["step"].clone()
    };
    assert_eq!(steps("complaint.analyse").await, "REMINDER");
    app.advance(Duration::days(15));
    app.run_due_jobs().await;
    assert_eq!(steps("complaint.close.domestic").await, "INQUIRY");
    let fields = "delay { reason department { id } explainedBy { id } }";
    let made = app
        .by(Who::Quality)
        .done("complaintExplain", reason.clone(), fields)
        .await;
    let unit = crate::support::id("department", Unit::Quality.id());
    let wanted = json!({"reason": "检验设备故障", "department": {"id": unit}, "explainedBy": {"id": Who::Quality.public()}});
    assert_eq!(made["delay"], wanted);
    let refusal = app
        .by(Who::Auditor)
        .refused("complaintExplain", reason)
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-20"));
}
