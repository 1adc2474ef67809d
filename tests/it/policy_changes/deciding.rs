//! Who approves a change of the policy, what is in force by it, and how it is taken back (ORG-3, ORG-4).

use entity::{audit_entry, history, policy_row};
use kehu::app::App;
use kehu::config::Config;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{FIELDS, approved, because, drafted, footprint, new_row, on, read, rows, submitted};
use crate::complaints::delegate;
use crate::support::{TestApp, Who, code};

const APPROVE: &str = "policyChangeApprove";

/// Whether somebody sees the accounts of others.
async fn sees_accounts(app: &TestApp, who: Who) -> bool {
    let seen = app
        .by(who)
        .ask("{ accounts { totalCount } }", json!({}))
        .await;
    seen["accounts"]["totalCount"].as_i64().unwrap() > 1
}

fn accounts_for(role: &str) -> Value {
    json!({"add": [{"row": "account-read-x", "role": role, "object": "account", "action": "read", "scope": "any", "clause": "ORG-3"}]})
}

#[tokio::test]
async fn org_3_only_the_general_manager_or_his_delegate_approves() {
    let app = TestApp::start().await;
    let change = submitted(&app, accounts_for("ANALYST")).await;
    let before = footprint(&app).await;
    for (who, codes) in [
        (Who::Admin, ("SELF_APPROVAL", "ORG-3")),
        (Who::Governor, ("FORBIDDEN", "ORG-3")),
        (Who::Auditor, ("FORBIDDEN", "ORG-3")),
        (Who::Deputy, ("NOT_FOUND", "")),
        (Who::Analyst, ("NOT_FOUND", "")),
    ] {
        let refusal = app.by(who).refused(APPROVE, on(&change)).await;
        assert_eq!(code(&refusal), codes, "{who:?}");
    }
    assert_eq!(footprint(&app).await, before);
    assert!(!sees_accounts(&app, Who::Analyst).await);
    delegate(&app, Who::Gm, Who::Deputy, None).await;
    let payload = app.by(Who::Deputy).done(APPROVE, on(&change), FIELDS).await;
    assert_eq!(payload["change"]["state"], "APPROVED");
    assert_eq!(payload["change"]["decidedFor"]["id"], Who::Gm.public());
    // In force at once.
    assert!(sees_accounts(&app, Who::Analyst).await);
    let refusal = app
        .by(Who::Gm)
        .refused(APPROVE, on(&payload["change"]))
        .await;
    assert_eq!(code(&refusal), ("ALREADY_DECIDED", "ORG-3"));
}

#[tokio::test]
async fn org_4_who_drafted_never_approves_though_he_is_the_delegate() {
    let app = TestApp::start().await;
    let change = submitted(&app, accounts_for("ANALYST")).await;
    delegate(&app, Who::Gm, Who::Admin, None).await;
    let refusal = app.by(Who::Admin).refused(APPROVE, on(&change)).await;
    assert_eq!(refusal["code"], "SELF_APPROVAL");
    assert!(!sees_accounts(&app, Who::Analyst).await);
}

