//! Nulls where none may be: the error's path, the nearest ancestor that may be null, what stays beside it. Directives,
//! `__typename` and fragments on interfaces and unions where chance does not reach.

use entity::{customer_note, policy_change};
use rules::vocabulary::PolicyChangeState;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::close;
use crate::customers::enter;
use crate::support::{TestApp, Who, id};

/// A change of the policy that can be read or not; gives its id.
async fn change(app: &TestApp, number: &str, readable: bool) -> String {
    let (key, now) = (app.clock.new_id(), app.clock.now());
    let row = policy_change::ActiveModel {
        id: Set(key),
        number: Set(number.into()),
        changes: Set(if readable {
            json!([])
        } else {
            json!([{"nothing": 1}])
        }),
        reason: Set("试".into()),
        state: Set(PolicyChangeState::Draft),
        drafted_by: Set(Who::Admin.id()),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        ..Default::default()
    };
    let inserted = policy_change::Entity::insert(row).exec_without_returning(&app.db.write);
    inserted.await.unwrap();
    id("policychange", key)
}

fn paths(answer: &Value) -> Vec<Value> {
    let errors = answer["errors"].as_array().unwrap();
    errors.iter().map(|error| error["path"].clone()).collect()
}

#[tokio::test]
async fn an_item_that_fails_is_null_where_the_list_lets_it_be() {
    let app = TestApp::start().await;
    let (good, bad) = (
        change(&app, "A", true).await,
        change(&app, "B", false).await,
    );
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on PolicyChange { number all: rows { row } } } }";
    let (_, answer) = app
        .by(Who::Gm)
        .send(query, json!({"ids": [good, bad, good]}))
        .await;
    let there = json!({"__typename": "PolicyChange", "number": "A", "all": []});
    assert_eq!(answer["data"], json!({"nodes": [there, null, there]}));
    assert_eq!(paths(&answer), [json!(["nodes", 1, "all"])]);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
}

#[tokio::test]
async fn an_item_that_may_not_be_null_takes_its_list_and_the_answer_with_it() {
    let app = TestApp::start().await;
    change(&app, "A", true).await;
    change(&app, "B", false).await;
    let query = "{ policyChanges(orderBy: [{field: NUMBER, direction: ASC}]) { nodes { number rows { row } } } }";
    let (status, answer) = app.by(Who::Gm).send(query, json!({})).await;
    assert_eq!((status.as_u16(), &answer["data"]), (200, &Value::Null));
    assert_eq!(
        paths(&answer),
        [json!(["policyChanges", "nodes", 1, "rows"])]
    );
}

#[tokio::test]
async fn inside_of_two_lists_the_nearest_that_may_be_null_is() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let other = enter(&app, Who::Sales1, "乙公司", json!({})).await;
    let key = |id: &str| kehu::kit::ids::decode("customer", id).unwrap();
    let note = async |customer: Uuid, author: Who, minute: i64| {
        let row = customer_note::ActiveModel {
            id: Set(app.clock.new_id()),
            customer_id: Set(customer),
            author_id: Set(author.id()),
            body: Set("电话".into()),
            created_at: Set(app.clock.now() - chrono::Duration::minutes(minute)),
            voided_at: Set(None),
            void_reason: Set(None),
            version: Set(1),
        };
        let inserted = customer_note::Entity::insert(row).exec_without_returning(&app.db.write);
        inserted.await.unwrap();
    };
    note(key(&customer), Who::Sales1, 0).await;
    note(key(&customer), Who::Manager1, 1).await;
    note(key(&other), Who::Sales1, 0).await;
    close(&app).await;
    // Who wrote the second note may not be seen any more, and a note without its author is none.
    let query = "{ customers(orderBy: [{field: NUMBER, direction: ASC}]) { edges { node { name archive {
        ... on CustomerArchive { fullName notes { edges { node { by: author { id } } } } } } } } } }";
    let (_, answer) = app.by(Who::Sales1).send(query, json!({})).await;
    let own = json!({"edges": [{"node": {"by": {"id": Who::Sales1.public()}}}]});
    assert_eq!(
        answer["data"]["customers"]["edges"],
        json!([
            {"node": {"name": "甲公司", "archive": {"fullName": "甲公司", "notes": null}}},
            {"node": {"name": "乙公司", "archive": {"fullName": "乙公司", "notes": own}}},
        ])
    );
    let path = json!([
        "customers",
        "edges",
        0,
        "node",
        "archive",
        "notes",
        "edges",
        1,
        "node",
        "by"
    ]);
    assert_eq!(paths(&answer), [path]);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_field_that_fails_on_its_own_spoils_no_other_root() {
    let app = TestApp::start().await;
    change(&app, "B", false).await;
    let query = "{ viewer { __typename } one: policyChange(id: \"policychange_none\") { number } }";
    let (_, answer) = app.by(Who::Gm).send(query, json!({})).await;
    assert_eq!(
        answer["data"],
        json!({"viewer": {"__typename": "Viewer"}, "one": null})
    );
    assert_eq!(paths(&answer), [json!(["one"])]);
}

#[tokio::test]
async fn directives_decide_on_fields_and_fragments() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let query = "query($id: ID!, $yes: Boolean = true, $no: Boolean!) {
        customer(id: $id) { name @skip(if: $no) number @include(if: $no) grade @skip(if: $yes) @include(if: $yes)
            ...F @include(if: $yes) ... @skip(if: $yes) { id } ... @include(if: true) { __typename } archive { ...U } } }
        fragment F on Node { n: __typename ... on Customer { name @include(if: $no) category } }
        fragment U on ArchiveAccess { __typename ... on CustomerArchive { kind @skip(if: $no) } ... on LockedArchive { message } }";
    let variables = json!({"id": customer, "no": false});
    let data = app.by(Who::Sales1).ask(query, variables).await;
    let seen = json!({"name": "甲公司", "n": "Customer", "category": "KEY", "__typename": "Customer",
        "archive": {"__typename": "CustomerArchive", "kind": "COMPANY"}});
    assert_eq!(data["customer"], seen);
    let keys: Vec<&String> = data["customer"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "n", "category", "__typename", "archive"]);
}

#[tokio::test]
async fn fragments_on_an_interface_and_its_members_merge() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let ids = json!([customer, Who::Gm.public()]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Node { id } ... on Employee { department { code } }
        ... on Customer { department { name } ...C } ... on Employee { department { code __typename } } } }
        fragment C on Customer { department { code } }";
    let data = app.by(Who::Gm).ask(query, json!({"ids": ids})).await;
    let [one, other] = [&data["nodes"][0], &data["nodes"][1]];
    assert_eq!(one["id"], ids[0]);
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&one["department"]), ["name", "code"]);
    assert_eq!(keys(&other["department"]), ["code", "__typename"]);
}
