//! The roots `history` and `asOf`.

use chrono::{DateTime, Duration, Utc};
use entity::history;
use indexmap::{IndexMap, IndexSet};
use rules::kit::dates::end_of_day;
use rules::kit::error_code::ErrorCode;
use serde_json::{Value, json};

use super::queries;
use crate::acting::Directory;
use crate::audit::EVERYTHING;
use crate::config::Config;
use crate::graph::{Args, Future_, Graph, Kind, Past, RootRead, Scene, instant_text};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;
use crate::viewer::employee_name;

/// Prefix of the ids of changes.
const CHANGE: &str = "change";
/// Changes of a page when nothing is said.
const PAGE: u64 = 50;

/// Lists below an object that are shown at once.
const LISTS: usize = 12;

const ID: &str = "Id of the object, of any type.";

/// Types and roots.
pub(super) fn declare(graph: &mut Graph) {
    graph
        .value("ObjectHistory", "The changes of an object that the viewer may see (ARC-7).")
        .key("id", Kind::Id(""), false, "Id of the object.")
        .nested_list(
            "changes",
            "ObjectChange",
            "Changes, the latest first; the first of all entered the object. One whose fields are all hidden is left out.",
        )
        .key("earlier", Kind::Id(CHANGE), true, "What to give as `before` to go on; null when there is nothing earlier.");
    graph
        .value(
            "ObjectChange",
            "A change of an object: what was changed, by whom, when and why (ARC-7).",
        )
        .key("id", Kind::Id(CHANGE), false, "Id of the change.")
        .key("at", Kind::Instant, false, "When.")
        .key(
            "version",
            Kind::Int,
            true,
            "The object's version after it; null where the viewer may not read that.",
        )
        .nested("actor", "EmployeeName", true, "Who; null for the system.")
        .nested(
            "actedFor",
            "EmployeeName",
            true,
            "For whom, under a delegation (ORG-4); null when in his own right.",
        )
        .key(
            "reason",
            Kind::Text,
            true,
            "Why, as far as it was said; null where some of what was changed is hidden.",
        )
        .nested_list(
            "fields",
            "FieldChange",
            "The fields that were changed, as far as the viewer may read them.",
        )
        .key(
            "entry",
            Kind::Id("audit"),
            true,
            "Entry of the audit log; null but for auditors.",
        );
    graph
        .value("FieldChange", "A field's value before and after a change.")
        .key(
            "field",
            Kind::Text,
            false,
            "The field, with the parts that hold it: `archive.fullName`.",
        )
        .key(
            "old",
            Kind::Json,
            true,
            "Before; null where there was none; `{\"erased\": true}` where an erasure took it (PIP-3).",
        )
        .key(
            "new",
            Kind::Json,
            true,
            "After; null where there is none any more; `{\"erased\": true}` where an erasure took it (PIP-3).",
        );
    graph
        .value(
            "ObjectAsOf",
            "An object as it stood at an instant, as far as the viewer may read it (ARC-7).",
        )
        .key("id", Kind::Id(""), false, "Id of the object.")
        .key("at", Kind::Instant, false, "The instant.")
        .nested_list("fields", "FieldValue", "Its fields as they were.")
        .nested_list(
            "parts",
            "ObjectListAsOf",
            "The lists that were asked for by `with`.",
        );
    graph
        .value(
            "ObjectListAsOf",
            "A list below an object as it stood at an instant.",
        )
        .key(
            "list",
            Kind::Text,
            false,
            "The list, with the parts that hold it: `archive.contacts`.",
        )
        .nested_list(
            "objects",
            "ObjectAsOf",
            "What was in it, voided entries among it; nothing where the viewer may not read it.",
        )
        .key(
            "more",
            Kind::Bool,
            false,
            "Whether there are more than a page may hold.",
        );
    graph
        .value("FieldValue", "A field's value at an instant.")
        .key(
            "field",
            Kind::Text,
            false,
            "The field, with the parts that hold it: `archive.fullName`.",
        )
        .key(
            "value",
            Kind::Json,
            true,
            "Its value; null where it had none; `{\"erased\": true}` where an erasure took it (PIP-3).",
        );
    graph
        .root(
            "history",
            RootRead::Value("ObjectHistory", false, history_root),
            true,
            "The changes of an object, each field under the same rules as its present value (ARC-7); null when the object \
             does not exist or the viewer can't know of it. Reading the past of an archive is logged (LKP-5).",
        )
        .arg("id", "ID!", ID)
        .arg("first", "Int", "At most so many; 50 when nothing is said.")
        .arg("before", "ID", "Go on before this change: `earlier` of the page before.");
    graph
        .root(
            "asOf",
            RootRead::Value("ObjectAsOf", false, as_of_root),
            true,
            "An object as it stood at an instant or at the end of a day, each field under the same rules as its present \
             value (ARC-7); null when it was not there yet or the viewer can't know of it. Give `at` or `on`.",
        )
        .arg("id", "ID!", ID)
        .arg("at", "DateTime", "The instant.")
        .arg("on", "Date", "The day, in the company's time zone.")
        .arg("with", "[String!]", "Lists below the object to show as well: `archive.contacts`, `archive.notes`.");
}

