//! Who reads the audit log and the past (ORG-3, ARC-7, LKP-5).

use chrono::Duration;
use serde_json::{Value, json};

use super::settle;
use crate::customers::enter;
use crate::support::{TestApp, Who, error_code};

const LOG: &str = "query($object: ID, $where: AuditEntryWhere) { auditEntries(object: $object, where: $where, \
    orderBy: [{field: AT, direction: ASC}]) { totalCount nodes { position request part actor { name } role objectKind \
    object verb clause detail } } }";

async fn log(app: &TestApp, who: Who, variables: Value) -> Value {
    app.by(who).ask(LOG, variables).await["auditEntries"].clone()
}

#[tokio::test]
async fn org_3_auditors_read_the_log_and_nobody_else() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let other = enter(&app, Who::Sales2, "乙公司", json!({})).await;
    let note = json!({"customer": customer, "body": "x"});
    app.by(Who::Manager1)
        .done("noteAdd", note, "note { id }")
        .await;
    settle(&app).await;
    let all = log(&app, Who::Auditor, json!({})).await;
    assert_eq!(all["totalCount"], 3);
    assert_eq!(
        all["nodes"][0],
        json!({
            "position": 1, "request": all["nodes"][0]["request"], "part": "REQUEST", "actor": {"name": "刘洋"},
            "role": "SALESPERSON", "objectKind": "customer", "object": customer, "verb": "customerEnter",
            "clause": "ARC-2", "detail": {"number": "KH00000001"},
        })
    );
    for (variables, verbs) in [
        (
            json!({"object": customer}),
            vec!["customerEnter", "noteAdd"],
        ),
        (json!({"object": other}), vec!["customerEnter"]),
        (
            json!({"where": {"verb": {"eq": "noteAdd"}}}),
            vec!["noteAdd"],
        ),
        (
            json!({"where": {"actor": {"id": {"eq": Who::Sales2.public()}}}}),
            vec!["customerEnter"],
        ),
        (
            json!({"where": {"clause": {"eq": "ARC-2"}}}),
            vec!["customerEnter", "customerEnter"],
        ),
        (
            json!({"where": {"request": {"eq": all["nodes"][2]["request"]}}}),
            vec!["noteAdd"],
        ),
        (
            json!({"where": {"at": {"gt": "2100-01-01T00:00:00Z"}}}),
            vec![],
        ),
        (
            json!({"where": {"at": {"gte": "2020-01-01T00:00:00Z", "lt": "2100-01-01T00:00:00Z"}, "role": {"eq": "DEPARTMENT_MANAGER"}}}),
            vec!["noteAdd"],
        ),
    ] {
        let found = log(&app, Who::Auditor, variables.clone()).await;
        let found: Vec<&str> = found["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["verb"].as_str().unwrap())
            .collect();
        assert_eq!(found, verbs, "{variables}");
    }
    for who in [Who::Gm, Who::Admin, Who::Sales1, Who::Manager1, Who::Hr] {
        assert_eq!(
            log(&app, who, json!({})).await,
            json!({"totalCount": 0, "nodes": []}),
            "{who:?}"
        );
    }
    let (_, wrong) = app.by(Who::Auditor).send(LOG, json!({"object": "x"})).await;
    assert_eq!(error_code(&wrong), "BAD_REQUEST");
}

const PAST: &str = "query($id: ID!, $first: Int, $before: ID) { history(id: $id, first: $first, before: $before) { id earlier \
    changes { id version actor { name } reason entry fields { field old new } } } }";

async fn past(app: &TestApp, who: Who, id: &str) -> Value {
    app.by(who).ask(PAST, json!({"id": id})).await["history"].clone()
}

async fn rename(app: &TestApp, who: Who, customer: &str, version: i32, unit: &str) {
    let input = json!({"customer": customer, "expectedVersion": version, "supervisingUnit": unit, "reason": format!("改为{unit}")});
    app.by(who)
        .done("customerChange", input, "customer { id }")
        .await;
}

