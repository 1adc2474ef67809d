//! Who asks for what: three viewers of the generated company, each with customers and pages all over the data, chosen
//! while it was written and kept in a file beside the database.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kehu::identity::Keys;
use kehu::kit::clock::Clock;
use kehu::kit::db::Source;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::data::{BUSINESS, Company, Entered, Written};
use crate::dice::Dice;

/// The measured viewers, by their logins: all rows, those of a department and its sections, his own and thirty grants.
pub const VIEWERS: [&str; 3] = ["general-manager", "department-manager", "salesperson"];
/// Pages of each.
const PAGES: usize = 240;
/// Customers that each writes visits to: so many that nobody waits for the lock on a row.
const VISITED: usize = 4_000;
/// Customers of a page.
const PAGE_SIZE: usize = 50;
/// Behind so many customers the page begins whose cost is held against the first one's: 10 000 pages.
const DEEP: usize = 10_000 * PAGE_SIZE;

/// Where a page begins: behind this row, newest first.
pub type Place = (DateTime<Utc>, Uuid);

/// Everything that is asked for.
#[derive(Serialize, Deserialize)]
pub struct World {
    /// How many customers there are.
    pub customers: usize,
    /// Where the 10 000th page of all customers begins; the last full one where there are fewer.
    pub deep: Place,
    /// In the order of [`VIEWERS`].
    pub viewers: Vec<Viewer>,
}

/// Somebody who asks.
#[derive(Serialize, Deserialize)]
pub struct Viewer {
    /// Login.
    pub login: String,
    /// The person.
    pub employee: Uuid,
    /// The session that tokens are issued for.
    pub session: Uuid,
    /// Customers that are looked at.
    pub customers: Vec<Uuid>,
    /// Pages of a department's customers.
    pub pages: Vec<Page>,
    /// Pages of a department's complaints.
    pub complaints: Vec<Page>,
    /// Customers that visits are logged for.
    pub visited: Vec<Uuid>,
    /// Pages of the inbox.
    pub inbox: Vec<Option<Place>>,
}

/// A page: a department's rows, newest first, from the newest or from a place on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// The department.
    pub department: Uuid,
    /// `None`: from the newest.
    pub after: Option<Place>,
}

impl World {
    /// The world in a file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read(path: &str) -> Result<Self> {
        let text =
            std::fs::read(path).map_err(|why| format!("{path}: {why}; `bench data` writes it"))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Keeps it in a file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, path: &str) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_vec(self)?)?)
    }
}

/// Issues tokens with the keys of the database.
///
/// # Errors
/// When the database fails.
pub async fn keys(url: &str) -> Result<Keys> {
    let db = Source::new(url, 1, Duration::ZERO)?.open()?;
    let (life, rotation) = (chrono::Duration::hours(12), chrono::Duration::days(30));
    Ok(Keys::load(&db.write, Arc::new(Clock::default()), life, rotation).await?)
}

/// Chooses what is asked for.
pub fn choose(dice: &mut Dice, written: &Written) -> World {
    let customers = &written.customers;
    let depth = DEEP.min(customers.len().saturating_sub(PAGE_SIZE + 1));
    let deep = customers.len().saturating_sub(depth + 1);
    let viewers = (0..VIEWERS.len()).map(|i| viewer(dice, written, i));
    World {
        customers: customers.len(),
        viewers: viewers.collect(),
        deep: customers
            .get(deep)
            .map(|c| (c.at, c.id))
            .unwrap_or_default(),
    }
}

fn viewer(dice: &mut Dice, written: &Written, i: usize) -> Viewer {
    let Written {
        company, customers, ..
    } = written;
    let (employee, session) = company.viewers[i];
    let salesperson = VIEWERS[i] == "salesperson";
    let departments = match VIEWERS[i] {
        "general-manager" => BUSINESS.collect(),
        _ => Company::below(company.employees[employee].department),
    };
    let theirs = |c: &Entered| departments.contains(&c.department);
    let owned = |c: &Entered| c.owner == Some(employee);
    let mut pages = customer_pages(dice, company, customers, theirs);
    let mut looked_at = some(dice, customers, theirs, PAGES);
    if salesperson {
        pages.truncate(PAGES / 2);
        pages.extend(round_grants(written).into_iter().cycle().take(PAGES / 2));
        looked_at.truncate(PAGES / 2);
        looked_at.extend(some(dice, customers, owned, PAGES / 2));
    }
    let visited = if salesperson {
        some(dice, customers, owned, VISITED)
    } else {
        some(dice, customers, theirs, VISITED)
    };
    let ids = |at: Vec<usize>| at.into_iter().map(|at| customers[at].id).collect();
    Viewer {
        login: VIEWERS[i].to_owned(),
        employee: company.employees[employee].id,
        session,
        customers: ids(looked_at),
        pages,
        complaints: complaint_pages(dice, written, &departments),
        visited: ids(visited),
        inbox: (0..PAGES)
            .map(|_| behind(dice, &written.waiting, |place| *place))
            .collect(),
    }
}

/// One page in ten begins at the newest row, the others anywhere.
fn behind<T>(dice: &mut Dice, rows: &[T], place: impl Fn(&T) -> Place) -> Option<Place> {
    match dice.percent(10) || rows.is_empty() {
        true => None,
        false => Some(place(dice.pick(rows))),
    }
}

/// Positions of such customers, as many as are wanted, some of them more than once where there are few.
fn some(
    dice: &mut Dice,
    customers: &[Entered],
    such: impl Fn(&Entered) -> bool,
    count: usize,
) -> Vec<usize> {
    let all: Vec<usize> = (0..customers.len())
        .filter(|at| such(&customers[*at]))
        .collect();
    let pick = |_| (!all.is_empty()).then(|| *dice.pick(&all));
    (0..count).filter_map(pick).collect()
}

fn customer_pages(
    dice: &mut Dice,
    company: &Company,
    customers: &[Entered],
    such: impl Fn(&Entered) -> bool,
) -> Vec<Page> {
    let starts = some(dice, customers, such, PAGES);
    let page = |at: usize| {
        let customer = &customers[at];
        Page {
            department: company.departments[customer.department],
            after: (!dice.percent(10)).then_some((customer.at, customer.id)),
        }
    };
    starts.into_iter().map(page).collect()
}

/// Pages in the midst of which a customer stands whose archive is granted.
fn round_grants(written: &Written) -> Vec<Page> {
    let page = |at: &usize| {
        let department = written.customers[*at].department;
        let newer = written.customers[at + 1..].iter();
        let start = newer.filter(|c| c.department == department).nth(20);
        Page {
            department: written.company.departments[department],
            after: start.map(|c| (c.at, c.id)),
        }
    };
    written.granted.iter().map(page).collect()
}

fn complaint_pages(dice: &mut Dice, written: &Written, departments: &[usize]) -> Vec<Page> {
    let theirs: Vec<_> = written
        .complaints
        .iter()
        .filter(|(_, _, department)| departments.contains(department))
        .collect();
    let page = |_| {
        let department = match theirs.is_empty() {
            true => departments[0],
            false => dice.pick(&theirs).2,
        };
        let of_it: Vec<_> = theirs.iter().filter(|c| c.2 == department).collect();
        Page {
            department: written.company.departments[department],
            after: behind(dice, &of_it, |(at, id, _)| (*at, *id)),
        }
    };
    (0..PAGES).map(page).collect()
}