#[tokio::test]
async fn org_3_a_change_is_in_force_on_every_node_within_a_second() {
    let app = TestApp::start().await;
    let settings = [
        ("DATABASE_URL", app.database_url()),
        ("KEHU_HTTP__BIND", "127.0.0.1:0"),
        ("KEHU_HTTP__WORKERS", "1"),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let config = Config::from_parts(None, settings.into_iter().collect()).unwrap();
    let other = App::build(config, app.clock.clone()).await.unwrap();
    let polling = tokio::spawn(other.clone().keep_fresh());
    let may = || {
        let viewer = other.shared().viewer(Who::Analyst.id()).unwrap();
        let facts = ();
        viewer.decide("account", "read", &facts).allowed
    };
    assert!(!may());
    approved(&app, accounts_for("ANALYST")).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(may());
    polling.abort();
}

#[tokio::test]
async fn org_3_an_approved_change_is_kept_with_history_and_audit_and_marks_its_rows() {
    let app = TestApp::start().await;
    let rows_of = json!({
        "add": [new_row("x-1", "SUPERVISOR")],
        "alter": [{"row": "account-read-auditor", "role": "ANALYST", "object": "account", "action": "read", "scope": "any", "clause": "ORG-3"}],
        "remove": ["policy-row-read-body"],
    });
    let change = approved(&app, rows_of).await;
    let kept = policy_row::Entity::find()
        .filter(policy_row::Column::Changed.eq(true))
        .all(&app.db.write)
        .await
        .unwrap();
    let mut names: Vec<(&str, bool)> = kept
        .iter()
        .map(|r| (r.name.as_str(), r.removed_at.is_some()))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            ("account-read-auditor", false),
            ("policy-row-read-body", true),
            ("x-1", false)
        ]
    );
    let entries = history::Entity::find()
        .filter(history::Column::ObjectKind.eq("policy_row"))
        .all(&app.db.write)
        .await
        .unwrap();
    assert_eq!(entries.len(), 3);
    let noted = audit_entry::Entity::find()
        .filter(audit_entry::Column::Verb.eq("policyChangeApprove"))
        .one(&app.db.write)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(noted.actor_id, Some(Who::Gm.id()));
    assert_eq!(noted.clause.as_deref(), Some("ORG-3"));
    let seen = read(&app, Who::Auditor, &change).await;
    let kinds: Vec<(&str, &str)> = seen["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["row"].as_str().unwrap(),
                row["change"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("x-1", "ADD"),
            ("account-read-auditor", "ALTER"),
            ("policy-row-read-body", "REMOVE")
        ]
    );
    assert_eq!(seen["rows"][1]["before"]["role"], "AUDITOR");
    assert_eq!(seen["rows"][1]["after"]["labels"]["role"], "Analyst");
    assert_eq!(seen["approval"]["state"], "APPROVED");
    // A row that was removed does not come back with the next start.
    kehu::access::PolicyTable::seed(
        &app.db.write,
        &kehu::access::shipped().unwrap(),
        app.clock.now(),
    )
    .await
    .unwrap();
    app.touch("policy").await;
    assert!(rows(&app, Who::Governor, json!({})).await.is_empty());
    assert!(!sees_accounts(&app, Who::Auditor).await && sees_accounts(&app, Who::Analyst).await);
}

#[tokio::test]
async fn org_3_a_change_in_force_is_taken_back_by_its_opposite() {
    let app = TestApp::start().await;
    let before = rows(&app, Who::Admin, json!({})).await;
    let first = approved(
        &app,
        json!({"add": [new_row("x-1", "SUPERVISOR")], "remove": ["account-read-auditor"]}),
    )
    .await;
    assert!(!sees_accounts(&app, Who::Auditor).await);
    let revert = json!({"change": first["id"], "reason": "误改"});
    let refusal = app
        .by(Who::Gm)
        .refused("policyChangeRevert", revert.clone())
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-3"));
    let payload = app
        .by(Who::Admin)
        .done("policyChangeRevert", revert.clone(), FIELDS)
        .await;
    let draft = &payload["change"];
    assert_eq!(
        (&draft["state"], &draft["reverts"]["id"]),
        (&json!("DRAFT"), &first["id"])
    );
    let payload = app
        .by(Who::Admin)
        .done("policyChangeSubmit", on(draft), FIELDS)
        .await;
    app.by(Who::Gm)
        .done(APPROVE, on(&payload["change"]), FIELDS)
        .await;
    assert!(sees_accounts(&app, Who::Auditor).await);
    let without_mark = |rows: Vec<Value>| -> std::collections::BTreeSet<String> {
        let bare = rows.into_iter().map(|mut row| {
            row["changed"] = Value::Null;
            row.to_string()
        });
        bare.collect()
    };
    let after = rows(&app, Who::Admin, json!({})).await;
    assert_eq!(without_mark(after), without_mark(before));
    // Taken back already: its rows are no longer as it made them.
    let refused = app
        .by(Who::Admin)
        .call("policyChangeRevert", revert, "__typename")
        .await;
    let codes: Vec<&str> = refused["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["POLICY_INVALID", "POLICY_INVALID"]);
}

#[tokio::test]
async fn org_3_a_change_is_held_against_the_policy_of_its_approval() {
    let app = TestApp::start().await;
    let one = submitted(&app, json!({"remove": ["account-read-auditor"]})).await;
    let other = submitted(
        &app,
        json!({"alter": [{"row": "account-read-auditor", "role": "ANALYST", "object": "account", "action": "read", "scope": "any", "clause": "ORG-3"}]}),
    )
    .await;
    app.by(Who::Gm).done(APPROVE, on(&one), FIELDS).await;
    let before = footprint(&app).await;
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&other)).await;
    assert_eq!(code(&refusal), ("POLICY_INVALID", "ORG-3"));
    assert!(
        refusal["message"]
            .as_str()
            .unwrap()
            .contains("another one since"),
        "{refusal}"
    );
    assert_eq!(refusal["remedy"]["mutation"], "policyChangeDraft");
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn org_3_two_changes_that_lock_out_together_are_not_both_approved() {
    let app = TestApp::start().await;
    let admin_row = json!({"row": "x-1", "role": "SYSTEM_ADMINISTRATOR", "object": "role", "action": "assign", "scope": "any", "clause": "ORG-3"});
    approved(&app, json!({"add": [admin_row]})).await;
    let one = submitted(&app, json!({"remove": ["x-1"]})).await;
    let other = submitted(&app, json!({"remove": ["role-assign-admin"]})).await;
    app.by(Who::Gm).done(APPROVE, on(&one), FIELDS).await;
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&other)).await;
    assert_eq!(code(&refusal), ("POLICY_LOCKOUT", "ORG-3"));
    assert_eq!(
        rows(
            &app,
            Who::Admin,
            json!({"row": {"eq": "role-assign-admin"}})
        )
        .await
        .len(),
        1
    );
}

