//! Mutations of the policy: inputs and the commands that they run.
//!
//! Pitfall: the names of fields here are the paths of refusals in `check.rs`; rename both or neither.

use async_graphql::{ID, InputObject};
use rules::approval::Verdict;
use rules::vocabulary::{PolicyEffect, Role};

use super::access::KIND;
use super::check::Asked;
use super::commands;
use super::decisions::{self, Read, Words};
use crate::access::PolicyRow;
use crate::acting::Acting;
use crate::approvals::Deciders;
use crate::work::inputs::id;
use crate::work::{Done, Mutations};

/// A row of the policy as it is to be.
#[derive(InputObject)]
struct PolicyRowInput {
    /// The row's own name: small letters, digits and hyphens.
    row: String,
    /// The role that it is about.
    role: Role,
    /// Kind of object, or its section: `archive.contacts`.
    object: String,
    /// What is done to it: `read`.
    action: String,
    /// Which objects of the kind: `any`, `department`, `own`.
    scope: String,
    /// The rulebook parameter that gives the highest amount; left out: no limit.
    limit: Option<String>,
    /// Number of the clause that it implements: `CMP-11`.
    clause: String,
    /// Whether it permits or denies; left out: permits.
    effect: Option<PolicyEffect>,
}

/// A change of the policy (ORG-3).
#[derive(InputObject)]
struct PolicyChangeDraftInput {
    /// Why.
    reason: String,
    /// New rows.
    add: Option<Vec<PolicyRowInput>>,
    /// Rows in force that become these, found by their names.
    alter: Option<Vec<PolicyRowInput>>,
    /// Names of rows that are removed.
    remove: Option<Vec<String>>,
}

/// Changes of a draft, or of what was sent back.
#[derive(InputObject)]
struct PolicyChangeChangeInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why; left out: as it was.
    reason: Option<String>,
    /// New rows. Where one of the three lists is given, they replace all rows of the draft.
    add: Option<Vec<PolicyRowInput>>,
    /// Rows in force that become these.
    alter: Option<Vec<PolicyRowInput>>,
    /// Names of rows that are removed.
    remove: Option<Vec<String>>,
}

/// A change to be decided on.
#[derive(InputObject)]
struct PolicyChangeSubmitInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
}

/// Approval of a change.
#[derive(InputObject)]
struct PolicyChangeApproveInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
    /// What the approver says to it.
    opinion: Option<String>,
}

/// Rejection of a change.
#[derive(InputObject)]
struct PolicyChangeRejectInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A change to be sent back.
#[derive(InputObject)]
struct PolicyChangeSendBackInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A change to be withdrawn.
#[derive(InputObject)]
struct PolicyChangeWithdrawInput {
    /// The change.
    change: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A change in force to be taken back.
#[derive(InputObject)]
struct PolicyChangeRevertInput {
    /// The change.
    change: ID,
    /// Why.
    reason: String,
}

const CHANGE: &str = "change";
const PREFIX: &str = "policychange";

fn row(input: PolicyRowInput) -> PolicyRow {
    PolicyRow {
        id: input.row,
        role: input.role,
        object: input.object,
        action: input.action,
        scope: input.scope,
        limit: input.limit,
        clause: input.clause,
        deny: input.effect == Some(PolicyEffect::Deny),
    }
}

type Rows = Option<Vec<PolicyRowInput>>;

/// `None` where no list is given.
fn asked(add: Rows, alter: Rows, remove: Option<Vec<String>>) -> Option<Vec<Asked>> {
    if add.is_none() && alter.is_none() && remove.is_none() {
        return None;
    }
    let rows = |rows: Rows| rows.into_iter().flatten().map(row);
    let all = rows(add).map(Asked::Add);
    let all = all.chain(rows(alter).map(Asked::Alter));
    let all = all.chain(remove.into_iter().flatten().map(Asked::Remove));
    Some(all.collect())
}

async fn draft(acting: &Acting, input: PolicyChangeDraftInput) -> Done {
    let asked = asked(input.add, input.alter, input.remove).unwrap_or_default();
    commands::draft(acting, &input.reason, asked).await
}

async fn change(acting: &Acting, input: PolicyChangeChangeInput) -> Done {
    let change = id(PREFIX, CHANGE, &input.change)?;
    let asked = asked(input.add, input.alter, input.remove);
    let reason = input.reason.as_deref();
    commands::change(acting, change, input.expected_version, reason, asked).await
}

async fn submit(acting: &Acting, input: PolicyChangeSubmitInput) -> Done {
    let change = id(PREFIX, CHANGE, &input.change)?;
    commands::submit(acting, change, input.expected_version).await
}

fn words<'a>(change: &ID, version: i32, said: Option<&'a str>) -> Done<Words<'a>> {
    Ok(Words {
        change: id(PREFIX, CHANGE, change)?,
        read: Read::Version(version),
        said,
        step: None,
    })
}

