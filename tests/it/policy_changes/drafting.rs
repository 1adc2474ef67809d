//! Who reads the policy, who drafts a change of it, what is refused, and that nobody is locked out (ORG-3).

use serde_json::{Value, json};

use super::{drafted, footprint, new_row, read, rows};
use crate::support::{TestApp, Who, code};

const DRAFT: &str = "policyChangeDraft";

#[tokio::test]
async fn org_3_the_policy_is_read_by_who_answers_for_it() {
    let app = TestApp::start().await;
    let fits = json!({"object": {"eq": "complaint"}, "action": {"eq": "decide"}, "clause": {"eq": "CMP-11"}});
    for who in [Who::Admin, Who::Gm, Who::Auditor, Who::Governor] {
        let seen = rows(&app, who, fits.clone()).await;
        assert_eq!(seen.len(), 3, "{who:?}");
        let gm = seen
            .iter()
            .find(|row| row["role"] == "GENERAL_MANAGER")
            .unwrap();
        assert_eq!(gm["labels"]["role"], "General manager");
        assert_eq!(gm["labels"]["scope"], "every one");
        assert_eq!(gm["labels"]["limit"], Value::Null);
        assert_eq!(
            (&gm["effect"], &gm["changed"]),
            (&json!("ALLOW"), &json!(false))
        );
        let manager = seen
            .iter()
            .find(|row| row["role"] == "DEPARTMENT_MANAGER")
            .unwrap();
        assert!(
            manager["limit"]
                .as_str()
                .unwrap()
                .starts_with("complaint.decision")
        );
        assert!(!manager["labels"]["limit"].as_str().unwrap().is_empty());
    }
    for who in [Who::Deputy, Who::Manager1, Who::Sales1, Who::Hr] {
        assert_eq!(
            rows(&app, who, json!({})).await,
            Vec::<Value>::new(),
            "{who:?}"
        );
    }
    let change = drafted(&app, json!({"add": [new_row("x-1", "SUPERVISOR")]})).await;
    for who in [Who::Gm, Who::Auditor] {
        assert_eq!(
            read(&app, who, &change).await["draftedBy"]["id"],
            Who::Admin.public()
        );
    }
    assert_eq!(
        read(&app, Who::Auditor, &change).await["effect"],
        Value::Null
    );
    assert_eq!(read(&app, Who::Deputy, &change).await, Value::Null);
}

#[tokio::test]
async fn org_3_only_an_administrator_drafts() {
    let app = TestApp::start().await;
    let before = footprint(&app).await;
    let input = json!({"reason": "r", "add": [new_row("x-1", "SUPERVISOR")]});
    for who in [Who::Gm, Who::Auditor, Who::Governor, Who::Hr, Who::Sales1] {
        let refusal = app.by(who).refused(DRAFT, input.clone()).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-3"), "{who:?}");
    }
    assert_eq!(footprint(&app).await, before);
    let change = drafted(&app, json!({"add": [new_row("x-1", "SUPERVISOR")]})).await;
    assert_eq!(change["state"], "DRAFT");
    // Nothing is in force by a draft.
    assert_eq!(
        rows(&app, Who::Admin, json!({"row": {"eq": "x-1"}}))
            .await
            .len(),
        0
    );
}

