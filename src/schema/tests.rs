//! What of the variables plans depend on, over the schema of all features.

use async_graphql::Value as GqlValue;
use async_graphql::parser::parse_query;
use async_graphql::registry::Registry;
use serde_json::{Value, json};

use super::declared;
use crate::graph::{self, Coerced, Definitions, InputTypes};

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
