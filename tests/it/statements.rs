//! A query takes as many statements as it has nodes, whatever the size of its pages.

use serde_json::{Value, json};

use crate::support::{TestApp, Who, scenes};

/// Documents with nested pages, and what they hang on: sections behind the policy, unions, relations, counts.
const DOCUMENTS: [(&str, &str); 7] = [
    (
        "cards and archives",
        "query($n: Int!) { customers(first: $n) { totalCount nodes { number name owner { name department { name } }
            archive { __typename
                ... on CustomerArchive { contacts(first: $n) { nodes { name phone } } notes(first: $n) { nodes { id } }
                    purchases(first: $n) { nodes { id } } }
                ... on LockedArchive { message approvers { name } } } } } }",
    ),
    (
        "complaints and their approvals",
        "query($n: Int!) { complaints(first: $n) { nodes { number amount customer { name owner { name } }
            viewerActions { action allowed reason } } } }",
    ),
    (
        "forms and their copies",
        "query($n: Int!) { forms(first: $n) { nodes { number title lines { value } issuedBy { name }
            copies(first: $n) { nodes { ordinal department { name } viewerActions { action allowed reason } } } } } }",
    ),
    (
        "notices",
        "query($n: Int!) { notices(first: $n) { totalCount nodes { title text clause { number } subjectId } } }",
    ),
    (
        "requests and grants",
        "query($n: Int!) { archiveLookupRequests(first: $n) { nodes { number state requester { name } customer { name }
            viewerActions { action allowed reason } } } }",
    ),
    (
        "revisions and their effect",
        "query($n: Int!) { rulebookRevisions(first: $n) { nodes { number state values { parameter } draftedBy { name }
            impact { effects { parameter cases } } viewerActions { action allowed } } } }",
    ),
    (
        "departments and people",
        "query($n: Int!) { departments(first: $n) { nodes { name employees(first: $n) { nodes { name supervisor { name } } } } } }",
    ),
];

fn nodes(answer: &Value) -> usize {
    match answer {
        Value::Object(map) => map.iter().map(|(_, v)| nodes(v)).sum::<usize>() + 1,
        Value::Array(items) => items.iter().map(nodes).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_size_of_a_page() {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    for who in [Who::Gm, Who::Manager1, Who::Sales1] {
        for (name, document) in DOCUMENTS {
            let mut seen = Vec::new();
            for n in [2, 8, 32] {
                let (_, answer) = app.by(who).send(document, json!({"n": n})).await;
                assert!(answer.get("errors").is_none(), "{name}: {answer:#}");
                let statements = answer["extensions"]["cost"]["statements"].as_u64().unwrap();
                seen.push((statements, nodes(&answer["data"])));
            }
            assert!(
                seen.iter().all(|(statements, _)| *statements == seen[0].0),
                "{name} by {who:?}: statements and objects of growing pages {seen:?}"
            );
            let grows = seen[2].1 > seen[0].1;
            assert!(
                grows || who != Who::Gm,
                "{name}: the pages must have grown: {seen:?}"
            );
        }
    }
}
