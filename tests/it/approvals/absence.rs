//! An absent approver never blocks a case, and the top is not above the rules (ground rules, ORG-4, ORG-7): the step goes to
//! the delegate, else to the next higher role, at last to the governing body, never to somebody with a stake.

use std::collections::BTreeSet;

use entity::{account, employee};
use rules::vocabulary::EmploymentState;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::complaints::{
    FIELDS, customer, decision, delegate, filed, footprint, propose, proposed,
};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code};

async fn leaves(app: &TestApp, who: Who) {
    employee::Entity::update_many()
        .col_expr(
            employee::Column::State,
            Expr::value(EmploymentState::Left.as_str()),
        )
        .filter(employee::Column::Id.eq(who.id()))
        .exec(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
}

async fn disabled(app: &TestApp, who: Who, is: bool) {
    let at = is.then(|| app.clock.now());
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(at))
        .filter(account::Column::Id.eq(who.id()))
        .exec(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
}

async fn inbox(app: &TestApp, who: Who) -> BTreeSet<String> {
    let query = "{ approvalInbox { nodes { subjectId } } }";
    let data = app.by(who).ask(query, json!({})).await;
    let nodes = data["approvalInbox"]["nodes"].as_array().unwrap().clone();
    nodes
        .iter()
        .map(|n| n["subjectId"].as_str().unwrap().to_owned())
        .collect()
}

fn only(object: &Value) -> BTreeSet<String> {
    BTreeSet::from([object["id"].as_str().unwrap().to_owned()])
}

fn approvers(refusal: &Value) -> Vec<&str> {
    let roles = refusal["remedy"]["approvers"].as_array().unwrap();
    roles.iter().map(|a| a["role"].as_str().unwrap()).collect()
}

/// Step and last entry of the trail of an object's approval, as people read them.
async fn record(app: &TestApp, root: &str, object: &Value) -> (Value, Value) {
    let people = "{ takenBy { name } takenFor { name } inPlaceOf { name } opinion }";
    let entry = "{ kind actor { name } actedFor { name } inPlaceOf { name } }";
    let query = format!(
        "query($id: ID!) {{ {root}(id: $id) {{ approval {{ steps {{ nodes {people} }} trail(first: 1) {{ nodes {entry} }} }} }} }}"
    );
    let data = app
        .by(Who::Auditor)
        .ask(&query, json!({"id": object["id"]}))
        .await;
    let approval = &data[root]["approval"];
    (
        approval["steps"]["nodes"][0].clone(),
        approval["trail"]["nodes"][0].clone(),
    )
}

/// A request for another department's customer: the general manager's alone (LKP-2).
async fn lookup(app: &TestApp) -> Value {
    let customer = customer(app, Unit::Sales1, Who::Sales1).await;
    let wanted = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "报价"});
    let made = app
        .by(Who::Sales2)
        .done("archiveLookupRequest", wanted, "request { id }")
        .await;
    made["request"].clone()
}

#[tokio::test]
async fn org_7_where_the_manager_has_left_the_next_higher_role_decides_and_the_record_names_both() {
    let app = TestApp::start().await;
    let present = proposed(&app, "10.00").await;
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&present), FIELDS)
        .await;
    let (step, _) = record(&app, "complaint", &present).await;
    assert_eq!(step["inPlaceOf"], Value::Null, "the manager could have");
    let complaint = proposed(&app, "10.00").await;
    leaves(&app, Who::Manager1).await;
    assert!(
        inbox(&app, Who::Deputy)
            .await
            .contains(complaint["id"].as_str().unwrap())
    );
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let (step, entry) = record(&app, "complaint", &complaint).await;
    assert_eq!(
        step,
        json!({"takenBy": {"name": "林婉清"}, "takenFor": null, "inPlaceOf": {"name": "王建国"}, "opinion": "同意"})
    );
    assert_eq!(
        entry,
        json!({"kind": "APPROVED", "actor": {"name": "林婉清"}, "actedFor": null, "inPlaceOf": {"name": "王建国"}})
    );
}

