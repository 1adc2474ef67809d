//! What the clock drives: warnings and steps in their order and once, also over several nodes; counting anew.

use chrono::Duration;
use entity::{job_lease, obligation};
use rules::vocabulary::ObligationState;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use tokio::sync::watch;

use super::*;

#[tokio::test]
async fn org_6_it_warns_reminds_and_escalates_in_order_and_once() {
    let app = TestApp::start().await;
    let obligation = start(&app, starting(&app, span(3, SpanUnit::Days))).await;
    let due = instant(&read(&app, Who::Gm, obligation).await["dueAt"]);
    let until = |to: DateTime<Utc>| app.advance(to - app.clock.now());
    assert_eq!(app.run_due_jobs().await, 0);
    until(due - Duration::days(1) - Duration::minutes(1));
    assert_eq!(app.run_due_jobs().await, 0);
    until(due - Duration::days(1));
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(app.run_due_jobs().await, 0);
    let warned = read(&app, Who::Sales1, obligation).await;
    assert_eq!(kinds(&warned), ["STARTED", "WARNED"]);
    assert_eq!(warned["overdue"], false);
    until(due + Duration::seconds(1));
    assert_eq!(app.run_due_jobs().await, 1);
    let reminded = read(&app, Who::Sales1, obligation).await;
    assert_eq!(reminded["ledger"]["nodes"][0]["step"], "REMINDER");
    assert_eq!(
        (&reminded["overdue"], &reminded["escalatedTo"]),
        (&json!(true), &Value::Null)
    );
    let query = "{ myObligations { nodes { id } } }";
    let to_do = |data: Value| data["myObligations"]["nodes"].as_array().unwrap().len();
    assert_eq!(to_do(app.by(Who::Manager1).ask(query, json!({})).await), 0);
    until(due + Duration::days(1));
    assert_eq!(app.run_due_jobs().await, 1);
    // Escalated to the department's manager, who finds it on his own list; another department's does not.
    assert_eq!(to_do(app.by(Who::Manager1).ask(query, json!({})).await), 1);
    assert_eq!(to_do(app.by(Who::Manager2).ask(query, json!({})).await), 0);
    assert_eq!(to_do(app.by(Who::Sales1).ask(query, json!({})).await), 1);
    until(due + Duration::days(5));
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(app.run_due_jobs().await, 0);
    let last = read(&app, Who::Sales1, obligation).await;
    assert_eq!(last["stepsTaken"], 3);
    assert_eq!(last["escalatedTo"], "DEPARTMENT_MANAGER");
    assert_eq!(
        kinds(&last),
        ["STARTED", "WARNED", "FOLLOWED", "FOLLOWED", "FOLLOWED"]
    );
    assert_eq!(last["ledger"]["nodes"][0]["actor"], Value::Null);
    // As part of a job, by the duty's clause, by nobody's hand.
    let sql = "SELECT verb FROM audit_entry WHERE part = 'JOB' AND actor_id IS NULL AND clause = 'CMP-3' ORDER BY at, id";
    let backend = app.db.write.get_database_backend();
    let rows = app
        .db
        .write
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let verbs: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "verb").unwrap())
        .collect();
    assert_eq!(
        verbs,
        [
            "obligationWarn",
            "obligationRemind",
            "obligationEscalate",
            "obligationProposePenalty"
        ]
    );
    // Extended, it is no longer late, and the ladder begins anew.
    let permit = &Permit::default();
    doing!(
        &app,
        Who::Manager1,
        extend,
        obligation,
        span(10, SpanUnit::Days),
        permit,
        "abroad"
    )
    .unwrap();
    let extended = read(&app, Who::Sales1, obligation).await;
    assert_eq!(
        (&extended["overdue"], &extended["stepsTaken"]),
        (&json!(false), &json!(0))
    );
    until(due + Duration::days(14));
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(read(&app, Who::Sales1, obligation).await["stepsTaken"], 3);
}

#[tokio::test]
async fn org_6_time_that_stands_still_makes_nothing_late() {
    let app = TestApp::start().await;
    let obligation = start(&app, starting(&app, span(1, SpanUnit::Days))).await;
    let permit = &Permit::default();
    doing!(
        &app,
        Who::Manager1,
        pause,
        obligation,
        permit,
        "samples awaited"
    )
    .unwrap();
    app.advance(Duration::days(10));
    assert_eq!(app.run_due_jobs().await, 0);
    // It hurts less than one whose time runs, however far ahead that one is due.
    let other = start(&app, starting(&app, span(30, SpanUnit::Days))).await;
    let query = "{ myObligations { nodes { id } } }";
    let mine = app.by(Who::Sales1).ask(query, json!({})).await;
    let ids = [other, obligation].map(|o| json!({"id": id("obligation", o)}));
    assert_eq!(mine["myObligations"]["nodes"], json!(ids));
    let paused = read(&app, Who::Sales1, obligation).await;
    assert_eq!(
        (&paused["state"], &paused["overdue"]),
        (&json!("PAUSED"), &json!(false))
    );
    let before = instant(&paused["dueAt"]);
    doing!(&app, Who::Manager1, resume, obligation, permit, "they came").unwrap();
    let resumed = read(&app, Who::Sales1, obligation).await;
    assert_eq!(instant(&resumed["dueAt"]), before + Duration::days(10));
}

