//! Asking for an archive, deciding on it, taking it back, revoking a grant (LKP-1 to LKP-4).
//!
//! Pitfall: rows are locked customer first, then request, then approval, always in that order; a grant's foreign key
//! needs the customer's row, and the customer's move re-routes its requests.

mod decide;

use entity::{customer, lookup_request};
use rules::kit::clause::Clause;
use rules::kit::numbering::{Numbering, Period};
use rules::kit::refusal::{Code, Refusal};
use rules::lookups::{self, Limits, Request};
use rules::vocabulary::{LookupState, Sections};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::access::LookupFacts;
use crate::access::Viewer;
use crate::acting::{Acting, Permit};
use crate::approvals::{self, Content, Opening};
use crate::customers::access::{CustomerFacts, SECTIONS};
use crate::customers::commands::hold;
use crate::kit::error::{Error, Result};
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

pub use decide::{Terms, approve, by_approval, refuse, revoke, under};

/// Numbers of requests: `CY2026-00001`.
const REQUESTS: Numbering = yearly("CY");
/// Numbers of grants: `SQ2026-00001`.
const GRANTS: Numbering = yearly("SQ");

const fn yearly(prefix: &'static str) -> Numbering {
    Numbering {
        series: prefix,
        prefix,
        period: Period::Year,
        width: 5,
    }
}

/// The sections of an archive that the viewer can read now.
fn readable(viewer: &Viewer, facts: &CustomerFacts) -> Sections {
    let open = SECTIONS
        .iter()
        .filter(|(_, object)| viewer.decide(object, "read", facts).allowed);
    open.map(|(section, _)| *section).collect()
}

/// Whether there is anything of the archive left to ask for.
///
/// # Errors
/// `ALREADY_GRANTED` where the viewer can read all of it.
pub fn check_something_locked(viewer: &Viewer, facts: &CustomerFacts) -> Result<(), Refusal> {
    lookups::check_not_readable(Sections::ALL, readable(viewer, facts))
}

/// Asks for an archive (LKP-4).
///
/// # Errors
/// `NOT_FOUND` at `customer`, faults of `sections`, `reason` and `days`, `ALREADY_GRANTED`, `DUPLICATE_REQUEST`.
pub async fn request(
    acting: &Acting,
    customer: Uuid,
    sections: Sections,
    reason: &str,
    days: Option<i64>,
) -> Done {
    let mut work = Work::begin(acting);
    let held = hold(&work, customer, "customer").await?;
    let permit = acting.may("archive-lookup", "request", &held.facts)?;
    held.check_not_erased("customer")?;
    let limits = Limits::on(&acting.rulebook_on(acting.today()))
        .map_err(|e| Error::internal(e.to_string()))?;
    let asked = lookups::check_request(sections, reason, days, limits)?;
    lookups::check_not_readable(asked.sections, readable(&acting.viewer, &held.facts))?;
    let same = lookup_request::Entity::find()
        .filter(lookup_request::Column::CustomerId.eq(customer))
        .filter(lookup_request::Column::RequesterId.eq(acting.employee()))
        .filter(lookup_request::Column::Sections.eq(asked.sections.bits()))
        .filter(lookup_request::Column::State.eq(LookupState::Open))
        .count(work.conn())
        .await?;
    if same > 0 {
        return Err(lookups::duplicate_request().into());
    }
    let id = match open(&mut work, &held.row, &asked, &permit).await {
        // Two at once: the partial unique index has the last word.
        Err(Stop::Failed(error)) if is_duplicate(&error, "sections") => {
            return Err(lookups::duplicate_request().into());
        }
        opened => opened?,
    };
    work.commit(Outcome::row("request", id)).await
}

async fn open(
    work: &mut Work<'_>,
    customer: &customer::Model,
    asked: &Request,
    permit: &Permit,
) -> Done<Uuid> {
    let acting = work.acting;
    let (id, requester) = (acting.new_id(), acting.employee());
    let department = acting.viewer.subject.department;
    let home = acting.directory.home(department);
    let facts = LookupFacts::of_new(&acting.directory, requester, home, customer);
    let opening = Opening {
        subject_kind: "lookup_request",
        subject: id,
        route: approvals::one_step("archive-lookup", "approve"),
        content: Content {
            asked: rules::approval::Content::Whole(asked.content_hash(customer.id, requester)),
            amount: None,
        },
        rulebook_on: acting.today(),
        expires_at: None,
        permit: permit.clone(),
        stakes: Vec::new(),
    };
    let approval = approvals::open(work, opening).await?;
    let number = work.number(&REQUESTS).await?;
    work.insert_now(lookup_request::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        customer_id: Set(customer.id),
        requester_id: Set(requester),
        requester_department_id: Set(department),
        requester_home_department_id: Set(home),
        customer_department_id: Set(facts.customer_department),
        customer_home_department_id: Set(facts.customer_home),
        route: Set(facts.route),
        sections: Set(asked.sections.bits()),
        reason: Set(asked.reason.clone()),
        days: Set(i32::try_from(asked.days).unwrap_or(i32::MAX)),
        state: Set(LookupState::Open),
        approval_id: Set(Some(approval)),
        rulebook_on: Set(acting.today()),
        created_at: Set(acting.now()),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        decision_reason: Set(None),
        version: Set(1),
    })
    .await?;
    work.note(
        "archiveLookupRequest",
        "lookup_request",
        Some(id),
        permit,
        json!({"number": number, "customer": customer.id}),
    );
    Ok(id)
}

