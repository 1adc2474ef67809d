//! Obligations: who sees them, what moves their deadlines, what the jobs do about them (ORG-6).
//!
//! The tests bring a duty of their own, whose limits they can choose; a real one is in `erasure`.

use chrono::{DateTime, Duration, Utc};
use kehu::acting::{Acting, Permit};
use kehu::obligations::{self, Responsible, Starting};
use kehu::work::{Outcome, Work};
use rules::kit::calendar::Span;
use rules::kit::clause::Clause;
use rules::obligations::{Followup, Plan};
use rules::vocabulary::{AuditPart, OverdueStep, Role, SpanUnit};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::company::Unit;
use super::support::{TestApp, Who, error_code, id};

const fn span(count: u32, unit: SpanUnit) -> Span {
    Span { count, unit }
}

/// So many days, a warning a day before the end, a reminder at once, an escalation and a penalty later.
fn plan(limit: Span) -> Plan {
    let followup = |step, days, to| Followup {
        step,
        after: span(days, SpanUnit::Days),
        to,
    };
    Plan {
        limit,
        warn: Some(span(1, SpanUnit::Days)),
        overdue: vec![
            followup(OverdueStep::Reminder, 0, None),
            followup(OverdueStep::Escalation, 1, Some(Role::DepartmentManager)),
            followup(OverdueStep::PenaltyProposal, 3, None),
        ],
    }
}

fn acting(app: &TestApp, who: Who) -> Acting {
    let part = AuditPart::Request;
    app.app
        .acting(app.db.clone(), who.id(), part, "test".into())
        .unwrap()
}

/// A duty of the salesperson of the first department about its customer, or so it says.
fn starting(app: &TestApp, limit: Span) -> Starting {
    Starting {
        duty: "test.duty",
        clause: Clause("CMP-3"),
        plan: plan(limit),
        subject_kind: "customer",
        subject: Uuid::from_u128(7),
        department: Some(Unit::Sales1.id()),
        responsible: Responsible::Person(Who::Sales1.id()),
        rulebook_on: "2026-11-01".parse().unwrap(),
        from: app.clock.now(),
    }
}

async fn start(app: &TestApp, new: Starting) -> Uuid {
    let acting = acting(app, Who::Sales1);
    let mut work = Work::begin(&acting);
    let permit = Permit::default();
    let id = obligations::start(&mut work, new, &permit).await.unwrap();
    work.commit(Outcome::default()).await.unwrap();
    id
}

/// Runs a command of the engine in a unit of work of its own.
macro_rules! doing {
    ($app:expr, $who:expr, $command:ident $(, $argument:expr)*) => {{
        let acting = acting($app, $who);
        let mut work = Work::begin(&acting);
        let done = obligations::$command(&mut work $(, $argument)*).await;
        if done.is_ok() {
            work.commit(Outcome::default()).await.unwrap();
        }
        done.map_err(|stop| match stop {
            kehu::work::Stop::Refused(refusals) => refusals[0].code.as_str(),
            kehu::work::Stop::Failed(error) => panic!("{error}"),
        })
    }};
}

// After the macro that it uses.
pub mod jobs;

const FIELDS: &str = "id duty state dueAt overdue stepsTaken escalatedTo subjectId clause { number title } \
    responsible { name } responsibleRole department { name } pausedAt endedAt \
    ledger { nodes { position kind actor { name } reason spanCount spanUnit step toRole to { name } dueBefore dueAfter } }";

async fn read(app: &TestApp, who: Who, obligation: Uuid) -> Value {
    let query = format!("query($id: ID!) {{ obligation(id: $id) {{ {FIELDS} }} }}");
    let variables = json!({"id": id("obligation", obligation)});
    app.by(who).ask(&query, variables).await["obligation"].clone()
}

