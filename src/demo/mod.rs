//! The demo company: made by the same commands as everybody's work, by the people whose work it is, under a clock that
//! plays the last months, so that history, audit log and numbers are real.
//!
//! The same seed gives the same company. Pitfall: the clock is moved back and, at the end, forward by just as much; what
//! serves afterwards must have been built over that clock.

mod cases;
mod cast;
mod company;
mod dice;
mod guide;
mod list;
mod months;

use std::path::Path;
use std::sync::Arc;

use chrono::Duration;

use crate::app::App;
use crate::customers::import::ImportError;
use crate::kit::clock::Clock;
use crate::kit::db::SourceError;
use crate::kit::error::Error;
use crate::work::Stop;
use dice::Dice;

pub use company::{PASSWORD, STAFF, Staff};
pub use guide::guide;

/// Days that are played.
const DAYS: i64 = 120;
/// What the dice begin with.
const SEED: u64 = 20_260_101;

/// How large the company is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Customers.
    pub customers: usize,
    /// How often each kind of case occurs: complaints of each state and bracket, requests of each route and state.
    pub cases: usize,
}

impl Size {
    /// As `kehu demo` makes it.
    pub const FULL: Self = Self {
        customers: 2_000,
        cases: 3,
    };
}

/// Why the company could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A command refused what the demo does; the demo is at fault.
    #[error("the demo company is at fault: {0}")]
    Refused(String),
    /// The list of customers.
    #[error("the demo's list of customers: {0}")]
    Import(#[from] ImportError),
    /// The database's address.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
    /// A file of the folder.
    #[error("a file of the demo can't be written: {0}")]
    File(#[from] std::io::Error),
}

impl From<Stop> for DemoError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusals) => Self::Refused(format!("{refusals:?}")),
            Stop::Failed(error) => Self::Failed(error),
        }
    }
}

/// Makes the company in an empty, migrated database; the list of its customers is left in `folder`. `app` was built over
/// `clock`.
///
/// # Errors
/// [`DemoError`]; what was made until then stays, and is of no use.
pub async fn make(
    app: &App,
    clock: &Arc<Clock>,
    folder: &Path,
    size: Size,
) -> Result<(), DemoError> {
    let mut played = Played {
        clock: clock.clone(),
        moved: Duration::zero(),
    };
    played.advance(Duration::days(-DAYS));
    let mut dice = Dice::of(SEED);
    let cast = company::found(app, &mut dice).await?;
    let customers = list::import(&cast, &mut dice, folder, size.customers).await?;
    months::play(&cast, &mut played, &mut dice, &customers, size).await?;
    Ok(())
}

/// The clock while it plays; it is put right again whatever happens.
struct Played {
    clock: Arc<Clock>,
    moved: Duration,
}

impl Played {
    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.moved += by;
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.clock.advance(-self.moved);
    }
}
