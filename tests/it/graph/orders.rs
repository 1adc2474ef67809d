//! Orders by related rows and by fields behind a gate: what is hidden sorts as null and gets into no cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kehu::graph::order_names;
use kehu::schema::declared;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{close, listed};
use crate::complaints::filed;
use crate::customers::enter;
use crate::support::{TestApp, Who, error_code};

/// What a cursor holds beside the order's name.
fn opened(cursor: &Value) -> Vec<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    let values: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    values[1..].to_vec()
}

#[tokio::test]
async fn lists_are_ordered_by_what_a_related_row_is_known_by() {
    let app = TestApp::start().await;
    for (name, by) in [
        ("丙公司", Who::Sales1),
        ("甲公司", Who::Sales1a),
        ("乙公司", Who::Sales2),
    ] {
        let customer = enter(&app, by, name, json!({})).await;
        filed(&app, by, &customer).await;
    }
    let order = |field: &str, direction: &str| {
        format!("orderBy: [{{field: {field}, direction: {direction}}}]")
    };
    let by_name = order("CUSTOMER_NAME", "ASC");
    let customers = listed(&app, Who::Gm, "complaints", &by_name, "customer { name }").await;
    assert_eq!(customers.len(), 3);
    let query =
        |order: &str| format!("{{ complaints({order}) {{ nodes {{ customer {{ name }} }} }} }}");
    let names = async |order: String| {
        let data = app.by(Who::Gm).ask(&query(&order), json!({})).await;
        let nodes = data["complaints"]["nodes"].as_array().unwrap().clone();
        nodes
            .iter()
            .map(|node| node["customer"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // By pinyin: bing, jia, yi.
    assert_eq!(names(by_name).await, ["丙公司", "甲公司", "乙公司"]);
    assert_eq!(
        names(order("CUSTOMER_NAME", "DESC")).await,
        ["乙公司", "甲公司", "丙公司"]
    );
    let by_home = "orderBy: [{field: CUSTOMER_DEPARTMENT_CODE, direction: DESC}, {field: CUSTOMER_NUMBER, direction: ASC}]";
    assert_eq!(names(by_home.to_owned()).await[0], "乙公司");
}

#[tokio::test]
async fn a_hidden_row_sorts_as_null_and_gets_into_no_cursor() {
    let app = TestApp::start().await;
    let own = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let given = enter(&app, Who::Sales1, "丙公司", json!({})).await;
    for customer in [&own, &given] {
        filed(&app, Who::Sales1, customer).await;
    }
    let give = json!({"customer": given, "expectedVersion": 1, "owner": Who::Sales1x.public()});
    app.by(Who::Manager1)
        .done("customerAssign", give, "__typename")
        .await;
    close(&app).await;
    // Who filed both sees both; the second one's customer is now only his colleague's, though its name comes first.
    let query =
        "query($d: SortDirection!) { complaints(orderBy: [{field: CUSTOMER_NAME, direction: $d}]) {
        edges { cursor node { id } } } }";
    let mut first = Vec::new();
    for direction in ["ASC", "DESC"] {
        let data = app
            .by(Who::Sales1)
            .ask(query, json!({"d": direction}))
            .await;
        let edges = data["complaints"]["edges"].as_array().unwrap().clone();
        let keys: Vec<Value> = edges
            .iter()
            .map(|edge| opened(&edge["cursor"])[0].clone())
            .collect();
        let shown = keys.iter().filter(|key| !key.is_null()).count();
        assert_eq!((edges.len(), shown), (2, 1), "{keys:?}");
        assert_eq!(
            keys[0].is_null(),
            direction == "DESC",
            "null is the greatest"
        );
        first.push(edges[0]["node"]["id"].clone());
    }
    assert_ne!(first[0], first[1]);
}

#[tokio::test]
async fn a_field_behind_a_gate_orders_only_those_for_whom_it_is_open() {
    let app = TestApp::start().await;
    let sql = "UPDATE employee SET left_on = '2999-01-01'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let query =
        "query($d: SortDirection!) { employees(orderBy: [{field: LEFT_ON, direction: $d}]) {
        edges { cursor node { id leftOn } } } }";
    // A salesperson sees his own record: the others' days sort as null.
    for (direction, at) in [("ASC", 0), ("DESC", usize::MAX)] {
        let data = app
            .by(Who::Sales1)
            .ask(query, json!({"d": direction}))
            .await;
        let edges = data["employees"]["edges"].as_array().unwrap().clone();
        let at = at.min(edges.len() - 1);
        assert_eq!(
            edges[at]["node"],
            json!({"id": Who::Sales1.public(), "leftOn": "2999-01-01"}),
            "{direction}"
        );
        for (i, edge) in edges.iter().enumerate() {
            assert_eq!(opened(&edge["cursor"])[0].is_null(), i != at);
        }
    }
}

#[tokio::test]
async fn an_order_that_is_none_is_refused() {
    let app = TestApp::start().await;
    // What a row is known by, and no more, orders the lists that point to it.
    let query =
        "{ complaints(orderBy: [{field: FILED_BY_LEFT_ON, direction: ASC}]) { nodes { id } } }";
    let (_, answer) = app.by(Who::Gm).send(query, json!({})).await;
    assert_eq!(error_code(&answer), "BAD_REQUEST");
    let foreign = "{ complaints(first: 1, after: \"WyJOVU1CRVIraWQrIiwxLDJd\") { nodes { id } } }";
    let (_, answer) = app.by(Who::Gm).send(foreign, json!({})).await;
    assert_eq!(error_code(&answer), "BAD_REQUEST");
}

#[test]
fn no_two_orders_of_a_type_have_one_name() {
    let graph = &declared().graph;
    for ty in graph.types.values() {
        let mut names: Vec<String> = order_names(graph, ty)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let many = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), many, "{}", ty.name);
    }
}
