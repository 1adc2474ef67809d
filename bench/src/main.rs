//! Load harness for reading: data, a hand-written handler to measure against, and a load generator.
//!
//! What is measured is W2: a page of 50 customers of a department by (created_at, id), each with owner and three
//! contacts, under the policy of who asks, with the log of archive readings (LKP-5) written before the answer leaves.
//! `bench/run` does everything from an empty machine. `policy` measures decisions and predicates by themselves.
#![expect(clippy::print_stdout, reason = "the report is the product")]

mod copy;
mod data;
mod dice;
mod floor;
mod load;
mod policy;
mod proc;
mod report;
mod w2;
mod world;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// Measures a Kehu server against a hand-written handler.
#[derive(Parser)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills a migrated, empty PostgreSQL database.
    Data {
        /// Its address; a superuser's.
        url: String,
        /// Number of customers.
        #[arg(long, default_value_t = 1_000_000)]
        customers: usize,
    },
    /// Serves the hand-written handler of W2.
    Floor {
        /// Address of the database.
        url: String,
        /// Port to listen on.
        #[arg(long)]
        port: u16,
    },
    /// Measures what the policy costs: one decision, and lists with its predicates in and left out.
    Policy {
        /// Address of a database that `data` filled.
        url: String,
        /// How often each list is asked for.
        #[arg(long, default_value_t = 400)]
        times: usize,
    },
    /// Drives both servers in turns and prints how they compare.
    Load(load::Plan),
}

#[actix_web::main]
async fn main() -> Result<()> {
    match Bench::parse().command {
        Command::Data { url, customers } => data::fill(&url, customers).await,
        Command::Floor { url, port } => floor::serve(url, port).await,
        Command::Policy { url, times } => {
            print!("{}", policy::measure(&url, times).await?);
            Ok(())
        }
        Command::Load(plan) => {
            print!("{}", report::markdown(&load::run(&plan).await?));
            Ok(())
        }
    }
}