#[tokio::test]
async fn org_3_rows_that_make_no_sound_policy_are_refused() {
    let app = TestApp::start().await;
    let before = footprint(&app).await;
    let with = |key: &str, value: Value| {
        let mut row = new_row("x-1", "SUPERVISOR");
        row[key] = value;
        json!({"add": [row]})
    };
    for (mut input, path, said) in [
        (
            with("action", json!("devour")),
            json!(["add", "0", "action"]),
            "there is no complaint · devour",
        ),
        (
            with("object", json!("unicorn")),
            json!(["add", "0", "action"]),
            "there is no unicorn · void",
        ),
        (
            with("scope", json!("moon")),
            json!(["add", "0", "scope"]),
            "the scope is one of these",
        ),
        (
            with("limit", json!("lookup.grant.max-days")),
            json!(["add", "0", "limit"]),
            "is no amount of the rulebook",
        ),
        (
            with("clause", json!("ABC-1")),
            json!(["add", "0", "clause"]),
            "there is no clause ABC-1",
        ),
        (
            with("row", json!("Ä b")),
            json!(["add", "0", "row"]),
            "small letters",
        ),
        (
            with("row", json!("complaint-decide-gm")),
            json!(["add", "0", "row"]),
            "has a row of this name",
        ),
        (
            with("row", json!("g-gm")),
            json!(["add", "0", "row"]),
            "has a row of this name",
        ),
        (
            json!({"alter": [new_row("nobody", "SUPERVISOR")]}),
            json!(["alter", "0", "row"]),
            "has no such row",
        ),
        (
            json!({"remove": ["nobody"]}),
            json!(["remove", "0"]),
            "has no such row",
        ),
        (
            json!({"remove": ["complaint-decide-gm", "complaint-decide-gm"]}),
            json!(["remove", "1"]),
            "stands twice",
        ),
        (
            json!({"add": [{"row": "x-1", "role": "SUPERVISOR", "object": "customer", "action": "read", "scope": "any",
                "limit": "complaint.decision", "clause": "ARC-9"}]}),
            json!(["add", "0", "limit"]),
            "no amount to limit",
        ),
        (
            json!({"alter": [{"row": "complaint-decide-gm", "role": "GENERAL_MANAGER", "object": "complaint",
                "action": "decide", "scope": "any", "clause": "CMP-11"}]}),
            json!(["alter", "0", "row"]),
            "leaves the row as it is",
        ),
    ] {
        input["reason"] = json!("r");
        let refusal = app.by(Who::Admin).refused(DRAFT, input).await;
        assert_eq!(code(&refusal), ("POLICY_INVALID", "ORG-3"), "{refusal}");
        assert!(
            refusal["message"].as_str().unwrap().contains(said),
            "{refusal}"
        );
        let found: Vec<&Value> = refusal["path"].as_array().unwrap().iter().collect();
        let wanted: Vec<&Value> = path.as_array().unwrap().iter().collect();
        assert!(found.ends_with(&wanted), "{refusal}");
    }
    let refusal = app
        .by(Who::Admin)
        .refused(DRAFT, json!({"reason": "r"}))
        .await;
    assert_eq!(refusal["code"], "REQUIRED");
    let refusal = app
        .by(Who::Admin)
        .refused(
            DRAFT,
            json!({"reason": " ", "remove": ["complaint-decide-gm"]}),
        )
        .await;
    assert_eq!(refusal["code"], "REQUIRED");
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn org_3_no_change_locks_the_company_out() {
    let app = TestApp::start().await;
    let before = footprint(&app).await;
    let deny = |role: &str, object: &str, action: &str| {
        json!({"add": [{"row": "x-1", "role": role, "object": object, "action": action, "scope": "any",
            "clause": "ORG-3", "effect": "DENY"}]})
    };
    for (mut input, lost) in [
        (
            json!({"remove": ["policy-change-draft-admin"]}),
            "policy-change · draft",
        ),
        (
            json!({"remove": ["policy-change-submit-drafter"]}),
            "policy-change · submit",
        ),
        (
            json!({"remove": ["policy-change-approve-gm"]}),
            "policy-change · approve",
        ),
        (
            json!({"remove": ["policy-change-read-gm"]}),
            "policy-change · read",
        ),
        (json!({"remove": ["role-assign-admin"]}), "role · assign"),
        (
            deny("SYSTEM_ADMINISTRATOR", "account", "administer"),
            "account · administer",
        ),
        // A denial of everybody, and one that comes with another role of the general manager.
        (
            deny("EMPLOYEE", "policy-change", "approve"),
            "policy-change · approve",
        ),
        (
            deny("DEPUTY_GENERAL_MANAGER", "policy-change", "approve"),
            "policy-change · approve",
        ),
        // Given to somebody else instead.
        (
            json!({"alter": [{"row": "role-assign-admin", "role": "HR_OFFICER", "object": "role", "action": "assign",
                "scope": "any", "clause": "ORG-3"}]}),
            "role · assign",
        ),
    ] {
        input["reason"] = json!("r");
        let refusal = app.by(Who::Admin).refused(DRAFT, input.clone()).await;
        assert_eq!(code(&refusal), ("POLICY_LOCKOUT", "ORG-3"), "{input}");
        assert!(
            refusal["message"].as_str().unwrap().contains(lost),
            "{refusal}"
        );
        assert!(refusal["remedy"]["message"].as_str().is_some());
    }
    assert_eq!(footprint(&app).await, before);
    // The same by another row in its place is no lock-out.
    let row = json!({"row": "x-1", "role": "SYSTEM_ADMINISTRATOR", "object": "role", "action": "assign", "scope": "any", "clause": "ORG-3"});
    drafted(&app, json!({"remove": ["role-assign-admin"], "add": [row]})).await;
}

#[tokio::test]
async fn org_3_a_denial_by_the_only_administrators_other_role_is_a_lock_out() {
    let app = TestApp::start().await;
    let input = json!({"employee": Who::Admin.public(), "role": "ANALYST"});
    app.by(Who::Admin)
        .done("roleAssign", input, "assignment { id }")
        .await;
    let deny = json!({"reason": "r", "add": [{"row": "x-1", "role": "ANALYST", "object": "policy-change",
        "action": "draft", "scope": "own", "clause": "ORG-3", "effect": "DENY"}]});
    let refusal = app.by(Who::Admin).refused(DRAFT, deny.clone()).await;
    assert_eq!(code(&refusal), ("POLICY_LOCKOUT", "ORG-3"));
    // With a second administrator it locks nobody out.
    let input = json!({"employee": Who::Hr.public(), "role": "SYSTEM_ADMINISTRATOR"});
    app.by(Who::Admin)
        .done("roleAssign", input, "assignment { id }")
        .await;
    app.by(Who::Admin).done(DRAFT, deny, "change { id }").await;
}
