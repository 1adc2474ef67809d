//! How PostgreSQL finds the rows of every workload: Kehu in this process asks over connections that tell the plan of each
//! statement as it was run, with its parameters (`auto_explain`). Which indexes are expected stands with the workloads.
//!
//! Pitfall: on a small database everything is looked through; 100 000 customers are enough.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use kehu::app::App;
use kehu::config::Config;
use kehu::kit::clock::Clock;
use kehu::kit::db::Db;
use rules::vocabulary::AuditPart;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::Result;
use crate::workloads::{KEY, WORKLOADS, Workload};
use crate::world::{Viewer, World};

/// Tables that no statement may look through.
const BIG: [&str; 8] = [
    "customer",
    "customer_contact",
    "contact_log",
    "complaint",
    "archive_reading",
    "audit_entry",
    "audit_detail",
    "history",
];
/// So many requests of each, from all over what is asked for: from the sixth on PostgreSQL may use a plan for any parameters.
const ASKED: usize = 8;
/// Where the driver tells what the database says beside its answers.
const NOTICES: &str = "sqlx::postgres::notice";
/// What connections are opened with.
const OPTIONS: &str = "options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
    &options[auto_explain.log_level]=notice&options[auto_explain.log_format]=json&options[auto_explain.log_timing]=off";

/// What is explained.
#[derive(Args)]
pub struct Plan {
    /// Address of the database, PostgreSQL; a superuser's.
    url: String,
    /// The file that `data` wrote.
    #[arg(long)]
    world: String,
    /// Which workloads, by name; all where none is given.
    #[arg(long, value_delimiter = ' ')]
    workloads: Vec<String>,
    /// Prints the statements too.
    #[arg(long)]
    statements: bool,
}

/// Plans as the database told them.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Value>>>);

/// How a statement's rows are found.
#[derive(Default)]
struct Found {
    indexes: BTreeSet<String>,
    looked_through: BTreeSet<String>,
}

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == NOTICES {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, text: &str) {
        let plan = text.split_once("plan:\n");
        let plan = plan.map(|(_, plan)| serde_json::from_str(plan));
        if let Some(Ok(plan)) = plan.filter(|_| field.name() == "message") {
            let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            told.push(plan);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Told {
    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Found {
    fn read(&mut self, node: &Value) {
        let text = |name: &str| node[name].as_str();
        if let Some(index) = text("Index Name") {
            self.indexes.insert(index.to_owned());
        }
        if text("Node Type") == Some("Seq Scan")
            && let Some(table) = text("Relation Name")
        {
            self.looked_through.insert(table.to_owned());
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.read(child);
        }
    }
}

/// Explains everything and prints it; fails where a big table is looked through or an expected index is not used.
///
/// # Errors
/// When the database or a workload fails.
pub async fn run(plan: &Plan) -> Result<ExitCode> {
    let world = World::read(&plan.world)?;
    let told = Told::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(told.clone()))?;
    let between = if plan.url.contains('?') { '&' } else { '?' };
    let variables = HashMap::from([
        (
            "DATABASE_URL".to_owned(),
            format!("{}{between}{OPTIONS}", plan.url),
        ),
        (
            "KEHU_DATABASE__CONNECTIONS_PER_WORKER".to_owned(),
            "1".to_owned(),
        ),
    ]);
    let app = App::build(
        Config::from_parts(None, variables)?,
        Arc::new(Clock::default()),
    )
    .await?;
    let db = app.open()?;
    let (mut faults, mut asked) = (Vec::new(), 0);
    for workload in &WORKLOADS {
        if !plan.workloads.is_empty() && !plan.workloads.iter().any(|name| name == workload.name) {
            continue;
        }
        for viewer in &world.viewers {
            if !workload.viewers.contains(&viewer.login.as_str()) {
                continue;
            }
            told.take();
            asked += 1;
            let what = format!("{} as {}", workload.name, viewer.login);
            match ask(&app, &db, &world, workload, viewer).await {
                Ok(()) => faults.extend(judge(plan, workload, &what, &told.take())),
                Err(why) => faults.push(format!("{what}: {why}")),
            }
        }
    }
    for fault in &faults {
        println!("FAULT  {fault}");
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{asked} passed");
    Ok(ExitCode::SUCCESS)
}

async fn ask(
    app: &App,
    db: &Db,
    world: &World,
    workload: &Workload,
    viewer: &Viewer,
) -> Result<()> {
    let asks = (workload.asks)(world, viewer);
    let apart = (asks.len() / ASKED).max(1);
    for ask in asks.iter().cycle().step_by(apart).take(ASKED) {
        let acting = app.acting(
            db.clone(),
            viewer.employee,
            AuditPart::CommandLine,
            "bench".to_owned(),
        )?;
        let key = app.shared().clock.new_id().to_string();
        let variables = ask.kehu.to_string().replace(KEY, &key);
        let variables: Map<String, Value> = serde_json::from_str(&variables)?;
        let answer = app.run(acting, workload.kehu, variables).await?;
        if answer.get("errors").is_some() {
            return Err(answer.to_string().into());
        }
    }
    Ok(())
}

/// Prints how each statement's rows were found; gives what is wrong with it.
fn judge(plan: &Plan, workload: &Workload, what: &str, plans: &[Value]) -> Vec<String> {
    let mut statements: Vec<(&str, Found)> = Vec::new();
    for told in plans {
        let text = told["Query Text"].as_str().unwrap_or_default();
        let at = statements.iter().position(|(known, _)| *known == text);
        let at = at.unwrap_or_else(|| {
            statements.push((text, Found::default()));
            statements.len() - 1
        });
        statements[at].1.read(&told["Plan"]);
    }
    let join = |names: &BTreeSet<String>| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.join(" ")
    };
    println!("{what}: {} statements", statements.len());
    let mut faults = Vec::new();
    for (text, found) in &statements {
        println!("  by {}", join(&found.indexes));
        if !found.looked_through.is_empty() {
            println!("     through {}", join(&found.looked_through));
        }
        if plan.statements {
            println!("     {text}");
        }
        let big = found
            .looked_through
            .iter()
            .filter(|t| BIG.contains(&t.as_str()));
        faults.extend(big.map(|table| format!("{what} looks through {table}: {text}")));
    }
    let used = |index: &&str| {
        statements
            .iter()
            .any(|(_, found)| found.indexes.contains(*index))
    };
    let unused = workload.indexes.iter().filter(|index| !used(index));
    faults.extend(unused.map(|index| format!("{what} does not use {index}")));
    faults
}
