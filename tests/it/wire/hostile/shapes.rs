//! Documents that are deep, or grow by themselves.

use serde_json::json;

use super::{Answered, Attack, Refused, document, many, nested, with_variables};

/// Brackets in brackets.
pub(super) fn nesting() -> Vec<Attack> {
    let mut all = Vec::new();
    for (times, code) in [
        (16, "QUERY_TOO_DEEP"),
        (40, "QUERY_TOO_DEEP"),
        (85, "DOCUMENT_TOO_NESTED"),
        (97, "DOCUMENT_TOO_NESTED"),
        (2_000, "DOCUMENT_TOO_NESTED"),
        (20_000, "DOCUMENT_TOO_NESTED"),
    ] {
        let text = format!("{{ {} }}", nested(times, "a{", "b", "}"));
        all.push(document(
            format!("{times} levels of fields"),
            &text,
            Refused(code),
        ));
        all.push(document(
            format!("{times} levels left open"),
            &"{a".repeat(times),
            Refused(if times < 97 { "BAD_REQUEST" } else { code }),
        ));
    }
    for (times, code) in [
        (61, "QUERY_TOO_DEEP"),
        (85, "DOCUMENT_TOO_NESTED"),
        (3_000, "DOCUMENT_TOO_NESTED"),
    ] {
        let text = nested(times, "{ ...", "{ a }", "}");
        all.push(document(
            format!("{times} inline fragments in each other"),
            &text,
            Refused(code),
        ));
        let text = nested(times, "{ ... on Query ", "{ a }", "}");
        all.push(document(
            format!("{times} typed fragments in each other"),
            &text,
            Refused(code),
        ));
    }
    for (times, code) in [
        (20, "BAD_REQUEST"),
        (90, "BAD_REQUEST"),
        (97, "DOCUMENT_TOO_NESTED"),
        (12_000, "DOCUMENT_TOO_NESTED"),
    ] {
        let lists = nested(times, "[", "1", "]");
        all.push(document(
            format!("{times} lists in each other"),
            &format!("{{ customers(first: {lists}) {{ nodes {{ id }} }} }}"),
            Refused(code),
        ));
        let types = nested(times, "[", "Int", "]");
        all.push(document(
            format!("{times} lists in a type"),
            &format!("query ($v: {types}) {{ __typename }}"),
            Refused(code),
        ));
        let objects = nested(times, "{a: ", "1", "}");
        all.push(document(
            format!("{times} objects in each other"),
            &format!("{{ customers(where: {objects}) {{ nodes {{ id }} }} }}"),
            Refused(code),
        ));
    }
    all.push(document(
        "closing brackets only",
        &"}])".repeat(10_000),
        Refused("TOO_MANY_TOKENS"),
    ));
    all
}

