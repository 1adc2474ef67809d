//! Mutations of a complaint's stations: inputs and the commands that they run (CMP-6).

use async_graphql::{ID, InputObject};
use rules::complaints::conclusion::Conclusion;
use rules::complaints::stations::{Analysis, Countermeasures};
use rules::kit::refusal::Refusal;
use rules::vocabulary::Station;

use super::super::decisions;
use super::super::stations::{self, At};
use super::{GIVEN, complaint, reference, words};
use crate::kit::scalars::Date;
use crate::work::Mutations;

/// Inputs of stations that add nothing but their opinion: the same fields, a name for each mutation.
macro_rules! opinions {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(InputObject)]
            struct $name {
                /// The complaint.
                complaint: ID,
                /// Version that was read.
                expected_version: i32,
                /// The opinion of the station (CMP-6).
                opinion: String,
            }

            impl $name {
                fn at(&self) -> Result<At, Refusal> {
                    at(&self.complaint, self.expected_version)
                }
            }
        )+
    };
}

opinions! {
    /// A complaint that the general manager's office registers.
    ComplaintAcceptInput
    /// A complaint on which the manager instructs.
    ComplaintInstructInput
    /// A complaint on which research and development gives its opinion.
    ComplaintAdviseInput
    /// A complaint that the general manager's office has checked.
    ComplaintCheckInput
    /// A proposal that the supervisor has reviewed.
    ComplaintReviewInput
}

/// What quality found out (CMP-6, CMP-21).
#[derive(InputObject)]
struct ComplaintAnalyseInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// The cause.
    cause: String,
    /// The department that is responsible.
    responsible_department: ID,
    /// Whether the fault asks for the opinion of research and development.
    needs_research: bool,
    /// The opinion of the station.
    opinion: String,
}

/// What the responsible department proposes against the cause (CMP-6, CMP-21).
#[derive(InputObject)]
struct ComplaintCounterInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// The countermeasures.
    countermeasures: String,
    /// The unit that produced the goods.
    production_unit: Option<String>,
    /// Its shift 班.
    production_shift: Option<String>,
    /// The people at work then.
    production_people: Option<String>,
    /// Day of production, not in the future.
    produced_on: Option<Date>,
    /// The opinion of the station.
    opinion: String,
}

/// What the general manager's office sums up (CMP-8, CMP-9).
#[derive(InputObject)]
struct ComplaintSummariseInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// The summary opinion.
    opinion: String,
    /// Whether the complaint is justified; one that is not gives the customer nothing (CMP-17).
    upheld: bool,
    /// Whether the improvement is followed up, which mere human slips are not (CMP-9).
    tracked: bool,
}

/// What came of carrying the decision out.
#[derive(InputObject)]
struct ComplaintCloseInput {
    /// The complaint.
    complaint: ID,
    /// Version that was read.
    expected_version: i32,
    /// How the decision was passed on and carried out, and what the customer remarked.
    result: String,
}

fn at(id: &ID, version: i32) -> Result<At, Refusal> {
    Ok(At {
        complaint: complaint(id)?,
        version,
    })
}

/// Declares the mutations.
pub fn mutations(m: &mut Mutations) {
    m.add(
        "complaintAccept",
        "The general manager's office registers a complaint and gives it to quality; the closing limit begins to run \
         (CMP-6, CMP-18).",
        |acting, input: ComplaintAcceptInput| {
            Box::pin(async move { stations::accept(acting, input.at()?, &input.opinion).await })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintAnalyse",
        "Quality enters the cause and the responsible department, which the complaint goes to (CMP-6).",
        |acting, input: ComplaintAnalyseInput| {
            Box::pin(async move {
                let department = &input.responsible_department;
                let analysis = Analysis {
                    cause: input.cause,
                    responsible: reference("department", department, "responsibleDepartment")?,
                    needs_research: input.needs_research,
                };
                let at = at(&input.complaint, input.expected_version)?;
                stations::analyse(acting, at, analysis, &input.opinion).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintCounter",
        "The responsible department enters its countermeasures, and who produced the goods when; its manager instructs \
         next (CMP-6).",
        |acting, input: ComplaintCounterInput| {
            Box::pin(async move {
                let countermeasures = Countermeasures {
                    measures: input.countermeasures,
                    unit: input.production_unit,
                    shift: input.production_shift,
                    people: input.production_people,
                    produced_on: input.produced_on.map(|day| day.0),
                };
                let at = at(&input.complaint, input.expected_version)?;
                stations::counter(acting, at, countermeasures, &input.opinion).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintInstruct",
        "The manager of the responsible department, or general management, instructs on what was found (CMP-5, CMP-6).",
        |acting, input: ComplaintInstructInput| {
            Box::pin(async move { stations::instruct(acting, input.at()?, &input.opinion).await })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintAdvise",
        "Research and development gives its opinion, where quality has asked for it (CMP-6).",
        |acting, input: ComplaintAdviseInput| {
            Box::pin(async move { stations::advise(acting, input.at()?, &input.opinion).await })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintCheck",
        "The general manager's office checks what was found and gives the complaint to business (CMP-6).",
        |acting, input: ComplaintCheckInput| {
            Box::pin(async move { stations::check(acting, input.at()?, &input.opinion).await })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintReview",
        "The supervisor of business lets the proposal go on to the general manager's office (CMP-7).",
        |acting, input: ComplaintReviewInput| {
            Box::pin(async move {
                let At { complaint, version } = input.at()?;
                let words = words(complaint, version, &input.opinion);
                decisions::approve(acting, words, Some(Station::BusinessReview), None, None).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintSummarise",
        "The general manager's office sums up and routes the complaint to whom its amount says (CMP-8, CMP-11).",
        |acting, input: ComplaintSummariseInput| {
            Box::pin(async move {
                let id = complaint(&input.complaint)?;
                let words = words(id, input.expected_version, &input.opinion);
                let conclusion = Conclusion {
                    upheld: input.upheld,
                    tracked: input.tracked,
                };
                let station = Some(Station::OfficeSummary);
                decisions::approve(acting, words, station, Some(conclusion), None).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
    m.add(
        "complaintClose",
        "Business has passed the decision on and carried it out, which closes the complaint; the closed form goes out in \
         its five copies (CMP-12, CMP-18, CMP-19).",
        |acting, input: ComplaintCloseInput| {
            Box::pin(async move {
                let at = at(&input.complaint, input.expected_version)?;
                stations::close(acting, at, &input.result).await
            })
        },
    )
    .gives("complaint", "Complaint", GIVEN);
}
