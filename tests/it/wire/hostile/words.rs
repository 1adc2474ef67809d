//! Documents that are long, or written strangely.

use super::{Answered, Attack, Refused, document, many};

/// The same thing over and over.
pub(super) fn floods() -> Vec<Attack> {
    let mut all = Vec::new();
    for times in [101, 700, 1_600] {
        let aliases = many(times, |i| format!("a{i}: name"));
        all.push(document(
            format!("{times} aliases"),
            &format!("{{ viewer {{ employee {{ {aliases} }} }} }}"),
            Refused("TOO_MANY_ALIASES"),
        ));
    }
    let many_aliases = many(20_000, |i| format!("a{i}:b"));
    all.push(document(
        "20000 aliases",
        &format!("{{ {many_aliases} }}"),
        Refused("DOCUMENT_TOO_LARGE"),
    ));
    for (times, code) in [
        (2_100, "TOO_MANY_FIELDS"),
        (4_900, "TOO_MANY_FIELDS"),
        (6_000, "TOO_MANY_TOKENS"),
    ] {
        all.push(document(
            format!("a field {times} times"),
            &format!("{{ viewer {{ {} }} }}", "id ".repeat(times)),
            Refused(code),
        ));
    }
    all.push(document(
        "21 fields at the root",
        &format!("{{ {} }}", "__typename ".repeat(21)),
        Refused("TOO_MANY_ROOT_FIELDS"),
    ));
    for times in [51, 1_000] {
        for (where_, text) in [
            (
                "a field",
                format!("{{ __typename {} }}", "@include(if:true)".repeat(times)),
            ),
            (
                "the operation",
                format!("query {} {{ __typename }}", "@x ".repeat(times)),
            ),
            (
                "a variable",
                format!("query ($v: Int {}) {{ __typename }}", "@x ".repeat(times)),
            ),
            (
                "a fragment",
                format!(
                    "{{ ...F }} fragment F on Query {} {{ __typename }}",
                    "@x ".repeat(times)
                ),
            ),
            (
                "a spread",
                format!(
                    "{{ ...F {} }} fragment F on Query {{ __typename }}",
                    "@x ".repeat(times)
                ),
            ),
            (
                "an inline fragment",
                format!("{{ ... {} {{ __typename }} }}", "@x ".repeat(times)),
            ),
        ] {
            let code = if times * 6 > 5_000 && where_ == "a field" {
                "TOO_MANY_TOKENS"
            } else {
                "TOO_MANY_DIRECTIVES"
            };
            all.push(document(
                format!("{times} directives at {where_}"),
                &text,
                Refused(code),
            ));
        }
    }
    let conditions = format!("{{ __typename {} }}", "@skip(if: $nothing) ".repeat(50));
    all.push(document("conditions by no variable", &conditions, Answered));
    for times in [500, 1_200] {
        let args = many(times, |i| format!("a{i}: 1"));
        all.push(document(
            format!("{times} arguments"),
            &format!("{{ customers({args}) {{ nodes {{ id }} }} }}"),
            Refused("BAD_REQUEST"),
        ));
        all.push(document(
            format!("an argument {times} times"),
            &format!(
                "{{ customers({}) {{ nodes {{ id }} }} }}",
                "first: 1 ".repeat(times)
            ),
            Refused("BAD_REQUEST"),
        ));
    }
    let types = "... on Nothing { a } ".repeat(600);
    let types = format!("{{ viewer {{ {types} }} }}");
    all.push(document(
        "600 types that are none",
        &types,
        Refused("BAD_REQUEST"),
    ));
    for (what, filler) in [
        ("comments", "#\n"),
        ("commas", ","),
        ("spaces", " \t"),
        ("lines", "\r\n"),
    ] {
        let text = format!("{{ {} __typename }}", filler.repeat(60_000 / filler.len()));
        all.push(document(format!("60 KB of {what}"), &text, Answered));
        let text = format!("{{ {} __typename }}", filler.repeat(400_000 / filler.len()));
        all.push(document(
            format!("400 KB of {what}"),
            &text,
            Refused("DOCUMENT_TOO_LARGE"),
        ));
    }
    all
}

