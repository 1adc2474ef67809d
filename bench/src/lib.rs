//! Load harness: a generated company, hand-written handlers to measure against, a load generator, and what it takes to
//! hold Kehu, them and PostGraphile against each other. `bench/run` does everything from an empty machine;
//! `bench/README.md` says what is measured and how to read it.
#![expect(clippy::print_stdout, reason = "the report is the product")]

mod count;
mod data;
mod dice;
mod explain;
mod floor;
mod load;
mod policy;
mod proc;
mod report;
mod sink;
mod start;
pub mod steps;
mod workloads;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use data::fill;
pub use world::World;

/// Whatever went wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// What may go wrong in any way.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Measures a Kehu server against hand-written handlers and PostGraphile.
#[derive(Parser)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills a migrated, empty database.
    Data {
        /// Its address; on PostgreSQL a superuser's.
        url: String,
        /// Number of customers; everything else follows.
        #[arg(long, default_value_t = 1_000_000)]
        customers: usize,
        /// Keeps here who asks for what.
        #[arg(long)]
        world: String,
    },
    /// Serves the hand-written handlers.
    Floor {
        /// Address of the database, PostgreSQL.
        url: String,
        /// Port to listen on.
        #[arg(long)]
        port: u16,
    },
    /// Drives the servers in turns and prints how they compare.
    Load(load::Plan),
    /// Shows how PostgreSQL finds the rows of every workload, and fails where it looks through a big table.
    Explain(explain::Plan),
    /// Takes the steps of an answer for `bench/count` to count their instructions.
    Count(count::Plan),
    /// Measures what the policy costs: one decision, and lists with its predicates in and left out.
    Policy {
        /// Address of a database that `data` filled, PostgreSQL.
        url: String,
        /// How often each list is asked for.
        #[arg(long, default_value_t = 400)]
        times: usize,
    },
    /// Starts a server several times: how long until it is ready, and what memory it takes idle.
    Start(start::Plan),
}

/// Does what the command line says.
///
/// # Errors
/// When a database or a server fails.
pub async fn run() -> Result<ExitCode> {
    match Bench::parse().command {
        Command::Data {
            url,
            customers,
            world,
        } => data::fill(&url, customers).await?.write(&world)?,
        Command::Floor { url, port } => floor::serve(url, port).await?,
        Command::Load(plan) => {
            let tables = load::run(&plan).await?;
            print!("{}", report::markdown(&tables));
            let failed =
                |table: &report::Table| matches!(table.outcome, report::Outcome::Failed(_));
            if tables.iter().any(failed) {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Explain(plan) => return explain::run(&plan).await,
        Command::Count(plan) => count::run(&plan).await?,
        Command::Policy { url, times } => print!("{}", policy::measure(&url, times).await?),
        Command::Start(plan) => print!("{}", start::measure(&plan).await?),
    }
    Ok(ExitCode::SUCCESS)
}
