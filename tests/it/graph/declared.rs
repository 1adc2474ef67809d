//! What a declaration says of a field beside how it is read: that it is deprecated, and what it costs.

use async_graphql::registry::{Deprecation, Registry};
use kehu::graph::{Graph, Kind, register};
use serde_json::json;

use crate::support::{TestApp, Who, error_code, scenes};

#[test]
fn a_deprecated_field_says_what_to_use_instead() {
    let mut graph = Graph::default();
    graph
        .table("Thing", "thing", "thing", None, "A thing.")
        .column("title", "title", Kind::Text, "Its title.")
        .deprecated("use `name`")
        .column("name", "title", Kind::Text, "Its name.");
    let mut registry = Registry::default();
    register(&graph, &mut registry);
    let fields = registry.types["Thing"].fields().unwrap();
    assert!(!fields["name"].deprecation.is_deprecated());
    let Deprecation::Deprecated { reason } = &fields["title"].deprecation else {
        panic!("`title` is deprecated");
    };
    assert_eq!(reason.as_deref(), Some("use `name`"));
}

#[tokio::test]
async fn an_answer_tells_its_cost_and_what_it_may_cost() {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    let cost = async |query: &str| {
        let (_, answer) = app.by(Who::Gm).send(query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["extensions"]["cost"].clone()
    };
    let columns = cost("{ complaints(first: 10) { nodes { number amount } } }").await;
    assert_eq!(
        (&columns["estimated"], &columns["limit"]),
        (&json!(10), &json!(50_000))
    );
    // Ten complaints, with an object and a question each.
    let asked = cost("{ complaints(first: 10) { nodes { viewerActions { action } } } }").await;
    assert_eq!(asked["estimated"], json!(10 * (1 + 1 + 1)));
    // Where nothing is said a page has fifty; its forms are a list of their own.
    let lists =
        cost("{ complaints { nodes { forms(first: 2) { nodes { number title } } } } }").await;
    assert_eq!(lists["estimated"], json!(50 * (1 + 1 + 2)));
    let costly = "{ rulebookRevisions(first: 200) { nodes { a: impact { after } b: impact { after } c: impact { until } } } }";
    let (_, answer) = app.by(Who::Gm).send(costly, json!({})).await;
    assert_eq!(error_code(&answer), "QUERY_TOO_COSTLY");
}
