//! Entering a customer (ARC-1 to ARC-4): one archive with a unique number, duplicates found.
//!
//! An import calls [`NewCustomer::check`] and [`write`] for rows of its own, inside its own unit of work.
//! Pitfall: the unique index has the last word on credit codes; two entries at once both pass the search.

use chrono::NaiveDate;
use entity::customer;
use rules::customers::{CleanContact, CleanEntry, Entry, check_entry, masked_name};
use rules::kit::numbering::{Numbering, Period};
use rules::kit::refusal::Refusal;
use rules::vocabulary::{
    ArchiveState, CustomerCategory, CustomerGrade, CustomerKind, CustomerSource, CustomerStanding,
    FilingState,
};
use sea_orm::ActiveValue::Set;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::contacts::{NewContact, write_contact};
use super::duplicates::{Likeness, neighbours};
use super::entries::{NewAddress, write_address};
use super::{department, present};
use crate::acting::{Acting, Permit};
use crate::customers::access::CustomerFacts;
use crate::kit::error::Result;
use crate::kit::pinyin_key;
use crate::work::{Done, Outcome, Stop, Work, is_duplicate};

/// A customer as it is entered (ARC-3).
#[derive(Debug, Clone, PartialEq)]
pub struct NewCustomer {
    /// Company or person.
    pub kind: CustomerKind,
    /// Buys, intends to buy, or uses (ARC-1).
    pub standing: CustomerStanding,
    /// Name.
    pub name: String,
    /// Category (ARC-4).
    pub category: CustomerCategory,
    /// Grade, where it has one.
    pub grade: Option<CustomerGrade>,
    /// Department; `None`: the department of who enters it.
    pub department: Option<Uuid>,
    /// Owner; `None`: who enters it, where he belongs to the customer's department, else nobody.
    pub owner: Option<Uuid>,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Enterprise nature.
    pub enterprise_nature: Option<String>,
    /// Supervising unit.
    pub supervising_unit: Option<String>,
    /// Where it came from.
    pub source: Option<CustomerSource>,
    /// Day of first contact.
    pub first_contact_on: Option<NaiveDate>,
    /// The company's own fields.
    pub custom: Vec<(String, String)>,
    /// Contact persons.
    pub contacts: Vec<NewContact>,
    /// Addresses.
    pub addresses: Vec<NewAddress>,
    /// Why it is another customer than those it looks like.
    pub duplicate_reason: Option<String>,
}

/// A customer of the right form.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedCustomer {
    /// As it was entered, for what needs no cleaning.
    pub new: NewCustomer,
    /// Its head, cleaned.
    pub entry: CleanEntry,
    /// Its contacts, cleaned, and which of them is the main one.
    pub contacts: Vec<(CleanContact, bool)>,
    /// Its addresses, cleaned.
    pub addresses: Vec<NewAddress>,
    /// Every known phone, normalised.
    pub phones: Vec<String>,
}

/// In which states a customer comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// How far the archive's review has come (ARC-5).
    pub archive_state: ArchiveState,
    /// Day it was archived.
    pub archived_on: Option<NaiveDate>,
    /// How far its filing has come (FIL-3).
    pub filing_state: FilingState,
    /// Day it was filed.
    pub filed_on: Option<NaiveDate>,
    /// The import that brings it.
    pub import: Option<Uuid>,
    /// The number it brings along; `None`: the next one.
    pub number: Option<String>,
}

impl Admission {
    /// A customer entered by hand: still to be reviewed and filed.
    pub const BY_HAND: Self = Self {
        archive_state: ArchiveState::Draft,
        archived_on: None,
        filing_state: FilingState::Unfiled,
        filed_on: None,
        import: None,
        number: None,
    };
}