#[tokio::test]
async fn org_6_a_changed_calendar_counts_open_deadlines_anew_and_says_so() {
    let app = TestApp::start().await;
    work_every_day(&app).await;
    let working = start(&app, starting(&app, span(5, SpanUnit::WorkingDays))).await;
    let calendar = start(&app, starting(&app, span(5, SpanUnit::Days))).await;
    let done = start(&app, starting(&app, span(5, SpanUnit::WorkingDays))).await;
    let standing = start(&app, starting(&app, span(5, SpanUnit::WorkingDays))).await;
    let permit = &Permit::default();
    doing!(&app, Who::Sales1, fulfil, done, permit).unwrap();
    doing!(
        &app,
        Who::Sales1,
        pause,
        standing,
        permit,
        "samples awaited"
    )
    .unwrap();
    let before = instant(&read(&app, Who::Gm, working).await["dueAt"]);
    assert_eq!(app.run_due_jobs().await, 0);
    let first = app.app.shared().day_of(app.clock.now()) + Duration::days(2);
    let input = json!({"from": first, "until": first + Duration::days(1), "kind": "COMPANY_HOLIDAY", "name": "年会"});
    app.by(Who::Admin)
        .done("calendarDaySet", input, "__typename")
        .await;
    // Three are still to be done and looked at; the two of working days move.
    assert_eq!(app.run_due_jobs().await, 3);
    assert_eq!(app.run_due_jobs().await, 0);
    let moved = read(&app, Who::Gm, working).await;
    assert_eq!(instant(&moved["dueAt"]), before + Duration::days(2));
    assert_eq!(kinds(&moved), ["STARTED", "RECOUNTED"]);
    let entry = &moved["ledger"]["nodes"][0];
    assert_eq!(
        (instant(&entry["dueBefore"]), instant(&entry["dueAfter"])),
        (before, before + Duration::days(2))
    );
    assert_eq!(kinds(&read(&app, Who::Gm, calendar).await), ["STARTED"]);
    assert_eq!(
        kinds(&read(&app, Who::Gm, done).await),
        ["STARTED", "FULFILLED"]
    );
    let standing = read(&app, Who::Gm, standing).await;
    assert_eq!(kinds(&standing), ["STARTED", "PAUSED", "RECOUNTED"]);
    assert_eq!(standing["state"], "PAUSED");
    let query = "query($id: ID!) { explainDeadline(id: $id) { text } }";
    let told = app.by(Who::Gm).ask(query, json!({"id": moved["id"]})).await;
    let text = told["explainDeadline"]["text"].as_str().unwrap();
    assert!(
        text.contains("because the company calendar changed"),
        "{text}"
    );
    assert!(text.contains("年会"), "{text}");
    // Given back, it is as before; and it is never done by a calendar that is no more.
    let input = json!({"from": first, "until": first + Duration::days(1), "kind": "WORKING", "name": "年会"});
    app.by(Who::Admin)
        .done("calendarDaySet", input, "__typename")
        .await;
    app.advance(Duration::days(7));
    app.run_due_jobs().await;
    let late = read(&app, Who::Gm, working).await;
    assert_eq!(instant(&late["dueAt"]), before);
    assert_eq!(kinds(&late)[..3], ["STARTED", "RECOUNTED", "RECOUNTED"]);
    assert_eq!(late["overdue"], true);
}

/// A new version, or another time zone, may count otherwise.
#[tokio::test]
async fn org_6_another_shipped_calendar_counts_open_deadlines_anew() {
    let app = TestApp::start().await;
    start(&app, starting(&app, span(5, SpanUnit::WorkingDays))).await;
    let version = || app.app.shared().moving().calendar.version;
    let before = version();
    app.another_node().await;
    app.refresh().await;
    assert_eq!(version(), before, "the same once more changes nothing");
    assert_eq!(app.run_due_jobs().await, 0);
    let sql = "UPDATE state_version SET version = 7 WHERE name = 'calendar.shipped'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.another_node().await;
    app.refresh().await;
    assert_eq!(version(), before + 1);
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(app.run_due_jobs().await, 0);
}

