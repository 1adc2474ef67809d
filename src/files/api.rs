//! Mutations of files: inputs and the commands that they run.

use async_graphql::{ID, InputObject};

use super::commands;
use crate::kit::uploads::Upload;
use crate::work::{Mutations, inputs};

/// A file for an object.
#[derive(InputObject)]
struct FileAttachInput {
    /// What it hangs on: an object that has `files`.
    object: ID,
    /// The file, as a part of a multipart request.
    upload: Upload,
    /// What it is called; left out: as the form names it. At most 200 characters, without folders.
    name: Option<String>,
}

/// A file with a reason.
#[derive(InputObject)]
struct FileVoidInput {
    /// The file.
    file: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why it is voided.
    reason: String,
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    const GIVEN: &str = "The file; null when it was refused.";
    m.add(
        "fileAttach",
        "Hangs a file on an object, within the limits of size, type and number (ARC-8). The content tells the type. Where \
         a virus scanner is set up, nothing is attached that it did not find clean.",
        |acting, input: FileAttachInput| {
            Box::pin(async move {
                commands::attach(acting, &input.object, &input.upload, input.name).await
            })
        },
    )
    // The content is kept before its row.
    .asks_first()
    .gives("file", "File", GIVEN);
    m.add(
        "fileVoid",
        "Voids a file with a reason. Its content stays, and so does its history (ARC-8).",
        |acting, input: FileVoidInput| {
            Box::pin(async move {
                let id = inputs::id("file", "file", &input.file)?;
                commands::void(acting, id, input.expected_version, &input.reason).await
            })
        },
    )
    .gives("file", "File", GIVEN);
}
