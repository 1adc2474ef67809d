//! Hostile documents, and honest ones that must pass.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use serde_json::{Map, Value, json};

use super::{Cost, Estimate, LimitError, Limits, Totals, Weights, scan};

fn limits() -> Limits {
    Limits {
        document_bytes: 64 * 1024,
        tokens: 8_000,
        variable_values: 10_000,
        operations: 10,
        depth: 15,
        fields: 2_000,
        aliases: 50,
        directives: 50,
        root_fields: 20,
        page_size: 200,
        nodes: 100_000,
    }
}

fn wide() -> Limits {
    Limits {
        document_bytes: 10_000_000,
        tokens: 1_000_000,
        ..limits()
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn check(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Map<String, Value>,
    limits: &Limits,
) -> Result<Cost, LimitError> {
    super::check(document, operation, variables, limits, &Weights::default())
}

fn cost_with(text: &str, variables: Value, limits: &Limits) -> Result<Cost, LimitError> {
    scan(text, limits)?;
    check(
        &parse_query(text).unwrap(),
        None,
        &object(variables),
        limits,
    )
}

fn cost(text: &str) -> Result<Cost, LimitError> {
    cost_with(text, json!({}), &limits())
}

fn code(result: Result<Cost, LimitError>) -> &'static str {
    result.unwrap_err().code().as_str()
}

/// Nothing hostile may take longer than this, in a debug build on a busy machine.
fn within_a_second<T>(act: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = act();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "took {:?}",
        start.elapsed()
    );
    result
}

#[test]
fn an_honest_page_is_measured() {
    let cost = cost(
        "query { customers(first: 50) { nodes { id name owner { name department { name } } contacts(first: 3) { nodes { name } } } } }",
    )
    .unwrap();
    assert_eq!(
        cost,
        // 50 customers, each with an owner, a department and 3 contacts.
        Cost {
            depth: 5,
            fields: 11,
            aliases: 0,
            directives: 0,
            root_fields: 1,
            nodes: 50 * (1 + 2 + 3),
            weight: 0,
            by_variables: false
        }
    );
}

#[test]
fn ten_thousand_levels_are_refused_before_the_parser() {
    for (open, close) in [("{a", "}"), ("[", "]")] {
        let text = format!("{{a(x:{}1{})}}", "[".repeat(10_000), "]".repeat(10_000));
        let text = if open == "[" {
            text
        } else {
            format!("{}{}", open.repeat(10_000), close.repeat(10_000))
        };
        assert_eq!(
            within_a_second(|| scan(&text, &wide()))
                .unwrap_err()
                .code()
                .as_str(),
            "DOCUMENT_TOO_NESTED"
        );
    }
}

#[test]
fn what_passes_the_scan_does_not_overflow_the_parser() {
    for text in [
        format!("{}{}", "{a".repeat(96), "}".repeat(96)),
        format!("{{a(x:{}1{})}}", "[".repeat(94), "]".repeat(94)),
        format!("{{a(x:{}1{})}}", "{x:".repeat(94), "}".repeat(94)),
        format!("query($x:{}A{}){{a}}", "[".repeat(95), "]".repeat(95)),
    ] {
        scan(&text, &wide()).unwrap();
        // Whether it parses is the parser's business; that it returns is ours.
        let _ = parse_query(&text);
    }
}

#[test]
fn depth_at_the_limit_and_one_beyond() {
    let nested = |levels: usize| format!("{}{}", "{a".repeat(levels), "}".repeat(levels));
    assert_eq!(cost(&nested(15)).unwrap().depth, 15);
    assert_eq!(code(cost(&nested(16))), "QUERY_TOO_DEEP");
}

#[test]
fn depth_hidden_in_fragments_is_found() {
    let mut text = String::from("{a{...f0}}");
    for index in 0..14 {
        write!(text, " fragment f{index} on T {{a{{...f{}}}}}", index + 1).unwrap();
    }
    text += " fragment f14 on T {a}";
    assert_eq!(code(cost(&text)), "QUERY_TOO_DEEP");
}

