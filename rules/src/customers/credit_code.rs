//! The unified social credit code 统一社会信用代码 (GB 32100-2015), by which a duplicate is certain (ARC-2).
//!
//! Pitfall: the letters I, O, S, V and Z are never used; the last character checks the others modulo 31.

use super::names::narrow;
use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Detail, Refusal};

const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
const LENGTH: usize = 18;
const MODULUS: usize = 31;

/// A credit code in its normal form: 18 plain upper-case characters.
///
/// # Errors
/// `INVALID_INPUT` where the length, a character or the check character is wrong.
pub fn parse_credit_code(text: &str) -> Result<String, Refusal> {
    let refuse = |detail| {
        Refusal::new(Code::InvalidInput)
            .detail(detail)
            .clause(Clause("ARC-3"))
    };
    let code: String = text
        .chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect();
    if code.chars().count() != LENGTH {
        return Err(refuse(Detail::CreditCodeLength));
    }
    let mut values = Vec::with_capacity(LENGTH);
    for character in code.chars() {
        match CHARACTERS.find(character) {
            Some(value) => values.push(value),
            None => return Err(refuse(Detail::CreditCodeCharacter).param("character", character)),
        }
    }
    // The check character's weight is 1: the weighted sum of a right code is divisible.
    let weights = WEIGHTS.iter().chain(std::iter::once(&1));
    let sum = values
        .iter()
        .zip(weights)
        .fold(0_usize, |sum, (value, weight)| {
            sum.saturating_add(value.saturating_mul(*weight))
        });
    if sum % MODULUS != 0 {
        return Err(refuse(Detail::CreditCodeCheck));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(code: &str) -> Option<Detail> {
        parse_credit_code(code).unwrap_err().detail
    }

    #[test]
    fn arc_2_a_right_code_reads_however_it_is_written() {
        for code in [
            "91350100M000100Y43",
            " 91350100m000100y43",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "91350100 M000100Y43",
        ] {
            assert_eq!(
                parse_credit_code(code).as_deref(),
                Ok("91350100M000100Y43"),
                "{code}"
            );
        }
    }

    #[test]
    fn arc_3_a_wrong_code_says_what_is_wrong() {
        assert_eq!(fault("91350100M000100Y4"), Some(Detail::CreditCodeLength));
        assert_eq!(fault("91350100M000100Y433"), Some(Detail::CreditCodeLength));
        assert_eq!(
            fault("9135O100M000100Y43"),
            Some(Detail::CreditCodeCharacter)
        );
        assert_eq!(fault("91350100M000100Y44"), Some(Detail::CreditCodeCheck));
        assert_eq!(fault(""), Some(Detail::CreditCodeLength));
    }

    /// A code of 17 characters with its check character.
    fn completed(body: &[usize]) -> String {
        let sum: usize = body
            .iter()
            .zip(WEIGHTS)
            .map(|(value, weight)| value * weight)
            .sum();
        let check = (MODULUS - sum % MODULUS) % MODULUS;
        body.iter()
            .chain([&check])
            .map(|value| CHARACTERS.as_bytes()[*value] as char)
            .collect()
    }

    proptest! {
        #[test]
        fn arc_2_every_single_slip_is_found(
            body in proptest::collection::vec(0..31_usize, 17), place in 0..18_usize, shift in 1..31_usize
        ) {
            let code = completed(&body);
            prop_assert_eq!(parse_credit_code(&code), Ok(code.clone()));
            let mut slipped: Vec<char> = code.chars().collect();
            let value = CHARACTERS.find(slipped[place]).unwrap();
            slipped[place] = CHARACTERS.as_bytes()[(value + shift) % 31] as char;
            let slipped: String = slipped.into_iter().collect();
            prop_assert_eq!(parse_credit_code(&slipped).unwrap_err().detail, Some(Detail::CreditCodeCheck));
        }
    }
}
