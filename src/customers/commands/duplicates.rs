//! Customers that look like one that is being entered (ARC-2).
//!
//! Pitfall: what is told of them is number and owner's department, nothing else.

use std::collections::{BTreeSet, HashMap};

use entity::{customer, customer_phone};
use rules::customers::{Existing, check_duplicate};
use rules::kit::refusal::Refusal;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::acting::Directory;
use crate::kit::error::Result;

/// The most likely duplicates that a refusal names; more would not help to find the right one.
const NAMED: usize = 10;

/// What a customer is likened by.
#[derive(Debug, Clone, Copy)]
pub struct Likeness<'a> {
    /// The customer itself, where it exists already.
    pub of: Option<Uuid>,
    /// Credit code in its normal form.
    pub credit_code: Option<&'a str>,
    /// Normalised name; `None` where only the credit code counts.
    pub name: Option<&'a str>,
    /// Normalised phones.
    pub phones: &'a [String],
}

/// What was found: number and owner's department of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The customer with the same credit code.
    pub certain: Option<(String, String)>,
    /// Customers with the same name or a phone in common.
    pub likely: Vec<(String, String)>,
}

impl Neighbours {
    /// ARC-2: whether the customer can be entered beside them; gives the reason, trimmed.
    ///
    /// # Errors
    /// `DUPLICATE_CUSTOMER`, `LIKELY_DUPLICATE`, `TOO_LONG`.
    pub fn check(&self, reason: Option<&str>) -> Result<Option<String>, Refusal> {
        let certain = self
            .certain
            .as_ref()
            .map(|(number, department)| Existing { number, department });
        let likely: Vec<_> = self
            .likely
            .iter()
            .map(|(number, department)| Existing { number, department })
            .collect();
        check_duplicate(certain, &likely, reason)
    }
}

/// Finds the customers that look like one, over all departments.
///
/// # Errors
/// When the database fails.
pub async fn neighbours(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    like: Likeness<'_>,
) -> Result<Neighbours> {
    let mut register = Register::default();
    register.look_up(conn, directory, &[], &[like]).await?;
    Ok(register.neighbours(&like))
}

/// A customer as far as likeness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub number: String,
    /// The name of its owner's department.
    pub department: String,
    /// Credit code in its normal form.
    pub credit_code: Option<String>,
    /// Normalised name.
    pub name: String,
    /// Normalised phones.
    pub phones: Vec<String>,
}

/// The customers that look like those which are being entered, found in a few statements whatever their number.
#[derive(Debug, Default)]
pub struct Register {
    seen: HashMap<Uuid, Seen>,
    numbers: HashMap<String, Uuid>,
    codes: HashMap<String, Uuid>,
    names: HashMap<String, Vec<Uuid>>,
    phones: HashMap<String, Vec<Uuid>>,
}

