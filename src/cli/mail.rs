//! `kehu mail`: what became of the mails about notices.

use std::time::Duration;

use super::arguments::Mail;
use super::{Failure, say};
use crate::config::Config;
use crate::kit::clock::Clock;
use crate::kit::db::Source;
use crate::notices;

/// Runs `kehu mail …`.
///
/// # Errors
/// When the database can't be reached.
pub async fn run(step: Mail, config: &Config) -> Result<(), Failure> {
    let db = Source::new(&config.database.url, 1, Duration::ZERO)?.open()?;
    match step {
        Mail::Status => {
            for (state, many) in notices::mails(&db.read).await? {
                say(&format!("{many} {}", state.as_str()));
            }
        }
        Mail::Retry => {
            let many = notices::retry_mails(&db.write, Clock::default().now()).await?;
            say(&format!("{many} mails are to be tried again"));
        }
    }
    Ok(())
}
