//! Archive lookup from asking to its end (LKP-1 to LKP-5, LKP-9, ORG-4).

use chrono::{DateTime, Duration, Utc};
use entity::delegation;
use kehu::access::Table;
use rules::vocabulary::AuditPart;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use sea_query::{Alias, Query};
use serde_json::{Value, json};

use crate::customers::enter;
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

const SECTIONS: [&str; 2] = ["CONTACTS", "NOTES"];

async fn customer(app: &TestApp, owner: Who) -> String {
    enter(
        app,
        owner,
        "甲公司",
        json!({"contacts": [{"name": "李雷"}]}),
    )
    .await
}

fn wanted(customer: &str) -> Value {
    json!({"customer": customer, "sections": SECTIONS, "reason": "联合投标"})
}

/// Asks for contacts and notes; gives the request's id.
async fn ask(app: &TestApp, who: Who, customer: &str) -> String {
    let payload = app
        .by(who)
        .done("archiveLookupRequest", wanted(customer), "request { id }")
        .await;
    payload["request"]["id"].as_str().unwrap().to_owned()
}

/// Approves in full; gives the grant.
async fn approve(app: &TestApp, who: Who, request: &str) -> Value {
    let fields = "grant { id number sections untilAt inForce grantedBy { name } grantedFor { name } } request { state }";
    app.by(who)
        .done("archiveLookupApprove", json!({"request": request}), fields)
        .await
}

async fn refused(app: &TestApp, who: Who, request: &str) -> Value {
    app.by(who)
        .refused("archiveLookupApprove", json!({"request": request}))
        .await
}

async fn archive(app: &TestApp, who: Who, customer: &str) -> Value {
    let query = "query($id: ID!) { customer(id: $id) { archive { __typename ... on CustomerArchive { \
                 fullName contacts { nodes { name } } notes { nodes { body } } purchases { totalCount } } } } }";
    app.by(who).ask(query, json!({"id": customer})).await["customer"]["archive"].clone()
}

async fn reads(app: &TestApp, who: Who, customer: &str) -> bool {
    archive(app, who, customer).await["contacts"]["nodes"][0]["name"] == "李雷"
}

/// Lends a role for a day from now.
async fn delegate(app: &TestApp, from: Who, to: Who) {
    let now = app.clock.now();
    let row = delegation::ActiveModel {
        id: Set(app.clock.new_id()),
        assignment_id: Set(from.assignment()),
        delegator_id: Set(from.id()),
        delegate_id: Set(to.id()),
        from_at: Set(now - Duration::minutes(1)),
        until_at: Set(now + Duration::days(1)),
        max_amount_fen: Set(None),
        reason: Set("出差".into()),
        ended_at: Set(None),
        ended_reason: Set(None),
        created_at: Set(now),
        version: Set(1),
    };
    delegation::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
}

#[tokio::test]
async fn lkp_1_the_department_manager_approves_for_the_own_department() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let asked = app
        .by(Who::Sales1x)
        .done(
            "archiveLookupRequest",
            wanted(&customer),
            "request { id number route days state sections approval { state } }",
        )
        .await;
    let request = asked["request"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        asked["request"],
        json!({"id": request, "number": format!("CY{}-00001", app.app.shared().day_of(app.clock.now()).format("%Y")),
               "route": "OWN_DEPARTMENT", "days": 7, "state": "OPEN", "sections": SECTIONS, "approval": {"state": "OPEN"}})
    );
    // Who can't know of the request is answered as if there were none.
    let none = id("lookup", Who::Gm.id());
    for who in [Who::Manager2, Who::Sales2, Who::Supervisor1, Who::Admin] {
        let hidden = refused(&app, who, &request).await;
        assert_eq!(code(&hidden).0, "NOT_FOUND", "{who:?}");
        assert_eq!(hidden, refused(&app, who, &none).await);
    }
    // Its owner sees it, and decides nothing.
    let refusal = refused(&app, Who::Sales1, &request).await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-1"));
    assert_eq!(
        refusal["remedy"]["approvers"],
        json!([{"role": "DEPARTMENT_MANAGER"}, {"role": "DEPUTY_GENERAL_MANAGER"}, {"role": "GENERAL_MANAGER"}])
    );
    assert_eq!(app.count("archive_grant").await, 0);
    assert!(!reads(&app, Who::Sales1x, &customer).await);
    let granted = approve(&app, Who::Manager1, &request).await;
    assert_eq!(granted["request"]["state"], "GRANTED");
    assert_eq!(granted["grant"]["inForce"], true);
    assert!(reads(&app, Who::Sales1x, &customer).await);
    assert!(
        !reads(&app, Who::Supervisor1, &customer).await,
        "granted to one, not to the department"
    );
}

