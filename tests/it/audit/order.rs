//! Events come in one order without gaps, whoever writes at the same time and however many nodes serve.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entity::{audit_chain, audit_detail, audit_entry};
use kehu::acting::{Acting, Permit};
use kehu::app::App;
use kehu::config::Config;
use kehu::events::{Event, read_after};
use kehu::work::{Outcome, Work};
use rules::vocabulary::AuditPart;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::{checked, settle};
use crate::support::{TestApp, Who};

const WRITERS: u128 = 8;
const WRITES: i64 = 100;
/// Objects that all writers write to.
const OBJECTS: u128 = 3;

fn acting(app: &App) -> Acting {
    app.acting(
        app.open().unwrap(),
        Who::Gm.id(),
        AuditPart::Job,
        "order".into(),
    )
    .unwrap()
}

/// A write that first takes a number of its own and then waits for everybody who writes to the same object: its
/// transaction may be older than theirs and come after them.
async fn write(acting: &Acting, writer: u128, object: u128) {
    let mut work = Work::begin(acting);
    work.next_number(&format!("own-{writer}")).await.unwrap();
    let number = work.next_number(&format!("object-{object}")).await.unwrap();
    let detail = json!({"number": number, "writer": writer as i64});
    let permit = Permit::default();
    work.note(
        "write",
        "test",
        Some(Uuid::from_u128(object)),
        &permit,
        detail,
    );
    work.commit(Outcome::default()).await.unwrap();
}

fn other_node(app: &TestApp) -> Config {
    let variables = [("DATABASE_URL".to_owned(), app.database_url().to_owned())];
    Config::from_parts(None, variables.into()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_one_order_without_gaps_whoever_writes() {
    let app = TestApp::start().await;
    // A second node over the same database gives places too.
    let second = App::build(other_node(&app), app.clock.clone())
        .await
        .unwrap();
    let beside = tokio::spawn(second.clone().keep_fresh());
    // A transaction that stays open all the while neither holds the others up nor is lost.
    let postgres = app.database_url().starts_with("postgres");
    let slow = acting(&app.app);
    let mut open = None;
    if postgres {
        let mut work = Work::begin(&slow);
        work.next_number("slow").await.unwrap();
        open = Some(work);
    }
    let over = Arc::new(AtomicBool::new(false));
    let polled = tokio::spawn(poll(app.app.clone(), over.clone()));
    let mut expected = WRITERS as i64 * WRITES;
    let all = expected as usize + usize::from(postgres);
    let (heard_here, heard_there) = (listen(&app.app, all), listen(&second, all));

    let writers = (0..WRITERS).map(|writer| {
        let node = if writer % 2 == 0 {
            app.app.clone()
        } else {
            second.clone()
        };
        tokio::spawn(async move {
            for i in 0..WRITES {
                // A request of its own each time, as over HTTP.
                write(&acting(&node), writer, (writer + i as u128) % OBJECTS).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    settle(&app).await;
    assert_eq!(app.count("audit_chain").await, expected);
    if let Some(mut work) = open {
        work.note("write", "test", None, &Permit::default(), json!({}));
        work.commit(Outcome::default()).await.unwrap();
        settle(&app).await;
        expected += 1;
    }
    over.store(true, Ordering::SeqCst);

    let events = polled.await.unwrap();
    let positions: Vec<i64> = events.iter().map(|e| e.position).collect();
    assert_eq!(
        positions,
        (1..=expected).collect::<Vec<_>>(),
        "no gap, nothing twice"
    );
    let ids: HashSet<Uuid> = events.iter().map(|e| e.id).collect();
    assert_eq!(ids.len() as i64, expected);
    for heard in [heard_here, heard_there] {
        assert_eq!(
            heard.await.unwrap(),
            events,
            "listeners hear what readers read"
        );
    }
    in_order_of_each_object(&app, &events).await;
    within_a_second(&app).await;
    assert_eq!(checked(&app).await.findings, []);
    beside.abort();
}

/// Reads like one who comes back again and again.
async fn poll(app: App, over: Arc<AtomicBool>) -> Vec<Event> {
    let db = app.open().unwrap();
    let mut events: Vec<Event> = Vec::new();
    loop {
        let last = over.load(Ordering::SeqCst);
        let after = events.last().map_or(0, |e| e.position);
        let next = read_after(&db.read, after, 7).await.unwrap();
        if next.is_empty() {
            if last {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        events.extend(next);
    }
}

/// Listens until so many events came.
fn listen(app: &App, expected: usize) -> tokio::task::JoinHandle<Vec<Event>> {
    let (db, mut listener) = (app.open().unwrap(), app.shared().feed.listen(0));
    tokio::spawn(async move {
        let mut events = Vec::new();
        while events.len() < expected {
            let next = tokio::time::timeout(Duration::from_secs(60), listener.next(&db.read)).await;
            events.extend(next.expect("an event is never told").unwrap());
        }
        events
    })
}

/// Each object's numbers were given under its lock: the events say them in that order.
async fn in_order_of_each_object(app: &TestApp, events: &[Event]) {
    let details = audit_detail::Entity::find()
        .all(&app.db.read)
        .await
        .unwrap();
    let number: HashMap<Uuid, i64> = details
        .iter()
        .map(|d| (d.entry_id, d.detail["number"].as_i64().unwrap()))
        .collect();
    for object in 0..OBJECTS {
        let numbers: Vec<i64> = events
            .iter()
            .filter(|e| e.object == Some(Uuid::from_u128(object)))
            .map(|e| number[&e.id])
            .collect();
        assert!(numbers.len() > 100);
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}

/// 99 of 100 entries have their place within a second, waiting for others included.
async fn within_a_second(app: &TestApp) {
    let entries = audit_entry::Entity::find().all(&app.db.read).await.unwrap();
    let at: HashMap<Uuid, _> = entries.into_iter().map(|e| (e.id, e.at)).collect();
    let links = audit_chain::Entity::find().all(&app.db.read).await.unwrap();
    let mut lags: Vec<_> = links
        .iter()
        .map(|l| l.chained_at - at[&l.entry_id])
        .collect();
    lags.sort_unstable();
    let p99 = lags[lags.len() * 99 / 100 - 1];
    assert!(p99 <= chrono::Duration::seconds(1), "{p99}");
}