impl Register {
    /// Finds the customers that have one of the numbers or look like one of the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_up(
        &mut self,
        conn: &impl ConnectionTrait,
        directory: &Directory,
        numbers: &[&str],
        likes: &[Likeness<'_>],
    ) -> Result<()> {
        let wanted: Vec<&str> = likes
            .iter()
            .flat_map(|like| like.phones)
            .map(String::as_str)
            .collect();
        let mut condition = Condition::any();
        if !wanted.is_empty() {
            let known = customer_phone::Entity::find()
                .filter(customer_phone::Column::PhoneNormalised.is_in(wanted))
                .all(conn)
                .await?;
            condition = condition
                .add(customer::Column::Id.is_in(known.into_iter().map(|phone| phone.customer_id)));
        }
        let codes: Vec<&str> = likes.iter().filter_map(|like| like.credit_code).collect();
        let names: Vec<&str> = likes.iter().filter_map(|like| like.name).collect();
        let texts = [
            (customer::Column::Number, numbers.to_vec()),
            (customer::Column::CreditCode, codes),
            (customer::Column::NameNormalised, names),
        ];
        for (column, texts) in texts.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            condition = condition.add(column.is_in(texts));
        }
        if condition.is_empty() {
            return Ok(());
        }
        let found: Vec<(Uuid, String, Option<String>, String, Uuid, Option<Uuid>)> =
            customer::Entity::find()
                .select_only()
                .columns([
                    customer::Column::Id,
                    customer::Column::Number,
                    customer::Column::CreditCode,
                    customer::Column::NameNormalised,
                    customer::Column::DepartmentId,
                    customer::Column::OwnerId,
                ])
                .filter(condition)
                .into_tuple()
                .all(conn)
                .await?;
        let mut phones: HashMap<Uuid, Vec<String>> = HashMap::new();
        if !found.is_empty() {
            let of = customer_phone::Column::CustomerId.is_in(found.iter().map(|row| row.0));
            for phone in customer_phone::Entity::find().filter(of).all(conn).await? {
                phones
                    .entry(phone.customer_id)
                    .or_default()
                    .push(phone.phone_normalised);
            }
        }
        for (id, number, credit_code, name, department, owner) in found {
            let owner = owner.and_then(|owner| directory.person(owner));
            let department = directory
                .department_name(owner.map_or(department, |owner| owner.department))
                .to_owned();
            let phones = phones.remove(&id).unwrap_or_default();
            self.add(
                id,
                Seen {
                    number,
                    department,
                    credit_code,
                    name,
                    phones,
                },
            );
        }
        Ok(())
    }

    /// Takes in a customer that was just entered.
    pub fn add(&mut self, id: Uuid, seen: Seen) {
        if self.seen.contains_key(&id) {
            return;
        }
        self.numbers.insert(seen.number.clone(), id);
        self.codes
            .extend(seen.credit_code.clone().map(|code| (code, id)));
        self.names.entry(seen.name.clone()).or_default().push(id);
        for phone in &seen.phones {
            self.phones.entry(phone.clone()).or_default().push(id);
        }
        self.seen.insert(id, seen);
    }

    /// The customers that look like one.
    pub fn neighbours(&self, like: &Likeness<'_>) -> Neighbours {
        let told = |seen: &Seen| (seen.number.clone(), seen.department.clone());
        let is_other = |id: &&Uuid| like.of != Some(**id);
        let certain = like
            .credit_code
            .and_then(|code| self.codes.get(code))
            .filter(is_other);
        let certain = certain.and_then(|id| self.seen.get(id)).map(told);
        // A certain duplicate is refused whatever else is like it.
        if certain.is_some() {
            return Neighbours {
                certain,
                likely: Vec::new(),
            };
        }
        let named = like
            .name
            .and_then(|name| self.names.get(name))
            .into_iter()
            .flatten();
        let called = like
            .phones
            .iter()
            .filter_map(|phone| self.phones.get(phone))
            .flatten();
        let alike: BTreeSet<_> = named
            .chain(called)
            .filter(is_other)
            .filter_map(|id| self.seen.get(id))
            .map(told)
            .collect();
        Neighbours {
            certain: None,
            likely: alike.into_iter().take(NAMED).collect(),
        }
    }

    /// The customer with a number.
    pub fn by_number(&self, number: &str) -> Option<&Seen> {
        self.numbers.get(number).and_then(|id| self.seen.get(id))
    }

    /// The customer with a credit code.
    pub fn by_credit_code(&self, code: &str) -> Option<&Seen> {
        self.codes.get(code).and_then(|id| self.seen.get(id))
    }

    /// A customer with a name and one of the phones, or with none where there is none.
    pub fn by_name_and_phone(&self, name: &str, phones: &[String]) -> Option<&Seen> {
        let named = self
            .names
            .get(name)?
            .iter()
            .filter_map(|id| self.seen.get(id));
        named.into_iter().find(|seen| {
            (phones.is_empty() && seen.phones.is_empty())
                || seen.phones.iter().any(|phone| phones.contains(phone))
        })
    }
}
