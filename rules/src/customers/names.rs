//! Names: the form duplicates are found by (ARC-2), and the masked form of a person's (ARC-9).
//!
//! Pitfall: the normalised form only makes a duplicate *likely*; two companies that differ in nothing but their legal
//! form get the same one, and a person decides.

use crate::vocabulary::CustomerKind;

/// Legal forms left out of a company's normalised name, longest first.
const LEGAL_FORMS: &[&str] = &[
    "股份有限责任公司",
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "股份有限責任公司",
    "有限責任公司",
    "companylimited",
    "coltd",
    "limited",
    "ltd",
];

/// The form of a name that duplicates are found by: full-width letters and digits become plain ones, letters lower
/// case, blanks and punctuation are left out, and so is a company's legal form. Empty where the name has no letter.
pub fn normalise_name(kind: CustomerKind, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(narrow)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if kind == CustomerKind::Person {
        return plain;
    }
    let form = LEGAL_FORMS
        .iter()
        .find_map(|form| plain.strip_suffix(form))
        .filter(|rest| !rest.is_empty());
    form.map(str::to_owned).unwrap_or(plain)
}

/// ARC-9: a person's name with all but its first character masked: 王**.
pub fn masked_name(name: &str) -> String {
    name.chars().take(1).chain("**".chars()).collect()
}

/// The plain form of a full-width ASCII character; any other stays.
pub(super) fn narrow(c: char) -> char {
    const FULL_WIDTH_OFFSET: u32 = 0xFEE0;
    match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c)
            .checked_sub(FULL_WIDTH_OFFSET)
            .and_then(char::from_u32)
            .unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn company(name: &str) -> String {
        normalise_name(CustomerKind::Company, name)
    }

    #[test]
    fn arc_2_names_that_differ_in_writing_only_are_one() {
        for same in [
            "华兴电子(深圳)有限公司",
            "华兴电子（深圳）有限公司",
            "华兴电子 ( 深圳 ) 有限责任公司",
            "华兴电子・深圳 股份有限公司",
            "华兴电子深圳",
        ] {
            assert_eq!(company(same), "华兴电子深圳", "{same}");
        }
        assert_eq!(
            company("ＡＢＣ Electronics Co., Ltd."),
            company("abc electronics")
        );
        assert_eq!(company("華興有限責任公司"), "華興");
        assert_ne!(company("华兴电子"), company("华星电子"));
    }

    #[test]
    fn arc_2_a_legal_form_alone_stays_a_name() {
        assert_eq!(company("有限公司"), "有限公司");
        assert_eq!(company("（——）"), "");
        assert_eq!(normalise_name(CustomerKind::Person, "欧阳 ltd"), "欧阳ltd");
    }

    #[test]
    fn arc_9_a_persons_name_is_masked() {
        assert_eq!(masked_name("王小明"), "王**");
        assert_eq!(masked_name("王"), "王**");
        assert_eq!(masked_name(""), "**");
    }

    proptest! {
        #[test]
        fn arc_9_a_masked_name_keeps_one_character(name in "\\PC{1,20}") {
            let masked = masked_name(&name);
            prop_assert_eq!(masked.chars().count(), 3);
            prop_assert_eq!(masked.chars().next(), name.chars().next());
        }

        #[test]
        fn arc_2_case_and_width_make_no_difference(name in "[A-Za-z0-9 .,()]{0,20}") {
            let widen = |c: char| match c {
                '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
                ' ' => '\u{3000}',
                _ => c,
            };
            let wide: String = name.chars().map(widen).collect();
            prop_assert_eq!(company(&name), company(&wide));
            prop_assert_eq!(company(&name), company(&name.to_uppercase()));
        }
    }
}