impl NewCustomer {
    /// ARC-3: whether it is of the right form; gives it cleaned.
    ///
    /// # Errors
    /// All faults at once, those of contacts and addresses with their place in the list.
    pub fn check(self, today: NaiveDate) -> Result<CheckedCustomer, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let custom: Vec<(&str, &str)> = self
            .custom
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let entry = check_entry(
            &Entry {
                kind: self.kind,
                name: &self.name,
                credit_code: self.credit_code.as_deref(),
                enterprise_nature: self.enterprise_nature.as_deref(),
                supervising_unit: self.supervising_unit.as_deref(),
                first_contact_on: self.first_contact_on,
                custom: &custom,
            },
            today,
        )
        .map_err(|faults| refusals.extend(faults));
        let mut contacts = Vec::new();
        for (place, contact) in self.contacts.iter().enumerate() {
            match contact.check() {
                Ok(clean) => contacts.push((clean, contact.is_primary)),
                Err(faults) => {
                    refusals.extend(faults.into_iter().map(|f| f.at(place).at("contacts")))
                }
            }
        }
        let mut addresses = Vec::new();
        for (place, address) in self.addresses.iter().enumerate() {
            match address.check() {
                Ok(clean) => addresses.push(clean),
                Err(faults) => {
                    refusals.extend(faults.into_iter().map(|f| f.at(place).at("addresses")))
                }
            }
        }
        // One main contact at most: the first that says so, or the first of all.
        let primary = contacts
            .iter()
            .position(|(_, is_primary)| *is_primary)
            .unwrap_or(0);
        for (place, (_, is_primary)) in contacts.iter_mut().enumerate() {
            *is_primary = place == primary;
        }
        let phones = contacts
            .iter()
            .filter_map(|(clean, _)| clean.phone_normalised.clone())
            .collect();
        match entry {
            Ok(entry) if refusals.is_empty() => Ok(CheckedCustomer {
                new: self,
                entry,
                contacts,
                addresses,
                phones,
            }),
            _ => Err(refusals),
        }
    }
}

impl CheckedCustomer {
    /// What duplicates of it are found by.
    pub fn likeness(&self) -> Likeness<'_> {
        Likeness {
            of: None,
            credit_code: self.entry.credit_code.as_deref(),
            name: Some(&self.entry.name_normalised),
            phones: &self.phones,
        }
    }
}

/// The key by which the directory card sorts: of a person's masked name, never of the name itself (ARC-9).
pub(super) fn card_name_key(kind: CustomerKind, name: &str) -> String {
    match kind {
        CustomerKind::Company => pinyin_key(name),
        CustomerKind::Person => pinyin_key(&masked_name(name)),
    }
}

/// Numbers of customers (ARC-2). Eight digits keep them in order as texts; a ninth comes when it is needed.
const NUMBERING: Numbering = Numbering {
    series: "customer",
    prefix: "KH",
    period: Period::Never,
    width: 8,
};

/// The company's own fields as the database keeps them.
pub(super) fn custom_json(custom: Vec<(String, String)>) -> Value {
    custom
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect::<Map<_, _>>()
        .into()
}

/// Whose a new customer is: department and owner, where the input names none those of who enters it.
fn belongs(acting: &Acting, new: &NewCustomer) -> Result<(Uuid, Option<Uuid>), Refusal> {
    let own = acting.viewer.subject.department;
    let of = match new.department {
        Some(id) => department(acting, "department", id)?,
        None => own,
    };
    let owner = match new.owner {
        Some(id) => Some(present(acting, "owner", id)?),
        None if acting.directory.home(own) == acting.directory.home(of) => Some(acting.employee()),
        None => None,
    };
    Ok((of, owner))
}

