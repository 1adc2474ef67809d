//! Mutations of forms and their copies.

use async_graphql::{ID, InputObject};

use super::commands;
use crate::work::{Mutations, inputs};

/// A form with a reason.
#[derive(InputObject)]
struct FormVoidInput {
    /// The form.
    form: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why it is voided.
    reason: String,
}

/// A form with a reason.
#[derive(InputObject)]
struct FormReplaceInput {
    /// The form that is to be replaced.
    form: ID,
    /// Version that was read.
    expected_version: i32,
    /// What was wrong with it.
    reason: String,
}

/// A copy that came.
#[derive(InputObject)]
struct FormReceiptRecordInput {
    /// The copy.
    copy: ID,
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    m.add(
        "formVoid",
        "Voids a form with a reason. It keeps its number, so that the series has no gap, and stays readable with its \
         copies (CMP-12).",
        |acting, input: FormVoidInput| {
            Box::pin(async move {
                let form = inputs::id("form", "form", &input.form)?;
                commands::void(acting, form, input.expected_version, &input.reason).await
            })
        },
    )
    .gives("form", "Form", "The form; null when it was refused.");
    m.add(
        "formReplace",
        "Voids a form with a reason and issues another in its place: of the object as it is now, with a number and copies \
         of its own (CMP-12). What a form says is never changed otherwise.",
        |acting, input: FormReplaceInput| {
            Box::pin(async move {
                let form = inputs::id("form", "form", &input.form)?;
                commands::replace(acting, form, input.expected_version, &input.reason).await
            })
        },
    )
    .gives("form", "Form", "The new form; null when it was refused.")
    .gives("replaced", "Form", "The one that it replaces; null when it was refused.");
    m.add(
        "formReceiptRecord",
        "Records that a department received its copy of a form, by somebody who works there; once (CMP-12).",
        |acting, input: FormReceiptRecordInput| {
            Box::pin(async move {
                commands::receive(acting, inputs::id("formcopy", "copy", &input.copy)?).await
            })
        },
    )
    .gives("copy", "FormCopy", "The copy; null when it was refused.");
}
