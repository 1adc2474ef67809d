//! The engine at its edges.

use super::*;
use crate::vocabulary::Role;

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
fn nobody_decides_on_their_own_case() {
    let start = approval(1);
    assert_eq!(code(&start, 0, &by(REQUESTER)), Code::SelfApproval);
    assert_eq!(code(&start, 0, &by(STAKED)), Code::Recused);
    let refusal = try_it(&start, 0, Verdict::Reject, &by(REQUESTER)).unwrap_err();
    assert_eq!(refusal.code, Code::SelfApproval);
    for reason in [StakeReason::Beneficiary, StakeReason::Responsible] {
        let mut case = case();
        case.stakes.push(Stake {
            employee: person(3),
            reason,
        });
        assert_eq!(
            code(&staged(case, &[(Needs::All, 1)]), 0, &by(3)),
            Code::Recused
        );
    }
}

#[test]
fn org_4_nobody_decides_for_somebody_with_a_stake() {
    let start = approval(1);
    let for_one = |one| Actor::delegate(person(10), person(one));
    assert_eq!(code(&start, 0, &for_one(REQUESTER)), Code::SelfApproval);
    assert_eq!(code(&start, 0, &for_one(STAKED)), Code::Recused);
    // In his own right, but holding a role delegated by the requester.
    let holder = Actor {
        id: person(10),
        on_behalf_of: None,
        delegators: vec![person(REQUESTER)],
    };
    assert_eq!(code(&start, 0, &holder), Code::Recused);
}

#[test]
fn org_4_an_act_under_a_delegation_records_both() {
    let actor = Actor::delegate(person(10), person(20));
    let after = try_it(&approval(1), 0, Verdict::Approve, &actor).unwrap();
    let taken = after.ended.unwrap();
    assert_eq!(
        (taken.by, taken.on_behalf_of),
        (person(10), Some(person(20)))
    );
}

#[test]
fn one_person_never_takes_two_steps() {
    let actor = Actor::delegate(person(10), person(20));
    let first = try_it(&approval(2), 0, Verdict::Approve, &actor).unwrap();
    assert_eq!(code(&first, 1, &by(10)), Code::Recused);
    assert_eq!(code(&first, 1, &by(20)), Code::Recused);
    let other = Actor::delegate(person(30), person(20));
    assert_eq!(code(&first, 1, &other), Code::Recused);
    assert_eq!(approve(&first, 1, 11).state, ApprovalState::Approved);
    // Nor two side by side.
    let side = approve(&staged(case(), &[(Needs::All, 2)]), 0, 10);
    assert_eq!(code(&side, 1, &by(10)), Code::Recused);
}

#[test]
fn the_second_decider_learns_who_and_when() {
    let after = approve(&approval(1), 0, 10);
    let refusal = try_it(&after, 0, Verdict::Approve, &by(11)).unwrap_err();
    assert_eq!(refusal.code, Code::AlreadyDecided);
    let when = "2026-02-25T06:14:20Z".to_owned();
    assert_eq!(
        refusal.params,
        [("by", person(10).to_string()), ("at", when)]
    );
    // Not even that for somebody who could not have decided it.
    let event = said(&after, 0, Verdict::Approve);
    let refusal = after
        .apply(&event, &by(11), Right::Nobodys, at(2))
        .unwrap_err();
    assert_eq!(refusal.code, Code::Forbidden);
    let named = already_decided("王芳", Some("李强"), "2026-02-25 14:13");
    assert_eq!(
        named.message(crate::Language::ZhCn),
        "已由王芳 (李强)于 2026-02-25 14:13 处理。"
    );
}

#[test]
fn what_was_sent_back_is_decided_until_it_comes_again() {
    let back = try_it(&approval(2), 0, Verdict::SendBack(None), &by(10)).unwrap();
    assert_eq!(
        (back.state, states(&back)),
        (ApprovalState::SentBack, vec![SentBack, Waiting])
    );
    assert_eq!(code(&back, 0, &by(11)), Code::AlreadyDecided);
    let again = Event::Resubmit(content(1, 1));
    assert_eq!(
        ask(&back, &again, &by(40)).unwrap_err().code,
        Code::Forbidden
    );
    let open = ask(&back, &again, &by(REQUESTER)).unwrap();
    assert_eq!((open.state, open.ended), (ApprovalState::Open, None));
    // The one who sent it back may take the step now: he stands behind none.
    assert_eq!(states(&approve(&open, 0, 10)), [Approved, Open]);
}