#[tokio::test]
async fn org_6_a_calendar_without_working_days_stops_no_job() {
    let app = TestApp::start().await;
    work_every_day(&app).await;
    let obligation = start(&app, starting(&app, span(5, SpanUnit::WorkingDays))).await;
    let before = read(&app, Who::Gm, obligation).await["dueAt"].clone();
    let mut from = app.app.shared().day_of(app.clock.now());
    // Behind the server's back: eleven years off.
    let mut rows = Vec::new();
    app.db
        .write
        .execute_unprepared("DELETE FROM calendar_day")
        .await
        .unwrap();
    for _ in 0..4_100 {
        rows.push(entity::calendar_day::ActiveModel {
            id: Set(app.clock.new_id()),
            on_date: Set(from),
            kind: Set(Some(rules::vocabulary::DayKind::CompanyHoliday)),
            name: Set(Some(json!({"zh-CN": "x", "zh-TW": "x", "en": "x"}))),
            created_at: Set(app.clock.now()),
            version: Set(1),
        });
        from = from.succ_opt().unwrap();
    }
    insert::<entity::calendar_day::Entity, _>(&app, rows).await;
    app.touch("calendar").await;
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(app.run_due_jobs().await, 0);
    let same = read(&app, Who::Gm, obligation).await;
    assert_eq!(same["dueAt"], before);
    let (_, answer) = app
        .by(Who::Gm)
        .send(
            "query($id: ID!) { explainDeadline(id: $id) { text } }",
            json!({"id": same["id"]}),
        )
        .await;
    assert_eq!(error_code(&answer), "");
}

async fn insert<E, A>(app: &TestApp, mut rows: Vec<A>)
where
    E: sea_orm::EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E> + Send,
{
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(500));
        let some = std::mem::replace(&mut rows, rest);
        E::insert_many(some)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// One that can't be followed, as a newer version may leave it beside this one, holds up no other.
#[tokio::test]
async fn org_6_a_plan_that_is_not_understood_stops_no_job() {
    let app = TestApp::start().await;
    let odd = start(&app, starting(&app, span(1, SpanUnit::Days))).await;
    let sql = "UPDATE obligation SET plan = '{\"limit\": 7}'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let good = start(&app, starting(&app, span(1, SpanUnit::Days))).await;
    app.advance(Duration::days(3));
    assert_eq!(app.run_due_jobs().await, 2);
    assert_eq!(app.run_due_jobs().await, 0);
    assert_eq!(read(&app, Who::Gm, odd).await["stepsTaken"], 0);
    assert_eq!(read(&app, Who::Gm, good).await["stepsTaken"], 2);
    app.touch("calendar").await;
    assert_eq!(app.run_due_jobs().await, 2);
    app.advance(Duration::days(1));
    assert_eq!(app.run_due_jobs().await, 1);
}

/// So many obligations that fall due within the next minute, with a reminder each.
pub async fn due_in_a_minute(app: &TestApp, many: i64) {
    let now = app.clock.now();
    let version = app.app.shared().moving().calendar.version;
    let plan = Plan {
        warn: None,
        overdue: vec![Followup {
            step: OverdueStep::Reminder,
            after: span(0, SpanUnit::Days),
            to: None,
        }],
        ..super::plan(span(1, SpanUnit::Days))
    };
    let plan = serde_json::to_value(plan).unwrap();
    let rows = (0..many).map(|place| {
        let due = now + Duration::microseconds(60_000_000 * place / many);
        obligation::ActiveModel {
            id: Set(app.clock.new_id()),
            duty: Set("test.duty".into()),
            clause: Set("CMP-3".into()),
            subject_kind: Set("customer".into()),
            subject_id: Set(Uuid::from_u128(place as u128)),
            department_id: Set(Some(Unit::Sales1.id())),
            responsible_id: Set(Some(Who::Sales1.id())),
            responsible_role: Set(None),
            escalated_to: Set(None),
            rulebook_on: Set("2026-11-01".parse().unwrap()),
            plan: Set(plan.clone()),
            state: Set(ObligationState::Open),
            started_at: Set(now),
            due_at: Set(due),
            urgency: Set(-due.timestamp_micros()),
            warned: Set(false),
            steps_taken: Set(0),
            entries: Set(0),
            next_at: Set(Some(due + Duration::microseconds(1))),
            paused_at: Set(None),
            ended_at: Set(None),
            calendar_version: Set(version),
            created_at: Set(now),
            version: Set(1),
        }
    });
    insert::<obligation::Entity, _>(app, rows.collect()).await;
}

/// One number out of the database.
async fn number(app: &TestApp, sql: &str) -> i64 {
    let backend = app.db.write.get_database_backend();
    let row = app
        .db
        .write
        .query_one_raw(Statement::from_string(backend, sql))
        .await;
    row.unwrap().unwrap().try_get("", "n").unwrap()
}

