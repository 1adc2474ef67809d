//! `kehu erase`: erasures of people's data, for those who run the server (PIP-2, PIP-6).
//!
//! A decision is made with the authority of an account, by the command that the API runs; carrying out again is done in
//! nobody's name. Pitfall: standard output carries the ledger, so everything else is told on standard error.

use std::path::Path;
use std::sync::Arc;

use entity::account;
use rules::kit::language::Language;
use rules::vocabulary::AuditPart;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::arguments::{Erase, EraseStep};
use super::user::refused;
use super::{Failure, migrate, say, tell};
use crate::acting::Acting;
use crate::app::App;
use crate::config::Config;
use crate::erasure::{Line, Replayed, command_line, lines, replay};
use crate::kit::clock::Clock;
use crate::kit::ids;

/// Runs `kehu erase …`.
///
/// # Errors
/// The database can't be reached, a ledger can't be read, or the rules refuse it.
pub async fn run(arguments: Erase, config: Config) -> Result<(), Failure> {
    migrate::before(&config).await?;
    let app = App::build(config, Arc::new(Clock::default())).await?;
    match arguments.step {
        Some(EraseStep::Ledger) => ledger(&app).await,
        Some(EraseStep::Replay { file }) => carry_out_again(&app, &file).await,
        None => {
            let given = |value: Option<String>| value.unwrap_or_default();
            let reason = given(arguments.reason);
            decide(
                &app,
                &given(arguments.id),
                &reason,
                &given(arguments.decided_by),
            )
            .await
        }
    }
}

async fn decide(app: &App, id: &str, reason: &str, login: &str) -> Result<(), Failure> {
    let db = app.open()?;
    let account = account::Entity::find()
        .filter(account::Column::Login.eq(login.trim()))
        .one(&db.read)
        .await?;
    let account = account.ok_or_else(|| {
        Failure::Refused(format!(
            "nobody signs in as `{login}`: name an account with --decided-by"
        ))
    })?;
    let request = request_id(app);
    let acting = app.acting(db, account.employee_id, AuditPart::CommandLine, request)?;
    // The command line speaks English.
    let acting = Acting {
        language: Language::En,
        ..acting
    };
    let (_, key) = ids::split(id).ok_or_else(|| Failure::Refused(format!("`{id}` is no id")))?;
    let waiting = command_line::waiting(&acting, key).await?;
    let waiting = waiting.ok_or_else(|| {
        Failure::Refused(format!(
            "no request to erase {id} waits for a decision: record it first, with erasureRequest"
        ))
    })?;
    command_line::approve(&acting, &waiting, reason)
        .await
        .map_err(refused)?;
    tell(&format!(
        "{} is carried out; add a new `kehu erase ledger` to your backups.",
        waiting.number
    ));
    Ok(())
}

async fn ledger(app: &App) -> Result<(), Failure> {
    for line in lines(&app.open()?.read).await? {
        say(&serde_json::to_string(&line).unwrap_or_default());
    }
    Ok(())
}

async fn carry_out_again(app: &App, path: &Path) -> Result<(), Failure> {
    let lines = read(path)?;
    let (mut done, mut known) = (0_u64, 0_u64);
    for line in &lines {
        let part = AuditPart::CommandLine;
        let acting = app.nobody(app.open()?, part, request_id(app), Some(Language::En));
        match replay(&acting, line).await.map_err(refused)? {
            Replayed::Done => done += 1,
            Replayed::Known => known += 1,
        }
    }
    tell(&format!(
        "{done} erasures were carried out again, {known} were known."
    ));
    Ok(())
}

fn request_id(app: &App) -> String {
    format!("erase-{}", app.shared().clock.new_id())
}

fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    let refused = |why: String| Failure::Refused(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(serde_json::from_str);
    let lines = lines.collect::<Result<Vec<Line>, _>>();
    lines.map_err(|error| refused(format!("this is no ledger of erasures: {error}")))
}
