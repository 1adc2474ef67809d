//! The command line: which words there are, and where each leads.
//!
//! Pitfall: standard output carries results (`kehu schema > schema.graphql`); everything else goes to standard error.

mod arguments;
mod audit;
mod backup;
mod demo;
mod erase;
mod import;
mod mail;
pub mod migrate;
pub mod serve;
mod user;

use std::io::Write;
use std::process::ExitCode;

use futures_util::future::LocalBoxFuture;
use thiserror::Error;

pub use arguments::{
    Audit, Cli, Command, Demo, Erase, EraseStep, Import, ImportCustomers, Mail, Migrate, User,
};

use crate::app::BuildError;
use crate::backup::BackupError;
use crate::config::{Config, ConfigError};
use crate::customers::import::ImportError;
use crate::demo::DemoError;
use crate::files::StoreError;
use crate::kit::db::SourceError;
use crate::schema::Schema;
use crate::telemetry;

/// Why a command did not do what it was asked. Displays what to do.
#[derive(Debug, Error)]
pub enum Failure {
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database's address can't be used.
    #[error("{0}. It is set by DATABASE_URL or database.url")]
    Source(#[from] SourceError),
    /// The database failed.
    #[error(
        "the database failed: {0}. Does it run, at the address in DATABASE_URL or database.url?"
    )]
    Database(#[from] sea_orm::DbErr),
    /// The server can't be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Listening failed.
    #[error("{0}: another process may use the address; set http.bind or KEHU_HTTP__BIND")]
    Listen(#[from] std::io::Error),
    /// The server's own parts failed.
    #[error(transparent)]
    Failed(#[from] crate::kit::error::Error),
    /// The store of the files can't be used.
    #[error("{0}. It is set by files.store")]
    Store(#[from] StoreError),
    /// Something in what was asked for has to be changed; says what.
    #[error("{0}")]
    Refused(String),
    /// `migrate status` found this many migrations missing.
    #[error("{0} migrations are missing: run `kehu migrate up`")]
    Behind(usize),
    /// A backup could not be made or taken back.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// `audit verify` found so many faults.
    #[error("{0} faults: the audit log is not as it was written")]
    Altered(usize),
    /// An import ended early.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The demo company could not be made.
    #[error(transparent)]
    Demo(#[from] DemoError),
}

/// Does what the command line asks, and tells on standard error what went wrong.
///
/// Boxed, so that everything a command does is compiled here and not again in the program.
pub fn run(cli: Cli) -> LocalBoxFuture<'static, ExitCode> {
    Box::pin(carry_out(cli))
}

async fn carry_out(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr(), "kehu: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    if matches!(cli.command, Command::Schema) {
        say(Schema::new(true).sdl().trim_end());
        return Ok(());
    }
    if let Command::Demo(arguments) = cli.command {
        return demo::run(arguments).await;
    }
    let config = Config::load(cli.config.as_deref())?;
    telemetry::start_logging(&config.log);
    match cli.command {
        Command::Migrate { step } => migrate::run(step, &config).await,
        Command::Serve => serve::run(config).await,
        Command::Schema | Command::Demo(_) => Ok(()),
        Command::User { step } => user::run(step, config).await,
        Command::Import { what } => import::run(what, config).await,
        Command::Mail { step } => mail::run(step, &config).await,
        Command::Erase(arguments) => erase::run(arguments, config).await,
        Command::Audit { step } => audit::run(step, &config).await,
        Command::Backup { file } => backup::take(&file, &config).await,
        Command::Restore { file } => backup::restore(&file, &config).await,
    }
}

/// Tells a line of news, on standard error.
fn tell(line: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a line of a result.
fn say(line: &str) {
    // A reader who closed the pipe, as `head` does, has what he wants.
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_readme_is_understood() {
        for line in [
            "kehu serve",
            "kehu --config x.toml serve",
            "kehu serve --config x.toml",
            "kehu demo",
            "kehu demo --folder /tmp/x --port 9000",
            "kehu migrate up",
            "kehu migrate status",
            "kehu schema",
            "kehu user add wang.wei --employee E001 --language zh-TW",
            "kehu user add wang.wei --name 王伟",
            "kehu user passwd wang.wei",
            "kehu user disable wang.wei",
            "kehu import customers list.xlsx --as wang.wei --dry-run --report refused.csv",
            "kehu backup kehu.backup",
            "kehu restore kehu.backup",
            "kehu mail status",
            "kehu mail retry",
            "kehu erase erasure_01 --reason x --decided-by gm",
            "kehu erase ledger",
            "kehu erase replay erasures.jsonl",
            "kehu audit verify",
            "kehu audit verify --roots roots.jsonl",
            "kehu audit root",
            "kehu audit root --on 2026-11-21",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        for line in [
            "kehu user add x --employee 1 --password y",
            "kehu user add x",
            "kehu erase customer_01 --reason x",
            "kehu erase",
            "kehu user add x --employee 1 --name y",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
