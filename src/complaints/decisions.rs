//! The review of a proposal, its summary and its decision by whom the amount says (CMP-7, CMP-8, CMP-11), and its sending
//! back.
//!
//! Pitfall: the version that the decider read stands for the content; of another version, the hash handed to the approval
//! fits nothing, so that entitlement and "already decided" are answered before "changed since". A decision can leave the
//! case open for others to sign: then the complaint stays as it is.

use entity::complaint;
use rules::approval::{Approval, Verdict};
use rules::complaints::conclusion::{Conclusion, check_conclusion};
use rules::complaints::{beyond_bracket, stations};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ApprovalState, ComplaintState, Station, StayOutcome};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::CMP_11;
use super::access::{COMPLAINT, ComplaintFacts};
use super::commands::wrong_state;
use super::course::{self, Leaving};
use super::queries::{facts_of, fetch};
use super::stations::{self as stations_of, At};
use crate::access::{Outcome as Way, Viewer};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Onlooker, Read, Said};
use crate::viewer::Judged;
use crate::work::{Done, Outcome, Stop, Work};

/// A decision as somebody makes it.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) complaint: Uuid,
    pub(super) read: Read<'a>,
    pub(super) said: &'a str,
}

/// Lets the proposal pass a station of its approval: CMP-7: the supervisor has reviewed it; CMP-8: the general manager's
/// office has summed up; CMP-11: it is decided as proposed.
pub(super) async fn approve(
    acting: &Acting,
    words: Words<'_>,
    station: Option<Station>,
    conclusion: Option<Conclusion>,
    step: Option<Uuid>,
) -> Done {
    let mut work = Work::begin(acting);
    let complaint = fetch(&work, words.complaint).await?;
    let here = complaint.station.unwrap_or(Station::Decision);
    let station = station.unwrap_or(here);
    if complaint.state == ComplaintState::ForDecision && station != here {
        let facts = facts_of(work.conn(), &complaint).await?;
        acting.may(COMPLAINT, stations::action(station), &facts)?;
        return Err(elsewhere(&complaint).into());
    }
    let decided = judge(
        &mut work,
        &complaint,
        words,
        (Verdict::Approve, station),
        step,
    )
    .await?;
    let mut checks = Checks::under(stations::clause(station));
    let field = match station {
        Station::Decision => "decision",
        _ => "opinion",
    };
    let said = checks.text(field, words.said, PROSE);
    let said = checks.finish(said)?;
    let amount = Fen::new(complaint.amount_fen);
    let conclusion = conclusion.unwrap_or(Conclusion {
        upheld: complaint.upheld,
        tracked: complaint.tracked,
    });
    if station == Station::OfficeSummary {
        check_conclusion(conclusion, complaint.class, amount)?;
    }
    let to = match decided.state {
        ApprovalState::Approved => Some(Station::BusinessHandling),
        _ => decided.waits_for.as_deref().and_then(stations::of_step),
    };
    let leaving = Leaving {
        outcome: StayOutcome::Passed,
        to,
        said: Some(&said),
    };
    let place = match to == Some(station) {
        // Others at the same station still have to agree.
        true => None,
        false => Some(course::go(&mut work, &complaint, leaving, &decided.permit).await?),
    };
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        if let Some(place) = place {
            place.set(active);
        }
        if station == Station::OfficeSummary {
            active.summary = Set(Some(said.clone()));
            active.upheld = Set(conclusion.upheld);
            active.tracked = Set(conclusion.tracked);
        }
        if decided.state == ApprovalState::Approved {
            active.state = Set(ComplaintState::Decided);
            active.decision = Set(Some(said));
            active.decided_at = Set(Some(decided.at));
            active.decided_by = Set(Some(acting.employee()));
            active.decided_for = Set(decided.permit.acted_for);
        }
        active.updated_at = Set(decided.at);
    })
    .await?;
    let verb = match station {
        Station::BusinessReview => "complaint.review",
        Station::OfficeSummary => "complaint.summarise",
        _ => "complaint.decide",
    };
    work.note(
        verb,
        COMPLAINT,
        Some(words.complaint),
        &decided.permit,
        json!({"amount": amount.to_string()}),
    );
    let outcome = Outcome::row("complaint", words.complaint);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

