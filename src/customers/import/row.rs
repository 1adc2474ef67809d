//! A row of a list as the customer that is entered: words to values, names to people and departments, then the checks
//! of every entry.
//!
//! Pitfall: a list need not name kind, category and contact person where they follow from the rest; `docs/import.md` says
//! what is taken then.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{department, employee};
use rules::kit::checks::{Checks, LINE};
use rules::kit::clause::Clause;
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::text::text;
use rules::vocabulary::{AddressKind, CustomerCategory, CustomerKind, Vocabulary};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::columns::{Column, Columns};
use super::sheet::Record;
use crate::acting::{Acting, Permit};
use crate::customers::access::CustomerFacts;
use crate::customers::commands::{CheckedCustomer, NewAddress, NewContact, NewCustomer, present};
use crate::kit::error::Result;

/// Years that a list can speak of; anything else is a slip of typing.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// Departments by code and name, employees by number and name; `None` where several are called so.
#[derive(Debug, Default)]
pub(super) struct Names {
    departments: HashMap<String, Option<Uuid>>,
    employees: HashMap<String, Option<Uuid>>,
}

impl Names {
    pub(super) async fn load(conn: &impl ConnectionTrait) -> Result<Self> {
        let mut names = Self::default();
        let open = department::Entity::find()
            .filter(department::Column::ClosedAt.is_null())
            .all(conn)
            .await?;
        let (codes, called): (Vec<_>, Vec<_>) = open
            .into_iter()
            .map(|d| ((d.code, d.id), (d.name, d.id)))
            .unzip();
        enlist(&mut names.departments, codes, called);
        let people = employee::Entity::find().all(conn).await?;
        let (numbers, called): (Vec<_>, Vec<_>) = people
            .into_iter()
            .map(|e| ((e.number, e.id), (e.name, e.id)))
            .unzip();
        enlist(&mut names.employees, numbers, called);
        Ok(names)
    }
}

/// Codes are unique and come before names.
fn enlist(
    into: &mut HashMap<String, Option<Uuid>>,
    codes: Vec<(String, Uuid)>,
    names: Vec<(String, Uuid)>,
) {
    for (name, id) in names {
        into.entry(name)
            .and_modify(|known| *known = None)
            .or_insert(Some(id));
    }
    into.extend(codes.into_iter().map(|(code, id)| (code, Some(id))));
}

/// A row that can be entered, as far as the row itself goes.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) line: u64,
    pub(super) number: Option<String>,
    pub(super) checked: CheckedCustomer,
    pub(super) belongs: (Uuid, Option<Uuid>),
    pub(super) archived_on: NaiveDate,
    pub(super) filed_on: NaiveDate,
    pub(super) permit: Permit,
}

