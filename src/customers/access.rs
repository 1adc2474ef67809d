//! Who may do what with a customer and its archive (LKP-3, LKP-5, ARC-9).
//!
//! Pitfall: a grant opens a section until `until_at` exactly; [`GrantPeriod`] and the SQL here say the same.

use chrono::{DateTime, Utc};
use entity::customer;
use rules::lookups::GrantPeriod;
use rules::vocabulary::{
    ArchiveSection, ArchiveState, ComplaintState, CustomerKind, ReadingBasis, Sections,
};
use sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use crate::access::{Ask, Attachable, Catalogue, Cond, Kind, Scope, Table};

/// A section with the policy's object for it.
pub const SECTIONS: [(ArchiveSection, &str); 6] = [
    (ArchiveSection::Profile, "archive.profile"),
    (ArchiveSection::Contacts, "archive.contacts"),
    (ArchiveSection::Addresses, "archive.addresses"),
    (ArchiveSection::Purchases, "archive.purchases"),
    (ArchiveSection::Notes, "archive.notes"),
    (ArchiveSection::ContactLog, "archive.contact-log"),
];

/// A grant as the scopes see it (LKP-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantFacts {
    /// Who may read.
    pub grantee: Uuid,
    /// Sections opened.
    pub sections: Sections,
    /// From when to when.
    pub period: GrantPeriod,
}

/// What the policy knows of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFacts {
    /// Department whose customer it is.
    pub department: Uuid,
    /// Owner.
    pub owner: Option<Uuid>,
    /// Whether the card says nothing of its owner, as a natural person's does (ARC-9).
    pub owner_hidden: bool,
    /// How far its archive has come.
    pub archive_state: ArchiveState,
    /// Co-owners assigned to it, of now.
    pub co_owners: Vec<Uuid>,
    /// Grants that were given for it and not revoked.
    pub grants: Vec<GrantFacts>,
    /// Whether a complaint of it waits for its decision.
    pub has_open_complaint: bool,
}

impl CustomerFacts {
    /// The facts of a customer that is only being entered.
    pub fn of_new(department: Uuid, owner: Option<Uuid>) -> Self {
        Self {
            department,
            owner,
            owner_hidden: false,
            archive_state: ArchiveState::Draft,
            co_owners: Vec::new(),
            grants: Vec::new(),
            has_open_complaint: false,
        }
    }

    /// The facts that stand in the customer's own row.
    pub fn bare(customer: &customer::Model) -> Self {
        Self {
            archive_state: customer.archive_state,
            owner_hidden: customer.kind == CustomerKind::Person,
            ..Self::of_new(customer.department_id, customer.owner_id)
        }
    }

    fn grants_any(&self, grantee: Uuid, wanted: Sections, now: DateTime<Utc>) -> bool {
        self.grants.iter().any(|grant| {
            grant.grantee == grantee
                && !grant.sections.intersection(wanted).is_empty()
                && grant.period.is_in_force(now)
        })
    }
}

/// States in which a complaint is still handled (LKP-3).
pub(super) const OPEN_COMPLAINT: [ComplaintState; 3] = [
    ComplaintState::Filed,
    ComplaintState::ForDecision,
    ComplaintState::SentBack,
];
/// States in which the CRM centre still enters an archive (LKP-3).
const ENTERING: [ArchiveState; 2] = [ArchiveState::Draft, ArchiveState::Submitted];

fn exists(table: &'static str, alias: &'static str, of: impl FnOnce(&Table) -> Vec<Expr>) -> Cond {
    let inner = Table::named(alias);
    let mut query: SelectStatement = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new(table), inner.iden());
    for expr in of(&inner) {
        query.and_where(expr);
    }
    Cond::exists(query)
}

fn granted<const BITS: i32>(ask: &Ask<'_>, table: &Table) -> Cond {
    let (person, now, customer) = (ask.persona.person, ask.now, table.col("id"));
    exists("archive_grant", "ag", |grant| {
        vec![
            grant.col("customer_id").eq(customer),
            grant.col("grantee_id").eq(person),
            grant.col("from_at").lte(now),
            grant.col("until_at").gt(now),
            grant
                .col("revoked_at")
                .is_null()
                .or(grant.col("revoked_at").gt(now)),
            grant.col("sections").bit_and(BITS).ne(0),
        ]
    })
}

fn granted_scope<const BITS: i32>(name: &'static str, doc: &'static str) -> Scope {
    Scope::new::<CustomerFacts>(
        name,
        ReadingBasis::Grant.as_str(),
        doc,
        |ask, facts| facts.grants_any(ask.persona.person, Sections::from_bits(BITS), ask.now),
        granted::<BITS>,
    )
}

/// `any` under another name: the same objects, logged on another ground (LKP-5).
fn any_as(name: &'static str, basis: ReadingBasis, doc: &'static str) -> Scope {
    Scope::new::<CustomerFacts>(name, basis.as_str(), doc, |_, _| true, |_, _| Cond::Always)
}

