//! The `kehu` command as a person runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs `kehu` in a folder with nothing but the given variables.
fn kehu(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kehu"))
        .args(words)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn migrations_run_once_and_their_state_is_told_without_changing_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| kehu(folder.path(), words, &[]);
    let before = run(&["migrate", "status"]);
    assert!(!before.status.success());
    assert!(
        text(&before.stdout)
            .lines()
            .all(|line| line.starts_with("missing "))
    );
    assert!(text(&before.stderr).contains("kehu migrate up"));
    let steps = text(&before.stdout).lines().count();
    assert!(steps > 0);

    let first = run(&["migrate", "up"]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains(&format!("{steps} migrations were run")));
    assert!(folder.path().join("kehu.sqlite").exists());
    assert!(text(&run(&["migrate", "up"]).stdout).contains("0 migrations were run"));

    let after = run(&["migrate", "status"]);
    assert!(after.status.success());
    assert!(
        text(&after.stdout)
            .lines()
            .all(|line| line.starts_with("ran "))
    );
}

#[test]
fn a_wrong_configuration_is_told_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let bind = [("KEHU_LIMITS__DEPTH", "0")];
    let output = kehu(folder.path(), &["migrate", "up"], &bind);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains("limits.depth = 0") && told.contains("from 1 to 60"),
        "{told}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let absent = kehu(
        folder.path(),
        &["--config", "none.toml", "migrate", "up"],
        &[],
    );
    assert!(text(&absent.stderr).contains("none.toml"));
    let absent = kehu(
        folder.path(),
        &["migrate", "up"],
        &[("KEHU_CONFIG", "none.toml")],
    );
    assert!(text(&absent.stderr).contains("none.toml"));
}

#[test]
fn help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&kehu(folder.path(), &["--help"], &[]).stdout);
    for word in [
        "serve",
        "demo",
        "migrate",
        "schema",
        "user",
        "import",
        "--config",
        "kehu.toml",
    ] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
}
