//! The stations of a complaint: their order, their clocks, what each enters (CMP-5 to CMP-8, CMP-13, CMP-18, CMP-19,
//! CMP-21).
//!
//! Pitfall: instruction, check, review and decision have no clock of their own; they count within the station before
//! (CMP-19). Sending back starts a station's clock anew, the closing limit never (CMP-18).

use chrono::NaiveDate;
use uuid::Uuid;

use crate::kit::checks::{Checks, LINE, PROSE};
use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Refusal};
use crate::obligations::{Consequence, Duty};
use crate::vocabulary::{ComplaintState, DepartmentKind, Market, OverdueStep, Role, Station};

const CMP_6: Clause = Clause("CMP-6");
const CMP_7: Clause = Clause("CMP-7");
const CMP_13: Clause = Clause("CMP-13");
const CMP_18: Clause = Clause("CMP-18");
const CMP_19: Clause = Clause("CMP-19");
const CMP_21: Clause = Clause("CMP-21");

/// Where a complaint is first.
pub const FIRST: Station = Station::OfficeAcceptance;

/// CMP-6: the way of a complaint, with the station of research and development, which may be skipped.
const WAY: [Station; 11] = [
    Station::OfficeAcceptance,
    Station::QualityAnalysis,
    Station::Manufacturing,
    Station::Instruction,
    Station::Research,
    Station::OfficeCheck,
    Station::BusinessProposal,
    Station::BusinessReview,
    Station::OfficeSummary,
    Station::Decision,
    Station::BusinessHandling,
];

/// CMP-6: the stations in order; that of research and development only where the fault asks for it.
pub fn way(needs_research: bool) -> impl Iterator<Item = Station> {
    let skipped = move |station: &Station| needs_research || *station != Station::Research;
    WAY.into_iter().filter(skipped)
}

/// CMP-6: where a complaint goes from a station; `None` from the last, whose end closes it.
pub fn next(station: Station, needs_research: bool) -> Option<Station> {
    way(needs_research).skip_while(|at| *at != station).nth(1)
}

/// CMP-19: whether a station counts within the one before it.
pub const fn counts_within_the_one_before(station: Station) -> bool {
    matches!(
        station,
        Station::Instruction | Station::OfficeCheck | Station::BusinessReview | Station::Decision
    )
}

/// CMP-19: the station whose clock runs where a complaint was sent back to.
pub fn clock_of(station: Station) -> Station {
    let before = WAY.into_iter().take_while(|at| *at != station);
    match counts_within_the_one_before(station) {
        true => before
            .filter(|at| !counts_within_the_one_before(*at) && *at != Station::Research)
            .last()
            .unwrap_or(station),
        false => station,
    }
}

/// Who has a complaint at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A role in the department of a kind.
    Office(DepartmentKind, Role),
    /// A role in the department that is held responsible.
    Responsible(Role),
    /// Who filed it, in the business department that handles it.
    Business,
}

/// CMP-6: who has a complaint at a station.
pub const fn holder(station: Station) -> Holder {
    match station {
        Station::OfficeAcceptance | Station::OfficeCheck | Station::OfficeSummary => {
            Holder::Office(DepartmentKind::GmOffice, Role::ProductionControl)
        }
        Station::QualityAnalysis => Holder::Office(DepartmentKind::Quality, Role::QualityOfficer),
        Station::Manufacturing => Holder::Responsible(Role::ManufacturingOfficer),
        Station::Instruction => Holder::Responsible(Role::DepartmentManager),
        Station::Research => Holder::Office(DepartmentKind::Rnd, Role::RndOfficer),
        Station::Decision => Holder::Office(DepartmentKind::GmOffice, Role::GeneralManager),
        Station::BusinessProposal | Station::BusinessReview | Station::BusinessHandling => {
            Holder::Business
        }
    }
}

/// The action of the policy that a station's work falls under.
pub const fn action(station: Station) -> &'static str {
    match station {
        Station::OfficeAcceptance => "accept",
        Station::QualityAnalysis => "analyse",
        Station::Manufacturing => "counter",
        Station::Instruction => "instruct",
        Station::Research => "advise",
        Station::OfficeCheck => "check",
        Station::BusinessProposal => "propose",
        Station::BusinessReview => "review",
        Station::OfficeSummary => "summarise",
        Station::Decision => "decide",
        Station::BusinessHandling => "handle",
    }
}

