//! What answers cost beside the database: a decision, a predicate, a plan made and one that is known, JSON; and the
//! arithmetic of deadlines. `cargo bench -p bench`.
#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![expect(clippy::expect_used, reason = "a bench that can't be set up ends")]

use std::hint::black_box;

use bench::steps::{Steps, write};
use chrono::{TimeZone as _, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use kehu::access::{Table, Viewer};
use kehu::complaints::ComplaintFacts;
use kehu::graph::instant_text;
use kehu::kit::db::Source;
use migration::{Migrator, MigratorTrait as _};
use rules::kit::calendar::{Calendar, Shipped, Span};
use rules::kit::money::Fen;
use rules::vocabulary::SpanUnit;
use tokio::runtime::Runtime;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many that every page is full.
const CUSTOMERS: usize = 5_000;

fn access(criterion: &mut Criterion, viewer: &Viewer) {
    let facts = ComplaintFacts {
        responsible: None,
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

fn answers(criterion: &mut Criterion, runtime: &Runtime, name: &str, steps: &Steps) {
    criterion.bench_function(&format!("{name} checked"), |bench| {
        bench.iter(|| black_box(steps.check()));
    });
    criterion.bench_function(&format!("{name} planned"), |bench| {
        bench.iter(|| black_box(steps.plan()));
    });
    criterion.bench_function(&format!("{name}, plan known"), |bench| {
        bench.iter(|| black_box(steps.know()));
    });
    let plan = steps.plan().expect("a plan");
    let found = runtime.block_on(steps.find(&plan)).expect("rows");
    let bytes = write(&found).expect("an answer");
    criterion.bench_function(&format!("{name} written, {bytes} bytes"), |bench| {
        bench.iter(|| write(black_box(&found)));
    });
}

fn instants(criterion: &mut Criterion) {
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

async fn company(folder: &tempfile::TempDir) -> bench::Result<[(&'static str, Steps); 2]> {
    let url = format!("sqlite://{}", folder.path().join("company").display());
    let source = Source::new(&url, 1, std::time::Duration::ZERO)?;
    let db = source.open()?.write;
    Migrator::up(&db, None).await?;
    db.close().await?;
    let world = bench::fill(&url, CUSTOMERS).await?;
    let [w2, w3] = ["W2", "W3"].map(|name| Steps::of(&url, &world, name));
    Ok([("W2", w2.await?), ("W3", w3.await?)])
}

fn all(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let workloads = runtime.block_on(company(&folder)).expect("a company");
    access(criterion, workloads[0].1.viewer());
    for (name, steps) in &workloads {
        answers(criterion, &runtime, name, steps);
    }
    instants(criterion);
    calendar(criterion);
}

criterion_group!(pure, all);
criterion_main!(pure);
