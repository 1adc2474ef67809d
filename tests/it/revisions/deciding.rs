//! Who approves, from when a revision counts, and for which cases (RUL-3, RUL-4).

use std::time::Instant;

use chrono::Duration;
use entity::rulebook_value;
use kehu::app::App;
use rules::kit::money::Fen;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{
    FIELDS, because, draft_of, drafted, footprint, in_days, new_brackets, new_days, on, read,
    submit, submitted,
};
use crate::complaints::{self, delegate};
use crate::support::{TestApp, Who, brackets, code};

const APPROVE: &str = "rulebookRevisionApprove";

/// The brackets in force on a day.
async fn brackets_on(app: &TestApp, days: u64) -> Value {
    let query = "query($on: Date!) { rulebook(on: $on) { key rows { name limit } history { fromOn revision } } }";
    let on = in_days(app, days);
    let all = app.by(Who::Sales1).ask(query, json!({"on": on})).await;
    let all = all["rulebook"].as_array().unwrap();
    all.iter()
        .find(|p| p["key"] == "complaint.decision")
        .unwrap()
        .clone()
}

#[tokio::test]
async fn rul_3_only_the_general_manager_or_his_delegate_approves() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "150000.00").await;
    let before = footprint(&app).await;
    for (who, codes) in [
        (Who::Deputy, ("FORBIDDEN", "RUL-3")),
        (Who::Governor, ("FORBIDDEN", "RUL-3")),
        (Who::Admin, ("FORBIDDEN", "RUL-3")),
        (Who::Clerk, ("SELF_APPROVAL", "RUL-3")),
        (Who::Manager1, ("NOT_FOUND", "")),
    ] {
        let refusal = app.by(who).refused(APPROVE, on(&revision)).await;
        assert_eq!(code(&refusal), codes, "{who:?}");
        if who == Who::Deputy {
            let approvers = json!([{"role": "GENERAL_MANAGER"}]);
            assert_eq!(refusal["remedy"]["approvers"], approvers);
        }
    }
    assert_eq!(footprint(&app).await, before);
    delegate(&app, Who::Gm, Who::Deputy, None).await;
    let payload = app
        .by(Who::Deputy)
        .done(APPROVE, on(&revision), FIELDS)
        .await;
    let approved = &payload["revision"];
    assert_eq!(approved["state"], "APPROVED");
    assert_eq!(approved["decidedBy"]["id"], Who::Deputy.public());
    assert_eq!(approved["decidedFor"]["id"], Who::Gm.public());
    let refusal = app.by(Who::Gm).refused(APPROVE, on(approved)).await;
    assert_eq!(code(&refusal), ("ALREADY_DECIDED", "RUL-3"));
}

#[tokio::test]
async fn rul_3_it_can_be_read_who_drafted_and_approved_it_and_what_it_replaced() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    let mut input = on(&revision);
    input["opinion"] = json!("同意");
    app.by(Who::Gm).done(APPROVE, input, FIELDS).await;
    // Approved: for everybody to read.
    let seen = read(&app, Who::Sales2, &revision).await;
    assert_eq!(seen["draftedBy"]["id"], Who::Clerk.public());
    assert_eq!(seen["decidedBy"]["id"], Who::Gm.public());
    assert_eq!(seen["decisionReason"], "同意");
    assert_eq!(
        seen["values"],
        json!([{
            "parameter": "complaint.decision",
            "unit": "CNY",
            "kind": "BRACKET_TABLE",
            "value": null,
            "rows": brackets("80000.00", "200000.00"),
            "replaces": null,
            "replacesRows": brackets("100000.00", "150000.00"),
        }])
    );
    assert_eq!(seen["approval"]["state"], "APPROVED");
    let history = brackets_on(&app, 0).await["history"].clone();
    assert_eq!(
        history,
        json!([
            {"fromOn": null, "revision": null},
            {"fromOn": in_days(&app, 1), "revision": revision["id"]},
        ])
    );
    let kept = rulebook_value::Entity::find()
        .one(&app.db.write)
        .await
        .unwrap();
    assert_eq!(kept.unwrap().created_by, Some(Who::Clerk.id()));
}

#[tokio::test]
async fn rul_3_a_revision_is_in_force_from_its_day() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    app.by(Who::Gm).done(APPROVE, on(&revision), FIELDS).await;
    let old = brackets("100000.00", "150000.00");
    let new = brackets("80000.00", "200000.00");
    assert_eq!(brackets_on(&app, 0).await["rows"], old);
    assert_eq!(brackets_on(&app, 1).await["rows"], new);
    app.advance(Duration::days(1));
    assert_eq!(brackets_on(&app, 0).await["rows"], new);
}