#[test]
fn a_long_chain_of_fragments_cannot_overflow_the_stack() {
    let mut text = String::from("{...f0}");
    for index in 0..20_000 {
        write!(text, " fragment f{index} on T {{...f{}}}", index + 1).unwrap();
    }
    text += " fragment f20000 on T {a}";
    let document = parse_query(&text).unwrap();
    let error = within_a_second(|| check(&document, None, &Map::new(), &wide())).unwrap_err();
    assert_eq!(error.code().as_str(), "QUERY_TOO_DEEP");
}

#[test]
fn a_thousand_aliases_are_refused() {
    let fields: String = (0..1_000).fold(String::new(), |mut text, index| {
        write!(text, "a{index}: name ").unwrap();
        text
    });
    assert_eq!(
        code(cost(&format!("{{ viewer {{ {fields} }} }}"))),
        "TOO_MANY_ALIASES"
    );
}

#[test]
fn a_thousand_root_fields_are_refused() {
    assert_eq!(
        code(cost(&format!("{{ {} }}", "viewer ".repeat(1_000)))),
        "TOO_MANY_ROOT_FIELDS"
    );
    assert_eq!(
        code(cost(
            "{ ...f ...f ...f } fragment f on Query { a b c d e f g }"
        )),
        "TOO_MANY_ROOT_FIELDS"
    );
}

#[test]
fn directives_are_counted_wherever_they_stand() {
    assert_eq!(
        code(cost(&format!("{{ a {} }}", "@skip(if: false) ".repeat(51)))),
        "TOO_MANY_DIRECTIVES"
    );
    assert_eq!(
        code(cost(&format!("query {} {{ a }}", "@x ".repeat(51)))),
        "TOO_MANY_DIRECTIVES"
    );
    assert_eq!(
        code(cost(&format!(
            "{{...f}} fragment f on T {} {{ a }}",
            "@x ".repeat(51)
        ))),
        "TOO_MANY_DIRECTIVES"
    );
    assert_eq!(
        code(cost(&format!(
            "query($a: Int {}) {{ a }}",
            "@x ".repeat(51)
        ))),
        "TOO_MANY_DIRECTIVES"
    );
}

#[test]
fn a_fragment_bomb_is_refused_at_once() {
    let mut text = String::from("{ viewer { ...f0 } }");
    for index in 0..40 {
        write!(
            text,
            " fragment f{index} on T {{ ...f{0} ...f{0} }}",
            index + 1
        )
        .unwrap();
    }
    text += " fragment f40 on T { a b }";
    let deep = Limits {
        depth: 100,
        ..limits()
    };
    assert_eq!(
        code(within_a_second(|| cost_with(&text, json!({}), &deep))),
        "TOO_MANY_FIELDS"
    );
}

#[test]
fn a_fragment_bomb_of_objects_saturates_instead_of_wrapping() {
    let mut text = String::from("{ viewer { ...f0 } }");
    for index in 0..20 {
        write!(
            text,
            " fragment f{index} on T {{ x(first: 200) {{ ...f{0} }} y(first: 200) {{ ...f{0} }} }}",
            index + 1
        )
        .unwrap();
    }
    text += " fragment f20 on T { a { b } }";
    let loose = Limits {
        depth: 100,
        fields: u64::MAX,
        ..limits()
    };
    assert_eq!(
        code(within_a_second(|| cost_with(&text, json!({}), &loose))),
        "QUERY_TOO_COSTLY"
    );
}

#[test]
fn cycles_are_refused_also_where_no_operation_reaches_them() {
    assert_eq!(
        code(cost("{ ...a } fragment a on T { b { ...a } }")),
        "FRAGMENT_CYCLE"
    );
    assert_eq!(
        code(cost(
            "{ ...a } fragment a on T { ...b } fragment b on T { ...c } fragment c on T { ...a }"
        )),
        "FRAGMENT_CYCLE"
    );
    assert_eq!(
        code(cost(
            "{ x } fragment a on T { ...b } fragment b on T { ...a }"
        )),
        "FRAGMENT_CYCLE"
    );
}

