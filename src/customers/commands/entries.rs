//! What is added to the other sections of an archive: addresses, purchases, notes, contacts and visits (ARC-3, ARC-6).

use chrono::{DateTime, NaiveDate, Utc};
use entity::{contact_log, customer_address, customer_note, customer_purchase};
use rules::kit::checks::{Checks, LINE, PROSE};
use rules::kit::clause::Clause;
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::{AddressKind, ContactKind};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::look_at;
use crate::acting::{Acting, Permit};
use crate::kit::error::Result;
use crate::work::{Done, Outcome, Work};

const ARC_3: Clause = Clause("ARC-3");
const ARC_6: Clause = Clause("ARC-6");

/// An address as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAddress {
    /// What it is for.
    pub kind: AddressKind,
    /// Address as written.
    pub line: String,
    /// Province, city and district.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
}

impl NewAddress {
    /// ARC-3: whether it is of the right form; gives it trimmed.
    ///
    /// # Errors
    /// Faults of `line`, `region`, `postalCode`, all at once.
    pub fn check(&self) -> Result<Self, Vec<Refusal>> {
        let mut checks = Checks::under(ARC_3);
        let clean = Self {
            kind: self.kind,
            line: checks.text("line", &self.line, LINE),
            region: checks.optional_text("region", self.region.as_deref(), LINE),
            postal_code: checks.optional_text("postalCode", self.postal_code.as_deref(), LINE),
        };
        checks.finish(clean)
    }
}

/// A purchase as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPurchase {
    /// Day of purchase.
    pub purchased_on: NaiveDate,
    /// What was bought.
    pub product: String,
    /// How many.
    pub quantity: i64,
    /// For how much.
    pub amount: Fen,
    /// Order it came under.
    pub order_number: Option<String>,
}

impl NewPurchase {
    /// Whether it is of the right form; gives it trimmed.
    ///
    /// # Errors
    /// Faults of `purchasedOn`, `product`, `quantity`, `amount`, `orderNumber`, all at once.
    pub fn check(&self, today: NaiveDate) -> Result<Self, Vec<Refusal>> {
        let mut checks = Checks::under(ARC_3);
        checks.not_in_future("purchasedOn", self.purchased_on, today);
        checks.number("quantity", self.quantity, 1, i64::MAX);
        if self.amount.is_negative() {
            checks.refuse(
                "amount",
                Refusal::new(Code::OutOfRange).detail(Detail::NegativeAmount),
            );
        }
        let clean = Self {
            product: checks.text("product", &self.product, LINE),
            order_number: checks.optional_text("orderNumber", self.order_number.as_deref(), LINE),
            ..self.clone()
        };
        checks.finish(clean)
    }
}

fn check_text(field: &str, text: &str, clause: Clause) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(clause);
    let text = checks.text(field, text, PROSE);
    checks.finish(text)
}

/// Writes a checked address of a customer.
///
/// # Errors
/// When the database fails.
pub fn write_address(work: &mut Work<'_>, customer: Uuid, clean: NewAddress) -> Result<Uuid> {
    let id = work.acting.new_id();
    work.insert(customer_address::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        kind: Set(clean.kind),
        line: Set(clean.line),
        region: Set(clean.region),
        postal_code: Set(clean.postal_code),
        created_at: Set(work.acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    Ok(id)
}

/// Writes a checked purchase of a customer.
///
/// # Errors
/// When the database fails.
pub fn write_purchase(work: &mut Work<'_>, customer: Uuid, clean: NewPurchase) -> Result<Uuid> {
    let id = work.acting.new_id();
    work.insert(customer_purchase::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        purchased_on: Set(clean.purchased_on),
        product: Set(clean.product),
        quantity: Set(clean.quantity),
        amount_fen: Set(clean.amount.get()),
        order_number: Set(clean.order_number),
        created_at: Set(work.acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    Ok(id)
}

/// Begins a command that adds to a section of a customer's archive.
async fn begin<'a>(
    acting: &'a Acting,
    customer: Uuid,
    section: &'static str,
) -> Done<(Work<'a>, Permit)> {
    let mut work = Work::begin(acting);
    let held = look_at(&mut work, customer, "customer").await?;
    let permit = acting.may(section, "change", &held.facts)?;
    held.check_not_erased("customer")?;
    Ok((work, permit))
}

/// Adds an address (ARC-3).
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, faults of the entry.
pub async fn add_address(acting: &Acting, customer: Uuid, new: NewAddress) -> Done {
    let (mut work, permit) = begin(acting, customer, "archive.addresses").await?;
    let id = write_address(&mut work, customer, new.check()?)?;
    work.note(
        "addressAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"address": id}),
    );
    work.commit(Outcome::row("address", id).and_row("customer", customer))
        .await
}

/// Adds a purchase.
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, faults of the entry.
pub async fn add_purchase(acting: &Acting, customer: Uuid, new: NewPurchase) -> Done {
    let (mut work, permit) = begin(acting, customer, "archive.purchases").await?;
    let clean = new.check(acting.today())?;
    let id = write_purchase(&mut work, customer, clean)?;
    work.note(
        "purchaseAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"purchase": id}),
    );
    work.commit(Outcome::row("purchase", id).and_row("customer", customer))
        .await
}

/// Adds a note (ARC-6).
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, faults of `body`.
pub async fn add_note(acting: &Acting, customer: Uuid, body: &str) -> Done {
    let (mut work, permit) = begin(acting, customer, "archive.notes").await?;
    let body = check_text("body", body, ARC_6)?;
    let id = acting.new_id();
    work.insert(customer_note::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        author_id: Set(acting.employee()),
        body: Set(body),
        created_at: Set(acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    work.note(
        "noteAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"note": id}),
    );
    work.commit(Outcome::row("note", id).and_row("customer", customer))
        .await
}

/// Adds a contact or visit that took place.
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, faults of `happenedAt` and `summary`.
pub async fn add_contact_log(
    acting: &Acting,
    customer: Uuid,
    kind: ContactKind,
    happened_at: DateTime<Utc>,
    summary: &str,
) -> Done {
    let (mut work, permit) = begin(acting, customer, "archive.contact-log").await?;
    let mut checks = Checks::under(ARC_6);
    let summary = checks.text("summary", summary, PROSE);
    if happened_at > acting.now() {
        checks.refuse(
            "happenedAt",
            Refusal::new(Code::OutOfRange).detail(Detail::FutureDate),
        );
    }
    let summary = checks.finish(summary)?;
    let id = acting.new_id();
    work.insert(contact_log::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        employee_id: Set(acting.employee()),
        kind: Set(kind),
        happened_at: Set(happened_at),
        summary: Set(summary),
        created_at: Set(acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    work.note(
        "contactLogAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"entry": id}),
    );
    work.commit(Outcome::row("entry", id).and_row("customer", customer))
        .await
}
