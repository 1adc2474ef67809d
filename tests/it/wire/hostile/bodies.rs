//! Families of hostile bodies: variables, lists of operations, JSON.

use serde_json::{Value, json};

use super::{Answered, Attack, Refused, raw, with_variables};

/// Variables that are many, large or deep.
pub(super) fn variables() -> Vec<Attack> {
    let mut all = Vec::new();
    let defined = |times: usize| {
        let definitions: String = (0..times).map(|i| format!("$v{i}: Int ")).collect();
        format!("query ({definitions}) {{ __typename }}")
    };
    for (times, code) in [
        (400, "BAD_REQUEST"),
        (1_100, "BAD_REQUEST"),
        (3_000, "TOO_MANY_TOKENS"),
    ] {
        all.push(with_variables(
            format!("{times} variables that nothing uses"),
            &defined(times),
            &json!({}),
            Refused(code),
        ));
    }
    let wide: Value = (0..20_000)
        .map(|i| (format!("v{i}"), json!(i)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    all.push(with_variables(
        "20000 values that nothing asks for",
        "{ __typename }",
        &wide,
        Refused("TOO_MANY_VALUES"),
    ));
    let listed = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    for (times, code) in [
        (201, "BAD_REQUEST"),
        (9_000, "BAD_REQUEST"),
        (15_000, "TOO_MANY_VALUES"),
    ] {
        let ids = vec!["customer_01h455vb4pex5vsknk084sn02q"; times];
        all.push(with_variables(
            format!("{times} ids"),
            listed,
            &json!({"ids": ids}),
            Refused(code),
        ));
    }
    let filtered = "query ($w: CustomerWhere) { customers(first: 1, where: $w) { nodes { id } } }";
    for times in [1_000, 3_000, 40_000] {
        let comes = || {
            if times < 10_000 {
                Answered
            } else {
                Refused("TOO_MANY_VALUES")
            }
        };
        let names: Vec<String> = (0..times).map(|i| i.to_string()).collect();
        all.push(with_variables(
            format!("{times} names"),
            filtered,
            &json!({"w": {"name": {"in": names}}}),
            comes(),
        ));
        let or = vec![json!({"name": {"eq": "x"}}); times];
        all.push(with_variables(
            format!("{times} conditions in a variable"),
            filtered,
            &json!({"w": {"or": or}}),
            comes(),
        ));
    }
    for times in [10, 60] {
        let mut condition = json!({"name": {"eq": "x"}});
        for _ in 0..times {
            condition = json!({"not": condition});
        }
        all.push(with_variables(
            format!("{times} conditions in each other in a variable"),
            filtered,
            &json!({"w": condition}),
            Answered,
        ));
    }
    let long = "x".repeat(900_000);
    all.push(with_variables(
        "a name of 900 KB",
        filtered,
        &json!({"w": {"name": {"eq": long}}}),
        Answered,
    ));
    all.push(with_variables(
        "a type that is none",
        "query ($v: Nothing) { a(b: $v) }",
        &json!({"v": 1}),
        Refused("BAD_REQUEST"),
    ));
    let defaults = format!(
        "query ($w: CustomerWhere = {}{{name: {{eq: \"x\"}}}}{}) {{ customers(first: 1, where: $w) {{ nodes {{ id }} }} }}",
        "{not: ".repeat(40),
        "}".repeat(40)
    );
    all.push(with_variables(
        "a default with 40 conditions in each other",
        &defaults,
        &json!({}),
        Answered,
    ));
    let forged =
        "mutation ($input: FileAttachInput!) { fileAttach(input: $input) { refusals { code } } }";
    let input = json!({"input": {"object": "customer_01h455vb4pex5vsknk084sn02q", "upload": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}});
    all.push(with_variables(
        "a file in a variable",
        forged,
        &input,
        Answered,
    ));
    all
}

/// Lists of operations.
pub(super) fn batches() -> Vec<Attack> {
    let list = |times: usize, text: &str| json!(vec![json!({"query": text}); times]).to_string();
    let bomb: String = (0..20)
        .map(|i| format!(" fragment F{i} on Query {{ ...F{0} ...F{0} }}", i + 1))
        .collect();
    let bomb = format!("{{ ...F0 }}{bomb} fragment F20 on Query {{ __typename }}");
    let aliases: String = (0..90).map(|i| format!("a{i}: name ")).collect();
    vec![
        raw(
            "11 operations",
            list(11, "{ __typename }"),
            Refused("BATCH_TOO_LARGE"),
        ),
        raw(
            "20000 operations",
            list(20_000, "{ __typename }"),
            Refused("BATCH_TOO_LARGE"),
        ),
        raw("ten bombs", list(10, &bomb), Refused("TOO_MANY_FIELDS")),
        raw(
            "ten floods of aliases",
            list(10, &format!("{{ viewer {{ employee {{ {aliases} }} }} }}")),
            Refused("TOO_MANY_ALIASES"),
        ),
        raw(
            "ten large pages",
            list(
                10,
                "{ customers(first: 200) { nodes { complaints(first: 100) { nodes { id } } } } }",
            ),
            Refused("QUERY_TOO_COSTLY"),
        ),
        raw(
            "ten long documents",
            list(10, &format!("{{ __typename }} #{}", "x".repeat(40_000))),
            Refused("DOCUMENT_TOO_LARGE"),
        ),
        raw(
            "a list of lists",
            format!("{}{}", "[".repeat(100), "]".repeat(100)),
            Refused("BAD_REQUEST"),
        ),
        raw(
            "an open list of lists",
            "[".repeat(500_000),
            Refused("BAD_REQUEST"),
        ),
        raw("a list of nothing", "[]", Refused("BAD_REQUEST")),
    ]
}

/// JSON that is none, or too much of it.
pub(super) fn json() -> Vec<Attack> {
    let around = |inside: &str| format!(r#"{{"query":"{{ __typename }}","variables":{inside}}}"#);
    let mut all = vec![
        raw("no UTF-8", b"{\"query\":\"\xff\xfe\"}".to_vec(), Refused("BAD_REQUEST")),
        raw("a query twice", r#"{"query":"{ __typename }","query":"{ __typename }"}"#, Refused("BAD_REQUEST")),
        raw("what is behind it", r#"{"query":"{ __typename }"} {"query":"{ __typename }"}"#, Refused("BAD_REQUEST")),
        raw("900 KB of spaces", format!("{}{}", " ".repeat(900_000), r#"{"query":"{ __typename }"}"#), Answered),
        raw("spaces only", " ".repeat(900_000), Refused("BAD_REQUEST")),
        raw("a body of 2 MB", " ".repeat(2_000_000), Refused("BODY_TOO_LARGE")),
        raw("numbers of 500 KB", around(&format!(r#"{{"v":{}}}"#, "9".repeat(500_000))), Refused("BAD_REQUEST")),
        raw("a name of 500 KB", json!({"query": "query A { __typename }", "operationName": "B".repeat(500_000)}).to_string(), Refused("OPERATION_UNKNOWN")),
        raw("an extension of 900 KB", json!({"query": "{ __typename }", "extensions": {"x": "y".repeat(900_000)}}).to_string(), Answered),
        raw("a hash that is none", json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x".repeat(500_000)}}}).to_string(), Refused("BAD_REQUEST")),
        raw("200000 keys of one name", around(&format!("{{{}\"v\":1}}", "\"v\":1,".repeat(100_000))), Answered),
    ];
    for times in [100, 200, 400_000] {
        let comes = if times < 120 {
            Answered
        } else {
            Refused("BAD_REQUEST")
        };
        let lists = format!(r#"{{"v":{}{}}}"#, "[".repeat(times), "]".repeat(times));
        all.push(raw(
            format!("{times} lists in each other in JSON"),
            around(&lists),
            comes,
        ));
    }
    all
}
