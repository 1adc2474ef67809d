//! The rulebook at its edges.

use serde_json::json;

use super::*;
use crate::kit::calendar::Span;
use crate::kit::clause::Clause;
use crate::kit::money::Fen;

mod revisions;
mod tables;

const BRACKETS: &str = "complaint.decision";
const MAX_DAYS: &str = "lookup.grant.max-days";

fn brackets(manager: &str, deputy: &str) -> serde_json::Value {
    json!([
        {"name": "department-manager", "limit": manager},
        {"name": "deputy-general-manager", "limit": deputy},
        {"name": "general-manager", "limit": null},
    ])
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn regulations() -> &'static Regulations {
    Regulations::shipped().unwrap()
}

/// A regulation of one clause and one parameter, written out.
fn file(parameter: &str) -> String {
    let text = r#"{ zh-CN = "一", zh-TW = "一", en = "one" }"#;
    format!(
        "code = 'X'\ntitle = {text}\ninterpreted_by = 'HR'\neffective_on = '2026-01-01'\n\
         [[clause]]\nnumber = 'X-1'\ntitle = {text}\ntext = {text}\n\
         [[parameter]]\nkey = 'x'\ntitle = {text}\n{parameter}\n"
    )
}

fn parse(parameter: &str) -> Result<Regulations, RulebookError> {
    Regulations::parse(&[("X", &file(parameter))])
}

#[test]
fn rul_1_the_shipped_regulations_are_complete_in_three_languages() {
    let codes: Vec<_> = regulations()
        .list()
        .iter()
        .map(|regulation| regulation.code.as_str())
        .collect();
    assert_eq!(
        codes,
        ["ORG", "RUL", "ARC", "LKP", "CMP", "LOS", "DIS", "PIP"]
    );
    for (code, clauses) in [
        ("ORG", 7),
        ("RUL", 5),
        ("ARC", 9),
        ("LKP", 9),
        ("CMP", 18),
        ("LOS", 2),
        ("DIS", 6),
        ("PIP", 6),
    ] {
        let regulation = regulations()
            .list()
            .iter()
            .find(|regulation| regulation.code == code)
            .unwrap();
        assert_eq!(regulation.clauses.len(), clauses, "{code}");
        assert_eq!(regulation.effective_on, on("2026-01-01"));
        for clause in &regulation.clauses {
            for language in Language::ALL {
                assert!(
                    !clause.title.get(*language).is_empty()
                        && !clause.text.get(*language).is_empty()
                );
            }
        }
    }
    assert!(Clause::known("CMP-11").is_some());
}

#[test]
fn rul_2_parameters_are_typed_with_unit_clause_default_and_bounds() {
    let parameter = regulations().parameter(BRACKETS).unwrap();
    assert_eq!(
        (parameter.kind, parameter.unit.as_str()),
        (ParameterKind::BracketTable, "CNY")
    );
    assert_eq!(parameter.clause, "CMP-11");
    assert_eq!(
        parameter.default.to_json(),
        brackets("100000.00", "150000.00")
    );
    assert_eq!((parameter.min, parameter.max), (Some(1), None));
    let days = regulations().parameter(MAX_DAYS).unwrap();
    assert_eq!((days.min, days.max), (Some(100), Some(36_600)));
    assert_eq!(regulations().parameters().count(), 32);
}

#[test]
fn rul_2_a_value_of_another_type_is_refused() {
    for wrong in [
        json!(100_000),
        json!("1e5"),
        json!("-1.00"),
        json!("1.001"),
        json!(null),
    ] {
        assert_eq!(ParameterValue::parse(ParameterKind::Money, &wrong), None);
        let error =
            Rulebook::new(regulations(), [(BRACKETS, on("2026-02-01"), &wrong)]).unwrap_err();
        assert_eq!(
            error,
            RulebookError::WrongType {
                key: BRACKETS.to_owned(),
                kind: ParameterKind::BracketTable
            }
        );
    }
    for wrong in [json!("7"), json!(-1), json!(1.5), json!(4_294_967_296_u64)] {
        assert!(Rulebook::new(regulations(), [(MAX_DAYS, on("2026-02-01"), &wrong)]).is_err());
    }
    let error =
        Rulebook::new(regulations(), [("no.such", on("2026-02-01"), &json!(1))]).unwrap_err();
    assert_eq!(error, RulebookError::UnknownParameter("no.such".to_owned()));
}

