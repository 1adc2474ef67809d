//! What can be read of files. A file falls under what the object that it hangs on says of its files, reading log included.

use rules::vocabulary::FileScan;
use serde_json::Value;
use uuid::Uuid;

use super::links::Links;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, Scene};
use crate::kit::error::Result;
use crate::kit::ids;

/// Declares the type.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<FileScan>();
    graph
        .table(
            "File",
            "file",
            "file",
            Some(Gate::of_object()),
            "A file that hangs on an object: a scan, a photo, a recording (ARC-8). Whoever may read the object's files sees \
             it; of an archive, its reading is logged (LKP-5).",
        )
        .voidable()
        .computed(
            "object",
            "ID",
            &[("object_kind", Kind::Text), ("object_id", Kind::Id(""))],
            object,
            "Id of the object that it hangs on.",
        )
        .column(
            "name",
            "name",
            Kind::Text,
            "What it is called; empty once erased.",
        )
        .filter()
        .order()
        .column(
            "mediaType",
            "media_type",
            Kind::Text,
            "Media type, found out from the content.",
        )
        .filter()
        .column("size", "size", Kind::Count, "Bytes.")
        .filter()
        .order()
        .optional(
            "sha256",
            "sha256",
            Kind::Text,
            "Hash of the content (SHA-256), hexadecimal; null once erased.",
        )
        .filter()
        .column(
            "scan",
            "scan",
            Kind::Enum("FileScan"),
            "Whether it was scanned for viruses.",
        )
        .filter()
        .always_one("addedBy", "Employee", "added_by", "Who added it.")
        .filter()
        .order()
        .column(
            "addedAt",
            "created_at",
            Kind::Instant,
            "When it was added.",
        )
        .filter()
        .order()
        .batched(
            "url",
            "String",
            false,
            true,
            &[("sha256", Kind::Text)],
            links,
            "A link to download it, below the server's address. Whoever holds it gets the file for some minutes, and the \
             log names the viewer as its reader; it opens nothing once the viewer may not read the file any more, his \
             account is disabled or his employment has ended. Null once erased.",
        )
        .optional(
            "voidedAt",
            "voided_at",
            Kind::Instant,
            "When it was voided; null while it is valid.",
        )
        .filter()
        .optional(
            "voidReason",
            "void_reason",
            Kind::Text,
            "Why it was voided; null while it is valid.",
        )
        .optional(
            "erasedAt",
            "erased_at",
            Kind::Instant,
            "When its content and name were erased; null while they are there.",
        )
        .column(
            "version",
            "version",
            Kind::Int,
            "Raised by one with each change; `expectedVersion` of the mutations.",
        );
}

fn object(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let [Cell::Text(table), Cell::Id(id)] = cells else {
        return Ok(Value::Null);
    };
    let mut kinds = scene.viewer.table.catalogue().attachables().iter();
    let kind = kinds.find(|kind| kind.table == table);
    Ok(kind.map_or(Value::Null, |kind| ids::encode(kind.prefix, *id).into()))
}

fn links<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let (links, viewer): (&Links, _) = (scene.get()?, &scene.viewer);
        let link = |(id, cells): (&Uuid, &Vec<Cell>)| match cells.as_slice() {
            [Cell::Text(_)] => {
                let link = links.give(*id, viewer.subject.employee, viewer.now)?;
                Ok(Value::from(link))
            }
            _ => Ok(Value::Null),
        };
        let given = parents.ids.iter().zip(&parents.cells).map(link);
        Ok(Batch::Values(
            given.collect::<crate::kit::error::Result<_>>()?,
        ))
    })
}
