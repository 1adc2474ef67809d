//! The engine at its edges, and the properties no order of events may break.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn person(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_000_000 + minute * 60, 0).unwrap()
}

const REQUESTER: u128 = 1;
const STAKED: u128 = 2;

fn approval(steps: u128) -> Approval {
    let plan = |number: u128| StepPlan {
        id: person(100 + number),
        object: "complaint".into(),
        action: "decide".into(),
    };
    let case = Case {
        subject: person(99),
        object: "complaint".into(),
        action: "decide".into(),
        content_hash: "h1".into(),
        requester: person(REQUESTER),
        stakes: vec![Stake {
            employee: person(STAKED),
            reason: StakeReason::ComplainedAbout,
        }],
    };
    Approval::submit(case, plan(0), (1..steps).map(plan))
}

fn approve(step: u128) -> Event {
    Event::Approve {
        step: person(100 + step),
        content_hash: "h1".into(),
        opinion: None,
    }
}

fn send_back(step: u128) -> Event {
    Event::SendBack {
        step: person(100 + step),
        content_hash: "h1".into(),
        reason: "incomplete".into(),
    }
}

fn apply(approval: &Approval, event: &Event, actor: &Actor) -> Approval {
    approval.apply(event, actor, true, at(0)).unwrap().after
}

fn code(approval: &Approval, event: &Event, actor: &Actor, entitled: bool) -> Code {
    approval
        .apply(event, actor, entitled, at(1))
        .unwrap_err()
        .code
}

#[test]
fn steps_are_taken_one_after_the_other() {
    let start = approval(2);
    assert_eq!(
        code(&start, &approve(1), &Actor::own(person(11)), true),
        Code::WrongState
    );
    let first = start
        .apply(&approve(0), &Actor::own(person(10)), true, at(0))
        .unwrap();
    assert_eq!(first.changed, [person(100), person(101)]);
    assert_eq!(
        (first.kind, first.after.state),
        (ApprovalEventKind::Approved, ApprovalState::Open)
    );
    let second = apply(&first.after, &approve(1), &Actor::own(person(11)));
    assert_eq!(second.state, ApprovalState::Approved);
    assert_eq!(second.decided().map(|taken| taken.by), Some(person(11)));
    assert_eq!(second.open_step(), None);
}

#[test]
fn nobody_decides_on_their_own_case() {
    let start = approval(1);
    assert_eq!(
        code(&start, &approve(0), &Actor::own(person(REQUESTER)), true),
        Code::SelfApproval
    );
    assert_eq!(
        code(&start, &approve(0), &Actor::own(person(STAKED)), true),
        Code::Recused
    );
    let reject = Event::Reject {
        step: person(100),
        content_hash: "h1".into(),
        reason: "no".into(),
    };
    assert_eq!(
        code(&start, &reject, &Actor::own(person(REQUESTER)), true),
        Code::SelfApproval
    );
}

#[test]
fn org_4_nobody_decides_for_somebody_with_a_stake() {
    let start = approval(1);
    let for_requester = Actor::delegate(person(10), person(REQUESTER));
    assert_eq!(
        code(&start, &approve(0), &for_requester, true),
        Code::SelfApproval
    );
    assert_eq!(
        code(
            &start,
            &approve(0),
            &Actor::delegate(person(10), person(STAKED)),
            true
        ),
        Code::Recused
    );
    // In his own right, but holding a role delegated by the requester.
    let holder = Actor {
        id: person(10),
        on_behalf_of: None,
        delegators: vec![person(REQUESTER)],
    };
    assert_eq!(code(&start, &approve(0), &holder, true), Code::Recused);
}

#[test]
fn org_4_an_act_under_a_delegation_records_both() {
    let after = apply(
        &approval(1),
        &approve(0),
        &Actor::delegate(person(10), person(20)),
    );
    let taken = after.decided().unwrap();
    assert_eq!(
        (taken.by, taken.on_behalf_of),
        (person(10), Some(person(20)))
    );
}

#[test]
fn one_person_never_takes_two_steps() {
    let first = apply(
        &approval(2),
        &approve(0),
        &Actor::delegate(person(10), person(20)),
    );
    assert_eq!(
        code(&first, &approve(1), &Actor::own(person(10)), true),
        Code::Recused
    );
    assert_eq!(
        code(&first, &approve(1), &Actor::own(person(20)), true),
        Code::Recused
    );
    assert_eq!(
        code(
            &first,
            &approve(1),
            &Actor::delegate(person(30), person(20)),
            true
        ),
        Code::Recused
    );
    assert_eq!(
        apply(&first, &approve(1), &Actor::own(person(11))).state,
        ApprovalState::Approved
    );
}

