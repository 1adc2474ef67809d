//! Archives in sections: who reads what, what a locked one tells, what is logged (LKP-3, LKP-5, LKP-9).

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::customers::enter;
use crate::support::{TestApp, Who};

const KIND: &str = "query($id: ID!) { customer(id: $id) { archive { __typename } } }";
const LOCKED: &str = "{ ... on LockedArchive { message clause { number } route approvers { name role } mutation openRequest { number } } }";

async fn archive(app: &TestApp, who: Who, customer: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ customer(id: $id) {{ archive {selection} }} }}");
    app.by(who).ask(&query, json!({"id": customer})).await["customer"]["archive"].clone()
}

async fn is_open(app: &TestApp, who: Who, customer: &str) -> bool {
    let data = app.by(who).ask(KIND, json!({"id": customer})).await;
    data["customer"]["archive"]["__typename"] == "CustomerArchive"
}

#[tokio::test]
async fn lkp_3_standing_access_is_the_owners_the_managers_and_the_general_managers() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1a, "甲公司", json!({})).await;
    for who in [
        Who::Sales1a,
        Who::Manager1,
        Who::Deputy,
        Who::Gm,
        Who::Auditor,
        Who::Clerk,
    ] {
        assert!(is_open(&app, who, &customer).await, "{who:?}");
    }
    for who in [
        Who::Sales1,
        Who::Sales1b,
        Who::Supervisor1,
        Who::Manager2,
        Who::Sales2,
        Who::Quality,
        Who::Admin,
        Who::Hr,
        Who::Governor,
        Who::Analyst,
    ] {
        assert!(!is_open(&app, who, &customer).await, "{who:?}");
    }
    // The centre reads while entering, and not a moment longer.
    app.db
        .write
        .execute_unprepared("UPDATE customer SET archive_state = 'ARCHIVED'")
        .await
        .unwrap();
    assert!(!is_open(&app, Who::Clerk, &customer).await);
}

#[tokio::test]
async fn lkp_9_a_locked_archive_tells_who_opens_it_and_how_to_ask() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1a, "甲公司", json!({})).await;
    let own = archive(&app, Who::Sales1b, &customer, LOCKED).await;
    assert_eq!(own["clause"]["number"], "LKP-1");
    assert_eq!(own["route"], "OWN_DEPARTMENT");
    assert_eq!(
        own["approvers"],
        json!([
            {"name": "陈国栋", "role": "GENERAL_MANAGER"},
            {"name": "林婉清", "role": "DEPUTY_GENERAL_MANAGER"},
            {"name": "王建国", "role": "DEPARTMENT_MANAGER"},
        ])
    );
    assert!(
        own["message"]
            .as_str()
            .unwrap()
            .contains("Department manager"),
        "{own}"
    );
    let other = archive(&app, Who::Manager2, &customer, LOCKED).await;
    assert_eq!(other["clause"]["number"], "LKP-2");
    assert_eq!(
        other["approvers"],
        json!([{"name": "陈国栋", "role": "GENERAL_MANAGER"}])
    );
    assert_eq!(
        (&other["mutation"], &other["openRequest"]),
        (&json!("archiveLookupRequest"), &Value::Null)
    );
    let ask = json!({"customer": customer, "sections": ["NOTES"], "reason": "合作"});
    app.by(Who::Manager2)
        .done("archiveLookupRequest", ask, "request { number }")
        .await;
    let other = archive(&app, Who::Manager2, &customer, LOCKED).await;
    assert!(
        other["openRequest"]["number"]
            .as_str()
            .unwrap()
            .starts_with("CY"),
        "{other}"
    );
    let own = archive(&app, Who::Sales1b, &customer, LOCKED).await;
    assert_eq!(own["openRequest"], Value::Null, "another's request");
}