fn fields(change: &Value) -> Vec<&str> {
    change["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn arc_7_every_change_keeps_old_and_new_value_who_when_and_why() {
    let app = TestApp::start().await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"firstContactOn": "2026-03-01"}),
    )
    .await;
    rename(&app, Who::Sales1, &customer, 1, "国资委").await;
    rename(&app, Who::Manager1, &customer, 2, "商务局").await;
    let seen = past(&app, Who::Sales1, &customer).await;
    assert_eq!(
        (&seen["id"], &seen["earlier"]),
        (&json!(customer), &Value::Null)
    );
    let changes = seen["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    let latest = &changes[0];
    assert_eq!(latest["version"], 3);
    assert_eq!(latest["actor"]["name"], "王建国");
    assert_eq!(latest["reason"], "改为商务局");
    assert_eq!(latest["entry"], Value::Null);
    assert_eq!(
        latest["fields"][0],
        json!({"field": "archive.supervisingUnit", "old": "国资委", "new": "商务局"})
    );
    let entered = &changes[2];
    let value = |field: &str| {
        let all = entered["fields"].as_array().unwrap();
        all.iter()
            .find(|f| f["field"] == field)
            .unwrap_or_else(|| panic!("{field}"))["new"]
            .clone()
    };
    assert_eq!(value("archive.fullName"), "甲公司");
    assert_eq!(value("archive.firstContactOn"), "2026-03-01");
    assert_eq!(value("archive.owner"), json!(Who::Sales1.public()));
    assert_eq!(value("number"), "KH00000001");

    // Keys that the server makes of a name are hidden, and hide no reason.
    let renamed =
        json!({"customer": customer, "expectedVersion": 3, "name": "甲集团", "reason": "更名"});
    app.by(Who::Sales1)
        .done("customerChange", renamed, "customer { id }")
        .await;
    let seen = past(&app, Who::Sales1, &customer).await;
    assert_eq!(seen["changes"][0]["reason"], "更名");
    assert_eq!(
        fields(&seen["changes"][0]),
        ["archive.fullName", "archive.updatedAt"]
    );

    let first = json!({"id": customer, "first": 2});
    let page = app.by(Who::Sales1).ask(PAST, first).await["history"].clone();
    assert_eq!(page["changes"][1]["version"], 3);
    let next = json!({"id": customer, "first": 1, "before": page["earlier"]});
    let page = app.by(Who::Sales1).ask(PAST, next).await["history"].clone();
    assert_eq!(page["changes"][0]["version"], 2);
    let first = json!({"id": customer, "first": 1, "before": seen["changes"][0]["id"]});
    let page = app.by(Who::Sales1).ask(PAST, first).await["history"].clone();
    assert_eq!(page["changes"][0]["version"], 3);
    let next = json!({"id": customer, "first": 1, "before": page["earlier"]});
    let page = app.by(Who::Sales1).ask(PAST, next).await["history"].clone();
    assert_eq!(page["changes"][0]["version"], 2);
    let last = json!({"id": customer, "first": 1, "before": page["earlier"]});
    let page = app.by(Who::Sales1).ask(PAST, last).await["history"].clone();
    assert_eq!(
        (&page["changes"][0]["version"], &page["earlier"]),
        (&json!(1), &Value::Null)
    );
    for wrong in [
        json!({"id": customer, "first": 0}),
        json!({"id": customer, "before": customer}),
        json!({"id": "nothing_00000000000000000000000000"}),
    ] {
        let (_, answer) = app.by(Who::Sales1).send(PAST, wrong.clone()).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST", "{wrong}");
    }
}

