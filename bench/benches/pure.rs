//! What answers cost before the database is asked: a decision, a predicate, a plan made and one that is known, JSON; and
//! the arithmetic of deadlines. `cargo bench -p bench`.
#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![expect(clippy::expect_used, reason = "a bench that can't be set up ends")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::registry::Registry;
use async_graphql::{Name, Variables};
use chrono::{TimeZone as _, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use kehu::access::{Hat, Persona, Subject, Table, Viewer};
use kehu::acting::Acting;
use kehu::app::App;
use kehu::complaints::ComplaintFacts;
use kehu::config::Config;
use kehu::graph::{Cast, Definitions, Document, InputTypes, Operation, Scene, instant_text};
use kehu::kit::clock::Clock;
use kehu::schema::declared;
use migration::{Migrator, MigratorTrait as _};
use rules::kit::calendar::{Calendar, Shipped, Span};
use rules::kit::money::Fen;
use rules::vocabulary::SpanUnit;
use rules::vocabulary::{AuditPart, Role};
use serde_json::{Map, Value, json};
use uuid::Uuid;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const W2: &str = include_str!("../workloads/w2.graphql");
const W3: &str = include_str!("../workloads/w3.graphql");

/// A server over an empty company, and somebody who sees a part of it.
struct Company {
    acting: Acting,
    _folder: tempfile::TempDir,
}

async fn company() -> Result<Company, Failed> {
    let folder = tempfile::tempdir()?;
    let url = format!(
        "sqlite://{}",
        folder.path().join("company.sqlite").display()
    );
    let variables = [
        ("DATABASE_URL", url),
        ("KEHU_LOG__LEVEL", "error".to_owned()),
    ];
    let variables: HashMap<String, String> = variables
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let config = Config::from_parts(None, variables)?;
    let source = kehu::kit::db::Source::new(&config.database.url, 1, std::time::Duration::ZERO)?;
    Migrator::up(&source.open()?.write, None).await?;
    drop(source);
    let app = App::build(config, Arc::new(Clock::default())).await?;
    let mut acting = app.nobody(app.open()?, AuditPart::Request, "bench".to_owned(), None);
    let (person, department) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let hat = |role, within: Option<Uuid>| Hat {
        role,
        within: within.map(|department| [department].into()),
    };
    acting.viewer = acting.viewer.with(Subject {
        employee: person,
        department,
        personas: vec![Persona {
            person,
            delegation: None,
            cap_fen: None,
            hats: vec![
                hat(Role::Employee, None),
                hat(Role::DepartmentManager, Some(department)),
                hat(Role::Salesperson, Some(department)),
            ],
        }],
    });
    Ok(Company {
        acting,
        _folder: folder,
    })
}

fn plan(scene: &Scene, viewer: Viewer, text: &str) -> Operation {
    let document = parse_query(text).expect("the document is GraphQL");
    let (_, operation) = document
        .operations
        .iter()
        .next()
        .expect("it has an operation");
    let mut variables = Variables::default();
    variables.insert(
        Name::new("department"),
        "department_00000000000000000000000000".into(),
    );
    let document = Document {
        graph: &declared().graph,
        fragments: &document.fragments,
        variables: &variables,
        defined: &operation.node.variable_definitions,
    };
    let scene = scene.seen_by(viewer);
    Operation::plan(
        &declared().graph,
        &scene,
        &document,
        &operation.node.selection_set.node,
    )
}

fn access(criterion: &mut Criterion, viewer: &Viewer) {
    let facts = ComplaintFacts {
        department: viewer.subject.department,
        filed_by: Uuid::nil(),
        customer_owners: Vec::new(),
        amount: Fen::new(10_000_000),
        rulebook_on: viewer.today,
    };
    criterion.bench_function("decide", |bench| {
        bench.iter(|| black_box(viewer.decide("complaint", "decide", black_box(&facts))));
    });
    criterion.bench_function("predicate", |bench| {
        bench.iter(|| {
            black_box(
                viewer
                    .visible("complaint", "read", &Table::named("t0"))
                    .cond(),
            )
        });
    });
}

fn plans(criterion: &mut Criterion, scene: &Scene) {
    let viewer = &scene.viewer;
    for (name, text) in [("W2", W2), ("W3", W3)] {
        criterion.bench_function(&format!("plan, made: {name}"), |bench| {
            bench.iter(|| {
                let cast = Cast::of(viewer);
                black_box(plan(scene, cast.stand_in(viewer), text))
            });
        });
    }
    let mut registry = Registry::default();
    kehu::graph::register(&declared().graph, &mut registry);
    let types = InputTypes::of(&registry, &declared().graph);
    let document = parse_query(W2).expect("the document is GraphQL");
    let (_, operation) = document
        .operations
        .iter()
        .next()
        .expect("it has an operation");
    let definitions = Definitions::of(&types, &declared().graph, &document, &operation.node);
    let given = json!({"department": "department_00000000000000000000000000", "after": null});
    let given: Map<String, Value> = given.as_object().cloned().unwrap_or_default();
    let key = || {
        let coerced = definitions
            .coerce(&types, &given)
            .expect("the variables fit");
        [Cast::of(viewer).form.as_slice(), &coerced.form].concat()
    };
    let kept: HashMap<Vec<u8>, u8> = [(key(), 1)].into();
    criterion.bench_function("plan, known: W2", |bench| {
        bench.iter(|| black_box(kept.get(&key())));
    });
}

fn writing(criterion: &mut Criterion) {
    let at = Utc
        .timestamp_opt(1_700_000_000, 123_456_000)
        .single()
        .unwrap_or_default();
    criterion.bench_function("an instant as text", |bench| {
        bench.iter(|| black_box(instant_text(black_box(at))));
    });
}

fn calendar(criterion: &mut Criterion) {
    let shipped = Shipped::china().expect("the shipped calendar is sound");
    let calendar = Calendar::shipped(chrono_tz::Asia::Shanghai, shipped);
    let from = Utc
        .with_ymd_and_hms(2026, 1, 30, 3, 0, 0)
        .single()
        .unwrap_or_default();
    criterion.bench_function("five working days over a festival", |bench| {
        bench.iter(|| {
            black_box(calendar.due(
                black_box(from),
                Span {
                    count: 5,
                    unit: SpanUnit::WorkingDays,
                },
            ))
        });
    });
}

fn all(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let company = runtime.block_on(company()).expect("an empty company");
    let scene = company.acting.scene();
    access(criterion, &scene.viewer);
    plans(criterion, &scene);
    writing(criterion);
    calendar(criterion);
}

criterion_group!(pure, all);
criterion_main!(pure);
