//! Mutations of erasures and legal holds: inputs and the commands that they run.

use async_graphql::{ID, InputObject};
use rules::vocabulary::ErasureOrigin;

use super::commands::{self, NewRequest};
use super::decisions::{self, Words};
use super::{HOLD_PREFIX, KIND};
use crate::acting::Acting;
use crate::approvals::{Deciders, Read};
use crate::kit::scalars::Date;
use crate::work::inputs::id;
use crate::work::{Done, Mutations};

/// A person's request that his data be erased (PIP-1).
#[derive(InputObject)]
struct ErasureRequestInput {
    /// The person: a private customer, a contact person, or an employee who has left.
    subject: ID,
    /// How the person asked.
    origin: ErasureOrigin,
    /// Day on which the person asked; left out: today.
    asked_on: Option<Date>,
    /// What else there is to say of it. It is erased with the rest.
    note: Option<String>,
}

/// A proposal to be taken up (PIP-5).
#[derive(InputObject)]
struct ErasureSubmitInput {
    /// The proposal.
    erasure: ID,
    /// Version that was read.
    expected_version: i32,
}

/// A decision on an erasure (PIP-2).
#[derive(InputObject)]
struct ErasureDecideInput {
    /// The erasure.
    erasure: ID,
    /// Version that was read.
    expected_version: i32,
    /// Whether it is carried out, at once and for ever; otherwise it is rejected.
    approve: bool,
    /// Why; must be given for a rejection.
    reason: Option<String>,
}

/// A request or a proposal that is not gone on with.
#[derive(InputObject)]
struct ErasureWithdrawInput {
    /// The erasure.
    erasure: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

/// A legal hold (PIP-4).
#[derive(InputObject)]
struct LegalHoldPlaceInput {
    /// The object, of any type.
    subject: ID,
    /// Why.
    reason: String,
    /// Its last day; left out: until it is lifted.
    until: Option<Date>,
}

/// A legal hold to be lifted (PIP-4).
#[derive(InputObject)]
struct LegalHoldLiftInput {
    /// The hold.
    hold: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why.
    reason: String,
}

async fn request(acting: &Acting, input: ErasureRequestInput) -> Done {
    let new = NewRequest {
        subject: input.subject.to_string(),
        origin: input.origin,
        asked_on: input.asked_on.map(|day| day.0),
        note: input.note,
    };
    commands::request(acting, new).await
}

async fn submit(acting: &Acting, input: ErasureSubmitInput) -> Done {
    let erasure = id(KIND, KIND, &input.erasure)?;
    commands::submit(acting, erasure, input.expected_version).await
}

async fn decide(acting: &Acting, input: ErasureDecideInput) -> Done {
    let words = Words {
        erasure: id(KIND, KIND, &input.erasure)?,
        read: Read::Version(input.expected_version),
        said: input.reason.as_deref(),
        step: None,
    };
    if input.approve {
        decisions::approve(acting, words).await
    } else {
        decisions::reject(acting, words).await
    }
}

async fn withdraw(acting: &Acting, input: ErasureWithdrawInput) -> Done {
    let erasure = id(KIND, KIND, &input.erasure)?;
    commands::withdraw(acting, erasure, input.expected_version, &input.reason).await
}

async fn place(acting: &Acting, input: LegalHoldPlaceInput) -> Done {
    commands::place(
        acting,
        &input.subject,
        &input.reason,
        input.until.map(|day| day.0),
    )
    .await
}

async fn lift(acting: &Acting, input: LegalHoldLiftInput) -> Done {
    let hold = id(HOLD_PREFIX, "hold", &input.hold)?;
    commands::lift(acting, hold, input.expected_version, &input.reason).await
}

/// How erasures are decided on out of an inbox.
pub(super) fn deciders(deciders: &mut Deciders) {
    deciders.kind(KIND, |acting, id, said| {
        Box::pin(decisions::by_approval(acting, id, said))
    });
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    let (field, ty, doc) = ("erasure", "Erasure", "The erasure; null when refused.");
    let (hold, of, what) = ("hold", "LegalHold", "The hold; null when refused.");
    m.add(
        "erasureRequest",
        "Records that a person asks for his data to be erased, by whoever was asked and can know of the person (PIP-1). It \
         waits for the general manager, and has to be answered within `erasure.deadline` working days.",
        |acting, input| Box::pin(request(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "erasureSubmit",
        "Takes a proposal up, so that it is decided like a request (PIP-5).",
        |acting, input| Box::pin(submit(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "erasureDecide",
        "Decides on an erasure, by the general manager or his delegate, never by who recorded it (PIP-2). Approved, the person \
         is anonymous at once, in records, history, details of the audit log and files, and nothing brings the data back \
         (PIP-3). Refused while a legal hold lies on it, a case is open, or the law wants it kept (PIP-3 to PIP-5).",
        |acting, input| Box::pin(decide(acting, input)),
    )
    .gives(field, ty, doc)
    .gives("approval", "Approval", "The approval; null when refused.")
    // It may speak of the person, and a hash of it could be tried out.
    .secret(&["reason"]);
    m.add(
        "erasureWithdraw",
        "Takes a request of one's own back because the person did, or turns a proposal down, with a reason (PIP-1, PIP-5).",
        |acting, input| Box::pin(withdraw(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "legalHoldPlace",
        "Places a legal hold on an object of any type, by general management: nothing personal that belongs to it is erased \
         (PIP-4).",
        |acting, input| Box::pin(place(acting, input)),
    )
    .gives(hold, of, what);
    m.add(
        "legalHoldLift",
        "Lifts a legal hold, with a reason (PIP-4).",
        |acting, input| Box::pin(lift(acting, input)),
    )
    .gives(hold, of, what);
}
