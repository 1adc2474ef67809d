//! Who drafts, what is refused, who sees a draft (RUL-3).

use serde_json::{Value, json};

use super::{
    FIELDS, because, days_ago, draft_of, drafted, footprint, in_days, new_brackets, new_days, on,
    read, submitted,
};
use crate::support::{TestApp, Who, code};

const DRAFT: &str = "rulebookRevisionDraft";

#[tokio::test]
async fn rul_3_the_interpreting_department_drafts() {
    let app = TestApp::start().await;
    let brackets = draft_of(&app, "CMP", new_brackets("80000.00", "150000.00"));
    let before = footprint(&app).await;
    for who in [Who::Sales1, Who::Manager1, Who::Quality] {
        let refusal = app.by(who).refused(DRAFT, brackets.clone()).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "RUL-3"), "{who:?}");
    }
    let refusal = app
        .by(Who::Clerk)
        .refused(
            DRAFT,
            draft_of(&app, "XYZ", new_brackets("80000.00", "150000.00")),
        )
        .await;
    assert_eq!(refusal["code"], "UNKNOWN_REFERENCE");
    assert_eq!(footprint(&app).await, before);
    let payload = app.by(Who::Clerk).done(DRAFT, brackets, FIELDS).await;
    let year = in_days(&app, 0).format("%Y");
    assert_eq!(payload["revision"]["number"], format!("XD{year}-00001"));
    assert_eq!(payload["revision"]["state"], "DRAFT");
    // A section belongs to its business department: it interprets LKP as well.
    for who in [Who::Sales2, Who::Sales1a] {
        let days = draft_of(&app, "LKP", new_days("20"));
        app.by(who).done(DRAFT, days, FIELDS).await;
    }
    assert_eq!(app.count("rulebook_value").await, 0);
}

#[tokio::test]
async fn rul_3_what_makes_no_sound_rulebook_is_refused() {
    let app = TestApp::start().await;
    let before = footprint(&app).await;
    let row = |name: &str, limit: Value| json!({"name": name, "limit": limit});
    let table = |rows: Vec<Value>| json!([{"parameter": "complaint.decision", "unit": "CNY", "rows": rows}]);
    let (manager, deputy, general) = (
        "department-manager",
        "deputy-general-manager",
        "general-manager",
    );
    for (values, message) in [
        (
            json!([{"parameter": "no.such", "unit": "day", "value": "1"}]),
            "no.such: there is no such parameter.",
        ),
        (
            new_days("20"),
            "lookup.grant.max-days belongs to another regulation.",
        ),
        (
            json!([{"parameter": "complaint.decision", "unit": "USD", "rows": []}]),
            "complaint.decision is counted in CNY.",
        ),
        (
            json!([{"parameter": "complaint.decision", "unit": "CNY", "value": "80000.00"}]),
            "complaint.decision: not a value of its type.",
        ),
        (
            new_brackets("150000.00", "80000.00"),
            "complaint.decision: the row deputy-general-manager overlaps the one before.",
        ),
        (
            new_brackets("150000.00", "150000.00"),
            "complaint.decision: the row deputy-general-manager overlaps the one before.",
        ),
        (
            table(vec![
                row(manager, json!("1.00")),
                row(deputy, json!("2.00")),
                row(general, json!("3.00")),
            ]),
            "complaint.decision: the row general-manager leaves a gap.",
        ),
        (
            table(vec![row(manager, json!("1.00")), row(general, Value::Null)]),
            "complaint.decision has these rows, in this order: department-manager, deputy-general-manager, general-manager.",
        ),
        (
            new_brackets("0.00", "150000.00"),
            "complaint.decision lies between 0.01 and ….",
        ),
    ] {
        let input = draft_of(&app, "CMP", values);
        let refusal = app.by(Who::Clerk).refused(DRAFT, input).await;
        assert_eq!(code(&refusal), ("RULEBOOK_INVALID", "RUL-2"));
        assert_eq!(refusal["message"], message);
        assert_eq!(refusal["path"], json!(["values", "0"]));
    }
    for (values, path) in [
        (json!([]), json!(["values"])),
        (
            json!([{"parameter": "complaint.decision", "unit": "CNY"}]),
            json!(["values", "0", "value"]),
        ),
    ] {
        let input = draft_of(&app, "CMP", values);
        let refusal = app.by(Who::Clerk).refused(DRAFT, input).await;
        assert_eq!(refusal["path"], path);
    }
    // Sound by itself, but at odds with the days of a grant where none are named.
    let input = draft_of(&app, "LKP", new_days("6"));
    let refusal = app.by(Who::Sales1).refused(DRAFT, input).await;
    assert_eq!(code(&refusal), ("RULEBOOK_INVALID", "RUL-2"));
    assert_eq!(
        refusal["message"],
        "lookup.grant.default-days would be above lookup.grant.max-days, which is 6."
    );
    assert_eq!(footprint(&app).await, before);
    let input = draft_of(&app, "LKP", new_days("7"));
    app.by(Who::Sales1).done(DRAFT, input, FIELDS).await;
}

