//! What can be read of approvals: the case, its steps, its trail, inbox and outbox with their counts.
//!
//! Pitfall: who may take a step is not among it; `viewerActions` of the object says it of the viewer.

use rules::kit::error_code::ErrorCode;
use rules::vocabulary::{ApprovalEventKind, ApprovalState, StageMode, StepState};
use serde_json::Value;
use uuid::Uuid;

use super::boxes::{inbox, inbox_counts, outbox, outbox_counts};
use crate::graph::{Cell, Gate, Graph, Kind, RootRead, Scene, ValueFn};
use crate::kit::error::Result;
use crate::kit::ids;
use crate::live::Subscriptions;

const READ: Gate = Gate::new("approval", "read");
const OF_APPROVAL: Gate = READ.via("approval_id", "approval");

/// Declares approvals.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<ApprovalState>();
    graph.vocabulary::<StepState>();
    graph.vocabulary::<StageMode>();
    graph.vocabulary::<ApprovalEventKind>();
    graph.vocabulary::<ErrorCode>();
    graph
        .table(
            "Approval",
            "approval",
            "approval",
            Some(READ),
            "A case put before somebody to decide. Seen by whoever sees its object.",
        )
        .column(
            "subjectKind",
            "subject_kind",
            Kind::Text,
            "Kind of what is decided on, such as `complaint` or `lookup_request`.",
        )
        .filter()
        .group()
        .computed(
            "subjectId",
            "ID",
            &[("subject_kind", Kind::Text), ("subject_id", Kind::Id(""))],
            subject_id,
            "The object that is decided on; `node(id)` gives it.",
        )
        .column(
            "state",
            "state",
            Kind::Enum("ApprovalState"),
            "Open, or how it ended.",
        )
        .filter()
        .order()
        .group()
        .optional(
            "amount",
            "amount_fen",
            Kind::Money,
            "Amount at stake, CNY; null when there is none.",
        )
        .filter()
        .order()
        .measure()
        .column(
            "contentHash",
            "content_hash",
            Kind::Text,
            "Hash of what is asked for: a decision counts only for this content.",
        )
        .optional(
            "waitingSince",
            "waiting_since",
            Kind::Instant,
            "Since when it waits for the steps that are open now; null while none is.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .optional(
            "expiresAt",
            "expires_at",
            Kind::Instant,
            "When it runs out undecided; null where it waits for ever.",
        )
        .filter()
        .order()
        .column(
            "rulebookOn",
            "rulebook_on",
            Kind::Date,
            "Day whose rulebook the case keeps (RUL-4).",
        )
        .always_one(
            "requester",
            "Employee",
            "requester_id",
            "Who asks; never decides.",
        )
        .filter()
        .order()
        .group()
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When it was opened.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .optional(
            "decidedAt",
            "decided_at",
            Kind::Instant,
            "When it was decided or sent back; null while it is open.",
        )
        .filter()
        .order()
        .group()
        .measure()
        .one(
            "decidedBy",
            "Employee",
            "decided_by",
            "Who decided; null while it is open.",
        )
        .filter()
        .group()
        .one(
            "decidedFor",
            "Employee",
            "decided_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
        )
        .column(
            "version",
            "version",
            Kind::Int,
            "Raised by one with each change.",
        )
        .many(
            "steps",
            "ApprovalStep",
            "approval_id",
            "What must be taken, the last step first.",
        )
        .filter()
        .many(
            "trail",
            "ApprovalEvent",
            "approval_id",
            "What happened, the latest first.",
        )
        .filter();
    graph
        .table(
            "ApprovalStep",
            "step",
            "approval_step",
            Some(OF_APPROVAL),
            "One step of an approval, taken by one person; nobody takes two of a case.",
        )
        .newest_by("position", Kind::Int)
        .column(
            "stage",
            "stage",
            Kind::Int,
            "Its stage, from 1: stages come one after the other, the steps of one are taken side by side.",
        )
        .column(
            "mode",
            "mode",
            Kind::Enum("StageMode"),
            "How many steps its stage takes.",
        )
        .optional(
            "quorum",
            "quorum",
            Kind::Int,
            "That number, where the mode is `QUORUM`; null otherwise.",
        )
        .one(
            "countersigns",
            "ApprovalStep",
            "countersigns",
            "The step beside which this one was asked for: needed whatever the stage takes; null for others.",
        )
        .column(
            "contentHash",
            "content_hash",
            Kind::Text,
            "Hash of the parts of the content that it depends on; a decision may name it instead of the whole one's.",
        )
        .column(
            "position",
            "position",
            Kind::Int,
            "Order within the case, from 1.",
        )
        .order()
        .column(
            "object",
            "object",
            Kind::Text,
            "Object of the policy that taking it falls under.",
        )
        .column(
            "action",
            "action",
            Kind::Text,
            "Action of the policy that taking it falls under.",
        )
        .column(
            "state",
            "state",
            Kind::Enum("StepState"),
            "Waiting, open, or how it was taken.",
        )
        .filter()
        .one(
            "takenBy",
            "Employee",
            "taken_by",
            "Who took it; null while nobody has.",
        )
        .filter()
        .one(
            "takenFor",
            "Employee",
            "taken_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
        )
        .one(
            "inPlaceOf",
            "Employee",
            "in_place_of",
            "In whose place: who would have had to take it, is absent or has a stake; null otherwise.",
        )
        .optional(
            "takenAt",
            "taken_at",
            Kind::Instant,
            "When it was taken; null while nobody has.",
        )
        .optional(
            "opinion",
            "opinion",
            Kind::Text,
            "What was said with it; null when nothing was.",
        );
    graph
        .table(
            "ApprovalEvent",
            "approvalevent",
            "approval_event",
            Some(OF_APPROVAL),
            "An entry of an approval's trail.",
        )
        .newest_by("happened_at", Kind::Instant)
        .column(
            "kind",
            "kind",
            Kind::Enum("ApprovalEventKind"),
            "What happened.",
        )
        .filter()
        .one(
            "actor",
            "Employee",
            "actor_id",
            "Who did it; null where the time ran out.",
        )
        .one(
            "actedFor",
            "Employee",
            "acted_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
        )
        .one(
            "inPlaceOf",
            "Employee",
            "in_place_of",
            "In whose place: who would have had to, is absent or has a stake; null otherwise.",
        )
        .column("happenedAt", "happened_at", Kind::Instant, "When.")
        .order()
        .optional(
            "opinion",
            "opinion",
            Kind::Text,
            "What was said; null when nothing was.",
        )
        .optional(
            "amount",
            "amount_fen",
            Kind::Money,
            "Amount at stake at that moment, CNY; null when there was none.",
        )
        .column(
            "contentHash",
            "content_hash",
            Kind::Text,
            "Hash of what was asked for at that moment.",
        );
    graph.root(
        "approval",
        RootRead::ById("Approval"),
        true,
        "An approval; null when there is none or it may not be seen.",
    );
    graph.root(
        "approvals",
        RootRead::Connection("Approval", None),
        false,
        "Approvals of everything that one may see, the newest first.",
    );
    graph.statistics("approvalStatistics", "Approval");
    graph.root(
        "approvalInbox",
        RootRead::Connection("Approval", Some(inbox)),
        false,
        "Open approvals that the viewer can decide now: by his roles and those delegated to him, or standing in where nobody \
         else can, without cases in which he, or who delegated to him, has a stake.",
    );
    graph.root(
        "approvalOutbox",
        RootRead::Connection("Approval", Some(outbox)),
        false,
        "Approvals that the viewer asked for, or that were asked for in his right, the newest first.",
    );
    graph
        .value(
            "ApprovalCount",
            "How many approvals of a kind are in a state.",
        )
        .key(
            "subjectKind",
            Kind::Text,
            false,
            "Kind of what is decided on.",
        )
        .key("state", Kind::Enum("ApprovalState"), false, "The state.")
        .key("count", Kind::Count, false, "How many.")
        .key(
            "waitingSince",
            Kind::Instant,
            true,
            "Since when the one that waits longest does; null where none waits.",
        );
    for (name, counts, doc) in [
        (
            "approvalInboxCounts",
            inbox_counts as ValueFn,
            "How many approvals lie in `approvalInbox`, by kind and state.",
        ),
        (
            "approvalOutboxCounts",
            outbox_counts,
            "How many approvals lie in `approvalOutbox`, by kind and state.",
        ),
    ] {
        graph.root(
            name,
            RootRead::Value("ApprovalCount", true, counts),
            false,
            doc,
        );
    }
    graph
        .value(
            "ApprovalDecision",
            "What became of one decision of several.",
        )
        .key("approval", Kind::Id("approval"), false, "The approval.")
        .key(
            "state",
            Kind::Enum("ApprovalState"),
            true,
            "Its state after the decision; null when refused.",
        )
        .nested_list(
            "refusals",
            "Refusal",
            "Why it was not done; empty when it was.",
        )
        .key(
            "error",
            Kind::Enum("ErrorCode"),
            true,
            "What failed without being refused; null otherwise.",
        );
}

/// Declares what of approvals can be followed.
pub fn subscriptions(subscriptions: &mut Subscriptions) {
    subscriptions.state(
        "inboxChanged",
        |catalogue| {
            let objects = catalogue.approvables().iter().map(|a| a.kind);
            objects.chain(["approval"]).collect()
        },
        &[
            ("counts", "approvalInboxCounts"),
            ("inbox", "approvalInbox"),
        ],
        "The viewer's inbox of approvals each time what is selected of it has changed.",
    );
}

fn subject_id(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let known = scene.viewer.table.catalogue().approvables();
    Ok(match cells {
        [Cell::Text(kind), Cell::Id(id)] => {
            let prefix = known
                .iter()
                .find(|a| a.kind == kind)
                .map_or(kind.as_str(), |a| a.prefix);
            ids::encode(prefix, *id).into()
        }
        _ => Value::Null,
    })
}