/// Reads a row; `reason` is taken where the row gives none why it is another customer (ARC-2).
pub(super) fn read(
    record: &Record,
    columns: &Columns,
    names: &Names,
    reason: Option<&str>,
    acting: &Acting,
) -> Result<Candidate, Vec<Refusal>> {
    let today = acting.today();
    let mut row = Reading {
        cells: &record.cells,
        columns,
        language: acting.language,
        checks: Checks::under(Clause("ARC-3")),
    };
    row.look_over();
    let number = row.text(Column::Number);
    let number = row.checks.optional_text("number", number.as_deref(), LINE);
    let credit_code = row.text(Column::CreditCode);
    let kind = match row.choice(Column::Kind, "kind") {
        // Only companies and other organisations have a credit code.
        None if credit_code.is_some() => Some(CustomerKind::Company),
        kind => row.required(kind, Column::Kind, "kind"),
    };
    let standing = row.choice(Column::Standing, "standing");
    let standing = row.required(standing, Column::Standing, "standing");
    let owner = row.reference(Column::Owner, "owner", &names.employees);
    let owner = owner.and_then(|id| {
        row.checks
            .take("owner", present(acting, "", id).map_err(without_path))
    });
    let department = row.reference(Column::Department, "department", &names.departments);
    let department = department.or_else(|| {
        let of_owner = owner
            .and_then(|id| acting.directory.person(id))
            .map(|person| person.department);
        of_owner.filter(|_| columns.cell(row.cells, Column::Department).is_none())
    });
    let department = row.required(department, Column::Department, "department");
    let first_contact_on = row.date(Column::FirstContactOn, "firstContactOn");
    let archived_on = row.date(Column::ArchivedOn, "archivedOn");
    let filed_on = row.date(Column::FiledOn, "filedOn");
    for (field, date) in [("archivedOn", archived_on), ("filedOn", filed_on)] {
        if let Some(date) = date {
            row.checks.not_in_future(field, date, today);
        }
    }
    let name = row.text(Column::Name).unwrap_or_default();
    let company = kind.unwrap_or(CustomerKind::Company);
    let new = NewCustomer {
        kind: company,
        standing: standing.unwrap_or(rules::vocabulary::CustomerStanding::User),
        category: row
            .choice(Column::Category, "category")
            .unwrap_or(CustomerCategory::General),
        grade: row.choice(Column::Grade, "grade"),
        department,
        owner,
        credit_code,
        enterprise_nature: row.text(Column::EnterpriseNature),
        supervising_unit: row.text(Column::SupervisingUnit),
        source: row.choice(Column::Source, "source"),
        first_contact_on,
        custom: columns.custom(row.cells).collect(),
        contacts: row.contact(&name).into_iter().collect(),
        addresses: row.address(company).into_iter().collect(),
        duplicate_reason: row
            .text(Column::DuplicateReason)
            .or_else(|| reason.map(str::to_owned)),
        name,
    };
    let permit = department.and_then(|department| {
        let facts = CustomerFacts::of_new(department, owner);
        row.checks
            .take("department", acting.may("customer", "import", &facts))
    });
    let checked = new.check(today);
    let faults = row.checks.finish(());
    match (checked, faults, permit, department) {
        (Ok(checked), Ok(()), Some(permit), Some(department)) => Ok(Candidate {
            line: record.line,
            number,
            checked,
            belongs: (department, owner),
            archived_on: archived_on.unwrap_or(today),
            filed_on: filed_on.unwrap_or(today),
            permit,
        }),
        (checked, faults, ..) => {
            let mut all = faults.err().unwrap_or_default();
            all.extend(checked.err().unwrap_or_default());
            Err(all)
        }
    }
}

fn without_path(refusal: Refusal) -> Refusal {
    Refusal {
        path: Vec::new(),
        ..refusal
    }
}

struct Reading<'a> {
    cells: &'a [String],
    columns: &'a Columns,
    language: Language,
    checks: Checks,
}

