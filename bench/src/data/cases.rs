//! Complaints, grants to read archives, and requests for them that wait.

use chrono::{DateTime, Datelike as _, Duration, Utc};
use rules::approval::{Content, Parts};
use rules::lookups::Request;
use rules::vocabulary::Sections;
use uuid::Uuid;

use super::company::Company;
use super::{Entered, later};
use crate::Result;
use crate::dice::Dice;
use crate::sink::Store;

/// Requests that wait for the general manager, where there are customers enough.
const WAITING: usize = 10_000;
/// How long a grant opens an archive.
const DAYS: u32 = 30;
const REASON: &str = "报价";

/// Writes three complaints for ten customers: one customer in a hundred has six, one in four has one. One complaint in ten
/// still waits for its decision.
///
/// # Errors
/// When the database refuses.
pub async fn fill_complaints(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    customers: &[Entered],
) -> Result<Vec<(DateTime<Utc>, Uuid, usize)>> {
    let mut all: Vec<(DateTime<Utc>, Uuid, &Entered)> = Vec::new();
    for customer in customers {
        let count = match dice.below(100) {
            0 => 6,
            1..25 => 1,
            _ => 0,
        };
        for _ in 0..count {
            let at = later(dice, customer.at, 700);
            all.push((at, dice.id(at), customer));
        }
    }
    all.sort_unstable_by_key(|(at, id, _)| (*at, *id));
    let columns = "id, number, customer_id, department_id, filed_by, class, market, order_number, part_number, shipped_on, \
        quantity, demand_kind, demand, reason, sample_description, opinion, compensation_fen, allowance_fen, \
        goods_value_fen, rework_fen, amount_fen, state, rulebook_on, decided_at, decided_by, decision, created_at, \
        updated_at, version";
    let general_manager = company.employees[0].id;
    let (mut month, mut serial) = (0, 0);
    let mut rows = store.table("complaint", columns).await?;
    for (at, id, customer) in &all {
        serial = if at.month() == month { serial + 1 } else { 1 };
        month = at.month();
        let filer = customer.owner.unwrap_or_default();
        // From 100 to 500 000 yuan, the small ones as likely as the large ones.
        let fen = (10_000.0 * 5_000_f64.powf(dice.fraction())) as i64;
        let day = at.date_naive();
        rows.id(*id)
            .text(format_args!("{}-{serial:02}", at.format("%y-%m")))
            .id(customer.id)
            .id(company.departments[customer.department])
            .id(company.employees[filer].id)
            .text(dice.skewed(&["QUALITY", "QUALITY", "NON_QUALITY"]))
            .text(dice.skewed(&["DOMESTIC", "DOMESTIC", "FOREIGN"]))
            .text(format_args!("PO-{}", dice.below(1_000_000)))
            .text(format_args!("PN-{}", dice.below(10_000)))
            .day(Some(day - Duration::days(30)))
            .number(1_000)
            .text("COMPENSATION")
            .text("赔偿")
            .text("外观不良")
            .text("见照片")
            .text("属实")
            .number(fen)
            .number(0)
            .number(0)
            .number(0)
            .number(fen);
        if dice.percent(10) {
            rows.text("FOR_DECISION").day(Some(day)).nulls(3);
        } else {
            rows.text("DECIDED")
                .day(Some(day))
                .at(*at + Duration::days(5))
                .id(general_manager)
                .text("同意");
        }
        rows.at(*at).at(*at).number(1).end().await?;
    }
    rows.finish().await?;
    let place = |(at, id, customer): (_, _, &Entered)| (at, id, customer.department);
    Ok(all.into_iter().map(place).collect())
}

/// A request as it is written.
struct Asked<'c> {
    id: Uuid,
    number: String,
    customer: &'c Entered,
    /// Position of who asks.
    requester: usize,
    at: DateTime<Utc>,
    /// The approval that it waits for; `None`: it was granted.
    approval: Option<Uuid>,
}

