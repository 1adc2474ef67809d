use chrono::{DateTime, Duration, FixedOffset, Utc};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant of a local time of China: `2026-11-02 10:15`.
fn at(text: &str) -> DateTime<Utc> {
    let text = format!("{}:00+08:00", text.replace(' ', "T"));
    text.parse::<DateTime<FixedOffset>>().unwrap().to_utc()
}

fn china() -> Calendar<FixedOffset> {
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    Calendar::shipped(zone, Shipped::china().unwrap())
}

fn due(from: &str, count: u32, unit: SpanUnit) -> DateTime<Utc> {
    china().due(at(from), Span { count, unit }).unwrap()
}

fn name(text: &str) -> Translated {
    Translated {
        zh_cn: text.to_owned(),
        zh_tw: text.to_owned(),
        en: text.to_owned(),
    }
}

#[test]
fn org_6_the_shipped_years_are_those_of_the_notices() {
    let shipped = Shipped::china().unwrap();
    let years: Vec<_> = shipped
        .notices()
        .iter()
        .map(|n| (n.year, n.notice.as_str()))
        .collect();
    assert_eq!(
        years,
        [
            (2024, "国办发明电〔2023〕7号"),
            (2025, "国办发明电〔2024〕12号"),
            (2026, "国办发明电〔2025〕7号"),
        ]
    );
    let count = |year: i32, kind| {
        let of = |(on, named): &(&NaiveDate, &NamedDay)| on.year() == year && named.kind == kind;
        shipped.days().iter().filter(of).count()
    };
    for (year, off, on) in [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)] {
        assert_eq!(count(year, DayKind::PublicHoliday), off, "{year}");
        assert_eq!(count(year, DayKind::MakeUp), on, "{year}");
    }
    // A make-up day is always a Saturday or Sunday.
    for (on, named) in shipped.days() {
        let weekend = matches!(on.weekday(), Weekday::Sat | Weekday::Sun);
        assert!(named.kind != DayKind::MakeUp || weekend, "{on}");
    }
}

#[test]
fn org_6_weekends_and_holidays_are_off_and_make_up_days_on() {
    let calendar = china();
    for (on, kind) in [
        ("2026-02-13", DayKind::Working),
        ("2026-02-14", DayKind::MakeUp),
        ("2026-02-15", DayKind::PublicHoliday),
        ("2026-02-23", DayKind::PublicHoliday),
        ("2026-02-24", DayKind::Working),
        ("2026-02-28", DayKind::MakeUp),
        ("2026-03-01", DayKind::Weekend),
        // Not published yet: only weekends.
        ("2027-01-01", DayKind::Working),
    ] {
        assert_eq!(calendar.kind(day(on)), kind, "{on}");
    }
    let named = calendar.named(day("2024-02-10")).unwrap();
    assert_eq!(named.name.zh_cn, "春节");
    assert_eq!(named.notice.as_deref(), Some("国办发明电〔2023〕7号"));
}

#[test]
fn org_6_working_days_end_at_the_close_of_the_nth_after_the_triggering_day() {
    // A Monday, at any hour of it, even before and after work.
    for from in ["2026-11-02 00:00", "2026-11-02 10:15", "2026-11-02 23:59"] {
        assert_eq!(due(from, 1, SpanUnit::WorkingDays), at("2026-11-03 18:00"));
        assert_eq!(due(from, 4, SpanUnit::WorkingDays), at("2026-11-06 18:00"));
        assert_eq!(due(from, 5, SpanUnit::WorkingDays), at("2026-11-09 18:00"));
    }
    // Over the Spring Festival of 2026: 14 and 28 February are worked, 15 to 23 are not.
    assert_eq!(
        due("2026-02-12 09:00", 3, SpanUnit::WorkingDays),
        at("2026-02-24 18:00")
    );
    // None: the first close there is.
    assert_eq!(
        due("2026-11-02 10:15", 0, SpanUnit::WorkingDays),
        at("2026-11-02 18:00")
    );
    assert_eq!(
        due("2026-11-02 18:01", 0, SpanUnit::WorkingDays),
        at("2026-11-03 18:00")
    );
}

#[test]
fn org_6_calendar_days_do_not_roll_over_days_off() {
    assert_eq!(
        due("2026-11-02 10:15", 5, SpanUnit::Days),
        at("2026-11-08 00:00")
    );
    assert_eq!(
        due("2026-09-30 10:15", 1, SpanUnit::Days),
        at("2026-10-02 00:00")
    );
}