#[tokio::test]
async fn lkp_9_one_locked_archive_never_spoils_the_rest() {
    let app = TestApp::start().await;
    enter(&app, Who::Sales1, "甲公司", json!({})).await;
    enter(&app, Who::Sales2, "乙公司", json!({})).await;
    enter(&app, Who::Sales1, "丙公司", json!({})).await;
    let query = "{ customers(orderBy: [{field: NUMBER, direction: ASC}]) { nodes { name archive { \
                 ... on CustomerArchive { fullName sections { section readable basis } } ... on LockedArchive { route } } } } }";
    let data = app.by(Who::Sales1).ask(query, json!({})).await;
    let nodes = data["customers"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert_eq!(nodes[0]["archive"]["fullName"], "甲公司");
    assert_eq!(
        nodes[1],
        json!({"name": "乙公司", "archive": {"route": "OTHER_DEPARTMENT"}})
    );
    assert_eq!(nodes[2]["archive"]["sections"].as_array().unwrap().len(), 6);
    assert_eq!(
        nodes[2]["archive"]["sections"][0],
        json!({"section": "PROFILE", "readable": true, "basis": "OWNER"})
    );
}

#[tokio::test]
async fn lkp_5_every_reading_is_logged_by_section_and_ground() {
    let app = TestApp::start().await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"contacts": [{"name": "李雷"}]}),
    )
    .await;
    assert_eq!(app.count("archive_reading").await, 0);
    // Cards and locked archives are no readings.
    archive(&app, Who::Sales2, &customer, "{ ... on CustomerArchive { fullName notes { nodes { body } } } ... on LockedArchive { message } }").await;
    app.by(Who::Sales1)
        .ask("{ customers { nodes { name category } } }", json!({}))
        .await;
    assert_eq!(app.count("archive_reading").await, 0);
    let some = "{ ... on CustomerArchive { fullName contacts { nodes { name } } } }";
    archive(&app, Who::Sales1, &customer, some).await;
    archive(
        &app,
        Who::Manager1,
        &customer,
        "{ ... on CustomerArchive { notes { nodes { body } } } }",
    )
    .await;
    archive(
        &app,
        Who::Deputy,
        &customer,
        "{ ... on CustomerArchive { purchases { totalCount } } }",
    )
    .await;
    archive(
        &app,
        Who::Auditor,
        &customer,
        "{ ... on CustomerArchive { addresses { nodes { line } } } }",
    )
    .await;
    archive(
        &app,
        Who::Clerk,
        &customer,
        "{ ... on CustomerArchive { contactLog { nodes { summary } } } }",
    )
    .await;
    let log = "{ ... on CustomerArchive { readings(orderBy: [{field: READ_AT, direction: ASC}]) { nodes { reader { name } sections basis } } } }";
    let expected = json!([
        {"reader": {"name": "刘洋"}, "sections": ["PROFILE", "CONTACTS"], "basis": "OWNER"},
        {"reader": {"name": "王建国"}, "sections": ["NOTES"], "basis": "DEPARTMENT_MANAGER"},
        {"reader": {"name": "林婉清"}, "sections": ["PURCHASES"], "basis": "GENERAL_MANAGEMENT"},
        {"reader": {"name": "高峰"}, "sections": ["ADDRESSES"], "basis": "AUDIT"},
        {"reader": {"name": "何静"}, "sections": ["CONTACT_LOG"], "basis": "ENTRY"},
    ]);
    for who in [Who::Sales1, Who::Manager1, Who::Gm, Who::Auditor] {
        assert_eq!(
            archive(&app, who, &customer, log).await["readings"]["nodes"],
            expected,
            "{who:?}"
        );
    }
    assert_eq!(
        archive(&app, Who::Clerk, &customer, log).await["readings"],
        Value::Null
    );
    let all = "{ archiveReadings { totalCount } }";
    for (who, seen) in [
        (Who::Sales1, 5),
        (Who::Sales2, 0),
        (Who::Manager2, 0),
        (Who::Gm, 5),
    ] {
        assert_eq!(
            app.by(who).ask(all, json!({})).await["archiveReadings"]["totalCount"],
            seen,
            "{who:?}"
        );
    }
}