#[tokio::test]
async fn rul_3_a_revision_is_never_backdated() {
    let app = TestApp::start().await;
    let mut input = draft_of(&app, "CMP", new_brackets("80000.00", "150000.00"));
    for day in [days_ago(&app, 1), in_days(&app, 0)] {
        input["effectiveOn"] = json!(day);
        let refusal = app.by(Who::Clerk).refused(DRAFT, input.clone()).await;
        assert_eq!(code(&refusal), ("RULEBOOK_BACKDATED", "RUL-3"), "{day}");
        assert_eq!(refusal["path"], json!(["effectiveOn"]));
    }
    input["effectiveOn"] = json!(in_days(&app, 1));
    app.by(Who::Clerk).done(DRAFT, input, FIELDS).await;
}

#[tokio::test]
async fn rul_3_a_draft_is_seen_by_its_department_and_the_management() {
    let app = TestApp::start().await;
    let revision = drafted(&app, "80000.00", "150000.00").await;
    for (who, sees) in [
        (Who::Clerk, true),
        (Who::Hr, true),
        (Who::Gm, true),
        (Who::Deputy, true),
        (Who::Auditor, true),
        (Who::Sales1, false),
        (Who::Manager1, false),
    ] {
        assert_eq!(!read(&app, who, &revision).await.is_null(), sees, "{who:?}");
        let list = "{ rulebookRevisions { totalCount } }";
        let list = app.by(who).ask(list, json!({})).await;
        let count = i64::from(sees);
        assert_eq!(list["rulebookRevisions"]["totalCount"], count, "{who:?}");
    }
    let refusal = app
        .by(Who::Sales1)
        .refused("rulebookRevisionSubmit", on(&revision))
        .await;
    assert_eq!(refusal["code"], "NOT_FOUND");
}

#[tokio::test]
async fn rul_3_only_who_drafted_it_changes_submits_and_withdraws_it() {
    let app = TestApp::start().await;
    let revision = drafted(&app, "80000.00", "150000.00").await;
    let before = footprint(&app).await;
    for who in [Who::Hr, Who::Gm] {
        for (mutation, input) in [
            ("rulebookRevisionChange", on(&revision)),
            ("rulebookRevisionSubmit", on(&revision)),
            ("rulebookRevisionWithdraw", because(&revision)),
        ] {
            let refusal = app.by(who).refused(mutation, input).await;
            assert_eq!(code(&refusal), ("FORBIDDEN", "RUL-3"), "{who:?} {mutation}");
        }
    }
    assert_eq!(footprint(&app).await, before);
    let mut input = on(&revision);
    input["values"] = new_brackets("70000.00", "150000.00");
    let payload = app
        .by(Who::Clerk)
        .done("rulebookRevisionChange", input, FIELDS)
        .await;
    let changed = read(&app, Who::Clerk, &revision).await;
    assert_eq!(changed["values"][0]["rows"][0]["limit"], "70000.00");
    assert_eq!(changed["reason"], "原料涨价");
    // Of an older version nothing is changed.
    let stale = app
        .by(Who::Clerk)
        .refused("rulebookRevisionSubmit", on(&revision))
        .await;
    assert_eq!(stale["code"], "VERSION_CONFLICT");
    let payload = app
        .by(Who::Clerk)
        .done(
            "rulebookRevisionWithdraw",
            because(&payload["revision"]),
            FIELDS,
        )
        .await;
    assert_eq!(payload["revision"]["state"], "WITHDRAWN");
    let refusal = app
        .by(Who::Clerk)
        .refused("rulebookRevisionSubmit", on(&payload["revision"]))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "RUL-3"));
}

#[tokio::test]
async fn rul_3_what_was_submitted_can_be_withdrawn_but_not_changed() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "150000.00").await;
    let refusal = app
        .by(Who::Clerk)
        .refused("rulebookRevisionChange", on(&revision))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "RUL-3"));
    let payload = app
        .by(Who::Clerk)
        .done("rulebookRevisionWithdraw", because(&revision), FIELDS)
        .await;
    assert_eq!(payload["revision"]["state"], "WITHDRAWN");
    let refusal = app
        .by(Who::Gm)
        .refused("rulebookRevisionApprove", on(&payload["revision"]))
        .await;
    assert_eq!(refusal["code"], "WRONG_STATE");
    let inbox = "{ approvalInbox { totalCount } }";
    let inbox = app.by(Who::Gm).ask(inbox, json!({})).await;
    assert_eq!(inbox["approvalInbox"]["totalCount"], 0);
}
