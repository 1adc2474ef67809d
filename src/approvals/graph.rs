//! What can be read of approvals: the case, its steps, its trail, and the inbox of whoever may decide.
//!
//! Pitfall: the inbox is the policy's own predicate for deciding, in SQL, minus the cases in which the viewer or
//! somebody whose role he holds by delegation has a stake.

use rules::vocabulary::{ApprovalEventKind, ApprovalState, StepState};
use sea_query::{Alias, Expr, ExprTrait as _, Query};
use serde_json::json;
use uuid::Uuid;

use super::access::subject;
use crate::access::{Cond, Table, any};
use crate::graph::{Args, Batch, Cell, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::Result;
use crate::kit::ids;

const READ: Gate = Gate::new("approval", "read");
const OF_APPROVAL: Gate = READ.via("approval_id", "approval");

/// Declares approvals.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<ApprovalState>();
    graph.vocabulary::<StepState>();
    graph.vocabulary::<ApprovalEventKind>();
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
            "What is decided on: the prefix of `subjectId`, such as `complaint`.",
        )
        .filter()
        .batched(
            "subjectId",
            "ID",
            false,
            false,
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
        .optional(
            "amount",
            "amount_fen",
            Kind::Money,
            "Amount at stake, CNY; null when there is none.",
        )
        .filter()
        .order()
        .column(
            "contentHash",
            "content_hash",
            Kind::Text,
            "Hash of what is asked for: a decision counts only for this content.",
        )
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
        .column(
            "createdAt",
            "created_at",
            Kind::Instant,
            "When it was opened.",
        )
        .filter()
        .order()
        .optional(
            "decidedAt",
            "decided_at",
            Kind::Instant,
            "When it was decided or sent back; null while it is open.",
        )
        .filter()
        .order()
        .one(
            "decidedBy",
            "Employee",
            "decided_by",
            "Who decided; null while it is open.",
        )
        .filter()
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
        .many(
            "trail",
            "ApprovalEvent",
            "approval_id",
            "What happened, the latest first.",
        );
    graph
        .table(
            "ApprovalStep",
            "step",
            "approval_step",
            Some(OF_APPROVAL),
            "One step of an approval, taken by one person.",
        )
        .newest_by("position", Kind::Int)
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
        .one(
            "takenFor",
            "Employee",
            "taken_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
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
        .always_one("actor", "Employee", "actor_id", "Who did it.")
        .one(
            "actedFor",
            "Employee",
            "acted_for",
            "For whom, under a delegation (ORG-4); null when in his own right.",
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
    graph.root(
        "approvalInbox",
        RootRead::Connection("Approval", Some(inbox)),
        false,
        "Open approvals that the viewer may decide: by his roles and those delegated to him, without cases in which he, or who delegated to him, has a stake.",
    );
}

fn subject_id<'a>(
    scene: &'a Scene,
    parents: &'a Parents,
    _: &'a Args,
) -> std::pin::Pin<Box<dyn Future<Output = Result<Batch>> + Send + 'a>> {
    Box::pin(async move {
        let known = scene.viewer.table.catalogue().approvables();
        let public = |cells: &Vec<Cell>| match cells.as_slice() {
            [Cell::Text(kind), Cell::Id(id)] => {
                let prefix = known
                    .iter()
                    .find(|a| a.kind == kind)
                    .map_or(kind.as_str(), |a| a.prefix);
                json!(ids::encode(prefix, *id))
            }
            _ => serde_json::Value::Null,
        };
        Ok(Batch::Values(parents.cells.iter().map(public).collect()))
    })
}

fn inbox(scene: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let viewer = &scene.viewer;
    let able = any(viewer
        .table
        .catalogue()
        .approvables()
        .iter()
        .map(|approvable| {
            let (object, action) = approvable.decide;
            let step = Table::named("inbox_step");
            let mut steps = Query::select();
            steps
                .expr(Expr::cust("1"))
                .from_as(Alias::new("approval_step"), step.iden())
                .and_where(step.col("approval_id").eq(table.col("id")))
                .and_where(step.col("state").eq(StepState::Open.as_str()))
                .and_where(step.col("object").eq(object))
                .and_where(step.col("action").eq(action));
            let mine = subject(approvable, table, |subject| {
                viewer.visible(object, action, subject).cond()
            });
            mine.and(Cond::exists(steps))
        }));
    let people: Vec<Uuid> = std::iter::once(viewer.subject.employee)
        .chain(viewer.subject.personas.iter().map(|persona| persona.person))
        .collect();
    let stake = Table::named("inbox_stake");
    let mut stakes = Query::select();
    stakes
        .expr(Expr::cust("1"))
        .from_as(Alias::new("approval_stake"), stake.iden())
        .and_where(stake.col("approval_id").eq(table.col("id")))
        .and_where(stake.col("employee_id").is_in(people));
    let open = Cond::When(table.col("state").eq(ApprovalState::Open.as_str()));
    Ok(open.and(able).and(Cond::exists(stakes).negate()))
}