/// Fields under one name, which have to be compared.
pub(super) fn overlaps() -> Vec<Attack> {
    let mut all = Vec::new();
    let different = many(90, |i| {
        format!("x: customers(first: {i}) {{ nodes {{ id }} }}")
    });
    all.push(document(
        "a name with 90 arguments",
        &format!("{{ ... {{ {different} }} }}"),
        Refused("TOO_MANY_ROOT_FIELDS"),
    ));
    for times in [90, 900] {
        let different = many(times, |i| {
            format!(
                "... {{ x: complaints(first: {}) {{ nodes {{ id }} }} }}",
                i % 3
            )
        });
        let text = format!("{{ customers(first: 1) {{ nodes {{ {different} }} }} }}");
        all.push(document(
            format!("a name of {times} lists"),
            &text,
            Refused(if times > 100 {
                "TOO_MANY_TOKENS"
            } else {
                "BAD_REQUEST"
            }),
        ));
    }
    // Each set spreads the same fragments, which have to be held against each other in each.
    let sets = "department { ...A ...B } ".repeat(200);
    let wide = |name: &str, other: &str| {
        let fields = many(4, |i| format!("f{i}: {other}"));
        format!("fragment {name} on Department {{ {fields} }}")
    };
    let text = format!(
        "{{ customers(first: 1) {{ nodes {{ {sets} }} }} }} {} {}",
        wide("A", "id"),
        wide("B", "name")
    );
    all.push(document(
        "fragments that conflict in 200 sets",
        &text,
        Refused("TOO_MANY_ALIASES"),
    ));
    let deep = many(13, |i| {
        format!(
            "fragment F{i} on Department {{ parent {{ ...F{} }} parent {{ ...F{} }} }}",
            i + 1,
            i + 1
        )
    });
    let text = format!(
        "{{ customers {{ nodes {{ department {{ ...F0 }} }} }} }} {deep} fragment F13 on Department {{ id }}"
    );
    all.push(document(
        "a field twice, twice, twice",
        &text,
        Refused("QUERY_TOO_DEEP"),
    ));
    let pairs = many(1_800, |_| "id".to_owned());
    let text = format!("{{ customers(first: 1) {{ nodes {{ {pairs} }} }} }}");
    all.push(document("a field 1800 times", &text, Answered));
    all
}

/// Many operations, and what they are called.
pub(super) fn operations() -> Vec<Attack> {
    let mut all = Vec::new();
    for (times, code) in [
        (21, "TOO_MANY_OPERATIONS"),
        (900, "TOO_MANY_OPERATIONS"),
        (2_000, "TOO_MANY_TOKENS"),
    ] {
        let text = many(times, |i| format!("query Q{i} {{ a }}"));
        all.push(document(
            format!("{times} operations"),
            &text,
            Refused(code),
        ));
    }
    all.push(document(
        "20 operations, none named",
        &many(20, |i| format!("query Q{i} {{ a }}")),
        Refused("OPERATION_NOT_NAMED"),
    ));
    all.push(document(
        "an operation of one name twice",
        "query A { __typename } query A { __typename }",
        Refused("BAD_REQUEST"),
    ));
    all.push(document(
        "operations without a name",
        &"{ __typename } ".repeat(10),
        Refused("BAD_REQUEST"),
    ));
    let follows = many(10, |i| format!("a{i}: inboxChanged {{ cursor }}"));
    all.push(document(
        "a subscription by POST",
        "subscription { inboxChanged { cursor } }",
        Refused("NOT_ACCEPTABLE"),
    ));
    all.push(document(
        "ten subscriptions in one",
        &format!("subscription {{ {follows} }}"),
        Refused("NOT_ACCEPTABLE"),
    ));
    all.push(document(
        "a schema",
        &"type A { a: Int } ".repeat(500),
        Refused("BAD_REQUEST"),
    ));
    all.push(document(
        "a name of 60000 letters",
        &format!("query {} {{ __typename }}", "A".repeat(60_000)),
        Answered,
    ));
    all.push(document(
        "a field of 60000 letters",
        &format!("{{ {} }}", "a".repeat(60_000)),
        Refused("BAD_REQUEST"),
    ));
    all
}

