//! The months that are played: a queue of deeds by day, each of which may bring others on later days.

use std::collections::BTreeMap;

use chrono::Duration;
use entity::customer;
use rules::kit::money::Fen;
use rules::vocabulary::{AuditPart, ContactKind};
use serde_json::json;

use super::cases::{self, Case};
use super::cast::Cast;
use super::dice::Dice;
use super::list::OWNERS;
use super::{DAYS, DemoError, Played, Size};
use crate::customers::commands::{
    NewPurchase, add_co_owner, add_contact_log, add_note, add_purchase,
};

/// Minutes between two deeds of a day.
const MINUTES: i64 = 1;
/// Days from one purchase to the next of the same customer, about.
const EVERY: i64 = 30;
/// One in how many customers has a co-owner; they are the first owner's.
const CO_OWNED: usize = 7 * OWNERS.len();

const NOTES: [&str; 5] = [
    "付款及时，可考虑更长账期。",
    "对交期要求严格，需提前两周排产。",
    "采购由集团统一招标，年底重新报价。",
    "希望每季度上门拜访一次。",
    "新厂房明年投产，需求预计翻倍。",
];
const TALKS: [&str; 5] = [
    "确认了下季度的采购计划。",
    "介绍新产品，对方索取样品。",
    "对上一批交货表示满意。",
    "讨论价格，对方希望下浮三个百分点。",
    "邀请参观展会，已答应。",
];

/// What is done.
#[expect(
    clippy::large_enum_variant,
    reason = "a few thousand deeds live for seconds"
)]
pub(super) enum Deed {
    /// Somebody works with his customer: what was bought, said, noted.
    Contact(usize),
    /// A salesperson enters a customer by hand (ARC-2).
    Enter(&'static str),
    /// The manager assigns a co-owner (LKP-3).
    CoOwn(usize),
    /// A step of a case.
    Case(Case),
}

/// Deeds by day, counted from the first.
pub(super) type Queue = BTreeMap<i64, Vec<Deed>>;

/// Plays the months.
pub(super) async fn play(
    cast: &Cast,
    played: &mut Played,
    dice: &mut Dice,
    customers: &[customer::Model],
    size: Size,
) -> Result<(), DemoError> {
    let mut queue = Queue::new();
    for at in 0..customers.len() {
        let mut day = dice.within(1, DAYS - 1);
        while day < DAYS {
            queue.entry(day).or_default().push(Deed::Contact(at));
            day += dice.within(EVERY, DAYS);
        }
    }
    for at in 0..size.customers.div_ceil(50) {
        let owner = OWNERS.get(at % OWNERS.len()).copied().unwrap_or_default();
        queue
            .entry(dice.within(1, DAYS - 1))
            .or_default()
            .push(Deed::Enter(owner));
    }
    for at in (0..customers.len()).step_by(CO_OWNED) {
        queue
            .entry(dice.within(1, DAYS - 1))
            .or_default()
            .push(Deed::CoOwn(at));
    }
    cases::plan(cast, dice, &mut queue, customers, size.cases)?;
    let mut today = 0;
    while let Some((day, deeds)) = queue.pop_first() {
        played.advance(Duration::days(day - today));
        today = day;
        let begun = played.moved;
        for deed in deeds {
            played.advance(Duration::minutes(MINUTES));
            match deed {
                Deed::Contact(at) => {
                    if let Some(customer) = customers.get(at) {
                        contact(cast, dice, at, customer).await?;
                    }
                }
                Deed::CoOwn(at) => {
                    if let Some(customer) = customers.get(at) {
                        let manager = cast.acting("manager-1", AuditPart::Request)?;
                        add_co_owner(&manager, customer.id, cast.employee("sales-1x")?).await?;
                    }
                }
                Deed::Enter(owner) => enter(cast, dice, owner).await?,
                Deed::Case(case) => case.go_on(cast, day, &mut queue).await?,
            }
        }
        played.advance(begun - played.moved);
    }
    Ok(())
}

async fn contact(
    cast: &Cast,
    dice: &mut Dice,
    at: usize,
    customer: &customer::Model,
) -> Result<(), DemoError> {
    let owner = OWNERS.get(at % OWNERS.len()).copied().unwrap_or_default();
    let acting = cast.acting(owner, AuditPart::Request)?;
    let kinds = [
        ContactKind::Phone,
        ContactKind::Visit,
        ContactKind::Email,
        ContactKind::Message,
    ];
    let kind = kinds
        .get(dice.below(kinds.len()))
        .copied()
        .unwrap_or(ContactKind::Other);
    let happened = acting.now() - Duration::hours(dice.within(1, 48));
    add_contact_log(&acting, customer.id, kind, happened, dice.one_of(&TALKS)).await?;
    if dice.one_in(2) {
        let quantity = dice.within(1, 2_000);
        let new = NewPurchase {
            purchased_on: acting.today() - Duration::days(dice.within(0, 20)),
            product: dice.product().to_owned(),
            quantity,
            amount: Fen::new(quantity * dice.within(500, 50_000)),
            order_number: Some(format!("DD{:06}", dice.within(1, 999_999))),
        };
        add_purchase(&acting, customer.id, new).await?;
    }
    if dice.one_in(4) {
        add_note(&acting, customer.id, dice.one_of(&NOTES)).await?;
    }
    Ok(())
}

async fn enter(cast: &Cast, dice: &mut Dice, owner: &'static str) -> Result<(), DemoError> {
    let today = cast.app.shared().day_of(cast.app.shared().clock.now());
    let (region, line) = dice.address();
    let input = json!({
        "kind": "COMPANY", "standing": "INTENDING", "name": dice.company(), "category": "POTENTIAL",
        "source": "PHONE", "firstContactOn": today,
        "contacts": [{"name": dice.person(), "phone": dice.phone()}],
        "addresses": [{"kind": "OFFICE", "line": line, "region": region}],
    });
    cast.make(owner, "customerEnter", input, "customer")
        .await
        .map(drop)
}
