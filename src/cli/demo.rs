//! `kehu demo`: makes a demo company on SQLite in a folder, once, and serves it on this machine only.
//!
//! Pitfall: the company is made in a file of another name, which gets its own when everything is in it; what broke off is
//! begun anew. Settings of kehu.toml and the environment play no part here, so that the demo is the same everywhere.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sea_orm::ConnectionTrait as _;

use super::{Demo, Failure, migrate, serve, tell};
use crate::app::App;
use crate::config::Config;
use crate::demo::{self, Size};
use crate::kit::clock::Clock;
use crate::telemetry;

const FILE: &str = "kehu.sqlite";
const MAKING: &str = "making.sqlite";

/// Runs `kehu demo`.
///
/// # Errors
/// The folder can't be written, the company can't be made, or the port is taken.
pub async fn run(arguments: Demo) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let config = config(&folder.join(FILE), arguments.port)?;
    telemetry::start_logging(&config.log);
    if folder.join(FILE).exists() {
        tell(&format!(
            "The demo company in {} is served again; delete the folder for a new one.",
            folder.display()
        ));
    } else {
        let begun = Instant::now();
        tell(&format!("Making a demo company in {} …", folder.display()));
        make(folder, arguments.port).await?;
        tell(&format!("Made in {:.1} s.", begun.elapsed().as_secs_f64()));
    }
    let (app, running) = serve::start(config).await?;
    let address = running
        .addresses()
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    tell(&demo::guide(&app, &address).await?);
    serve::until_stopped(app, running).await
}

/// The settings of a demo: this file, this port, and the defaults.
fn config(file: &Path, port: u16) -> Result<Config, Failure> {
    let variables = [
        ("DATABASE_URL", format!("sqlite://{}", file.display())),
        (
            "KEHU_FILES__STORE",
            file.with_extension("files").display().to_string(),
        ),
        ("KEHU_HTTP__BIND", format!("127.0.0.1:{port}")),
        ("KEHU_LOG__LEVEL", "warn".to_owned()),
        ("KEHU_COMPANY__NAME", "客户管理演示公司".to_owned()),
    ];
    let variables: HashMap<_, _> = variables
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    Ok(Config::from_parts(None, variables)?)
}

async fn make(folder: &Path, port: u16) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(demo::DemoError::from)?;
    let making = folder.join(MAKING);
    forget(&making);
    let config = config(&making, port)?;
    migrate::before(&config).await?;
    let clock = Arc::new(Clock::default());
    let app = App::build(config, clock.clone()).await?;
    let db = app.open()?;
    db.make_room().await?;
    demo::make(&app, &clock, folder, Size::FULL).await?;
    db.write
        .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
        .await?;
    db.read.close().await?;
    db.write.close().await?;
    std::fs::rename(&making, folder.join(FILE)).map_err(demo::DemoError::from)?;
    forget(&making);
    Ok(())
}

/// Takes away a company that was begun and what SQLite keeps beside it.
fn forget(making: &Path) {
    for ending in ["", "-wal", "-shm"] {
        // What isn't there needn't be taken away.
        let _ = std::fs::remove_file(format!("{}{ending}", making.display()));
    }
}
