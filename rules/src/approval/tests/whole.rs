//! The case as a whole: sent back, changed, handed in again, taken back, run out.

use super::*;

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
