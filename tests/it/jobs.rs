//! Jobs in general: one node at a time, and what becomes of one that fails.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Duration;
use entity::job_lease;
use kehu::jobs::{Job, run};
use kehu::kit::error::Error;
use kehu::work::Stop;
use rules::vocabulary::AuditPart;
use sea_orm::EntityTrait as _;
use tokio::sync::{Semaphore, watch};

use super::support::TestApp;

async fn go(app: &TestApp, job: &Job, node: &str) -> Result<u64, Error> {
    let acting = || {
        let db = app.db.clone();
        app.app.nobody(db, AuditPart::Job, "test".into(), None)
    };
    let (_going, stop) = watch::channel(false);
    run(job, node, &acting, &stop).await
}

#[tokio::test]
async fn a_job_that_fails_rests_on_all_nodes_until_its_lease_has_run_out() {
    static TRIED: AtomicU64 = AtomicU64::new(0);
    const FAILING: Job = Job {
        name: "test.failing",
        is_due: |_| Box::pin(async { Ok(true) }),
        batch: |_| {
            Box::pin(async {
                TRIED.fetch_add(1, Ordering::Relaxed);
                Err(Stop::Failed(Error::internal("on purpose")))
            })
        },
    };
    let app = TestApp::start().await;
    assert!(go(&app, &FAILING, "one").await.is_err());
    for node in ["one", "other"] {
        assert!(matches!(go(&app, &FAILING, node).await, Ok(0)), "{node}");
    }
    app.advance(Duration::seconds(29));
    assert!(matches!(go(&app, &FAILING, "other").await, Ok(0)));
    assert_eq!(TRIED.load(Ordering::Relaxed), 1);
    app.advance(Duration::seconds(2));
    assert!(go(&app, &FAILING, "other").await.is_err());
    assert_eq!(TRIED.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn while_one_node_is_at_a_job_another_leaves_it_alone() {
    static BEGUN: Semaphore = Semaphore::const_new(0);
    static GO_ON: Semaphore = Semaphore::const_new(0);
    static LEFT: AtomicU64 = AtomicU64::new(2);
    const SLOW: Job = Job {
        name: "test.slow",
        is_due: |_| Box::pin(async { Ok(LEFT.load(Ordering::Relaxed) > 0) }),
        batch: |_| {
            Box::pin(async {
                BEGUN.add_permits(1);
                GO_ON.acquire().await.unwrap().forget();
                LEFT.fetch_sub(1, Ordering::Relaxed);
                Ok(1)
            })
        },
    };
    let app = TestApp::start().await;
    let other = async {
        BEGUN.acquire().await.unwrap().forget();
        assert!(matches!(go(&app, &SLOW, "other").await, Ok(0)));
        GO_ON.add_permits(2);
    };
    let (first, ()) = tokio::join!(go(&app, &SLOW, "one"), other);
    assert!(matches!(first, Ok(2)));
    // The lease is given back, and nothing is due.
    assert!(matches!(go(&app, &SLOW, "other").await, Ok(0)));
}

#[tokio::test]
async fn the_lease_of_a_batch_that_takes_long_is_renewed() {
    static BEGUN: Semaphore = Semaphore::const_new(0);
    static GO_ON: Semaphore = Semaphore::const_new(0);
    static LEFT: AtomicU64 = AtomicU64::new(1);
    const LONG: Job = Job {
        name: "test.long",
        is_due: |_| Box::pin(async { Ok(LEFT.load(Ordering::Relaxed) > 0) }),
        batch: |_| {
            Box::pin(async {
                BEGUN.add_permits(1);
                GO_ON.acquire().await.unwrap().forget();
                LEFT.fetch_sub(1, Ordering::Relaxed);
                Ok(1)
            })
        },
    };
    let app = TestApp::start().await;
    let other = async {
        BEGUN.acquire().await.unwrap().forget();
        app.advance(Duration::seconds(25));
        // The renewal comes after ten seconds, which no clock of a test shortens.
        let until = app.clock.now() + Duration::seconds(15);
        while lease_until(&app, "test.long").await < until {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        app.advance(Duration::seconds(25));
        assert!(matches!(go(&app, &LONG, "other").await, Ok(0)));
        GO_ON.add_permits(1);
    };
    let (first, ()) = tokio::join!(go(&app, &LONG, "one"), other);
    assert!(matches!(first, Ok(1)));
}

async fn lease_until(app: &TestApp, job: &str) -> chrono::DateTime<chrono::Utc> {
    let lease = job_lease::Entity::find_by_id(job.to_owned());
    lease.one(&app.db.read).await.unwrap().unwrap().until_at
}
