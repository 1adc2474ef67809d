//! Mutations of a complaint's conclusion: inputs and the commands that they run (CMP-1, CMP-10, CMP-15, CMP-20, CMP-21).

use async_graphql::{ID, InputObject};
use rules::complaints::conclusion::ThirdParty;
use rules::kit::money::Fen;
use rules::vocabulary::ReplyChannel;

use super::super::conclusion::{self, Reply};
use super::super::stations::At;
use super::{GIVEN, complaint, fen, reference};
use crate::kit::scalars::Decimal;
use crate::work::Mutations;

/// A complaint without any loss (CMP-1).
#[derive(InputObject)]
struct ComplaintAbnormalityInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// What the responsible unit is asked to improve.
    improvement: String,
}

/// What the customer is told (CMP-15).
#[derive(InputObject)]
struct ComplaintReplyInput {
    /// The complaint.
    complaint: ID,
    /// By letter or by phone.
    channel: ReplyChannel,
    /// The text for the customer, a document apart from the internal form.
    text: String,
    /// What it commits the company to, CNY: never more than was decided; nothing unless given.
    commitment: Option<Decimal>,
}

/// A third party concerned (CMP-10).
#[derive(InputObject)]
struct ComplaintInvolveInput {
    /// The complaint.
    complaint: ID,
    /// Its name.
    name: String,
    /// What it has to do with the case.
    part: String,
    /// Its share of the responsibility in per cent, two places; all shares together are at most 100.
    share: Decimal,
}

/// What is claimed of a third party (CMP-10).
#[derive(InputObject)]
struct ComplaintClaimInput {
    /// The third party.
    third_party: ID,
    /// Version that was read.
    expected_version: i32,
    /// The amount claimed, CNY.
    amount: Decimal,
    /// What came of it.
    note: Option<String>,
}

/// Why a complaint is late (CMP-20).
#[derive(InputObject)]
struct ComplaintExplainInput {
    /// The complaint.
    complaint: ID,
    /// The reason, as the viewer's department gives it.
    reason: String,
}

/// The effect of an improvement (CMP-21).
#[derive(InputObject)]
struct ComplaintConfirmInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// The effect that was found.
    effect: String,
}

/// Declares the mutations.
pub fn mutations(m: &mut Mutations) {
    m.add(
        "complaintAbnormality",
        "The general manager's office ends a complaint without any loss by an abnormality note, which asks the responsible \
         unit to improve (CMP-1). In place of `complaintCheck`.",
        |acting, input: ComplaintAbnormalityInput| {
            Box::pin(async move {
                let at = At {
                    complaint: complaint(&input.complaint)?,
                    version: input.expected_version,
                };
                conclusion::note_abnormality(acting, at, &input.improvement).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintReply",
        "Records what the customer was told, on the basis of the decision and never beyond it (CMP-15). Notes of \
         negotiation are no replies: they go with the proposal.",
        |acting, input: ComplaintReplyInput| {
            Box::pin(async move {
                let reply = Reply {
                    channel: input.channel,
                    text: &input.text,
                    commitment: fen(input.commitment),
                };
                conclusion::reply(acting, complaint(&input.complaint)?, reply).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN)
    .gives("reply", "ComplaintReply", "The reply; null when it was refused.");
    m.add(
        "complaintInvolve",
        "Brings in a third party, such as a supplier of raw material, with its share (CMP-10).",
        |acting, input: ComplaintInvolveInput| {
            Box::pin(async move {
                let party = ThirdParty {
                    name: input.name,
                    part: input.part,
                    share: Fen::get(input.share.0),
                };
                conclusion::bring_in(acting, complaint(&input.complaint)?, party).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN)
    .gives(
        "thirdParty",
        "ComplaintThirdParty",
        "The third party; null when it was refused.",
    );
    m.add(
        "complaintClaim",
        "Records what is claimed of a third party and what came of it (CMP-10).",
        |acting, input: ComplaintClaimInput| {
            Box::pin(async move {
                let party = reference("thirdparty", &input.third_party, "thirdParty")?;
                let (amount, note) = (input.amount.0, input.note.as_deref());
                conclusion::claim(acting, party, input.expected_version, amount, note).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN)
    .gives(
        "thirdParty",
        "ComplaintThirdParty",
        "The third party; null when it was refused.",
    );
    m.add(
        "complaintExplain",
        "Answers the inquiry why a complaint is beyond its closing limit, for the viewer's department (CMP-20).",
        |acting, input: ComplaintExplainInput| {
            Box::pin(async move {
                conclusion::explain(acting, complaint(&input.complaint)?, &input.reason).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN)
    .gives("delay", "ComplaintDelay", "The reason; null when it was refused.");
    m.add(
        "complaintConfirm",
        "Confirms the effect of an improvement that is followed up, once the complaint is closed (CMP-9, CMP-21).",
        |acting, input: ComplaintConfirmInput| {
            Box::pin(async move {
                let at = At {
                    complaint: complaint(&input.complaint)?,
                    version: input.expected_version,
                };
                conclusion::confirm(acting, at, &input.effect).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
}
