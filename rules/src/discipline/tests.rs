//! Shares, ladder, fines and procedure at their edges.

use proptest::prelude::*;

use super::shares::{Bearer, GroupSplit, Share, check_shares, liabilities, personal};
use super::*;
use crate::kit::portions::WHOLE;
use crate::rulebook::{Regulations, Rulebook};
use crate::vocabulary::DisciplineGround;

fn yuan(text: &str) -> Fen {
    text.parse().unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn with_rulebook<T>(ask: impl FnOnce(&RulebookOn<'_>) -> T) -> T {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    ask(&rulebook.on("2026-06-01".parse().unwrap()))
}

fn person(n: u128, percent: i64) -> Share {
    let bearer = Bearer::Person(id(n));
    Share { bearer, percent }
}

fn group(n: u128, split: GroupSplit, percent: i64) -> Share {
    let group = id(n);
    Share {
        bearer: Bearer::Group { group, split },
        percent,
    }
}

fn subject(base_points: i32, bonus: &str) -> Subject {
    Subject {
        employee: id(1),
        base_points,
        bonus: yuan(bonus),
    }
}

fn proposed(liability: &str) -> Option<Proposal> {
    with_rulebook(|rulebook| propose(subject(3, "5000.00"), yuan(liability), rulebook).unwrap())
}

fn places(shares: &[Share]) -> Vec<(Code, String)> {
    let refusals = check_shares(shares).unwrap_err().into_iter();
    refusals.map(|r| (r.code, r.path.join("."))).collect()
}

#[test]
fn dis_1_one_alone_bears_all() {
    assert!(check_shares(&[person(1, WHOLE)]).is_ok());
    let sheet = liabilities(yuan("123.45"), &[person(1, WHOLE)]).unwrap();
    assert_eq!(personal(&sheet), [(id(1), yuan("123.45"))]);
}

#[test]
fn dis_1_shares_add_up_to_exactly_100_per_cent() {
    assert!(check_shares(&[person(1, 6_000), person(2, 4_000)]).is_ok());
    for second in [3_999, 4_001] {
        let refusals = check_shares(&[person(1, 6_000), person(2, second)]).unwrap_err();
        assert_eq!(refusals.len(), 1);
        assert_eq!(
            (
                refusals[0].code,
                refusals[0].clause,
                refusals[0].path.join(".")
            ),
            (
                Code::SharesNot100,
                Some(Clause("DIS-1")),
                "shares".to_owned()
            )
        );
        let sum = Fen::new(6_000 + second).to_string();
        assert_eq!(refusals[0].params, [("sum", sum)]);
        assert_eq!(
            refusals[0].remedy.as_ref().unwrap().key,
            RemedyKey::AdjustShares
        );
    }
    assert_eq!(places(&[]), [(Code::SharesNot100, "shares".to_owned())]);
}

#[test]
fn dis_1_a_share_is_above_nothing_and_its_bearer_stands_once() {
    let refused = places(&[person(1, 0), person(1, WHOLE)]);
    assert_eq!(
        refused,
        [
            (Code::OutOfRange, "shares.0.percent".to_owned()),
            (Code::InvalidInput, "shares.1.bearer".to_owned())
        ]
    );
    let negative = places(&[person(1, -1), person(2, WHOLE + 1)]);
    assert_eq!(negative.len(), 2);
    // The same id may be that of a group and that of a person.
    let by_points = GroupSplit::BasePoints(vec![(id(1), 1)]);
    assert!(check_shares(&[person(5, 5_000), group(5, by_points, 5_000)]).is_ok());
}

#[test]
fn dis_1_a_group_is_split_by_base_points_unless_decided_otherwise() {
    let members = vec![(id(1), 3), (id(2), 1), (id(3), 0)];
    let by_points = GroupSplit::BasePoints(members);
    let sheet = liabilities(yuan("100.00"), &[group(9, by_points, WHOLE)]).unwrap();
    assert_eq!(
        personal(&sheet),
        [(id(1), yuan("75.00")), (id(2), yuan("25.00"))]
    );
    let decided = |second| GroupSplit::Decided(vec![(id(1), 1_000), (id(2), second)]);
    let sheet = liabilities(yuan("100.00"), &[group(9, decided(9_000), WHOLE)]).unwrap();
    assert_eq!(
        personal(&sheet),
        [(id(1), yuan("10.00")), (id(2), yuan("90.00"))]
    );
    assert_eq!(
        places(&[group(9, decided(8_999), WHOLE)]),
        [(Code::SharesNot100, "shares.0.members".to_owned())]
    );
}

#[test]
fn dis_1_a_group_has_members_to_split_among() {
    let place = "shares.0.members".to_owned();
    for members in [vec![], vec![(id(1), 0)]] {
        let group = group(9, GroupSplit::BasePoints(members), WHOLE);
        assert_eq!(places(&[group]), [(Code::Required, place.clone())]);
    }
    let twice = GroupSplit::BasePoints(vec![(id(1), 1), (id(1), 1)]);
    assert_eq!(
        places(&[group(9, twice, WHOLE)]),
        [(Code::InvalidInput, place.clone())]
    );
    let below = GroupSplit::Decided(vec![(id(1), -1), (id(2), WHOLE + 1)]);
    assert_eq!(
        places(&[group(9, below, WHOLE)]),
        [(Code::OutOfRange, place)]
    );
}

#[test]
fn dis_1_third_parties_and_the_company_bear_without_discipline() {
    let shares = [
        Share {
            bearer: Bearer::ThirdParty(id(7)),
            percent: 3_000,
        },
        Share {
            bearer: Bearer::Company,
            percent: 2_000,
        },
        person(1, 5_000),
    ];
    let sheet = liabilities(yuan("1000.00"), &shares).unwrap();
    assert_eq!(personal(&sheet), [(id(1), yuan("500.00"))]);
    let borne: Vec<_> = sheet.lines.iter().map(|l| (l.of, l.amount())).collect();
    assert_eq!(borne[0], (Some(id(7)), Some(yuan("300.00"))));
    assert_eq!(borne[1], (None, Some(yuan("200.00"))));
}

#[test]
fn dis_1_a_person_answers_for_his_own_share_and_for_his_part_of_the_group() {
    let by_points = GroupSplit::BasePoints(vec![(id(1), 1), (id(2), 1)]);
    let shares = [person(1, 2_500), group(9, by_points, 7_500)];
    let sheet = liabilities(yuan("100.01"), &shares).unwrap();
    // 25.0025 and 75.0075: 25.00 and 75.01; of the 75.01 37.505 each, one fen too many taken from the first.
    assert_eq!(
        personal(&sheet),
        [(id(1), yuan("62.50")), (id(2), yuan("37.51"))]
    );
    let last = sheet.lines.last().unwrap();
    assert_eq!(
        (last.step, last.of),
        (SheetStep::PersonalLiability, Some(id(2)))
    );
}

#[test]
fn dis_1_a_loss_below_zero_is_nobodys() {
    let refusals = liabilities(yuan("-0.01"), &[person(1, WHOLE)]).unwrap_err();
    assert_eq!(refusals[0].code, Code::OutOfRange);
    let sheet = liabilities(Fen::ZERO, &[person(1, WHOLE)]).unwrap();
    assert!(personal(&sheet).is_empty());
}

#[test]
fn dis_2_the_ladder_at_its_bounds() {
    use DisciplineGrade::*;
    assert_eq!(proposed("0.00"), None);
    for (liability, grade) in [
        ("0.01", SelfCriticism),
        ("10000.00", SelfCriticism),
        ("10000.01", Reprimand),
        ("50000.00", Reprimand),
        ("50000.01", ReprimandTwice),
        ("100000.00", ReprimandTwice),
        ("100000.01", MinorDemerit),
        ("200000.00", MinorDemerit),
        ("200000.01", MinorDemeritTwice),
        ("400000.00", MinorDemeritTwice),
        ("400000.01", MajorDemerit),
        ("1000000.00", MajorDemerit),
        ("1000000.01", MajorDemeritTwice),
    ] {
        let proposal = proposed(liability).unwrap();
        assert_eq!(proposal.grade, grade, "{liability}");
        assert_eq!(proposal.sheet.lines[0].result, Figure::word(grade));
    }
}

#[test]
fn dis_2_the_ladder_of_the_rulebook_is_the_ladder_of_the_grades() {
    with_rulebook(|rulebook| {
        let rows = rulebook.brackets(LADDER).unwrap().rows().iter();
        let rows: Vec<_> = rows
            .map(|(row, _)| row.to_uppercase().replace('-', "_"))
            .collect();
        let grades: Vec<_> = DisciplineGrade::ALL
            .iter()
            .map(|grade| grade.as_str())
            .collect();
        assert_eq!(rows, grades);
    });
}

#[test]
fn dis_2_the_supervisor_is_punished_one_grade_lower() {
    use DisciplineGrade::*;
    for (grade, supervisors) in [
        (SelfCriticism, None),
        (Reprimand, None),
        (ReprimandTwice, None),
        (MinorDemerit, Some(ReprimandTwice)),
        (MinorDemeritTwice, Some(MinorDemerit)),
        (MajorDemerit, Some(MinorDemeritTwice)),
        (MajorDemeritTwice, None),
    ] {
        assert_eq!(supervisor_grade(grade), supervisors, "{grade}");
        let joint = with_rulebook(|rulebook| {
            propose_jointly(subject(2, "900.00"), grade, rulebook).unwrap()
        });
        assert_eq!(joint.map(|proposal| proposal.grade), supervisors);
    }
}

#[test]
fn dis_3_a_finding_has_one_of_fifteen_grounds() {
    assert_eq!(DisciplineGround::ALL.len(), 15);
    assert_eq!(DisciplineGround::ALL.last(), Some(&DisciplineGround::Other));
}

#[test]
fn dis_4_each_grade_has_its_floor() {
    for (liability, floor) in [
        ("1.00", "200.00"),
        ("50000.00", "400.00"),
        ("100000.00", "800.00"),
        // Three base points.
        ("200000.00", "2400.00"),
        ("400000.00", "4800.00"),
        // The whole bonus.
        ("1000000.00", "5000.00"),
        ("1000000.01", "5000.00"),
    ] {
        let proposal = proposed(liability).unwrap();
        assert_eq!(proposal.sheet.amount(), Some(yuan(floor)), "{liability}");
        assert!(check_fine(yuan(floor), &proposal).is_ok());
        let below = check_fine(yuan(floor).checked_sub(Fen::new(1)).unwrap(), &proposal);
        let below = below.unwrap_err();
        assert_eq!(
            (below[0].code, below[0].path.join(".")),
            (Code::OutOfRange, "amount".to_owned())
        );
    }
}

#[test]
fn dis_4_the_decider_sets_more_where_the_figure_is_a_floor() {
    for (liability, more) in [
        ("1.00", false),
        ("50000.00", true),
        ("100000.00", true),
        ("200000.00", true),
        ("400000.00", true),
        ("1000000.00", false),
        ("1000000.01", false),
    ] {
        let proposal = proposed(liability).unwrap();
        let floor = proposal.sheet.amount().unwrap();
        let above = check_fine(floor.checked_add(Fen::new(1)).unwrap(), &proposal);
        assert_eq!(above.is_ok(), more, "{liability}");
    }
}

#[test]
fn dis_4_a_floor_beyond_what_can_be_kept_is_the_most_that_can() {
    let fines = Fines {
        self_criticism: Fen::ZERO,
        warning: Fen::ZERO,
        minor_demerit: Fen::MAX,
    };
    let line = |points| {
        fine(
            DisciplineGrade::MinorDemeritTwice,
            subject(points, "1.00"),
            fines,
        )
    };
    assert_eq!(line(2).amount(), Some(Fen::MAX));
    assert_eq!(line(-1).amount(), Some(Fen::ZERO));
}

#[test]
fn dis_5_the_person_is_heard_or_refuses() {
    assert_eq!(
        check_hearing(Some(" 不是我 "), false),
        Ok(Hearing::Statement("不是我".to_owned()))
    );
    assert_eq!(check_hearing(None, true), Ok(Hearing::Refused));
    let codes = |statement, refused| check_hearing(statement, refused).unwrap_err()[0].code;
    assert_eq!(codes(Some("不是我"), true), Code::InvalidInput);
    assert_eq!(codes(Some(" "), false), Code::Required);
    assert_eq!(codes(None, false), Code::Required);
}

#[test]
fn dis_5_a_petition_comes_after_the_hearing_with_the_departments_concerned() {
    assert!(check_petition(Some(&Hearing::Refused), &[id(1)]).is_ok());
    let unheard = check_petition(None, &[id(1)]).unwrap_err();
    assert_eq!(
        (unheard[0].detail, unheard[0].clause),
        (Some(Detail::NotHeard), Some(DIS_5))
    );
    let alone = check_petition(Some(&Hearing::Refused), &[]).unwrap_err();
    assert_eq!(alone[0].path, ["departments"]);
    assert_eq!(APPROVER, Role::GeneralManager);
}

#[test]
fn dis_5_a_name_is_published_only_by_a_yes_of_its_own() {
    assert!(is_named(true, Some(true)));
    assert!(!is_named(true, Some(false)));
    assert!(!is_named(true, None));
    assert!(!is_named(false, Some(true)));
}

#[test]
fn dis_6_the_list_is_due_on_the_10th_of_the_next_month() {
    let due = |day: &str| with_rulebook(|rulebook| list_due(day.parse().unwrap(), rulebook));
    assert_eq!(due("2026-06-01").unwrap().to_string(), "2026-07-10");
    assert_eq!(due("2026-06-30").unwrap().to_string(), "2026-07-10");
    assert_eq!(due("2026-12-31").unwrap().to_string(), "2027-01-10");
}

/// Shares of up to ten bearers that add up to the whole, some of them groups.
fn shares() -> impl Strategy<Value = Vec<Share>> {
    let bearer = (1_i64..1_000, prop::collection::vec(0_i32..50, 0..6));
    prop::collection::vec(bearer, 1..10).prop_map(|bearers| {
        let all: i64 = bearers.iter().map(|(weight, _)| weight).sum();
        let count = i64::try_from(bearers.len()).unwrap();
        let mut left = WHOLE;
        let mut shares = Vec::new();
        for (place, (weight, points)) in bearers.iter().enumerate() {
            let place = u128::try_from(place).unwrap();
            let last = shares.len() + 1 == bearers.len();
            // One hundredth for each at the least, the last takes what is left.
            let part = if last {
                left
            } else {
                1 + (WHOLE - count) * weight / all
            };
            left -= part;
            shares.push(if points.iter().any(|points| *points > 0) {
                let members = (0..)
                    .map(|n| id(1_000 * place + n))
                    .zip(points.iter().copied());
                group(place, GroupSplit::BasePoints(members.collect()), part)
            } else {
                person(place, part)
            });
        }
        shares
    })
}

proptest! {
    #[test]
    fn dis_1_shares_sum_to_100_and_liabilities_to_the_loss(shares in shares(), fen in 0..=Fen::MAX.get()) {
        let loss = Fen::new(fen);
        let sheet = liabilities(loss, &shares).unwrap();
        let sum = |step| {
            let lines = sheet.lines.iter().filter(|line| line.step == step);
            Fen::checked_sum(lines.filter_map(Line::amount)).unwrap()
        };
        prop_assert_eq!(sum(SheetStep::ShareOfLoss), loss);
        prop_assert_eq!(sum(SheetStep::PersonalLiability), loss);
        prop_assert!(sheet.lines.iter().filter_map(Line::amount).all(|part| !part.is_negative()));
    }

    #[test]
    fn dis_2_more_liability_is_never_a_lower_grade(one in 0..200_000_000_i64, more in 0..200_000_000_i64) {
        let grade = |fen| with_rulebook(|rulebook| grade(Fen::new(fen), rulebook).unwrap());
        prop_assert!(grade(one) <= grade(one + more));
    }
}