/// CMP-7, CMP-8, CMP-11: the stations that a proposal passes before it is decided, in order: the steps of its approval.
pub const APPROVAL: [Station; 3] = [
    Station::BusinessReview,
    Station::OfficeSummary,
    Station::Decision,
];

/// The station of a step of the approval; `None` for any other action.
pub fn of_step(step: &str) -> Option<Station> {
    APPROVAL
        .into_iter()
        .find(|station| action(*station) == step)
}

/// The clause that a station's refusals rest on.
pub const fn clause(station: Station) -> Clause {
    match station {
        Station::BusinessReview => CMP_7,
        Station::OfficeSummary => Clause("CMP-8"),
        Station::Decision => Clause("CMP-11"),
        _ => CMP_6,
    }
}

const fn duty_of(code: &'static str, limit: &'static str) -> Duty {
    Duty {
        code,
        clause: CMP_19,
        limit,
        warn: None,
        overdue: &[Consequence {
            step: OverdueStep::Reminder,
            after: None,
            to: None,
        }],
    }
}

const fn closing_within(code: &'static str, limit: &'static str) -> Duty {
    Duty {
        code,
        clause: CMP_18,
        limit,
        warn: Some("complaint.close.warn"),
        overdue: &[Consequence {
            step: OverdueStep::Inquiry,
            after: None,
            to: None,
        }],
    }
}

/// CMP-5: the unit concerned reports for instruction, once quality has investigated.
pub const REPORT: Duty = Duty {
    clause: Clause("CMP-5"),
    ..duty_of("complaint.report", "complaint.report")
};

/// CMP-5, CMP-18, CMP-19: what is due by when; CMP-20: a station that is late is reminded, and a complaint that is closed late
/// has an inquiry.
pub const DUTIES: [Duty; 11] = [
    duty_of("complaint.accept", "complaint.accept"),
    duty_of("complaint.analyse", "complaint.analyse"),
    duty_of("complaint.counter", "complaint.counter"),
    duty_of("complaint.advise", "complaint.advise"),
    duty_of("complaint.propose.domestic", "complaint.propose.domestic"),
    duty_of("complaint.propose.foreign", "complaint.propose.foreign"),
    duty_of("complaint.summarise", "complaint.summarise"),
    duty_of("complaint.handle", "complaint.handle"),
    REPORT,
    closing_within("complaint.close.domestic", "complaint.close.domestic"),
    closing_within("complaint.close.foreign", "complaint.close.foreign"),
];

/// CMP-19: the duty of a station that has a clock.
pub const fn duty(station: Station, market: Market) -> &'static Duty {
    let [
        accept,
        analyse,
        counter,
        advise,
        domestic,
        foreign,
        summarise,
        handle,
        ..,
    ] = &DUTIES;
    match (station, market) {
        (Station::OfficeAcceptance, _) => accept,
        (Station::QualityAnalysis, _) => analyse,
        (Station::Manufacturing | Station::Instruction | Station::OfficeCheck, _) => counter,
        (Station::Research, _) => advise,
        (Station::BusinessProposal | Station::BusinessReview, Market::Domestic) => domestic,
        (Station::BusinessProposal | Station::BusinessReview, Market::Foreign) => foreign,
        (Station::OfficeSummary | Station::Decision, _) => summarise,
        (Station::BusinessHandling, _) => handle,
    }
}

/// CMP-18: the closing limit.
pub const fn closing(market: Market) -> &'static Duty {
    let [.., domestic, foreign] = &DUTIES;
    match market {
        Market::Domestic => domestic,
        Market::Foreign => foreign,
    }
}

/// The refusal of a station's work on a complaint that is at another one.
pub fn elsewhere(here: Station) -> Refusal {
    Refusal::new(Code::WrongState)
        .labelled("state", here)
        .clause(CMP_6)
}

