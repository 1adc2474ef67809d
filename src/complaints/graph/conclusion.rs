//! What is concluded of a complaint and told of it (CMP-9, CMP-10, CMP-15, CMP-17, CMP-20, CMP-21).

use rules::vocabulary::ReplyChannel;

use super::READ;
use crate::graph::{Building, Graph, Kind};

/// Declares replies, third parties and reasons of delay.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<ReplyChannel>();
    graph
        .table(
            "ComplaintReply",
            "complaintreply",
            "complaint_reply",
            Some(READ.via("complaint_id", "complaint")),
            "What the customer was told of the decision on his complaint (CMP-15).",
        )
        .newest_by("replied_at", Kind::Instant)
        .always_one("complaint", "Complaint", "complaint_id", "The complaint.")
        .column(
            "channel",
            "channel",
            Kind::Enum("ReplyChannel"),
            "By letter or by phone.",
        )
        .filter()
        .column(
            "text",
            "body",
            Kind::Text,
            "The text for the customer, apart from the internal form.",
        )
        .column(
            "commitment",
            "commitment_fen",
            Kind::Money,
            "What it commits the company to, CNY; never more than was decided.",
        )
        .column("repliedAt", "replied_at", Kind::Instant, "When.")
        .filter()
        .order()
        .always_one("repliedBy", "Employee", "replied_by", "By whom.")
        .filter()
        .one(
            "repliedFor",
            "Employee",
            "replied_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
        );
    graph
        .table(
            "ComplaintThirdParty",
            "thirdparty",
            "complaint_third_party",
            Some(READ.via("complaint_id", "complaint")),
            "A third party concerned by a complaint, such as a supplier of raw material (CMP-10).",
        )
        .always_one("complaint", "Complaint", "complaint_id", "The complaint.")
        .column("name", "name", Kind::Text, "Its name.")
        .filter()
        .column(
            "part",
            "part",
            Kind::Text,
            "What it has to do with the case.",
        )
        .column(
            "share",
            "share_permyriad",
            Kind::Money,
            "Its share of the responsibility in per cent, two places.",
        )
        .optional(
            "claimed",
            "claimed_fen",
            Kind::Money,
            "What was claimed of it, CNY; null before.",
        )
        .optional(
            "claimedAt",
            "claimed_at",
            Kind::Instant,
            "When that was claimed; null before.",
        )
        .filter()
        .order()
        .optional(
            "claimNote",
            "claim_note",
            Kind::Text,
            "What came of the claim; null where nothing was said.",
        )
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When it was brought in.",
        )
        .order()
        .always_one("createdBy", "Employee", "created_by", "Who brought it in.")
        .column(
            "version",
            "version",
            Kind::Int,
            "Raised by one with each change; `expectedVersion` of the mutations.",
        );
    graph
        .table(
            "ComplaintDelay",
            "complaintdelay",
            "complaint_delay",
            Some(READ.via("complaint_id", "complaint")),
            "Why a department was late with a complaint (CMP-20).",
        )
        .newest_by("explained_at", Kind::Instant)
        .always_one("complaint", "Complaint", "complaint_id", "The complaint.")
        .always_one(
            "department",
            "Department",
            "department_id",
            "The department that answers.",
        )
        .filter()
        .column("reason", "reason", Kind::Text, "The reason.")
        .column(
            "explainedAt",
            "explained_at",
            Kind::Instant,
            "When it answered.",
        )
        .filter()
        .order()
        .always_one("explainedBy", "Employee", "explained_by", "Who answered.");
}

/// Declares the fields of a complaint.
pub(super) fn fields(complaint: &mut Building<'_>) {
    complaint
        .column(
            "upheld",
            "upheld",
            Kind::Bool,
            "Whether it is justified; true until the summary says otherwise (CMP-9, CMP-17).",
        )
        .filter()
        .group()
        .column(
            "tracked",
            "tracked",
            Kind::Bool,
            "Whether the improvement is followed up (CMP-9).",
        )
        .filter()
        .group()
        .optional(
            "improvement",
            "improvement",
            Kind::Text,
            "The effect of the improvement, as it was confirmed (CMP-21); null before.",
        )
        .optional(
            "improvedAt",
            "improved_at",
            Kind::Instant,
            "When that was confirmed; null before.",
        )
        .filter()
        .order()
        .one(
            "improvedBy",
            "Employee",
            "improved_by",
            "Who confirmed it; null before.",
        )
        .many(
            "replies",
            "ComplaintReply",
            "complaint_id",
            "What the customer was told, the latest first (CMP-15).",
        )
        .filter()
        .many(
            "thirdParties",
            "ComplaintThirdParty",
            "complaint_id",
            "Third parties concerned (CMP-10).",
        )
        .filter()
        .many(
            "delays",
            "ComplaintDelay",
            "complaint_id",
            "Reasons why it was late, by department (CMP-20).",
        )
        .filter();
}