#[tokio::test]
async fn lkp_9_filters_on_archive_fields_never_tell_of_locked_ones() {
    let app = TestApp::start().await;
    enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"supervisingUnit": "国资委"}),
    )
    .await;
    enter(
        &app,
        Who::Sales2,
        "乙公司",
        json!({"supervisingUnit": "国资委"}),
    )
    .await;
    enter(&app, Who::Sales2, "丙公司", json!({})).await;
    let count = async |who: Who, filter: &str| {
        let query = format!("{{ customers(where: {filter}) {{ totalCount nodes {{ name }} }} }}");
        let data = app.by(who).ask(&query, json!({})).await;
        assert_eq!(
            data["customers"]["nodes"].as_array().unwrap().len() as i64,
            data["customers"]["totalCount"].as_i64().unwrap()
        );
        data["customers"]["totalCount"].as_i64().unwrap()
    };
    let unit = "{archive: {supervisingUnit: {eq: \"国资委\"}}}";
    assert_eq!(
        (
            count(Who::Gm, unit).await,
            count(Who::Sales1, unit).await,
            count(Who::Hr, unit).await
        ),
        (2, 1, 0)
    );
    // Not having it, and having none: of what is locked neither is said, so both answers are as if it were unknown.
    let none = "{archive: {supervisingUnit: {isNull: true}}}";
    assert_eq!(
        (count(Who::Gm, none).await, count(Who::Sales1, none).await),
        (1, 0)
    );
    let other = "{archive: {supervisingUnit: {ne: \"国资委\"}}}";
    assert_eq!(
        (count(Who::Gm, other).await, count(Who::Sales1, other).await),
        (1, 0)
    );
    let not = format!("{{not: {unit}}}");
    assert_eq!(
        (
            count(Who::Gm, &not).await,
            count(Who::Sales1, &not).await,
            count(Who::Hr, &not).await
        ),
        (1, 2, 3)
    );
}

#[tokio::test]
async fn lkp_9_an_entry_of_a_locked_section_does_not_exist() {
    let app = TestApp::start().await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"contacts": [{"name": "李雷"}]}),
    )
    .await;
    let contacts = archive(
        &app,
        Who::Sales1,
        &customer,
        "{ ... on CustomerArchive { contacts { nodes { id } } } }",
    )
    .await;
    let contact = contacts["contacts"]["nodes"][0]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { __typename ... on CustomerContact { name } } }";
    let seen = app.by(Who::Sales1).ask(node, json!({"id": contact})).await;
    assert_eq!(seen["node"]["name"], "李雷");
    let readings = app.count("archive_reading").await;
    for who in [Who::Sales2, Who::Sales1x, Who::Admin] {
        assert_eq!(
            app.by(who).ask(node, json!({"id": contact})).await["node"],
            Value::Null,
            "{who:?}"
        );
    }
    assert_eq!(app.count("archive_reading").await, readings);
}

#[tokio::test]
async fn lkp_3_complaint_handlers_read_what_they_need_while_the_complaint_is_open() {
    let app = TestApp::start().await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"contacts": [{"name": "李雷"}]}),
    )
    .await;
    let complaint = json!({
        "customer": customer, "class": "QUALITY", "market": "DOMESTIC", "orderNumber": "A-1", "partNumber": "P-1",
        "shippedOn": "2026-03-01", "quantity": 100, "defectiveQuantity": 3, "demandKind": "COMPENSATION",
        "demand": "赔偿", "reason": "短路", "sampleDescription": "三片", "opinion": "属实",
    });
    app.by(Who::Sales1)
        .done("complaintFile", complaint, "__typename")
        .await;
    let all = "{ __typename ... on CustomerArchive { fullName contacts { nodes { name } } purchases { totalCount } notes { totalCount } } }";
    assert_eq!(
        archive(&app, Who::Quality, &customer, all).await,
        json!({"__typename": "CustomerArchive", "fullName": null, "contacts": {"nodes": [{"name": "李雷"}]},
               "purchases": {"totalCount": 0}, "notes": null})
    );
    // That there is a complaint is not told to others by naming who handles it.
    let can = "query($id: ID!) { viewer { can(action: \"archive:read\", id: $id) { allowed approvers { role } } } }";
    let data = app.by(Who::Sales2).ask(can, json!({"id": customer})).await;
    assert_eq!(data["viewer"]["can"]["allowed"], false);
    assert!(!data.to_string().contains("QUALITY_OFFICER"), "{data}");
    app.db
        .write
        .execute_unprepared("UPDATE complaint SET state = 'DECIDED'")
        .await
        .unwrap();
    assert!(!is_open(&app, Who::Quality, &customer).await);
    let log = "{ archiveReadings { nodes { basis sections } } }";
    let data = app.by(Who::Sales1).ask(log, json!({})).await;
    assert_eq!(
        data["archiveReadings"]["nodes"],
        json!([{"basis": "COMPLAINT", "sections": ["CONTACTS", "PURCHASES"]}])
    );
}
