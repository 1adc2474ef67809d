//! `some`, `none` and `every`: only what the viewer may see and what is not voided counts.

use serde_json::{Value, json};

use super::listed;
use crate::complaints::filed;
use crate::customers::enter;
use crate::support::{TestApp, Who};

async fn names(app: &TestApp, who: Who, condition: &str) -> Vec<Value> {
    let args = format!("where: {condition}, orderBy: [{{field: NUMBER, direction: ASC}}]");
    listed(app, who, "customers", &args, "name").await
}

fn contacts(quantifier: &str, condition: &str) -> String {
    format!("{{archive: {{contacts: {{{quantifier}: {condition}}}}}}}")
}

/// 甲 with 王伟 and 李娜, 乙 with 王芳, 丙 with nobody; all of one salesperson.
async fn companies(app: &TestApp) -> String {
    let with = |names: &[&str]| json!({"contacts": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()});
    let first = enter(app, Who::Sales1, "甲公司", with(&["王伟", "李娜"])).await;
    enter(app, Who::Sales1, "乙公司", with(&["王芳"])).await;
    enter(app, Who::Sales1, "丙公司", with(&[])).await;
    first
}

#[tokio::test]
async fn a_list_is_asked_for_some_none_and_every_of_its_rows() {
    let app = TestApp::start().await;
    companies(&app).await;
    let wang = r#"{name: {startsWith: "王"}}"#;
    for (quantifier, fitting) in [
        ("some", json!(["甲公司", "乙公司"])),
        ("none", json!(["丙公司"])),
        ("every", json!(["乙公司", "丙公司"])),
    ] {
        let found = names(&app, Who::Sales1, &contacts(quantifier, wang)).await;
        assert_eq!(json!(found), fitting, "{quantifier}");
    }
    let any = names(&app, Who::Sales1, &contacts("some", "{}")).await;
    assert_eq!(any, ["甲公司", "乙公司"]);
    let both = r#"{archive: {contacts: {some: {name: {startsWith: "王"}}, none: {name: {startsWith: "李"}}}}}"#;
    assert_eq!(names(&app, Who::Sales1, both).await, ["乙公司"]);
}

#[tokio::test]
async fn what_is_voided_does_not_count() {
    let app = TestApp::start().await;
    let first = companies(&app).await;
    let list = "query($id: ID!) { customer(id: $id) { archive { ... on CustomerArchive {
        contacts { nodes { id name version } } } } } }";
    let data = app.by(Who::Sales1).ask(list, json!({"id": first})).await;
    let nodes = data["customer"]["archive"]["contacts"]["nodes"].as_array();
    let li = nodes
        .unwrap()
        .iter()
        .find(|node| node["name"] == "李娜")
        .unwrap()
        .clone();
    let voided = json!({"contact": li["id"], "expectedVersion": li["version"], "reason": "离职"});
    app.by(Who::Sales1)
        .done("contactVoid", voided, "__typename")
        .await;
    let wang = r#"{name: {startsWith: "王"}}"#;
    let every = names(&app, Who::Sales1, &contacts("every", wang)).await;
    assert_eq!(every, ["甲公司", "乙公司", "丙公司"]);
    let li = contacts("some", r#"{name: {startsWith: "李"}}"#);
    assert!(names(&app, Who::Sales1, &li).await.is_empty());
}

#[tokio::test]
async fn a_section_that_is_closed_fits_nothing() {
    let app = TestApp::start().await;
    companies(&app).await;
    // Another department's salesperson sees the cards and no archive.
    for quantifier in ["some", "none", "every"] {
        for condition in ["{}", r#"{name: {eq: "王伟"}}"#] {
            let found = names(&app, Who::Sales2, &contacts(quantifier, condition)).await;
            assert!(found.is_empty(), "{quantifier} {condition}: {found:?}");
            let not = format!("{{not: {}}}", contacts(quantifier, condition));
            assert_eq!(names(&app, Who::Sales2, &not).await.len(), 3);
        }
    }
}

#[tokio::test]
async fn only_rows_that_the_viewer_may_see_count() {
    let app = TestApp::start().await;
    let customer = companies(&app).await;
    filed(&app, Who::Sales1, &customer).await;
    let complained = "{complaints: {some: {}}}";
    let quiet = "{complaints: {none: {}}}";
    assert_eq!(names(&app, Who::Sales1, complained).await, ["甲公司"]);
    // Another salesperson sees the customer's card but not the complaint: to him there is none.
    assert!(names(&app, Who::Sales2, complained).await.is_empty());
    assert_eq!(names(&app, Who::Sales2, quiet).await.len(), 3);
}

#[tokio::test]
async fn conditions_nest_to_any_level_and_take_variables() {
    let app = TestApp::start().await;
    let customer = companies(&app).await;
    filed(&app, Who::Sales1, &customer).await;
    let query = "query($where: CustomerWhere) { customers(where: $where) { nodes { name } } }";
    for (contact, found) in [("王", 1), ("李", 1), ("赵", 0)] {
        let nested = json!({"complaints": {"some": {"customer": {"archive": {
            "contacts": {"some": {"name": {"startsWith": contact}, "customer": {
                "complaints": {"every": {"filedBy": {"id": {"eq": Who::Sales1.public()}}}}}}}}}}}});
        let data = app
            .by(Who::Sales1)
            .ask(query, json!({"where": nested}))
            .await;
        assert_eq!(
            data["customers"]["nodes"].as_array().unwrap().len(),
            found,
            "{contact}"
        );
    }
}

#[tokio::test]
async fn arc_3_a_custom_field_is_read_and_filtered_by_its_name() {
    let app = TestApp::start().await;
    let custom = |name: &str, value: &str| json!({"custom": [{"name": name, "value": value}]});
    enter(&app, Who::Sales1, "甲公司", custom("行业", "电子")).await;
    enter(&app, Who::Sales1, "乙公司", custom("a.b", "机械")).await;
    let field = |name: &str, operator: &str| {
        format!("{{archive: {{customField: {{name: \"{name}\", {operator}}}}}}}")
    };
    for (condition, found) in [
        (field("行业", "eq: \"电子\""), json!(["甲公司"])),
        (field("行业", "startsWith: \"电\""), json!(["甲公司"])),
        (field("行业", "isNull: true"), json!(["乙公司"])),
        (field("a.b", "in: [\"机械\"]"), json!(["乙公司"])),
        (field("a", "isNull: false"), json!([])),
        (field("$", "isNull: false"), json!([])),
        (field("\\\"", "isNull: false"), json!([])),
    ] {
        let names = names(&app, Who::Sales1, &condition).await;
        assert_eq!(json!(names), found, "{condition}");
        assert!(
            super::conditions::names(&app, Who::Sales2, &condition)
                .await
                .is_empty()
        );
    }
    let query = "query($name: String!) { customers(orderBy: [{field: NUMBER, direction: ASC}]) { nodes {
        archive { ... on CustomerArchive { customField(name: $name) dot: customField(name: \"a.b\") } } } } }";
    let data = app
        .by(Who::Sales1)
        .ask(query, json!({"name": "行业"}))
        .await;
    assert_eq!(
        data["customers"]["nodes"],
        json!([{"archive": {"customField": "电子", "dot": null}}, {"archive": {"customField": null, "dot": "机械"}}])
    );
}
