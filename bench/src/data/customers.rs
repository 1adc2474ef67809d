//! Customers, their contacts, and the visits to them.

use chrono::{DateTime, Duration, Utc};
use kehu::kit::names::pinyin_key;
use rules::customers::{masked_name, normalise_name};
use rules::vocabulary::CustomerKind;

use super::company::{BUSINESS, Company};
use super::words::{CITIES, FORMS, MARKS, POSITIONS, TALKS, TRADES};
use super::{Entered, end, epoch, later, person};
use crate::Result;
use crate::dice::Dice;
use crate::sink::Store;

/// Archives that the measured salesperson is granted.
const GRANTS: usize = 30;

/// Writes the customers; gives them, and the positions of those whose archives the salesperson is granted.
///
/// # Errors
/// When the database refuses.
pub async fn fill(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    count: usize,
) -> Result<(Vec<Entered>, Vec<usize>)> {
    let columns = "id, number, kind, standing, name, name_normalised, category, grade, department_id, owner_id, credit_code, \
        enterprise_nature, supervising_unit, source, first_contact_on, archive_state, archived_on, filing_state, filed_on, \
        custom, duplicate_reason, entered_by, import_id, updated_at, created_at, version, card_name_key";
    let business: Vec<usize> = BUSINESS.collect();
    let mut customers = Vec::with_capacity(count);
    let mut granted = Vec::with_capacity(GRANTS);
    let every = (count / (GRANTS + 1)).max(1);
    let mut rows = store.table("customer", columns).await?;
    for i in 0..count {
        let at = entered_at(dice, i, count)?;
        let id = dice.id(at);
        let (kind, name) = name(dice);
        let is_company = kind == CustomerKind::Company;
        let department = *dice.skewed(&business);
        if i % every == every / 2 && granted.len() < GRANTS && department != 2 {
            granted.push(i);
        }
        let owner = (!dice.percent(3) && !company.sales[department].is_empty())
            .then(|| *dice.skewed(&company.sales[department]));
        let owner_id = owner.map(|at| company.employees[at].id);
        let card = if is_company {
            name.clone()
        } else {
            masked_name(&name)
        };
        let archived = dice.percent(93);
        let day = at.date_naive();
        rows.id(id)
            .text(format_args!("C-{:07}", i + 1))
            .text(kind.as_str())
            .text(dice.skewed(&["BUYER", "INTENDING", "USER"]))
            .text(&name)
            .text(normalise_name(kind, &name))
            .text(dice.skewed(&["GENERAL", "POTENTIAL", "TARGET", "KEY"]))
            .text_opt(
                dice.percent(60)
                    .then(|| *dice.skewed(&["D", "C", "E", "B", "A"])),
            )
            .id(company.departments[department])
            .id_opt(owner_id)
            .text_opt((is_company && dice.percent(70)).then(|| format!("9132{i:014}")))
            .text_opt(is_company.then(|| *dice.pick(&["民营", "外资", "国有", "合资"])))
            .nulls(1)
            .text_opt(
                dice.percent(80)
                    .then(|| *dice.skewed(&["PHONE", "REFERRAL", "EVENT", "WALK_IN"])),
            )
            .day(Some(day))
            .text(if archived { "ARCHIVED" } else { "DRAFT" })
            .day(archived.then_some(day))
            .text(if archived { "ACCEPTED" } else { "UNFILED" })
            .day(archived.then_some(day))
            .text("{}")
            .nulls(1)
            .id_opt(owner_id)
            .nulls(1)
            .at(at)
            .at(at)
            .number(1)
            .text(pinyin_key(&card))
            .end()
            .await?;
        customers.push(Entered {
            id,
            at,
            department,
            owner,
        });
    }
    rows.finish().await?;
    Ok((customers, granted))
}

/// Evenly over the years, each a little off its place.
fn entered_at(dice: &mut Dice, i: usize, count: usize) -> Result<DateTime<Utc>> {
    let span = usize::try_from((end() - epoch()).num_microseconds().unwrap_or_default())?;
    let step = span / count.max(1);
    let micros = step * i + dice.below(step.max(1));
    Ok(epoch() + Duration::microseconds(i64::try_from(micros)?))
}

fn name(dice: &mut Dice) -> (CustomerKind, String) {
    if dice.percent(8) {
        return (CustomerKind::Person, person(dice));
    }
    let (city, trade, form) = (dice.skewed(&CITIES), dice.pick(&TRADES), dice.pick(&FORMS));
    let (first, second) = (dice.pick(&MARKS), dice.pick(&MARKS));
    (
        CustomerKind::Company,
        format!("{city}{first}{second}{trade}{form}"),
    )
}

/// Writes one and a half contacts a customer, on average; gives their number.
///
/// # Errors
/// When the database refuses.
pub async fn fill_contacts(
    store: &mut Store,
    dice: &mut Dice,
    customers: &[Entered],
) -> Result<u64> {
    let columns = "id, customer_id, name, name_key, position, phone, email, is_primary, remark, created_at, voided_at, \
        void_reason, version";
    let mut rows = store.table("customer_contact", columns).await?;
    for customer in customers {
        let count = match dice.below(100) {
            0..12 => 0,
            12..60 => 1,
            60..85 => 2,
            85..95 => 3,
            _ => 4 + dice.below(4),
        };
        for i in 0..count {
            let at = later(dice, customer.at, 90);
            let name = person(dice);
            let key = pinyin_key(&name);
            rows.id(dice.id(at))
                .id(customer.id)
                .text(&name)
                .text(&key)
                .text(dice.pick(&POSITIONS))
                .text(format_args!("13{:09}", dice.below(1_000_000_000)))
                .text_opt(dice.percent(40).then(|| format!("{key}@example.cn")))
                .flag(i == 0)
                .nulls(1)
                .at(at);
            if dice.percent(2) {
                rows.at(at + Duration::days(30)).text("已离职");
            } else {
                rows.nulls(2);
            }
            rows.number(1).end().await?;
        }
    }
    rows.finish().await
}

/// Writes two entries of the contact log a customer, on average; gives their number.
///
/// # Errors
/// When the database refuses.
pub async fn fill_visits(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    customers: &[Entered],
) -> Result<u64> {
    let columns = "id, customer_id, employee_id, kind, happened_at, summary, created_at, voided_at, void_reason, version";
    let mut rows = store.table("contact_log", columns).await?;
    for customer in customers {
        let count = match dice.below(100) {
            0..30 => 0,
            30..60 => 1,
            60..80 => 2,
            80..92 => 4,
            92..99 => 8,
            _ => 20 + dice.below(20),
        };
        for _ in 0..count {
            let at = later(dice, customer.at, 5 * 365);
            let who = match customer.owner {
                Some(owner) if dice.percent(85) => owner,
                _ if company.sales[customer.department].is_empty() => 0,
                _ => *dice.pick(&company.sales[customer.department]),
            };
            rows.id(dice.id(at))
                .id(customer.id)
                .id(company.employees[who].id)
                .text(dice.skewed(&["VISIT", "PHONE", "MESSAGE", "EMAIL", "WALK_IN"]))
                .at(at)
                .text(dice.pick(&TALKS))
                .at(at);
            if dice.percent(1) {
                rows.at(at + Duration::days(1)).text("录入有误");
            } else {
                rows.nulls(2);
            }
            rows.number(1).end().await?;
        }
    }
    rows.finish().await
}
