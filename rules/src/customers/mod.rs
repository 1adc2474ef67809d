//! Customers: what an archive holds, whom the directory card shows, which entries are duplicates (ARC-1 to ARC-4, ARC-9).
//!
//! Pitfall: a refusal about a duplicate names the existing number and its owner's department, and nothing else (ARC-2).

mod credit_code;
mod names;
mod phones;

use chrono::NaiveDate;

use crate::kit::checks::{Checks, LINE, PROSE};
use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::vocabulary::CustomerKind;

pub use credit_code::parse_credit_code;
pub use names::{masked_name, normalise_name};
pub use phones::normalise_phone;

const ARC_2: Clause = Clause("ARC-2");
const ARC_3: Clause = Clause("ARC-3");
/// The most custom fields of a customer; a bound of the system, not of a regulation.
const MAX_CUSTOM_FIELDS: i64 = 100;

/// What is entered of a customer (ARC-3).
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Company or person.
    pub kind: CustomerKind,
    /// Name.
    pub name: &'a str,
    /// Unified social credit code.
    pub credit_code: Option<&'a str>,
    /// Enterprise nature 企业性质.
    pub enterprise_nature: Option<&'a str>,
    /// Supervising unit 主管单位.
    pub supervising_unit: Option<&'a str>,
    /// Day of first contact.
    pub first_contact_on: Option<NaiveDate>,
    /// The company's own fields, name and value.
    pub custom: &'a [(&'a str, &'a str)],
}

/// A customer's entry, checked and cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanEntry {
    /// The name as people read it.
    pub name: String,
    /// The name that duplicates are found by (ARC-2).
    pub name_normalised: String,
    /// The credit code in its normal form.
    pub credit_code: Option<String>,
    /// Enterprise nature.
    pub enterprise_nature: Option<String>,
    /// Supervising unit.
    pub supervising_unit: Option<String>,
    /// The company's own fields.
    pub custom: Vec<(String, String)>,
}

/// ARC-3: whether an entry is of the right form.
///
/// # Errors
/// Faults of `name`, `creditCode`, `enterpriseNature`, `supervisingUnit`, `firstContactOn`, `custom`, all at once.
pub fn check_entry(entry: &Entry<'_>, today: NaiveDate) -> Result<CleanEntry, Vec<Refusal>> {
    let mut checks = Checks::under(ARC_3);
    let name = checks.text("name", entry.name, LINE);
    let name_normalised = normalise_name(entry.kind, &name);
    if name_normalised.is_empty() && !name.is_empty() {
        checks.refuse(
            "name",
            Refusal::new(Code::InvalidInput).detail(Detail::NameWithoutLetters),
        );
    }
    let credit_code = entry.credit_code.filter(|code| !code.trim().is_empty());
    let credit_code =
        credit_code.and_then(|code| checks.take("creditCode", parse_credit_code(code)));
    if let Some(date) = entry.first_contact_on {
        checks.not_in_future("firstContactOn", date, today);
    }
    let clean = CleanEntry {
        name,
        name_normalised,
        credit_code,
        enterprise_nature: checks.optional_text("enterpriseNature", entry.enterprise_nature, LINE),
        supervising_unit: checks.optional_text("supervisingUnit", entry.supervising_unit, LINE),
        custom: check_custom(&mut checks, entry.custom),
    };
    checks.finish(clean)
}

fn check_custom(checks: &mut Checks, custom: &[(&str, &str)]) -> Vec<(String, String)> {
    checks.number(
        "custom",
        i64::try_from(custom.len()).unwrap_or(i64::MAX),
        0,
        MAX_CUSTOM_FIELDS,
    );
    custom
        .iter()
        .map(|(name, value)| {
            let name = checks.text("custom", name, LINE);
            let value = checks
                .optional_text("custom", Some(value), PROSE)
                .unwrap_or_default();
            (name, value)
        })
        .collect()
}

