//! Mutations of complaints: inputs and the commands that they run.
//!
//! Pitfall: the names of fields here are the paths of refusals in the rules; rename both or neither.

use async_graphql::{ID, InputObject};
use rules::approval::Verdict;
use rules::complaints::{Amounts, Facts};
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ComplaintClass, DemandKind, Market, Station};
use uuid::Uuid;

use super::access::COMPLAINT;
use super::commands::{self, Proposal};
use super::decisions::{self, Words};
use super::filing::{self, Completion, Filing};
use super::stations::At;
use crate::approvals::{Deciders, Read};
use crate::kit::ids;
use crate::kit::scalars::{Date, Decimal, Long};
use crate::work::Mutations;

mod conclusion;
mod stations;

/// What a payload says of its complaint.
const GIVEN: &str = "The complaint; null when it was refused.";

/// A complaint with the facts that CMP-3 asks for.
#[derive(InputObject)]
struct ComplaintFileInput {
    /// The customer who complains. Its department handles the complaint.
    customer: ID,
    /// Whether the complaint is about quality (CMP-1).
    class: ComplaintClass,
    /// Where the customer is; the closing limit depends on it (CMP-18).
    market: Market,
    /// Order number.
    order_number: String,
    /// Part number 料号.
    part_number: String,
    /// Day of shipment, not in the future.
    shipped_on: Date,
    /// Pieces shipped.
    quantity: Long,
    /// Defective pieces; may be left out only while the demand is `UNDETERMINED_IN_PROCESS`.
    defective_quantity: Option<Long>,
    /// What the customer demands.
    demand_kind: DemandKind,
    /// The demand in words.
    demand: String,
    /// The customer's reason.
    reason: String,
    /// The samples, described.
    sample_description: String,
    /// The opinion of the business staff.
    opinion: String,
    /// The earlier complaint whose conclusion the customer does not accept (CMP-13); nothing for a first one.
    follows: Option<ID>,
}

/// What the customer demands, once it is known (CMP-3).
#[derive(InputObject)]
struct ComplaintCompleteInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// What the customer demands.
    demand_kind: DemandKind,
    /// The demand in words.
    demand: String,
    /// Defective pieces; may be left out only while the demand is `UNDETERMINED_IN_PROCESS`.
    defective_quantity: Option<Long>,
}

/// What the customer is to be given; the complaint's amount is the sum of the four (CMP-11).
#[derive(InputObject)]
struct ComplaintProposeInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// Compensation 赔偿, CNY; nothing unless given.
    compensation: Option<Decimal>,
    /// Allowance 折让, CNY; nothing unless given.
    allowance: Option<Decimal>,
    /// Full selling value of goods returned or replaced, CNY; nothing unless given.
    goods_value: Option<Decimal>,
    /// Cost of rework 重修, CNY; nothing unless given.
    rework: Option<Decimal>,
    /// The proposal in words.
    proposal: String,
    /// What came of negotiating with the customer, without commitment (CMP-7).
    negotiation: String,
}

/// A complaint decided as proposed.
#[derive(InputObject)]
struct ComplaintDecideInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read: a decision counts only for the amount and terms that the decider saw.
    expected_version: i32,
    /// The decision in words.
    decision: String,
}

/// A complaint with a reason.
#[derive(InputObject)]
struct ComplaintSendBackInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// To which earlier station; unless given, to the one before, and from the approval of a proposal to business.
    to: Option<Station>,
    /// Why it is sent back.
    reason: String,
}

/// A complaint with a reason.
#[derive(InputObject)]
struct ComplaintRejectInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why the proposal is rejected.
    reason: String,
}

/// A complaint with a reason.
#[derive(InputObject)]
struct ComplaintWithdrawInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why the proposal is taken back.
    reason: String,
}

/// A complaint with a reason.
#[derive(InputObject)]
struct ComplaintVoidInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// Why it is voided.
    reason: String,
}

fn reference(prefix: &str, id: &ID, field: &str) -> Result<Uuid, Refusal> {
    ids::decode(prefix, id).map_err(|_| Refusal::new(Code::InvalidInput).at(field))
}

fn complaint(id: &ID) -> Result<Uuid, Refusal> {
    reference("complaint", id, "complaint")
}

fn fen(amount: Option<Decimal>) -> Fen {
    amount.map_or(Fen::ZERO, |amount| amount.0)
}

