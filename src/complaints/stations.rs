//! What each department does with a complaint at its station (CMP-6, CMP-21). Proposal, review, summary and decision are
//! [`super::commands`] and [`super::decisions`].
//!
//! Pitfall: who is at the station is asked first, then whether the complaint is there.

use entity::{complaint, department};
use rules::complaints::stations::{self, Analysis, Countermeasures};
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ComplaintState, Station, StayOutcome};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, IntoActiveModel as _, TryIntoModel as _};
use serde_json::json;
use uuid::Uuid;

use super::access::COMPLAINT;
use super::closing::CLOSING;
use super::course::{self, Leaving};
use super::decisions::elsewhere;
use super::queries::{facts_of, fetch};
use crate::acting::{Acting, Permit};
use crate::forms;
use crate::kit::error::Error;
use crate::work::{Done, Outcome, Work};

/// A complaint as somebody at its station has it.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) complaint: Uuid,
    pub(super) version: i32,
}

/// CMP-6, CMP-18: the general manager's office registers it; the closing limit begins to run.
pub(super) async fn accept(acting: &Acting, at: At, opinion: &str) -> Done {
    let mut work = Work::begin(acting);
    let station = Station::OfficeAcceptance;
    let (complaint, permit) = take(&work, at, station, "accept").await?;
    let opinion = stations::check_opinion(opinion)?;
    course::begin_closing(&mut work, &complaint, &permit).await?;
    let now = acting.now();
    let accepted = |active: &mut complaint::ActiveModel| active.accepted_at = Set(Some(now));
    pass(
        work,
        complaint,
        &permit,
        "complaint.accept",
        &opinion,
        accepted,
    )
    .await
}

/// CMP-6: quality has found the cause and the responsible department.
pub(super) async fn analyse(acting: &Acting, at: At, analysis: Analysis, opinion: &str) -> Done {
    let work = Work::begin(acting);
    let station = Station::QualityAnalysis;
    let (complaint, permit) = take(&work, at, station, "analyse").await?;
    let (analysis, opinion) = stations::check_analysis(&analysis, opinion)?;
    let responsible = department::Entity::find_by_id(analysis.responsible);
    if responsible.one(work.conn()).await?.is_none() {
        return Err(Refusal::new(Code::UnknownReference)
            .at("responsibleDepartment")
            .into());
    }
    let found = |active: &mut complaint::ActiveModel| {
        active.cause = Set(Some(analysis.cause));
        active.responsible_department_id = Set(Some(analysis.responsible));
        active.needs_research = Set(analysis.needs_research);
    };
    pass(
        work,
        complaint,
        &permit,
        "complaint.analyse",
        &opinion,
        found,
    )
    .await
}

/// CMP-6: the responsible department proposes countermeasures.
pub(super) async fn counter(
    acting: &Acting,
    at: At,
    countermeasures: Countermeasures,
    opinion: &str,
) -> Done {
    let work = Work::begin(acting);
    let (complaint, permit) = take(&work, at, Station::Manufacturing, "counter").await?;
    let today = acting.today();
    let (found, opinion) = stations::check_countermeasures(&countermeasures, opinion, today)?;
    let proposed = |active: &mut complaint::ActiveModel| {
        active.countermeasures = Set(Some(found.measures));
        active.production_unit = Set(found.unit);
        active.production_shift = Set(found.shift);
        active.production_people = Set(found.people);
        active.produced_on = Set(found.produced_on);
    };
    pass(
        work,
        complaint,
        &permit,
        "complaint.counter",
        &opinion,
        proposed,
    )
    .await
}

/// CMP-5, CMP-6: the manager instructs on what was found.
pub(super) async fn instruct(acting: &Acting, at: At, opinion: &str) -> Done {
    plain(acting, at, Station::Instruction, "instruct", opinion).await
}

/// CMP-6: research and development gives its opinion.
pub(super) async fn advise(acting: &Acting, at: At, opinion: &str) -> Done {
    plain(acting, at, Station::Research, "advise", opinion).await
}

/// CMP-6: the general manager's office checks what was found, and gives it to business.
pub(super) async fn check(acting: &Acting, at: At, opinion: &str) -> Done {
    plain(acting, at, Station::OfficeCheck, "check", opinion).await
}

