//! The engine at its edges: stages and their steps here, people and the case as a whole in files of their own.

mod people;
mod whole;

use super::*;

pub(super) fn person(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_000_000 + minute * 60, 0).unwrap()
}

pub(super) const REQUESTER: u128 = 1;
pub(super) const STAKED: u128 = 2;

/// Content of the parts `price` and `terms`.
pub(super) fn content(price: u32, terms: u32) -> Content {
    Content::of([("price", price.to_string()), ("terms", terms.to_string())])
}

/// The hash of what is asked for, as somebody read it.
pub(super) fn read(approval: &Approval) -> String {
    approval.case.content.hash(&Parts::All)
}

pub(super) fn plan(number: u128, depends_on: Parts) -> StepPlan {
    StepPlan {
        id: person(100 + number),
        object: "complaint".into(),
        action: "decide".into(),
        depends_on,
    }
}

pub(super) fn case() -> Case {
    Case {
        content: content(1, 1),
        requester: person(REQUESTER),
        stakes: vec![Stake {
            employee: person(STAKED),
            reason: StakeReason::ComplainedAbout,
        }],
        expires_at: None,
    }
}

/// Stages of so many steps each, numbered on from 0.
pub(super) fn staged(case: Case, stages: &[(Needs, u128)]) -> Approval {
    let mut next = 0;
    let plans: Vec<_> = stages
        .iter()
        .map(|(needs, steps)| {
            let numbers = next..next + steps;
            next += steps;
            StagePlan {
                needs: *needs,
                steps: numbers.map(|number| plan(number, Parts::All)).collect(),
            }
        })
        .collect();
    Approval::submit(case, plans)
}

fn approval(steps: usize) -> Approval {
    staged(case(), &vec![(Needs::All, 1); steps])
}

fn said(approval: &Approval, step: u128, verdict: Verdict) -> Event {
    Event::Decide {
        step: person(100 + step),
        verdict,
        content_hash: read(approval),
        opinion: (verdict != Verdict::Approve).then(|| "incomplete".into()),
        in_place_of: None,
    }
}

fn try_it(
    approval: &Approval,
    step: u128,
    verdict: Verdict,
    actor: &Actor,
) -> Result<Approval, Refusal> {
    let event = said(approval, step, verdict);
    let done = approval.apply(&event, actor, Right::Policy, at(1));
    done.map(|done| done.after)
}

fn approve(approval: &Approval, step: u128, by: u128) -> Approval {
    try_it(approval, step, Verdict::Approve, &Actor::own(person(by))).unwrap()
}

fn code(approval: &Approval, step: u128, actor: &Actor) -> Code {
    try_it(approval, step, Verdict::Approve, actor)
        .unwrap_err()
        .code
}

fn by(number: u128) -> Actor {
    Actor::own(person(number))
}

fn states(approval: &Approval) -> Vec<StepState> {
    approval.steps().map(|step| step.state).collect()
}

fn ask(approval: &Approval, event: &Event, actor: &Actor) -> Result<Approval, Refusal> {
    let done = approval.apply(event, actor, Right::Nobodys, at(1));
    done.map(|done| done.after)
}

use StepState::{Approved, NotNeeded, Open, Rejected, SentBack, Waiting, Withdrawn};

#[test]
fn stages_are_gone_through_one_after_the_other() {
    let start = approval(2);
    assert_eq!(code(&start, 1, &by(11)), Code::WrongState);
    let event = said(&start, 0, Verdict::Approve);
    let first = start.apply(&event, &by(10), Right::Policy, at(0)).unwrap();
    assert_eq!(
        (first.kind, first.step),
        (ApprovalEventKind::Approved, Some(person(100)))
    );
    assert_eq!(
        (first.after.state, first.after.ended),
        (ApprovalState::Open, None)
    );
    let second = approve(&first.after, 1, 11);
    assert_eq!(second.state, ApprovalState::Approved);
    assert_eq!(second.ended.map(|taken| taken.by), Some(person(11)));
    assert_eq!(second.open_steps().count(), 0);
}

#[test]
fn a_stage_of_all_waits_for_everybody_and_falls_with_one() {
    let start = staged(case(), &[(Needs::All, 2), (Needs::All, 1)]);
    assert_eq!(states(&start), [Open, Open, Waiting]);
    let one = approve(&start, 1, 10);
    assert_eq!(states(&one), [Open, Approved, Waiting]);
    assert_eq!(states(&approve(&one, 0, 11)), [Approved, Approved, Open]);
    let no = try_it(&one, 0, Verdict::Reject, &by(11)).unwrap();
    assert_eq!(no.state, ApprovalState::Rejected);
    assert_eq!(states(&no), [Rejected, Approved, NotNeeded]);
}

#[test]
fn in_a_stage_of_any_the_first_decides_for_all() {
    let start = staged(case(), &[(Needs::Any, 3), (Needs::All, 1)]);
    let one = approve(&start, 1, 10);
    assert_eq!(states(&one), [NotNeeded, Approved, NotNeeded, Open]);
    // Whoever comes too late learns who was first.
    let refusal = try_it(&one, 0, Verdict::Approve, &by(11)).unwrap_err();
    assert_eq!(refusal.code, Code::AlreadyDecided);
    assert_eq!(refusal.params[0], ("by", person(10).to_string()));
    let no = try_it(&start, 2, Verdict::Reject, &by(10)).unwrap();
    assert_eq!(no.state, ApprovalState::Rejected);
}

