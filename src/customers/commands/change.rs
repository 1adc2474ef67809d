//! Changing a customer's profile (ARC-3, ARC-7), and whose it is (LKP-3).
//!
//! Pitfall: whose a customer is decides who reads its archive, so the owner can't give it away: that is the manager's.

use chrono::NaiveDate;
use entity::customer;
use rules::customers::{Entry, check_entry};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::vocabulary::{
    CustomerCategory, CustomerGrade, CustomerKind, CustomerSource, CustomerStanding,
};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::duplicates::{Likeness, neighbours};
use super::enter::{card_name_key, custom_json, duplicate_of};
use super::{department, hold, present};
use crate::acting::Acting;
use crate::lookups;
use crate::work::{Done, Outcome, Work};

/// What changes of a profile; `None` stays as it is, `Some(None)` is taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// Company or person.
    pub kind: Option<CustomerKind>,
    /// Standing.
    pub standing: Option<CustomerStanding>,
    /// Name.
    pub name: Option<String>,
    /// Category.
    pub category: Option<CustomerCategory>,
    /// Grade.
    pub grade: Option<Option<CustomerGrade>>,
    /// Credit code.
    pub credit_code: Option<Option<String>>,
    /// Enterprise nature.
    pub enterprise_nature: Option<Option<String>>,
    /// Supervising unit.
    pub supervising_unit: Option<Option<String>>,
    /// Where it came from.
    pub source: Option<Option<CustomerSource>>,
    /// Day of first contact.
    pub first_contact_on: Option<Option<NaiveDate>>,
    /// The company's own fields, all of them.
    pub custom: Option<Vec<(String, String)>>,
    /// Why it is another customer than those it looks like now.
    pub duplicate_reason: Option<String>,
    /// Why it changes (ARC-7).
    pub reason: Option<String>,
}

/// Changes a customer's profile.
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, `VERSION_CONFLICT` with what changed since and by whom, faults of the
/// fields, `DUPLICATE_CUSTOMER`, `LIKELY_DUPLICATE`.
pub async fn change(acting: &Acting, id: Uuid, expected: i32, change: CustomerChange) -> Done {
    let code = change.credit_code.clone().flatten();
    let mut work = Work::begin(acting);
    match change_in(&mut work, id, expected, change).await {
        Ok(()) => work.commit(Outcome::row("customer", id)).await,
        Err(stop) => {
            drop(work);
            Err(duplicate_of(acting, stop, code.as_deref(), Some(id)).await)
        }
    }
}