/// Fragments that spread fragments.
pub(super) fn fragments() -> Vec<Attack> {
    let mut all = Vec::new();
    for (levels, width) in [(5, 10), (10, 3), (20, 2), (40, 2), (55, 2), (12, 30)] {
        let bomb = many(levels, |i| {
            let spreads = format!("...F{} ", i + 1).repeat(width);
            format!("fragment F{i} on Query {{ {spreads} }}")
        });
        let last = format!("fragment F{levels} on Query {{ __typename }}");
        let text = format!("{{ ...F0 }} {bomb} {last}");
        all.push(document(
            format!("{levels} levels of {width} spreads"),
            &text,
            Refused("TOO_MANY_FIELDS"),
        ));
        let text = format!("{{ __typename }} {bomb} {last}");
        all.push(document(
            format!("the same, unused: {levels} by {width}"),
            &text,
            Refused("TOO_MANY_FIELDS"),
        ));
        let objects = many(levels, |i| {
            let spreads = many(width, |at| format!("a{at}: department {{ ...G{} }}", i + 1));
            format!("fragment G{i} on Customer {{ {spreads} }}")
        });
        let text = format!(
            "{{ customers {{ nodes {{ ...G0 }} }} }} {objects} fragment G{levels} on Customer {{ id }}"
        );
        all.push(document(
            format!("{levels} levels of {width} objects"),
            &text,
            Refused(if levels < 20 {
                "TOO_MANY_FIELDS"
            } else {
                "QUERY_TOO_DEEP"
            }),
        ));
    }
    for length in [1, 2, 3, 20, 50] {
        let ring = many(length, |i| {
            format!("fragment F{i} on Query {{ ...F{} }}", (i + 1) % length)
        });
        all.push(document(
            format!("a ring of {length}"),
            &format!("{{ ...F0 }} {ring}"),
            Refused("FRAGMENT_CYCLE"),
        ));
        all.push(document(
            format!("an unused ring of {length}"),
            &format!("{{ __typename }} {ring}"),
            Refused("FRAGMENT_CYCLE"),
        ));
        let ring = many(length, |i| {
            format!(
                "fragment F{i} on Query {{ ... {{ viewer {{ ... on Query {{ ...F{} }} }} }} }}",
                (i + 1) % length
            )
        });
        let code = if length < 20 {
            "FRAGMENT_CYCLE"
        } else {
            "QUERY_TOO_DEEP"
        };
        all.push(document(
            format!("a hidden ring of {length}"),
            &format!("{{ ...F0 }} {ring}"),
            Refused(code),
        ));
    }
    for length in [65, 400, 800] {
        let chain = many(length, |i| {
            format!("fragment F{i} on Query {{ ...F{} }}", i + 1)
        });
        let text = format!("{{ ...F0 }} {chain} fragment F{length} on Query {{ __typename }}");
        let code = if length < 800 {
            "QUERY_TOO_DEEP"
        } else {
            "TOO_MANY_TOKENS"
        };
        all.push(document(
            format!("a chain of {length}"),
            &text,
            Refused(code),
        ));
    }
    all.push(document(
        "spreads of nothing",
        &format!("{{ {} }}", "...Nowhere ".repeat(1_200)),
        Refused("BAD_REQUEST"),
    ));
    let unused = many(800, |i| format!("fragment F{i} on Query {{ __typename }}"));
    all.push(document(
        "800 unused fragments",
        &format!("{{ __typename }} {unused}"),
        Refused("TOO_MANY_TOKENS"),
    ));
    let unused = many(400, |i| format!("fragment F{i} on Query {{ __typename }}"));
    all.push(document(
        "400 unused fragments",
        &format!("{{ __typename }} {unused}"),
        Refused("BAD_REQUEST"),
    ));
    all
}

/// Questions about the schema that grow by themselves.
pub(super) fn introspection() -> Vec<Attack> {
    let mut all = Vec::new();
    let text = format!(
        "{{ __schema {{ types {{ {} }} }} }}",
        nested(6, "fields { type { ", "name", "} }")
    );
    all.push(document("fields of types of fields", &text, Answered));
    let ways = many(2, |i| {
        let on = format!("...T{}", i + 1);
        format!(
            "fragment T{i} on __Type {{ fields {{ type {{ {on} ofType {{ {on} ofType {{ ofType {{ {on} }} }} }} }} }} }}"
        )
    });
    let text = format!(
        "{{ __schema {{ types {{ ...T0 }} }} }} {ways} fragment T2 on __Type {{ fields {{ name description args {{ name description }} }} }}"
    );
    all.push(document(
        "fields of types, whichever way",
        &text,
        Refused("QUERY_TOO_COSTLY"),
    ));
    let text = format!(
        "{{ __schema {{ types {{ {} }} }} }}",
        nested(5, "possibleTypes { interfaces { ", "name", "} }")
    );
    all.push(document(
        "types of interfaces of types",
        &text,
        Refused("QUERY_TOO_COSTLY"),
    ));
    let aliases = many(90, |i| {
        format!("a{i}: fields(includeDeprecated: true) {{ name args {{ name type {{ name }} }} }}")
    });
    all.push(document(
        "fields 90 times",
        &format!("{{ __schema {{ types {{ {aliases} }} }} }}"),
        Refused("QUERY_TOO_COSTLY"),
    ));
    let schemas = many(20, |i| {
        format!(
            "s{i}: __schema {{ types {{ fields {{ name description args {{ name description }} }} }} }}"
        )
    });
    all.push(document(
        "the schema 20 times",
        &format!("{{ {schemas} }}"),
        Refused("QUERY_TOO_COSTLY"),
    ));
    let text = format!(
        "{{ __schema {{ types {{ {} }} }} }}",
        nested(30, "ofType { ", "name", "}")
    );
    all.push(document(
        "types of types of types",
        &text,
        Refused("QUERY_TOO_DEEP"),
    ));
    all
}

