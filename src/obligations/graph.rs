//! What can be read of obligations: the viewer's own list, the ledger of each deadline, and why it is due when it is due.

use rules::kit::error_code::ErrorCode;
use rules::vocabulary::{DeadlineEntryKind, ObligationState, OverdueStep, SpanUnit};
use sea_query::{Expr, ExprTrait as _, Func};
use serde_json::{Value, json};

use super::access::answered_by;
use super::queries;
use crate::access::{Cond, Table, Viewer};
use crate::graph::{Args, Future_, Gate, Graph, Kind, RootRead, Scene, instant_text, is_known};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::live::Subscriptions;
use crate::schema::declared;
use crate::work::cells::{CLAUSE, SUBJECT, clause, subject_id};

const READ: Gate = Gate::new("obligation", "read");
const TIMES: &[&str] = &["state", "due_at", "ended_at", "paused_at"];

/// Declares obligations.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<ObligationState>();
    graph.vocabulary::<DeadlineEntryKind>();
    graph.vocabulary::<OverdueStep>();
    graph.vocabulary::<SpanUnit>();
    obligations(graph);
    entries(graph);
    graph
        .value(
            "DeadlineExplanation",
            "Why a deadline is due when it is due.",
        )
        .key("dueAt", Kind::Instant, false, "When it is due.")
        .key(
            "text",
            Kind::Text,
            false,
            "The reasons in words, in the viewer's language; one sentence a line.",
        );
    graph.root(
        "obligations",
        RootRead::Connection("Obligation", None),
        false,
        "Obligations that the viewer may see: those whose time runs, the one due soonest first, then the others.",
    );
    graph.statistics("obligationStatistics", "Obligation");
    graph.root(
        "myObligations",
        RootRead::Connection("Obligation", Some(mine)),
        false,
        "What the viewer has to do: himself, in a role that he holds, by delegation, or because it was escalated to him. The one longest overdue first; those whose time stands still come last.",
    );
    graph.root(
        "obligation",
        RootRead::ById("Obligation"),
        true,
        "An obligation; null when there is none or it may not be seen.",
    );
    graph
        .root(
            "explainDeadline",
            RootRead::Value("DeadlineExplanation", false, explain),
            true,
            "Why an obligation is due when it is due: limit, days left out, pauses, extensions, changes of the calendar (ORG-6). Null when there is none or it may not be seen.",
        )
        .arg("id", "ID!", "The obligation.");
}

/// What happens to an obligation because its time runs on.
const DUE: &[&str] = &[
    "obligationWarn",
    "obligationRemind",
    "obligationEscalate",
    "obligationInquire",
    "obligationProposePenalty",
];

/// Declares what of obligations can be followed.
pub(super) fn subscriptions(subscriptions: &mut Subscriptions) {
    subscriptions.each(
        "obligationDue",
        DUE,
        ("Obligation", "obligations"),
        mine,
        "What the viewer has to do (`myObligations`), each time some of it comes due, is overdue, or is escalated.",
    );
}

