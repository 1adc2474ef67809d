//! Files at their edges.

use proptest::prelude::*;

use super::*;
use crate::rulebook::{Regulations, Rulebook};

const LIMITS: Limits = Limits {
    max_mib: 2,
    max_count: 3,
};

fn types(allowed: &[&str]) -> Vec<String> {
    allowed.iter().map(|t| (*t).to_owned()).collect()
}

fn offered(allowed: &[String]) -> Offered<'_> {
    Offered {
        name: "a.pdf",
        size: 10,
        media_type: "application/pdf",
        allowed,
        hanging: 0,
    }
}

fn faults(offered: &Offered<'_>) -> Vec<(Code, String)> {
    let refusals = check(&LIMITS, offered).unwrap_err();
    refusals
        .into_iter()
        .map(|r| {
            assert_eq!(r.clause, Some(Clause("ARC-8")));
            (r.code, r.path.join("."))
        })
        .collect()
}

#[test]
fn arc_8_the_shipped_limits_are_whole_numbers() {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    let limits = Limits::of(&rulebook.on("2026-11-01".parse().unwrap())).unwrap();
    assert_eq!((limits.max_mib, limits.max_count), (20, 20));
}

#[test]
fn arc_8_size_and_number_at_their_bounds() {
    let allowed = types(&["application/pdf"]);
    let of = |size, hanging| Offered {
        size,
        hanging,
        ..offered(&allowed)
    };
    assert_eq!(check(&LIMITS, &of(2 * MIB, 2)).unwrap(), "a.pdf");
    assert_eq!(
        faults(&of(2 * MIB + 1, 2)),
        [(Code::FileTooLarge, "upload".to_owned())]
    );
    assert_eq!(
        faults(&of(1, 3)),
        [(Code::TooManyFiles, "object".to_owned())]
    );
    assert_eq!(faults(&of(0, 0)), [(Code::Required, "upload".to_owned())]);
}

#[test]
fn arc_8_a_type_is_taken_by_itself_or_with_its_family() {
    let allowed = types(&["application/pdf", "image/*", "*"]);
    for (media_type, taken) in [
        ("application/pdf", true),
        ("application/pdfx", false),
        ("image/png", true),
        ("imagex/png", false),
        ("text/html", false),
    ] {
        assert_eq!(is_allowed(media_type, &allowed), taken, "{media_type}");
    }
    let html = Offered {
        media_type: "text/html",
        ..offered(&allowed)
    };
    assert_eq!(
        faults(&html),
        [(Code::FileTypeNotAllowed, "upload".to_owned())]
    );
}

#[test]
fn arc_8_a_name_has_no_folders_and_nothing_unseen() {
    for (given, name) in [
        ("扫描 1.pdf", "扫描 1.pdf"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u{202e}fdp.exe", "afdp.exe"),
        ("a\r\nb.txt", "ab.txt"),
        ("..", ""),
        ("x/", ""),
    ] {
        assert_eq!(clean_name(given), name);
    }
    let allowed = types(&["application/pdf"]);
    let unnamed = Offered {
        name: "/",
        ..offered(&allowed)
    };
    assert_eq!(faults(&unnamed), [(Code::Required, "name".to_owned())]);
    let long = "x".repeat(201);
    let long = Offered {
        name: &long,
        ..offered(&allowed)
    };
    assert_eq!(faults(&long), [(Code::TooLong, "name".to_owned())]);
}

proptest! {
    #[test]
    fn arc_8_a_cleaned_name_stays_as_it_is(given in "\\PC*") {
        let once = clean_name(&given);
        prop_assert!(!once.contains(['/', '\\']) && !once.chars().any(char::is_control));
        prop_assert_eq!(clean_name(&once), once);
    }

    #[test]
    fn arc_8_more_is_never_taken_where_less_is_not(size in 1_u64..5 * MIB, hanging in 0_u64..6) {
        let allowed = types(&["application/pdf"]);
        let taken = |size, hanging| {
            check(&LIMITS, &Offered { size, hanging, ..offered(&allowed) }).is_ok()
        };
        prop_assert!(taken(size, hanging) || !taken(size + 1, hanging));
        prop_assert!(taken(size, hanging) || !taken(size, hanging + 1));
        prop_assert_eq!(taken(size, hanging), size <= 2 * MIB && hanging < 3);
    }
}