fn custom_of(row: &customer::Model) -> Vec<(String, String)> {
    let fields = row.custom.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

async fn change_in(
    work: &mut Work<'_>,
    id: Uuid,
    expected: i32,
    change: CustomerChange,
) -> Done<()> {
    let acting = work.acting;
    let held = hold(work, id, "customer").await?;
    let permit = acting.may("customer", "change", &held.facts)?;
    held.check_not_erased("customer")?;
    let row = held.row;
    work.check_version("customer", id, row.version, expected)
        .await?;
    let kind = change.kind.unwrap_or(row.kind);
    let custom = change.custom.unwrap_or_else(|| custom_of(&row));
    let custom: Vec<(&str, &str)> = custom
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let first_contact_on = change.first_contact_on.unwrap_or(row.first_contact_on);
    let credit_code = change
        .credit_code
        .unwrap_or_else(|| row.credit_code.clone());
    let enterprise_nature = change
        .enterprise_nature
        .unwrap_or_else(|| row.enterprise_nature.clone());
    let supervising_unit = change
        .supervising_unit
        .unwrap_or_else(|| row.supervising_unit.clone());
    let entry = check_entry(
        &Entry {
            kind,
            name: change.name.as_deref().unwrap_or(&row.name),
            credit_code: credit_code.as_deref(),
            enterprise_nature: enterprise_nature.as_deref(),
            supervising_unit: supervising_unit.as_deref(),
            first_contact_on,
            custom: &custom,
        },
        acting.today(),
    )?;
    let reason = check_reason(change.reason.as_deref())?;
    // Only what becomes like another customer is compared: an old likeness was explained when it was entered.
    let like = Likeness {
        of: Some(id),
        credit_code: entry
            .credit_code
            .as_deref()
            .filter(|code| row.credit_code.as_deref() != Some(*code)),
        name: Some(entry.name_normalised.as_str()).filter(|name| row.name_normalised != *name),
        phones: &[],
    };
    let found = neighbours(work.conn(), &acting.directory, like).await?;
    let duplicate_reason = found
        .check(change.duplicate_reason.as_deref())?
        .filter(|_| !found.likely.is_empty());
    let now = acting.now();
    work.update::<customer::ActiveModel, _>(row, reason.as_deref(), |active| {
        active.kind = Set(kind);
        active.card_name_key = Set(card_name_key(kind, &entry.name));
        active.name = Set(entry.name);
        active.name_normalised = Set(entry.name_normalised);
        active.credit_code = Set(entry.credit_code);
        active.enterprise_nature = Set(entry.enterprise_nature);
        active.supervising_unit = Set(entry.supervising_unit);
        active.first_contact_on = Set(first_contact_on);
        active.custom = Set(custom_json(entry.custom));
        active.updated_at = Set(now);
        if let Some(standing) = change.standing {
            active.standing = Set(standing);
        }
        if let Some(category) = change.category {
            active.category = Set(category);
        }
        if let Some(grade) = change.grade {
            active.grade = Set(grade);
        }
        if let Some(source) = change.source {
            active.source = Set(source);
        }
        if let Some(reason) = duplicate_reason {
            active.duplicate_reason = Set(Some(reason));
        }
    })
    .await?;
    work.note("customerChange", "customer", Some(id), &permit, json!({}));
    Ok(())
}

fn check_reason(reason: Option<&str>) -> Done<Option<String>> {
    let mut checks = Checks::under(Clause("ARC-7"));
    let reason = checks.optional_text("reason", reason, PROSE);
    Ok(checks.finish(reason)?)
}

/// Gives a customer another owner or department; `None` stays as it is, an owner of `Some(None)` is nobody. Open lookup
/// requests for its archive take the way of its new department (LKP-1, LKP-2).
///
/// # Errors
/// `NOT_FOUND` at `customer`, `FORBIDDEN`, `VERSION_CONFLICT`, `UNKNOWN_REFERENCE` at `owner` and `department`.
pub async fn assign(
    acting: &Acting,
    id: Uuid,
    expected: i32,
    owner: Option<Option<Uuid>>,
    to: Option<Uuid>,
    reason: Option<&str>,
) -> Done {
    let mut work = Work::begin(acting);
    let held = hold(&work, id, "customer").await?;
    let permit = acting.may("customer", "assign", &held.facts)?;
    let row = held.row;
    work.check_version("customer", id, row.version, expected)
        .await?;
    let owner = match owner {
        Some(Some(id)) => Some(present(acting, "owner", id)?),
        Some(None) => None,
        None => row.owner_id,
    };
    let to = match to {
        Some(id) => department(acting, "department", id)?,
        None => row.department_id,
    };
    let reason = check_reason(reason)?;
    let (moved, now) = (row.department_id != to, acting.now());
    let row = work
        .update::<customer::ActiveModel, _>(row, reason.as_deref(), |active| {
            active.owner_id = Set(owner);
            active.department_id = Set(to);
            active.updated_at = Set(now);
        })
        .await?;
    if moved {
        lookups::reroute(&mut work, &row, &permit).await?;
    }
    work.note(
        "customerAssign",
        "customer",
        Some(id),
        &permit,
        json!({"owner": owner, "department": to}),
    );
    work.commit(Outcome::row("customer", id)).await
}
