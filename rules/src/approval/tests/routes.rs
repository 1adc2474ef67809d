//! Which way an amount goes.

use proptest::prelude::*;

use crate::approval::Routes;
use crate::kit::money::Fen;
use crate::rulebook::{Regulations, Rulebook};

const TABLE: Routes<'_, usize> = Routes {
    up_to: &[
        ("complaint.decision.department-manager.max", 0),
        ("complaint.decision.deputy-general-manager.max", 1),
    ],
    above: 2,
};

fn choose(amount: i64) -> usize {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    let on = rulebook.on("2026-11-01".parse().unwrap());
    *TABLE.choose(Fen::new(amount), &on).unwrap()
}

#[test]
fn rul_2_a_bound_belongs_to_the_lower_bracket() {
    assert_eq!([0, 10_000_000, 10_000_001].map(choose), [0, 0, 1]);
    assert_eq!([15_000_000, 15_000_001, i64::MAX].map(choose), [1, 2, 2]);
    let unknown = Routes {
        up_to: &[("no.such.bound", 0)],
        above: 1,
    };
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    let on = rulebook.on("2026-11-01".parse().unwrap());
    assert!(unknown.choose(Fen::ZERO, &on).is_err());
}

proptest! {
    #[test]
    fn a_higher_amount_never_takes_a_lower_way(one in 0..20_000_000_i64, more in 0..20_000_000_i64) {
        prop_assert!(choose(one) <= choose(one + more));
    }
}