/// Every obligation was reminded of exactly once, and every reminder left its traces.
async fn each_once(app: &TestApp, many: i64) {
    let once = "SELECT count(*) AS n FROM (SELECT obligation_id FROM deadline_entry WHERE kind = 'FOLLOWED' \
                GROUP BY obligation_id HAVING count(*) = 1) AS once";
    assert_eq!(number(app, once).await, many);
    assert_eq!(app.count("deadline_entry").await, many);
    let taken = "SELECT count(*) AS n FROM obligation WHERE steps_taken = 1 AND next_at IS NULL AND version = 2";
    assert_eq!(number(app, taken).await, many);
    for table in ["audit_entry", "history"] {
        assert_eq!(app.count(table).await, many, "{table}");
    }
}

#[tokio::test]
async fn org_6_ten_thousand_due_in_a_minute_are_each_handled_once_by_two_nodes() {
    const MANY: i64 = 10_000;
    let app = TestApp::start().await;
    due_in_a_minute(&app, MANY).await;
    let other = app.another_node().await;
    let (_going, stop) = watch::channel(false);
    let handled = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut nodes = Vec::new();
    for node in [app.app.clone(), other] {
        let (stop, handled, clock) = (stop.clone(), handled.clone(), app.clock.clone());
        let end = clock.now() + Duration::minutes(2);
        nodes.push(tokio::spawn(async move {
            let db = node.open().unwrap();
            let mut own = 0;
            while handled.load(std::sync::atomic::Ordering::Relaxed) < MANY as u64
                && clock.now() < end
            {
                // A quarter of a second of the test is a few of the minute.
                clock.advance(Duration::seconds(3));
                let many = node.run_due_jobs(&db, &stop).await;
                own += many;
                handled.fetch_add(many, std::sync::atomic::Ordering::Relaxed);
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            own
        }));
    }
    let mut shares = Vec::new();
    for node in nodes {
        shares.push(node.await.unwrap());
    }
    eprintln!("handled by the two nodes: {shares:?}");
    assert_eq!(shares.iter().sum::<u64>(), MANY as u64);
    each_once(&app, MANY).await;
}

#[tokio::test]
async fn org_6_a_node_killed_in_the_middle_loses_nothing_and_its_lease_is_taken_over() {
    const MANY: i64 = 3_000;
    let app = TestApp::start().await;
    due_in_a_minute(&app, MANY).await;
    app.advance(Duration::minutes(2));
    let dying = app.another_node().await;
    let (_going, stop) = watch::channel(false);
    let killed = tokio::spawn({
        let stop = stop.clone();
        async move {
            let db = dying.open().unwrap();
            dying.run_due_jobs(&db, &stop).await
        }
    });
    // As soon as it has written something it is gone, in the midst of its batch.
    let done = "SELECT count(*) AS n FROM deadline_entry";
    while number(&app, done).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    killed.abort();
    let _ = killed.await;
    let before = number(&app, done).await;
    assert!(before < MANY, "it was too quick to be killed: {before}");
    // The dead node still holds the lease; nobody else may, until it has run out.
    let holds = job_lease::ActiveModel {
        name: Set("obligations.due".into()),
        holder: Set("the dead node".into()),
        until_at: Set(app.clock.now() + Duration::seconds(30)),
    };
    job_lease::Entity::update(holds)
        .exec(&app.db.write)
        .await
        .unwrap();
    assert_eq!(app.run_due_jobs().await, 0);
    app.advance(Duration::seconds(31));
    assert_eq!(app.run_due_jobs().await, (MANY - before) as u64);
    each_once(&app, MANY).await;
    let holder = job_lease::Entity::find_by_id("obligations.due")
        .one(&app.db.write)
        .await
        .unwrap();
    assert_ne!(holder.unwrap().holder, "the dead node");
}

#[tokio::test]
async fn org_6_a_stopping_node_begins_no_further_batch() {
    let app = TestApp::start().await;
    due_in_a_minute(&app, 1_200).await;
    app.advance(Duration::minutes(2));
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(app.app.clone().keep_jobs(stopped));
    let done = "SELECT count(*) AS n FROM deadline_entry";
    while number(&app, done).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    stop.send_replace(true);
    tokio::time::timeout(std::time::Duration::from_secs(10), jobs)
        .await
        .unwrap()
        .unwrap();
    // Whole batches only, and the lease is free.
    let before = number(&app, done).await;
    assert!(before == 1_200 || before % 500 == 0, "{before}");
    assert_eq!(app.run_due_jobs().await, (1_200 - before) as u64);
    each_once(&app, 1_200).await;
    let metrics = kehu::telemetry::metrics().render();
    assert!(
        metrics.contains("kehu_job_handled_total{job=\"obligations.due\"}"),
        "{metrics}"
    );
}
