//! `kehu backup` and `kehu restore`.
//!
//! Pitfall: a backup holds everything the database holds, so nobody but its owner may read the file.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;

use super::{Failure, audit, tell};
use crate::backup::{self, BackupError};
use crate::config::Config;
use crate::files::Store;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, Source};

/// Neither a backup nor a restore is timed.
fn open(config: &Config) -> Result<Db, Failure> {
    Ok(Source::new(&config.database.url, 1, Duration::ZERO)?.open()?)
}

fn bar() -> ProgressBar {
    if io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    }
}

/// Runs `kehu backup`.
///
/// # Errors
/// The file is already there or can't be written, or the database fails; then no file is left.
pub async fn take(path: &Path, config: &Config) -> Result<(), Failure> {
    let db = open(config)?;
    let store = Store::at(&config.files.store)?;
    let file = create(path)?;
    let bar = bar();
    let now = Clock::default().now();
    let taken = backup::take(&db, &store, file, now, &mut |rows| {
        bar.set_message(format!("{rows} rows"));
        bar.tick();
    })
    .await;
    bar.finish_and_clear();
    let done = taken.and_then(|(file, taken)| {
        file.sync_all()?;
        Ok(taken)
    });
    match done {
        Ok(taken) => {
            let (rows, contents) = (taken.rows, taken.contents);
            tell(&format!(
                "{rows} rows and {contents} contents of files are in {}.",
                path.display()
            ));
            for sha256 in taken.missing {
                tell(&format!(
                    "The content {sha256} is not in files.store as it was: the backup is without it."
                ));
            }
            Ok(())
        }
        Err(error) => {
            // Half a backup is none; the failure itself is what is told.
            let _ = std::fs::remove_file(path);
            Err(error.into())
        }
    }
}

fn create(path: &Path) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| BackupError::Refused(format!("{} can't be made: {error}", path.display())))
}

/// Runs `kehu restore`.
///
/// # Errors
/// The file is no whole backup, the database is not empty or fails, or the audit log is not as it was written.
pub async fn restore(path: &Path, config: &Config) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| {
        BackupError::Refused(format!("{} can't be read: {error}", path.display()))
    })?;
    let (db, store) = (open(config)?, Store::at(&config.files.store)?);
    let was_empty = store.is_empty().await?;
    let bar = bar();
    let restored = backup::restore(&db, &store, file, &mut |rows| {
        bar.set_message(format!("{rows} rows"));
        bar.tick();
    })
    .await;
    bar.finish_and_clear();
    tell(&format!("{} rows were restored.", restored?));
    if !was_empty {
        tell(
            "files.store held contents before: those that no restored row tells of stay there for ever. Give each \
             database a store of its own.",
        );
    }
    audit::check(&db, &[]).await
}
