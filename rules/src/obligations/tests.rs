use chrono::FixedOffset;
use proptest::prelude::*;

use super::*;
use crate::kit::calendar::Shipped;
use crate::kit::language::Language;
use crate::rulebook::{Regulations, Rulebook};
use crate::vocabulary::DeadlineEntryKind::{
    Extended, Fulfilled, Paused, Recounted, Resumed, Started,
};

/// An instant of a local time of China: `2026-11-02 10:15`.
fn at(text: &str) -> DateTime<Utc> {
    let text = format!("{}:00+08:00", text.replace(' ', "T"));
    text.parse::<DateTime<FixedOffset>>().unwrap().to_utc()
}

fn china() -> Calendar<FixedOffset> {
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    Calendar::shipped(zone, Shipped::china().unwrap())
}

const fn span(count: u32, unit: SpanUnit) -> Span {
    Span { count, unit }
}

fn plan(count: u32, unit: SpanUnit) -> Plan {
    let after = |count| span(count, SpanUnit::WorkingDays);
    let followup = |step, count, to| Followup {
        step,
        after: after(count),
        to,
    };
    Plan {
        limit: span(count, unit),
        warn: Some(span(1, SpanUnit::WorkingDays)),
        overdue: vec![
            followup(OverdueStep::Reminder, 0, None),
            followup(OverdueStep::Escalation, 1, Some(Role::DepartmentManager)),
            followup(OverdueStep::PenaltyProposal, 3, None),
        ],
    }
}

fn entry(when: &str, kind: DeadlineEntryKind) -> Entry {
    Entry {
        at: at(when),
        kind,
        span: None,
    }
}

fn due(plan: &Plan, entries: &[Entry]) -> DateTime<Utc> {
    count(&china(), plan, entries).unwrap().due
}

#[test]
fn org_6_a_deadline_is_counted_from_its_ledger() {
    let plan = plan(3, SpanUnit::WorkingDays);
    let mut entries = vec![entry("2026-11-02 10:15", Started)];
    assert_eq!(due(&plan, &entries), at("2026-11-05 18:00"));
    // From Tuesday to Thursday: two working days are added.
    entries.push(entry("2026-11-03 10:00", Paused));
    assert_eq!(due(&plan, &entries), at("2026-11-05 18:00"));
    entries.push(entry("2026-11-05 16:00", Resumed));
    assert_eq!(due(&plan, &entries), at("2026-11-09 18:00"));
    entries.push(Entry {
        span: Some(span(2, SpanUnit::Days)),
        ..entry("2026-11-06 10:00", Extended)
    });
    assert_eq!(due(&plan, &entries), at("2026-11-12 00:00"));
    // What does not move it does not count.
    entries.push(entry("2026-11-07 10:00", Recounted));
    entries.push(entry("2026-11-07 11:00", Fulfilled));
    assert_eq!(due(&plan, &entries), at("2026-11-12 00:00"));
    assert_eq!(count(&china(), &plan, &[]), Err(NoWorkingDay));
}

#[test]
fn org_6_a_pause_is_added_in_the_unit_of_the_limit() {
    for (count, unit, until) in [
        // Friday 17:00 to Monday 10:00: three calendar days, one working day, two working hours.
        (5, SpanUnit::Days, "2026-11-15 00:00"),
        (5, SpanUnit::WorkingDays, "2026-11-16 18:00"),
        (12, SpanUnit::WorkingHours, "2026-11-09 18:00"),
        (2, SpanUnit::HalfDays, "2026-11-09 12:00"),
    ] {
        let entries = [
            entry("2026-11-06 10:00", Started),
            entry("2026-11-06 17:00", Paused),
            entry("2026-11-09 10:00", Resumed),
        ];
        assert_eq!(due(&plan(count, unit), &entries), at(until), "{unit}");
    }
}

#[test]
fn org_6_a_pause_does_not_heal_lateness() {
    let plan = plan(1, SpanUnit::WorkingDays);
    let entries = |paused| {
        [
            entry("2026-11-02 10:15", Started),
            entry(paused, Paused),
            entry("2026-11-06 10:00", Resumed),
        ]
    };
    assert_eq!(
        due(&plan, &entries("2026-11-03 18:00")),
        at("2026-11-03 18:00")
    );
    assert_eq!(
        due(&plan, &entries("2026-11-03 17:59")),
        at("2026-11-06 18:00")
    );
}

