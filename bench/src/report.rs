//! The report: per viewer a table, and the ratio that counts.

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

/// The rounds of a viewer.
pub struct Table {
    /// Who asked.
    pub viewer: &'static str,
    /// Readings logged by a page, on average.
    pub readings: f64,
    /// Rounds of both servers.
    pub rounds: Vec<Round>,
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
            "{:<5} {:>2} connections {:>5.0}/s, p50 {:.2} ms, p99 {:.2} ms, CPU {:.0} µs + PostgreSQL {:.0} µs, {:.0} MB",
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

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// All tables; the medians of the rounds.
pub fn markdown(tables: &[Table]) -> String {
    let mut out = String::from(
        "| viewer | connections | server | requests/s | of floor | p50 ms | p99 ms | server CPU µs | PostgreSQL CPU µs | MB |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for table in tables {
        for connections in [table.rounds.first().map_or(0, |r| r.connections), 1] {
            let of = |name: &str, value: fn(&Round) -> f64| {
                median(
                    table
                        .rounds
                        .iter()
                        .filter(|r| r.name == name && r.connections == connections)
                        .map(value)
                        .collect(),
                )
            };
            for name in ["floor", "kehu"] {
                // Writing into a String can't fail.
                let _ = writeln!(
                    out,
                    "| {} | {connections} | {name} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} |",
                    table.viewer,
                    of(name, |r| r.rate),
                    of(name, |r| r.rate) / of("floor", |r| r.rate),
                    of(name, |r| r.p50),
                    of(name, |r| r.p99),
                    of(name, |r| r.server),
                    of(name, |r| r.postgres),
                    of(name, |r| r.memory),
                );
            }
        }
    }
    out.push_str("\nEvery page was the same from both, and left the same readings in the log (LKP-5); a page left");
    for table in tables {
        let _ = write!(out, " {:.1} as {},", table.readings, table.viewer);
    }
    out.pop();
    out.push_str(".\n");
    out
}