async fn past(scene: &Scene, args: &Args) -> Result<Option<Past>> {
    let id = args.text("id").unwrap_or_default();
    Past::of(&declared().graph, scene, id, &EVERYTHING).await
}

fn history_root<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let size = page_size(scene, args)?;
        let Some(past) = past(scene, args).await? else {
            return Ok(Value::Null);
        };
        let row = (past.table, past.id);
        let mut from = None;
        if let Some(before) = args.text("before") {
            let unknown = || {
                Error::api(
                    ErrorCode::BadRequest,
                    "before: this is no change of that object",
                )
            };
            let change = ids::decode(CHANGE, before).map_err(|_| unknown())?;
            let change = queries::change(&scene.db.read, row, change).await?;
            from = Some(change.ok_or_else(unknown)?);
        }
        let mut changes: Vec<Value> = Vec::new();
        let mut earlier = None;
        // Hidden changes fill no page, so that their number is not told.
        'pages: loop {
            scene.count_statement();
            let rows = queries::before(&scene.db.read, row, from.as_ref(), size + 1).await?;
            let more = rows.len() as u64 > size;
            for change in rows {
                if !is_shown(&past, &change) {
                    from = Some(change);
                    continue;
                }
                if changes.len() as u64 == size {
                    earlier = changes.last().map(|last| last["id"].clone());
                    break 'pages;
                }
                changes.push(change_json(scene, &past, &change)?);
                from = Some(change);
            }
            if !more {
                break;
            }
        }
        let answer = json!({"id": past.public, "changes": changes, "earlier": earlier});
        Past::record(vec![past], scene).await?;
        Ok(answer)
    })
}

fn page_size(scene: &Scene, args: &Args) -> Result<u64> {
    let largest = scene.page_size;
    match args.long("first").map(u64::try_from) {
        None => Ok(Ord::min(PAGE, largest)),
        Some(Ok(size)) if (1..=largest).contains(&size) => Ok(size),
        Some(_) => Err(Error::api(
            ErrorCode::BadRequest,
            format!("first: from 1 to {largest}"),
        )),
    }
}

/// The columns of a change with their pairs of old and new value, in the order of no database.
fn sorted<'c>(past: &Past, change: &'c history::Model) -> Vec<(&'c str, &'c Value, &'c Value)> {
    let mut pairs: Vec<_> = pairs(change).collect();
    pairs.sort_by_key(|(column, ..)| past.order(column));
    pairs
}

/// The columns of a change with their pairs of old and new value.
fn pairs(change: &history::Model) -> impl Iterator<Item = (&str, &Value, &Value)> {
    let columns = change.changes.as_object().into_iter().flatten();
    columns.filter_map(|(column, pair)| Some((column.as_str(), pair.get(0)?, pair.get(1)?)))
}

fn is_shown(past: &Past, change: &history::Model) -> bool {
    pairs(change).any(|(column, ..)| past.name(column).is_some())
}

