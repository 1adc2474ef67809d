//! What can be read of customers: the directory card (ARC-9), and the archive in sections behind it (LKP-3, LKP-9).
//!
//! Pitfall: the card reads the `card_*` columns that the database masks; nothing of a person's real name may be declared
//! on the card's type, not even for sorting.

mod archive;

use entity::customer;
use rules::vocabulary::{
    AddressKind, ArchiveSection, ArchiveState, ContactKind, CustomerCategory, CustomerGrade,
    CustomerKind, CustomerSource, CustomerStanding, FilingState, ReadingBasis, Sections,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::queries::facts_of;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::Result;
use crate::live::Subscriptions;
use crate::lookups::check_something_locked;
use crate::viewer::{policy_of, viewer_action};

const READINGS: Gate = Gate::new("archive-log", "read");

/// Declares what can be read.
pub fn graph(graph: &mut Graph) {
    graph.vocabulary::<CustomerKind>();
    graph.vocabulary::<CustomerStanding>();
    graph.vocabulary::<CustomerCategory>();
    graph.vocabulary::<CustomerGrade>();
    graph.vocabulary::<CustomerSource>();
    graph.vocabulary::<ArchiveState>();
    graph.vocabulary::<FilingState>();
    graph.vocabulary::<AddressKind>();
    graph.vocabulary::<ContactKind>();
    graph.vocabulary::<ArchiveSection>();
    graph.vocabulary::<ReadingBasis>();
    card(graph);
    archive::profile(graph);
    archive::entries(graph);
    readings(graph);
    graph.root(
        "customers",
        RootRead::Connection("Customer", None),
        false,
        "The customers of the company as everybody may know them, newest first (ARC-9).",
    );
    graph.statistics("customerStatistics", "Customer");
    graph.root(
        "customer",
        RootRead::ById("Customer"),
        true,
        "A customer by id; null where there is none.",
    );
}

/// Declares what of customers can be followed.
pub fn subscriptions(subscriptions: &mut Subscriptions) {
    subscriptions.object(
        "customerChanged",
        "Customer",
        "customer",
        "A customer each time what is selected of it has changed. Sections of the archive that are selected and open are \
         logged as read at each change of the customer (LKP-5).",
    );
}

fn card(graph: &mut Graph) {
    graph
        .table(
            "Customer",
            "customer",
            "customer",
            Some(Gate::new("customer", "read")),
            "A customer: its directory card, which everybody in the company may see (ARC-9). Of a person it shows number, \
             masked name and department only. All else is in `archive`.",
        )
        .filter()
        .sorts_by("card_name", "card_name_key")
        .column("number", "number", Kind::Text, "Archive number, unique (ARC-2).")
        .filter()
        .known_by()
        .column("name", "card_name", Kind::Text, "Name; a person's is masked for everybody: 王** (ARC-9). Sorts by pinyin of what is shown.")
        .filter()
        .known_by()
        .optional("category", "card_category", Kind::Enum("CustomerCategory"), "Category (ARC-4); null for a person, whose card does not show it.")
        .filter()
        .order()
        .group()
        .optional("grade", "card_grade", Kind::Enum("CustomerGrade"), "Grade (INF-2); null while ungraded and for a person.")
        .filter()
        .order()
        .group()
        .always_one("department", "Department", "department_id", "Department whose customer it is (ARC-3).")
        .filter()
        .known_by()
        .group()
        .one("owner", "Employee", "card_owner_id", "Owning salesperson (ARC-3); null while nobody owns it and for a person.")
        .filter()
        .order()
        .group()
        .many("complaints", "Complaint", "customer_id", "Its complaints, as far as the viewer may see them (CMP-12).")
        .filter()
        .holds(
            "archive",
            "ArchiveAccess",
            "Everything beyond the card: open as far as the viewer may read it, else what to do to get it opened (LKP-9).",
        )
        .when(Gate::new("archive", "read"))
        .batched(
            "viewerActions",
            "ViewerAction",
            true,
            false,
            &[],
            actions,
            "What the viewer may do with it: enter changes, assign owners, ask for a lookup.",
        );
    graph.either(
        "ArchiveAccess",
        "CustomerArchive",
        "LockedArchive",
        "A customer's archive, open at least in part or locked (LKP-3, LKP-9).",
    );
}

fn readings(graph: &mut Graph) {
    graph
        .table(
            "ArchiveReading",
            "reading",
            "archive_reading",
            Some(READINGS.via("customer_id", "customer")),
            "A reading of an archive (LKP-5): who, when, which sections, on what ground.",
        )
        .newest_by("read_at", Kind::Instant)
        .one(
            "customer",
            "Customer",
            "customer_id",
            "The customer whose archive it was.",
        )
        .filter()
        .order()
        .group()
        .column("readAt", "read_at", Kind::Instant, "When.")
        .filter()
        .order()
        .group()
        .measure()
        .always_one("reader", "Employee", "reader_id", "Who read.")
        .filter()
        .order()
        .group()
        .one(
            "readFor",
            "Employee",
            "reader_for",
            "Whose right was used, under a delegation (ORG-4); null where it was his own.",
        )
        .computed_list(
            "sections",
            "ArchiveSection",
            &[("sections", Kind::Int)],
            section_names,
            "Which sections.",
        )
        .column(
            "basis",
            "basis",
            Kind::Enum("ReadingBasis"),
            "On what ground.",
        )
        .filter()
        .group()
        .one(
            "grant",
            "ArchiveGrant",
            "grant_id",
            "The grant it rested on; null on any other ground, or where the viewer may not see it.",
        )
        .column(
            "request",
            "request_id",
            Kind::Text,
            "Request of the API it was part of.",
        );
    graph.root(
        "archiveReadings",
        RootRead::Connection("ArchiveReading", None),
        false,
        "Readings of the archives whose log the viewer may see, newest first (LKP-5).",
    );
    graph.statistics("archiveReadingStatistics", "ArchiveReading");
}

/// The sections of the set in the one cell.
///
/// # Errors
/// None.
pub fn section_names(_: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Int(bits)] => {
            let set = Sections::from_bits(i32::try_from(*bits).unwrap_or_default());
            set.iter().map(ArchiveSection::as_str).collect()
        }
        _ => json!([]),
    })
}

fn actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    const POLICY: [(&str, &str); 2] = [("customer", "change"), ("customer", "assign")];
    const REQUEST: (&str, &str) = ("archive-lookup", "request");
    Box::pin(async move {
        let rows = customer::Entity::find()
            .filter(customer::Column::Id.is_in(parents.ids.iter().copied()))
            .all(&scene.db.read)
            .await?;
        scene.count_statement();
        let mut facts = facts_of(&scene.db.read, &rows).await?;
        let values: Result<Vec<_>> = parents
            .ids
            .iter()
            .map(|id| match facts.remove(id) {
                Some(facts) => {
                    let viewer = &scene.viewer;
                    let facts = facts.known_to(viewer);
                    let request = policy_of(scene, REQUEST, &facts)?
                        .and_then(|permit| check_something_locked(viewer, &facts).map(|()| permit));
                    let mut answers = Vec::with_capacity(3);
                    for pair in POLICY {
                        answers.push(viewer_action(scene, pair, &policy_of(scene, pair, &facts)?));
                    }
                    answers.push(viewer_action(scene, REQUEST, &request));
                    Ok(Value::Array(answers))
                }
                None => Ok(json!([])),
            })
            .collect();
        Ok(Batch::Values(values?))
    })
}
