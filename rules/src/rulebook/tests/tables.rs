//! Tables at their bounds: no gap, no overlap, and each number in one row.

use proptest::prelude::*;

use super::*;

fn yuan(text: &str) -> Fen {
    text.parse().unwrap()
}

fn bracket_table(rows: &[(&str, Option<i64>)]) -> Result<BracketTable, Fault> {
    let row = |(name, fen): &(&str, Option<i64>)| ((*name).to_owned(), fen.map(Fen::new));
    BracketTable::new(rows.iter().map(row).collect())
}

#[test]
fn rul_2_a_bound_belongs_to_the_lower_bracket() {
    let rulebook = Rulebook::new(regulations(), []).unwrap();
    let today = rulebook.on(on("2026-11-05"));
    let table = today.brackets(BRACKETS).unwrap();
    for (amount, row) in [
        ("0.00", "department-manager"),
        ("100000.00", "department-manager"),
        ("100000.01", "deputy-general-manager"),
        ("150000.00", "deputy-general-manager"),
        ("150000.01", "general-manager"),
        ("9999999999999.99", "general-manager"),
    ] {
        assert_eq!(table.row_of(yuan(amount)), row, "{amount}");
    }
}

#[test]
fn rul_2_a_limit_is_an_amount_or_a_row_of_brackets() {
    let rulebook = Rulebook::new(regulations(), []).unwrap();
    let today = rulebook.on(on("2026-11-05"));
    for (reference, limit) in [
        ("complaint.decision#department-manager", Some("100000.00")),
        (
            "complaint.decision#deputy-general-manager",
            Some("150000.00"),
        ),
        ("complaint.decision#general-manager", None),
    ] {
        assert_eq!(today.limit(reference), Ok(limit.map(yuan)), "{reference}");
    }
    for none in [
        "complaint.decision",
        "complaint.decision#employee",
        "lookup.grant.max-days",
    ] {
        let error = today.limit(none).unwrap_err();
        assert!(matches!(error, RulebookError::WrongType { .. }), "{none}");
    }
    assert!(today.limit("no.such").is_err());
}

#[test]
fn rul_2_brackets_neither_overlap_nor_leave_a_gap() {
    let gap = |row: &str| Err(Fault::Gap(row.to_owned()));
    let overlap = |row: &str| Err(Fault::Overlap(row.to_owned()));
    assert!(bracket_table(&[("a", Some(1)), ("b", Some(2)), ("c", None)]).is_ok());
    assert!(bracket_table(&[("a", None)]).is_ok());
    assert_eq!(bracket_table(&[]), gap(""));
    assert_eq!(bracket_table(&[("a", Some(1)), ("b", Some(2))]), gap("b"));
    assert_eq!(bracket_table(&[("a", None), ("b", None)]), overlap("b"));
    for second in [1, 0] {
        let rows = [("a", Some(1)), ("b", Some(second)), ("c", None)];
        assert_eq!(bracket_table(&rows), overlap("b"));
    }
    assert_eq!(bracket_table(&[("a", Some(1)), ("a", None)]), overlap("a"));
}

#[test]
fn rul_2_a_grade_is_reached_at_its_bound() {
    let rows = |rows: &[(&str, &str)]| {
        let row = |(name, amount): &(&str, &str)| ((*name).to_owned(), yuan(amount));
        GradeTable::new(rows.iter().map(row).collect())
    };
    let table = rows(&[("A", "50000000"), ("B", "8000000"), ("C", "0.01")]).unwrap();
    for (amount, grade) in [
        ("50000000.00", Some("A")),
        ("49999999.99", Some("B")),
        ("8000000.00", Some("B")),
        ("7999999.99", Some("C")),
        ("0.01", Some("C")),
        ("0.00", None),
    ] {
        assert_eq!(table.grade_of(yuan(amount)), grade, "{amount}");
    }
    let overlap = |row: &str| Err(Fault::Overlap(row.to_owned()));
    assert_eq!(rows(&[("A", "1"), ("B", "1")]), overlap("B"));
    assert_eq!(rows(&[("A", "1"), ("B", "2")]), overlap("B"));
    assert_eq!(rows(&[("A", "2"), ("A", "1")]), overlap("A"));
    assert_eq!(rows(&[]), Err(Fault::Rows(Vec::new())));
}

