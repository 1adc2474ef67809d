//! A company to measure on: 20 departments, 1 000 employees, a million customers with contacts, visits and complaints,
//! grants, and requests that wait for the general manager; from one seed, into either database.
//!
//! Skewed as companies are: a few departments and salespeople have most customers, 8 % are natural persons, most have
//! one or two contacts, half of the visits are to a tenth of the customers. What was asked, and by whom, is chosen
//! along the way and given as a [`World`].

mod cases;
mod company;
mod customers;
mod words;

use std::time::Instant;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kehu::kit::clock::Clock;
use uuid::Uuid;

use crate::Result;
use crate::dice::Dice;
use crate::sink::Store;
use crate::world::{self, World};
pub use company::{BUSINESS, Company};

/// A customer as the rows about it need it.
pub struct Entered {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// Position of its department.
    pub department: usize,
    /// Position of its owner among the employees.
    pub owner: Option<usize>,
}

/// What was written, as far as somebody may ask for it.
pub struct Written {
    pub company: Company,
    /// In the order in which they were entered.
    pub customers: Vec<Entered>,
    /// Positions of the customers whose archives the salesperson is granted.
    pub granted: Vec<usize>,
    /// When, which, and the position of its department, the oldest first.
    pub complaints: Vec<(DateTime<Utc>, Uuid, usize)>,
    /// Requests that wait: when their approvals were opened, and which, the oldest first.
    pub waiting: Vec<(DateTime<Utc>, Uuid)>,
}

/// Fills a migrated, empty database; gives who asks for what.
///
/// # Errors
/// When the database refuses, for example because there is data already.
pub async fn fill(url: &str, count: usize) -> Result<World> {
    let began = Instant::now();
    let tell = |what: &str, rows: u64| {
        eprintln!("{:>5.0} s  {rows:>9} {what}", began.elapsed().as_secs_f64());
    };
    let mut store = Store::open(url).await?;
    // Grants are in force and requests wait now; all else is of its day.
    let now = Clock::default().now();
    let mut dice = Dice::new(20_261_101);
    let company = company::fill(&mut store, &mut dice, now).await?;
    let (customers, granted) = customers::fill(&mut store, &mut dice, &company, count).await?;
    tell("customers", customers.len() as u64);
    tell(
        "contacts",
        customers::fill_contacts(&mut store, &mut dice, &customers).await?,
    );
    tell(
        "visits",
        customers::fill_visits(&mut store, &mut dice, &company, &customers).await?,
    );
    let complaints = cases::fill_complaints(&mut store, &mut dice, &company, &customers).await?;
    tell("complaints", complaints.len() as u64);
    let theirs: Vec<&Entered> = granted.iter().map(|at| &customers[*at]).collect();
    cases::fill_grants(&mut store, &mut dice, &company, &theirs, now).await?;
    let waiting = cases::fill_waiting(&mut store, &mut dice, &company, &customers, now).await?;
    tell("requests that wait", waiting.len() as u64);
    store
        .run("UPDATE state_version SET version = version + 1 WHERE name = 'organisation'")
        .await?;
    store.settle().await?;
    let written = Written {
        company,
        customers,
        granted,
        complaints,
        waiting,
    };
    let world = world::choose(&mut dice, &written);
    tell("customers, all settled", count as u64);
    Ok(world)
}

/// Midnight UTC of the day the company began.
fn epoch() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2021, 1, 4)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .unwrap_or_default()
        .and_utc()
}

/// Five years of customers, visits and complaints end here.
fn end() -> DateTime<Utc> {
    epoch() + Duration::days(5 * 365)
}

/// An instant after `from`, `days` later at the most, and not after the [`end`].
fn later(dice: &mut Dice, from: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    let most = Duration::days(days).min(end() - from);
    let seconds = usize::try_from(most.num_seconds()).unwrap_or_default();
    from + Duration::seconds(i64::try_from(dice.below(seconds.max(1))).unwrap_or_default())
}

fn person(dice: &mut Dice) -> String {
    format!(
        "{}{}",
        dice.skewed(&words::SURNAMES),
        dice.pick(&words::GIVEN)
    )
}