#[test]
fn org_6_half_a_day_is_half_the_hours_and_runs_into_the_next_working_morning() {
    for (from, until) in [
        // Half of seven and a half hours: three and three quarters, the lunch left out.
        ("2026-11-02 09:00", "2026-11-02 14:15"),
        ("2026-11-02 12:30", "2026-11-02 17:15"),
        ("2026-11-02 14:15", "2026-11-02 18:00"),
        ("2026-11-02 14:16", "2026-11-03 09:01"),
        ("2026-11-06 17:00", "2026-11-09 11:45"),
        ("2026-11-07 12:00", "2026-11-09 14:15"),
    ] {
        assert_eq!(due(from, 1, SpanUnit::HalfDays), at(until), "{from}");
    }
    assert_eq!(
        due("2026-11-02 14:15", 2, SpanUnit::HalfDays),
        at("2026-11-03 14:15")
    );
    assert_eq!(
        due("2026-11-06 17:00", 2, SpanUnit::WorkingHours),
        at("2026-11-09 10:00")
    );
}

#[test]
fn org_6_hours_are_those_in_force_on_the_day() {
    let mut calendar = china();
    let summer = Hours::new(vec!["08:00-12:00".parse().unwrap()]).unwrap();
    calendar.set_hours(day("2026-05-01"), summer);
    assert_eq!(calendar.hours_on(day("2026-04-30")).minutes(), 450);
    assert_eq!(calendar.hours_on(day("2026-05-01")).minutes(), 240);
    let span = Span {
        count: 1,
        unit: SpanUnit::WorkingDays,
    };
    assert_eq!(
        calendar.due(at("2026-05-05 10:00"), span),
        Ok(at("2026-05-06 12:00"))
    );
}

#[test]
fn org_6_working_windows_are_in_order_and_within_the_day() {
    let hours = |windows: &[&str]| Hours::new(windows.iter().map(|w| w.parse().unwrap()).collect());
    assert!(hours(&["00:00-02:00", "02:00-06:00", "22:00-24:00"]).is_ok());
    for (windows, path) in [
        (&[][..], "windows"),
        (&["09:00-09:00"], "windows.0.until"),
        (&["09:00-12:00", "11:59-18:00"], "windows.1.from"),
    ] {
        let refusals = hours(windows).unwrap_err();
        assert_eq!(refusals.len(), 1);
        assert_eq!(refusals[0].path.join("."), path);
        assert_eq!(refusals[0].clause.map(|c| c.number()), Some("ORG-6"));
    }
    for wrong in [
        "9-12",
        "24:01-24:02",
        "09:60-10:00",
        "-09:00-10:00",
        "09:0-10:00",
        "+9:00-10:00",
    ] {
        assert!(wrong.parse::<Window>().is_err(), "{wrong}");
    }
    assert_eq!(
        "9:05-24:00".parse::<Window>().unwrap().to_string(),
        "09:05-24:00"
    );
}

#[test]
fn org_6_a_prolonged_limit_counts_on_from_the_day_it_ended_on() {
    let calendar = china();
    for (due, count, unit, until) in [
        ("2026-11-08 00:00", 1, SpanUnit::Days, "2026-11-09 00:00"),
        (
            "2026-11-06 18:00",
            1,
            SpanUnit::WorkingDays,
            "2026-11-09 18:00",
        ),
        (
            "2026-11-06 17:00",
            2,
            SpanUnit::WorkingHours,
            "2026-11-09 10:00",
        ),
        (
            "2026-11-06 17:00",
            0,
            SpanUnit::WorkingDays,
            "2026-11-06 17:00",
        ),
    ] {
        let span = Span { count, unit };
        assert_eq!(calendar.prolonged(at(due), span), Ok(at(until)), "{due}");
    }
}

#[test]
fn org_6_a_warning_comes_so_much_before() {
    let calendar = china();
    for (due, count, unit, warn) in [
        ("2026-11-08 00:00", 2, SpanUnit::Days, "2026-11-06 00:00"),
        (
            "2026-11-09 18:00",
            0,
            SpanUnit::WorkingDays,
            "2026-11-09 09:00",
        ),
        (
            "2026-11-09 18:00",
            1,
            SpanUnit::WorkingDays,
            "2026-11-06 09:00",
        ),
        (
            "2026-11-09 10:00",
            2,
            SpanUnit::WorkingHours,
            "2026-11-06 17:00",
        ),
        (
            "2026-11-09 09:30",
            1,
            SpanUnit::HalfDays,
            "2026-11-06 14:45",
        ),
    ] {
        let span = Span { count, unit };
        assert_eq!(
            calendar.ahead_of(at(due), span),
            Ok(at(warn)),
            "{due} {count}"
        );
    }
}

#[test]
fn org_6_a_calendar_without_working_days_is_refused() {
    let mut calendar = china();
    for on in day("2026-01-01").iter_days().take(8000) {
        let named = NamedDay {
            kind: DayKind::CompanyHoliday,
            name: name("closed"),
            notice: None,
        };
        calendar.name_day(on, named);
    }
    let from = at("2026-11-02 10:15");
    for unit in [
        SpanUnit::WorkingDays,
        SpanUnit::HalfDays,
        SpanUnit::WorkingHours,
    ] {
        let span = Span { count: 1, unit };
        assert_eq!(calendar.due(from, span), Err(NoWorkingDay));
        assert_eq!(calendar.prolonged(from, span), Err(NoWorkingDay));
    }
    let far = at("2035-11-02 10:15");
    for unit in [
        SpanUnit::WorkingDays,
        SpanUnit::HalfDays,
        SpanUnit::WorkingHours,
    ] {
        let span = Span { count: 4000, unit };
        assert_eq!(calendar.ahead_of(far, span), Err(NoWorkingDay));
    }
    assert_eq!(calendar.working_days_between(from, far), Ok(0));
    let refusal = Refusal::from(NoWorkingDay);
    assert_eq!(refusal.clause.map(|c| c.number()), Some("ORG-6"));
}