/// What is entered of a contact person (ARC-3).
#[derive(Clone, Copy, Debug)]
pub struct ContactEntry<'a> {
    /// Name.
    pub name: &'a str,
    /// Position in the company.
    pub position: Option<&'a str>,
    /// Phone number as written.
    pub phone: Option<&'a str>,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Remark.
    pub remark: Option<&'a str>,
}

/// A contact person's entry, checked and cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanContact {
    /// Name.
    pub name: String,
    /// Position.
    pub position: Option<String>,
    /// Phone number as written, trimmed.
    pub phone: Option<String>,
    /// The phone number that duplicates are found by (ARC-2).
    pub phone_normalised: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Remark.
    pub remark: Option<String>,
}

/// ARC-3: whether a contact person's entry is of the right form.
///
/// # Errors
/// Faults of `name`, `position`, `phone`, `email`, `remark`, all at once.
pub fn check_contact(entry: &ContactEntry<'_>) -> Result<CleanContact, Vec<Refusal>> {
    let mut checks = Checks::under(ARC_3);
    let phone = checks.optional_text("phone", entry.phone, LINE);
    let phone_normalised = phone.as_deref().and_then(normalise_phone);
    if phone.is_some() && phone_normalised.is_none() {
        checks.refuse(
            "phone",
            Refusal::new(Code::InvalidInput).detail(Detail::Phone),
        );
    }
    let email = checks.optional_text("email", entry.email, LINE);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        checks.refuse(
            "email",
            Refusal::new(Code::InvalidInput).detail(Detail::Email),
        );
    }
    let clean = CleanContact {
        name: checks.text("name", entry.name, LINE),
        position: checks.optional_text("position", entry.position, LINE),
        phone,
        phone_normalised,
        email,
        remark: checks.optional_text("remark", entry.remark, PROSE),
    };
    checks.finish(clean)
}

/// Something before and after one `@`, a dot inside the latter, no blanks: what a typing slip breaks, and no more.
/// Whether a text has the form of an e-mail address; whether anybody reads it there is not asked.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let inner_dot = domain.trim_matches('.').len() == domain.len() && domain.contains('.');
    !local.is_empty() && inner_dot && !domain.contains('@') && !text.contains(char::is_whitespace)
}

/// A customer that exists already: all that may be told of it (ARC-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Existing<'a> {
    /// Its number.
    pub number: &'a str,
    /// The name of its owner's department.
    pub department: &'a str,
}

/// ARC-2: whether a customer can be entered beside those that look like it. `certain` has the same credit code; `likely`
/// have the same normalised name or a phone in common; `reason` is why it is another customer all the same.
///
/// # Errors
/// `DUPLICATE_CUSTOMER` at `creditCode`, whatever the reason; `LIKELY_DUPLICATE` or `TOO_LONG` at `duplicateReason`.
pub fn check_duplicate(
    certain: Option<Existing<'_>>,
    likely: &[Existing<'_>],
    reason: Option<&str>,
) -> Result<Option<String>, Refusal> {
    if let Some(existing) = certain {
        let remedy = Remedy::new(RemedyKey::UseExisting).param("department", existing.department);
        let refusal = Refusal::new(Code::DuplicateCustomer)
            .param("number", existing.number)
            .param("department", existing.department);
        return Err(refusal.at("creditCode").remedy(remedy));
    }
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| reason.chars().count() > PROSE) {
        return Err(Refusal::new(Code::TooLong)
            .param("max", PROSE)
            .clause(ARC_2)
            .at("duplicateReason"));
    }
    if !likely.is_empty() && reason.is_none() {
        let names: Vec<_> = likely
            .iter()
            .map(|existing| format!("{} ({})", existing.number, existing.department))
            .collect();
        let refusal = Refusal::new(Code::LikelyDuplicate).param("existing", names.join(", "));
        return Err(refusal
            .at("duplicateReason")
            .remedy(Remedy::new(RemedyKey::GiveReason)));
    }
    Ok(reason.map(str::to_owned))
}

#[cfg(test)]
mod tests;