/// Two nodes over one database: what one approves counts at the other within a second.
#[tokio::test]
async fn rul_3_a_revision_counts_on_every_node() {
    let app = TestApp::start().await;
    let config = app.app.config().clone();
    let other = App::build(config, app.clock.clone()).await.unwrap();
    tokio::spawn(other.clone().keep_fresh());
    let revision = submitted(&app, "80000.00", "200000.00").await;
    app.by(Who::Gm).done(APPROVE, on(&revision), FIELDS).await;
    let limit_in = |days| {
        let rulebook = other.shared().moving().rulebook.clone();
        let limit = rulebook.on(in_days(&app, days));
        limit
            .limit("complaint.decision#department-manager")
            .unwrap()
    };
    let deadline = Instant::now() + std::time::Duration::from_secs(1);
    while limit_in(1) != Some(Fen::new(8_000_000)) {
        assert!(Instant::now() < deadline, "the other node does not know");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(limit_in(0), Some(Fen::new(10_000_000)));
}

#[tokio::test]
async fn rul_3_what_was_sent_back_is_changed_and_submitted_again() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    let send_back = "rulebookRevisionSendBack";
    let mut silent = on(&revision);
    silent["reason"] = json!(" ");
    let refusal = app.by(Who::Gm).refused(send_back, silent).await;
    assert_eq!(refusal["code"], "REQUIRED");
    let payload = app
        .by(Who::Gm)
        .done(send_back, because(&revision), FIELDS)
        .await;
    assert_eq!(payload["revision"]["state"], "SENT_BACK");
    assert_eq!(payload["revision"]["decidedBy"]["id"], Who::Gm.public());
    app.advance(Duration::days(1));
    let mut input = on(&payload["revision"]);
    input["values"] = new_brackets("90000.00", "200000.00");
    input["effectiveOn"] = json!(in_days(&app, 2));
    let payload = app
        .by(Who::Clerk)
        .done("rulebookRevisionChange", input, FIELDS)
        .await;
    let again = submit(&app, Who::Clerk, &payload["revision"]).await;
    assert_eq!(again["state"], "SUBMITTED");
    assert_eq!(again["decidedBy"], Value::Null);
    let until = read(&app, Who::Gm, &again).await["impact"]["until"].clone();
    assert_eq!(until, json!(in_days(&app, 0)));
    app.by(Who::Gm).done(APPROVE, on(&again), FIELDS).await;
    let old = brackets("100000.00", "150000.00");
    assert_eq!(brackets_on(&app, 1).await["rows"], old);
    let new = brackets("90000.00", "200000.00");
    assert_eq!(brackets_on(&app, 2).await["rows"], new);
    let trail = read(&app, Who::Gm, &revision).await["approval"]["trail"]["nodes"].clone();
    let mut kinds: Vec<&str> = trail
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["APPROVED", "RESUBMITTED", "SENT_BACK", "SUBMITTED"]);
}

#[tokio::test]
async fn rul_3_what_was_rejected_changes_nothing() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    let payload = app
        .by(Who::Gm)
        .done("rulebookRevisionReject", because(&revision), FIELDS)
        .await;
    assert_eq!(payload["revision"]["state"], "REJECTED");
    assert_eq!(app.count("rulebook_value").await, 0);
    let refusal = app
        .by(Who::Clerk)
        .refused("rulebookRevisionSubmit", on(&payload["revision"]))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "RUL-3"));
    let refusal = app
        .by(Who::Gm)
        .refused(APPROVE, on(&payload["revision"]))
        .await;
    assert_eq!(refusal["code"], "ALREADY_DECIDED");
    // A draft can't be decided on at all.
    let draft = drafted(&app, "80000.00", "200000.00").await;
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&draft)).await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "RUL-3"));
}

#[tokio::test]
async fn rul_3_a_revision_whose_day_has_come_is_not_approved_any_more() {
    let app = TestApp::start().await;
    let revision = submitted(&app, "80000.00", "200000.00").await;
    app.advance(Duration::days(1));
    let before = footprint(&app).await;
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&revision)).await;
    assert_eq!(code(&refusal), ("RULEBOOK_BACKDATED", "RUL-3"));
    assert_eq!(footprint(&app).await, before);
    assert_eq!(read(&app, Who::Gm, &revision).await["state"], "SUBMITTED");
}

