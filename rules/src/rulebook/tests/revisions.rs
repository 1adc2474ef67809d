//! Revisions: what is refused, and that one changes nothing before its day.

use proptest::prelude::*;

use super::*;
use crate::kit::refusal::{Code, Detail, Refusal};

const DEFAULT_DAYS: &str = "lookup.grant.default-days";

fn rulebook() -> Rulebook {
    Rulebook::new(regulations(), []).unwrap()
}

fn entry(parameter: &str, unit: &str, written: Written) -> Entry {
    Entry {
        parameter: parameter.to_owned(),
        unit: unit.to_owned(),
        written,
    }
}

fn limits(manager: i64, deputy: i64) -> Written {
    let rows = [
        ("department-manager", Some(manager)),
        ("deputy-general-manager", Some(deputy)),
        ("general-manager", None),
    ];
    Written::Rows(rows.map(|(row, l)| (row.to_owned(), l)).to_vec())
}

fn draft(regulation: &str, entries: Vec<Entry>) -> Draft {
    Draft {
        regulation: regulation.to_owned(),
        effective_on: on("2026-12-01"),
        reason: " 原料涨价 ".to_owned(),
        entries,
    }
}

fn check(draft: &Draft) -> Result<Revision, Vec<Refusal>> {
    draft.check(regulations(), &rulebook(), on("2026-11-05"))
}

fn refused(regulation: &str, entries: Vec<Entry>) -> (Option<Detail>, String) {
    let refusals = check(&draft(regulation, entries)).unwrap_err();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    let refusal = &refusals[0];
    assert_eq!(refusal.code, Code::RulebookInvalid);
    assert_eq!(refusal.clause.unwrap().number(), "RUL-2");
    (refusal.detail, refusal.path.join("."))
}

#[test]
fn rul_3_a_sound_draft_is_a_revision() {
    let sound = draft(
        "CMP",
        vec![entry(BRACKETS, "CNY", limits(8_000_000, 20_000_000))],
    );
    let revision = check(&sound).unwrap();
    assert_eq!(revision.reason, "原料涨价");
    let applied = revision.applied(&rulebook());
    for (day, amount) in [("2026-11-30", 10_000_000), ("2026-12-01", 8_000_000)] {
        let limit = applied
            .on(on(day))
            .limit("complaint.decision#department-manager");
        assert_eq!(limit, Ok(Some(Fen::new(amount))), "{day}");
    }
}

#[test]
fn rul_3_unknown_parameters_wrong_types_and_units_are_refused() {
    let days = Written::Number(2_000);
    let first = "values.0".to_owned();
    for (parameter, unit, written, detail) in [
        ("no.such", "day", days.clone(), Detail::UnknownParameter),
        (BRACKETS, "CNY", limits(1, 2), Detail::ParameterOfAnother),
        (MAX_DAYS, "working-day", days.clone(), Detail::ParameterUnit),
        (
            MAX_DAYS,
            "day",
            Written::Number(2_050),
            Detail::ParameterType,
        ),
        (
            MAX_DAYS,
            "day",
            Written::Number(-100),
            Detail::ParameterType,
        ),
        (MAX_DAYS, "day", limits(1, 2), Detail::ParameterType),
        (MAX_DAYS, "day", Written::Number(0), Detail::ParameterBounds),
        (
            MAX_DAYS,
            "day",
            Written::Number(36_700),
            Detail::ParameterBounds,
        ),
    ] {
        let found = refused("LKP", vec![entry(parameter, unit, written)]);
        assert_eq!(found, (Some(detail), first.clone()), "{parameter}");
    }
    for days in [100, 36_600] {
        let entries = vec![
            entry(MAX_DAYS, "day", Written::Number(days)),
            entry(DEFAULT_DAYS, "day", Written::Number(100)),
        ];
        assert!(check(&draft("LKP", entries)).is_ok(), "{days}");
    }
    let twice = vec![
        entry(MAX_DAYS, "day", days.clone()),
        entry(MAX_DAYS, "day", days),
    ];
    assert_eq!(
        refused("LKP", twice),
        (Some(Detail::ParameterTwice), "values.1".to_owned())
    );
}

#[test]
fn rul_3_overlapping_and_gapped_brackets_are_refused() {
    let rows = |rows: &[(&str, Option<i64>)]| {
        let row = |(name, limit): &(&str, Option<i64>)| ((*name).to_owned(), *limit);
        Written::Rows(rows.iter().map(row).collect())
    };
    let (manager, deputy, general) = (
        "department-manager",
        "deputy-general-manager",
        "general-manager",
    );
    for (written, detail) in [
        (limits(200, 100), Detail::TableOverlap),
        (limits(100, 100), Detail::TableOverlap),
        (
            rows(&[(manager, None), (deputy, Some(1)), (general, None)]),
            Detail::TableOverlap,
        ),
        (
            rows(&[(manager, Some(1)), (deputy, Some(2)), (general, Some(3))]),
            Detail::TableGap,
        ),
        (
            rows(&[(manager, Some(1)), (general, None)]),
            Detail::TableRows,
        ),
        (
            rows(&[(deputy, Some(1)), (manager, Some(2)), (general, None)]),
            Detail::TableRows,
        ),
        (limits(0, 100), Detail::ParameterBounds),
        (Written::Number(1), Detail::ParameterType),
    ] {
        let found = refused("CMP", vec![entry(BRACKETS, "CNY", written.clone())]);
        assert_eq!(found.0, Some(detail), "{written:?}");
    }
    assert!(check(&draft("CMP", vec![entry(BRACKETS, "CNY", limits(1, 2))])).is_ok());
}