fn change_json(scene: &Scene, past: &Past, change: &history::Model) -> Result<Value> {
    let directory: &Directory = scene.get()?;
    let person = |id: Option<uuid::Uuid>| id.map(|id| employee_name(directory, id));
    let mut whole = true;
    let mut fields = Vec::new();
    for (column, old, new) in sorted(past, change) {
        match past.name(column) {
            Some(name) => fields.push(json!({
                "field": name,
                "old": past.value(column, old),
                "new": past.value(column, new),
            })),
            None => whole &= !past.is_closed(column),
        }
    }
    Ok(json!({
        "id": ids::encode(CHANGE, change.id),
        "at": instant_text(change.at),
        "version": past.name("version").map(|_| change.version),
        "actor": person(change.actor_id),
        "actedFor": person(change.acted_for),
        // A reason speaks of everything that was changed.
        "reason": change.reason.as_ref().filter(|_| whole),
        "fields": fields,
        "entry": past.whole.then(|| ids::encode("audit", change.audit_id)),
    }))
}

fn as_of_root<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let until = instant(scene, args)?;
        let Some(past) = past(scene, args).await? else {
            return Ok(Value::Null);
        };
        let object = std::slice::from_ref(&past);
        let Some(mut state) = states(scene, object, until).await?.pop() else {
            return Ok(Value::Null);
        };
        let mut read = Vec::new();
        let mut parts = Vec::new();
        let lists: IndexSet<&str> = args.texts("with").into_iter().collect();
        if lists.len() > LISTS {
            let why = format!("with: at most {LISTS} lists at once");
            return Err(Error::api(ErrorCode::BadRequest, why));
        }
        for name in lists {
            let graph = &declared().graph;
            let (below, more) = past
                .below(graph, scene, name, scene.page_size, &EVERYTHING)
                .await?
                .unwrap_or_default();
            let objects = states(scene, &below, until).await?;
            parts.push(json!({"list": name, "objects": objects, "more": more}));
            read.extend(below);
        }
        state["parts"] = parts.into();
        read.push(past);
        Past::record(read, scene).await?;
        Ok(state)
    })
}

/// Objects of one table as they stood before an instant, those that were not there yet left out.
async fn states(scene: &Scene, objects: &[Past], until: DateTime<Utc>) -> Result<Vec<Value>> {
    let Some(first) = objects.first() else {
        return Ok(Vec::new());
    };
    scene.count_statement();
    let ids = objects.iter().map(|past| past.id);
    let changes = queries::until(&scene.db.read, first.table, ids, until).await?;
    let state = |past: &Past| {
        let mut columns: IndexMap<&str, &Value> = IndexMap::new();
        let own = changes.iter().filter(|change| change.object_id == past.id);
        for (column, _, new) in own.flat_map(pairs) {
            columns.insert(column, new);
        }
        if columns.is_empty() {
            return None;
        }
        columns.sort_by_cached_key(|column, _| past.order(column));
        let fields: Vec<Value> = columns
            .into_iter()
            .filter_map(|(column, value)| {
                let name = past.name(column)?;
                Some(json!({"field": name, "value": past.value(column, value)}))
            })
            .collect();
        let at = instant_text(until - Duration::microseconds(1));
        Some(json!({"id": past.public, "at": at, "fields": fields, "parts": []}))
    };
    Ok(objects.iter().filter_map(state).collect())
}

/// The instant before which changes count: what happened at `at` itself does.
fn instant(scene: &Scene, args: &Args) -> Result<DateTime<Utc>> {
    let zone = scene.get::<Config>()?.company.zone();
    match (args.text("at"), args.date("on")?) {
        (Some(at), None) => {
            let instant = DateTime::parse_from_rfc3339(at)
                .ok()
                .and_then(|at| DateTime::from_timestamp_micros(at.timestamp_micros()));
            instant
                .and_then(|at| at.checked_add_signed(Duration::microseconds(1)))
                .ok_or_else(|| {
                    Error::api(
                        ErrorCode::BadRequest,
                        format!("at: `{at}` is no RFC 3339 instant"),
                    )
                })
        }
        (None, Some(day)) => Ok(end_of_day(&zone, day)),
        _ => Err(Error::api(
            ErrorCode::BadRequest,
            "give either `at` or `on`",
        )),
    }
}