#[tokio::test]
async fn lkp_1_two_sections_are_of_one_department() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1b).await;
    let request = ask(&app, Who::Sales1a, &customer).await;
    approve(&app, Who::Manager1, &request).await;
    assert!(reads(&app, Who::Sales1a, &customer).await);
}

#[tokio::test]
async fn lkp_1_an_absent_manager_blocks_nothing_the_next_higher_role_decides() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales1x, &customer).await;
    approve(&app, Who::Deputy, &request).await;
    assert!(reads(&app, Who::Sales1x, &customer).await);
}

#[tokio::test]
async fn lkp_2_only_the_general_manager_approves_for_another_department() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales2, &customer).await;
    for who in [Who::Manager1, Who::Deputy] {
        let refusal = refused(&app, who, &request).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-2"), "{who:?}");
        assert_eq!(
            refusal["remedy"]["approvers"],
            json!([{"role": "GENERAL_MANAGER"}]),
            "{who:?}"
        );
    }
    // The requester's own manager knows of the request and is told who can.
    assert_eq!(
        code(&refused(&app, Who::Manager2, &request).await),
        ("FORBIDDEN", "LKP-2")
    );
    assert_eq!(
        (
            app.count("archive_grant").await,
            app.count("approval_event").await
        ),
        (0, 1)
    );
    approve(&app, Who::Gm, &request).await;
    assert!(reads(&app, Who::Sales2, &customer).await);
    // LKP-5: read on the ground of the grant, whose number the log names.
    let log = "{ archiveReadings(where: {basis: {eq: GRANT}}) { nodes { reader { name } sections grant { number } } } }";
    let data = app.by(Who::Sales1).ask(log, json!({})).await;
    let reading = &data["archiveReadings"]["nodes"][0];
    assert_eq!(
        (&reading["reader"]["name"], &reading["sections"]),
        (&json!("吴磊"), &json!(SECTIONS))
    );
    assert!(
        reading["grant"]["number"]
            .as_str()
            .unwrap()
            .starts_with("SQ"),
        "{data}"
    );
}

#[tokio::test]
async fn lkp_4_a_request_states_sections_reason_and_days() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    for (field, value, refusal) in [
        ("reason", json!("  "), "REQUIRED"),
        ("sections", json!([]), "REQUIRED"),
        ("days", json!(0), "OUT_OF_RANGE"),
        ("days", json!(31), "OUT_OF_RANGE"),
    ] {
        let mut input = wanted(&customer);
        input[field] = value;
        let answer = app
            .by(Who::Sales2)
            .refused("archiveLookupRequest", input)
            .await;
        assert_eq!(
            (code(&answer), &answer["path"]),
            ((refusal, "LKP-4"), &json!([field]))
        );
    }
    assert_eq!(
        (
            app.count("lookup_request").await,
            app.count("approval").await
        ),
        (0, 0)
    );
    let mut most = wanted(&customer);
    most["days"] = json!(30);
    app.by(Who::Sales2)
        .done("archiveLookupRequest", most, "__typename")
        .await;
    let refusal = app
        .by(Who::Sales2)
        .refused(
            "archiveLookupRequest",
            wanted(&id("customer", Who::Gm.id())),
        )
        .await;
    assert_eq!(code(&refusal).0, "NOT_FOUND");
}

