//! Complaints at the edges of their brackets.

use proptest::prelude::*;

use super::*;
use crate::rulebook::{Regulations, Rulebook};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn yuan(text: &str) -> Fen {
    text.parse().unwrap()
}

fn decides(amount: &str) -> Role {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    bracket(yuan(amount), &rulebook.on(on("2026-11-05"))).unwrap()
}

fn facts() -> Facts {
    Facts {
        order_number: " PO-1 ".to_owned(),
        part_number: "PCB-7".to_owned(),
        shipped_on: on("2026-11-01"),
        quantity: 100,
        defective_quantity: Some(100),
        demand_kind: DemandKind::Allowance,
        demand: "折让".to_owned(),
        reason: "孔偏".to_owned(),
        sample_description: "三片".to_owned(),
        opinion: "属实".to_owned(),
    }
}

fn faults(facts: &Facts) -> Vec<(Code, String)> {
    let refusals = check_facts(facts, on("2026-11-05")).unwrap_err();
    assert!(refusals.iter().all(|refusal| refusal.clause == Some(CMP_3)));
    refusals
        .into_iter()
        .map(|refusal| (refusal.code, refusal.path.join(".")))
        .collect()
}

#[test]
fn cmp_2_a_number_is_year_month_and_serial() {
    let number = |day, serial| NUMBERING.number(on(day), serial);
    assert_eq!(number("2026-11-30", 1), "26-11-01");
    assert_eq!(number("2026-01-01", 99), "26-01-99");
    assert_eq!(number("2026-11-30", 100), "26-11-100");
    assert_eq!(number("2109-02-01", 7), "09-02-07");
}

#[test]
fn cmp_2_the_serial_restarts_each_month() {
    let series = |day| NUMBERING.series(on(day));
    assert_eq!(series("2026-11-30"), "complaint/26-11");
    assert_ne!(series("2026-11-30"), series("2026-12-01"));
}

#[test]
fn cmp_3_complete_facts_pass_trimmed() {
    assert_eq!(
        check_facts(&facts(), on("2026-11-01"))
            .unwrap()
            .order_number,
        "PO-1"
    );
}

#[test]
fn cmp_3_defective_pieces_are_some_of_the_pieces() {
    let with = |defective_quantity| Facts {
        defective_quantity,
        ..facts()
    };
    assert!(check_facts(&with(Some(0)), on("2026-11-05")).is_ok());
    let field = "defectiveQuantity".to_owned();
    assert_eq!(
        faults(&with(Some(101))),
        [(Code::OutOfRange, field.clone())]
    );
    assert_eq!(faults(&with(Some(-1))), [(Code::OutOfRange, field.clone())]);
    assert_eq!(faults(&with(None)), [(Code::Required, field)]);
}

#[test]
fn cmp_3_an_undetermined_demand_may_leave_the_quantity_open() {
    let demand_kind = DemandKind::UndeterminedInProcess;
    let open = Facts {
        defective_quantity: None,
        demand_kind,
        ..facts()
    };
    assert!(check_facts(&open, on("2026-11-05")).is_ok());
    let refusals = check_ready(demand_kind, "折让 5%").unwrap_err();
    assert_eq!(
        (refusals[0].code, refusals[0].clause),
        (Code::Required, Some(CMP_3))
    );
    assert_eq!(
        check_ready(DemandKind::Return, " 退货 "),
        Ok("退货".to_owned())
    );
    assert_eq!(
        check_ready(DemandKind::Return, " ").unwrap_err()[0].clause,
        Some(CMP_11)
    );
}

#[test]
fn cmp_3_every_fault_shows_at_once() {
    let faulty = Facts {
        order_number: String::new(),
        shipped_on: on("2026-11-06"),
        quantity: 0,
        defective_quantity: None,
        opinion: "字".repeat(PROSE + 1),
        ..facts()
    };
    let found = faults(&faulty);
    let fields: Vec<_> = found.iter().map(|(_, field)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "orderNumber",
            "shippedOn",
            "quantity",
            "defectiveQuantity",
            "opinion"
        ]
    );
}

#[test]
fn cmp_11_the_amount_is_the_sum_of_what_the_proposal_gives() {
    let amounts = Amounts {
        compensation: yuan("100000.00"),
        allowance: yuan("49999.99"),
        goods_value: yuan("0.01"),
        rework: yuan("0.01"),
    };
    assert_eq!(amounts.total(), Ok(yuan("150000.01")));
    let negative = Amounts {
        allowance: yuan("-0.01"),
        ..amounts
    };
    assert_eq!(negative.total().unwrap_err()[0].path, ["allowance"]);
    let huge = Amounts {
        compensation: Fen::MAX,
        ..amounts
    };
    assert_eq!(
        huge.total().unwrap_err()[0].detail,
        Some(Detail::AmountTooLarge)
    );
}

#[test]
fn cmp_11_100_000_00_is_the_managers() {
    assert_eq!(decides("0.00"), Role::DepartmentManager);
    assert_eq!(decides("100000.00"), Role::DepartmentManager);
}

#[test]
fn cmp_11_100_000_01_is_the_deputys() {
    assert_eq!(decides("100000.01"), Role::DeputyGeneralManager);
}

#[test]
fn cmp_11_150_000_00_is_the_deputys() {
    assert_eq!(decides("150000.00"), Role::DeputyGeneralManager);
}

#[test]
fn cmp_11_150_000_01_is_the_general_managers() {
    assert_eq!(decides("150000.01"), Role::GeneralManager);
    assert_eq!(decides("9999999999999.99"), Role::GeneralManager);
}

#[test]
fn cmp_11_the_refusal_names_the_limit() {
    let refusal = beyond_bracket(yuan("150000.01"), yuan("100000"));
    assert_eq!(refusal.clause, Some(CMP_11));
    assert_eq!(
        refusal.message(crate::kit::language::Language::En),
        "The amount of 150000.01 CNY is above the 100000.00 CNY that you may decide."
    );
}

#[test]
fn cmp_11_a_decision_is_bound_to_amount_and_terms() {
    let hash = |facts: &Facts, allowance: &str, proposal: &str| {
        let amounts = Amounts {
            allowance: yuan(allowance),
            ..Amounts::default()
        };
        decision_hash(Uuid::from_u128(1), facts, &amounts, proposal)
    };
    let known = hash(&facts(), "100", "折让");
    assert_eq!(known, hash(&facts(), "100.00", "折让"));
    assert_ne!(known, hash(&facts(), "100.01", "折让"));
    assert_ne!(known, hash(&facts(), "100", "折让。"));
    assert_ne!(
        known,
        hash(
            &Facts {
                quantity: 101,
                ..facts()
            },
            "100",
            "折让"
        )
    );
}

proptest! {
    #[test]
    fn cmp_11_a_higher_amount_never_needs_a_lower_role(one in 0..30_000_000_i64, more in 0..30_000_000_i64) {
        let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
        let rank = |fen| match bracket(Fen::new(fen), &rulebook.on(on("2026-11-05"))).unwrap() {
            Role::DepartmentManager => 0,
            Role::DeputyGeneralManager => 1,
            _ => 2,
        };
        prop_assert!(rank(one) <= rank(one + more));
    }
}