#[test]
fn org_6_warning_and_steps_come_in_their_order_and_once() {
    let plan = plan(3, SpanUnit::WorkingDays);
    let times = count(&china(), &plan, &[entry("2026-11-02 10:15", Started)]).unwrap();
    assert_eq!(times.warn, Some(at("2026-11-04 09:00")));
    assert_eq!(
        times.steps,
        [
            at("2026-11-05 18:00"),
            at("2026-11-06 18:00"),
            at("2026-11-10 18:00")
        ]
    );
    let mut taken = Taken::default();
    let mut look = |when: DateTime<Utc>| {
        let agenda = agenda(&plan, &times, taken, when);
        taken = agenda.taken;
        let steps: Vec<_> = agenda.steps.iter().map(|f| f.step).collect();
        (agenda.warn, steps, agenda.next)
    };
    let late = at("2026-11-05 18:00") + chrono::Duration::microseconds(1);
    assert_eq!(
        look(at("2026-11-02 10:15")),
        (false, vec![], Some(at("2026-11-04 09:00")))
    );
    assert_eq!(look(at("2026-11-04 09:00")), (true, vec![], Some(late)));
    assert_eq!(look(at("2026-11-04 09:01")), (false, vec![], Some(late)));
    // At the end it is in time, a moment later it is not.
    assert_eq!(look(at("2026-11-05 18:00")), (false, vec![], Some(late)));
    assert!(!is_overdue(times.due, at("2026-11-05 18:00")) && is_overdue(times.due, late));
    assert_eq!(
        look(late),
        (
            false,
            vec![OverdueStep::Reminder],
            Some(at("2026-11-06 18:00"))
        )
    );
    // After a standstill of the server what was missed follows in order; then there is nothing more.
    assert_eq!(
        look(at("2026-12-01 09:00")),
        (
            false,
            vec![OverdueStep::Escalation, OverdueStep::PenaltyProposal],
            None
        )
    );
    assert_eq!(look(at("2026-12-02 09:00")), (false, vec![], None));
}

#[test]
fn org_6_a_warning_that_comes_too_late_is_left_out() {
    let plan = plan(3, SpanUnit::WorkingDays);
    let times = count(&china(), &plan, &[entry("2026-11-02 10:15", Started)]).unwrap();
    let agenda = agenda(&plan, &times, Taken::default(), at("2026-11-06 09:00"));
    assert!(!agenda.warn);
    assert!(agenda.taken.warned);
    assert_eq!(agenda.steps.len(), 1);
}

#[test]
fn org_6_a_moved_deadline_begins_its_ladder_anew() {
    let plan = plan(3, SpanUnit::WorkingDays);
    let times = count(&china(), &plan, &[entry("2026-11-02 10:15", Started)]).unwrap();
    let taken = Taken {
        warned: true,
        steps: 2,
    };
    for (now, warned, steps) in [
        ("2026-11-04 08:59", false, 0),
        ("2026-11-04 09:00", true, 0),
        ("2026-11-05 18:00", true, 0),
        ("2026-11-05 18:01", true, 2),
    ] {
        assert_eq!(
            taken.after_move(&times, at(now)),
            Taken { warned, steps },
            "{now}"
        );
    }
    // It may be overdue at once when the calendar brings it forward: the next thing to do lies in the past.
    let next = times.next(Taken::default());
    assert_eq!(next, Some(at("2026-11-04 09:00")));
}

#[test]
fn rul_4_a_plan_keeps_the_limits_of_the_case_s_day() {
    let duty = Duty {
        code: "test.duty",
        clause: Clause("LKP-4"),
        limit: "lookup.grant.default-days",
        warn: Some("lookup.grant.default-days"),
        overdue: &[Consequence {
            step: OverdueStep::Escalation,
            after: Some("lookup.grant.max-days"),
            to: Some(Role::GeneralManager),
        }],
    };
    let from = "2026-06-01".parse().unwrap();
    let value = serde_json::json!(5);
    let values = [("lookup.grant.default-days", from, &value)];
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), values).unwrap();
    for (on, days) in [("2026-05-31", 7), ("2026-06-01", 5)] {
        let plan = duty.plan(&rulebook.on(on.parse().unwrap())).unwrap();
        assert_eq!(plan.limit, span(days, SpanUnit::Days));
        assert_eq!(plan.warn, Some(plan.limit));
        assert_eq!(plan.overdue[0].after, span(30, SpanUnit::Days));
        let kept = serde_json::to_value(&plan).unwrap();
        assert_eq!(serde_json::from_value::<Plan>(kept).unwrap(), plan);
    }
    let wrong = Duty {
        limit: "complaint.decision",
        ..duty
    };
    assert!(wrong.plan(&rulebook.on(from)).is_err());
}