#[test]
fn rul_2_a_schedule_gives_each_stage_its_time() {
    let stations = |rows: &[(&str, u32)]| {
        let row = |(name, half): &(&str, u32)| ((*name).to_owned(), HalfDays(*half));
        Schedule::new(rows.iter().map(row).collect())
    };
    // CMP-19: half a day, three times one day, three days, half a day, six days add up to the thirteen of CMP-18.
    let domestic = stations(&[
        ("acceptance", 1),
        ("quality", 2),
        ("manufacturing", 2),
        ("rnd", 2),
        ("proposal", 6),
        ("summary", 1),
        ("handling", 12),
    ])
    .unwrap();
    assert_eq!(domestic.total(), HalfDays(26));
    assert_eq!(domestic.limit("proposal"), Some(HalfDays(6)));
    assert_eq!(domestic.limit("dispatch"), None);
    assert_eq!(
        stations(&[("a", 1), ("b", 0)]),
        Err(Fault::Gap("b".to_owned()))
    );
    assert_eq!(
        stations(&[("a", 1), ("a", 1)]),
        Err(Fault::Overlap("a".to_owned()))
    );
    assert_eq!(stations(&[]), Err(Fault::Rows(Vec::new())));
    let quarter = Written::Rows(vec![("a".to_owned(), Some(25))]);
    assert_eq!(
        ParameterValue::build(ParameterKind::Schedule, &quarter),
        Err(Fault::Type)
    );
}

proptest! {
    #[test]
    fn rul_2_every_amount_is_in_exactly_one_bracket(
        limits in prop::collection::btree_set(0..1_000_000_i64, 0..6),
        amount in 0..1_200_000_i64,
    ) {
        let mut rows: Vec<_> = limits.iter().map(|l| (format!("up to {l}"), Some(Fen::new(*l)))).collect();
        rows.push(("above".to_owned(), None));
        let table = BracketTable::new(rows.clone()).unwrap();
        let holds = |index: usize| {
            let below = index.checked_sub(1).and_then(|i| rows[i].1);
            below.is_none_or(|below| Fen::new(amount) > below)
                && rows[index].1.is_none_or(|up_to| Fen::new(amount) <= up_to)
        };
        let holding: Vec<_> = (0..rows.len()).filter(|i| holds(*i)).collect();
        prop_assert_eq!(holding.len(), 1);
        prop_assert_eq!(table.row_of(Fen::new(amount)), rows[holding[0]].0.as_str());
    }

    #[test]
    fn rul_2_only_ascending_brackets_are_a_table(limits in prop::collection::vec(0..50_i64, 1..5)) {
        let mut rows: Vec<_> = limits.iter().enumerate().map(|(i, l)| (i.to_string(), Some(Fen::new(*l)))).collect();
        rows.push(("open".to_owned(), None));
        let ascending = limits.windows(2).all(|pair| pair[0] < pair[1]);
        prop_assert_eq!(BracketTable::new(rows).is_ok(), ascending);
    }

    #[test]
    fn rul_2_a_grade_never_falls_with_the_amount(
        limits in prop::collection::btree_set(0..1_000_i64, 1..5),
        one in 0..1_100_i64,
        more in 0..1_100_i64,
    ) {
        let rows = limits.iter().rev().map(|l| (l.to_string(), Fen::new(*l))).collect();
        let table = GradeTable::new(rows).unwrap();
        let rank = |fen| table.grade_of(Fen::new(fen)).map_or(-1, |g| g.parse::<i64>().unwrap());
        prop_assert!(rank(one) <= rank(one + more));
        prop_assert!(rank(one) <= one);
    }

    #[test]
    fn rul_2_what_is_written_is_read_back(kind in 0..8_usize, numbers in prop::collection::btree_set(1..500_i64, 1..5)) {
        let kind = ParameterKind::ALL[kind];
        let whole: Vec<i64> = numbers.iter().map(|n| n * 100).collect();
        let named = |limits: Vec<Option<i64>>| {
            Written::Rows(limits.into_iter().enumerate().map(|(i, l)| (i.to_string(), l)).collect())
        };
        let written = match kind {
            ParameterKind::BracketTable => named(whole.iter().copied().map(Some).chain([None]).collect()),
            ParameterKind::GradeTable => named(whole.iter().rev().copied().map(Some).collect()),
            ParameterKind::Schedule => named(whole.iter().copied().map(Some).collect()),
            _ => Written::Number(whole[0]),
        };
        let value = ParameterValue::build(kind, &written).unwrap();
        prop_assert_eq!(value.kind(), kind);
        prop_assert_eq!(value.written(), written);
        prop_assert_eq!(ParameterValue::parse(kind, &value.to_json()), Some(value));
    }
}
