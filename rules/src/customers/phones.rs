//! Phone numbers, in the form duplicates are found by (ARC-2).
//!
//! Pitfall: numbers without a country code are Chinese; a foreign one keeps its `+`, so that +1 650… is not taken for a
//! Chinese mobile number.

use super::names::narrow;

/// The fewest digits that tell one customer from another.
const MIN_DIGITS: usize = 5;
/// The most digits a number can have (ITU-T E.164), with room for an extension.
const MAX_DIGITS: usize = 20;

/// The form of a phone number that duplicates are found by: digits only, without the country code 86 and without
/// leading zeros; other countries' numbers as `+` and digits. `None` where it has too few or too many digits, or
/// letters.
pub fn normalise_phone(phone: &str) -> Option<String> {
    let plain: String = phone
        .chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace())
        .collect();
    let is_number = |c: char| c.is_ascii_digit() || "+-()./*#·–—".contains(c);
    if !plain.chars().all(is_number) {
        return None;
    }
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let is_international =
        plain.starts_with('+') || plain.starts_with("(+") || digits.starts_with("00");
    let significant = digits.trim_start_matches('0');
    // 86 and ten digits or more: a country code without its plus; a local number is shorter.
    let has_code = is_international || significant.len() >= 12;
    let number = match significant.strip_prefix("86").filter(|_| has_code) {
        Some(domestic) => domestic.trim_start_matches('0').to_owned(),
        None if is_international => format!("+{significant}"),
        None => significant.to_owned(),
    };
    (MIN_DIGITS..=MAX_DIGITS)
        .contains(&number.len())
        .then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arc_2_ways_to_write_a_number_are_one() {
        for mobile in [
            "13800138000",
            "+86 138-0013-8000",
            "0086 13800138000",
            "8613800138000",
            "（+86）138 0013 8000",
            "１３８00138000",
        ] {
            assert_eq!(
                normalise_phone(mobile).as_deref(),
                Some("13800138000"),
                "{mobile}"
            );
        }
        for landline in [
            "010-8612 3456",
            "(010)86123456",
            "+86 (0)10 86123456",
            "861086123456",
            "86-10-86123456",
        ] {
            assert_eq!(
                normalise_phone(landline).as_deref(),
                Some("1086123456"),
                "{landline}"
            );
        }
    }

    #[test]
    fn arc_2_a_local_or_foreign_number_keeps_its_digits() {
        assert_eq!(normalise_phone("86123456").as_deref(), Some("86123456"));
        assert_eq!(
            normalise_phone("400-800-1234").as_deref(),
            Some("4008001234")
        );
        assert_eq!(
            normalise_phone("+1 650 253 0000").as_deref(),
            Some("+16502530000")
        );
        assert_eq!(
            normalise_phone("00886 2 2345 6789").as_deref(),
            Some("+886223456789")
        );
    }

    #[test]
    fn arc_2_what_is_no_number_finds_no_duplicate() {
        for wrong in [
            "",
            "110",
            "见名片",
            "----",
            "0000000",
            "138001380001380013800",
            "13800138000转2",
        ] {
            assert_eq!(normalise_phone(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn arc_2_a_mobile_number_is_itself_with_or_without_code(number in "1[3-9][0-9]{9}") {
            prop_assert_eq!(normalise_phone(&number), Some(number.clone()));
            prop_assert_eq!(normalise_phone(&format!("+86{number}")), Some(number.clone()));
            prop_assert_eq!(normalise_phone(&format!("86 {number}")), Some(number));
        }
    }
}