/// Sends the complaint back, to business unless told where to, or rejects the proposal, with a reason. What was sent back
/// can be proposed again; of what was rejected only another proposal can be decided.
pub(super) async fn turn_down(
    acting: &Acting,
    words: Words<'_>,
    verdict: Verdict,
    to: Option<Station>,
    step: Option<Uuid>,
) -> Done {
    let work = Work::begin(acting);
    let complaint = fetch(&work, words.complaint).await?;
    turn(work, complaint, words, (verdict, to), step).await
}

async fn turn(
    mut work: Work<'_>,
    complaint: complaint::Model,
    words: Words<'_>,
    (verdict, to): (Verdict, Option<Station>),
    step: Option<Uuid>,
) -> Done {
    let station = complaint.station.unwrap_or(Station::Decision);
    let earlier = match (complaint.approval_id, to) {
        (Some(approval), Some(to)) if stations::APPROVAL.contains(&to) => {
            approvals::step_of(&work, approval, stations::action(to)).await?
        }
        _ => None,
    };
    let verdict = match (verdict, earlier) {
        (Verdict::SendBack(None), Some(earlier)) => Verdict::SendBack(Some(earlier)),
        (verdict, _) => verdict,
    };
    let decided = judge(&mut work, &complaint, words, (verdict, station), step).await?;
    if to.is_some() {
        stations::check_send_back(station, to, complaint.needs_research, words.said)?;
    }
    let mut checks = Checks::under(CMP_11);
    let reason = checks.text("reason", words.said, PROSE);
    let reason = checks.finish(reason)?;
    let (state, to) = match decided.state {
        ApprovalState::Rejected => (
            Some(ComplaintState::Rejected),
            Some(Station::BusinessProposal),
        ),
        ApprovalState::SentBack => {
            let to = to.unwrap_or(Station::BusinessProposal);
            (Some(ComplaintState::SentBack), Some(to))
        }
        // Others still decide, or an earlier step of the approval does once more.
        _ => (
            None,
            decided.waits_for.as_deref().and_then(stations::of_step),
        ),
    };
    let leaving = Leaving {
        outcome: StayOutcome::SentBack,
        to,
        said: Some(&reason),
    };
    let place = match to == complaint.station {
        true => None,
        false => Some(course::go(&mut work, &complaint, leaving, &decided.permit).await?),
    };
    if state.is_some() || place.is_some() {
        work.update::<complaint::ActiveModel, _>(complaint, Some(&reason), |active| {
            if let Some(place) = place {
                place.set(active);
            }
            if let Some(state) = state {
                active.state = Set(state);
            }
            active.updated_at = Set(decided.at);
        })
        .await?;
    }
    let verb = match verdict {
        Verdict::Reject => "complaint.reject",
        _ => "complaint.sendBack",
    };
    let detail = json!({"from": station.as_str(), "to": to.map(Station::as_str)});
    let on = Some(words.complaint);
    work.note(verb, COMPLAINT, on, &decided.permit, detail);
    let outcome = Outcome::row("complaint", words.complaint);
    work.commit(outcome.and_row("approval", decided.approval))
        .await
}

/// CMP-6: sends a complaint back from wherever it is.
pub(super) async fn send_back(acting: &Acting, at: At, to: Option<Station>, reason: &str) -> Done {
    let work = Work::begin(acting);
    let complaint = fetch(&work, at.complaint).await?;
    // Of a decided complaint the approval says who decided.
    let before_proposal =
        |here: &Station| !stations::APPROVAL.contains(here) && *here != Station::BusinessHandling;
    let under_way = complaint.station.filter(before_proposal);
    if let Some(here) = under_way {
        return stations_of::send_back(work, complaint, (at, here), to, reason).await;
    }
    let words = Words {
        complaint: at.complaint,
        read: Read::Version(at.version),
        said: reason,
    };
    turn(work, complaint, words, (Verdict::SendBack(None), to), None).await
}