#[tokio::test]
async fn lkp_4_nobody_asks_for_what_he_reads_or_asked_for_already() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    for who in [Who::Sales1, Who::Manager1, Who::Gm, Who::Auditor] {
        let refusal = app
            .by(who)
            .refused("archiveLookupRequest", wanted(&customer))
            .await;
        assert_eq!(code(&refusal), ("ALREADY_GRANTED", "LKP-4"), "{who:?}");
    }
    // The same twice at once: one stands.
    let (one, other) = (app.by(Who::Sales2), app.by(Who::Sales2));
    let (a, b) = tokio::join!(
        one.call("archiveLookupRequest", wanted(&customer), "request { id }"),
        other.call("archiveLookupRequest", wanted(&customer), "request { id }"),
    );
    let refusals: Vec<_> = [&a, &b]
        .into_iter()
        .filter_map(|p| p["refusals"].get(0))
        .collect();
    assert_eq!(refusals.len(), 1, "{a:#} {b:#}");
    assert_eq!(code(refusals[0]), ("DUPLICATE_REQUEST", "LKP-4"));
    assert_eq!(refusals[0]["remedy"]["mutation"], "archiveLookupWithdraw");
    assert_eq!(
        (
            app.count("lookup_request").await,
            app.count("approval").await
        ),
        (1, 1)
    );
    // Another set of sections is another request; what a grant opened is not asked for again.
    let mut more = wanted(&customer);
    more["sections"] = json!(["CONTACTS"]);
    app.by(Who::Sales2)
        .done("archiveLookupRequest", more.clone(), "__typename")
        .await;
    let first = [a, b]
        .into_iter()
        .find_map(|p| p["request"]["id"].as_str().map(str::to_owned))
        .unwrap();
    approve(&app, Who::Gm, &first).await;
    let refusal = app
        .by(Who::Sales2)
        .refused("archiveLookupRequest", more)
        .await;
    assert_eq!(code(&refusal).0, "ALREADY_GRANTED");
}

#[tokio::test]
async fn lkp_4_less_can_be_granted_but_never_more() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales2, &customer).await;
    for (field, value) in [
        ("sections", json!(["CONTACTS", "PURCHASES"])),
        ("days", json!(8)),
    ] {
        let mut input = json!({"request": request});
        input[field] = value;
        let refusal = app.by(Who::Gm).refused("archiveLookupApprove", input).await;
        assert_eq!(
            (code(&refusal), &refusal["path"]),
            (("OUT_OF_RANGE", "LKP-4"), &json!([field]))
        );
    }
    assert_eq!(
        app.count("archive_grant").await,
        0,
        "and the request stays open"
    );
    let part =
        json!({"request": request, "sections": ["CONTACTS"], "days": 1, "opinion": "仅联系人"});
    let granted = app
        .by(Who::Gm)
        .done(
            "archiveLookupApprove",
            part,
            "request { decisionReason } grant { sections fromAt untilAt }",
        )
        .await;
    assert_eq!(granted["grant"]["sections"], json!(["CONTACTS"]));
    assert_eq!(granted["request"]["decisionReason"], "仅联系人");
    let until: DateTime<Utc> = granted["grant"]["untilAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let day = app.app.shared().day_of(until - Duration::microseconds(1));
    assert_eq!(
        day,
        app.app.shared().day_of(app.clock.now()) + Duration::days(1),
        "24:00 of the day after"
    );
    let seen = archive(&app, Who::Sales2, &customer).await;
    assert_eq!(
        seen,
        json!({"__typename": "CustomerArchive", "fullName": null, "contacts": {"nodes": [{"name": "李雷"}]}, "notes": null, "purchases": null})
    );
}

#[tokio::test]
async fn lkp_4_a_grant_ends_by_itself_at_its_instant() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales2, &customer).await;
    let granted = approve(&app, Who::Gm, &request).await;
    let until: DateTime<Utc> = granted["grant"]["untilAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // Exactly at the boundary, in the decision and in SQL.
    for (now, open) in [
        (until - Duration::microseconds(1), true),
        (until, false),
        (until + Duration::microseconds(1), false),
    ] {
        let mut acting = app
            .app
            .acting(
                app.db.clone(),
                Who::Sales2.id(),
                AuditPart::Request,
                "boundary".into(),
            )
            .unwrap();
        acting.viewer.now = now;
        let table = Table::named("t");
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new("customer"), table.iden());
        query.and_where(
            acting
                .viewer
                .visible("archive.contacts", "read", &table)
                .cond()
                .into_expr(),
        );
        assert_eq!(
            kehu::graph::fetch(&app.db, &query).await.unwrap().len() == 1,
            open,
            "{now}"
        );
        let (_, load) = kehu::schema::declared().facts.of("customer").unwrap();
        let scene = acting.scene();
        let customer = kehu::kit::ids::decode("customer", &customer).unwrap();
        let facts = load(&scene, customer).await.unwrap().unwrap();
        assert_eq!(
            acting
                .viewer
                .decide("archive.contacts", "read", &*facts)
                .allowed,
            open,
            "{now}"
        );
    }
    app.advance(until - app.clock.now() - Duration::seconds(20));
    assert!(reads(&app, Who::Sales2, &customer).await);
    app.advance(Duration::seconds(21));
    assert!(!reads(&app, Who::Sales2, &customer).await);
    let revoke = json!({"grant": granted["grant"]["id"], "reason": "已过期"});
    assert_eq!(
        code(&app.by(Who::Gm).refused("archiveGrantRevoke", revoke).await),
        ("GRANT_ENDED", "LKP-4")
    );
}

