use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn codes(against: &Against, today: &str) -> Vec<Code> {
    let refusals = against.check(day(today)).err().unwrap_or_default();
    refusals.iter().map(|refusal| refusal.code).collect()
}

#[test]
fn pip_5_what_the_law_wants_kept_is_erased_from_the_day_on_which_the_period_ends() {
    let against = Against {
        kept_until: Some(after_months(day("2023-11-22"), 36)),
        ..Against::default()
    };
    assert_eq!(codes(&against, "2026-11-21"), [Code::RetentionRunning]);
    assert!(codes(&against, "2026-11-22").is_empty());
}

#[test]
fn pip_3_pip_4_everything_that_stands_against_it_is_told_at_once() {
    let against = Against {
        holds: 1,
        open_cases: 2,
        kept_until: Some(day("2030-01-01")),
    };
    let told = [Code::LegalHold, Code::CaseOpen, Code::RetentionRunning];
    assert_eq!(codes(&against, "2026-11-22"), told);
    assert!(codes(&Against::default(), "2026-11-22").is_empty());
}

#[test]
fn pip_3_a_part_of_a_value_is_never_all_that_goes() {
    let telling = telling(["王".into(), "王小".into(), "王小明".into(), STUB.into()]);
    assert_eq!(telling, ["王小明", "王小"]);
    assert_eq!(redacted("王小明来电", &telling).as_deref(), Some("***来电"));
    assert_eq!(redacted("王先生来电", &telling), None);
}

#[test]
fn pip_3_what_says_enough_depends_on_the_script() {
    let all = [
        "张三",
        "张",
        "Anna",
        "Ann",
        "1234567",
        "123456",
        "+86 12345",
        "a@b.c",
        "***",
        "张3",
    ];
    let telling = telling(all.map(str::to_owned));
    assert_eq!(telling, ["+86 12345", "1234567", "张三", "Anna", "张3"]);
}

#[test]
fn pip_3_a_name_in_letters_is_looked_for_as_a_whole_word() {
    let telling = telling([
        "Anna".into(),
        "li.na@example.com".into(),
        "13800138000".into(),
    ]);
    for kept in ["Annapolis", "Susanna", "Anna2", "xli.na@example.com"] {
        assert_eq!(redacted(kept, &telling), None, "{kept}");
    }
    for (text, left) in [
        ("Anna", "***"),
        ("请找Anna谈", "请找***谈"),
        ("Annapolis, Anna; Annas", "Annapolis, ***; Annas"),
        ("<li.na@example.com>", "<***>"),
        // A country's code may stand before a number.
        ("+8613800138000", "+86***"),
    ] {
        assert_eq!(redacted(text, &telling).as_deref(), Some(left), "{text}");
    }
}

#[test]
fn pip_3_ids_hashes_days_and_instants_are_nobodys_words() {
    let telling = telling(["1234567".into(), "customer".into(), "2026-01-02".into()]);
    let hash = "1234567".repeat(10)[..64].to_owned();
    let given = json!([
        "customer_01jd1234567abcdefghjkmnpqr",
        "01234567-89ab-7def-8123-456789abcdef",
        "2026-01-02",
        "2026-01-02T03:04:05.123456789Z",
        hash,
    ]);
    assert_eq!(redacted_json(&given, &telling), None);
    let words = json!({"body": "customer 1234567, 2026-01-02"});
    let left = json!({"body": "*** ***, ***"});
    assert_eq!(redacted_json(&words, &telling), Some(left));
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-d王小明 ]{0,8}".prop_map(Value::from),
        "[0-3a-d]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|m| m.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn pip_3_no_value_is_left_in_a_document_but_inside_of_a_word(document in json(), values in prop::collection::vec("[a-d王小明]{0,5}|[0-3]{5,8}", 0..4)) {
        let telling = telling(values);
        let left = redacted_json(&document, &telling).unwrap_or(document);
        for (value, text) in telling.iter().flat_map(|v| texts(&left).into_iter().map(move |t| (v, t))) {
            let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            for (at, _) in text.match_indices(value.as_str()) {
                let start = is_letter(text[..at].chars().next_back()) && is_letter(value.chars().next());
                let end = is_letter(text[at + value.len()..].chars().next()) && is_letter(value.chars().next_back());
                let number = value.chars().all(|c| c.is_ascii_digit());
                prop_assert!(!number && (start || end), "{value} in {text}");
            }
        }
        prop_assert_eq!(redacted_json(&left, &telling), None);
    }

    #[test]
    fn pip_3_words_of_others_that_only_contain_a_name_stay(name in "[a-z]{4,8}", before in "[a-z]{0,3}", after in "[a-z]{1,3}") {
        let telling = telling([name.clone()]);
        let longer = format!("{before}{name}{after}");
        prop_assert_eq!(redacted(&longer, &telling), None);
        let said = format!("与 {name} 谈");
        prop_assert_eq!(redacted(&said, &telling), Some("与 *** 谈".to_owned()));
    }

    #[test]
    fn pip_3_a_change_keeps_what_is_not_personal_and_that_there_was_a_value(old in json(), new in json()) {
        let changes = json!({"name": [old, new], "state": [old, new]});
        let left = without(&changes, |column| column == "name");
        prop_assert_eq!(&left["state"], &changes["state"]);
        for (at, value) in [&old, &new].into_iter().enumerate() {
            prop_assert_eq!(left["name"][at].is_null(), value.is_null());
            let marked = left["name"][at] == json!({"erased": true});
            prop_assert!(value.is_null() || marked);
        }
        prop_assert_eq!(&without(&left, |column| column == "name"), &left);
    }

    #[test]
    fn pip_5_a_day_is_idle_long_enough_just_when_its_period_is_over(today in 0_i32..40_000, back in 0_i32..4_000, months in 0_u32..120) {
        let base = day("1990-01-01");
        let today = base + chrono::Duration::days(today.into());
        let active = today - chrono::Duration::days(back.into());
        prop_assert_eq!(active <= idle_since(today, months), after_months(active, months) <= today);
    }
}

fn texts(document: &Value) -> Vec<String> {
    match document {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
