//! The archive in sections (LKP-3): each field and list under its section's gate, its reading logged (LKP-5).

use rules::vocabulary::ArchiveSection;
use sea_query::{Alias, Query};
use serde_json::json;

use super::READINGS;
use crate::access::{Table, Visible};
use crate::customers::access::SECTIONS;
use crate::graph::{
    Args, Batch, Building, Future_, Gate, Graph, Kind, Parents, Scene, among, fetch,
};

const PROFILE: Gate = Gate::new("archive.profile", "read").logged(ArchiveSection::Profile.bit());
const CONTACTS: Gate = Gate::new("archive.contacts", "read").logged(ArchiveSection::Contacts.bit());
const ADDRESSES: Gate =
    Gate::new("archive.addresses", "read").logged(ArchiveSection::Addresses.bit());
const PURCHASES: Gate =
    Gate::new("archive.purchases", "read").logged(ArchiveSection::Purchases.bit());
const NOTES: Gate = Gate::new("archive.notes", "read").logged(ArchiveSection::Notes.bit());
const CONTACT_LOG: Gate =
    Gate::new("archive.contact-log", "read").logged(ArchiveSection::ContactLog.bit());
const FILES: &str = "Files that hang on it: scans, photos, recordings (ARC-8).";
/// The open side of an archive: the profile's fields, and the lists of the other sections.
pub(super) fn profile(graph: &mut Graph) {
    graph
        .part(
            "CustomerArchive",
            "A customer's archive in sections (ARC-3). A section that the viewer may not read is null, and so are the \
             profile's fields; `sections` says which are open. Reading is logged by section (LKP-5).",
        )
        .batched(
            "sections",
            "ArchiveSectionAccess",
            true,
            false,
            &[],
            sections,
            "Every section, and on what ground the viewer may read it.",
        )
        .optional("fullName", "name", Kind::Text, "Name as written. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .optional("kind", "kind", Kind::Enum("CustomerKind"), "Company or person. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("standing", "standing", Kind::Enum("CustomerStanding"), "Buys, intends to buy, or uses (ARC-1). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("category", "category", Kind::Enum("CustomerCategory"), "Category, of persons as well (ARC-4). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("grade", "grade", Kind::Enum("CustomerGrade"), "Grade, of persons as well (INF-2); null while ungraded. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .one("owner", "Employee", "owner_id", "Owning salesperson, of persons as well (ARC-3); null while nobody owns it. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("creditCode", "credit_code", Kind::Text, "Unified social credit code (ARC-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .optional("enterpriseNature", "enterprise_nature", Kind::Text, "Enterprise nature 企业性质 (ARC-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .optional("supervisingUnit", "supervising_unit", Kind::Text, "Supervising unit 主管单位 (ARC-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .optional("source", "source", Kind::Enum("CustomerSource"), "Where it came from (INF-1). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("firstContactOn", "first_contact_on", Kind::Date, "Day of first contact (ARC-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .order()
        .group()
        .optional("archiveState", "archive_state", Kind::Enum("ArchiveState"), "How far its review has come (ARC-5). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("archivedOn", "archived_on", Kind::Date, "Day it was archived; null until then. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .order()
        .group()
        .optional("filingState", "filing_state", Kind::Enum("FilingState"), "How far its filing has come (FIL-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("filedOn", "filed_on", Kind::Date, "Day it was filed; null until then. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .group()
        .optional("custom", "custom", Kind::Json, "The company's own fields (ARC-3), name to text. Section PROFILE.")
        .under(PROFILE)
        .entry("customField", "custom", "One of the company's own fields (ARC-3) by its name; null where it is not filled in. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .optional("duplicateReason", "duplicate_reason", Kind::Text, "Why it was entered beside a likely duplicate (ARC-2). Section PROFILE.")
        .under(PROFILE)
        .one("enteredBy", "Employee", "entered_by", "Who entered it. Section PROFILE.")
        .under(PROFILE)
        .optional("createdAt", "created_at", Kind::Instant, "When it was entered. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .order()
        .group()
        .optional("updatedAt", "updated_at", Kind::Instant, "When it last changed. Section PROFILE.")
        .under(PROFILE)
        .filter()
        .order()
        .optional("version", "version", Kind::Int, "Version of the profile, for `expectedVersion`. Section PROFILE.")
        .under(PROFILE)
        .many("coOwners", "CustomerCoOwner", "customer_id", "Co-owners, past ones included (LKP-3). Section PROFILE.")
        .under(PROFILE)
        .filter()
        .many("contacts", "CustomerContact", "customer_id", "Contact persons (ARC-3). Section CONTACTS.")
        .under(CONTACTS)
        .filter()
        .many("addresses", "CustomerAddress", "customer_id", "Addresses (ARC-3). Section ADDRESSES.")
        .under(ADDRESSES)
        .filter()
        .many("purchases", "CustomerPurchase", "customer_id", "What was bought (INF-2). Section PURCHASES.")
        .under(PURCHASES)
        .filter()
        .many("notes", "CustomerNote", "customer_id", "Notes (ARC-6). Section NOTES.")
        .under(NOTES)
        .filter()
        .many("contactLog", "ContactLogEntry", "customer_id", "Contacts and visits. Section CONTACT_LOG.")
        .under(CONTACT_LOG)
        .filter()
        .many("readings", "ArchiveReading", "customer_id", "Who read the archive (LKP-5); null but for the owner, the managers and auditors.")
        .under(READINGS)
        .filter();
    graph
        .value(
            "ArchiveSectionAccess",
            "Whether the viewer may read a section of an archive.",
        )
        .key(
            "section",
            Kind::Enum("ArchiveSection"),
            false,
            "The section.",
        )
        .key(
            "readable",
            Kind::Bool,
            false,
            "Whether the viewer may read it now.",
        )
        .key(
            "basis",
            Kind::Enum("ReadingBasis"),
            true,
            "On what ground, as its reading is logged (LKP-5); null where it is locked.",
        );
}

/// What the lists of an archive hold.
pub(super) fn entries(graph: &mut Graph) {
    let via = |gate: Gate| Some(gate.via("customer_id", "customer"));
    graph
        .table(
            "CustomerCoOwner",
            "coowner",
            "customer_co_owner",
            via(PROFILE),
            "A co-owner assigned to a customer (LKP-3).",
        )
        .newest_by("from_at", Kind::Instant)
        .always_one("employee", "Employee", "employee_id", "The co-owner.")
        .filter()
        .order()
        .column("fromAt", "from_at", Kind::Instant, "Since when.")
        .optional(
            "endedAt",
            "ended_at",
            Kind::Instant,
            "Until when; null while it lasts.",
        )
        .filter();
    let contact = graph.table(
        "CustomerContact",
        "contact",
        "customer_contact",
        via(CONTACTS),
        "A contact person at a customer (ARC-3).",
    );
    voidable(contact)
        .sorts_by("name", "name_key")
        .one("customer", "Customer", "customer_id", "The customer.")
        .filter()
        .column("name", "name", Kind::Text, "Name; sorts by pinyin.")
        .filter()
        .order()
        .optional(
            "position",
            "position",
            Kind::Text,
            "Position at the customer.",
        )
        .filter()
        .optional("phone", "phone", Kind::Text, "Phone as written.")
        .filter()
        .optional("email", "email", Kind::Text, "E-mail address.")
        .filter()
        .column(
            "isPrimary",
            "is_primary",
            Kind::Bool,
            "Whether it is the main contact.",
        )
        .filter()
        .optional("remark", "remark", Kind::Text, "Remark.");
    let address = graph.table(
        "CustomerAddress",
        "address",
        "customer_address",
        via(ADDRESSES),
        "An address of a customer (ARC-3).",
    );
    voidable(address)
        .one("customer", "Customer", "customer_id", "The customer.")
        .filter()
        .column("kind", "kind", Kind::Enum("AddressKind"), "What it is for.")
        .filter()
        .column("line", "line", Kind::Text, "Address as written.")
        .filter()
        .optional(
            "region",
            "region",
            Kind::Text,
            "Province, city and district.",
        )
        .filter()
        .optional("postalCode", "postal_code", Kind::Text, "Postal code.")
        .filter();
    let purchase = graph.table(
        "CustomerPurchase",
        "purchase",
        "customer_purchase",
        via(PURCHASES),
        "A purchase of a customer (INF-2).",
    );
    voidable(purchase)
        .newest_by("purchased_on", Kind::Date)
        .one("customer", "Customer", "customer_id", "The customer.")
        .filter()
        .column(
            "purchasedOn",
            "purchased_on",
            Kind::Date,
            "Day of purchase.",
        )
        .filter()
        .order()
        .column("product", "product", Kind::Text, "What was bought.")
        .filter()
        .column(
            "quantity",
            "quantity",
            Kind::Count,
            "How many, in the product's own unit.",
        )
        .filter()
        .order()
        .column("amount", "amount_fen", Kind::Money, "For how much, CNY.")
        .filter()
        .order()
        .optional(
            "orderNumber",
            "order_number",
            Kind::Text,
            "Order it came under.",
        )
        .filter();
    let note = graph.table(
        "CustomerNote",
        "note",
        "customer_note",
        via(NOTES),
        "A dated note about a customer (ARC-6).",
    );
    voidable(note)
        .one("customer", "Customer", "customer_id", "The customer.")
        .filter()
        .always_one("author", "Employee", "author_id", "Who wrote it.")
        .filter()
        .order()
        .column("body", "body", Kind::Text, "The note.")
        .filter()
        .many("files", "File", "object_id", FILES)
        .filter();
    let log = graph.table(
        "ContactLogEntry",
        "contactlog",
        "contact_log",
        via(CONTACT_LOG),
        "A contact with a customer: who, when, how, what was said.",
    );
    voidable(log)
        .newest_by("happened_at", Kind::Instant)
        .one("customer", "Customer", "customer_id", "The customer.")
        .filter()
        .always_one("employee", "Employee", "employee_id", "Who had it.")
        .filter()
        .order()
        .column("kind", "kind", Kind::Enum("ContactKind"), "By which means.")
        .filter()
        .column(
            "happenedAt",
            "happened_at",
            Kind::Instant,
            "When it happened.",
        )
        .filter()
        .order()
        .column("summary", "summary", Kind::Text, "What was said.")
        .filter()
        .many("files", "File", "object_id", FILES)
        .filter();
}

/// What every entry of an archive has.
fn voidable(mut building: Building<'_>) -> Building<'_> {
    building
        .voidable()
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When it was entered.",
        )
        .filter()
        .order()
        .optional(
            "voidedAt",
            "voided_at",
            Kind::Instant,
            "When it was voided; null while it counts.",
        )
        .filter()
        .optional(
            "voidReason",
            "void_reason",
            Kind::Text,
            "Why it was voided; null while it counts.",
        )
        .column(
            "version",
            "version",
            Kind::Int,
            "Version, for `expectedVersion`.",
        );
    building
}

fn sections<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let table = Table::named("s");
        let ways: Vec<Visible> = SECTIONS
            .iter()
            .map(|(_, object)| scene.viewer.visible(object, "read", &table))
            .collect();
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new("customer"), table.iden());
        for way in &ways {
            query.expr(way.case().unwrap_or_else(|| sea_query::Expr::cust("0")));
        }
        query.and_where(among(scene.db.dialect, table.col("id"), &parents.ids));
        scene.count_statement();
        let rows = fetch(&scene.db, &query).await?;
        let of = |id: &uuid::Uuid| {
            let row = rows.iter().find(|row| row.uuid(0) == Some(*id));
            SECTIONS
                .iter()
                .zip(&ways)
                .enumerate()
                .map(|(i, ((section, _), ways))| {
                    let at = row.and_then(|row| row.int(i + 1)).and_then(|at| usize::try_from(at).ok());
                    let way = at.and_then(|at| ways.ways.get(at));
                    json!({"section": section.as_str(), "readable": way.is_some(), "basis": way.map(|w| w.basis)})
                })
                .collect()
        };
        Ok(Batch::Values(parents.ids.iter().map(of).collect()))
    })
}
