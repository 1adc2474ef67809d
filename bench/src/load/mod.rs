//! The load: N connections, each sending its next request when the last is answered, for a time. All servers in turns,
//! because a machine's speed moves and only their ratio holds. Before anything is measured, the servers are asked for the
//! same and must answer the same.

mod check;
mod connection;
mod ledger;
mod servers;

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use kehu::kit::clock::Clock;
use tokio::task::spawn_local;

use crate::report::{Outcome, Round, Table};
use crate::workloads::{MIX, WORKLOADS, Workload};
use crate::world::{VIEWERS, Viewer, World, keys};
use crate::{Result, proc};
use connection::{Connection, Request};
use ledger::{Ledger, settled};
use servers::{Server, Servers};

/// Name of the mixed load.
const MIXED: &str = "W10";
/// Turns of the mixture, before it begins anew.
const TURNS: usize = 240;

/// What is driven, and how long.
#[derive(Args)]
pub struct Plan {
    /// Address of the database.
    pub url: String,
    /// The file that `data` wrote.
    #[arg(long)]
    pub world: String,
    #[command(flatten)]
    servers: Servers,
    /// Rounds of each server.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of a round; a quarter of it over one connection.
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
    /// Seconds of the one round of the mixed load.
    #[arg(long, default_value_t = 120.0)]
    mixed_seconds: f64,
    /// Connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Which workloads, by name.
    #[arg(
        long,
        value_delimiter = ' ',
        default_value = "W1 W2 W3 W4 W5 W6 W7 W10"
    )]
    workloads: Vec<String>,
    /// Only this viewer.
    #[arg(long)]
    viewer: Option<String>,
}

/// Somebody who asks for something.
struct Case<'p> {
    name: &'p str,
    about: String,
    viewer: &'p Viewer,
    token: String,
    /// The workloads, and how many requests of each follow each other.
    parts: Vec<(&'static Workload, usize)>,
}

/// How a round is driven.
#[derive(Clone, Copy)]
struct Pace {
    connections: usize,
    seconds: f64,
}

/// Checks and measures everything; what fails is told in its place, and the rest goes on.
///
/// # Errors
/// When the database can't be reached or nothing of the name is known.
pub async fn run(plan: &Plan) -> Result<Vec<Table>> {
    let world = World::read(&plan.world)?;
    let mut ledger = Ledger::open(&plan.url).await?;
    settled(&plan.url).await?;
    let mut tables = Vec::new();
    for case in cases(plan, &world).await? {
        eprintln!("{} as {}: {}", case.name, case.viewer.login, case.about);
        let measured = measure(plan, &world, &mut ledger, &case).await;
        let outcome = measured.unwrap_or_else(|why| {
            eprintln!("    FAILED: {why}");
            Outcome::Failed(why.to_string())
        });
        tables.push(Table {
            workload: case.name.to_owned(),
            about: case.about,
            viewer: case.viewer.login.clone(),
            outcome,
        });
    }
    Ok(tables)
}

async fn cases<'p>(plan: &'p Plan, world: &'p World) -> Result<Vec<Case<'p>>> {
    let keys = keys(&plan.url).await?;
    let find = |name: &str| WORKLOADS.iter().find(|workload| workload.name == name);
    let mut cases = Vec::new();
    for name in &plan.workloads {
        let mut parts = Vec::new();
        let (about, viewers): (_, &[&str]) = if name == MIXED {
            let part = |(name, count): (&str, usize)| Some((find(name)?, count));
            parts.extend(MIX.into_iter().filter_map(part));
            (
                "of ten requests four W1, two W2, two W3, two W5",
                &VIEWERS[..1],
            )
        } else {
            let workload = find(name).ok_or_else(|| format!("there is no workload {name}"))?;
            parts.push((workload, 1));
            (workload.about, workload.viewers)
        };
        for viewer in &world.viewers {
            let wanted = plan
                .viewer
                .as_ref()
                .is_none_or(|only| *only == viewer.login);
            if !wanted || !viewers.contains(&viewer.login.as_str()) {
                continue;
            }
            cases.push(Case {
                name,
                about: about.to_owned(),
                viewer,
                token: keys.issue(viewer.employee, viewer.session)?.0,
                parts: parts.clone(),
            });
        }
    }
    Ok(cases)
}

impl Case<'_> {
    fn writes(&self) -> bool {
        self.parts.iter().any(|(workload, _)| workload.writes)
    }

    /// What a server is asked, in turns; none: it is not asked this.
    fn requests(&self, world: &World, server: &Server) -> Vec<Request> {
        let lists: Option<Vec<Vec<Request>>> = self
            .parts
            .iter()
            .map(|(workload, _)| {
                let asks = (workload.asks)(world, self.viewer);
                let requests = asks
                    .iter()
                    .map(|ask| server.request(workload, self.viewer, &self.token, ask));
                requests
                    .collect::<Option<Vec<_>>>()
                    .filter(|all| !all.is_empty())
            })
            .collect();
        let Some(mut lists) = lists else {
            return Vec::new();
        };
        if lists.len() == 1 {
            return lists.remove(0);
        }
        let mut mixed = Vec::new();
        for turn in 0..TURNS {
            for (list, (_, count)) in lists.iter().zip(&self.parts) {
                let next = list.iter().cycle().skip(turn * count % list.len());
                mixed.extend(next.take(*count).cloned());
            }
        }
        mixed
    }
}