#[tokio::test]
async fn arc_7_the_past_of_a_section_falls_under_the_section() {
    let app = TestApp::start().await;
    let with_contact = json!({"contacts": [{"name": "李雷", "phone": "13800138000"}]});
    let customer = enter(&app, Who::Sales1, "甲公司", with_contact).await;
    rename(&app, Who::Sales1, &customer, 1, "国资委").await;
    let readings = app.count("archive_reading").await;
    // Of a locked archive the card's fields alone, and no word of changes behind it.
    let seen = past(&app, Who::Sales2, &customer).await;
    let changes = seen["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    let mut shown = fields(&changes[0]);
    shown.sort_unstable();
    assert_eq!(shown, ["department", "number"]);
    assert_eq!(
        (&changes[0]["version"], &changes[0]["reason"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!seen.to_string().contains("甲公司"), "{seen}");
    let one = json!({"id": customer, "first": 1});
    let page = app.by(Who::Sales2).ask(PAST, one).await["history"].clone();
    assert_eq!(page["earlier"], Value::Null);
    assert_eq!(
        app.count("archive_reading").await,
        readings,
        "a card is no reading"
    );

    let contacts = "query($id: ID!) { customer(id: $id) { archive { ... on CustomerArchive { contacts { nodes { id } } } } } }";
    let data = app
        .by(Who::Sales1)
        .ask(contacts, json!({"id": customer}))
        .await;
    let contact = data["customer"]["archive"]["contacts"]["nodes"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for who in [Who::Sales2, Who::Admin, Who::Sales1x] {
        assert_eq!(past(&app, who, &contact).await, Value::Null, "{who:?}");
        let as_of = as_of(
            &app,
            who,
            json!({"id": contact, "at": "2100-01-01T00:00:00Z"}),
        )
        .await;
        assert_eq!(as_of, Value::Null, "{who:?}");
    }
    let seen = past(&app, Who::Manager1, &contact).await;
    assert!(seen.to_string().contains("13800138000"));
    let log = "{ archiveReadings(first: 1) { nodes { reader { name } sections basis } } }";
    let logged = app.by(Who::Gm).ask(log, json!({})).await["archiveReadings"]["nodes"][0].clone();
    assert_eq!(
        logged,
        json!({"reader": {"name": "王建国"}, "sections": ["CONTACTS"], "basis": "DEPARTMENT_MANAGER"})
    );
}

#[tokio::test]
async fn org_3_what_no_field_shows_is_the_auditors_alone_and_logged() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let hidden = "nameNormalised";
    for who in [Who::Sales1, Who::Manager1, Who::Gm] {
        let seen = past(&app, who, &customer).await;
        assert!(!fields(&seen["changes"][0]).contains(&hidden), "{who:?}");
    }
    let seen = past(&app, Who::Auditor, &customer).await;
    assert!(fields(&seen["changes"][0]).contains(&hidden));
    assert!(
        seen["changes"][0]["entry"]
            .as_str()
            .unwrap()
            .starts_with("audit_")
    );
    let node = "query($id: ID!) { node(id: $id) { ... on AuditEntry { verb } } }";
    let entry = json!({"id": seen["changes"][0]["entry"]});
    assert_eq!(
        app.by(Who::Auditor).ask(node, entry.clone()).await["node"]["verb"],
        "customerEnter"
    );
    assert_eq!(app.by(Who::Gm).ask(node, entry).await["node"], Value::Null);
    let log = "{ archiveReadings(first: 1) { nodes { reader { name } sections basis } } }";
    let logged = app.by(Who::Gm).ask(log, json!({})).await["archiveReadings"]["nodes"][0].clone();
    assert_eq!(logged["reader"]["name"], "高峰");
    assert_eq!(logged["basis"], "AUDIT");
    assert!(
        logged["sections"]
            .as_array()
            .unwrap()
            .contains(&json!("PROFILE"))
    );
}

const AS_OF: &str = "query($id: ID!, $at: DateTime, $on: Date) { asOf(id: $id, at: $at, on: $on) { id at fields { field value } } }";

async fn as_of(app: &TestApp, who: Who, variables: Value) -> Value {
    app.by(who).ask(AS_OF, variables).await["asOf"].clone()
}

fn value<'v>(state: &'v Value, field: &str) -> &'v Value {
    let all = state["fields"]
        .as_array()
        .unwrap_or_else(|| panic!("{state}"));
    all.iter()
        .find(|f| f["field"] == field)
        .map_or(&Value::Null, |f| &f["value"])
}

#[tokio::test]
async fn arc_7_an_object_can_be_read_as_it_stood_on_any_past_day() {
    let app = TestApp::start().await;
    let before = app.app.shared().day_of(app.clock.now()).to_string();
    app.advance(Duration::days(1));
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"supervisingUnit": "国资委"}),
    )
    .await;
    let entered = app.app.shared().day_of(app.clock.now()).to_string();
    app.advance(Duration::days(2));
    rename(&app, Who::Sales1, &customer, 1, "商务局").await;
    let changed = app.clock.now();
    app.advance(Duration::days(3));
    rename(&app, Who::Sales1, &customer, 2, "工信局").await;
    let unit = "archive.supervisingUnit";
    let on = async |day: &str| as_of(&app, Who::Sales1, json!({"id": customer, "on": day})).await;
    assert_eq!(on(&before).await, Value::Null, "not there yet");
    let state = on(&entered).await;
    assert_eq!(value(&state, unit), "国资委");
    assert_eq!(value(&state, "archive.fullName"), "甲公司");
    let at = json!({"id": customer, "at": changed});
    let state = as_of(&app, Who::Sales1, at.clone()).await;
    assert_eq!(value(&state, unit), "商务局");
    assert_eq!(on("2100-01-01").await["id"], json!(customer));
    assert_eq!(value(&on("2100-01-01").await, unit), "工信局");
    // To the microsecond: the change itself counts, what is earlier by one does not.
    let exact = "{ customer(id: \"ID\") { archive { ... on CustomerArchive { createdAt } } } }"
        .replace("ID", &customer);
    let data = app.by(Who::Sales1).ask(&exact, json!({})).await;
    let created = data["customer"]["archive"]["createdAt"].as_str().unwrap();
    let state = as_of(&app, Who::Sales1, json!({"id": customer, "at": created})).await;
    assert_eq!(
        (value(&state, unit), &state["at"]),
        (&json!("国资委"), &json!(created))
    );
    let instant: chrono::DateTime<chrono::Utc> = created.parse().unwrap();
    let earlier = instant - Duration::microseconds(1);
    assert_eq!(
        as_of(&app, Who::Sales1, json!({"id": customer, "at": earlier})).await,
        Value::Null
    );

    let locked = as_of(&app, Who::Sales2, at).await;
    assert_eq!(value(&locked, "number"), "KH00000001");
    assert_eq!(value(&locked, unit), &Value::Null);
    for wrong in [
        json!({"id": customer}),
        json!({"id": customer, "at": created, "on": before}),
    ] {
        let (_, answer) = app.by(Who::Sales1).send(AS_OF, wrong).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST");
    }
}

