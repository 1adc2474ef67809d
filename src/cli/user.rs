//! `kehu user`: accounts from the command line, for those who run the server.
//!
//! What is done here is done by the same commands as over the API, in nobody's name: who can read the database's address
//! can do it anyway. The audit log tells it by its part, `COMMAND_LINE`. Pitfall: a running server learns of it within a
//! second, by the raised versions, not by a message.

use std::io::IsTerminal as _;
use std::sync::Arc;

use console::Term;
use entity::{account, employee};
use rules::kit::language::Language;
use rules::kit::refusal::Refusal;
use rules::vocabulary::AuditPart;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Failure, User, migrate, tell};
use crate::acting::Acting;
use crate::app::App;
use crate::config::Config;
use crate::identity::command_line::{self, NewAccount};
use crate::kit::clock::Clock;
use crate::kit::ids;
use crate::work::Stop;

/// Runs `kehu user …`.
///
/// # Errors
/// The database can't be reached, there is no such account or employee, or the rules refuse it.
pub async fn run(step: User, config: Config) -> Result<(), Failure> {
    migrate::before(&config).await?;
    let app = App::build(config, Arc::new(Clock::default())).await?;
    let id = app.shared().clock.new_id().to_string();
    // The command line speaks English.
    let acting = app.nobody(app.open()?, AuditPart::CommandLine, id, Some(Language::En));
    match step {
        User::Add {
            login,
            employee,
            name,
            language,
        } => {
            let language = language.as_deref().and_then(Language::from_tag);
            match (employee, name) {
                (Some(employee), _) => add(&acting, login, &employee, language).await,
                (None, name) => {
                    add_first(&acting, login, &name.unwrap_or_default(), language).await
                }
            }
        }
        User::Passwd { login } => {
            let account = account(&acting, &login).await?;
            command_line::reset_password(&acting, account, password()?)
                .await
                .map_err(refused)?;
            tell(&format!(
                "The password of {login} is set; all sessions of the account have ended."
            ));
            Ok(())
        }
        User::Disable { login } => {
            let account = account(&acting, &login).await?;
            command_line::disable(&acting, account)
                .await
                .map_err(refused)?;
            tell(&format!(
                "{login} is disabled; all sessions, API keys and delegations have ended."
            ));
            Ok(())
        }
    }
}

async fn add(
    acting: &Acting,
    login: String,
    employee: &str,
    language: Option<Language>,
) -> Result<(), Failure> {
    let wanted = match ids::decode("employee", employee) {
        Ok(id) => employee::Column::Id.eq(id),
        Err(_) => employee::Column::Number.eq(employee),
    };
    let found = employee::Entity::find().filter(wanted).one(&acting.db.read).await?.ok_or_else(|| {
        Failure::Refused(format!("there is no employee with the number or id {employee}; for the first of a new company, use --name"))
    })?;
    let told = format!("{} ({}) can sign in as {login}.", found.name, found.number);
    let new = NewAccount {
        employee: found.id,
        login,
        password: password()?,
        language,
    };
    command_line::create(acting, new).await.map_err(refused)?;
    tell(&told);
    Ok(())
}

async fn add_first(
    acting: &Acting,
    login: String,
    name: &str,
    language: Option<Language>,
) -> Result<(), Failure> {
    if employee::Entity::find()
        .one(&acting.db.read)
        .await?
        .is_some()
    {
        let message = "the company has employees already: name one with --employee; --name is for the first of a new company";
        return Err(Failure::Refused(message.to_owned()));
    }
    let told = format!("{name} can sign in as {login}, and is system administrator.");
    command_line::create_first(acting, login, password()?, name, language)
        .await
        .map_err(refused)?;
    tell(&told);
    Ok(())
}

async fn account(acting: &Acting, login: &str) -> Result<account::Model, Failure> {
    let found = command_line::account(acting, login).await?;
    found.ok_or_else(|| Failure::Refused(format!("there is no account {login}")))
}

/// Asks for a password twice without showing it; reads one line where standard input is no terminal.
fn password() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let terminal = Term::stderr();
    terminal.write_str("Password: ")?;
    let first = terminal.read_secure_line()?;
    terminal.write_str("Once more: ")?;
    if terminal.read_secure_line()? == first {
        Ok(first)
    } else {
        Err(Failure::Refused(
            "the two passwords differ: nothing was done".to_owned(),
        ))
    }
}

pub(super) fn refused(stop: Stop) -> Failure {
    let told = |refusal: &Refusal| {
        let message = refusal.message(Language::En);
        match refusal.path.first() {
            Some(field) => format!("{field}: {message}"),
            None => message,
        }
    };
    match stop {
        Stop::Failed(error) => Failure::Failed(error),
        Stop::Refused(refusals) => {
            Failure::Refused(refusals.iter().map(told).collect::<Vec<_>>().join(" "))
        }
    }
}