fn obligations(graph: &mut Graph) {
    graph
        .table(
            "Obligation",
            "obligation",
            "obligation",
            Some(READ),
            "Something that somebody must do by when. Seen by who answers for it, by the managers of its department, by general management and by auditors.",
        )
        .newest_by("urgency", Kind::Count)
        .column("duty", "duty", Kind::Text, "Name of the duty, such as `complaint.close`.")
        .filter()
        .group()
        .computed("clause", "Clause", CLAUSE, clause, "The clause that asks for it.")
        .computed("subjectId", "ID", SUBJECT, subject_id, "The object that it is about; `node(id)` gives it.")
        .one("department", "Department", "department_id", "Where it lies; null for the whole company.")
        .filter()
        .order()
        .group()
        .one("responsible", "Employee", "responsible_id", "Who answers for it; null where a role does.")
        .filter()
        .order()
        .group()
        .optional("responsibleRole", "responsible_role", Kind::Enum("Role"), "The role in the department that answers for it; null where a person does.")
        .filter()
        .group()
        .optional("escalatedTo", "escalated_to", Kind::Enum("Role"), "The role that it was escalated to; null while it was not.")
        .filter()
        .group()
        .column("state", "state", Kind::Enum("ObligationState"), "How far it has come.")
        .filter()
        .group()
        .column("startedAt", "started_at", Kind::Instant, "When its time began to run.")
        .filter()
        .order()
        .group()
        .measure()
        .column("dueAt", "due_at", Kind::Instant, "When it is due; done at this instant is in time.")
        .filter()
        .order()
        .group()
        .measure()
        .expression("overdue", Kind::Bool, TIMES, overdue, "Whether it is late, or was done late.")
        .filter()
        .group()
        .optional("pausedAt", "paused_at", Kind::Instant, "Since when its time stands still; null while it runs.")
        .optional("endedAt", "ended_at", Kind::Instant, "When it was done or voided; null before.")
        .filter()
        .order()
        .group()
        .measure()
        .column("stepsTaken", "steps_taken", Kind::Int, "How many steps of being overdue were taken: reminders, escalations, inquiries.")
        .filter()
        .group()
        .measure()
        .column("rulebookOn", "rulebook_on", Kind::Date, "Day whose rulebook the case keeps (RUL-4).")
        .column("version", "version", Kind::Int, "Raised by one with each change.")
        .many("ledger", "DeadlineEntry", "obligation_id", "What happened to its deadline, the latest first.")
        .filter();
}

fn entries(graph: &mut Graph) {
    graph
        .table(
            "DeadlineEntry",
            "deadlineentry",
            "deadline_entry",
            Some(READ.via("obligation_id", "obligation")),
            "An entry of a deadline's ledger.",
        )
        .newest_by("position", Kind::Int)
        .column("position", "position", Kind::Int, "Order within the ledger, from 1.")
        .order()
        .column("kind", "kind", Kind::Enum("DeadlineEntryKind"), "What happened.")
        .filter()
        .column("happenedAt", "happened_at", Kind::Instant, "When.")
        .filter()
        .order()
        .one("actor", "Employee", "actor_id", "Who did it; null for the server's own job.")
        .one("actedFor", "Employee", "acted_for", "For whom, under a delegation (ORG-4); null when in his own right.")
        .optional("reason", "reason", Kind::Text, "Why; null where nothing was said.")
        .optional("spanCount", "span_count", Kind::Count, "By how much it was extended; null otherwise.")
        .optional("spanUnit", "span_unit", Kind::Enum("SpanUnit"), "In which unit; null otherwise.")
        .optional("step", "step", Kind::Enum("OverdueStep"), "The step that followed from being overdue; null otherwise.")
        .one("to", "Employee", "to_id", "Who answers for it from then on; null otherwise.")
        .optional("toRole", "to_role", Kind::Enum("Role"), "The role that answers for it from then on, or that it was escalated to; null otherwise.")
        .optional("dueBefore", "due_before", Kind::Instant, "When it was due before; null at the start.")
        .column("dueAfter", "due_after", Kind::Instant, "When it is due after.");
}

fn mine(scene: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let states = [ObligationState::Open, ObligationState::Paused];
    let to_do = Cond::When(
        table
            .col("state")
            .is_in(states.map(ObligationState::as_str)),
    );
    Ok(to_do.and(answered_by(&scene.viewer.subject, table)))
}

/// [`rules::obligations::is_overdue`] in SQL. Time that stands still makes nothing late; what is voided need not be done.
fn overdue(viewer: &Viewer, table: &Table) -> Expr {
    let until = Func::coalesce([
        table.col("ended_at"),
        table.col("paused_at"),
        Expr::val(viewer.now),
    ]);
    let voided = ObligationState::Voided.as_str();
    table
        .col("state")
        .ne(voided)
        .and(table.col("due_at").lt(until))
}

fn explain<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let id = ids::decode("obligation", args.text("id").unwrap_or_default())
            .map_err(|e| Error::api(ErrorCode::BadRequest, format!("id: {e}")))?;
        let known = match declared().graph.types.get("Obligation") {
            Some(ty) => is_known(scene, ty, id).await?,
            None => false,
        };
        let found = match known {
            true => queries::explained(scene, id).await?,
            false => None,
        };
        Ok(found.map_or(
            Value::Null,
            |(row, told)| json!({"dueAt": instant_text(row.due_at), "text": told.join("\n")}),
        ))
    })
}