fn kinds(read: &Value) -> Vec<&str> {
    let nodes = read["ledger"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .rev()
        .map(|n| n["kind"].as_str().unwrap())
        .collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Every day from today on is a working day, whatever day the test runs on; so that days can be counted.
async fn work_every_day(app: &TestApp) {
    let today = app.app.shared().day_of(app.clock.now());
    let until = today + Duration::days(99);
    let input = json!({"from": today, "until": until, "kind": "WORKING", "name": "test"});
    app.by(Who::Admin)
        .done("calendarDaySet", input, "__typename")
        .await;
}

#[tokio::test]
async fn org_6_an_obligation_is_seen_by_who_answers_for_it_and_those_above() {
    let app = TestApp::start().await;
    let own = start(&app, starting(&app, span(3, SpanUnit::Days))).await;
    let of_role = Starting {
        responsible: Responsible::Role(Role::Salesperson),
        department: Some(Unit::Section1A.id()),
        ..starting(&app, span(1, SpanUnit::Days))
    };
    let of_role = start(&app, of_role).await;
    let of_company = Starting {
        responsible: Responsible::Role(Role::HrOfficer),
        department: None,
        ..starting(&app, span(2, SpanUnit::Days))
    };
    let of_company = start(&app, of_company).await;
    let all = [of_role, of_company, own];
    for (who, seen, to_do) in [
        // A salesperson of the whole department reaches its section; the one of the section not the department.
        (Who::Sales1, vec![of_role, own], vec![of_role, own]),
        (Who::Sales1x, vec![of_role], vec![of_role]),
        (Who::Sales1a, vec![of_role], vec![of_role]),
        (Who::Sales1b, vec![], vec![]),
        (Who::Sales2, vec![], vec![]),
        (Who::Hr, vec![of_company], vec![of_company]),
        (Who::Manager1, vec![of_role, own], vec![]),
        (Who::Manager2, vec![], vec![]),
        (Who::Gm, all.to_vec(), vec![]),
        (Who::Auditor, all.to_vec(), vec![]),
        (Who::Admin, vec![], vec![]),
    ] {
        let query = "{ obligations { totalCount nodes { id } } myObligations { nodes { id } } }";
        let data = app.by(who).ask(query, json!({})).await;
        let ids = |list: &Value| -> Vec<String> {
            let nodes = list["nodes"].as_array().unwrap();
            nodes
                .iter()
                .map(|n| n["id"].as_str().unwrap().to_owned())
                .collect()
        };
        let public =
            |list: &[Uuid]| -> Vec<String> { list.iter().map(|o| id("obligation", *o)).collect() };
        // What is due soonest comes first.
        assert_eq!(ids(&data["obligations"]), public(&seen), "{who:?}");
        assert_eq!(ids(&data["myObligations"]), public(&to_do), "{who:?}");
        assert_eq!(data["obligations"]["totalCount"], seen.len());
        let hidden = !seen.contains(&own);
        assert_eq!(read(&app, who, own).await.is_null(), hidden, "{who:?}");
        let query = "query($id: ID!) { explainDeadline(id: $id) { dueAt } }";
        let explained = app
            .by(who)
            .ask(query, json!({"id": id("obligation", own)}))
            .await;
        assert_eq!(explained["explainDeadline"].is_null(), hidden, "{who:?}");
    }
    let (_, answer) = app
        .nobody()
        .send("{ obligations { nodes { id } } }", json!({}))
        .await;
    assert_eq!(error_code(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn org_4_a_delegate_answers_for_what_the_delegated_role_answers_for() {
    let app = TestApp::start().await;
    let of_person = start(&app, starting(&app, span(3, SpanUnit::Days))).await;
    let of_role = Starting {
        responsible: Responsible::Role(Role::Salesperson),
        ..starting(&app, span(2, SpanUnit::Days))
    };
    let of_role = start(&app, of_role).await;
    let now = app.clock.now();
    let input = json!({
        "assignment": id("assignment", Who::Sales1.assignment()), "delegate": Who::Sales2.public(),
        "fromAt": now, "untilAt": now + Duration::days(2), "reason": "leave",
    });
    let created = app
        .by(Who::Sales1)
        .call("delegationCreate", input, "__typename")
        .await;
    assert_eq!(created["refusals"], json!([]), "{created}");
    let query = "{ myObligations { nodes { id } } }";
    let mine = app.by(Who::Sales2).ask(query, json!({})).await;
    assert_eq!(
        mine["myObligations"]["nodes"],
        json!([{"id": id("obligation", of_role)}])
    );
    assert!(read(&app, Who::Sales2, of_person).await.is_null());
    app.advance(Duration::days(3));
    let mine = app.by(Who::Sales2).ask(query, json!({})).await;
    assert_eq!(mine["myObligations"]["nodes"], json!([]));
}

#[tokio::test]
async fn org_6_the_ledger_keeps_what_moved_a_deadline_by_whom_and_why() {
    let app = TestApp::start().await;
    work_every_day(&app).await;
    let obligation = start(&app, starting(&app, span(3, SpanUnit::WorkingDays))).await;
    let days = &app.app.shared().moving().calendar.days.clone();
    let due = |after: i64| {
        let on = days.day_of(app.clock.now()) + Duration::days(after);
        let at = on.and_hms_opt(18, 0, 0).unwrap();
        at.and_local_timezone(*days.zone()).unwrap().to_utc()
    };
    let first = due(3);
    let started = read(&app, Who::Sales1, obligation).await;
    assert_eq!(instant(&started["dueAt"]), first);
    assert_eq!(
        (&started["state"], &started["overdue"]),
        (&json!("OPEN"), &json!(false))
    );
    assert_eq!(started["clause"]["number"], "CMP-3");
    assert_eq!(started["subjectId"], id("customer", Uuid::from_u128(7)));
    let permit = &Permit::default();
    assert_eq!(
        doing!(&app, Who::Manager1, resume, obligation, permit, "no"),
        Err("WRONG_STATE")
    );
    doing!(
        &app,
        Who::Manager1,
        pause,
        obligation,
        permit,
        "samples awaited"
    )
    .unwrap();
    assert_eq!(
        doing!(&app, Who::Manager1, pause, obligation, permit, "again"),
        Err("WRONG_STATE")
    );
    let by = span(1, SpanUnit::WorkingDays);
    assert_eq!(
        doing!(&app, Who::Manager1, extend, obligation, by, permit, "no"),
        Err("WRONG_STATE")
    );
    app.advance(Duration::days(2));
    doing!(
        &app,
        Who::Manager1,
        resume,
        obligation,
        permit,
        "samples came"
    )
    .unwrap();
    let resumed = read(&app, Who::Sales1, obligation).await;
    assert_eq!(instant(&resumed["dueAt"]), first + Duration::days(2));
    let by = span(4, SpanUnit::WorkingDays);
    doing!(
        &app,
        Who::Manager1,
        extend,
        obligation,
        by,
        permit,
        "customer abroad"
    )
    .unwrap();
    let to = Responsible::Role(Role::Supervisor);
    doing!(
        &app,
        Who::Manager1,
        hand_over,
        obligation,
        to,
        permit,
        "ill"
    )
    .unwrap();
    // He answers for it no more; the supervisor does.
    assert!(read(&app, Who::Sales1, obligation).await.is_null());
    let now = read(&app, Who::Supervisor1, obligation).await;
    assert_eq!(instant(&now["dueAt"]), first + Duration::days(6));
    assert_eq!(now["responsible"], Value::Null);
    assert_eq!(now["responsibleRole"], "SUPERVISOR");
    let query = "query($id: ID!) { explainDeadline(id: $id) { dueAt text } }";
    let variables = json!({"id": id("obligation", obligation)});
    let told =
        app.by(Who::Supervisor1).ask(query, variables.clone()).await["explainDeadline"].clone();
    assert_eq!(told["dueAt"], now["dueAt"]);
    let text = told["text"].as_str().unwrap();
    for part in [
        "CMP-3 gives 3 working days",
        "by 王建国 (samples awaited)",
        "by 4 working days by 王建国 (customer abroad)",
        "18:00.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let told = app
        .by(Who::Supervisor1)
        .speaking("zh-TW")
        .ask(query, variables)
        .await;
    let text = told["explainDeadline"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("展延 4 個工作日"), "{text}");
    doing!(&app, Who::Supervisor1, fulfil, obligation, permit).unwrap();
    for again in ["void", "fulfil"] {
        let refused = match again {
            "void" => doing!(&app, Who::Gm, void, obligation, permit, "no"),
            _ => doing!(&app, Who::Gm, fulfil, obligation, permit),
        };
        assert_eq!(refused, Err("WRONG_STATE"));
    }
    let done = read(&app, Who::Gm, obligation).await;
    assert_eq!(
        kinds(&done),
        [
            "STARTED",
            "PAUSED",
            "RESUMED",
            "EXTENDED",
            "HANDED_OVER",
            "FULFILLED"
        ]
    );
    assert_eq!(
        (&done["state"], &done["overdue"]),
        (&json!("FULFILLED"), &json!(false))
    );
    let nodes = done["ledger"]["nodes"].as_array().unwrap();
    assert_eq!(nodes[2]["spanCount"], 4);
    assert_eq!(nodes[2]["reason"], "customer abroad");
    assert_eq!(nodes[2]["actor"]["name"], "王建国");
    assert_eq!(instant(&nodes[2]["dueBefore"]), first + Duration::days(2));
    assert_eq!(nodes[1]["toRole"], "SUPERVISOR");
    // Done: the jobs have nothing to do with it, however late it gets.
    app.advance(Duration::days(60));
    assert_eq!(app.run_due_jobs().await, 0);
    // Each entry came with an audit entry, and the calendar's own.
    assert_eq!(app.count("deadline_entry").await, 6);
    assert_eq!(app.count("audit_entry").await, 7);
}

#[tokio::test]
async fn org_6_what_is_refused_writes_nothing() {
    let app = TestApp::start().await;
    let acting = acting(&app, Who::Sales1);
    let beyond = starting(&app, span(9_000, SpanUnit::WorkingDays));
    let mut work = Work::begin(&acting);
    let refused = obligations::start(&mut work, beyond, &Permit::default()).await;
    assert!(
        matches!(refused, Err(kehu::work::Stop::Refused(r)) if r[0].code.as_str() == "NO_WORKING_DAY")
    );
    drop(work);
    let obligation = start(&app, starting(&app, span(3, SpanUnit::Days))).await;
    let far = span(9_000, SpanUnit::Days);
    let permit = &Permit::default();
    assert_eq!(
        doing!(&app, Who::Manager1, extend, obligation, far, permit, "far"),
        Err("NO_WORKING_DAY")
    );
    for table in ["obligation", "deadline_entry", "audit_entry"] {
        assert_eq!(app.count(table).await, 1, "{table}");
    }
    let mut work = Work::begin(&acting);
    let found = obligations::of_subject(&work, "test.duty", Uuid::from_u128(7))
        .await
        .unwrap();
    assert_eq!(found, Some(obligation));
    obligations::void(&mut work, obligation, permit, "mistake")
        .await
        .unwrap();
    let found = obligations::of_subject(&work, "test.duty", Uuid::from_u128(7))
        .await
        .unwrap();
    assert_eq!(found, None);
}
