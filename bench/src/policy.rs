//! What the policy costs by itself: one decision, and lists with the policy's predicates in them against the same lists
//! under a policy that lets everybody read everything, in turns, in one process over one connection.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kehu::access::{DecisionTable, Hat, Persona, Policy, PolicyRow, Subject, Viewer};
use kehu::acting::Acting;
use kehu::app::App;
use kehu::complaints::ComplaintFacts;
use kehu::config::Config;
use kehu::kit::clock::Clock;
use kehu::kit::db::Db;
use rules::kit::money::Fen;
use rules::vocabulary::{AuditPart, Role};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::Result;
use crate::report::median;

/// Decisions per measurement.
const DECISIONS: u32 = 200_000;

const LISTS: [(&str, &str); 3] = [
    (
        "complaints, newest first",
        "{ complaints(first: 50) { nodes { number state amount customer { name } } } }",
    ),
    (
        "complaints that wait for a decision",
        "{ complaints(first: 50, where: {state: {eq: FOR_DECISION}}) { nodes { number state amount customer { name } } } }",
    ),
    (
        "archives with contacts",
        "{ customers(first: 50) { nodes { number archive { ... on CustomerArchive { fullName \
         contacts(first: 3) { nodes { name } } } } } } }",
    ),
];

/// Measures; gives the report.
///
/// # Errors
/// When the database fails or is not of [`crate::data::fill`].
pub async fn measure(url: &str, times: usize) -> Result<String> {
    let variables = [
        ("DATABASE_URL", url),
        ("KEHU_DATABASE__CONNECTIONS_PER_WORKER", "1"),
        ("KEHU_LOG__LEVEL", "warn"),
    ];
    let variables: HashMap<String, String> = variables
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let app = App::build(
        Config::from_parts(None, variables)?,
        Arc::new(Clock::default()),
    )
    .await?;
    let db = app.open()?;
    let open = Arc::new(everything_open(&app).await?);
    let viewers = viewers(&app, url).await?;
    let mut out = String::from("| viewer | one decision, ns |\n| --- | --- |\n");
    for (name, viewer) in &viewers {
        let nanos = decide(viewer).as_nanos() / u128::from(DECISIONS);
        writeln!(out, "| {name} | {nanos} |")?;
    }
    out.push_str(
        "\n| list | viewer | rows | with, p50 ms | without, p50 ms | ratio |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (list, document) in LISTS {
        for (name, viewer) in &viewers {
            let mut with = Vec::with_capacity(times);
            let mut without = Vec::with_capacity(times);
            let mut rows = 0;
            for _ in 0..times {
                let (taken, answer) = ask(&app, &db, viewer.clone(), document).await?;
                with.push(taken);
                rows = answer.matches("\"number\":").count();
                let unheld = Viewer {
                    table: open.clone(),
                    ..viewer.clone()
                };
                without.push(ask(&app, &db, unheld, document).await?.0);
            }
            let (with, without) = (median(with), median(without));
            writeln!(
                out,
                "| {list} | {name} | {rows} | {with:.3} | {without:.3} | {:.2} |",
                with / without
            )?;
        }
    }
    Ok(out)
}

async fn ask(app: &App, db: &Db, viewer: Viewer, document: &str) -> Result<(f64, String)> {
    let person = viewer.subject.employee;
    let acting = app.acting(
        db.clone(),
        person,
        AuditPart::CommandLine,
        "bench".to_owned(),
    )?;
    let acting = Acting { viewer, ..acting };
    let begun = Instant::now();
    let answer = app
        .run(acting, document, serde_json::Map::new())
        .await?
        .to_string();
    let taken = begun.elapsed().as_secs_f64() * 1000.0;
    if answer.contains("\"errors\"") {
        return Err(answer.into());
    }
    Ok((taken, answer))
}

/// Every kind of decision that a list of complaints makes, for a complaint of another department and one of the own.
fn decide(viewer: &Viewer) -> Duration {
    let facts = |department, fen| ComplaintFacts {
        responsible: None,
        department,
        filed_by: Uuid::from_u128(1),
        customer_owners: vec![Uuid::from_u128(2)],
        amount: Fen::new(fen),
        rulebook_on: viewer.today,
    };
    let all = [
        facts(viewer.subject.department, 1_000_000),
        facts(viewer.subject.department, 100_000_000),
        facts(Uuid::from_u128(3), 1_000_000),
        facts(Uuid::from_u128(3), 100_000_000),
    ];
    let begun = Instant::now();
    for facts in all.iter().cycle().take(DECISIONS as usize) {
        black_box(viewer.decide("complaint", "decide", black_box(facts)));
    }
    begun.elapsed()
}

/// The three who are measured elsewhere, and somebody who sees nearly all by a long predicate.
async fn viewers(app: &App, url: &str) -> Result<Vec<(&'static str, Viewer)>> {
    let mut db = PgConnection::connect(url).await?;
    let mut viewers = Vec::new();
    for login in crate::world::VIEWERS {
        let (employee,): (Uuid,) =
            sqlx::query_as("SELECT employee_id FROM account WHERE login = $1")
                .bind(login)
                .fetch_one(&mut db)
                .await?;
        let viewer = app.shared().viewer(employee);
        viewers.push((login, viewer.ok_or("a viewer is not employed")?));
    }
    let departments: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM department ORDER BY code")
        .fetch_all(&mut db)
        .await?;
    let (_, manager) = viewers.get(1).ok_or("no manager")?;
    let hats = vec![
        Hat {
            role: Role::Employee,
            within: None,
        },
        Hat {
            role: Role::DepartmentManager,
            within: Some(departments.into()),
        },
    ];
    let subject = Subject {
        personas: vec![Persona {
            person: manager.subject.employee,
            delegation: None,
            cap_fen: None,
            hats,
        }],
        ..Subject::clone(&manager.subject)
    };
    let over_all = Viewer {
        subject: Arc::new(subject),
        ..manager.clone()
    };
    viewers.push(("manager over every department", over_all));
    Ok(viewers)
}

/// A policy in which every employee may do everything.
async fn everything_open(app: &App) -> Result<DecisionTable> {
    let catalogue = app.shared().catalogue.clone();
    let rows = catalogue.actions().iter().map(|action| PolicyRow {
        id: format!("{}-{}", action.object, action.action),
        role: Role::Employee,
        object: action.object.to_owned(),
        action: action.action.to_owned(),
        scope: "any".to_owned(),
        limit: None,
        clause: "ORG-3".to_owned(),
        deny: false,
    });
    let policy = Policy {
        rows: rows.collect(),
        inherits: Vec::new(),
    };
    Ok(DecisionTable::build(catalogue, &policy, 0).await?)
}