#[test]
fn the_second_decider_learns_who_and_when() {
    let after = apply(&approval(1), &approve(0), &Actor::own(person(10)));
    let refusal = after
        .apply(&approve(0), &Actor::own(person(11)), true, at(9))
        .unwrap_err();
    assert_eq!(refusal.code, Code::AlreadyDecided);
    assert_eq!(
        refusal.params,
        [
            ("by", person(10).to_string()),
            ("at", "2026-02-25T06:13:20Z".to_owned())
        ]
    );
    // Not even that for somebody who could not have decided it.
    assert_eq!(
        code(&after, &approve(0), &Actor::own(person(11)), false),
        Code::Forbidden
    );
    let named = already_decided("王芳", Some("李强"), "2026-02-25 14:13");
    assert_eq!(
        named.message(crate::Language::ZhCn),
        "已由王芳 (李强)于 2026-02-25 14:13 处理。"
    );
}

#[test]
fn what_was_sent_back_is_decided_until_it_comes_again() {
    let back = apply(&approval(2), &send_back(0), &Actor::own(person(10)));
    assert_eq!(
        code(&back, &approve(0), &Actor::own(person(11)), true),
        Code::AlreadyDecided
    );
    let again = Event::Resubmit {
        content_hash: "h1".into(),
    };
    assert_eq!(
        code(&back, &again, &Actor::own(person(40)), false),
        Code::Forbidden
    );
    let open = apply(&back, &again, &Actor::own(person(REQUESTER)));
    assert_eq!(open.state, ApprovalState::Open);
    // The one who sent it back may take the step now: he stands behind none.
    assert!(
        open.apply(&approve(0), &Actor::own(person(10)), true, at(2))
            .is_ok()
    );
}

#[test]
fn changed_content_opens_the_steps_again() {
    let first = apply(&approval(2), &approve(0), &Actor::own(person(10)));
    let change = Event::Change {
        content_hash: "h2".into(),
    };
    let changed = apply(&first, &change, &Actor::own(person(REQUESTER)));
    assert_eq!(changed.open_step().map(|step| step.id), Some(person(100)));
    assert_eq!(changed.steps[0].taken, None);
    // Approved on what was read before the change: refused.
    let refusal = changed
        .apply(&approve(0), &Actor::own(person(10)), true, at(1))
        .unwrap_err();
    assert_eq!(
        (refusal.code, refusal.detail),
        (Code::VersionConflict, Some(Detail::ContentChanged))
    );
    // The same content again keeps the step.
    let same = apply(
        &first,
        &Event::Change {
            content_hash: "h1".into(),
        },
        &Actor::own(person(REQUESTER)),
    );
    assert_eq!(same, first);
}

#[test]
fn resubmitting_keeps_steps_taken_on_the_same_content() {
    let first = apply(&approval(2), &approve(0), &Actor::own(person(10)));
    let back = apply(&first, &send_back(1), &Actor::own(person(11)));
    let requester = Actor::own(person(REQUESTER));
    let same = apply(
        &back,
        &Event::Resubmit {
            content_hash: "h1".into(),
        },
        &requester,
    );
    assert_eq!(same.open_step().map(|step| step.id), Some(person(101)));
    let other = apply(
        &back,
        &Event::Resubmit {
            content_hash: "h2".into(),
        },
        &requester,
    );
    assert_eq!(other.open_step().map(|step| step.id), Some(person(100)));
}

#[test]
fn only_the_requester_withdraws() {
    let start = approval(2);
    assert_eq!(
        code(&start, &Event::Withdraw, &Actor::own(person(10)), true),
        Code::Forbidden
    );
    let withdrawn = apply(
        &start,
        &Event::Withdraw,
        &Actor::delegate(person(10), person(REQUESTER)),
    );
    assert_eq!(withdrawn.state, ApprovalState::Withdrawn);
    assert!(
        withdrawn
            .steps
            .iter()
            .all(|step| step.state == StepState::Withdrawn)
    );
    assert_eq!(
        code(&withdrawn, &approve(0), &Actor::own(person(10)), true),
        Code::WrongState
    );
    assert_eq!(
        code(
            &withdrawn,
            &Event::Withdraw,
            &Actor::own(person(REQUESTER)),
            true
        ),
        Code::WrongState
    );
    let decided = apply(&approval(1), &approve(0), &Actor::own(person(10)));
    assert_eq!(
        code(
            &decided,
            &Event::Withdraw,
            &Actor::own(person(REQUESTER)),
            true
        ),
        Code::AlreadyDecided
    );
}