/// Pages in pages.
pub(super) fn pages() -> Vec<Attack> {
    let mut all = Vec::new();
    for first in ["201", "1000000", "2147483647"] {
        all.push(document(
            format!("a page of {first}"),
            &format!("{{ customers(first: {first}) {{ nodes {{ id }} }} }}"),
            Refused("PAGE_TOO_LARGE"),
        ));
    }
    for first in ["-1", "9223372036854775808", "1.5", "\"1\"", "true"] {
        let code = if first == "9223372036854775808" {
            "PAGE_TOO_LARGE"
        } else {
            "BAD_REQUEST"
        };
        all.push(document(
            format!("a page of {first}"),
            &format!("{{ customers(first: {first}) {{ nodes {{ id }} }} }}"),
            Refused(code),
        ));
    }
    for (times, first) in [(3, 200), (5, 50), (6, 10)] {
        let inner = nested(
            times,
            &format!("complaints(first: {first}) {{ nodes {{ customer {{ "),
            "id",
            "} } }",
        );
        let text = format!("{{ customers(first: {first}) {{ nodes {{ {inner} }} }} }}");
        let code = if times < 5 {
            "QUERY_TOO_COSTLY"
        } else {
            "QUERY_TOO_DEEP"
        };
        all.push(document(
            format!("{times} pages of {first} in each other"),
            &text,
            Refused(code),
        ));
    }
    let text = "query ($n: Int = 201) { customers(first: $n) { nodes { id } } }";
    all.push(document(
        "a page by a default",
        text,
        Refused("PAGE_TOO_LARGE"),
    ));
    all.push(with_variables(
        "a page by a variable",
        text,
        &json!({"n": 100_000}),
        Refused("PAGE_TOO_LARGE"),
    ));
    all
}

/// Conditions that are deep or wide.
pub(super) fn filters() -> Vec<Attack> {
    let asks = |condition: &str| {
        format!("{{ customers(first: 1, where: {condition}) {{ nodes {{ id }} }} }}")
    };
    let leaf = "{name: {eq: \"x\"}}";
    let mut all = Vec::new();
    for times in [5, 25] {
        let condition = nested(times, "{and: [{not: ", leaf, "}]}");
        all.push(document(
            format!("{times} conditions in each other"),
            &asks(&condition),
            Answered,
        ));
    }
    let condition = nested(60, "{and: [", leaf, "]}");
    all.push(document(
        "60 conditions in each other",
        &asks(&condition),
        Refused("DOCUMENT_TOO_NESTED"),
    ));
    let condition = format!("{{or: [{}]}}", format!("{leaf} ").repeat(500));
    all.push(document(
        "500 conditions side by side",
        &asks(&condition),
        Answered,
    ));
    let condition = nested(12, "{complaints: {some: {customer: ", leaf, "}}}");
    all.push(document(
        "12 lists in each other",
        &asks(&condition),
        Answered,
    ));
    let condition = format!("{{name: {{contains: \"{}\"}}}}", "%_".repeat(20_000));
    all.push(document(
        "a pattern of wildcards",
        &asks(&condition),
        Answered,
    ));
    let order = "{field: NAME, direction: ASC} ".repeat(500);
    all.push(document(
        "500 orders",
        &format!("{{ customers(first: 1, orderBy: [{order}]) {{ nodes {{ id }} }} }}"),
        Answered,
    ));
    all.push(document(
        "a cursor that is none",
        &format!(
            "{{ customers(after: \"{}\") {{ nodes {{ id }} }} }}",
            "A".repeat(50_000)
        ),
        Refused("BAD_REQUEST"),
    ));
    all
}