#[test]
fn a_change_opens_the_steps_that_it_touches_and_no_other() {
    let price = plan(0, Parts::only(["price"]));
    let terms = plan(1, Parts::only(["terms"]));
    let plans = [price, terms, plan(2, Parts::All)].map(|step| StagePlan {
        needs: Needs::All,
        steps: vec![step],
    });
    let both = approve(&approve(&Approval::submit(case(), plans), 0, 10), 1, 11);
    let changed =
        |price, terms| ask(&both, &Event::Change(content(price, terms)), &by(REQUESTER)).unwrap();
    assert_eq!(states(&changed(2, 1)), [Open, Approved, Waiting]);
    assert_eq!(states(&changed(1, 2)), [Approved, Open, Waiting]);
    assert_eq!(states(&changed(2, 2)), [Open, Waiting, Waiting]);
    assert_eq!(changed(1, 1), both);
    // Approved on what was read before the change: refused; of a step that it left alone: not.
    let (before, after) = (said(&both, 2, Verdict::Approve), changed(1, 2));
    let after = approve(&after, 1, 11);
    let refusal = after
        .apply(&before, &by(12), Right::Policy, at(1))
        .unwrap_err();
    let found = (refusal.code, refusal.detail);
    assert_eq!(found, (Code::VersionConflict, Some(Detail::ContentChanged)));
    let own = |step: &Approval| step.steps().next().map(|step| step.content_hash.clone());
    assert_eq!(own(&both), own(&after));
}

#[test]
fn who_changes_what_is_asked_for_asks_for_it_from_then_on() {
    let first = approve(&approval(2), 0, 10);
    let change = Event::Change(content(2, 1));
    let done = first.apply(&change, &by(11), Right::Policy, at(1)).unwrap();
    assert_eq!(code(&done.after, 0, &by(11)), Code::SelfApproval);
    // What he decided on himself opens again, touched or not.
    let mut terms = plan(0, Parts::only(["terms"]));
    terms.id = person(100);
    let plans = [terms, plan(1, Parts::All)].map(|step| StagePlan {
        needs: Needs::All,
        steps: vec![step],
    });
    let first = approve(&Approval::submit(case(), plans), 0, 10);
    let own = first.apply(&change, &by(10), Right::Policy, at(1)).unwrap();
    assert_eq!(states(&own.after), [Open, Waiting]);
    assert_eq!(code(&own.after, 0, &by(10)), Code::SelfApproval);
}

#[test]
fn resubmitting_keeps_steps_taken_on_the_same_content() {
    let first = approve(&approval(2), 0, 10);
    let back = try_it(&first, 1, Verdict::SendBack(None), &by(11)).unwrap();
    let again = |content| ask(&back, &Event::Resubmit(content), &by(REQUESTER)).unwrap();
    assert_eq!(states(&again(content(1, 1))), [Approved, Open]);
    assert_eq!(states(&again(content(2, 1))), [Open, Waiting]);
}

#[test]
fn only_the_requester_withdraws() {
    let start = approval(2);
    let withdraw = |approval: &Approval, actor: &Actor| ask(approval, &Event::Withdraw, actor);
    assert_eq!(withdraw(&start, &by(10)).unwrap_err().code, Code::Forbidden);
    let delegate = Actor::delegate(person(10), person(REQUESTER));
    let withdrawn = withdraw(&start, &delegate).unwrap();
    assert_eq!(withdrawn.state, ApprovalState::Withdrawn);
    assert_eq!(states(&withdrawn), [Withdrawn, Withdrawn]);
    assert_eq!(code(&withdrawn, 0, &by(10)), Code::WrongState);
    let again = withdraw(&withdrawn, &by(REQUESTER)).unwrap_err();
    assert_eq!(again.code, Code::WrongState);
    let decided = approve(&approval(1), 0, 10);
    let late = withdraw(&decided, &by(REQUESTER)).unwrap_err();
    assert_eq!(late.code, Code::AlreadyDecided);
}