impl ComplaintFileInput {
    fn filing(self) -> Result<Filing, Refusal> {
        Ok(Filing {
            customer: reference("customer", &self.customer, "customer")?,
            class: self.class,
            market: self.market,
            follows: self
                .follows
                .map(|first| reference("complaint", &first, "follows"))
                .transpose()?,
            facts: Facts {
                order_number: self.order_number,
                part_number: self.part_number,
                shipped_on: self.shipped_on.0,
                quantity: self.quantity.0,
                defective_quantity: self.defective_quantity.map(|quantity| quantity.0),
                demand_kind: self.demand_kind,
                demand: self.demand,
                reason: self.reason,
                sample_description: self.sample_description,
                opinion: self.opinion,
            },
        })
    }
}

fn words(complaint: Uuid, version: i32, said: &str) -> Words<'_> {
    Words {
        complaint,
        read: Read::Version(version),
        said,
    }
}

/// Names the command that decides out of an inbox.
pub fn deciders(deciders: &mut Deciders) {
    deciders.kind(COMPLAINT, |acting, id, said| {
        Box::pin(decisions::by_approval(acting, id, said))
    });
}

/// Declares the mutations.
pub fn mutations(m: &mut Mutations) {
    stations::mutations(m);
    conclusion::mutations(m);
    m.add(
        "complaintFile",
        "Files a customer's complaint: draws its number and keeps the rulebook of today for it (CMP-2, CMP-3, RUL-4).",
        |acting, input: ComplaintFileInput| {
            Box::pin(async move { filing::file(acting, input.filing()?).await })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintComplete",
        "Enters what the customer demands, once it is known (CMP-3). Not while it waits for decision.",
        |acting, input: ComplaintCompleteInput| {
            Box::pin(async move {
                let completion = Completion {
                    demand_kind: input.demand_kind,
                    demand: input.demand,
                    defective_quantity: input.defective_quantity.map(|quantity| quantity.0),
                };
                filing::complete(acting, complaint(&input.complaint)?, input.expected_version, completion).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintPropose",
        "Proposes what the customer is to be given, after negotiating without commitment, and hands it in for review, \
         summary and decision (CMP-7). While it waits, the proposal can be changed by calling this again; when the amount \
         changes bracket, so does the decider (CMP-11).",
        |acting, input: ComplaintProposeInput| {
            Box::pin(async move {
                let amounts = Amounts {
                    compensation: fen(input.compensation),
                    allowance: fen(input.allowance),
                    goods_value: fen(input.goods_value),
                    rework: fen(input.rework),
                };
                let proposal = Proposal {
                    amounts,
                    words: &input.proposal,
                    negotiation: &input.negotiation,
                };
                let id = complaint(&input.complaint)?;
                commands::propose(acting, id, input.expected_version, proposal).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintDecide",
        "Decides a complaint as proposed, by whoever its amount says and a delegate or higher role of his; never by who \
         filed or proposed it (CMP-11).",
        |acting, input: ComplaintDecideInput| {
            Box::pin(async move {
                let id = complaint(&input.complaint)?;
                let words = words(id, input.expected_version, &input.decision);
                decisions::approve(acting, words, Some(Station::Decision), None, None).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintSendBack",
        "Sends a complaint back to an earlier station with a reason, by whoever could let it go on; instead of deciding \
         it, to business unless told where to, which can propose again (CMP-6, CMP-11).",
        |acting, input: ComplaintSendBackInput| {
            Box::pin(async move {
                let at = At {
                    complaint: complaint(&input.complaint)?,
                    version: input.expected_version,
                };
                decisions::send_back(acting, at, input.to, &input.reason).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintReject",
        "Rejects the proposal with a reason. Another one can be proposed, as a new case for decision (CMP-11).",
        |acting, input: ComplaintRejectInput| {
            Box::pin(async move {
                let id = complaint(&input.complaint)?;
                let words = words(id, input.expected_version, &input.reason);
                decisions::turn_down(acting, words, Verdict::Reject, None, None).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintWithdraw",
        "Takes a proposal back before it is decided, by who proposed it or his delegate (CMP-11).",
        |acting, input: ComplaintWithdrawInput| {
            Box::pin(async move {
                let id = complaint(&input.complaint)?;
                commands::withdraw(acting, id, input.expected_version, &input.reason).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintVoid",
        "Voids a complaint with a reason. It keeps its number and stays in its history; not while it waits for decision, \
         and not once it is decided.",
        |acting, input: ComplaintVoidInput| {
            Box::pin(async move {
                let id = complaint(&input.complaint)?;
                commands::void(acting, id, input.expected_version, &input.reason).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
}
