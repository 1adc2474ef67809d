//! Entries and duplicates at their edges.

use super::*;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn entry<'a>() -> Entry<'a> {
    Entry {
        kind: CustomerKind::Company,
        name: " 华兴电子有限公司 ",
        credit_code: Some("91350100m000100y43"),
        enterprise_nature: Some("民营"),
        supervising_unit: Some("  "),
        first_contact_on: Some(on("2026-03-01")),
        custom: &[("行业", "电子")],
    }
}

fn faults(entry: &Entry<'_>) -> Vec<(Code, String)> {
    let refusals = check_entry(entry, on("2026-03-01")).unwrap_err();
    refusals
        .into_iter()
        .map(|refusal| (refusal.code, refusal.path.join(".")))
        .collect()
}

#[test]
fn arc_3_an_entry_is_cleaned() {
    let clean = check_entry(&entry(), on("2026-03-01")).unwrap();
    assert_eq!(clean.name, "华兴电子有限公司");
    assert_eq!(clean.credit_code.as_deref(), Some("91350100M000100Y43"));
    assert_eq!(clean.supervising_unit, None);
    assert_eq!(clean.custom, [("行业".to_owned(), "电子".to_owned())]);
    let bare = Entry {
        credit_code: Some(" "),
        first_contact_on: None,
        custom: &[],
        ..entry()
    };
    assert_eq!(
        check_entry(&bare, on("2026-03-01")).unwrap().credit_code,
        None
    );
}

#[test]
fn arc_3_every_fault_of_an_entry_shows_at_once() {
    let long = "字".repeat(LINE + 1);
    let faulty = Entry {
        name: "——",
        credit_code: Some("91350100M000100Y44"),
        enterprise_nature: Some(&long),
        first_contact_on: Some(on("2026-03-02")),
        custom: &[(" ", "x")],
        ..entry()
    };
    let found = faults(&faulty);
    let expected = [
        (Code::InvalidInput, "name"),
        (Code::InvalidInput, "creditCode"),
        (Code::OutOfRange, "firstContactOn"),
        (Code::TooLong, "enterpriseNature"),
        (Code::Required, "custom"),
    ];
    assert_eq!(
        found,
        expected.map(|(code, field)| (code, field.to_owned()))
    );
    assert_eq!(
        faults(&Entry {
            name: " ",
            ..entry()
        }),
        [(Code::Required, "name".to_owned())]
    );
    assert!(
        check_entry(
            &Entry {
                name: &"字".repeat(LINE),
                ..entry()
            },
            on("2026-03-01")
        )
        .is_ok()
    );
}

#[test]
fn arc_3_a_contact_has_a_name_and_what_was_given_reads() {
    let given = ContactEntry {
        name: "王芳",
        position: None,
        phone: Some(" 138 0013 8000 "),
        email: Some("wang@example.com"),
        remark: None,
    };
    let clean = check_contact(&given).unwrap();
    assert_eq!(clean.phone.as_deref(), Some("138 0013 8000"));
    assert_eq!(clean.phone_normalised.as_deref(), Some("13800138000"));
    let faulty = ContactEntry {
        name: "",
        phone: Some("见名片"),
        email: Some("wang@example"),
        ..given
    };
    let fields: Vec<_> = check_contact(&faulty)
        .unwrap_err()
        .into_iter()
        .map(|found| found.path.join("."))
        .collect();
    assert_eq!(fields, ["phone", "email", "name"]);
    for wrong in [
        "@example.com",
        "a@@example.com",
        "a b@example.com",
        "a@.com",
        "a@com.",
        "a",
    ] {
        assert!(!is_email(wrong), "{wrong}");
    }
}

#[test]
fn arc_2_the_same_credit_code_is_refused_whatever_the_reason() {
    let existing = Existing {
        number: "C000017",
        department: "销售一部",
    };
    let refusal = check_duplicate(Some(existing), &[], Some("另一家")).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::DuplicateCustomer, Some(ARC_2))
    );
    let told = [
        ("number", "C000017".to_owned()),
        ("department", "销售一部".to_owned()),
    ];
    assert_eq!(refusal.params, told);
    assert_eq!(
        refusal.message(crate::Language::ZhCn),
        "该统一社会信用代码的客户已建档：编号 C000017，所属部门 销售一部。"
    );
}

#[test]
fn arc_2_a_likely_duplicate_goes_on_with_a_reason() {
    let likely = [
        Existing {
            number: "C000017",
            department: "销售一部",
        },
        Existing {
            number: "C000099",
            department: "销售二部",
        },
    ];
    let refusal = check_duplicate(None, &likely, Some(" ")).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::LikelyDuplicate, Some(ARC_2))
    );
    assert_eq!(
        refusal.params,
        [(
            "existing",
            "C000017 (销售一部), C000099 (销售二部)".to_owned()
        )]
    );
    assert_eq!(
        check_duplicate(None, &likely, Some(" 同名分公司 ")),
        Ok(Some("同名分公司".to_owned()))
    );
    assert_eq!(check_duplicate(None, &[], None), Ok(None));
    let long = "字".repeat(PROSE + 1);
    assert_eq!(
        check_duplicate(None, &likely, Some(&long))
            .unwrap_err()
            .code,
        Code::TooLong
    );
}
