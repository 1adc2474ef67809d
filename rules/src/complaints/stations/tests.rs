//! The order of stations, their clocks and what they refuse.

use crate::rulebook::{Regulations, Rulebook};
use crate::vocabulary::SpanUnit;

use super::*;

/// What a case takes by the limits of its stations, in half days.
fn halves(market: Market, needs_research: bool) -> u32 {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    let rulebook = rulebook.on("2026-06-01".parse().unwrap());
    way(needs_research)
        .filter(|station| !counts_within_the_one_before(*station))
        .map(|station| {
            let limit = rulebook.span(duty(station, market).limit).unwrap();
            match limit.unit {
                SpanUnit::HalfDays => limit.count,
                _ => limit.count * 2,
            }
        })
        .sum()
}

#[test]
fn cmp_19_the_stations_add_up_to_the_closing_limit() {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    let rulebook = rulebook.on("2026-06-01".parse().unwrap());
    for (market, days) in [(Market::Domestic, 13), (Market::Foreign, 17)] {
        assert_eq!(rulebook.span(closing(market).limit).unwrap().count, days);
        assert_eq!(halves(market, true), days * 2);
        // Research and development skipped, its day lapses.
        assert_eq!(halves(market, false), days * 2 - 2);
    }
}

#[test]
fn cmp_6_every_station_is_on_the_way_once_and_research_only_where_asked() {
    let all: Vec<Station> = way(true).collect();
    assert_eq!(all, Station::ALL);
    let without: Vec<Station> = way(false).collect();
    assert_eq!(without.len() + 1, all.len());
    assert!(!without.contains(&Station::Research));
    assert_eq!(next(Station::Instruction, true), Some(Station::Research));
    assert_eq!(
        next(Station::Instruction, false),
        Some(Station::OfficeCheck)
    );
    assert_eq!(next(Station::BusinessHandling, false), None);
}

#[test]
fn cmp_19_what_counts_within_the_one_before_has_its_clock() {
    let clocks = Station::ALL.iter().map(|station| clock_of(*station));
    let own: Vec<Station> = clocks.collect();
    let wanted = [
        Station::OfficeAcceptance,
        Station::QualityAnalysis,
        Station::Manufacturing,
        Station::Manufacturing,
        Station::Research,
        Station::Manufacturing,
        Station::BusinessProposal,
        Station::BusinessProposal,
        Station::OfficeSummary,
        Station::OfficeSummary,
        Station::BusinessHandling,
    ];
    assert_eq!(own, wanted);
    for market in [Market::Domestic, Market::Foreign] {
        for station in Station::ALL {
            assert_eq!(duty(*station, market), duty(clock_of(*station), market));
        }
    }
}

#[test]
fn cmp_6_sent_back_only_to_an_earlier_station_with_its_own_clock() {
    for needs_research in [true, false] {
        let way: Vec<Station> = way(needs_research).collect();
        for (at, here) in way.iter().enumerate() {
            for to in Station::ALL {
                let fits = way
                    .iter()
                    .take(at)
                    .any(|before| before == to && !counts_within_the_one_before(*before));
                let sent = check_send_back(*here, Some(*to), needs_research, " 不清 ");
                let decided = *here == Station::BusinessHandling;
                assert_eq!(sent.is_ok(), fits && !decided, "{here:?} {to:?}");
                if let Ok((_, reason)) = sent {
                    assert_eq!(reason, "不清");
                }
            }
        }
    }
    let back = |here| check_send_back(here, None, false, "x").map(|(to, _)| to);
    assert_eq!(back(Station::OfficeCheck), Ok(Station::Manufacturing));
    assert_eq!(back(Station::Decision), Ok(Station::OfficeSummary));
    assert_eq!(back(FIRST).unwrap_err()[0].code, Code::WrongState);
    let silent = check_send_back(Station::Decision, None, false, " ").unwrap_err();
    assert_eq!(
        (silent[0].code, silent[0].clause),
        (Code::Required, Some(CMP_6))
    );
}

#[test]
fn cmp_13_only_a_conclusion_of_the_same_customer_is_not_accepted() {
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for state in ComplaintState::ALL {
        let concluded = matches!(state, ComplaintState::Decided | ComplaintState::Closed);
        let checked = check_follows((one, *state), one);
        assert_eq!(checked.is_ok(), concluded, "{state:?}");
        let code = check_follows((one, *state), other).unwrap_err().code;
        assert_eq!(code, Code::InvalidInput);
    }
}
