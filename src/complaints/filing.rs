//! Filing of complaints, and completing their demand (CMP-2, CMP-3, CMP-13).
//!
//! Pitfall: a number is drawn last before the insert, because the series stays locked until the transaction ends.

use entity::complaint;
use rules::complaints::{Facts, NUMBERING, check_facts, stations};
use rules::kit::money::Fen;
use rules::vocabulary::ComplaintState::{Filed, Rejected, SentBack};
use rules::vocabulary::{ComplaintClass, ComplaintState, DemandKind, Market};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::access::{COMPLAINT, ComplaintFacts};
use super::commands::check_state;
use super::course;
use super::queries::{facts_of, fetch, fetch_at, fetch_customer, filed_facts, owners_of};
use crate::acting::Acting;
use crate::work::{Done, Outcome, Work};

/// In which states the demand can be completed.
const COMPLETABLE: &[ComplaintState] = &[Filed, SentBack, Rejected];

/// A complaint as the business staff files it.
pub(super) struct Filing {
    pub(super) customer: Uuid,
    pub(super) class: ComplaintClass,
    pub(super) market: Market,
    pub(super) facts: Facts,
    /// The complaint whose conclusion the customer did not accept (CMP-13).
    pub(super) follows: Option<Uuid>,
}

/// What is known of an undetermined demand later.
pub(super) struct Completion {
    pub(super) demand_kind: DemandKind,
    pub(super) demand: String,
    pub(super) defective_quantity: Option<i64>,
}

/// CMP-2, CMP-3: files a complaint with its number.
pub(super) async fn file(acting: &Acting, filing: Filing) -> Done {
    let mut work = Work::begin(acting);
    let customer = fetch_customer(&work, filing.customer).await?;
    let owners = owners_of(work.conn(), vec![customer.id])
        .await?
        .remove(&customer.id);
    let today = acting.today();
    let asked = ComplaintFacts {
        department: customer.department_id,
        responsible: None,
        filed_by: acting.employee(),
        customer_owners: owners.unwrap_or_default(),
        amount: Fen::ZERO,
        rulebook_on: today,
    };
    let permit = acting.may(COMPLAINT, "file", &asked)?;
    let facts = check_facts(&filing.facts, today)?;
    if let Some(first) = filing.follows {
        let first = fetch_at(&work, first, "follows").await?;
        stations::check_follows((first.customer_id, first.state), customer.id)?;
    }
    let id = acting.new_id();
    let number = work.number(&NUMBERING).await?;
    let now = acting.now();
    let complaint = work.insert(complaint::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        customer_id: Set(customer.id),
        department_id: Set(customer.department_id),
        filed_by: Set(acting.employee()),
        class: Set(filing.class),
        market: Set(filing.market),
        order_number: Set(facts.order_number),
        part_number: Set(facts.part_number),
        shipped_on: Set(facts.shipped_on),
        quantity: Set(facts.quantity),
        defective_quantity: Set(facts.defective_quantity),
        demand_kind: Set(facts.demand_kind),
        demand: Set(facts.demand),
        reason: Set(facts.reason),
        sample_description: Set(facts.sample_description),
        opinion: Set(facts.opinion),
        compensation_fen: Set(0),
        allowance_fen: Set(0),
        goods_value_fen: Set(0),
        rework_fen: Set(0),
        amount_fen: Set(0),
        proposal: Set(None),
        state: Set(Filed),
        rulebook_on: Set(today),
        approval_id: Set(None),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        decision: Set(None),
        void_reason: Set(None),
        voided_at: Set(None),
        station: Set(Some(stations::FIRST)),
        stays: Set(1),
        follows_id: Set(filing.follows),
        accepted_at: Set(None),
        cause: Set(None),
        responsible_department_id: Set(None),
        needs_research: Set(false),
        countermeasures: Set(None),
        production_unit: Set(None),
        production_shift: Set(None),
        production_people: Set(None),
        produced_on: Set(None),
        negotiation: Set(None),
        summary: Set(None),
        upheld: Set(true),
        tracked: Set(false),
        improvement: Set(None),
        improved_at: Set(None),
        improved_by: Set(None),
        result: Set(None),
        closed_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    })?;
    course::begin(&mut work, &complaint, &permit).await?;
    work.note(
        "complaint.file",
        COMPLAINT,
        Some(id),
        &permit,
        json!({"number": number}),
    );
    work.commit(Outcome::row("complaint", id)).await
}

/// CMP-3: what the customer demands becomes known.
pub(super) async fn complete(
    acting: &Acting,
    id: Uuid,
    version: i32,
    completion: Completion,
) -> Done {
    let mut work = Work::begin(acting);
    let complaint = fetch(&work, id).await?;
    let permit = acting.may(
        COMPLAINT,
        "propose",
        &facts_of(work.conn(), &complaint).await?,
    )?;
    check_state(acting, &complaint, COMPLETABLE)?;
    work.check_version(COMPLAINT, id, complaint.version, version)
        .await?;
    let facts = Facts {
        demand_kind: completion.demand_kind,
        demand: completion.demand,
        defective_quantity: completion.defective_quantity,
        ..filed_facts(&complaint)
    };
    let facts = check_facts(&facts, acting.today())?;
    let now = acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        active.demand_kind = Set(facts.demand_kind);
        active.demand = Set(facts.demand);
        active.defective_quantity = Set(facts.defective_quantity);
        active.updated_at = Set(now);
    })
    .await?;
    work.note(
        "complaint.complete",
        COMPLAINT,
        Some(id),
        &permit,
        json!({}),
    );
    work.commit(Outcome::row("complaint", id)).await
}