#[test]
fn a_quorum_is_reached_or_missed() {
    let start = staged(case(), &[(Needs::Quorum(2), 3)]);
    let one = approve(&start, 0, 10);
    assert_eq!(one.state, ApprovalState::Open);
    assert_eq!(approve(&one, 2, 11).state, ApprovalState::Approved);
    // One against does not matter, two do.
    let no = try_it(&one, 1, Verdict::Reject, &by(11)).unwrap();
    assert_eq!((no.state, no.ended), (ApprovalState::Open, None));
    assert_eq!(approve(&no, 2, 12).state, ApprovalState::Approved);
    let lost = try_it(&no, 2, Verdict::Reject, &by(12)).unwrap();
    assert_eq!(lost.state, ApprovalState::Rejected);
    // A quorum larger than its stage takes all of it.
    let large = staged(case(), &[(Needs::Quorum(9), 2)]);
    assert_eq!(
        approve(&approve(&large, 0, 10), 1, 11).state,
        ApprovalState::Approved
    );
}

#[test]
fn a_route_of_nothing_approves_nothing() {
    assert_eq!(staged(case(), &[]).state, ApprovalState::Open);
    assert_eq!(
        staged(case(), &[(Needs::Any, 0)]).state,
        ApprovalState::Open
    );
}

#[test]
fn a_countersignature_is_needed_in_any_case() {
    let start = staged(case(), &[(Needs::Any, 2), (Needs::All, 1)]);
    let add = |place| Event::AddStep {
        step: person(100),
        plan: plan(9, Parts::All),
        place,
        reason: "quality is concerned".into(),
    };
    let done = start
        .apply(&add(Place::Beside), &by(10), Right::Policy, at(0))
        .unwrap();
    assert_eq!(done.kind, ApprovalEventKind::StepAdded);
    let asked = done.after;
    assert_eq!(states(&asked), [Open, Open, Open, Waiting]);
    let one = approve(&asked, 0, 10);
    assert_eq!(states(&one), [Approved, Open, Open, Waiting]);
    assert_eq!(code(&one, 9, &by(10)), Code::Recused);
    assert_eq!(
        states(&approve(&one, 9, 11)),
        [Approved, NotNeeded, Approved, Open]
    );
    let no = try_it(&one, 9, Verdict::Reject, &by(11)).unwrap();
    assert_eq!(no.state, ApprovalState::Rejected);
    // After: one more stage, before what follows.
    let after = start
        .apply(&add(Place::After), &by(10), Right::Policy, at(0))
        .unwrap()
        .after;
    let ids: Vec<_> = after.steps().map(|step| step.id).collect();
    assert_eq!(ids, [100, 101, 109, 102].map(person));
    assert_eq!(
        states(&approve(&after, 0, 10)),
        [Approved, NotNeeded, Open, Waiting]
    );
}

#[test]
fn only_who_could_take_a_step_adds_one_and_says_why() {
    let start = approval(1);
    let add = |reason: &str| Event::AddStep {
        step: person(100),
        plan: plan(9, Parts::All),
        place: Place::After,
        reason: reason.into(),
    };
    let refused = |event: &Event, actor: &Actor, right| {
        start.apply(event, actor, right, at(0)).unwrap_err().code
    };
    assert_eq!(
        refused(&add("more"), &by(10), Right::Nobodys),
        Code::Forbidden
    );
    assert_eq!(
        refused(&add("more"), &by(REQUESTER), Right::Policy),
        Code::SelfApproval
    );
    assert_eq!(refused(&add(" "), &by(10), Right::Policy), Code::Required);
}

#[test]
fn a_case_goes_back_to_an_earlier_step() {
    let third = approve(&approve(&approval(3), 0, 10), 1, 11);
    let back = |to: u128| Verdict::SendBack(Some(person(100 + to)));
    let first = try_it(&third, 2, back(0), &by(12)).unwrap();
    assert_eq!(states(&first), [Open, Waiting, Waiting]);
    assert_eq!((first.state, first.ended), (ApprovalState::Open, None));
    assert_eq!(
        states(&try_it(&third, 2, back(1), &by(12)).unwrap()),
        [Approved, Open, Waiting]
    );
    // All of them stand behind none again: the same people can go through with it.
    let again = approve(&approve(&approve(&first, 0, 10), 1, 11), 2, 12);
    assert_eq!(again.state, ApprovalState::Approved);
    for nowhere in [2, 7] {
        let refusal = try_it(&third, 2, back(nowhere), &by(12)).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.path),
            (Code::InvalidInput, vec!["toStep".to_owned()])
        );
    }
}

#[test]
fn saying_no_needs_a_reason() {
    for verdict in [Verdict::Reject, Verdict::SendBack(None)] {
        let silent = Event::Decide {
            step: person(100),
            verdict,
            content_hash: read(&approval(1)),
            opinion: Some("  ".into()),
            in_place_of: None,
        };
        let refusal = approval(1)
            .apply(&silent, &by(10), Right::Policy, at(0))
            .unwrap_err();
        assert_eq!(
            (refusal.code, refusal.path),
            (Code::Required, vec!["reason".to_owned()])
        );
    }
    assert_eq!(code(&approval(1), 7, &by(10)), Code::NotFound);
}