#[test]
fn org_6_a_limit_beyond_the_horizon_is_refused() {
    let calendar = china();
    for unit in [
        SpanUnit::Days,
        SpanUnit::WorkingDays,
        SpanUnit::HalfDays,
        SpanUnit::WorkingHours,
    ] {
        let span = Span {
            count: u32::MAX,
            unit,
        };
        assert_eq!(
            calendar.due(at("2026-11-02 10:15"), span),
            Err(NoWorkingDay)
        );
    }
    let (early, late) = (at("1900-01-01 00:00"), at("2100-01-01 00:00"));
    assert_eq!(
        calendar.working_time_between(early, late),
        Err(NoWorkingDay)
    );
    assert_eq!(
        calendar.working_days_between(early, late),
        Err(NoWorkingDay)
    );
}

prop_compose! {
    /// A calendar of any hours, with any days on and off, in a zone with summer time or without.
    fn calendars()(
        cuts in prop::collection::btree_set(0_u16..=1440, 2..9),
        days in prop::collection::vec((0_u64..60, any::<bool>()), 0..30),
        new_york in any::<bool>(),
    ) -> Calendar<chrono_tz::Tz> {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let windows = cuts.chunks_exact(2).map(|w| Window { from: w[0], until: w[1] }).collect();
        let zone = if new_york { chrono_tz::America::New_York } else { chrono_tz::Asia::Shanghai };
        let mut calendar = Calendar::new(zone, Hours::new(windows).unwrap());
        for (after, working) in days {
            let kind = if working { DayKind::MakeUp } else { DayKind::CompanyHoliday };
            let on = day("2026-02-20") + chrono::Days::new(after);
            calendar.name_day(on, NamedDay { kind, name: name(""), notice: None });
        }
        calendar
    }
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    // Around the change to summer time in New York on 8 March 2026.
    (0_i64..60 * 24 * 60).prop_map(|minutes| at("2026-02-20 00:00") + Duration::minutes(minutes))
}

fn units() -> impl Strategy<Value = SpanUnit> {
    prop::sample::select(SpanUnit::ALL.to_vec())
}

proptest! {
    #[test]
    fn org_6_adding_and_counting_are_inverse(
        calendar in calendars(), from in instants(), minutes in 0_i64..20_000, days in 1_u32..40,
    ) {
        let time = Duration::minutes(minutes);
        // A calendar of one minute a day has no 20 000 of them within the horizon.
        if let Ok(until) = calendar.add_working_time(from, time) {
            prop_assert!(until >= from);
            prop_assert_eq!(calendar.working_time_between(from, until), Ok(time));
        }
        let span = Span { count: days, unit: SpanUnit::WorkingDays };
        let until = calendar.due(from, span).unwrap();
        // Unless work ends at 24:00, the close lies on the last of the days.
        prop_assert_eq!(calendar.working_days_between(from, until - Duration::microseconds(1)), Ok(days));
    }

    #[test]
    fn org_6_a_later_start_and_a_longer_limit_never_end_earlier(
        calendar in calendars(), one in instants(), other in instants(), count in 0_u32..40, more in 0_u32..10, unit in units(),
    ) {
        let (early, late) = (one.min(other), one.max(other));
        let due = |from, count| calendar.due(from, Span { count, unit }).ok();
        if let (Some(first), Some(second), Some(longer)) =
            (due(early, count), due(late, count), due(early, count + more))
        {
            prop_assert!(first >= early);
            prop_assert!(second >= first);
            prop_assert!(longer >= first);
        }
    }

    #[test]
    fn org_6_a_prolonged_limit_is_the_longer_limit(
        calendar in calendars(), from in instants(), count in 1_u32..20, more in 1_u32..10, unit in units(),
    ) {
        let due = calendar.due(from, Span { count, unit });
        let longer = calendar.due(from, Span { count: count + more, unit });
        if let (Ok(due), Ok(longer)) = (due, longer) {
            prop_assert_eq!(calendar.prolonged(due, Span { count: more, unit }), Ok(longer));
        }
    }

    #[test]
    fn org_6_a_warning_comes_before_the_end(
        calendar in calendars(), from in instants(), count in 1_u32..20, ahead in 0_u32..10, unit in units(),
    ) {
        if let Ok(due) = calendar.due(from, Span { count, unit })
            && let Ok(warn) = calendar.ahead_of(due, Span { count: ahead, unit })
        {
            prop_assert!(warn <= due);
        }
    }
}