#[tokio::test]
async fn org_3_a_change_is_sent_back_changed_submitted_rejected_and_withdrawn() {
    let app = TestApp::start().await;
    let change = submitted(&app, accounts_for("ANALYST")).await;
    let mut silent = on(&change);
    silent["reason"] = json!(" ");
    let refusal = app
        .by(Who::Gm)
        .refused("policyChangeSendBack", silent)
        .await;
    assert_eq!(refusal["code"], "REQUIRED");
    let payload = app
        .by(Who::Gm)
        .done("policyChangeSendBack", because(&change), FIELDS)
        .await;
    assert_eq!(payload["change"]["state"], "SENT_BACK");
    let mut input = on(&payload["change"]);
    input["add"] = accounts_for("SALESPERSON")["add"].clone();
    let payload = app
        .by(Who::Admin)
        .done("policyChangeChange", input, FIELDS)
        .await;
    let payload = app
        .by(Who::Admin)
        .done("policyChangeSubmit", on(&payload["change"]), FIELDS)
        .await;
    let again = &payload["change"];
    // What was read before it changed is not approved.
    let refusal = app.by(Who::Gm).refused(APPROVE, on(&change)).await;
    assert_eq!(refusal["code"], "VERSION_CONFLICT");
    let payload = app
        .by(Who::Gm)
        .done("policyChangeReject", because(again), FIELDS)
        .await;
    assert_eq!(payload["change"]["state"], "REJECTED");
    assert!(!sees_accounts(&app, Who::Sales1).await);
    let other = drafted(&app, accounts_for("ANALYST")).await;
    let payload = app
        .by(Who::Admin)
        .done("policyChangeWithdraw", because(&other), FIELDS)
        .await;
    assert_eq!(payload["change"]["state"], "WITHDRAWN");
    let refusal = app
        .by(Who::Admin)
        .refused("policyChangeSubmit", on(&payload["change"]))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "ORG-3"));
}

#[tokio::test]
async fn org_3_a_change_is_decided_out_of_the_inbox() {
    let app = TestApp::start().await;
    let change = submitted(&app, accounts_for("ANALYST")).await;
    let inbox = "{ approvalInbox { nodes { id subjectId contentHash } } }";
    let seen = app.by(Who::Gm).ask(inbox, json!({})).await;
    let case = seen["approvalInbox"]["nodes"][0].clone();
    assert_eq!(case["subjectId"], change["id"]);
    let input =
        json!({"approval": case["id"], "verdict": "APPROVE", "contentHash": case["contentHash"]});
    app.by(Who::Gm)
        .done("approvalDecide", input, "approval { state }")
        .await;
    assert!(sees_accounts(&app, Who::Analyst).await);
}

#[tokio::test]
async fn org_3_the_last_general_manager_stays() {
    let app = TestApp::start().await;
    let assignment = crate::support::id("assignment", Who::Gm.assignment());
    let end = json!({"assignment": assignment, "expectedVersion": 1});
    // A delegate acts in the role and does not hold it.
    delegate(&app, Who::Gm, Who::Deputy, None).await;
    let refusal = app.by(Who::Admin).refused("roleEnd", end.clone()).await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let leave = json!({"employee": Who::Gm.public(), "expectedVersion": 1, "state": "LEFT", "on": "2026-02-01"});
    let refusal = app.by(Who::Hr).refused("employeeChangeState", leave).await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let account = crate::support::id("account", Who::Gm.id());
    let refusal = app
        .by(Who::Admin)
        .refused("accountDisable", json!({"account": account}))
        .await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let input = json!({"employee": Who::Deputy.public(), "role": "GENERAL_MANAGER"});
    app.by(Who::Admin)
        .done("roleAssign", input, "assignment { id }")
        .await;
    app.by(Who::Admin)
        .done("roleEnd", end, "assignment { id }")
        .await;
}