impl Reading<'_> {
    /// What concerns no column of ours: letters that could not be read, cells without a column.
    fn look_over(&mut self) {
        let headers = self.columns.taken().map(|(header, _)| header);
        for (header, cell) in headers.zip(self.cells) {
            if cell.contains('\u{FFFD}') {
                self.checks.refuse(
                    header,
                    Refusal::new(Code::InvalidInput).detail(Detail::Unreadable),
                );
            }
        }
        let beyond = self.cells.iter().skip(self.columns.len());
        if beyond.into_iter().any(|cell| !cell.trim().is_empty()) {
            self.checks.refuse(
                "",
                Refusal::new(Code::InvalidInput).detail(Detail::MoreCells),
            );
        }
    }

    fn text(&self, column: Column) -> Option<String> {
        self.columns.cell(self.cells, column).map(str::to_owned)
    }

    /// The value that must be there; nothing is said of one that is there and wrong, which was said already.
    fn required<T>(&mut self, value: Option<T>, column: Column, field: &str) -> Option<T> {
        if value.is_none() && self.columns.cell(self.cells, column).is_none() {
            self.checks.refuse(field, Code::Required);
        }
        value
    }

    /// A value of the vocabulary by its name, or by its label in any of the three languages.
    fn choice<T: Vocabulary>(&mut self, column: Column, field: &str) -> Option<T> {
        let cell = self.columns.cell(self.cells, column)?;
        let values = || {
            T::variants()
                .iter()
                .filter_map(|(name, _)| name.parse::<T>().ok())
        };
        let is = |value: &T| {
            value.as_str().eq_ignore_ascii_case(cell)
                || Language::ALL.iter().any(|language| {
                    text(*language, &value.text_key(), &[]).eq_ignore_ascii_case(cell)
                })
        };
        let found = values().find(is);
        if found.is_none() {
            let choices: Vec<_> = values()
                .map(|value| text(self.language, &value.text_key(), &[]))
                .collect();
            let fault = Refusal::new(Code::InvalidInput)
                .detail(Detail::OneOf)
                .param("choices", choices.join(", "));
            self.checks.refuse(field, fault);
        }
        found
    }

    fn reference(
        &mut self,
        column: Column,
        field: &str,
        names: &HashMap<String, Option<Uuid>>,
    ) -> Option<Uuid> {
        let cell = self.columns.cell(self.cells, column)?;
        let known = names.get(cell);
        if known.is_none() {
            self.checks.refuse(field, Code::UnknownReference);
        } else if known == Some(&None) {
            self.checks.refuse(
                field,
                Refusal::new(Code::UnknownReference).detail(Detail::Ambiguous),
            );
        }
        known.copied().flatten()
    }

    fn date(&mut self, column: Column, field: &str) -> Option<NaiveDate> {
        let cell = self.columns.cell(self.cells, column)?;
        let date = date_of(cell);
        if date.is_none() {
            self.checks
                .refuse(field, Refusal::new(Code::InvalidInput).detail(Detail::Date));
        }
        date
    }

    /// The contact person; a phone without a name is the customer's own.
    fn contact(&self, customer: &str) -> Option<NewContact> {
        let contact = NewContact {
            name: self.text(Column::ContactName).unwrap_or_default(),
            position: self.text(Column::ContactPosition),
            phone: self.text(Column::ContactPhone),
            email: self.text(Column::ContactEmail),
            is_primary: true,
            remark: self.text(Column::ContactRemark),
        };
        let is_empty = NewContact {
            is_primary: false,
            ..contact.clone()
        } == NewContact::default();
        (!is_empty).then(|| match contact.name.is_empty() {
            true => NewContact {
                name: customer.to_owned(),
                ..contact
            },
            false => contact,
        })
    }

    fn address(&self, kind: CustomerKind) -> Option<NewAddress> {
        let (line, region, postal_code) = (
            self.text(Column::Address),
            self.text(Column::Region),
            self.text(Column::PostalCode),
        );
        if line.is_none() && region.is_none() && postal_code.is_none() {
            return None;
        }
        let kind = match kind {
            CustomerKind::Company => AddressKind::Office,
            CustomerKind::Person => AddressKind::Home,
        };
        // A region alone is an address too, if a short one.
        let line = line.or_else(|| region.clone()).unwrap_or_default();
        Some(NewAddress {
            kind,
            line,
            region,
            postal_code,
        })
    }
}

/// A day, however it is written: 2026-03-31, 2026/3/31, 2026.3.31, 2026年3月31日, 20260331, with a time behind or not.
fn date_of(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let (year, month, day) = match parts.as_slice() {
        [whole] if whole.len() == 8 => (whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?),
        [year, month, day, ..] => (*year, *month, *day),
        _ => return None,
    };
    let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::date_of;

    #[test]
    fn a_day_is_read_however_it_is_written() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1);
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            "2026年3月1日",
            "20260301",
            "2026-03-01 00:00:00",
        ] {
            assert_eq!(date_of(text), day, "{text}");
        }
        for text in ["26-3-1", "3/1/2026", "2026-02-30", "昨天", "2026", "2026-3"] {
            assert_eq!(date_of(text), None, "{text}");
        }
    }
}
