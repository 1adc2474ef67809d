//! What can be read of the audit log.

use std::collections::HashMap;

use entity::{audit_chain, audit_detail};
use rules::kit::error_code::ErrorCode;
use rules::vocabulary::AuditPart;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use sea_query::{Expr, ExprTrait as _};
use serde_json::Value;
use uuid::Uuid;

use super::EVERYTHING;
use crate::access::{Cond, Table};
use crate::graph::{Args, Batch, Cell, Future_, Graph, Kind, Parents, RootRead, Scene, Type};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;

/// Declares the log.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<AuditPart>();
    graph
        .table(
            "AuditEntry",
            "audit",
            "audit_entry",
            Some(EVERYTHING),
            "An entry of the audit log: who did what, in which role, for whom, under which rule. Auditors only (ORG-3). What \
             was changed stands in `history` of the object.",
        )
        .newest_by("at", Kind::Instant)
        .column("at", "at", Kind::Instant, "When.")
        .filter()
        .order()
        .group()
        .measure()
        .batched(
            "position",
            "Long",
            false,
            true,
            &[],
            positions,
            "Its place in the one order of all entries and events, from 1 without gaps; null for less than a second after the act.",
        )
        .column("request", "request_id", Kind::Text, "Request of the API, import, job or command that it was part of.")
        .filter()
        .column("part", "part", Kind::Enum("AuditPart"), "What kind of undertaking that was.")
        .filter()
        .group()
        .one("actor", "Employee", "actor_id", "Who; null for the system and for somebody who is not known.")
        .filter()
        .group()
        .optional("role", "role", Kind::Enum("Role"), "In which role; null where none was needed.")
        .filter()
        .group()
        .one("actedFor", "Employee", "acted_for", "For whom, under a delegation (ORG-4); null when in his own right.")
        .filter()
        .group()
        .column("objectKind", "object_kind", Kind::Text, "Kind of the object, in the log's own word.")
        .filter()
        .group()
        .batched(
            "object",
            "ID",
            false,
            true,
            &[("object_kind", Kind::Text), ("object_id", Kind::Id(""))],
            objects,
            "The object; null where the act has none or the object has no type of its own.",
        )
        .column("verb", "verb", Kind::Text, "What was done, in the command's own word.")
        .filter()
        .order()
        .group()
        .optional("clause", "clause", Kind::Text, "Number of the clause that it rests on; null where there is none.")
        .filter()
        .group()
        .batched(
            "detail",
            "JSON",
            false,
            true,
            &[],
            details,
            "What else was kept of it; null where there is nothing.",
        );
    graph
        .root(
            "auditEntries",
            RootRead::Connection("AuditEntry", Some(on_object)),
            false,
            "The audit log, newest first. Auditors only (ORG-3); empty for everybody else.",
        )
        .arg(
            "object",
            "ID",
            "Only what was done with this object, of any type.",
        );
    graph.statistics("auditEntryStatistics", "AuditEntry");
}

fn on_object(_: &Scene, table: &Table, args: &Args) -> Result<Cond> {
    let Some(id) = args.text("object") else {
        return Ok(Cond::Always);
    };
    let (_, id) = ids::split(id).ok_or_else(|| {
        Error::api(
            ErrorCode::BadRequest,
            format!("object: `{id}` is not an id"),
        )
    })?;
    Ok(Cond::When(table.col("object_id").eq(Expr::val(id))))
}

fn values(parents: &Parents, of: &HashMap<Uuid, Value>) -> Batch {
    let value = |id: &Uuid| of.get(id).cloned().unwrap_or_default();
    Batch::Values(parents.ids.iter().map(value).collect())
}

fn positions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let links = audit_chain::Entity::find()
            .filter(audit_chain::Column::EntryId.is_in(parents.ids.iter().copied()))
            .all(&scene.db.read)
            .await?;
        let links = links.into_iter();
        Ok(values(
            parents,
            &links.map(|l| (l.entry_id, l.position.into())).collect(),
        ))
    })
}

fn details<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let details = audit_detail::Entity::find()
            .filter(audit_detail::Column::EntryId.is_in(parents.ids.iter().copied()))
            .all(&scene.db.read)
            .await?;
        let details = details.into_iter();
        Ok(values(
            parents,
            &details.map(|d| (d.entry_id, d.detail)).collect(),
        ))
    })
}

fn objects<'a>(_: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    let object = |cells: &Vec<Cell>| match cells.as_slice() {
        [Cell::Text(kind), Cell::Id(id)] => {
            let types = &declared().graph.types;
            let of_kind = |ty: &&Type| ty.is_node() && ty.rows().is_some_and(|(t, ..)| t == kind);
            let rows = types.values().find(of_kind).and_then(Type::rows);
            rows.map_or(Value::Null, |(_, prefix, _)| {
                ids::encode(prefix, *id).into()
            })
        }
        _ => Value::Null,
    };
    let objects = parents.cells.iter().map(object).collect();
    Box::pin(async move { Ok(Batch::Values(objects)) })
}
