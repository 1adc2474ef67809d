//! `kehu user` as a person runs it, from the first administrator on.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use kehu::kit::db::Source;
use sea_orm::EntityTrait as _;

/// Runs `kehu user …` with a line on standard input; gives whether it worked, and what it told.
fn user(folder: &Path, words: &[&str], password: &str) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kehu"))
        .arg("user")
        .args(words)
        .env_clear()
        .envs([
            ("KEHU_IDENTITY__WEAK_HASHING", "true"),
            ("KEHU_IDENTITY__ARGON2_MEMORY_KIB", "8"),
            ("KEHU_IDENTITY__ARGON2_ITERATIONS", "1"),
            ("KEHU_COMPANY__NAME", "恒信"),
            ("KEHU_LOG__LEVEL", "error"),
        ])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever asks for no password has closed it already.
    let _ = writeln!(child.stdin.take().unwrap(), "{password}");
    let output = child.wait_with_output().unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test]
async fn a_new_company_gets_its_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str], password: &str| user(folder.path(), words, password);
    let (done, told) = run(&["add", "wang.wei", "--employee", "1"], "a much better one");
    assert!(!done && told.contains("--name"), "{told}");
    let (done, told) = run(&["add", "wang.wei", "--name", "王伟"], "short");
    assert!(
        !done && told.contains("password: The password is too short"),
        "{told}"
    );
    let (done, told) = run(&["add", "Wang.Wei", "--name", "王伟"], "a much better one");
    assert!(done && told.contains("王伟"), "{told}");

    let url = format!("sqlite://{}", folder.path().join("kehu.sqlite").display());
    let db = Source::new(&url, 1, std::time::Duration::ZERO)
        .unwrap()
        .open()
        .unwrap();
    let unit = entity::department::Entity::find()
        .one(&db.read)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((unit.name.as_str(), unit.parent_id), ("恒信", None));
    let role = entity::role_assignment::Entity::find()
        .one(&db.read)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(role.role, rules::vocabulary::Role::SystemAdministrator);
    let kept = entity::audit_entry::Entity::find()
        .all(&db.read)
        .await
        .unwrap();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|e| e.part == rules::vocabulary::AuditPart::CommandLine && e.actor_id.is_none())
    );

    for (words, expected) in [
        (&["add", "li.na", "--name", "李娜"][..], "--employee"),
        (&["add", "li.na", "--employee", "2"], "number or id 2"),
        (
            &["add", "li.na", "--employee", "1"],
            "already has an account",
        ),
        (&["passwd", "nobody"], "there is no account nobody"),
        (&["disable", "wang.wei"], "Nobody else would hold this role"),
    ] {
        let (done, told) = run(words, "a much better one");
        assert!(!done && told.contains(expected), "{words:?}: {told}");
    }
    let (done, told) = run(&["passwd", "WANG.WEI"], "an even better one");
    assert!(done, "{told}");
}