#[test]
fn saying_no_needs_a_reason() {
    let silent = Event::Reject {
        step: person(100),
        content_hash: "h1".into(),
        reason: "  ".into(),
    };
    let refusal = approval(1)
        .apply(&silent, &Actor::own(person(10)), true, at(0))
        .unwrap_err();
    assert_eq!(
        (refusal.code, refusal.path),
        (Code::Required, vec!["reason".to_owned()])
    );
    assert_eq!(
        code(&approval(1), &approve(7), &Actor::own(person(10)), true),
        Code::NotFound
    );
}

/// Any event on any step with any content, by any of a few people in any capacity.
fn acts(steps: u128) -> impl Strategy<Value = Vec<(Event, Actor, bool)>> {
    let hash = prop_oneof![4 => Just("h1".to_owned()), 1 => Just("h2".to_owned())];
    let step = (0..steps).prop_map(|step| person(100 + step));
    let event = (0..9_u8, step, hash).prop_map(|(kind, step, content_hash)| match kind {
        0..=3 => Event::Approve {
            step,
            content_hash,
            opinion: None,
        },
        4 => Event::Reject {
            step,
            content_hash,
            reason: "no".into(),
        },
        5 => Event::SendBack {
            step,
            content_hash,
            reason: "more".into(),
        },
        6 => Event::Resubmit { content_hash },
        7 => Event::Change { content_hash },
        _ => Event::Withdraw,
    });
    let number = || 1..7_u128;
    let actor = (
        number(),
        proptest::option::of(number()),
        proptest::option::of(number()),
    )
        .prop_map(|(id, on_behalf_of, delegator)| Actor {
            id: person(id),
            on_behalf_of: on_behalf_of.map(person),
            delegators: on_behalf_of
                .into_iter()
                .chain(delegator)
                .map(person)
                .collect(),
        });
    proptest::collection::vec((event, actor, proptest::bool::weighted(0.8)), 0..60)
}

proptest! {
    #[test]
    fn no_order_of_events_breaks_an_approval(
        (steps, acts) in (1..4_u128).prop_flat_map(|steps| (Just(steps), acts(steps)))
    ) {
        let mut now = approval(steps);
        let mut entitled_to = HashSet::new();
        let staked = [person(REQUESTER), person(STAKED)];
        for (minute, (event, actor, entitled)) in acts.iter().enumerate() {
            let minute = at(i64::try_from(minute).unwrap());
            let Ok(transition) = now.apply(event, actor, *entitled, minute) else { continue };
            // Nothing follows an end: no second decision.
            prop_assert!(matches!(now.state, ApprovalState::Open | ApprovalState::SentBack));
            if let Some(step) = transition.step {
                prop_assert!(*entitled);
                entitled_to.insert((step, actor.id, minute));
                for involved in [Some(actor.id), actor.on_behalf_of].into_iter().flatten().chain(actor.delegators.clone()) {
                    prop_assert!(!staked.contains(&involved));
                }
            }
            now = transition.after;

            let taken: Vec<_> = now.steps.iter().filter_map(|step| step.taken).collect();
            let mut behind = HashSet::new();
            for taken in &taken {
                let people: HashSet<_> = [Some(taken.by), taken.on_behalf_of].into_iter().flatten().collect();
                for one in people {
                    prop_assert!(behind.insert(one), "one person stands behind two steps");
                }
            }
            let open = now.steps.iter().filter(|step| step.state == StepState::Open).count();
            prop_assert_eq!(open, usize::from(now.state == ApprovalState::Open));
            if now.state == ApprovalState::Approved {
                for step in &now.steps {
                    prop_assert_eq!(step.state, StepState::Approved);
                    prop_assert_eq!(&step.content_hash, &now.case.content_hash);
                    let taken = step.taken.unwrap();
                    prop_assert!(entitled_to.contains(&(step.id, taken.by, taken.at)));
                }
            }
            prop_assert_eq!(now.decided().is_some(), matches!(
                now.state, ApprovalState::Approved | ApprovalState::Rejected | ApprovalState::SentBack
            ));
        }
    }
}