const ARCHIVE_ON: &str = "query($id: ID!, $on: Date!) { asOf(id: $id, on: $on, with: [\"archive.contacts\", \"archive.notes\"]) { \
    fields { field value } parts { list more objects { id fields { field value } } } } }";

#[tokio::test]
async fn arc_7_an_archive_can_be_read_with_its_entries_as_it_stood_on_any_past_day() {
    let app = TestApp::start().await;
    let with_contact = json!({"contacts": [{"name": "李雷", "phone": "13800138000"}]});
    let customer = enter(&app, Who::Sales1, "甲公司", with_contact).await;
    let today = |app: &TestApp| app.app.shared().day_of(app.clock.now()).to_string();
    let entered = today(&app);
    app.advance(Duration::days(2));
    let note = json!({"customer": customer, "body": "合作意向"});
    app.by(Who::Sales1)
        .done("noteAdd", note, "note { id }")
        .await;
    let contacts = "query($id: ID!) { customer(id: $id) { archive { ... on CustomerArchive { contacts { nodes { id } } } } } }";
    let data = app
        .by(Who::Sales1)
        .ask(contacts, json!({"id": customer}))
        .await;
    let contact = data["customer"]["archive"]["contacts"]["nodes"][0]["id"].clone();
    let change = json!({"contact": contact, "expectedVersion": 1, "entry": {"name": "李雷", "phone": "13900139000"}});
    app.by(Who::Sales1)
        .done("contactChange", change, "contact { id }")
        .await;
    let changed = today(&app);
    let on = async |who: Who, day: &str| {
        app.by(who)
            .ask(ARCHIVE_ON, json!({"id": customer, "on": day}))
            .await["asOf"]["parts"]
            .clone()
    };
    let first = on(Who::Sales1, &entered).await;
    assert_eq!(
        (&first[0]["list"], &first[0]["more"]),
        (&json!("archive.contacts"), &json!(false))
    );
    assert_eq!(first[0]["objects"][0]["id"], contact);
    assert_eq!(value(&first[0]["objects"][0], "phone"), "13800138000");
    assert_eq!(first[1]["objects"], json!([]), "the note was not there yet");
    let later = on(Who::Sales1, &changed).await;
    assert_eq!(value(&later[0]["objects"][0], "phone"), "13900139000");
    assert_eq!(value(&later[1]["objects"][0], "body"), "合作意向");
    let readings = app.count("archive_reading").await;
    for who in [Who::Sales2, Who::Admin] {
        for part in on(who, &changed).await.as_array().unwrap() {
            assert_eq!(
                (&part["objects"], &part["more"]),
                (&json!([]), &json!(false)),
                "{who:?}"
            );
        }
    }
    assert_eq!(app.count("archive_reading").await, readings);
    on(Who::Manager1, &changed).await;
    let log = "{ archiveReadings(first: 1) { nodes { reader { name } sections } } }";
    let logged = app.by(Who::Gm).ask(log, json!({})).await["archiveReadings"]["nodes"][0].clone();
    assert_eq!(
        logged,
        json!({"reader": {"name": "王建国"}, "sections": ["PROFILE", "CONTACTS", "NOTES"]})
    );
}

#[tokio::test]
async fn org_2_the_past_of_pay_is_seen_by_those_who_see_pay() {
    let app = TestApp::start().await;
    let employee = Who::Sales1.public();
    let query = "query($id: ID!) { employee(id: $id) { version } }";
    let (_, answer) = app.by(Who::Hr).send(query, json!({"id": employee})).await;
    let version = answer["data"]["employee"]["version"].as_i64().unwrap_or(1);
    let input = json!({"employee": employee, "expectedVersion": version, "basePoints": 77});
    app.by(Who::Hr)
        .done("employeeUpdate", input, "employee { id }")
        .await;
    for (who, seen) in [
        (Who::Hr, true),
        (Who::Gm, true),
        (Who::Auditor, true),
        (Who::Sales1, true),
        (Who::Manager1, false),
        (Who::Sales2, false),
        (Who::Admin, false),
    ] {
        let found = past(&app, who, &employee).await;
        let pay = found["changes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c.to_string().contains("77"));
        assert_eq!(pay, seen, "{who:?}: {found}");
    }
}
