//! The report: what counts first, then a table for every workload and viewer.

use std::fmt::Write as _;
use std::time::Duration;

/// One server driven once.
pub struct Round {
    name: &'static str,
    connections: usize,
    rate: f64,
    p50: f64,
    p99: f64,
    server: f64,
    postgres: f64,
    memory: f64,
}

/// A workload as one viewer.
pub struct Table {
    /// Name of the workload.
    pub workload: String,
    /// What it is.
    pub about: String,
    /// Who asked.
    pub viewer: String,
    /// What came out.
    pub outcome: Outcome,
}

/// What came out.
pub enum Outcome {
    /// The servers were alike and were driven.
    Measured {
        /// What was found before.
        checked: Checked,
        /// Rounds of all servers.
        rounds: Vec<Round>,
    },
    /// Why it was not measured.
    Failed(String),
}

/// What was found before measuring.
#[derive(Default)]
pub struct Checked {
    /// Requests that were answered alike by all.
    pub requests: usize,
    /// Readings that one leaves in the log, on average.
    pub readings: f64,
    /// Objects in the lists of an answer, on average.
    pub items: f64,
    /// Servers that can't answer it, and why.
    pub left_out: Vec<(&'static str, String)>,
}

impl Round {
    /// From latencies in µs, the time it took, processor seconds of server and PostgreSQL, and memory in MB.
    pub fn new(
        name: &'static str,
        connections: usize,
        mut micros: Vec<u32>,
        took: Duration,
        cpu: (f64, f64),
        memory: f64,
    ) -> Self {
        micros.sort_unstable();
        let count = micros.len().max(1) as f64;
        let millis = |part: usize| {
            micros
                .get(micros.len() * part / 100)
                .map_or(0.0, |m| f64::from(*m) / 1e3)
        };
        Self {
            name,
            connections,
            rate: micros.len() as f64 / took.as_secs_f64(),
            p50: millis(50),
            p99: millis(99),
            server: cpu.0 * 1e6 / count,
            postgres: cpu.1 * 1e6 / count,
            memory,
        }
    }

    /// For those who wait.
    pub fn line(&self) -> String {
        format!(
            "{:<12} {:>2} connections {:>6.0}/s, p50 {:.2} ms, p99 {:.2} ms, CPU {:.0} µs + database {:.0} µs, {:.0} MB",
            self.name,
            self.connections,
            self.rate,
            self.p50,
            self.p99,
            self.server,
            self.postgres,
            self.memory
        )
    }
}

/// The middle one; not a number when there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Rounds of one workload as one viewer.
struct Rounds<'r>(&'r [Round]);

impl Rounds<'_> {
    fn of(&self, name: &str, connections: usize) -> impl Iterator<Item = &Round> {
        let of = move |r: &&Round| r.name == name && r.connections == connections;
        self.0.iter().filter(of)
    }

    fn median(&self, name: &str, connections: usize, value: fn(&Round) -> f64) -> f64 {
        median(self.of(name, connections).map(value).collect())
    }

    /// The median of the ratios of neighbours, which had the same machine.
    fn ratio(&self, connections: usize, value: fn(&Round) -> f64, to: &str) -> f64 {
        let pairs = self.of("kehu", connections).zip(self.of(to, connections));
        median(
            pairs
                .map(|(kehu, other)| value(kehu) / value(other))
                .collect(),
        )
    }

    fn connections(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.0.iter().map(|round| round.connections).collect();
        all.dedup();
        all
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let there = |name: &&str| self.0.iter().any(|round| round.name == *name);
        ["floor", "kehu", "postgraphile"].into_iter().filter(there)
    }
}

fn number(value: f64, digits: usize) -> String {
    match value.is_nan() {
        true => "–".to_owned(),
        false => format!("{value:.digits$}"),
    }
}

/// Everything, as a page.
pub fn markdown(tables: &[Table]) -> String {
    let mut out = String::new();
    // Writing into a String can't fail.
    let _ =
        ratios(&mut out, tables).and_then(|()| tables.iter().try_for_each(|t| table(&mut out, t)));
    out
}

fn ratios(out: &mut String, tables: &[Table]) -> std::fmt::Result {
    out.push_str(
        "| workload | viewer | Kehu, requests/s | against the floor | against PostGraphile | one connection, p50 to PostGraphile's |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for table in tables {
        let (workload, viewer) = (&table.workload, &table.viewer);
        let Outcome::Measured { rounds, .. } = &table.outcome else {
            writeln!(out, "| {workload} | {viewer} | failed | – | – | – |")?;
            continue;
        };
        let rounds = Rounds(rounds);
        let Some(most) = rounds.connections().into_iter().max() else {
            continue;
        };
        let rate = |r: &Round| r.rate;
        writeln!(
            out,
            "| {workload} | {viewer} | {} | {} | {} | {} |",
            number(rounds.median("kehu", most, rate), 0),
            number(rounds.ratio(most, rate, "floor"), 2),
            number(rounds.ratio(most, rate, "postgraphile"), 2),
            number(rounds.ratio(1, |r| r.p50, "postgraphile"), 2),
        )?;
    }
    Ok(())
}

fn table(out: &mut String, table: &Table) -> std::fmt::Result {
    writeln!(out, "\n## {} as {}\n", table.workload, table.viewer)?;
    let mut about = table.about.clone();
    if let Some(first) = about.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    writeln!(out, "{about}.")?;
    let (checked, rounds) = match &table.outcome {
        Outcome::Measured { checked, rounds } => (checked, Rounds(rounds)),
        Outcome::Failed(why) => return writeln!(out, "\nNot measured:\n\n```\n{why}\n```"),
    };
    if checked.requests > 0 {
        writeln!(
            out,
            "Before, {} requests were answered, by all alike; one has {:.1} objects in its lists and leaves {:.1} readings.",
            checked.requests, checked.items, checked.readings
        )?;
    }
    for (name, why) in &checked.left_out {
        writeln!(out, "{name} is left out: {why}")?;
    }
    out.push_str(
        "\n| connections | server | requests/s | p50 ms | p99 ms | server CPU µs | database CPU µs | MB |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for connections in rounds.connections() {
        for name in rounds.names() {
            let of = |value| rounds.median(name, connections, value);
            writeln!(
                out,
                "| {connections} | {name} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} |",
                of(|r| r.rate),
                of(|r| r.p50),
                of(|r| r.p99),
                of(|r| r.server),
                of(|r| r.postgres),
                of(|r| r.memory),
            )?;
        }
    }
    Ok(())
}
