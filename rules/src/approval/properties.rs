//! The properties that no order of events may break.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::tests::{REQUESTER, STAKED, at, case, content, person, plan, read};
use super::*;

/// What somebody tries: on which step by number, how, by whom, with which right, on content read when.
#[derive(Clone, Debug)]
struct Act {
    what: u8,
    step: usize,
    other: usize,
    price: u32,
    terms: u32,
    is_stale: bool,
    speaks: bool,
    actor: Actor,
    right: Right,
}

fn actors() -> impl Strategy<Value = Actor> {
    let number = || 1..8_u128;
    let lent = (
        proptest::option::weighted(0.3, number()),
        proptest::option::weighted(0.2, number()),
    );
    (number(), lent).prop_map(|(id, (on_behalf_of, delegator))| Actor {
        id: person(id),
        on_behalf_of: on_behalf_of.map(person),
        delegators: on_behalf_of
            .into_iter()
            .chain(delegator)
            .map(person)
            .collect(),
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let right = prop_oneof![
        6 => Just(Right::Policy),
        1 => Just(Right::StandIn),
        1 => Just(Right::Nobodys),
    ];
    let chance = proptest::bool::weighted;
    let numbers = (0..16_u8, 0..6_usize, 0..6_usize, 1..3_u32, 1..3_u32);
    let act = (numbers, chance(0.1), chance(0.8), actors(), right);
    let act = act.prop_map(
        |((what, step, other, price, terms), is_stale, speaks, actor, right)| Act {
            what,
            step,
            other,
            price,
            terms,
            is_stale,
            speaks,
            actor,
            right,
        },
    );
    proptest::collection::vec(act, 0..60)
}

fn parts() -> impl Strategy<Value = Parts> {
    prop_oneof![
        Just(Parts::All),
        Just(Parts::only(["price"])),
        Just(Parts::only(["terms"])),
    ]
}

/// Routes of one to three stages of one to three steps.
fn routes() -> impl Strategy<Value = Vec<StagePlan>> {
    let needs = prop_oneof![
        Just(Needs::All),
        Just(Needs::Any),
        (1..3_u32).prop_map(Needs::Quorum)
    ];
    let stage = (needs, proptest::collection::vec(parts(), 1..4));
    proptest::collection::vec(stage, 1..4).prop_map(|stages| {
        let mut number = 0;
        let mut step = |depends_on| {
            number += 1;
            plan(number, depends_on)
        };
        let stages = stages.into_iter().map(|(needs, steps)| StagePlan {
            needs,
            steps: steps.into_iter().map(&mut step).collect(),
        });
        stages.collect()
    })
}

fn event(now: &Approval, act: &Act, new: u128) -> Event {
    let ids: Vec<Uuid> = now.steps().map(|step| step.id).collect();
    let step = ids[act.step % ids.len()];
    let other = ids[act.other % ids.len()];
    let words = |text: &str| {
        if act.speaks {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let decide = |verdict| Event::Decide {
        step,
        verdict,
        content_hash: if act.is_stale {
            "stale".to_owned()
        } else {
            read(now)
        },
        opinion: Some(words("as discussed")),
        in_place_of: None,
    };
    match act.what {
        0..=7 => decide(Verdict::Approve),
        8 => decide(Verdict::Reject),
        9 => decide(Verdict::SendBack(None)),
        10 => decide(Verdict::SendBack(Some(other))),
        11 => Event::AddStep {
            step,
            plan: plan(new, Parts::All),
            place: if act.other.is_multiple_of(2) {
                Place::Beside
            } else {
                Place::After
            },
            reason: words("one more"),
        },
        12 => Event::Resubmit(content(act.price, act.terms)),
        13 | 14 => Event::Change(content(act.price, act.terms)),
        _ => Event::Withdraw,
    }
}

fn behind(taken: Taken) -> impl Iterator<Item = Uuid> {
    let people: HashSet<Uuid> = [Some(taken.by), taken.on_behalf_of]
        .into_iter()
        .flatten()
        .collect();
    people.into_iter()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_order_of_events_breaks_an_approval(route in routes(), acts in acts(), runs_out in proptest::option::of(10..50_i64)) {
        let case = Case { expires_at: runs_out.map(at), ..case() };
        let mut now = Approval::submit(case, route);
        prop_assert_eq!(now.state, ApprovalState::Open);
        // By whom each step was taken with a right, on which parts.
        let mut rightly: HashMap<Uuid, (Taken, String)> = HashMap::new();
        for (minute, act) in (0_i64..).zip(&acts) {
            let instant = at(minute);
            let event = event(&now, act, 50 + u128::try_from(minute).unwrap());
            let Ok(done) = now.apply(&event, &act.actor, act.right, instant) else { continue };

            // Nothing follows an end, and nothing happens after the time.
            prop_assert!(matches!(now.state, ApprovalState::Open | ApprovalState::SentBack));
            prop_assert!(runs_out.is_none_or(|out| minute < out));
            if let Event::Decide { step, opinion, .. } = &event {
                // Decided by somebody with a right and without a stake, once, on what stands there.
                prop_assert!(act.right != Right::Nobodys && !act.is_stale);
                prop_assert!(act.right != Right::StandIn || opinion.as_deref() != Some(""));
                let open: Vec<Uuid> = now.open_steps().map(|step| step.id).collect();
                prop_assert!(open.contains(step));
                for one in [Some(act.actor.id), act.actor.on_behalf_of].into_iter().flatten().chain(act.actor.delegators.clone()) {
                    prop_assert!(one != person(REQUESTER) && one != person(STAKED));
                    prop_assert!(now.case.stakes.iter().all(|stake| stake.employee != one));
                }
                let after = done.after.steps().find(|after| after.id == *step).unwrap();
                if let Some(taken) = after.taken {
                    prop_assert_eq!(taken.at, instant);
                    rightly.insert(*step, (taken, after.content_hash.clone()));
                }
            }
            if let Event::Change(content) = &event {
                // Only what it touches opens again, and what the one who changes it decided himself.
                for (before, after) in now.steps().zip(done.after.steps()) {
                    let touched = before.content_hash != content.hash(&before.depends_on);
                    let own = before.taken.is_some_and(|taken| behind(taken).any(|one| act.actor.acts_as(one)));
                    if before.taken.is_some() && !(touched || own) {
                        prop_assert_eq!(before, after);
                    }
                    if after.state == StepState::Open {
                        prop_assert!(touched || own || before.taken.is_none());
                    }
                }
            }
            now = done.after;

            let mut people = HashSet::new();
            for taken in now.steps().filter_map(|step| step.taken) {
                for one in behind(taken) {
                    prop_assert!(people.insert(one), "one person stands behind two steps");
                    prop_assert!(now.case.stakes.iter().all(|stake| stake.employee != one), "a stakeholder decided");
                }
            }
            // It is open exactly while there is something to take.
            prop_assert_eq!(now.open_steps().count() > 0, now.state == ApprovalState::Open);
            // What stands there as taken was taken rightly, on what is asked for now.
            for step in now.steps().filter(|step| step.taken.is_some()) {
                let known = rightly.get(&step.id);
                prop_assert_eq!(known, Some(&(step.taken.unwrap(), step.content_hash.clone())));
                prop_assert_eq!(&step.content_hash, &now.case.content.hash(&step.depends_on));
            }
            if now.state == ApprovalState::Approved {
                for stage in &now.stages {
                    let approved = |step: &&Step| step.state == StepState::Approved;
                    let own = stage.steps.iter().filter(|step| step.countersigns.is_none());
                    let count = own.clone().filter(approved).count();
                    let needed = match stage.needs {
                        Needs::All => own.count(),
                        Needs::Any => 1,
                        Needs::Quorum(quorum) => own.count().min(usize::try_from(quorum).unwrap()),
                    };
                    prop_assert!(count >= needed.max(1));
                    prop_assert!(stage.steps.iter().filter(|step| step.countersigns.is_some()).all(|step| approved(&step)));
                }
            }
            prop_assert_eq!(now.ended.is_some(), matches!(
                now.state, ApprovalState::Approved | ApprovalState::Rejected | ApprovalState::SentBack
            ));
        }
    }
}