/// CMP-6: whether the complaint can be sent back from `here` to an earlier station with a clock of its own, by default the
/// one before; gives where to, and the reason trimmed.
///
/// # Errors
/// `WRONG_STATE` from the first station and from the last, since what is decided stays so; `INVALID_INPUT` at `to`;
/// `REQUIRED`, `TOO_LONG` at `reason`.
pub fn check_send_back(
    here: Station,
    to: Option<Station>,
    needs_research: bool,
    reason: &str,
) -> Result<(Station, String), Vec<Refusal>> {
    let earlier: Vec<Station> = way(needs_research)
        .take_while(|at| *at != here)
        .filter(|at| !counts_within_the_one_before(*at))
        .collect();
    let before = earlier.last().filter(|_| here != Station::BusinessHandling);
    let Some(before) = before else {
        return Err(vec![elsewhere(here)]);
    };
    let mut checks = Checks::under(CMP_6);
    let to = to.unwrap_or(*before);
    if !earlier.contains(&to) {
        checks.refuse("to", Code::InvalidInput);
    }
    let reason = checks.text("reason", reason, PROSE);
    checks.finish((to, reason))
}

/// CMP-6: the opinion of a station, trimmed.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` at `opinion`.
pub fn check_opinion(opinion: &str) -> Result<String, Vec<Refusal>> {
    said(CMP_6, "opinion", opinion)
}

/// CMP-7: what came of negotiating, trimmed.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` at `negotiation`.
pub fn check_negotiation(negotiation: &str) -> Result<String, Vec<Refusal>> {
    said(CMP_7, "negotiation", negotiation)
}

/// CMP-19: what came of carrying the decision out, trimmed.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` at `result`.
pub fn check_result(result: &str) -> Result<String, Vec<Refusal>> {
    said(CMP_19, "result", result)
}

fn said(clause: Clause, field: &str, text: &str) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(clause);
    let text = checks.text(field, text, PROSE);
    checks.finish(text)
}

/// What quality finds out (CMP-6, CMP-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The cause.
    pub cause: String,
    /// The responsible department.
    pub responsible: Uuid,
    /// Whether the fault asks for the opinion of research and development.
    pub needs_research: bool,
}

/// CMP-6, CMP-21: quality's analysis and opinion, trimmed.
///
/// # Errors
/// Every fault at its field.
pub fn check_analysis(
    analysis: &Analysis,
    opinion: &str,
) -> Result<(Analysis, String), Vec<Refusal>> {
    let mut checks = Checks::under(CMP_21);
    let clean = Analysis {
        cause: checks.text("cause", &analysis.cause, PROSE),
        ..*analysis
    };
    let opinion = checks.text("opinion", opinion, PROSE);
    checks.finish((clean, opinion))
}

/// What the responsible department finds out and proposes (CMP-6, CMP-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countermeasures {
    /// The countermeasures.
    pub measures: String,
    /// The unit that produced the goods.
    pub unit: Option<String>,
    /// Its shift 班.
    pub shift: Option<String>,
    /// The people at work then.
    pub people: Option<String>,
    /// Day of production.
    pub produced_on: Option<NaiveDate>,
}

/// CMP-6, CMP-21: the responsible department's countermeasures and opinion, trimmed.
///
/// # Errors
/// Every fault at its field.
pub fn check_countermeasures(
    found: &Countermeasures,
    opinion: &str,
    today: NaiveDate,
) -> Result<(Countermeasures, String), Vec<Refusal>> {
    let mut checks = Checks::under(CMP_21);
    if let Some(day) = found.produced_on {
        checks.not_in_future("producedOn", day, today);
    }
    let clean = Countermeasures {
        measures: checks.text("countermeasures", &found.measures, PROSE),
        unit: checks.optional_text("productionUnit", found.unit.as_deref(), LINE),
        shift: checks.optional_text("productionShift", found.shift.as_deref(), LINE),
        people: checks.optional_text("productionPeople", found.people.as_deref(), LINE),
        produced_on: found.produced_on,
    };
    let opinion = checks.text("opinion", opinion, PROSE);
    checks.finish((clean, opinion))
}

/// CMP-13: whether a new complaint can follow one whose conclusion the customer does not accept: that of the same
/// customer, with a conclusion.
///
/// # Errors
/// `INVALID_INPUT`, `WRONG_STATE`, both at `follows`.
pub fn check_follows(first: (Uuid, ComplaintState), customer: Uuid) -> Result<(), Refusal> {
    let (of, state) = first;
    let refused = |refusal: Refusal| Err(refusal.at("follows").clause(CMP_13));
    if of != customer {
        return refused(Refusal::new(Code::InvalidInput));
    }
    match state {
        ComplaintState::Decided | ComplaintState::Closed => Ok(()),
        other => refused(Refusal::new(Code::WrongState).labelled("state", other)),
    }
}

#[cfg(test)]
mod tests;