#[test]
fn org_6_why_it_is_due_is_told_in_three_languages() {
    let calendar = china();
    let plan = plan(2, SpanUnit::WorkingDays);
    let line = |entry: Entry| Line {
        entry,
        by: None,
        reason: None,
        due_before: None,
    };
    let lines = [
        Line {
            by: Some("刘洋".to_owned()),
            ..line(entry("2026-02-13 10:00", Started))
        },
        Line {
            reason: Some("samples".to_owned()),
            ..line(entry("2026-02-14 11:00", Paused))
        },
        Line {
            due_before: Some(at("2026-02-24 18:00")),
            ..line(entry("2026-02-24 11:00", Resumed))
        },
    ];
    let ends = |plan: &Plan, lines: &[Line]| {
        let entries: Vec<_> = lines.iter().map(|line| line.entry).collect();
        due(plan, &entries)
    };
    let told = |language| {
        let calendar = &calendar;
        let (spoken, clause) = (Spoken { language, calendar }, Clause("CMP-6"));
        explain(spoken, clause, &plan, &lines, ends(&plan, &lines))
    };
    assert_eq!(
        told(Language::En),
        [
            "CMP-6 gives 2 working days; they end at the close of the last.",
            "It started at 2026-02-13 10:00 by 刘洋.",
            "Days off, not counted: 2026-02-15 – 2026-02-23 Spring Festival.",
            "Make-up working days, counted: 2026-02-14 Spring Festival.",
            "Its time stood still from 2026-02-14 11:00 (samples).",
            "Its time ran again from 2026-02-24 11:00; what lay between was added at the end.",
            "So it is due at 2026-02-25 18:00.",
        ]
    );
    for (language, last) in [
        (Language::ZhCn, "因此期限为 2026-02-25 18:00。"),
        (Language::ZhTw, "因此期限為 2026-02-25 18:00。"),
    ] {
        let told = told(language);
        assert_eq!(told.len(), 7);
        assert_eq!(told[6], last);
        assert!(
            told.iter()
                .all(|line| !line.contains("deadline.") && !line.contains('{'))
        );
    }
    // The end of a day is told as such.
    let days = Plan {
        limit: span(3, SpanUnit::Days),
        ..plan.clone()
    };
    let spoken = Spoken {
        language: Language::En,
        calendar: &calendar,
    };
    let first = &lines[..1];
    let told = explain(spoken, Clause("CMP-6"), &days, first, ends(&days, first));
    assert_eq!(told[2], "So it is due at 2026-02-16 24:00.");
    assert_eq!(told.len(), 3);
}

prop_compose! {
    /// A ledger in which pauses and extensions follow each other by chance.
    fn ledgers()(
        hours in prop::collection::vec((1_i64..72, 0_u8..2, 1_u32..5), 0..8),
        unit in prop::sample::select(SpanUnit::ALL.to_vec()),
    ) -> Vec<Entry> {
        let mut now = at("2026-02-02 10:00");
        let mut entries = vec![Entry { at: now, kind: Started, span: None }];
        for (after, what, count) in hours {
            now += chrono::Duration::hours(after);
            if what == 0 {
                entries.push(Entry { at: now, kind: Paused, span: None });
                now += chrono::Duration::hours(after);
                entries.push(Entry { at: now, kind: Resumed, span: None });
            } else {
                entries.push(Entry { at: now, kind: Extended, span: Some(span(count, unit)) });
            }
        }
        entries
    }
}

proptest! {
    #[test]
    fn org_6_no_entry_brings_a_deadline_forward(
        entries in ledgers(), count_ in 1_u32..20, unit in prop::sample::select(SpanUnit::ALL.to_vec()),
    ) {
        let plan = plan(count_, unit);
        let mut before = due(&plan, &entries[..1]);
        prop_assert!(before > entries[0].at);
        for many in 2..=entries.len() {
            let after = due(&plan, &entries[..many]);
            prop_assert!(after >= before);
            before = after;
        }
    }

    #[test]
    fn org_6_every_step_is_taken_exactly_once_however_often_one_looks(
        entries in ledgers(), hours in prop::collection::vec(0_i64..200, 1..30),
    ) {
        let plan = plan(3, SpanUnit::WorkingDays);
        let times = count(&china(), &plan, &entries).unwrap();
        let (mut now, mut taken) = (entries[0].at, Taken::default());
        let mut steps = Vec::new();
        let mut warnings = 0;
        for after in hours.into_iter().chain([10_000]) {
            now += chrono::Duration::hours(after);
            let agenda = agenda(&plan, &times, taken, now);
            prop_assert!(agenda.next.is_none_or(|next| next > now));
            warnings += usize::from(agenda.warn);
            steps.extend(agenda.steps);
            taken = agenda.taken;
        }
        prop_assert!(warnings <= 1);
        prop_assert_eq!(steps, plan.overdue);
    }
}