/// Decides out of an inbox.
pub(super) async fn by_approval(acting: &Acting, id: Uuid, said: Said<'_>) -> Done {
    let words = Words {
        complaint: id,
        read: Read::Hash(said.content_hash.unwrap_or_default()),
        said: said.opinion.unwrap_or_default(),
    };
    match said.verdict {
        Verdict::Approve => approve(acting, words, None, None, said.step).await,
        verdict => turn_down(acting, words, verdict, None, said.step).await,
    }
}

async fn judge(
    work: &mut Work<'_>,
    complaint: &complaint::Model,
    words: Words<'_>,
    (verdict, station): (Verdict, Station),
    step: Option<Uuid>,
) -> Done<Decided> {
    let acting = work.acting;
    let facts = facts_of(work.conn(), complaint).await?;
    let approval = complaint
        .approval_id
        .filter(|_| complaint.state != ComplaintState::Voided);
    let Some(approval) = approval else {
        acting.may(COMPLAINT, stations::action(station), &facts)?;
        return Err(elsewhere(complaint).into());
    };
    let asked = Judgement {
        approval,
        said: Said {
            verdict,
            opinion: Some(words.said),
            content_hash: words.read.hash(complaint.version),
            step,
        },
        facts: &facts,
        clause: match station {
            Station::BusinessReview | Station::OfficeSummary => stations::clause(station),
            _ => CMP_11,
        },
    };
    match approvals::decide(work, asked).await {
        Ok(decided) => Ok(decided),
        Err(Stop::Refused(refusals)) => {
            let is_stale = refusals
                .iter()
                .any(|refusal| refusal.code == Code::VersionConflict);
            if let (true, Read::Version(version)) = (is_stale, words.read) {
                // Who changed what since.
                work.check_version(COMPLAINT, complaint.id, complaint.version, version)
                    .await?;
            }
            let refusals = refusals.into_iter();
            let refusals = refusals.map(|refusal| too_high(&acting.viewer, &facts, refusal));
            Err(Stop::Refused(refusals.collect()))
        }
        Err(failed) => Err(failed),
    }
}

/// Whether somebody could let the complaint pass a station of its approval now, `approval` being its case where it has one.
pub(super) fn may_approve(
    onlooker: &Onlooker<'_>,
    viewer: &Viewer,
    complaint: &complaint::Model,
    (station, approval): (Station, Option<&Approval>),
    facts: &ComplaintFacts,
    policy: Judged,
) -> Judged {
    let waits = complaint.state == ComplaintState::ForDecision;
    if waits && complaint.station != Some(station) {
        return policy.and_then(|_| Err(elsewhere(complaint)));
    }
    match approval.filter(|_| complaint.state != ComplaintState::Voided) {
        Some(approval) => onlooker
            .may_decide(approval, facts, stations::clause(station))
            .map_err(|refusal| too_high(viewer, facts, refusal)),
        None => policy.and_then(|_| Err(elsewhere(complaint))),
    }
}

/// The refusal of a station's work on a complaint that is at another one, or at none.
pub(super) fn elsewhere(complaint: &complaint::Model) -> Refusal {
    let here = complaint.station.map(stations::elsewhere);
    here.unwrap_or_else(|| wrong_state(complaint))
}

/// CMP-11: a refusal for the amount names amount and limit.
fn too_high(viewer: &Viewer, facts: &ComplaintFacts, refusal: Refusal) -> Refusal {
    if refusal.code != Code::Forbidden {
        return refusal;
    }
    let rulebook = viewer.rulebook.on(facts.rulebook_on);
    let considered = viewer.decide(COMPLAINT, "decide", facts).considered;
    let above = considered
        .iter()
        .filter(|row| matches!(row.outcome, Way::AboveLimit | Way::AboveCap));
    let limits = above.filter_map(|row| {
        let mut personas = viewer.subject.personas.iter();
        let persona = personas.find(|persona| persona.delegation == row.delegation);
        let cap = persona.and_then(|persona| persona.cap_fen).map(Fen::new);
        let limit = row
            .row
            .limit
            .as_deref()
            .and_then(|limit| rulebook.limit(limit).ok().flatten());
        [cap, limit].into_iter().flatten().min()
    });
    match limits.max() {
        Some(limit) => Refusal {
            remedy: refusal.remedy,
            ..beyond_bracket(facts.amount, limit)
        },
        None => refusal,
    }
}
