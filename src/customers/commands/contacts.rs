//! Contact persons (ARC-3): add, change.

use entity::{customer_contact, customer_phone};
use rules::customers::{CleanContact, ContactEntry, check_contact};
use rules::kit::refusal::{Code, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::{hold, hold_entry};
use crate::acting::Acting;
use crate::kit::error::Result;
use crate::kit::pinyin_key;
use crate::work::{Done, Outcome, Work};

const SECTION: &str = "archive.contacts";

/// A contact person as it is entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewContact {
    /// Name.
    pub name: String,
    /// Position at the customer.
    pub position: Option<String>,
    /// Phone as written.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether it is the main contact.
    pub is_primary: bool,
    /// Remark.
    pub remark: Option<String>,
}

impl NewContact {
    /// ARC-3: whether it is of the right form; gives it cleaned.
    ///
    /// # Errors
    /// Faults of `name`, `position`, `phone`, `email`, `remark`, all at once.
    pub fn check(&self) -> Result<CleanContact, Vec<Refusal>> {
        check_contact(&ContactEntry {
            name: &self.name,
            position: self.position.as_deref(),
            phone: self.phone.as_deref(),
            email: self.email.as_deref(),
            remark: self.remark.as_deref(),
        })
    }
}

/// Writes a checked contact person of a customer, and its phone among those that duplicates are found by.
///
/// # Errors
/// When the database fails.
pub fn write_contact(
    work: &mut Work<'_>,
    customer: Uuid,
    clean: CleanContact,
    is_primary: bool,
) -> Result<Uuid> {
    let id = work.acting.new_id();
    work.insert(customer_contact::ActiveModel {
        id: Set(id),
        customer_id: Set(customer),
        name_key: Set(pinyin_key(&clean.name)),
        name: Set(clean.name),
        position: Set(clean.position),
        phone: Set(clean.phone),
        email: Set(clean.email),
        is_primary: Set(is_primary),
        remark: Set(clean.remark),
        created_at: Set(work.acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    write_phone(work, customer, id, clean.phone_normalised);
    Ok(id)
}

fn write_phone(work: &mut Work<'_>, customer: Uuid, contact: Uuid, phone: Option<String>) {
    let Some(phone) = phone else { return };
    let row = customer_phone::ActiveModel {
        id: Set(work.acting.new_id()),
        customer_id: Set(customer),
        contact_id: Set(Some(contact)),
        phone_normalised: Set(phone),
    };
    work.derive(row);
}

/// Takes a contact's phone out of those that duplicates are found by.
///
/// # Errors
/// When the database fails.
pub(super) async fn forget_phone(work: &Work<'_>, contact: Uuid) -> Result<()> {
    customer_phone::Entity::delete_many()
        .filter(customer_phone::Column::ContactId.eq(contact))
        .exec(work.conn())
        .await?;
    Ok(())
}

/// Makes room for a new main contact: there is one at most.
async fn yield_primary(work: &mut Work<'_>, customer: Uuid, but: Option<Uuid>) -> Done<()> {
    let others = customer_contact::Entity::find()
        .filter(customer_contact::Column::CustomerId.eq(customer))
        .filter(customer_contact::Column::IsPrimary.eq(true))
        .all(work.conn())
        .await?;
    for other in others.into_iter().filter(|other| Some(other.id) != but) {
        work.update::<customer_contact::ActiveModel, _>(other, None, |active| {
            active.is_primary = Set(false);
        })
        .await?;
    }
    Ok(())
}

/// Adds a contact person.
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, faults of the entry.
pub async fn add_contact(acting: &Acting, customer: Uuid, new: NewContact) -> Done {
    let mut work = Work::begin(acting);
    let held = hold(&work, customer, "customer").await?;
    let permit = acting.may(SECTION, "change", &held.facts)?;
    held.check_not_erased("customer")?;
    let clean = new.check()?;
    if new.is_primary {
        yield_primary(&mut work, customer, None).await?;
    }
    let id = write_contact(&mut work, customer, clean, new.is_primary)?;
    work.note(
        "contactAdd",
        "customer",
        Some(customer),
        &permit,
        json!({"contact": id}),
    );
    work.commit(Outcome::row("contact", id).and_row("customer", customer))
        .await
}

/// Changes a contact person: the whole entry is given anew.
///
/// # Errors
/// `NOT_FOUND` at `contact`, also where the viewer can't read contacts; `FORBIDDEN`, `VERSION_CONFLICT`,
/// `WRONG_STATE` for a voided one, faults of the entry.
pub async fn change_contact(
    acting: &Acting,
    contact: Uuid,
    expected: i32,
    new: NewContact,
) -> Done {
    let mut work = Work::begin(acting);
    let missing = || Refusal::new(Code::NotFound).at("contact");
    let row = customer_contact::Entity::find_by_id(contact)
        .one(work.conn())
        .await?;
    let customer = row.ok_or_else(missing)?.customer_id;
    let (_, permit) = hold_entry(&work, customer, SECTION, "contact").await?;
    // Read again behind the customer's lock: what others did meanwhile is a conflict, not lost.
    let row = customer_contact::Entity::find_by_id(contact)
        .one(work.conn())
        .await?;
    let row = row.ok_or_else(missing)?;
    work.check_version("customer_contact", contact, row.version, expected)
        .await?;
    if row.voided_at.is_some() {
        return Err(super::void::voided().into());
    }
    let clean = new.check()?;
    if new.is_primary {
        yield_primary(&mut work, customer, Some(contact)).await?;
    }
    let phone = clean.phone_normalised.clone();
    work.update::<customer_contact::ActiveModel, _>(row, None, |active| {
        active.name_key = Set(pinyin_key(&clean.name));
        active.name = Set(clean.name);
        active.position = Set(clean.position);
        active.phone = Set(clean.phone);
        active.email = Set(clean.email);
        active.is_primary = Set(new.is_primary);
        active.remark = Set(clean.remark);
    })
    .await?;
    forget_phone(&work, contact).await?;
    write_phone(&mut work, customer, contact, phone);
    work.note(
        "contactChange",
        "customer",
        Some(customer),
        &permit,
        json!({"contact": contact}),
    );
    work.commit(Outcome::row("contact", contact).and_row("customer", customer))
        .await
}
