//! Every code of the API in one readable file, and each raised by some test.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use rules::kit::refusal::Code;

use crate::support::golden;

/// Codes that no test can raise, with the reason.
const EXEMPT: &[(&str, &str)] = &[(
    "SHARES_NOT_100",
    "DIS-1 is in the rules with tests of its own; sharing a case out is not built yet",
)];

fn literals(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            literals(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("codes.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            into.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
}

/// The texts between quotes in the tests of the server and in the tests inside `src`.
fn told_in_tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut told = BTreeSet::new();
    literals(&root.join("tests/it"), &mut told);
    let limits = std::fs::read_to_string(root.join("src/kit/limits/tests.rs")).unwrap();
    told.extend(limits.split('"').skip(1).step_by(2).map(str::to_owned));
    told
}

#[test]
fn every_code_is_raised_by_a_test() {
    let told = told_in_tests();
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let codes = codes.chain(ErrorCode::ALL.iter().map(|code| code.as_str()));
    let mut wrong = Vec::new();
    for code in codes {
        let exempt = EXEMPT.iter().any(|(name, _)| *name == code);
        match (told.contains(code), exempt) {
            (false, false) => wrong.push(format!("no test raises {code}")),
            (true, true) => wrong.push(format!("{code} is raised: take it off the list")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_printed_codes_are_the_codes() {
    let mut out = String::from(
        "What the API says no with.\n\nRefusals: what the rules say no to (`refusals` of a payload).\n",
    );
    for code in Code::ALL {
        let clause = code
            .clause()
            .map_or(String::new(), |c| format!(" ({})", c.number()));
        write!(out, "\n{}{clause}: {}\n", code.as_str(), code.description()).unwrap();
        for language in Language::ALL {
            writeln!(out, "    {:<5}  {}", language.tag(), code.label(*language)).unwrap();
        }
    }
    out.push_str("\n\nErrors: what was not run or failed (`errors[].extensions.code`).\n");
    for code in ErrorCode::ALL {
        write!(out, "\n{}: {}\n", code.as_str(), code.description()).unwrap();
        for language in Language::ALL {
            writeln!(out, "    {:<5}  {}", language.tag(), code.label(*language)).unwrap();
        }
    }
    golden("tests/golden/codes.txt", &out);
}