fn scopes() -> Vec<Scope> {
    const PROFILE: i32 = ArchiveSection::Profile.bit();
    const CONTACTS: i32 = ArchiveSection::Contacts.bit();
    const ADDRESSES: i32 = ArchiveSection::Addresses.bit();
    const PURCHASES: i32 = ArchiveSection::Purchases.bit();
    const NOTES: i32 = ArchiveSection::Notes.bit();
    const CONTACT_LOG: i32 = ArchiveSection::ContactLog.bit();
    const ALL: i32 = Sections::ALL.bits();
    vec![
        Scope::any(ReadingBasis::GeneralManagement.as_str()),
        any_as("audited", ReadingBasis::Audit, "every one, to audit it"),
        any_as(
            "imported",
            ReadingBasis::Import,
            "every one that is imported",
        ),
        Scope::new::<CustomerFacts>(
            "own",
            ReadingBasis::Owner.as_str(),
            "customers that one owns",
            |ask, facts| facts.owner == Some(ask.persona.person),
            |ask, table| Cond::When(table.col("owner_id").eq(ask.persona.person)),
        ),
        Scope::new::<CustomerFacts>(
            "co-owner",
            ReadingBasis::CoOwner.as_str(),
            "customers that one was assigned to as a co-owner",
            |ask, facts| facts.co_owners.contains(&ask.persona.person),
            |ask, table| {
                let (person, customer) = (ask.persona.person, table.col("id"));
                exists("customer_co_owner", "co", |co| {
                    vec![
                        co.col("customer_id").eq(customer),
                        co.col("employee_id").eq(person),
                        co.col("ended_at").is_null(),
                    ]
                })
            },
        ),
        Scope::new::<CustomerFacts>(
            "department",
            ReadingBasis::DepartmentManager.as_str(),
            "customers of the role's department and of those below it",
            |ask, facts| ask.hat.reaches(facts.department),
            |ask, table| match &ask.hat.within {
                None => Cond::Always,
                Some(within) => {
                    Cond::When(table.col("department_id").is_in(within.iter().copied()))
                }
            },
        ),
        Scope::new::<CustomerFacts>(
            "entering",
            ReadingBasis::Entry.as_str(),
            "customers whose archive is still being entered",
            |_, facts| ENTERING.contains(&facts.archive_state),
            |_, table| {
                Cond::When(
                    table
                        .col("archive_state")
                        .is_in(ENTERING.map(ArchiveState::as_str)),
                )
            },
        ),
        Scope::new::<CustomerFacts>(
            "complaining",
            ReadingBasis::Complaint.as_str(),
            "customers with a complaint that waits for its decision",
            |_, facts| facts.has_open_complaint,
            |_, table| {
                let customer = table.col("id");
                exists("complaint", "oc", |complaint| {
                    vec![
                        complaint.col("customer_id").eq(customer),
                        complaint
                            .col("state")
                            .is_in(OPEN_COMPLAINT.map(ComplaintState::as_str)),
                    ]
                })
            },
        ),
        granted_scope::<ALL>(
            "granted",
            "customers that a grant in force opens any section of",
        ),
        granted_scope::<PROFILE>(
            "granted-profile",
            "customers whose profile a grant in force opens",
        ),
        granted_scope::<CONTACTS>(
            "granted-contacts",
            "customers whose contacts a grant in force opens",
        ),
        granted_scope::<ADDRESSES>(
            "granted-addresses",
            "customers whose addresses a grant in force opens",
        ),
        granted_scope::<PURCHASES>(
            "granted-purchases",
            "customers whose purchases a grant in force opens",
        ),
        granted_scope::<NOTES>(
            "granted-notes",
            "customers whose notes a grant in force opens",
        ),
        granted_scope::<CONTACT_LOG>(
            "granted-contact-log",
            "customers whose contact log a grant in force opens",
        ),
    ]
}

/// Declares kind, scopes and actions.
pub fn access(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "customer",
        scopes: scopes(),
        amount: None,
    });
    let mut action = |object, action, remedy| catalogue.action(object, action, "customer", remedy);
    action("customer", "read", None);
    action("customer", "enter", None);
    action("customer", "change", None);
    action("customer", "assign", None);
    action("customer", "import", None);
    action("archive", "read", Some("archiveLookupRequest"));
    for (_, object) in SECTIONS {
        action(object, "read", Some("archiveLookupRequest"));
    }
    for object in [
        "archive.contacts",
        "archive.addresses",
        "archive.purchases",
        "archive.notes",
        "archive.contact-log",
    ] {
        action(object, "change", None);
    }
    action("archive-log", "read", None);
    for (table, prefix, section, object) in [
        (
            "customer_note",
            "note",
            ArchiveSection::Notes,
            "archive.notes",
        ),
        (
            "contact_log",
            "contactlog",
            ArchiveSection::ContactLog,
            "archive.contact-log",
        ),
    ] {
        catalogue.attachable(Attachable {
            table,
            prefix,
            via: Some(("customer_id", "customer")),
            read: (object, "read"),
            attach: (object, "change"),
            section: Some(section),
        });
    }
}
