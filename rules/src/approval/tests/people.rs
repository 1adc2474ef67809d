//! Who takes a step: stakes, delegates, one person once, who stands in.

use super::*;
use crate::vocabulary::Role;

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
    // Who signed another step is neither gone nor replaced.
    let first = approve(&approval(2), 0, 10);
    assert_eq!(first.in_place_of(&holders(10, true), Some(gm)), None);
    assert_eq!(first.free_roles(&holders(10, true)), [gm]);
}
