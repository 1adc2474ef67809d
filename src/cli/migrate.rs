//! `kehu migrate`: the database's tables.
//!
//! Pitfall: several processes may start at once on one PostgreSQL. The lock is held by a transaction of its own, because
//! each migration runs in a transaction too.

use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::Failure;
use super::arguments::Migrate;
use crate::config::Config;
use crate::kit::db::{Db, Dialect, Source};

/// The advisory lock of those who migrate; any number that nobody else uses.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7012384620151)";

/// Connections: one for the lock, one for the work.
const CONNECTIONS: u32 = 2;

/// Runs `kehu migrate …`.
///
/// # Errors
/// The database can't be reached, a migration fails, or `status` finds one missing.
pub async fn run(step: Migrate, config: &Config) -> Result<(), Failure> {
    // A migration takes the time it takes.
    let db = Source::new(&config.database.url, CONNECTIONS, Duration::ZERO)?.open()?;
    match step {
        Migrate::Up => {
            let ran = up(&db).await?;
            for name in &ran {
                super::say(&format!("ran      {name}"));
            }
            super::say(&format!(
                "The database is up to date; {} migrations were run.",
                ran.len()
            ));
            Ok(())
        }
        Migrate::Status => status(&db).await,
    }
}

/// Runs the migrations that are missing and names them. Several processes wait for each other.
///
/// # Errors
/// The database can't be reached or a migration fails; those before it stay.
pub async fn up(db: &Db) -> Result<Vec<String>, Failure> {
    let lock = match db.dialect {
        Dialect::Postgres => {
            let transaction = db.write.begin().await?;
            transaction.execute_unprepared(LOCK).await?;
            Some(transaction)
        }
        // One process holds a SQLite file.
        Dialect::Sqlite => None,
    };
    let missing = Migrator::get_pending_migrations(&db.write).await?;
    Migrator::up(&db.write, None).await?;
    if let Some(transaction) = lock {
        transaction.commit().await?;
    }
    Ok(missing.iter().map(|step| step.name().to_owned()).collect())
}

/// Brings the database of this configuration up to date, before anything else is done with it.
///
/// # Errors
/// As [`up`].
pub async fn before(config: &Config) -> Result<(), Failure> {
    // A migration takes the time it takes.
    let db = Source::new(&config.database.url, CONNECTIONS, Duration::ZERO)?.open()?;
    // Asked without writing: the server's own role need not be one that may change tables.
    if missing(&db).await?.is_empty() {
        return Ok(());
    }
    for name in up(&db).await? {
        tracing::info!(migration = %name, "ran");
    }
    Ok(())
}

/// The names of the migrations that were not run. Changes nothing.
///
/// # Errors
/// The database can't be reached.
pub async fn missing(db: &Db) -> Result<Vec<String>, Failure> {
    let missing = Migrator::get_pending_migrations_read_only(&db.write).await?;
    Ok(missing.iter().map(|step| step.name().to_owned()).collect())
}

async fn status(db: &Db) -> Result<(), Failure> {
    let missing = missing(db).await?;
    for step in Migrator::migrations() {
        let state = if missing.iter().any(|name| name == step.name()) {
            "missing"
        } else {
            "ran"
        };
        super::say(&format!("{state:<8} {}", step.name()));
    }
    match missing.len() {
        0 => Ok(()),
        count => Err(Failure::Behind(count)),
    }
}
