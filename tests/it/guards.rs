//! What a test can hold, no discipline has to: who imports whom, which rules have a test, what every readable type
//! falls under.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kehu::graph::{Read, Shape};
use kehu::schema::declared;
use rules::rulebook::Regulations;

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut queue = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(path) = queue.pop() {
        if path.is_dir() {
            queue.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .display()
        .to_string()
}

/// Where a crate may be used: folders (with `/` at the end) and file names.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "async_graphql",
        &[
            "src/graph/",
            "src/kit/",
            "src/http/",
            "src/work/",
            "src/live/",
            "src/schema/",
            "src/schema.rs",
            "src/app.rs",
            "src/app/",
            "/api.rs",
            "/api/",
            "src/cli/",
        ],
    ),
    ("casbin", &["src/access/"]),
    ("actix_web", &["src/http/", "src/main.rs"]),
    ("actix_http", &["src/http/"]),
    ("actix_ws", &["src/http/"]),
    ("jsonwebtoken", &["src/identity/"]),
    ("argon2", &["src/identity/"]),
    ("lettre", &["src/notices/", "src/config/check.rs"]),
];

#[test]
fn crates_are_used_only_where_they_belong() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let name = relative(&path);
        let text = std::fs::read_to_string(&path).unwrap();
        for (krate, places) in MAY_USE {
            let uses = text.lines().any(|line| {
                let line = line.trim();
                !line.starts_with("//") && line.contains(&format!("{krate}::"))
            });
            let allowed = places.iter().any(|place| match place.strip_prefix('/') {
                Some(_) => name.contains(place) || name.ends_with(place),
                None => name.starts_with(place),
            });
            if uses && !allowed {
                wrong.push(format!("{name} uses {krate}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_kit_knows_no_feature_and_the_graph_and_access_know_neither_acting_nor_work() {
    let below: &[(&str, &[&str])] = &[
        (
            "src/kit/",
            &[
                "crate::access",
                "crate::graph",
                "crate::acting",
                "crate::work",
                "crate::app",
                "crate::http",
            ],
        ),
        (
            "src/access/",
            &[
                "crate::graph",
                "crate::acting",
                "crate::work",
                "crate::app",
                "crate::http",
            ],
        ),
        (
            "src/graph/",
            &[
                "crate::acting",
                "crate::work",
                "crate::app",
                "crate::http",
                "crate::schema",
            ],
        ),
        (
            "src/live/",
            &["crate::work", "crate::app", "crate::http", "crate::schema"],
        ),
        (
            "src/acting/",
            &["crate::work", "crate::app", "crate::http", "crate::schema"],
        ),
    ];
    let mut wrong = Vec::new();
    for path in sources("src") {
        let name = relative(&path);
        let text = std::fs::read_to_string(&path).unwrap();
        for (folder, barred) in below {
            for barred in barred.iter().filter(|_| name.starts_with(folder)) {
                if text.lines().any(|l| {
                    !l.trim_start().starts_with("//") && l.contains(&format!("{barred}::"))
                }) {
                    wrong.push(format!("{name} uses {barred}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Types of rows that everybody signed in may read as they are, with the reason.
const OPEN_TYPES: &[(&str, &str)] = &[
    (
        "Department",
        "ORG-1: the organisation is known to everybody who works in it",
    ),
    (
        "Employee",
        "ORG-2: colleagues know each other; pay has its own gate",
    ),
];

#[test]
fn every_type_of_rows_falls_under_the_policy() {
    let declared = declared();
    let mut open = Vec::new();
    for ty in declared.graph.types.values() {
        let gates = ty.fields.values().filter_map(|f| f.gate.as_ref());
        let own = ty.rows().and_then(|(_, _, gate)| gate);
        for gate in gates.chain(own.as_ref()) {
            if gate.hanging {
                continue;
            }
            assert!(
                declared
                    .catalogue
                    .position(gate.object, gate.action)
                    .is_some(),
                "{}: {}·{} is not declared",
                ty.name,
                gate.object,
                gate.action
            );
        }
        if matches!(ty.shape, Shape::Table { gate: None, .. })
            && !OPEN_TYPES.iter().any(|(n, _)| *n == ty.name)
        {
            open.push(ty.name);
        }
    }
    assert!(
        open.is_empty(),
        "readable without asking the policy: {open:?}"
    );
}

#[test]
fn arc_8_files_fall_under_the_policy_wherever_they_hang() {
    let declared = declared();
    let kinds = declared.catalogue.attachables();
    assert!(!kinds.is_empty());
    for kind in kinds {
        let kind_of = |(object, action)| {
            let pair = declared.catalogue.position(object, action).unwrap();
            declared.catalogue.actions()[pair].kind
        };
        let policy_kind = kind_of(kind.read);
        assert_eq!(policy_kind, kind_of(kind.attach), "{kind:?}");
        assert!(declared.facts.of(policy_kind).is_some(), "{kind:?}");
        let mut types = declared.graph.types.values();
        let ty = types.find(|ty| {
            ty.rows()
                .is_some_and(|(table, prefix, _)| (table, prefix) == (kind.table, kind.prefix))
        });
        let ty = ty.unwrap();
        assert!(
            ty.voidable || ty.fields.contains_key("voidedAt"),
            "{kind:?}"
        );
        assert!(ty.fields.contains_key("files"), "{kind:?}");
    }
    let lists = declared.graph.types.values().filter(|ty| {
        ty.fields
            .values()
            .any(|field| matches!(field.read, Read::Many { target: "File", .. }))
    });
    assert_eq!(
        lists.count(),
        kinds.len(),
        "files that hang on what says nothing of them"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let mut bare = Vec::new();
    for ty in declared().graph.types.values() {
        if ty.doc.is_empty() {
            bare.push(ty.name.to_owned());
        }
        for (name, field) in &ty.fields {
            if field.doc.is_empty() {
                bare.push(format!("{}.{name}", ty.name));
            }
        }
    }
    for (name, mutation) in &declared().mutations.0 {
        if mutation.doc.is_empty() {
            bare.push((*name).to_owned());
        }
    }
    for (name, subscription) in &declared().subscriptions.0 {
        if subscription.doc.is_empty() {
            bare.push((*name).to_owned());
        }
    }
    assert!(bare.is_empty(), "{bare:?}");
}

/// Clauses without a test of their own, with the reason.
const EXEMPT: &[(&str, &str)] = &[
    ("ARC-5", "the review of registrations is not built yet"),
    ("ARC-6", "dated change entries are not built yet"),
    ("LKP-6", "tenant archives are not built yet"),
    ("LKP-7", "project customers are not built yet"),
    ("LKP-8", "original documents are not built yet"),
];

#[test]
fn every_clause_has_a_test_named_after_it() {
    let mut tested = BTreeSet::new();
    for path in sources("tests")
        .into_iter()
        .chain(sources("rules"))
        .chain(sources("src"))
    {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let line = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("async ");
            if let Some(name) = line.strip_prefix("fn ") {
                let mut parts = name.split('_');
                if let (Some(system), Some(number)) = (parts.next(), parts.next())
                    && system.len() == 3
                    && number.chars().all(|c| c.is_ascii_digit())
                {
                    tested.insert(format!("{}-{number}", system.to_uppercase()));
                }
            }
        }
    }
    let mut wrong = Vec::new();
    for regulation in Regulations::shipped().unwrap().list() {
        for clause in &regulation.clauses {
            let exempt = EXEMPT.iter().any(|(number, _)| *number == clause.number);
            match (tested.contains(&clause.number), exempt) {
                (false, false) => wrong.push(format!("{} has no test", clause.number)),
                (true, true) => wrong.push(format!(
                    "{} has a test: take it off the list",
                    clause.number
                )),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
