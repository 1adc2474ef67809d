//! Voiding entries of an archive: with a reason, and never deleted (ground rules).

use entity::{contact_log, customer_address, customer_contact, customer_note, customer_purchase};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::contacts::forget_phone;
use super::hold_entry;
use crate::acting::Acting;
use crate::work::{Done, Outcome, Work};

/// The refusal for an entry that was voided.
pub(super) fn voided() -> Refusal {
    Refusal::new(Code::WrongState)
        .detail(Detail::EntryVoided)
        .clause(Clause("ARC-7"))
}

/// A command that voids an entry: the same for every section but for table and names.
macro_rules! void {
    ($(#[$doc:meta])+ $name:ident, $table:ident, $section:literal, $field:literal, $verb:literal, $given:literal
        $(, after $after:ident)?) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// `NOT_FOUND`, also where the viewer can't read the section; `FORBIDDEN`, `VERSION_CONFLICT`, `WRONG_STATE`
        /// where it was voided already, faults of `reason`.
        pub async fn $name(acting: &Acting, id: Uuid, expected: i32, reason: &str) -> Done {
            let mut work = Work::begin(acting);
            let missing = || Refusal::new(Code::NotFound).at($field);
            let row = $table::Entity::find_by_id(id).one(work.conn()).await?;
            let customer = row.ok_or_else(missing)?.customer_id;
            let (_, permit) = hold_entry(&work, customer, $section, $field).await?;
            // Read again behind the customer's lock.
            let row = $table::Entity::find_by_id(id).one(work.conn()).await?.ok_or_else(missing)?;
            if row.voided_at.is_some() {
                return Err(voided().into());
            }
            work.check_version(stringify!($table), id, row.version, expected).await?;
            let mut checks = Checks::under(Clause("ARC-7"));
            let reason = checks.text("reason", reason, PROSE);
            let reason = checks.finish(reason)?;
            let now = acting.now();
            work.update::<$table::ActiveModel, _>(row, Some(&reason.clone()), |active| {
                active.voided_at = Set(Some(now));
                active.void_reason = Set(Some(reason));
            })
            .await?;
            $( $after(&work, id).await?; )?
            work.note($verb, "customer", Some(customer), &permit, json!({$given: id}));
            work.commit(Outcome::row($given, id).and_row("customer", customer)).await
        }
    };
}

void!(
    /// Voids a contact person.
    void_contact, customer_contact, "archive.contacts", "contact", "contactVoid", "contact", after forget_phone
);
void!(
    /// Voids an address.
    void_address, customer_address, "archive.addresses", "address", "addressVoid", "address"
);
void!(
    /// Voids a purchase.
    void_purchase, customer_purchase, "archive.purchases", "purchase", "purchaseVoid", "purchase"
);
void!(
    /// Voids a note.
    void_note, customer_note, "archive.notes", "note", "noteVoid", "note"
);
void!(
    /// Voids an entry of the contact log.
    void_log_entry, contact_log, "archive.contact-log", "entry", "contactLogVoid", "entry"
);
