//! A complaint's way through its stations: who has it, since when, until when (CMP-6, CMP-18, CMP-19).
//!
//! Pitfall: the complaint's row is locked first; stay and obligation follow it.

use entity::{complaint, complaint_stay};
use rules::complaints::stations::{self, Holder};
use rules::obligations::Duty;
use rules::vocabulary::{Station, StayOutcome};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::access::COMPLAINT;
use crate::acting::{Acting, Permit};
use crate::kit::error::Error;
use crate::obligations::{self, Responsible, Starting};
use crate::work::{Done, Work};

/// How a complaint leaves a station.
#[derive(Clone, Copy)]
pub(super) struct Leaving<'a> {
    /// How.
    pub(super) outcome: StayOutcome,
    /// Where to; `None`: its course ends.
    pub(super) to: Option<Station>,
    /// The opinion, or the reason.
    pub(super) said: Option<&'a str>,
}

/// Where a complaint is afterwards.
#[derive(Clone, Copy)]
pub(super) struct Place {
    station: Option<Station>,
    stays: i32,
}

impl Place {
    /// Into the complaint's row.
    pub(super) fn set(self, active: &mut complaint::ActiveModel) {
        active.station = Set(self.station);
        active.stays = Set(self.stays);
    }
}

/// A new complaint is received at its first station.
///
/// # Errors
/// When the calendar has no end for its clock; when the database fails.
pub(super) async fn begin(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    permit: &Permit,
) -> Done<()> {
    let clock = run(work, complaint, stations::FIRST, permit).await?;
    receive(work, complaint, stations::FIRST, 1, clock)
}

/// The complaint leaves where it is, and is received where it goes. `complaint` is its row as it was, but for what quality
/// found out just now: the responsible department says whose the next station is.
///
/// # Errors
/// When the calendar has no end for a clock; when the database fails.
pub(super) async fn go(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    leaving: Leaving<'_>,
    permit: &Permit,
) -> Done<Place> {
    let acting = work.acting;
    let stay = complaint_stay::Entity::find()
        .filter(complaint_stay::Column::ComplaintId.eq(complaint.id))
        .filter(complaint_stay::Column::LeftAt.is_null())
        .one(work.conn())
        .await?;
    // A server of before there were stations leaves none.
    let clock = stay.as_ref().and_then(|stay| stay.obligation_id);
    if let Some(stay) = stay {
        work.update::<complaint_stay::ActiveModel, _>(stay, leaving.said, |active| {
            active.left_at = Set(Some(acting.now()));
            active.outcome = Set(Some(leaving.outcome));
            active.sent_to = Set(leaving.to);
            active.opinion = Set(leaving.said.map(str::to_owned));
            active.taken_by = Set(Some(acting.employee()));
            active.taken_for = Set(permit.acted_for);
        })
        .await?;
    }
    let runs_on = leaving.outcome == StayOutcome::Passed
        && leaving
            .to
            .is_some_and(stations::counts_within_the_one_before);
    if let (Some(clock), false) = (clock, runs_on) {
        match leaving.outcome {
            StayOutcome::Voided => {
                let why = leaving.said.unwrap_or_default();
                obligations::void(work, clock, permit, why).await?;
            }
            _ => obligations::fulfil(work, clock, permit).await?,
        }
    }
    report(work, complaint, leaving.outcome, permit).await?;
    let Some(to) = leaving.to else {
        let stays = complaint.stays;
        return Ok(Place {
            station: None,
            stays,
        });
    };
    let clock = match (runs_on, clock) {
        (true, clock) => clock,
        (false, _) => run(work, complaint, to, permit).await?,
    };
    let stays = complaint.stays + 1;
    receive(work, complaint, to, stays, clock)?;
    let station = Some(to);
    Ok(Place { station, stays })
}

