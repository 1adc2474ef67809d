//! The load: N connections, each sending its next request when the last is answered, for a time. Both servers in turns,
//! because a machine's speed moves and only their ratio holds.
//!
//! Requests are prepared bytes and answers are only counted, so that the generator takes little of the machine. Before
//! anything is measured, every page is asked of both and must come out the same, and leave the same readings.

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use uuid::Uuid;

use crate::report::{Round, Table};
use crate::w2::{Page, to_floor, to_kehu};
use crate::world::{Asker, askers};
use crate::{Result, proc};

/// What is driven, and how long.
#[derive(Args)]
pub struct Plan {
    /// Address of the database.
    url: String,
    /// Host and port of Kehu.
    #[arg(long)]
    kehu: String,
    /// Its process.
    #[arg(long)]
    kehu_pid: u32,
    /// Host and port of the hand-written handler.
    #[arg(long)]
    floor: String,
    /// Its process.
    #[arg(long)]
    floor_pid: u32,
    /// The first process of PostgreSQL.
    #[arg(long)]
    postgres_pid: u32,
    /// Rounds of each server.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of a round.
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
    /// Connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Only this viewer.
    #[arg(long)]
    viewer: Option<String>,
}

struct Target<'p> {
    name: &'static str,
    address: &'p str,
    pid: u32,
    request: fn(&Page, &str) -> Vec<u8>,
}

/// Checks and measures.
///
/// # Errors
/// When a server fails, or the two differ.
pub async fn run(plan: &Plan) -> Result<Vec<Table>> {
    let mut db = PgConnection::connect(&plan.url).await?;
    let kehu = Target {
        name: "kehu",
        address: &plan.kehu,
        pid: plan.kehu_pid,
        request: to_kehu,
    };
    let floor = Target {
        name: "floor",
        address: &plan.floor,
        pid: plan.floor_pid,
        request: to_floor,
    };
    let mut tables = Vec::new();
    for asker in askers(&plan.url).await? {
        if plan.viewer.as_ref().is_some_and(|only| only != asker.login) {
            continue;
        }
        let readings = compare(&mut db, &kehu, &floor, &asker).await?;
        let mut table = Table {
            viewer: asker.login,
            readings,
            rounds: Vec::new(),
        };
        // One short round each brings caches and connections up and is not counted.
        for target in [&kehu, &floor] {
            measure(plan, target, &asker, plan.connections, 1.0).await?;
        }
        for connections in [plan.connections, 1] {
            for _ in 0..plan.rounds {
                for target in [&floor, &kehu] {
                    sqlx::raw_sql("TRUNCATE archive_reading")
                        .execute(&mut db)
                        .await?;
                    let seconds = if connections == 1 {
                        plan.seconds / 4.0
                    } else {
                        plan.seconds
                    };
                    let round = measure(plan, target, &asker, connections, seconds).await?;
                    eprintln!("{} {}", asker.login, round.line());
                    table.rounds.push(round);
                }
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

type Logged = (Uuid, Uuid, Option<Uuid>, i32, String, Option<Uuid>);

/// Asks both for every page; gives how many readings a page left.
async fn compare(
    db: &mut PgConnection,
    kehu: &Target<'_>,
    floor: &Target<'_>,
    asker: &Asker,
) -> Result<f64> {
    let mut logged = 0;
    for (i, page) in asker.pages.iter().enumerate() {
        let mut answers: Vec<(String, Vec<Logged>)> = Vec::new();
        for target in [kehu, floor] {
            sqlx::raw_sql("TRUNCATE archive_reading")
                .execute(&mut *db)
                .await?;
            let body = Connection::open(target.address)
                .await?
                .ask(&(target.request)(page, &asker.token))
                .await?
                .to_vec();
            let answer: Value = serde_json::from_slice(&body)?;
            let data = answer
                .get("data")
                .filter(|_| answer.get("errors").is_none());
            let Some(data) = data else {
                return Err(
                    format!("{} answers {}", target.name, String::from_utf8_lossy(&body)).into(),
                );
            };
            let rows = sqlx::query_as(
                "SELECT customer_id, reader_id, reader_for, sections, basis, grant_id FROM archive_reading ORDER BY customer_id",
            );
            answers.push((data.to_string(), rows.fetch_all(&mut *db).await?));
        }
        if answers[0] != answers[1] {
            return Err(format!(
                "page {i} of {} differs:\nkehu  {:?}\nfloor {:?}",
                asker.login, answers[0], answers[1]
            )
            .into());
        }
        logged += answers[0].1.len();
    }
    Ok(logged as f64 / asker.pages.len() as f64)
}

async fn measure(
    plan: &Plan,
    target: &Target<'_>,
    asker: &Asker,
    connections: usize,
    seconds: f64,
) -> Result<Round> {
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(
        asker
            .pages
            .iter()
            .map(|page| (target.request)(page, &asker.token))
            .collect(),
    );
    let cpu = || {
        (
            proc::seconds(target.pid),
            proc::seconds_of_children(plan.postgres_pid),
        )
    };
    let (began, before) = (Instant::now(), cpu());
    let until = began + Duration::from_secs_f64(seconds);
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            let (requests, address) = (requests.clone(), target.address.to_owned());
            spawn_local(async move { keep_asking(&address, &requests, number * 7, until).await })
        })
        .collect();
    let mut micros = Vec::new();
    for task in tasks {
        micros.extend(task.await??);
    }
    let (elapsed, after) = (began.elapsed(), cpu());
    Ok(Round::new(
        target.name,
        connections,
        micros,
        elapsed,
        (after.0 - before.0, after.1 - before.1),
        proc::memory(target.pid),
    ))
}

async fn keep_asking(
    address: &str,
    requests: &[Vec<u8>],
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
        let body = connection.ask(request).await?;
        if !body.starts_with(b"{\"data\":{") {
            return Err(format!("{address} answers {}", String::from_utf8_lossy(body)).into());
        }
        micros.push(u32::try_from(sent.elapsed().as_micros())?);
    }
    Ok(micros)
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request; gives the answer's body. Knows no chunks: both servers tell the length.
    async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (mut head, mut length) = (0, usize::MAX);
        while head == 0 || self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            if head == 0
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                head = end + 4;
                length = content_length(&self.buffer[..head])
                    .ok_or("an answer without content-length")?;
            }
        }
        Ok(&self.buffer[head..])
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let (_, value) = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}