#[test]
fn page_sizes_are_held_as_literal_variable_and_default() {
    assert_eq!(
        cost("{ customers(first: 200) { nodes { id } } }")
            .unwrap()
            .nodes,
        200
    );
    assert_eq!(
        code(cost("{ customers(first: 201) { nodes { id } } }")),
        "PAGE_TOO_LARGE"
    );
    assert_eq!(
        code(cost("{ customers(last: 201) { nodes { id } } }")),
        "PAGE_TOO_LARGE"
    );
    let text = "query($n: Int = 201) { customers(first: $n) { nodes { id } } }";
    assert_eq!(code(cost(text)), "PAGE_TOO_LARGE");
    let cost = |variables| cost_with(text, variables, &limits());
    assert_eq!(code(cost(json!({"n": 1_000}))), "PAGE_TOO_LARGE");
    let ten = cost(json!({"n": 10})).unwrap();
    assert_eq!((ten.nodes, ten.by_variables), (10, true));
}

#[test]
fn nested_pages_multiply() {
    let nested = |first: u32| {
        format!(
            "{{ a(first: {first}) {{ nodes {{ b(first: {first}) {{ nodes {{ c(first: {first}) {{ nodes {{ id }} }} }} }} }} }} }}"
        )
    };
    assert_eq!(cost(&nested(10)).unwrap().nodes, 10 * (1 + 10 * (1 + 10)));
    assert_eq!(code(cost(&nested(100))), "QUERY_TOO_COSTLY");
}

#[test]
fn a_connection_without_a_size_costs_the_default_page() {
    assert_eq!(cost("{ a { nodes { id } } }").unwrap().nodes, 50);
    assert_eq!(
        cost("{ a { ...p } } fragment p on C { edges { node { id } } }")
            .unwrap()
            .nodes,
        50
    );
}

#[test]
fn strings_and_comments_do_not_count_as_brackets_or_tokens() {
    let text = format!(
        "{{ a(x: \"{0}\\\"{0}\") # {0}\n b(y: \"\"\"{0}\\\"\"\"{0}\"\"\") }}",
        "{[(".repeat(100)
    );
    scan(
        &text,
        &Limits {
            tokens: 14,
            ..limits()
        },
    )
    .unwrap();
    assert_eq!(
        scan(
            &text,
            &Limits {
                tokens: 13,
                ..limits()
            }
        )
        .unwrap_err()
        .code()
        .as_str(),
        "TOO_MANY_TOKENS"
    );
    for unclosed in ["{ a(x: \"", "{ a(x: \"\\", "\"\"\"", "\"\"\"\\", "#"] {
        scan(unclosed, &limits()).unwrap();
    }
}

#[test]
fn size_and_tokens_at_the_limit_and_one_beyond() {
    let text = "{ a b c }";
    scan(
        text,
        &Limits {
            document_bytes: 9,
            tokens: 5,
            ..limits()
        },
    )
    .unwrap();
    assert_eq!(
        scan(
            text,
            &Limits {
                document_bytes: 8,
                ..limits()
            }
        )
        .unwrap_err()
        .code()
        .as_str(),
        "DOCUMENT_TOO_LARGE"
    );
    assert_eq!(
        scan(
            text,
            &Limits {
                tokens: 4,
                ..limits()
            }
        )
        .unwrap_err()
        .code()
        .as_str(),
        "TOO_MANY_TOKENS"
    );
}

#[test]
fn the_operation_is_chosen_by_name_and_all_are_held() {
    let document = parse_query("query A { a } query B { a b }").unwrap();
    let held = |name| check(&document, name, &Map::new(), &limits());
    assert_eq!(held(Some("A")).unwrap().fields, 1);
    assert_eq!(held(Some("B")).unwrap().fields, 2);
    assert_eq!(
        held(Some("C")).unwrap_err().code().as_str(),
        "OPERATION_UNKNOWN"
    );
    assert_eq!(
        held(None).unwrap_err().code().as_str(),
        "OPERATION_NOT_NAMED"
    );
    let hostile = format!(
        "query A {{ a }} query B {}{}",
        "{a".repeat(16),
        "}".repeat(16)
    );
    let document = parse_query(&hostile).unwrap();
    assert_eq!(
        check(&document, Some("A"), &Map::new(), &limits())
            .unwrap_err()
            .code()
            .as_str(),
        "QUERY_TOO_DEEP",
        "validation walks the other operation too"
    );
    let many: String = (0..11).fold(String::new(), |mut text, index| {
        write!(text, "query Q{index} {{ a }} ").unwrap();
        text
    });
    let document = parse_query(&many).unwrap();
    assert_eq!(
        check(&document, Some("Q1"), &Map::new(), &limits())
            .unwrap_err()
            .code()
            .as_str(),
        "TOO_MANY_OPERATIONS"
    );
}