async fn approve(acting: &Acting, input: PolicyChangeApproveInput) -> Done {
    let said = input.opinion.as_deref();
    let words = words(&input.change, input.expected_version, said)?;
    decisions::approve(acting, words).await
}

async fn reject(acting: &Acting, input: PolicyChangeRejectInput) -> Done {
    let said = Some(input.reason.as_str());
    let words = words(&input.change, input.expected_version, said)?;
    decisions::turn_down(acting, words, Verdict::Reject).await
}

async fn send_back(acting: &Acting, input: PolicyChangeSendBackInput) -> Done {
    let said = Some(input.reason.as_str());
    let words = words(&input.change, input.expected_version, said)?;
    decisions::turn_down(acting, words, Verdict::SendBack(None)).await
}

async fn withdraw(acting: &Acting, input: PolicyChangeWithdrawInput) -> Done {
    let change = id(PREFIX, CHANGE, &input.change)?;
    commands::withdraw(acting, change, input.expected_version, &input.reason).await
}

async fn revert(acting: &Acting, input: PolicyChangeRevertInput) -> Done {
    let change = id(PREFIX, CHANGE, &input.change)?;
    commands::revert(acting, change, &input.reason).await
}

/// How changes are decided on out of an inbox.
pub(super) fn deciders(deciders: &mut Deciders) {
    deciders.kind(KIND, |acting, id, said| {
        Box::pin(decisions::by_approval(acting, id, said))
    });
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    let (field, ty, doc) = (CHANGE, "PolicyChange", "The change; null when refused.");
    m.add(
        "policyChangeDraft",
        "Drafts a change of the policy, by a system administrator (ORG-3). Nothing changes by it; `effect` of the draft shows \
         what would. Refused where nobody would be left to change policy, roles or accounts.",
        |acting, input| Box::pin(draft(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeChange",
        "Changes a draft, or a change that was sent back, by who drafted it (ORG-3).",
        |acting, input| Box::pin(change(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeSubmit",
        "Puts a change before the general manager, for the first time or after it was sent back (ORG-3).",
        |acting, input| Box::pin(submit(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeApprove",
        "Approves a change, by the general manager or his delegate, never by who drafted it: it is in force at once (ORG-3).",
        |acting, input| Box::pin(approve(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeReject",
        "Rejects a change, with a reason (ORG-3).",
        |acting, input| Box::pin(reject(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeSendBack",
        "Sends a change back to who drafted it, with a reason (ORG-3).",
        |acting, input| Box::pin(send_back(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeWithdraw",
        "Takes a change of one's own back before it is decided, with a reason (ORG-3).",
        |acting, input| Box::pin(withdraw(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "policyChangeRevert",
        "Drafts the opposite of a change in force, by a system administrator; it is submitted and approved like any other. \
         Refused where a row has become another one since (ORG-3).",
        |acting, input| Box::pin(revert(acting, input)),
    )
    .gives(field, ty, doc);
}