/// Writes a checked customer with its number, its contacts and addresses, and notes it.
///
/// # Errors
/// When the database fails, the unique index of credit codes among it.
pub async fn write(
    work: &mut Work<'_>,
    checked: CheckedCustomer,
    (department, owner): (Uuid, Option<Uuid>),
    duplicate_reason: Option<String>,
    admission: Admission,
    permit: &Permit,
) -> Result<customer::Model> {
    let CheckedCustomer {
        new,
        entry,
        contacts,
        addresses,
        ..
    } = checked;
    let (id, now) = (work.acting.new_id(), work.acting.now());
    let number = match admission.number {
        Some(number) => {
            let today = work.acting.today();
            if let Some(serial) = NUMBERING.serial(today, &number) {
                work.raise_number(&NUMBERING.series(today), serial).await?;
            }
            number
        }
        None => work.number(&NUMBERING).await?,
    };
    let row = work.insert(customer::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        kind: Set(new.kind),
        standing: Set(new.standing),
        card_name_key: Set(card_name_key(new.kind, &entry.name)),
        name: Set(entry.name),
        name_normalised: Set(entry.name_normalised),
        category: Set(new.category),
        grade: Set(new.grade),
        department_id: Set(department),
        owner_id: Set(owner),
        credit_code: Set(entry.credit_code),
        enterprise_nature: Set(entry.enterprise_nature),
        supervising_unit: Set(entry.supervising_unit),
        source: Set(new.source),
        first_contact_on: Set(new.first_contact_on),
        archive_state: Set(admission.archive_state),
        archived_on: Set(admission.archived_on),
        filing_state: Set(admission.filing_state),
        filed_on: Set(admission.filed_on),
        custom: Set(custom_json(entry.custom)),
        duplicate_reason: Set(duplicate_reason),
        entered_by: Set(Some(work.acting.employee())),
        import_id: Set(admission.import),
        updated_at: Set(now),
        created_at: Set(now),
        version: Set(1),
    })?;
    for (contact, is_primary) in contacts {
        write_contact(work, id, contact, is_primary)?;
    }
    for address in addresses {
        write_address(work, id, address)?;
    }
    work.note(
        "customerEnter",
        "customer",
        Some(id),
        permit,
        json!({"number": number}),
    );
    Ok(row)
}

/// Enters a customer inside a unit of work: asked, checked, compared with those that exist, written.
///
/// # Errors
/// `FORBIDDEN`, `UNKNOWN_REFERENCE`, faults of the entry, `DUPLICATE_CUSTOMER`, `LIKELY_DUPLICATE`; when the database
/// fails, the unique index of credit codes among it.
pub async fn enter_in(
    work: &mut Work<'_>,
    new: NewCustomer,
    admission: Admission,
) -> Done<customer::Model> {
    let acting = work.acting;
    let belongs = belongs(acting, &new)?;
    let permit = acting.may(
        "customer",
        "enter",
        &CustomerFacts::of_new(belongs.0, belongs.1),
    )?;
    let checked = new.check(acting.today())?;
    let found = neighbours(work.conn(), &acting.directory, checked.likeness()).await?;
    let reason = found.check(checked.new.duplicate_reason.as_deref())?;
    // Beside nothing like it there is nothing to explain.
    let reason = reason.filter(|_| !found.likely.is_empty());
    Ok(write(work, checked, belongs, reason, admission, &permit).await?)
}

/// Enters a customer (ARC-2).
///
/// # Errors
/// As [`enter_in`].
pub async fn enter(acting: &Acting, new: NewCustomer) -> Done {
    let code = new.credit_code.clone();
    let mut work = Work::begin(acting);
    let entered = async {
        let row = enter_in(&mut work, new, Admission::BY_HAND).await?;
        work.commit(Outcome::row("customer", row.id)).await
    };
    match entered.await {
        Ok(outcome) => Ok(outcome),
        Err(stop) => Err(duplicate_of(acting, stop, code.as_deref(), None).await),
    }
}

/// The breach of the unique index as the refusal it stands for: somebody else was first with the same credit code.
pub(super) async fn duplicate_of(
    acting: &Acting,
    stop: Stop,
    code: Option<&str>,
    of: Option<Uuid>,
) -> Stop {
    let code = code.and_then(|code| rules::customers::parse_credit_code(code).ok());
    match (&stop, code) {
        (Stop::Failed(error), Some(code)) if is_duplicate(error, "credit_code") => {
            let like = Likeness {
                of,
                credit_code: Some(&code),
                name: None,
                phones: &[],
            };
            match neighbours(&acting.db.write, &acting.directory, like)
                .await
                .map(|found| found.check(None))
            {
                Ok(Err(refusal)) => refusal.into(),
                _ => stop,
            }
        }
        _ => stop,
    }
}