#[tokio::test]
async fn lkp_4_a_grant_can_be_revoked_at_once() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales2, &customer).await;
    let grant = approve(&app, Who::Gm, &request).await["grant"]["id"].clone();
    let revoke = |reason: &str| json!({"grant": grant, "reason": reason});
    for who in [Who::Sales2, Who::Sales1, Who::Deputy] {
        let refusal = app
            .by(who)
            .refused("archiveGrantRevoke", revoke("不需要"))
            .await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-4"), "{who:?}");
    }
    assert_eq!(
        code(
            &app.by(Who::Manager2)
                .refused("archiveGrantRevoke", revoke("x"))
                .await
        )
        .0,
        "NOT_FOUND"
    );
    assert_eq!(
        code(
            &app.by(Who::Manager1)
                .refused("archiveGrantRevoke", revoke(" "))
                .await
        ),
        ("REQUIRED", "LKP-4")
    );
    assert!(reads(&app, Who::Sales2, &customer).await);
    let fields = "grant { inForce revokeReason revokedBy { name } }";
    let revoked = app
        .by(Who::Manager1)
        .done("archiveGrantRevoke", revoke("项目结束"), fields)
        .await;
    assert_eq!(
        revoked["grant"],
        json!({"inForce": false, "revokeReason": "项目结束", "revokedBy": {"name": "王建国"}})
    );
    assert!(!reads(&app, Who::Sales2, &customer).await);
    assert_eq!(
        code(
            &app.by(Who::Gm)
                .refused("archiveGrantRevoke", revoke("再次"))
                .await
        ),
        ("GRANT_ENDED", "LKP-4")
    );
}

#[tokio::test]
async fn org_4_a_delegate_approves_and_the_record_names_both() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales1x, &customer).await;
    delegate(&app, Who::Manager1, Who::Supervisor1).await;
    let granted = approve(&app, Who::Supervisor1, &request).await;
    assert_eq!(granted["grant"]["grantedBy"]["name"], "张伟");
    assert_eq!(granted["grant"]["grantedFor"]["name"], "王建国");
    let query = "query($id: ID!) { archiveLookupRequest(id: $id) { decidedBy { name } decidedFor { name } } }";
    let data = app
        .by(Who::Sales1x)
        .ask(query, json!({"id": request}))
        .await;
    assert_eq!(
        data["archiveLookupRequest"],
        json!({"decidedBy": {"name": "张伟"}, "decidedFor": {"name": "王建国"}})
    );
    // Read in the delegator's right, and logged so.
    assert!(reads(&app, Who::Supervisor1, &customer).await);
    let log = "{ archiveReadings { nodes { reader { name } readFor { name } basis } } }";
    let data = app.by(Who::Manager1).ask(log, json!({})).await;
    assert_eq!(
        data["archiveReadings"]["nodes"][0],
        json!({"reader": {"name": "张伟"}, "readFor": {"name": "王建国"}, "basis": "DEPARTMENT_MANAGER"})
    );
}

#[tokio::test]
async fn lkp_4_nobody_approves_his_own_request() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales1x, &customer).await;
    delegate(&app, Who::Manager1, Who::Sales1x).await;
    let refusal = refused(&app, Who::Sales1x, &request).await;
    assert_eq!(code(&refusal), ("SELF_APPROVAL", "LKP-1"));
    assert!(
        refusal["remedy"]["approvers"]
            .to_string()
            .contains("DEPARTMENT_MANAGER"),
        "{refusal}"
    );
    assert_eq!(app.count("archive_grant").await, 0);
}

#[tokio::test]
async fn lkp_4_of_two_approvers_at_once_one_decides_and_the_other_learns_who_and_when() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales1x, &customer).await;
    let input = json!({"request": request});
    let (manager, deputy) = (app.by(Who::Manager1), app.by(Who::Deputy));
    let (a, b) = tokio::join!(
        manager.call("archiveLookupApprove", input.clone(), "grant { id }"),
        deputy.call(
            "archiveLookupRefuse",
            json!({"request": request, "reason": "不必要"}),
            "request { state }"
        ),
    );
    let granted = a["refusals"] == json!([]);
    let (winner, loser) = if granted {
        ("王建国", &b)
    } else {
        ("林婉清", &a)
    };
    let refusal = &loser["refusals"][0];
    assert_eq!(code(refusal).0, "ALREADY_DECIDED", "{a:#} {b:#}");
    let message = refusal["message"].as_str().unwrap();
    let today = app.app.shared().day_of(app.clock.now()).to_string();
    assert!(
        message.contains(winner) && message.contains(&today),
        "{message}"
    );
    assert_eq!(app.count("archive_grant").await, i64::from(granted));
    assert_eq!(reads(&app, Who::Sales1x, &customer).await, granted);
    assert_eq!(
        code(&refused(&app, Who::Gm, &request).await).0,
        "ALREADY_DECIDED"
    );
}

