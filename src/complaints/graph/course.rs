//! The course of a complaint through its stations (CMP-6), with the clock of each (CMP-19).

use rules::vocabulary::{Station, StayOutcome};
use sea_query::{Alias, Expr, ExprTrait as _, Func, Query};

use super::READ;
use crate::access::{Table, Viewer};
use crate::graph::{Graph, Kind};

const CLOCK: &[&str] = &["obligation_id"];
const LATE: &[&str] = &["obligation_id", "left_at"];

/// Declares the stays of complaints.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<Station>();
    graph.vocabulary::<StayOutcome>();
    graph
        .table(
            "ComplaintStay",
            "complaintstay",
            "complaint_stay",
            Some(READ.via("complaint_id", "complaint")),
            "A complaint at one of its stations, from its receipt until it goes on or back (CMP-6).",
        )
        .newest_by("position", Kind::Int)
        .always_one("complaint", "Complaint", "complaint_id", "The complaint.")
        .filter()
        .group()
        .column("position", "position", Kind::Int, "Order within the complaint's course, from 1.")
        .order()
        .column("station", "station", Kind::Enum("Station"), "The station.")
        .filter()
        .group()
        .one("department", "Department", "department_id", "The department that has it; null where the station is the same for the whole company.")
        .filter()
        .group()
        .one("clock", "Obligation", "obligation_id", "Its clock (CMP-19), shared by stations that count within the one before; null where none runs.")
        .column("receivedAt", "received_at", Kind::Instant, "When it was received.")
        .filter()
        .order()
        .group()
        .measure()
        .optional("leftAt", "left_at", Kind::Instant, "When it left; null while it is there.")
        .filter()
        .order()
        .group()
        .measure()
        .optional_expression("dueAt", Kind::Instant, CLOCK, due, "When it has to leave (CMP-19); null where no clock runs.")
        .expression("late", Kind::Bool, LATE, late, "Whether it left later than it had to, or is late now (CMP-19).")
        .filter()
        .group()
        .optional("outcome", "outcome", Kind::Enum("StayOutcome"), "How it left; null while it is there.")
        .filter()
        .group()
        .optional("sentTo", "sent_to", Kind::Enum("Station"), "Where it went; null while it is there, and where its course ended.")
        .filter()
        .group()
        .optional("opinion", "opinion", Kind::Text, "The opinion given there, or the reason of sending back; null while it is there.")
        .one("takenBy", "Employee", "taken_by", "Who let it go on or back; null while it is there.")
        .filter()
        .group()
        .one("takenFor", "Employee", "taken_for", "For whom, under a delegation (ORG-4); null when in his own right.");
    graph.statistics("complaintStayStatistics", "ComplaintStay");
}

/// When the clock of a stay ends.
fn due(_: &Viewer, table: &Table) -> Expr {
    let clock = Table::named("clock_of_stay");
    let mut due = Query::select();
    due.expr(clock.col("due_at"))
        .from_as(Alias::new("obligation"), clock.iden())
        .and_where(clock.col("id").eq(table.col("obligation_id")));
    Expr::from(due)
}

/// CMP-19: whether a stay lasts, or lasted, beyond its clock. At the very instant it is in time.
fn late(viewer: &Viewer, table: &Table) -> Expr {
    let until = Func::coalesce([table.col("left_at"), Expr::val(viewer.now)]);
    Func::coalesce([due(viewer, table).lt(until), Expr::val(false)]).into()
}