async fn write_requests(store: &mut Store, company: &Company, all: &[Asked<'_>]) -> Result<()> {
    let columns = "id, number, customer_id, requester_id, requester_department_id, requester_home_department_id, \
        customer_department_id, customer_home_department_id, route, sections, reason, days, state, approval_id, rulebook_on, \
        created_at, decided_at, decided_by, version";
    let general_manager = company.employees[0].id;
    let mut rows = store.table("lookup_request", columns).await?;
    for asked in all {
        let requester = &company.employees[asked.requester];
        let home = company.home(requester.department);
        let customer_home = company.home(asked.customer.department);
        rows.id(asked.id)
            .text(&asked.number)
            .id(asked.customer.id)
            .id(requester.id)
            .id(company.departments[requester.department])
            .id(home)
            .id(company.departments[asked.customer.department])
            .id(customer_home)
            .text(if home == customer_home {
                "OWN_DEPARTMENT"
            } else {
                "OTHER_DEPARTMENT"
            })
            .number(i64::from(Sections::ALL.bits()))
            .text(REASON)
            .number(i64::from(DAYS))
            .text(if asked.approval.is_some() {
                "OPEN"
            } else {
                "GRANTED"
            })
            .id_opt(asked.approval)
            .day(Some(asked.at.date_naive()))
            .at(asked.at);
        match asked.approval {
            Some(_) => rows.nulls(2).number(1).end().await?,
            None => {
                rows.at(asked.at)
                    .id(general_manager)
                    .number(2)
                    .end()
                    .await?
            }
        }
    }
    rows.finish().await?;
    Ok(())
}

/// The salesperson's grants, and for each of these customers thirty of others that have ended.
///
/// # Errors
/// When the database refuses.
pub async fn fill_grants(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    granted: &[&Entered],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut all = Vec::new();
    for customer in granted {
        for i in 0..=30 {
            let (requester, at) = match i {
                0 => (company.salesperson(), now),
                _ => (
                    dice.below(company.employees.len()),
                    now - Duration::days(60),
                ),
            };
            all.push(Asked {
                id: dice.id(at),
                number: format!("CY-{:06}", all.len() + 1),
                customer,
                requester,
                at,
                approval: None,
            });
        }
    }
    write_requests(store, company, &all).await?;
    let columns = "id, number, request_id, customer_id, grantee_id, sections, granted_by, from_at, until_at, created_at, \
        version";
    let mut rows = store.table("archive_grant", columns).await?;
    for (i, asked) in all.iter().enumerate() {
        rows.id(dice.id(asked.at))
            .text(format_args!("SQ-{:06}", i + 1))
            .id(asked.id)
            .id(asked.customer.id)
            .id(company.employees[asked.requester].id)
            .number(i64::from(Sections::ALL.bits()))
            .id(company.employees[0].id)
            .at(asked.at)
            .at(asked.at + Duration::days(i64::from(DAYS)))
            .at(asked.at)
            .number(1)
            .end()
            .await?;
    }
    rows.finish().await?;
    Ok(())
}

/// Requests of the last month that the general manager has to decide, with their approvals; gives the approvals.
///
/// # Errors
/// When the database refuses.
pub async fn fill_waiting(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    customers: &[Entered],
    now: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Uuid)>> {
    let count = (customers.len() / 10).min(WAITING);
    let sales: Vec<usize> = company.sales.iter().flatten().copied().collect();
    let step = Duration::days(i64::from(DAYS)) / i32::try_from(count.max(1))?;
    let mut at = now - Duration::days(i64::from(DAYS));
    let mut all = Vec::with_capacity(count);
    for i in 0..count {
        at += step;
        all.push(Asked {
            id: dice.id(at),
            number: format!("CY-W{i:05}"),
            customer: &customers[i * (customers.len() / count)],
            requester: *dice.pick(&sales),
            at,
            approval: Some(dice.id(at)),
        });
    }
    write_requests(store, company, &all).await?;
    write_approvals(store, dice, company, &all).await?;
    Ok(all
        .iter()
        .filter_map(|asked| Some((asked.at, asked.approval?)))
        .collect())
}

/// One open step each, and the requester's stake in it.
async fn write_approvals(
    store: &mut Store,
    dice: &mut Dice,
    company: &Company,
    all: &[Asked<'_>],
) -> Result<()> {
    const STEP: (&str, &str) = ("archive-lookup", "approve");
    let waiting = || {
        all.iter()
            .filter_map(|asked| Some((asked, asked.approval?)))
    };
    let requester = |asked: &Asked<'_>| company.employees[asked.requester].id;
    let hash = |asked: &Asked<'_>| {
        let request = Request {
            sections: Sections::ALL,
            reason: REASON.to_owned(),
            days: DAYS,
        };
        let content = request.content_hash(asked.customer.id, requester(asked));
        Content::Whole(content).hash(&Parts::All)
    };
    let columns = "id, subject_kind, subject_id, object, action, content_hash, requester_id, state, rulebook_on, \
        waiting_since, created_at, version";
    let mut rows = store.table("approval", columns).await?;
    for (asked, approval) in waiting() {
        rows.id(approval)
            .text("lookup_request")
            .id(asked.id)
            .text(STEP.0)
            .text(STEP.1)
            .text(hash(asked))
            .id(requester(asked))
            .text("OPEN")
            .day(Some(asked.at.date_naive()))
            .at(asked.at)
            .at(asked.at)
            .number(1)
            .end()
            .await?;
    }
    rows.finish().await?;
    let columns = "id, approval_id, position, stage, mode, object, action, state, content_hash";
    let mut rows = store.table("approval_step", columns).await?;
    for (asked, approval) in waiting() {
        rows.id(dice.id(asked.at))
            .id(approval)
            .number(1)
            .number(1)
            .text("ALL")
            .text(STEP.0)
            .text(STEP.1)
            .text("OPEN")
            .text(hash(asked))
            .end()
            .await?;
    }
    rows.finish().await?;
    let columns = "id, approval_id, employee_id, reason";
    let mut rows = store.table("approval_stake", columns).await?;
    for (asked, approval) in waiting() {
        rows.id(dice.id(asked.at))
            .id(approval)
            .id(requester(asked))
            .text("REQUESTER")
            .end()
            .await?;
    }
    rows.finish().await?;
    let columns = "id, approval_id, kind, actor_id, happened_at, content_hash";
    let mut rows = store.table("approval_event", columns).await?;
    for (asked, approval) in waiting() {
        rows.id(dice.id(asked.at))
            .id(approval)
            .text("SUBMITTED")
            .id(requester(asked))
            .at(asked.at)
            .text(hash(asked))
            .end()
            .await?;
    }
    rows.finish().await?;
    Ok(())
}