/// Values that are long or strange.
pub(super) fn values() -> Vec<Attack> {
    let asks = |value: &str| {
        format!("{{ customers(first: 1, where: {{name: {{eq: {value}}}}}) {{ nodes {{ id }} }} }}")
    };
    let mut all = Vec::new();
    for (what, value, comes) in [
        (
            "a string of 60 KB",
            format!("\"{}\"", "x".repeat(60_000)),
            Answered,
        ),
        (
            "a block of 60 KB",
            format!("\"\"\"{}\"\"\"", "x\n".repeat(30_000)),
            Answered,
        ),
        (
            "a block of quotes",
            format!("\"\"\"{}\"\"\"", "\\\"\"\"".repeat(14_000)),
            Answered,
        ),
        (
            "a string of escapes",
            format!("\"{}\"", "\\u0041".repeat(10_000)),
            Answered,
        ),
        (
            "a string of backslashes",
            format!("\"{}\"", "\\\\".repeat(30_000)),
            Answered,
        ),
        (
            "half a surrogate",
            "\"\\ud800\"".to_owned(),
            Refused("BAD_REQUEST"),
        ),
        (
            "an escape that is none",
            "\"\\q\"".to_owned(),
            Refused("BAD_REQUEST"),
        ),
        (
            "a string left open",
            format!("\"{}", "x".repeat(60_000)),
            Refused("BAD_REQUEST"),
        ),
        (
            "a block left open",
            format!("\"\"\"{}", "x".repeat(60_000)),
            Refused("BAD_REQUEST"),
        ),
        (
            "quotes only",
            "\"".repeat(50_000),
            Refused("TOO_MANY_TOKENS"),
        ),
        (
            "a number of 60000 digits",
            "9".repeat(60_000),
            Refused("BAD_REQUEST"),
        ),
        (
            "a fraction of 60000 digits",
            format!("0.{}", "9".repeat(60_000)),
            Refused("BAD_REQUEST"),
        ),
        (
            "a power beyond all",
            "1e999999999".to_owned(),
            Refused("BAD_REQUEST"),
        ),
        ("a zero in front", "007".to_owned(), Refused("BAD_REQUEST")),
        (
            "a list of 4000",
            format!("[{}]", "1 ".repeat(4_000)),
            Refused("BAD_REQUEST"),
        ),
        (
            "an object of 1200",
            format!("{{{}}}", many(1_200, |i| format!("a{i}: 1"))),
            Refused("BAD_REQUEST"),
        ),
        (
            "a variable that is none",
            "$nothing".to_owned(),
            Refused("BAD_REQUEST"),
        ),
        ("null", "null".to_owned(), Answered),
    ] {
        all.push(document(what, &asks(&value), comes));
    }
    all.push(document("a file in a literal", "mutation { fileAttach(input: {object: \"customer_01\", upload: \"0123456789abcdef\"}) { refusals { code } } }", Answered));
    all
}

/// Letters where none are expected.
pub(super) fn letters() -> Vec<Attack> {
    let mut all = Vec::new();
    for (what, text) in [
        ("letters from right to left", "{ \u{202e}emanepyt__ }"),
        ("a name in Greek", "{ αβγ }"),
        ("a name of pictures", "{ 🏃🏊 }"),
        ("a zero byte", "{ __typename \0 }"),
        ("a space of no width", "{ __type\u{200b}name }"),
        ("letters that combine", "{ a\u{301}\u{301}\u{301} }"),
        ("only marks", "\u{feff}\u{feff}\u{feff}"),
        ("dots", "................"),
        ("dollars", "$$$$$$$$$$"),
        ("nothing but a bracket", "{"),
        ("an empty set", "{ }"),
    ] {
        all.push(document(what, text, Refused("BAD_REQUEST")));
    }
    all.push(document(
        "60 KB of combining letters",
        &format!("{{ {} }}", "e\u{301}".repeat(20_000)),
        Refused("TOO_MANY_TOKENS"),
    ));
    all.push(document(
        "a mark at the beginning",
        "\u{feff}{ __typename }",
        Answered,
    ));
    all
}