#[tokio::test]
async fn org_4_the_delegate_of_who_is_away_decides_and_never_for_somebody_with_a_stake() {
    let app = TestApp::start().await;
    let request = lookup(&app).await;
    assert_eq!(inbox(&app, Who::Deputy).await, BTreeSet::new());
    delegate(&app, Who::Gm, Who::Deputy, None).await;
    assert_eq!(inbox(&app, Who::Deputy).await, only(&request));
    let input = json!({"request": request["id"]});
    app.by(Who::Deputy)
        .done("archiveLookupApprove", input, "grant { id }")
        .await;
    let (step, _) = record(&app, "archiveLookupRequest", &request).await;
    assert_eq!(
        step,
        json!({"takenBy": {"name": "林婉清"}, "takenFor": {"name": "陈国栋"}, "inPlaceOf": null, "opinion": null})
    );
    // The general manager's own case is not his delegate's either: the governing body's.
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let own = filed(&app, Who::Gm, &customer).await;
    let own = propose(&app, Who::Gm, &own, "10.00").await;
    let refusal = app
        .by(Who::Deputy)
        .refused("complaintDecide", decision(&own))
        .await;
    assert_eq!(code(&refusal), ("RECUSED", "CMP-11"));
    assert_eq!(approvers(&refusal), ["DEPARTMENT_MANAGER"]);
    assert_eq!(inbox(&app, Who::Deputy).await, BTreeSet::new());
}

#[tokio::test]
async fn where_the_general_manager_is_gone_the_governing_body_decides_in_writing() {
    let app = TestApp::start().await;
    let request = lookup(&app).await;
    let input = |opinion: Option<&str>| json!({"request": request["id"], "opinion": opinion});
    let before = footprint(&app).await;
    assert_eq!(inbox(&app, Who::Governor).await, BTreeSet::new());
    let refusal = app
        .by(Who::Governor)
        .refused("archiveLookupApprove", input(Some("同意")))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-2"));
    assert_eq!(approvers(&refusal), ["GENERAL_MANAGER"]);

    disabled(&app, Who::Gm, true).await;
    assert_eq!(inbox(&app, Who::Governor).await, only(&request));
    let refusal = app
        .by(Who::Deputy)
        .refused("archiveLookupApprove", input(None))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-2"));
    assert_eq!(approvers(&refusal), ["GOVERNING_BODY"]);
    let silent = app
        .by(Who::Governor)
        .refused("archiveLookupApprove", input(None))
        .await;
    assert_eq!(
        (code(&silent).0, &silent["path"]),
        ("REQUIRED", &json!(["opinion"]))
    );
    assert_eq!(footprint(&app).await, before);
    // Back again, it is his.
    disabled(&app, Who::Gm, false).await;
    assert_eq!(inbox(&app, Who::Governor).await, BTreeSet::new());
    disabled(&app, Who::Gm, true).await;
    app.by(Who::Governor)
        .done(
            "archiveLookupApprove",
            input(Some("经董事会同意")),
            "grant { id }",
        )
        .await;
    let (step, entry) = record(&app, "archiveLookupRequest", &request).await;
    assert_eq!(
        step,
        json!({"takenBy": {"name": "胡明"}, "takenFor": null, "inPlaceOf": {"name": "陈国栋"}, "opinion": "经董事会同意"})
    );
    assert_eq!(
        entry,
        json!({"kind": "APPROVED", "actor": {"name": "胡明"}, "actedFor": null, "inPlaceOf": {"name": "陈国栋"}})
    );
    // Once.
    let again = app
        .by(Who::Governor)
        .refused("archiveLookupApprove", input(Some("再次")))
        .await;
    assert_eq!(again["code"], "ALREADY_DECIDED");
}

#[tokio::test]
async fn where_the_general_manager_is_a_party_the_governing_body_decides() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let own = filed(&app, Who::Gm, &customer).await;
    let own = propose(&app, Who::Gm, &own, "150000.01").await;
    for (who, code_) in [(Who::Gm, "SELF_APPROVAL"), (Who::Deputy, "FORBIDDEN")] {
        let before = footprint(&app).await;
        let refusal = app.by(who).refused("complaintDecide", decision(&own)).await;
        assert_eq!(code(&refusal), (code_, "CMP-11"));
        assert_eq!(approvers(&refusal), ["GOVERNING_BODY"], "{who:?}");
        assert_eq!(footprint(&app).await, before);
    }
    assert_eq!(inbox(&app, Who::Governor).await, only(&own));
    let made = app
        .by(Who::Governor)
        .done("complaintDecide", decision(&own), FIELDS)
        .await;
    assert_eq!(made["complaint"]["decidedBy"]["id"], Who::Governor.public());
    let (step, _) = record(&app, "complaint", &own).await;
    assert_eq!(step["inPlaceOf"]["name"], "陈国栋");
    // Within the deputy's bracket there is somebody else.
    let small = filed(&app, Who::Gm, &customer).await;
    let small = propose(&app, Who::Gm, &small, "150000.00").await;
    assert_eq!(inbox(&app, Who::Governor).await, BTreeSet::new());
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&small), FIELDS)
        .await;
}