/// CMP-18, CMP-19: business has passed the decision on and carried it out, which closes the complaint; CMP-12: the closed
/// form goes out.
pub(super) async fn close(acting: &Acting, at: At, result: &str) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, permit) = take(&work, at, Station::BusinessHandling, "handle").await?;
    let result = stations::check_result(result)?;
    let leaving = Leaving {
        outcome: StayOutcome::Passed,
        to: None,
        said: Some(&result),
    };
    let place = course::go(&mut work, &complaint, leaving, &permit).await?;
    course::end_closing(&mut work, &complaint, None, &permit).await?;
    let now = acting.now();
    let said = result.clone();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        place.set(active);
        active.state = Set(ComplaintState::Closed);
        active.result = Set(Some(said));
        active.closed_at = Set(Some(now));
        active.updated_at = Set(now);
    })
    .await?;
    forms::issue(&mut work, &CLOSING, at.complaint, &permit).await?;
    let id = Some(at.complaint);
    work.note("complaint.close", COMPLAINT, id, &permit, json!({}));
    work.commit(Outcome::row("complaint", at.complaint)).await
}

/// CMP-6: a station before the proposal is made sends the complaint back to an earlier one with a reason.
pub(super) async fn send_back(
    mut work: Work<'_>,
    complaint: complaint::Model,
    (at, here): (At, Station),
    to: Option<Station>,
    reason: &str,
) -> Done {
    let facts = facts_of(work.conn(), &complaint).await?;
    let permit = work.acting.may(COMPLAINT, stations::action(here), &facts)?;
    work.check_version(COMPLAINT, complaint.id, complaint.version, at.version)
        .await?;
    let (to, reason) = stations::check_send_back(here, to, complaint.needs_research, reason)?;
    let leaving = Leaving {
        outcome: StayOutcome::SentBack,
        to: Some(to),
        said: Some(&reason),
    };
    let place = course::go(&mut work, &complaint, leaving, &permit).await?;
    let now = work.acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
        place.set(active);
        active.updated_at = Set(now);
    })
    .await?;
    let detail = json!({"from": here.as_str(), "to": to.as_str()});
    let id = Some(at.complaint);
    work.note("complaint.sendBack", COMPLAINT, id, &permit, detail);
    work.commit(Outcome::row("complaint", at.complaint)).await
}

/// A station that adds nothing but its opinion.
async fn plain(
    acting: &Acting,
    at: At,
    station: Station,
    action: &'static str,
    opinion: &str,
) -> Done {
    let work = Work::begin(acting);
    let (complaint, permit) = take(&work, at, station, action).await?;
    let opinion = stations::check_opinion(opinion)?;
    let verb = match station {
        Station::Instruction => "complaint.instruct",
        Station::Research => "complaint.advise",
        _ => "complaint.check",
    };
    pass(work, complaint, &permit, verb, &opinion, |_| {}).await
}

/// The complaint, where it is at this station and the acting person may do its work there.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`, `WRONG_STATE` with where it is, `VERSION_CONFLICT`.
pub(super) async fn take(
    work: &Work<'_>,
    at: At,
    station: Station,
    action: &str,
) -> Done<(complaint::Model, Permit)> {
    let complaint = fetch(work, at.complaint).await?;
    let facts = facts_of(work.conn(), &complaint).await?;
    let permit = work.acting.may(COMPLAINT, action, &facts)?;
    check_station(&complaint, station)?;
    work.check_version(COMPLAINT, complaint.id, complaint.version, at.version)
        .await?;
    Ok((complaint, permit))
}

/// Whether a complaint is at a station.
///
/// # Errors
/// `WRONG_STATE` with where it is.
pub(super) fn check_station(complaint: &complaint::Model, station: Station) -> Result<(), Refusal> {
    match complaint.station == Some(station) {
        true => Ok(()),
        false => Err(elsewhere(complaint)),
    }
}

/// The complaint goes on to the next station with what was found at this one, which says where that is and whose.
async fn pass(
    mut work: Work<'_>,
    complaint: complaint::Model,
    permit: &Permit,
    verb: &'static str,
    opinion: &str,
    found: impl FnOnce(&mut complaint::ActiveModel),
) -> Done {
    let id = complaint.id;
    let mut changed = complaint.clone().into_active_model();
    found(&mut changed);
    let known: complaint::Model = changed.clone().try_into_model().map_err(Error::from)?;
    let next = known
        .station
        .and_then(|here| stations::next(here, known.needs_research));
    let leaving = Leaving {
        outcome: StayOutcome::Passed,
        to: next,
        said: Some(opinion),
    };
    let place = course::go(&mut work, &known, leaving, permit).await?;
    let now = work.acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        *active = changed;
        place.set(active);
        active.updated_at = Set(now);
    })
    .await?;
    let detail = json!({"to": next.map(Station::as_str)});
    work.note(verb, COMPLAINT, Some(id), permit, detail);
    work.commit(Outcome::row("complaint", id)).await
}
