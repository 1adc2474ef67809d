//! `kehu audit`: the check of the audit log, and its roots.
//!
//! Pitfall: a check takes as long as the log is long, so no statement is timed.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rules::audit::hex;

use super::arguments::Audit;
use super::{Failure, say, tell};
use crate::audit::{Finding, Root, Verified, root_on, verify};
use crate::config::Config;
use crate::kit::db::{Db, Source};

/// Runs `kehu audit …`.
///
/// # Errors
/// The database can't be reached, a file of roots can't be read, or `verify` finds a fault.
pub async fn run(step: Audit, config: &Config) -> Result<(), Failure> {
    let db = Source::new(&config.database.url, 1, Duration::ZERO)?.open()?;
    match step {
        Audit::Verify { roots } => {
            let roots = roots.as_deref().map_or(Ok(Vec::new()), read_roots)?;
            check(&db, &roots).await
        }
        Audit::Root { on } => {
            let zone = config.company.zone();
            let root = root_on(&db.read, &zone, on).await?.ok_or_else(|| {
                Failure::Refused("the audit log has no entry up to that day".to_owned())
            })?;
            say(&serde_json::to_string(&root).unwrap_or_default());
            Ok(())
        }
    }
}

/// Checks the log, shows how far it is, and says what it found.
///
/// # Errors
/// The database fails, or something is not as it was written.
pub async fn check(db: &Db, roots: &[Root]) -> Result<(), Failure> {
    let bar = if io::stderr().is_terminal() {
        let style =
            ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} entries, {eta} left");
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    } else {
        ProgressBar::hidden()
    };
    let verified = verify(&db.read, roots, &mut |done, of| {
        bar.set_length(of.unsigned_abs());
        bar.set_position(done.unsigned_abs());
    })
    .await;
    bar.finish_and_clear();
    let verified = verified?;
    told(&verified, roots.len());
    match verified.faults {
        0 => Ok(()),
        faults => Err(Failure::Altered(faults)),
    }
}

fn told(verified: &Verified, roots: usize) {
    for finding in &verified.findings {
        say(&line(finding));
    }
    let further = verified.faults - verified.findings.len();
    if further > 0 {
        say(&format!("… and {further} more"));
    }
    let head = verified.head;
    say(&format!(
        "{} entries checked, root {}.",
        head.position,
        hex(&head.root)
    ));
    if roots > 0 && verified.faults == 0 {
        say(&format!("The chain has all {roots} exported roots."));
    }
    if verified.waiting > 0 {
        tell(&format!(
            "{} entries wait for their place; a running server gives it within a second.",
            verified.waiting
        ));
    }
}

fn line(finding: &Finding) -> String {
    let mut line = String::new();
    if let Some(position) = finding.position {
        line.push_str(&format!("position {position}, "));
    }
    if let Some(entry) = finding.entry {
        line.push_str(&format!("entry {entry}: "));
    }
    line.push_str(&finding.fault.to_string());
    line
}

fn read_roots(path: &Path) -> Result<Vec<Root>, Failure> {
    let refused = |why: String| Failure::Refused(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let roots = lines.map(|line| {
        let root: Root = serde_json::from_str(line).map_err(|error| refused(error.to_string()))?;
        root.hash()
            .ok_or_else(|| refused(format!("{} is no root", root.root)))?;
        Ok(root)
    });
    roots.collect()
}
