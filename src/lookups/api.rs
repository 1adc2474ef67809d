//! The mutations of archive lookup and what they take.

use async_graphql::{ID, InputObject};
use rules::approval::Verdict;
use rules::vocabulary::ArchiveSection;

use super::commands::{self, Terms};
use crate::acting::Acting;
use crate::approvals::{Deciders, Said};
use crate::work::inputs::id;
use crate::work::{Done, Mutations};

/// A request to look an archive up (LKP-4).
#[derive(InputObject)]
struct ArchiveLookupRequestInput {
    /// The customer whose archive is wanted.
    customer: ID,
    /// The sections wanted, one at least.
    sections: Vec<ArchiveSection>,
    /// Why.
    reason: String,
    /// For how many days; left out: the rulebook's default (`lookup.grant.default-days`), at most
    /// `lookup.grant.max-days`.
    days: Option<i32>,
}

/// Approval of a request, in full or less (LKP-4).
#[derive(InputObject)]
struct ArchiveLookupApproveInput {
    /// The request.
    request: ID,
    /// The sections opened, of those asked for; left out: all of them.
    sections: Option<Vec<ArchiveSection>>,
    /// For how many days, at most as many as asked for; left out: as many.
    days: Option<i32>,
    /// What the approver says to it.
    opinion: Option<String>,
}

/// Refusal of a request (LKP-4).
#[derive(InputObject)]
struct ArchiveLookupRefuseInput {
    /// The request.
    request: ID,
    /// Why.
    reason: String,
}

/// A request to be taken back.
#[derive(InputObject)]
struct ArchiveLookupWithdrawInput {
    /// The request.
    request: ID,
}

/// A grant to be revoked (LKP-4).
#[derive(InputObject)]
struct ArchiveGrantRevokeInput {
    /// The grant.
    grant: ID,
    /// Why.
    reason: String,
}

async fn request(acting: &Acting, input: ArchiveLookupRequestInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    let sections = input.sections.into_iter().collect();
    commands::request(
        acting,
        customer,
        sections,
        &input.reason,
        input.days.map(i64::from),
    )
    .await
}

async fn approve(acting: &Acting, input: ArchiveLookupApproveInput) -> Done {
    let request = id("lookup", "request", &input.request)?;
    let terms = Terms {
        sections: input
            .sections
            .map(|sections| sections.into_iter().collect()),
        days: input.days.map(i64::from),
    };
    // A request never changes while it is open, so that what stands is what was read.
    let said = Said::now(Verdict::Approve, input.opinion.as_deref());
    commands::approve(acting, request, terms, said).await
}

async fn refuse(acting: &Acting, input: ArchiveLookupRefuseInput) -> Done {
    let request = id("lookup", "request", &input.request)?;
    let said = Said::now(Verdict::Reject, Some(&input.reason));
    commands::refuse(acting, request, said).await
}

async fn withdraw(acting: &Acting, input: ArchiveLookupWithdrawInput) -> Done {
    commands::withdraw(acting, id("lookup", "request", &input.request)?).await
}

async fn revoke(acting: &Acting, input: ArchiveGrantRevokeInput) -> Done {
    commands::revoke(acting, id("grant", "grant", &input.grant)?, &input.reason).await
}

/// Names the command that decides out of an inbox.
pub fn deciders(deciders: &mut Deciders) {
    deciders.kind("lookup_request", |acting, request, said| {
        Box::pin(commands::by_approval(acting, request, said))
    });
}

/// Declares the mutations.
pub fn mutations(m: &mut Mutations) {
    let (field, ty, doc) = (
        "request",
        "ArchiveLookupRequest",
        "The request; null when refused.",
    );
    m.add(
        "archiveLookupRequest",
        "Asks to read sections of a customer's archive: the manager approves for his own department's customers (LKP-1), \
         the general manager for others (LKP-2).",
        |acting, input| Box::pin(request(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "archiveLookupApprove",
        "Grants all or less of what was asked for (LKP-4); reading opens at once and ends by itself. Where others still have \
         to sign, the terms of the last one count.",
        |acting, input| Box::pin(approve(acting, input)),
    )
    .gives(field, ty, doc)
    .gives("grant", "ArchiveGrant", "The grant; null when refused.");
    m.add(
        "archiveLookupRefuse",
        "Refuses a lookup request, with a reason (LKP-4).",
        |acting, input| Box::pin(refuse(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "archiveLookupWithdraw",
        "Takes an open lookup request of one's own back.",
        |acting, input| Box::pin(withdraw(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "archiveGrantRevoke",
        "Revokes a grant at once (LKP-4).",
        |acting, input| Box::pin(revoke(acting, input)),
    )
    .gives("grant", "ArchiveGrant", "The grant; null when refused.");
}
