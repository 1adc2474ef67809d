//! What of the variables plans depend on, over the schema of all features.

use async_graphql::parser::parse_query;
use async_graphql::registry::Registry;
use async_graphql::{Value as GqlValue, Variables};
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::{Schema, declared};
use crate::graph::{self, Coerced, Definitions, Document, InputTypes};

fn coerced(document: &str, variables: Value) -> Result<Coerced, String> {
    let graph = &declared().graph;
    let mut registry = Registry::default();
    graph::register(graph, &mut registry);
    let types = InputTypes::of(&registry, graph);
    let document = parse_query(document).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let definitions = Definitions::of(&types, graph, &document, &operation.node);
    definitions.coerce(&types, variables.as_object().unwrap())
}

const PAGE: &str = "query ($d: ID!, $n: Int, $w: CustomerWhere, $a: String) {
    customers(first: $n, after: $a, where: {and: [{department: {id: {eq: $d}}}, $w]}) { nodes { id } } }";

#[test]
fn what_is_only_compared_with_is_left_open() {
    let one = coerced(PAGE, json!({"d": "department_1", "n": 5})).unwrap();
    let other = coerced(PAGE, json!({"d": "department_2", "n": 5})).unwrap();
    assert_eq!(one.form, other.form);
    assert_eq!(other.leaves, [GqlValue::from("department_2")]);
    for different in [
        json!({"d": "department_2", "n": 6}),
        json!({"d": "employee_2", "n": 5}),
        json!({"d": "department_2", "n": 5, "w": {"name": {"eq": "x"}}}),
        json!({"d": "department_2", "n": 5, "w": null}),
    ] {
        assert_ne!(one.form, coerced(PAGE, different).unwrap().form);
    }
}

#[test]
fn lists_of_a_few_lengths_stand_for_all() {
    let form = |names: &[&str]| {
        let variables = json!({"d": "department_1", "w": {"name": {"in": names}}});
        let coerced = coerced(PAGE, variables).unwrap();
        (coerced.form, coerced.leaves.len())
    };
    assert_eq!(form(&["a", "b", "c"]), form(&["a", "b", "c", "d"]));
    assert_ne!(form(&["a", "b"]), form(&["a", "b", "c"]));
    assert_ne!(form(&[]), form(&["a"]));
    assert_eq!(form(&["a", "b", "c"]).1, 5);
}

#[test]
fn a_variable_with_two_uses_is_part_of_the_plan() {
    let twice = "query ($x: String) {
        customers(after: $x, where: {name: {eq: $x}}) { nodes { id } } }";
    let [one, other] = ["a", "b"].map(|x| coerced(twice, json!({"x": x})).unwrap());
    assert_ne!(one.form, other.form);
    assert!(one.leaves.is_empty());
}

#[test]
fn what_does_not_fit_is_refused() {
    for (wrong, why) in [
        (json!({}), "the variable $d is missing"),
        (json!({"d": null}), "$d: null is no ID!"),
        (json!({"d": "x", "n": 1.5}), "$n: 1.5 is no Int"),
        (
            json!({"d": "x", "n": 3_000_000_000_u32}),
            "$n: 3000000000 is no Int",
        ),
        (
            json!({"d": "x", "w": {"nam": {}}}),
            "$w: CustomerWhere has no field nam",
        ),
        (
            json!({"d": "x", "w": {"category": {"eq": "NO"}}}),
            "$w: category: eq: NO is no CustomerCategory",
        ),
        (
            json!({"d": "x", "w": 3}),
            "$w: expected an object of CustomerWhere",
        ),
    ] {
        assert_eq!(coerced(PAGE, wrong).err().as_deref(), Some(why));
    }
}

/// What a question about the schema is answered here, and by async-graphql.
fn told_twice(schema: &Schema, text: &str) -> (Value, Value) {
    let parsed = parse_query(text).unwrap();
    let (_, operation) = parsed.operations.iter().next().unwrap();
    let document = Document {
        graph: &declared().graph,
        fragments: &parsed.fragments,
        variables: &Variables::default(),
        defined: &operation.node.variable_definitions,
    };
    let root = &operation.node.selection_set.node;
    let parts = schema.introspect(&document, root, "request");
    let ours = parts.into_iter().map(|(key, fragment)| {
        let value: Value = serde_json::from_slice(&fragment.json).unwrap();
        (key.to_owned(), value)
    });
    let theirs = schema.inner.execute(text).now_or_never().unwrap();
    assert!(theirs.errors.is_empty(), "{:?}", theirs.errors);
    (ours.collect(), theirs.data.into_json().unwrap())
}

#[test]
fn the_schema_tells_of_itself_what_async_graphql_would() {
    let schema = Schema::new(true);
    for text in [
        "{ __schema { __typename description queryType { name kind } mutationType { name } subscriptionType { name }
            types { __typename kind name description specifiedByURL isOneOf
                fields { __typename name description isDeprecated deprecationReason
                    args { __typename name description defaultValue type { ...Ref } } type { ...Ref } }
                inputFields { name type { ...Ref } } interfaces { ...Ref } possibleTypes { ...Ref }
                enumValues { __typename name isDeprecated } }
            directives { __typename name description locations isRepeatable args { name type { ...Ref } } } } }
         fragment Ref on __Type { __typename kind name description ofType { kind name ofType { kind name ofType { kind name
            ofType { name } } } } }",
        "{ a: __type(name: \"Customer\") { fields(includeDeprecated: true) { n: name type { ofType { fields { name } } } } }
           b: __type(name: \"Nothing\") { name } c: __type(name: \"Mutation\") { fields { args { type { ofType {
            inputFields { name defaultValue type { kind ofType { name enumValues { name } } } } } } } } } }",
        "{ __schema { types { name @skip(if: true) ... @include(if: true) { kind } ... on __Type { kind } } } }",
    ] {
        let (ours, theirs) = told_twice(&schema, text);
        assert!(ours == theirs, "{text}");
    }
}
