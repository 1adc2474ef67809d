//! Portions of an amount: percentages, and a split that loses no fen (DIS-1, ECO-3).
//!
//! Pitfall: percentages count hundredths of a per cent, as the rulebook does: 20 % is 2 000.

use std::cmp::Reverse;

use super::money::Fen;

/// The whole, in hundredths of a per cent.
pub const WHOLE: i64 = 10_000;

/// Splits an amount by weights: each part rounded half up to the fen, what the rounding left over or took too much given
/// to or taken from the largest (of equal ones the first). The parts add up to the amount exactly, and none is below zero.
/// `None` where the amount or a weight is below zero, or no weight is above.
pub fn split(amount: Fen, weights: &[i64]) -> Option<Vec<Fen>> {
    if amount.is_negative() || weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let sum = |sum: i64, weight: &i64| sum.checked_add(*weight);
    let whole = weights.iter().try_fold(0, sum).filter(|whole| *whole > 0)?;
    let rounded = weights.iter().map(|weight| amount.portion(*weight, whole));
    let mut parts = rounded.collect::<Option<Vec<_>>>()?;
    let mut left = amount.checked_sub(Fen::checked_sum(parts.iter().copied())?)?;
    let mut largest_first: Vec<(&mut Fen, &i64)> = parts.iter_mut().zip(weights).collect();
    largest_first.sort_by_key(|(_, weight)| Reverse(**weight));
    // Only where there are more parts than fen can the largest not bear it alone.
    for (part, _) in largest_first {
        let borne = part.checked_add(left)?.max(Fen::ZERO);
        left = left.checked_sub(borne.checked_sub(*part)?)?;
        *part = borne;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(fen: i64, weights: &[i64]) -> Option<Vec<i64>> {
        let parts = split(Fen::new(fen), weights)?;
        Some(parts.into_iter().map(Fen::get).collect())
    }

    #[test]
    fn dis_1_the_remainder_goes_to_the_largest_share() {
        // 3 999.6 + 2 999.7 + 2 999.7 fen round up to one too many.
        assert_eq!(parts(9_999, &[4, 3, 3]), Some(vec![3_999, 3_000, 3_000]));
        // 33.3 fen three times round down to one too few: of equal ones the first.
        assert_eq!(parts(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(parts(100, &[3, 3, 1]), Some(vec![43, 43, 14]));
        assert_eq!(parts(100, &[0, 1]), Some(vec![0, 100]));
        assert_eq!(parts(0, &[5, 5]), Some(vec![0, 0]));
    }

    #[test]
    fn dis_1_no_share_falls_below_zero() {
        // Half a fen four times rounds up to two too many.
        assert_eq!(parts(2, &[1, 1, 1, 1]), Some(vec![0, 0, 1, 1]));
    }

    #[test]
    fn nothing_is_split_by_nothing() {
        assert_eq!(parts(100, &[]), None);
        assert_eq!(parts(100, &[0, 0]), None);
        assert_eq!(parts(100, &[2, -1]), None);
        assert_eq!(parts(-100, &[1]), None);
        assert_eq!(parts(100, &[i64::MAX, 1]), None);
    }

    proptest! {
        #[test]
        fn dis_1_a_split_preserves_the_sum_to_the_fen(
            fen in 0..=Fen::MAX.get(),
            weights in prop::collection::vec(0..=1_000_000_i64, 1..40),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = split(Fen::new(fen), &weights).unwrap();
            prop_assert!(parts.iter().all(|part| !part.is_negative()));
            prop_assert_eq!(Fen::checked_sum(parts.iter().copied()), Some(Fen::new(fen)));
            let whole: i64 = weights.iter().sum();
            let most = weights.iter().max().unwrap();
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = Fen::new(fen).portion(*weight, whole).unwrap();
                let enough = fen >= i64::try_from(weights.len()).unwrap().pow(2);
                prop_assert!(*part == exact || weight == most || !enough);
            }
        }
    }
}