#[tokio::test]
async fn lkp_4_a_refusal_has_its_reason_and_a_request_can_be_taken_back() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales1x, &customer).await;
    let refuse = |reason: &str| json!({"request": request, "reason": reason});
    let missing = app
        .by(Who::Manager1)
        .refused("archiveLookupRefuse", refuse(" "))
        .await;
    assert_eq!(
        (code(&missing).0, &missing["path"]),
        ("REQUIRED", &json!(["reason"]))
    );
    let done = app
        .by(Who::Manager1)
        .done(
            "archiveLookupRefuse",
            refuse("与工作无关"),
            "request { state decisionReason }",
        )
        .await;
    assert_eq!(
        done["request"],
        json!({"state": "REFUSED", "decisionReason": "与工作无关"})
    );
    assert!(!reads(&app, Who::Sales1x, &customer).await);
    let withdraw = json!({"request": request});
    let late = app
        .by(Who::Sales1x)
        .refused("archiveLookupWithdraw", withdraw)
        .await;
    assert_eq!(code(&late).0, "ALREADY_DECIDED");
    // A refused request does not stand in the way of another.
    let second = ask(&app, Who::Sales1x, &customer).await;
    let withdraw = json!({"request": second});
    assert_eq!(
        code(
            &app.by(Who::Manager1)
                .refused("archiveLookupWithdraw", withdraw.clone())
                .await
        ),
        ("FORBIDDEN", "LKP-4")
    );
    let taken = app
        .by(Who::Sales1x)
        .done(
            "archiveLookupWithdraw",
            withdraw,
            "request { state approval { state } }",
        )
        .await;
    assert_eq!(
        taken["request"],
        json!({"state": "WITHDRAWN", "approval": {"state": "WITHDRAWN"}})
    );
    assert_eq!(
        code(&refused(&app, Who::Manager1, &second).await).0,
        "WRONG_STATE"
    );
    assert_eq!(app.count("archive_grant").await, 0);
}

#[tokio::test]
async fn lkp_2_a_request_takes_the_way_of_the_department_its_customer_moved_to() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    let request = ask(&app, Who::Sales2, &customer).await;
    let other = ask(&app, Who::Sales1x, &customer).await;
    // The requester's own manager knows of the request and is told who can.
    assert_eq!(
        code(&refused(&app, Who::Manager2, &request).await),
        ("FORBIDDEN", "LKP-2")
    );
    let to = json!({"customer": customer, "expectedVersion": 1, "department": id("department", Unit::Sales2.id())});
    app.by(Who::Manager1)
        .done("customerAssign", to, "__typename")
        .await;
    let query = "query($id: ID!) { archiveLookupRequest(id: $id) { route } }";
    let data = app.by(Who::Sales2).ask(query, json!({"id": request})).await;
    assert_eq!(data["archiveLookupRequest"]["route"], "OWN_DEPARTMENT");
    approve(&app, Who::Manager2, &request).await;
    assert_eq!(
        code(&refused(&app, Who::Manager1, &other).await),
        ("FORBIDDEN", "LKP-2")
    );
    assert_eq!(
        code(&refused(&app, Who::Deputy, &other).await),
        ("FORBIDDEN", "LKP-2")
    );
    approve(&app, Who::Gm, &other).await;
}

#[tokio::test]
async fn lkp_1_the_case_stands_in_the_inbox_of_who_can_decide_it() {
    let app = TestApp::start().await;
    let customer = customer(&app, Who::Sales1).await;
    ask(&app, Who::Sales2, &customer).await;
    let inbox = "{ approvalInbox { totalCount } }";
    for (who, cases) in [
        (Who::Gm, 1),
        (Who::Deputy, 0),
        (Who::Manager1, 0),
        (Who::Sales2, 0),
    ] {
        let data = app.by(who).ask(inbox, json!({})).await;
        assert_eq!(data["approvalInbox"]["totalCount"], cases, "{who:?}");
    }
}