#[tokio::test]
async fn rul_3_revisions_are_held_against_those_approved_meanwhile() {
    let app = TestApp::start().await;
    let (one, two) = (
        submitted(&app, "80000.00", "200000.00").await,
        submitted(&app, "90000.00", "200000.00").await,
    );
    let days = |value: Value| draft_of(&app, "LKP", value);
    let default = json!([{"parameter": "lookup.grant.default-days", "unit": "day", "value": "20"}]);
    let mut lookups = Vec::new();
    for values in [new_days("15"), default] {
        let input = days(values);
        let payload = app
            .by(Who::Sales1)
            .done("rulebookRevisionDraft", input, FIELDS)
            .await;
        lookups.push(submit(&app, Who::Sales1, &payload["revision"]).await);
    }
    for (first, second) in [(&one, &two), (&lookups[0], &lookups[1])] {
        app.by(Who::Gm).done(APPROVE, on(first), FIELDS).await;
        let before = footprint(&app).await;
        let refusal = app.by(Who::Gm).refused(APPROVE, on(second)).await;
        assert_eq!(code(&refusal), ("RULEBOOK_INVALID", "RUL-2"));
        assert_eq!(footprint(&app).await, before);
    }
}

#[tokio::test]
async fn rul_3_a_general_managers_own_revision_goes_to_the_governing_body() {
    let app = TestApp::start().await;
    let input = draft_of(&app, "CMP", new_brackets("80000.00", "200000.00"));
    let payload = app
        .by(Who::Gm)
        .done("rulebookRevisionDraft", input, FIELDS)
        .await;
    let revision = submit(&app, Who::Gm, &payload["revision"]).await;
    assert_eq!(revision["forGoverningBody"], true);
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&revision)).await;
    assert_eq!(code(&refusal), ("SELF_APPROVAL", "RUL-3"));
    let approvers = json!([{"role": "GOVERNING_BODY"}]);
    assert_eq!(refusal["remedy"]["approvers"], approvers);
    let payload = app
        .by(Who::Governor)
        .done(APPROVE, on(&revision), FIELDS)
        .await;
    assert_eq!(payload["revision"]["state"], "APPROVED");
}

#[tokio::test]
async fn rul_3_of_two_approvals_at_once_one_wins() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    delegate(&app, Who::Gm, Who::Deputy, None).await;
    for days in 1..5 {
        let mut input = draft_of(&app, "CMP", new_brackets("80000.00", "200000.00"));
        input["effectiveOn"] = json!(in_days(&app, days));
        let payload = app
            .by(Who::Clerk)
            .done("rulebookRevisionDraft", input, FIELDS)
            .await;
        let revision = submit(&app, Who::Clerk, &payload["revision"]).await;
        let by = |who| {
            let (by, input) = (app.by(who), on(&revision));
            async move { by.call(APPROVE, input, FIELDS).await }
        };
        let (one, two) = tokio::join!(by(Who::Gm), by(Who::Deputy));
        let codes: Vec<&str> = [&one, &two]
            .into_iter()
            .filter_map(|payload| payload["refusals"][0]["code"].as_str())
            .collect();
        assert_eq!(codes, ["ALREADY_DECIDED"]);
    }
    assert_eq!(app.count("rulebook_value").await, 4);
}

/// The whole way: drafted, its effect shown to the approver, approved, and counting for new cases only.
#[tokio::test]
async fn rul_4_a_revision_of_the_brackets_reroutes_new_cases_only_after_its_effect_was_shown() {
    let app = TestApp::start().await;
    let running = complaints::proposed(&app, "90000.00").await;
    let revision = submitted(&app, "80000.00", "150000.00").await;
    // RUL-5: the case that is running would have gone to the deputy.
    let effect = read(&app, Who::Gm, &revision).await["impact"]["effects"][0].clone();
    assert_eq!(
        (&effect["cases"], &effect["changed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(effect["moves"][0]["to"], "deputy-general-manager");
    let inbox = "{ approvalInbox { nodes { id subjectId } } }";
    let waiting = app.by(Who::Gm).ask(inbox, json!({})).await;
    let waiting = waiting["approvalInbox"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    assert!(waiting.iter().any(|a| a["subjectId"] == revision["id"]));
    app.by(Who::Gm).done(APPROVE, on(&revision), FIELDS).await;
    // Filed after the approval, but before the day: still the old brackets.
    let same_day = complaints::proposed(&app, "90000.00").await;
    app.advance(Duration::days(1));
    let new = complaints::proposed(&app, "90000.00").await;
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", complaints::decision(&new))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"));
    assert!(refusal["message"].as_str().unwrap().contains("80000.00"));
    let mine = app.by(Who::Manager1).ask(inbox, json!({})).await;
    let mine: Vec<Value> = mine["approvalInbox"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|approval| approval["subjectId"].clone())
        .collect();
    assert_eq!(mine, [same_day["id"].clone(), running["id"].clone()]);
    for case in [&running, &same_day] {
        let decision = complaints::decision(case);
        app.by(Who::Manager1)
            .done("complaintDecide", decision, complaints::FIELDS)
            .await;
    }
    let decision = complaints::decision(&new);
    app.by(Who::Deputy)
        .done("complaintDecide", decision, complaints::FIELDS)
        .await;
}