#[test]
fn rul_3_the_rulebook_is_sound_as_a_whole() {
    let max = |days: i64| vec![entry(MAX_DAYS, "day", Written::Number(days * 100))];
    assert!(check(&draft("LKP", max(7))).is_ok());
    // Fewer days at most than a grant has where none are named.
    assert_eq!(
        refused("LKP", max(6)),
        (Some(Detail::ParameterAbove), "values".to_owned())
    );
    // A later value makes it unsound although its own day is not.
    let later = Rulebook::new(regulations(), [(MAX_DAYS, on("2027-01-01"), &json!(10))]).unwrap();
    let default = |days: i64| {
        draft(
            "LKP",
            vec![entry(DEFAULT_DAYS, "day", Written::Number(days * 100))],
        )
    };
    let today = on("2026-11-05");
    assert!(default(10).check(regulations(), &later, today).is_ok());
    assert!(default(11).check(regulations(), &later, today).is_err());
    assert!(check(&default(11)).is_ok());
}

#[test]
fn rul_3_two_values_never_begin_on_one_day() {
    let taken = Rulebook::new(regulations(), [(MAX_DAYS, on("2026-12-01"), &json!(10))]).unwrap();
    let mut draft = draft("LKP", vec![entry(MAX_DAYS, "day", Written::Number(2_000))]);
    let refusals = draft
        .check(regulations(), &taken, on("2026-11-05"))
        .unwrap_err();
    assert_eq!(refusals[0].detail, Some(Detail::ParameterDated));
    draft.effective_on = on("2026-12-02");
    assert!(draft.check(regulations(), &taken, on("2026-11-05")).is_ok());
}

#[test]
fn rul_3_a_revision_is_never_in_force_backwards() {
    let mut draft = draft("LKP", vec![entry(MAX_DAYS, "day", Written::Number(2_000))]);
    for (day, sound) in [
        ("2026-11-04", false),
        ("2026-11-05", false),
        ("2026-11-06", true),
    ] {
        draft.effective_on = on(day);
        let checked = check(&draft);
        assert_eq!(checked.is_ok(), sound, "{day}");
        if let Err(refusals) = checked {
            assert_eq!(refusals[0].code, Code::RulebookBackdated);
            assert_eq!(refusals[0].path, ["effectiveOn"]);
            assert_eq!(refusals[0].clause.unwrap().number(), "RUL-3");
        }
    }
}

#[test]
fn rul_3_every_fault_shows_at_once() {
    let mut draft = draft("LKP", Vec::new());
    draft.reason = " ".to_owned();
    draft.effective_on = on("2020-01-01");
    let refusals = check(&draft).unwrap_err();
    let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
    assert_eq!(
        codes,
        [Code::Required, Code::Required, Code::RulebookBackdated]
    );
}

#[test]
fn rul_3_an_approval_is_bound_to_values_day_and_reason() {
    let sound = draft("LKP", vec![entry(MAX_DAYS, "day", Written::Number(2_000))]);
    let revision = check(&sound).unwrap();
    let hash = revision.content_hash();
    let other = |change: fn(&mut Revision)| {
        let mut other = revision.clone();
        change(&mut other);
        other.content_hash()
    };
    assert_eq!(hash, other(|_| {}));
    assert_ne!(
        hash,
        other(|r| r.effective_on = "2026-12-02".parse().unwrap())
    );
    assert_ne!(hash, other(|r| r.reason.push('。')));
    assert_ne!(hash, other(|r| r.values[0].1 = ParameterValue::Days(21)));
    assert_ne!(hash, other(|r| r.values[0].0.push('x')));
}

proptest! {
    #[test]
    fn rul_4_days_before_a_revision_keep_their_values(
        manager in 1..30_000_000_i64,
        more in 1..30_000_000_i64,
        before in 1..400_u64,
        after in 0..400_u64,
    ) {
        let entries = vec![entry(BRACKETS, "CNY", limits(manager, manager + more))];
        let revision = check(&draft("CMP", entries)).unwrap();
        let (old, new) = (rulebook(), revision.applied(&rulebook()));
        let earlier = revision.effective_on - chrono::Days::new(before);
        let later = revision.effective_on + chrono::Days::new(after);
        prop_assert_eq!(new.on(earlier).value(BRACKETS), old.on(earlier).value(BRACKETS));
        prop_assert_eq!(new.on(later).value(BRACKETS), Ok(&revision.values[0].1));
        prop_assert!(new.faults(revision.effective_on).is_empty());
    }

    #[test]
    fn rul_3_no_draft_makes_an_unsound_rulebook(
        max in -5..800_i64,
        default in -5..800_i64,
        halves in 0..2_i64,
    ) {
        let entries = vec![
            entry(MAX_DAYS, "day", Written::Number(max * 100 + halves * 50)),
            entry(DEFAULT_DAYS, "day", Written::Number(default * 100)),
        ];
        let checked = check(&draft("LKP", entries));
        let sound = halves == 0 && (1..=366).contains(&max) && (1..=max).contains(&default);
        prop_assert_eq!(checked.is_ok(), sound);
    }
}
