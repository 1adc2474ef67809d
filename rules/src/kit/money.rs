//! Money in CNY, exact to the fen (ground rules: 100 000.00 is in the lower bracket, 100 000.01 in the next).
//!
//! Pitfall: `Fen::new` takes fen, not yuan; a decimal amount goes through `FromStr`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of CNY in whole fen (hundredths). Stored as `i64`, written as a decimal string with two places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
pub struct Fen(i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Not plain digits with an optional sign and point: `1e5`, `1,000`, an empty text.
    Malformed,
    /// More than two decimal places; an amount is never rounded silently.
    TooManyPlaces,
    /// Outside [`Fen::MIN`] to [`Fen::MAX`].
    OutOfRange,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a decimal amount",
            Self::TooManyPlaces => "more than two decimal places",
            Self::OutOfRange => "amount out of range",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount a person may enter or a sum may reach: 9 999 999 999 999.99 CNY, exact in every client.
    pub const MAX: Self = Self(999_999_999_999_999);
    /// The smallest amount: [`Fen::MAX`] with a minus sign.
    pub const MIN: Self = Self(-999_999_999_999_999);

    /// Wraps a number of fen, as the database keeps it.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, or `None` where it leaves the bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .filter(|sum| sum.is_within_bounds())
    }

    /// The difference, or `None` where it leaves the bounds.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self(other.0.checked_neg()?))
    }

    /// The amount so many times, or `None` where it leaves the bounds.
    pub fn times(self, count: i64) -> Option<Self> {
        self.portion(count, 1)
    }

    /// The amount × `part` ÷ `whole`, rounded half up to the fen (of an amount below zero: half down, away from zero);
    /// `None` where `whole` is not above zero or the result leaves the bounds.
    pub fn portion(self, part: i64, whole: i64) -> Option<Self> {
        if whole <= 0 {
            return None;
        }
        // Two numbers of 64 bits multiply into 128 without loss.
        let product = i128::from(self.0).checked_mul(i128::from(part))?;
        let twice = product.checked_abs()?.checked_mul(2)?;
        let doubled = i128::from(whole).checked_mul(2)?;
        let rounded = twice
            .checked_add(i128::from(whole))?
            .checked_div(doubled)?
            .checked_mul(product.signum())?;
        i64::try_from(rounded)
            .ok()
            .map(Self)
            .filter(|amount| amount.is_within_bounds())
    }

    /// The sum of all amounts, or `None` where it leaves the bounds on the way.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    fn is_within_bounds(self) -> bool {
        (Self::MIN..=Self::MAX).contains(&self)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl FromStr for Fen {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (yuan, places) = match digits.split_once('.') {
            Some((_, "")) => return Err(MoneyError::Malformed),
            Some((yuan, places)) => (yuan, places),
            None => (digits, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || !is_digits(yuan) || !is_digits(places) {
            return Err(MoneyError::Malformed);
        }
        if places.len() > 2 {
            return Err(MoneyError::TooManyPlaces);
        }
        let fen: i64 = format!("{yuan}{places:0<2}")
            .parse()
            .map_err(|_| MoneyError::OutOfRange)?;
        let fen = if negative {
            fen.checked_neg()
        } else {
            Some(fen)
        };
        fen.map(Self)
            .filter(|fen| fen.is_within_bounds())
            .ok_or(MoneyError::OutOfRange)
    }
}

impl Serialize for Fen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes_two_places() {
        for (text, fen, written) in [
            ("100000.01", 10_000_001, "100000.01"),
            ("100000.1", 10_000_010, "100000.10"),
            ("100000", 10_000_000, "100000.00"),
            ("-0.05", -5, "-0.05"),
            ("-0", 0, "0.00"),
            ("007.50", 750, "7.50"),
            ("9999999999999.99", Fen::MAX.get(), "9999999999999.99"),
        ] {
            let amount: Fen = text.parse().unwrap();
            assert_eq!(amount.get(), fen, "{text}");
            assert_eq!(amount.to_string(), written);
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in [
            "", "-", ".", ".5", "5.", "1e5", "1,000", "+1", " 1", "1 ", "--1", "1.-5", "１",
        ] {
            assert_eq!(text.parse::<Fen>(), Err(MoneyError::Malformed), "{text:?}");
        }
        assert_eq!("0.001".parse::<Fen>(), Err(MoneyError::TooManyPlaces));
        assert_eq!("0.010".parse::<Fen>(), Err(MoneyError::TooManyPlaces));
        assert_eq!(
            "10000000000000.00".parse::<Fen>(),
            Err(MoneyError::OutOfRange)
        );
        assert_eq!(
            "99999999999999999999".parse::<Fen>(),
            Err(MoneyError::OutOfRange)
        );
    }

    #[test]
    fn sums_stay_within_bounds() {
        assert_eq!(Fen::MAX.checked_add(Fen::new(1)), None);
        assert_eq!(Fen::new(i64::MAX).checked_add(Fen::new(1)), None);
        assert_eq!(
            Fen::checked_sum([Fen::new(1), Fen::new(2)]),
            Some(Fen::new(3))
        );
        assert_eq!(Fen::checked_sum([]), Some(Fen::ZERO));
    }

    #[test]
    fn portions_are_rounded_half_up() {
        let portion = |fen, part, whole| Fen::new(fen).portion(part, whole).map(Fen::get);
        assert_eq!(portion(1, 1, 2), Some(1));
        assert_eq!(portion(1, 4_999, 10_000), Some(0));
        assert_eq!(portion(-1, 1, 2), Some(-1));
        assert_eq!(portion(10_001, 2_000, 10_000), Some(2_000));
        assert_eq!(portion(10_003, 2_000, 10_000), Some(2_001));
        assert_eq!(portion(1, 1, 0), None);
        assert_eq!(portion(Fen::MAX.get(), 2, 1), None);
        assert_eq!(portion(i64::MIN, i64::MIN, 1), None);
        assert_eq!(Fen::new(3).checked_sub(Fen::new(5)), Some(Fen::new(-2)));
        assert_eq!(Fen::MIN.checked_sub(Fen::new(1)), None);
        assert_eq!(Fen::new(3).checked_sub(Fen::new(i64::MIN)), None);
    }

    #[test]
    fn is_a_string_in_json() {
        assert_eq!(
            serde_json::to_string(&Fen::new(15_000_001)).unwrap(),
            "\"150000.01\""
        );
        assert_eq!(
            serde_json::from_str::<Fen>("\"150000.01\"").unwrap(),
            Fen::new(15_000_001)
        );
        assert!(serde_json::from_str::<Fen>("150000.01").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(fen in Fen::MIN.get()..=Fen::MAX.get()) {
            prop_assert_eq!(Fen::new(fen).to_string().parse(), Ok(Fen::new(fen)));
        }

        #[test]
        fn never_panics(text in "[-+0-9.e]{0,24}") {
            let _ = text.parse::<Fen>();
        }
    }
}