/// A request locked for the transaction, its way settled by where its customer is now.
struct Held {
    row: lookup_request::Model,
    facts: LookupFacts,
}

async fn hold_request(work: &mut Work<'_>, id: Uuid) -> Done<Held> {
    let acting = work.acting;
    let missing = || Refusal::new(Code::NotFound).at("request");
    let row = lookup_request::Entity::find_by_id(id)
        .one(work.conn())
        .await?
        .ok_or_else(missing)?;
    let customer = hold(work, row.customer_id, "request").await?.row;
    let row = lookup_request::Entity::find_by_id(id)
        .lock_exclusive()
        .one(work.conn())
        .await?
        .ok_or_else(missing)?;
    let facts = match row.state {
        LookupState::Open => LookupFacts::of_new(
            &acting.directory,
            row.requester_id,
            row.requester_home_department_id,
            &customer,
        ),
        _ => LookupFacts::of(&row, &customer),
    };
    let sees = |action| {
        acting
            .viewer
            .decide("archive-lookup", action, &facts)
            .allowed
    };
    if !sees("read") && !sees("approve") {
        return Err(missing().into());
    }
    Ok(Held {
        row: settle(work, row, &facts).await?,
        facts,
    })
}

/// Writes the way that a request takes where it is no longer the one it took.
async fn settle(
    work: &mut Work<'_>,
    row: lookup_request::Model,
    facts: &LookupFacts,
) -> Done<lookup_request::Model> {
    if (
        row.route,
        row.customer_department_id,
        row.customer_home_department_id,
    ) == (facts.route, facts.customer_department, facts.customer_home)
    {
        return Ok(row);
    }
    work.update::<lookup_request::ActiveModel, _>(row, None, |active| {
        active.route = Set(facts.route);
        active.customer_department_id = Set(facts.customer_department);
        active.customer_home_department_id = Set(facts.customer_home);
    })
    .await
}

/// Open requests for a customer that moved take the way of its new department (LKP-1, LKP-2). The customer is locked.
///
/// # Errors
/// When the database fails.
pub async fn reroute(work: &mut Work<'_>, customer: &customer::Model, permit: &Permit) -> Done<()> {
    let open = lookup_request::Entity::find()
        .filter(lookup_request::Column::CustomerId.eq(customer.id))
        .filter(lookup_request::Column::State.eq(LookupState::Open))
        .lock_exclusive()
        .all(work.conn())
        .await?;
    for row in open {
        let facts = LookupFacts::of_new(
            &work.acting.directory,
            row.requester_id,
            row.requester_home_department_id,
            customer,
        );
        let (id, before) = (row.id, row.route);
        let row = settle(work, row, &facts).await?;
        if row.route != before {
            let detail = json!({"from": before.as_str(), "to": row.route.as_str()});
            work.note(
                "archiveLookupReroute",
                "lookup_request",
                Some(id),
                permit,
                detail,
            );
        }
    }
    Ok(())
}

/// Takes a request of one's own back while it is open.
///
/// # Errors
/// `NOT_FOUND` at `request`, `FORBIDDEN`, `ALREADY_DECIDED`, `WRONG_STATE`.
pub async fn withdraw(acting: &Acting, request: Uuid) -> Done {
    let mut work = Work::begin(acting);
    let held = hold_request(&mut work, request).await?;
    let permit = acting.may("archive-lookup", "withdraw", &held.facts)?;
    let approval = held.row.approval_id;
    let approval = approval
        .ok_or_else(|| Error::internal(format!("lookup request {request} has no approval")))?;
    approvals::withdraw(&mut work, approval, &permit, None, Clause("LKP-4")).await?;
    work.update::<lookup_request::ActiveModel, _>(held.row, None, |active| {
        active.state = Set(LookupState::Withdrawn);
    })
    .await?;
    work.note(
        "archiveLookupWithdraw",
        "lookup_request",
        Some(request),
        &permit,
        json!({}),
    );
    work.commit(Outcome::row("request", request)).await
}
