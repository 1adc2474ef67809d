//! Mutations of rulebook revisions: inputs and the commands that they run.
//!
//! Pitfall: the names of fields here are the paths of refusals in the rules; rename both or neither.

use async_graphql::{ID, InputObject};
use rules::approval::Verdict;
use rules::kit::refusal::{Code, Refusal};
use rules::rulebook::{Draft, Entry, Written};

use super::access::KIND;
use super::commands::{self, Redraft};
use super::decisions::{self, Words};
use crate::acting::Acting;
use crate::approvals::{Deciders, Read};
use crate::kit::scalars::{Date, Decimal};
use crate::work::inputs::id;
use crate::work::{Done, Mutations};

/// A row of a table among the rulebook's numbers.
#[derive(InputObject)]
struct RulebookRowInput {
    /// Its name.
    name: String,
    /// Of a bracket the highest amount, left out for the open one; of a grade the amount from which it is reached; of a
    /// stage the time that it has.
    limit: Option<Decimal>,
}

/// A new value of a parameter: a number or the rows of a table.
#[derive(InputObject)]
struct RulebookValueInput {
    /// The parameter's key: `lookup.grant.max-days`.
    parameter: String,
    /// The unit that the value is meant in, which must be the parameter's own: `CNY`, `day`, `working-day`, `%`.
    unit: String,
    /// A number; for a table left out.
    value: Option<Decimal>,
    /// All rows of a table, in the parameter's order; for a single number left out.
    rows: Option<Vec<RulebookRowInput>>,
}

/// A revision of a regulation's numbers (RUL-3).
#[derive(InputObject)]
struct RulebookRevisionDraftInput {
    /// Code of the regulation: `CMP`.
    regulation: String,
    /// The first day it is to be in force, after today.
    effective_on: Date,
    /// Why.
    reason: String,
    /// The new values.
    values: Vec<RulebookValueInput>,
}

/// Changes of a draft, or of a revision that was sent back.
#[derive(InputObject)]
struct RulebookRevisionChangeInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
    /// The first day it is to be in force; left out: as it was.
    effective_on: Option<Date>,
    /// Why; left out: as it was.
    reason: Option<String>,
    /// All new values; left out: as they were.
    values: Option<Vec<RulebookValueInput>>,
}

/// A revision to be decided on.
#[derive(InputObject)]
struct RulebookRevisionSubmitInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
}

/// Approval of a revision.
#[derive(InputObject)]
struct RulebookRevisionApproveInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
    /// What the approver says to it.
    opinion: Option<String>,
}

/// Rejection of a revision.
#[derive(InputObject)]
struct RulebookRevisionRejectInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A revision to be sent back.
#[derive(InputObject)]
struct RulebookRevisionSendBackInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A revision to be taken back.
#[derive(InputObject)]
struct RulebookRevisionWithdrawInput {
    /// The revision.
    revision: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// The field of every input here.
const REVISION: &str = "revision";

fn entries(values: Vec<RulebookValueInput>) -> Result<Vec<Entry>, Vec<Refusal>> {
    let (mut entries, mut refusals) = (Vec::new(), Vec::new());
    for (index, value) in values.into_iter().enumerate() {
        let limit = |limit: Decimal| limit.0.get();
        let written = match (value.value, value.rows) {
            (Some(number), None) => Written::Number(limit(number)),
            (None, Some(rows)) => {
                let row = |row: RulebookRowInput| (row.name, row.limit.map(limit));
                Written::Rows(rows.into_iter().map(row).collect())
            }
            (None, None) | (Some(_), Some(_)) => {
                let refusal = Refusal::new(Code::InvalidInput).at("value");
                refusals.push(refusal.at(index).at("values"));
                continue;
            }
        };
        entries.push(Entry {
            parameter: value.parameter,
            unit: value.unit,
            written,
        });
    }
    if refusals.is_empty() {
        Ok(entries)
    } else {
        Err(refusals)
    }
}

async fn draft(acting: &Acting, input: RulebookRevisionDraftInput) -> Done {
    let draft = Draft {
        regulation: input.regulation,
        effective_on: input.effective_on.0,
        reason: input.reason,
        entries: entries(input.values)?,
    };
    commands::draft(acting, draft).await
}

async fn change(acting: &Acting, input: RulebookRevisionChangeInput) -> Done {
    let redraft = Redraft {
        effective_on: input.effective_on.map(|on| on.0),
        reason: input.reason,
        entries: input.values.map(entries).transpose()?,
    };
    let revision = id(REVISION, REVISION, &input.revision)?;
    commands::change(acting, revision, input.expected_version, redraft).await
}

async fn submit(acting: &Acting, input: RulebookRevisionSubmitInput) -> Done {
    let revision = id(REVISION, REVISION, &input.revision)?;
    commands::submit(acting, revision, input.expected_version).await
}

async fn approve(acting: &Acting, input: RulebookRevisionApproveInput) -> Done {
    let revision = id(REVISION, REVISION, &input.revision)?;
    let words = Words {
        revision,
        read: Read::Version(input.expected_version),
        said: input.opinion.as_deref(),
    };
    decisions::approve(acting, words, None).await
}

async fn reject(acting: &Acting, input: RulebookRevisionRejectInput) -> Done {
    let revision = id(REVISION, REVISION, &input.revision)?;
    let words = Words {
        revision,
        read: Read::Version(input.expected_version),
        said: Some(&input.reason),
    };
    decisions::turn_down(acting, words, Verdict::Reject, None).await
}

async fn send_back(acting: &Acting, input: RulebookRevisionSendBackInput) -> Done {
    let revision = id(REVISION, REVISION, &input.revision)?;
    let words = Words {
        revision,
        read: Read::Version(input.expected_version),
        said: Some(&input.reason),
    };
    decisions::turn_down(acting, words, Verdict::SendBack(None), None).await
}

async fn withdraw(acting: &Acting, input: RulebookRevisionWithdrawInput) -> Done {
    let revision = id(REVISION, REVISION, &input.revision)?;
    commands::withdraw(acting, revision, input.expected_version, &input.reason).await
}

/// Which command decides on revisions.
pub(super) fn deciders(deciders: &mut Deciders) {
    deciders.kind(KIND, |acting, id, said| {
        Box::pin(decisions::by_approval(acting, id, said))
    });
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    let (field, ty, doc) = (
        REVISION,
        "RulebookRevision",
        "The revision; null when refused.",
    );
    m.add(
        "rulebookRevisionDraft",
        "Drafts new values of a regulation's numbers, by the department that interprets it (RUL-3). Nothing changes by it.",
        |acting, input| Box::pin(draft(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionChange",
        "Changes a draft, or a revision that was sent back, by who drafted it (RUL-3).",
        |acting, input| Box::pin(change(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionSubmit",
        "Puts a revision before the general manager, for the first time or after it was sent back (RUL-3).",
        |acting, input| Box::pin(submit(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionApprove",
        "Approves a revision, by the general manager or his delegate: its values are in force from its day on, for cases \
         accepted from then on (RUL-3, RUL-4).",
        |acting, input| Box::pin(approve(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionReject",
        "Rejects a revision, with a reason (RUL-3).",
        |acting, input| Box::pin(reject(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionSendBack",
        "Sends a revision back to who drafted it, with a reason (RUL-3).",
        |acting, input| Box::pin(send_back(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "rulebookRevisionWithdraw",
        "Takes a revision of one's own back before it is decided, with a reason (RUL-3).",
        |acting, input| Box::pin(withdraw(acting, input)),
    )
    .gives(field, ty, doc);
}