#[test]
fn a_case_runs_out_at_its_instant() {
    let case = Case {
        expires_at: Some(at(10)),
        ..case()
    };
    let start = staged(case, &[(Needs::All, 1)]);
    let event = said(&start, 0, Verdict::Approve);
    let decide = |minute| start.apply(&event, &by(10), Right::Policy, at(minute));
    assert_eq!(decide(9).unwrap().after.state, ApprovalState::Approved);
    let late = decide(10).unwrap_err();
    assert_eq!(
        (late.code, late.detail),
        (Code::WrongState, Some(Detail::Expired))
    );
    assert_eq!(start.expire(at(9)).unwrap_err().code, Code::WrongState);
    let over = start.expire(at(10)).unwrap();
    assert_eq!(over.kind, ApprovalEventKind::Expired);
    assert_eq!(over.after.state, ApprovalState::Expired);
    assert_eq!(states(&over.after), [StepState::Expired]);
    assert_eq!(
        over.after.expire(at(11)).unwrap_err().code,
        Code::WrongState
    );
    assert_eq!(
        decide(9).unwrap().after.expire(at(11)).unwrap_err().code,
        Code::AlreadyDecided
    );
    assert_eq!(
        approval(1).expire(at(10)).unwrap_err().code,
        Code::WrongState
    );
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

fn holder(number: u128, role: Role, present: bool) -> Holder {
    Holder {
        actor: by(number),
        role,
        present,
    }
}

#[test]
fn the_governing_body_stands_in_only_where_nobody_else_can() {
    let start = approval(1);
    let gm = |number, present| [holder(number, Role::GeneralManager, present)];
    let right = |holders: &[Holder]| start.right(false, true, holders);
    assert_eq!(right(&gm(10, true)), Right::Nobodys);
    assert_eq!(right(&gm(10, false)), Right::StandIn);
    assert_eq!(right(&gm(REQUESTER, true)), Right::StandIn);
    assert_eq!(right(&gm(STAKED, true)), Right::StandIn);
    assert_eq!(right(&[]), Right::StandIn);
    assert_eq!(start.right(false, false, &[]), Right::Nobodys);
    assert_eq!(start.right(true, false, &[]), Right::Policy);
    // Who acts for somebody with a stake is no other.
    let mut lent = gm(10, true);
    lent[0].actor.delegators = vec![person(REQUESTER)];
    assert_eq!(right(&lent), Right::StandIn);
    // Once, and in writing.
    let mut event = said(&start, 0, Verdict::Approve);
    let refusal = start
        .apply(&event, &by(50), Right::StandIn, at(0))
        .unwrap_err();
    assert_eq!(
        (refusal.code, refusal.path),
        (Code::Required, vec!["opinion".to_owned()])
    );
    if let Event::Decide {
        opinion,
        in_place_of,
        ..
    } = &mut event
    {
        *opinion = Some("resolved".into());
        *in_place_of = start.in_place_of(&gm(REQUESTER, true), None);
    }
    let done = start
        .apply(&event, &by(50), Right::StandIn, at(0))
        .unwrap()
        .after;
    let step = done.steps().next().unwrap();
    assert_eq!(step.in_place_of, Some(person(REQUESTER)));
}

#[test]
fn org_4_the_record_names_in_whose_place_a_higher_role_acted() {
    let start = approval(1);
    let holders = |manager: u128, present| {
        [
            holder(20, Role::GeneralManager, true),
            holder(manager, Role::DepartmentManager, present),
        ]
    };
    let place = |holders: &[Holder], role| start.in_place_of(holders, Some(role));
    let (gm, manager) = (Role::GeneralManager, Role::DepartmentManager);
    assert_eq!(place(&holders(10, true), gm), None);
    assert_eq!(place(&holders(10, false), gm), Some(person(10)));
    assert_eq!(
        place(&holders(REQUESTER, true), gm),
        Some(person(REQUESTER))
    );
    assert_eq!(place(&holders(10, false), manager), None);
    // Another one of that role is there.
    let two = [
        holder(10, manager, false),
        holder(11, manager, true),
        holder(20, gm, true),
    ];
    assert_eq!(place(&two, gm), None);
    assert_eq!(start.free_roles(&two), [manager, gm]);
    assert_eq!(start.free_roles(&holders(10, false)), [gm]);
}

mod routes {
    use proptest::prelude::*;

    use super::*;
    use crate::kit::money::Fen;
    use crate::rulebook::{Regulations, Rulebook};

    const TABLE: Routes<'_, usize> = Routes {
        up_to: &[
            ("complaint.decision.department-manager.max", 0),
            ("complaint.decision.deputy-general-manager.max", 1),
        ],
        above: 2,
    };

    fn choose(amount: i64) -> usize {
        let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
        let on = rulebook.on("2026-11-01".parse().unwrap());
        *TABLE.choose(Fen::new(amount), &on).unwrap()
    }

    #[test]
    fn rul_2_a_bound_belongs_to_the_lower_bracket() {
        assert_eq!([0, 10_000_000, 10_000_001].map(choose), [0, 0, 1]);
        assert_eq!([15_000_000, 15_000_001, i64::MAX].map(choose), [1, 2, 2]);
        let unknown = Routes {
            up_to: &[("no.such.bound", 0)],
            above: 1,
        };
        let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
        let on = rulebook.on("2026-11-01".parse().unwrap());
        assert!(unknown.choose(Fen::ZERO, &on).is_err());
    }

    proptest! {
        #[test]
        fn a_higher_amount_never_takes_a_lower_way(one in 0..20_000_000_i64, more in 0..20_000_000_i64) {
            prop_assert!(choose(one) <= choose(one + more));
        }
    }
}