#[test]
fn rul_2_a_parameter_is_asked_for_by_its_type() {
    let rulebook = Rulebook::new(regulations(), []).unwrap();
    let today = rulebook.on(on("2026-03-01"));
    assert_eq!(today.date(), on("2026-03-01"));
    assert_eq!(today.days(MAX_DAYS), Ok(30));
    assert_eq!(
        today.money(MAX_DAYS).unwrap_err().to_string(),
        "rulebook parameter lookup.grant.max-days is of type DAYS"
    );
    assert!(matches!(
        today.days(BRACKETS),
        Err(RulebookError::WrongType { .. })
    ));
    assert!(matches!(
        today.brackets(MAX_DAYS),
        Err(RulebookError::WrongType { .. })
    ));
    assert!(matches!(
        today.days("no.such"),
        Err(RulebookError::UnknownParameter(_))
    ));
}

#[test]
fn rul_2_a_regulation_file_with_a_wrong_unit_or_type_is_refused() {
    let parameter = |clause, kind, unit, default: &str| {
        parse(&format!(
            "clause = '{clause}'\nkind = '{kind}'\nunit = '{unit}'\ndefault = {default}"
        ))
    };
    for (kind, unit, default) in [
        ("MONEY", "CNY", "'1.00'"),
        ("PERCENTAGE", "%", "'20.5'"),
        ("WORKING_DAYS", "working-day", "5"),
    ] {
        assert!(parameter("X-1", kind, unit, default).is_ok(), "{kind}");
    }
    assert!(parameter("X-1", "INTEGER", "copies", "-5").is_ok());
    assert!(matches!(
        parameter("X-1", "MONEY", "USD", "'1.00'"),
        Err(RulebookError::WrongUnit { .. })
    ));
    assert!(matches!(
        parameter("X-1", "DAYS", "working-day", "5"),
        Err(RulebookError::WrongUnit { .. })
    ));
    assert!(matches!(
        parameter("X-1", "DAYS", "day", "'5'"),
        Err(RulebookError::WrongType { .. })
    ));
    assert!(matches!(
        parameter("X-2", "DAYS", "day", "5"),
        Err(RulebookError::Malformed { .. })
    ));
    assert!(matches!(
        parameter("X-1", "HOURS", "hour", "5"),
        Err(RulebookError::Malformed { .. })
    ));
    let twice = file("clause = 'X-1'\nkind = 'DAYS'\nunit = 'day'\ndefault = 5");
    let error = Regulations::parse(&[("X", &twice), ("X", &twice)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "regulation x: the parameter stands twice"
    );
}

#[test]
fn rul_2_a_regulation_file_with_an_unsound_default_is_refused() {
    let days = |more: &str| {
        parse(&format!(
            "clause = 'X-1'\nkind = 'DAYS'\nunit = 'day'\ndefault = 5\n{more}"
        ))
    };
    let fault = |parsed: Result<Regulations, RulebookError>| match parsed {
        Err(RulebookError::Invalid(invalid)) => invalid.fault,
        other => panic!("{other:?}"),
    };
    assert!(days("min = 5\nmax = 5").is_ok());
    for bounds in ["min = 6", "max = 4"] {
        assert!(
            matches!(fault(days(bounds)), Fault::Bounds { .. }),
            "{bounds}"
        );
    }
    assert!(matches!(
        days("min = '5'"),
        Err(RulebookError::WrongType { .. })
    ));
    assert!(matches!(
        days("at_most = 'y'"),
        Err(RulebookError::Malformed { .. })
    ));
    let table = |rows: &str, default: &str| {
        parse(&format!(
            "clause = 'X-1'\nkind = 'BRACKET_TABLE'\nunit = 'CNY'\ndefault = {default}\n{rows}"
        ))
    };
    let text = "title = { zh-CN = '一', zh-TW = '一', en = 'one' }";
    let row = |name: &str| format!("[[parameter.row]]\nname = '{name}'\n{text}\n");
    let rows = row("a") + &row("b");
    let two = "[{ name = 'a', limit = '1.00' }, { name = 'b' }]";
    assert!(table(&rows, two).is_ok());
    assert!(matches!(fault(table(&row("a"), two)), Fault::Rows(_)));
    assert!(matches!(
        table(&rows, "[{ name = 'a' }, { name = 'b' }]"),
        Err(RulebookError::WrongType { .. })
    ));
}

#[test]
fn rul_2_defaults_are_sound_together() {
    let with = |default: u32| {
        let text = "{ zh-CN = '一', zh-TW = '一', en = 'one' }";
        let other = format!(
            "[[parameter]]\nkey = 'y'\ntitle = {text}\nclause = 'X-1'\nkind = 'DAYS'\nunit = 'day'\ndefault = 5\n"
        );
        let own = format!(
            "clause = 'X-1'\nkind = 'DAYS'\nunit = 'day'\ndefault = {default}\nat_most = 'y'"
        );
        Regulations::parse(&[("X", &(file(&own) + &other))])
    };
    assert!(with(5).is_ok());
    assert_eq!(
        with(6).unwrap_err(),
        RulebookError::Invalid(Invalid {
            parameter: "x".to_owned(),
            fault: Fault::Above {
                other: "y".to_owned(),
                highest: "5".to_owned()
            }
        })
    );
}

#[test]
fn rul_4_a_case_keeps_its_days_values() {
    let values = [
        (MAX_DAYS, on("2026-07-01"), &json!(20)),
        (MAX_DAYS, on("2026-04-01"), &json!(40)),
    ];
    let rulebook = Rulebook::new(regulations(), values).unwrap();
    for (day, days) in [
        ("2026-03-31", 30),
        ("2026-04-01", 40),
        ("2026-06-30", 40),
        ("2026-07-01", 20),
        ("2030-01-01", 20),
    ] {
        assert_eq!(rulebook.on(on(day)).days(MAX_DAYS), Ok(days), "{day}");
    }
}

#[test]
fn rul_4_the_history_begins_with_the_default() {
    let values = [
        (MAX_DAYS, on("2026-07-01"), &json!(20)),
        (MAX_DAYS, on("2026-04-01"), &json!(40)),
    ];
    let rulebook = Rulebook::new(regulations(), values).unwrap();
    let history = rulebook.history(MAX_DAYS).unwrap();
    let starts: Vec<_> = history.iter().map(|dated| dated.from_on).collect();
    assert_eq!(
        starts,
        [None, Some(on("2026-04-01")), Some(on("2026-07-01"))]
    );
    assert_eq!(history[0].value, ParameterValue::Days(30));
    assert!(rulebook.history("no.such").is_err());
    assert!(rulebook.is_dated(MAX_DAYS, on("2026-04-01")));
    assert!(!rulebook.is_dated(MAX_DAYS, on("2026-04-02")));
}

#[test]
fn values_are_written_as_they_are_read() {
    for (kind, value) in [
        (ParameterKind::Money, json!("1.05")),
        (ParameterKind::Percentage, json!("20.00")),
        (ParameterKind::Days, json!(7)),
        (ParameterKind::WorkingDays, json!(5)),
        (ParameterKind::Integer, json!(-2)),
        (ParameterKind::BracketTable, brackets("0.01", "0.02")),
        (
            ParameterKind::GradeTable,
            json!([{"name": "A", "limit": "50000000.00"}, {"name": "B", "limit": "8000000.00"}]),
        ),
        (
            ParameterKind::Schedule,
            json!([{"name": "office", "limit": "0.50"}, {"name": "quality", "limit": "1.00"}]),
        ),
    ] {
        assert_eq!(
            ParameterValue::parse(kind, &value).unwrap().to_json(),
            value
        );
    }
}

#[test]
fn rul_2_a_limit_of_time_is_read_in_its_unit() {
    use crate::vocabulary::SpanUnit;
    let span = |parameter: &str| {
        let regulations = parse(&format!("clause = 'X-1'\n{parameter}")).unwrap();
        let rulebook = Rulebook::new(&regulations, []).unwrap();
        rulebook.on(on("2026-06-01")).span("x")
    };
    for (parameter, count, unit) in [
        (
            "kind = 'DAYS'\nunit = 'day'\ndefault = 13",
            13,
            SpanUnit::Days,
        ),
        (
            "kind = 'WORKING_DAYS'\nunit = 'working-day'\ndefault = 5",
            5,
            SpanUnit::WorkingDays,
        ),
        (
            "kind = 'INTEGER'\nunit = 'half-day'\ndefault = 1",
            1,
            SpanUnit::HalfDays,
        ),
        (
            "kind = 'INTEGER'\nunit = 'working-hour'\ndefault = 8",
            8,
            SpanUnit::WorkingHours,
        ),
    ] {
        assert_eq!(span(parameter), Ok(Span { count, unit }));
    }
    for parameter in [
        "kind = 'INTEGER'\nunit = 'piece'\ndefault = 8",
        "kind = 'INTEGER'\nunit = 'half-day'\ndefault = -1",
        "kind = 'MONEY'\nunit = 'CNY'\ndefault = '8.00'",
    ] {
        assert!(
            matches!(span(parameter), Err(RulebookError::WrongType { .. })),
            "{parameter}"
        );
    }
}