/// CMP-18: the closing limit begins to run.
///
/// # Errors
/// When the calendar has no end for it; when the database fails.
pub(super) async fn begin_closing(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    permit: &Permit,
) -> Done<()> {
    let duty = stations::closing(complaint.market);
    let office = stations::holder(stations::FIRST);
    start(work, complaint, duty, office, permit).await?;
    Ok(())
}

/// CMP-18: the complaint is closed in time or not, or was voided with a reason; then nothing more is due of it.
///
/// # Errors
/// When the database fails.
pub(super) async fn end_closing(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    voided: Option<&str>,
    permit: &Permit,
) -> Done<()> {
    for duty in [stations::closing(complaint.market), &stations::REPORT] {
        let Some(due) = obligations::of_subject(work, duty.code, complaint.id).await? else {
            continue;
        };
        match voided {
            Some(why) => obligations::void(work, due, permit, why).await?,
            None => obligations::fulfil(work, due, permit).await?,
        }
    }
    Ok(())
}

/// CMP-5: once quality has investigated, the unit concerned reports for instruction within its limit.
async fn report(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    outcome: StayOutcome,
    permit: &Permit,
) -> Done<()> {
    let concerned = [Station::QualityAnalysis, Station::Manufacturing].map(Some);
    if outcome != StayOutcome::Passed || !concerned.contains(&complaint.station) {
        return Ok(());
    }
    let report = &stations::REPORT;
    let running = obligations::of_subject(work, report.code, complaint.id).await?;
    match (complaint.station, running) {
        // Sent back to quality, its time runs on.
        (Some(Station::QualityAnalysis), None) => {
            let holder = stations::holder(Station::Manufacturing);
            start(work, complaint, report, holder, permit).await?;
        }
        (Some(Station::Manufacturing), Some(due)) => {
            obligations::fulfil(work, due, permit).await?;
        }
        _ => {}
    }
    Ok(())
}

/// CMP-19: the clock of a station begins to run.
async fn run(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    station: Station,
    permit: &Permit,
) -> Done<Option<Uuid>> {
    let owner = stations::clock_of(station);
    let duty = stations::duty(owner, complaint.market);
    let holder = stations::holder(owner);
    Ok(Some(start(work, complaint, duty, holder, permit).await?))
}

async fn start(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    duty: &'static Duty,
    holder: Holder,
    permit: &Permit,
) -> Done<Uuid> {
    let plan = duty.plan(&work.acting.rulebook_on(complaint.rulebook_on));
    let responsible = match holder {
        Holder::Office(_, role) | Holder::Responsible(role) => Responsible::Role(role),
        Holder::Business => Responsible::Person(complaint.filed_by),
    };
    let starting = Starting {
        duty: duty.code,
        clause: duty.clause,
        plan: plan.map_err(|error| Error::internal(error.to_string()))?,
        subject_kind: COMPLAINT,
        subject: complaint.id,
        department: seat(work.acting, complaint, holder),
        responsible,
        rulebook_on: complaint.rulebook_on,
        from: work.acting.now(),
    };
    obligations::start(work, starting, permit).await
}

fn receive(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    station: Station,
    position: i32,
    clock: Option<Uuid>,
) -> Done<()> {
    let department = seat(work.acting, complaint, stations::holder(station));
    work.insert(complaint_stay::ActiveModel {
        id: Set(work.acting.new_id()),
        complaint_id: Set(complaint.id),
        position: Set(position),
        station: Set(station),
        department_id: Set(department),
        obligation_id: Set(clock),
        received_at: Set(work.acting.now()),
        left_at: Set(None),
        outcome: Set(None),
        sent_to: Set(None),
        opinion: Set(None),
        taken_by: Set(None),
        taken_for: Set(None),
    })?;
    Ok(())
}

/// The department where a station is; `None` where the company has none of the kind.
fn seat(acting: &Acting, complaint: &complaint::Model, holder: Holder) -> Option<Uuid> {
    match holder {
        Holder::Office(kind, _) => acting.directory.first_of(kind),
        Holder::Responsible(_) => complaint.responsible_department_id,
        Holder::Business => Some(complaint.department_id),
    }
}