#[test]
fn the_usual_introspection_query_passes() {
    let text = "query IntrospectionQuery { __schema { queryType { name kind } mutationType { name kind } \
        subscriptionType { name kind } types { ...FullType } directives { name description locations \
        args { ...InputValue } } } } \
        fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description \
        args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } inputFields { ...InputValue } \
        interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated \
        deprecationReason } possibleTypes { ...TypeRef } } \
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue } \
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { \
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { \
        kind name } } } } } } } } } }";
    assert_eq!(cost(text).unwrap().depth, 15);
}

#[test]
fn declared_costs_count_once_for_each_object() {
    let mut weights = Weights::default();
    weights.put("Query", "list", 0, "ItemConnection");
    weights.put("ItemConnection", "nodes", 0, "Item");
    weights.put("Item", "actions", 2, "Action");
    weights.put("Item", "impact", 100, "Impact");
    let limits = limits();
    let estimate = |text: &str| {
        let document = parse_query(text).unwrap();
        super::check(&document, None, &Map::new(), &limits, &weights)
            .map(|cost| cost.estimate(&limits))
    };
    for text in [
        "{ list(first: 10) { nodes { id actions } } }",
        "{ list(first: 10) { nodes { ... on Item { actions id } } } }",
        "{ list(first: 10) { nodes { ...F } } } fragment F on Item { actions }",
    ] {
        let (cost, limit) = (10 + 10 * 2, limits.nodes);
        let remaining = None;
        let expected = Estimate {
            cost,
            limit,
            remaining,
        };
        assert_eq!(estimate(text).unwrap(), expected, "{text}");
    }
    // Of another type the name costs nothing.
    let other = "{ other(first: 10) { nodes { actions } } }";
    assert_eq!(estimate(other).unwrap().cost, 10);
    let costly =
        "{ list(first: 200) { nodes { a: impact b: impact c: impact d: impact e: impact } } }";
    let error = estimate(costly).unwrap_err();
    assert_eq!(error.code().as_str(), "QUERY_TOO_COSTLY");
}

#[test]
fn values_of_variables_are_counted_at_every_level() {
    let few = Limits {
        variable_values: 6,
        ..limits()
    };
    let count = |variables: Value| super::values(&object(variables), &few);
    assert_eq!(count(json!({})), Ok(0));
    assert_eq!(count(json!({"a": 1, "b": [1, {"c": "x"}, null]})), Ok(6));
    let error = count(json!({"a": 1, "b": [1, {"c": "x"}, null, 2]})).unwrap_err();
    assert_eq!(error.code().as_str(), "TOO_MANY_VALUES");
}

#[test]
fn operations_of_one_request_are_held_together() {
    let cost = Cost {
        fields: 1_200,
        aliases: 20,
        ..Cost::default()
    };
    let one = Totals::default().and((10, 5), 3, &cost, &limits()).unwrap();
    let two = one.and((10, 5), 3, &cost, &limits()).unwrap_err();
    assert_eq!(two.code().as_str(), "TOO_MANY_FIELDS");
    let values = one.and((10, 5), 9_998, &Cost::default(), &limits());
    assert_eq!(values.unwrap_err().code().as_str(), "TOO_MANY_VALUES");
    let tokens = one.and((10, 7_996), 0, &Cost::default(), &limits());
    assert_eq!(tokens.unwrap_err().code().as_str(), "TOO_MANY_TOKENS");
    assert!(
        one.and((10, 7_995), 9_997, &Cost::default(), &limits())
            .is_ok()
    );
}
