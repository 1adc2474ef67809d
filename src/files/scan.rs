//! The virus scanner: a program that reads the file and says by its exit code what it found.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::config::Files;

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What came of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is no scanner.
    Unscanned,
    /// Exit code 0.
    Clean,
    /// Exit code 1.
    Infected,
    /// Any other end, or none in time.
    Failed,
}

/// Has a file scanned as configured.
pub(super) async fn scan(config: &Files, file: File) -> Verdict {
    let mut words = config.scan_command.iter();
    let Some(program) = words.next() else {
        return Verdict::Unscanned;
    };
    let mut command = Command::new(program);
    // The program is told nothing but where programs are: the environment holds passwords.
    command
        .args(words)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let limit = Duration::from_secs(config.scan_seconds);
    let scanned = tokio::task::spawn_blocking(move || run(&mut command, limit)).await;
    scanned.unwrap_or(Verdict::Failed)
}

fn run(command: &mut Command, limit: Duration) -> Verdict {
    let begun = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(%error, "the virus scanner can't be started");
            return Verdict::Failed;
        }
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return match status.code() {
                    Some(0) => Verdict::Clean,
                    Some(1) => Verdict::Infected,
                    _ => {
                        tracing::error!(%status, "the virus scanner failed");
                        Verdict::Failed
                    }
                };
            }
            Ok(None) if begun.elapsed() < limit => std::thread::sleep(LOOK),
            Ok(None) => {
                tracing::error!("the virus scanner took too long and was stopped");
                stop(&mut child);
                return Verdict::Failed;
            }
            Err(error) => {
                tracing::error!(%error, "the virus scanner can't be waited for");
                stop(&mut child);
                return Verdict::Failed;
            }
        }
    }
}

fn stop(child: &mut Child) {
    // It may just have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use super::*;

    async fn verdict(command: &[&str], seconds: u64) -> Verdict {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"EICAR").unwrap();
        file.rewind().unwrap();
        let config = Files {
            scan_command: command.iter().map(|word| (*word).to_owned()).collect(),
            scan_seconds: seconds,
            ..Files::default()
        };
        scan(&config, file).await
    }

    #[tokio::test]
    async fn the_exit_code_says_what_was_found() {
        assert_eq!(verdict(&[], 5).await, Verdict::Unscanned);
        let find = "if grep -q EICAR; then exit 1; else exit 0; fi";
        assert_eq!(verdict(&["sh", "-c", find], 5).await, Verdict::Infected);
        assert_eq!(verdict(&["cat"], 5).await, Verdict::Clean);
        assert_eq!(verdict(&["sh", "-c", "exit 2"], 5).await, Verdict::Failed);
        assert_eq!(verdict(&["/no/such/program"], 5).await, Verdict::Failed);
        let begun = Instant::now();
        assert_eq!(verdict(&["sleep", "60"], 0).await, Verdict::Failed);
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