async fn measure(
    plan: &Plan,
    world: &World,
    ledger: &mut Ledger,
    case: &Case<'_>,
) -> Result<Outcome> {
    let all = plan.servers.all();
    let mut asked: Vec<(&Server, Rc<Vec<Request>>)> = Vec::new();
    for server in &all {
        let requests = case.requests(world, server);
        if !requests.is_empty() {
            asked.push((server, Rc::new(requests)));
        }
    }
    let checked = check::same(ledger, case, &mut asked).await?;
    let mut rounds = Vec::new();
    let full = Pace {
        connections: plan.connections,
        seconds: plan.seconds,
    };
    let alone = Pace {
        connections: 1,
        seconds: plan.seconds / 4.0,
    };
    let paces = match case.name == MIXED {
        true => vec![Pace {
            seconds: plan.mixed_seconds,
            ..full
        }],
        false => [vec![full; plan.rounds], vec![alone; plan.rounds]].concat(),
    };
    // A shorter round each brings caches and connections up and is not counted.
    let warm = Pace {
        seconds: plan.seconds / 2.0,
        ..full
    };
    for (i, pace) in std::iter::once(warm).chain(paces).enumerate() {
        for (server, requests) in &asked {
            let round = one_round(plan, ledger, case, server, requests, pace).await?;
            if i > 0 {
                eprintln!("    {}", round.line());
                rounds.push(round);
            }
        }
    }
    Ok(Outcome::Measured { checked, rounds })
}

async fn one_round(
    plan: &Plan,
    ledger: &mut Ledger,
    case: &Case<'_>,
    server: &Server,
    requests: &Rc<Vec<Request>>,
    pace: Pace,
) -> Result<Round> {
    let mut pause = None;
    ledger.forget_readings().await?;
    if case.writes() {
        if server.name == "kehu" {
            ledger.chained().await?;
        } else {
            // Kehu's sequencer would give the others' audit entries their places meanwhile, on their time.
            pause = Some(plan.servers.pause_kehu()?);
        }
    }
    let mark = ledger.mark().await?;
    let cpu = || {
        let postgres = plan.servers.postgres_pid.map(proc::seconds_of_children);
        (proc::seconds(server.pid), postgres.unwrap_or_default())
    };
    let (began, before) = (Instant::now(), cpu());
    let until = began + Duration::from_secs_f64(pace.seconds);
    let clock = Rc::new(Clock::default());
    let tasks: Vec<_> = (0..pace.connections)
        .map(|number| {
            let (requests, clock) = (requests.clone(), clock.clone());
            let address = server.address.clone();
            spawn_local(
                async move { keep_asking(&address, &requests, &clock, number * 7, until).await },
            )
        })
        .collect();
    let memory = spawn_local(most_memory(server.pid, until));
    let mut micros = Vec::new();
    for task in tasks {
        micros.extend(task.await??);
    }
    let elapsed = began.elapsed();
    if case.writes() && server.name == "kehu" {
        // What it has put off is of its cost.
        ledger.chained().await?;
    }
    let after = cpu();
    if pause.is_some() {
        ledger.take_back(mark).await?;
    }
    drop(pause);
    Ok(Round::new(
        server.name,
        pace.connections,
        micros,
        elapsed,
        (after.0 - before.0, after.1 - before.1),
        memory.await?,
    ))
}

async fn most_memory(pid: u32, until: Instant) -> f64 {
    let mut most = proc::memory(pid);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = proc::memory(pid).max(most);
    }
    most
}

async fn keep_asking(
    address: &str,
    requests: &[Request],
    clock: &Clock,
    first: usize,
    until: Instant,
) -> Result<Vec<u32>> {
    let mut connection = Connection::open(address).await?;
    let mut micros = Vec::new();
    for request in requests.iter().cycle().skip(first % requests.len()) {
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        let body = connection.ask(request, clock).await?;
        if !is_data(body) {
            return Err(format!("{address} answers {}", String::from_utf8_lossy(body)).into());
        }
        micros.push(u32::try_from(sent.elapsed().as_micros())?);
    }
    Ok(micros)
}

/// Whether it is an answer without errors, as every server writes it; nothing is parsed while time is taken.
fn is_data(body: &[u8]) -> bool {
    const REFUSED: &[u8] = b"\"refusals\":[{";
    body.starts_with(b"{\"data\":{")
        && !body[body.len().saturating_sub(200)..]
            .windows(REFUSED.len())
            .any(|w| w == REFUSED)
}
