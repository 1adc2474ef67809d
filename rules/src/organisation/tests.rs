//! Roles, delegations and departments at their edges.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn now(text: &str) -> Moment {
    Moment {
        at: at(text),
        on: at(text).date_naive(),
    }
}

fn person(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

const ACTIVE: Employment = Employment {
    state: EmploymentState::Active,
    left_on: None,
};

fn assignment() -> Assignment {
    Assignment {
        employee: person(1),
        from_on: on("2026-03-01"),
        until_on: Some(on("2026-03-31")),
        ended_at: None,
    }
}

fn delegation() -> Delegation {
    Delegation {
        from_at: at("2026-03-10T08:00:00Z"),
        until_at: at("2026-03-20T08:00:00Z"),
        ended_at: None,
        max_amount: None,
    }
}

#[test]
fn org_3_a_role_is_held_from_its_first_to_its_last_day() {
    let held = assignment();
    assert!(!held.is_in_force(now("2026-02-28T23:59:59Z")));
    assert!(held.is_in_force(now("2026-03-01T00:00:00Z")));
    assert!(held.is_in_force(now("2026-03-31T23:59:59Z")));
    assert!(!held.is_in_force(now("2026-04-01T00:00:00Z")));
    let ended = Assignment {
        ended_at: Some(at("2026-03-15T12:00:00Z")),
        ..held
    };
    assert!(ended.is_in_force(now("2026-03-15T11:59:59Z")));
    assert!(!ended.is_in_force(now("2026-03-15T12:00:00Z")));
    let open = Assignment {
        until_on: None,
        ..held
    };
    assert!(open.is_in_force(now("2099-01-01T00:00:00Z")));
}

#[test]
fn org_3_an_assignment_does_not_end_before_it_begins() {
    assert!(check_assignment(on("2026-03-01"), Some(on("2026-03-01"))).is_ok());
    let refusal = check_assignment(on("2026-03-01"), Some(on("2026-02-28"))).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::OutOfRange, Some(Clause("ORG-3")))
    );
}

#[test]
fn org_3_the_last_administrator_and_the_last_general_manager_stay() {
    for role in [Role::SystemAdministrator, Role::GeneralManager] {
        let refusal = check_end_of_assignment(role, 0).unwrap_err();
        assert_eq!(refusal.code, Code::LastHolder);
        assert!(check_end_of_assignment(role, 1).is_ok());
    }
    assert!(check_end_of_assignment(Role::Salesperson, 0).is_ok());
}

#[test]
fn org_4_a_delegation_ends_by_itself() {
    let given = delegation();
    let is_in_force = |given: &Delegation, moment| {
        given.is_in_force(&assignment(), &ACTIVE, &ACTIVE, now(moment))
    };
    assert!(!is_in_force(&given, "2026-03-10T07:59:59Z"));
    assert!(is_in_force(&given, "2026-03-10T08:00:00Z"));
    assert!(is_in_force(&given, "2026-03-20T07:59:59Z"));
    assert!(!is_in_force(&given, "2026-03-20T08:00:00Z"));
    let ended = Delegation {
        ended_at: Some(at("2026-03-12T00:00:00Z")),
        ..given
    };
    assert!(!is_in_force(&ended, "2026-03-12T00:00:00Z"));
}

#[test]
fn org_4_a_delegation_ends_with_the_role_it_stands_on() {
    let ended = Assignment {
        until_on: Some(on("2026-03-11")),
        ..assignment()
    };
    assert!(delegation().is_in_force(&ended, &ACTIVE, &ACTIVE, now("2026-03-11T23:00:00Z")));
    assert!(!delegation().is_in_force(&ended, &ACTIVE, &ACTIVE, now("2026-03-12T00:00:00Z")));
}

#[test]
fn org_4_a_cap_covers_up_to_its_amount() {
    let capped = Delegation {
        max_amount: Some(Fen::new(5_000_000)),
        ..delegation()
    };
    assert!(capped.covers(Some(Fen::new(5_000_000))));
    assert!(!capped.covers(Some(Fen::new(5_000_001))));
    assert!(capped.covers(None));
    assert!(delegation().covers(Some(Fen::MAX)));
}

#[test]
fn org_7_a_leavers_delegations_end_at_once() {
    let left = Employment {
        state: EmploymentState::Left,
        left_on: None,
    };
    assert!(!delegation().is_in_force(&assignment(), &left, &ACTIVE, now("2026-03-11T00:00:00Z")));
    assert!(!delegation().is_in_force(&assignment(), &ACTIVE, &left, now("2026-03-11T00:00:00Z")));
}

#[test]
fn org_7_employment_ends_with_its_last_day() {
    let leaving = Employment {
        state: EmploymentState::Active,
        left_on: Some(on("2026-03-15")),
    };
    assert!(!leaving.has_ended(on("2026-03-15")));
    assert!(leaving.has_ended(on("2026-03-16")));
    assert!(!ACTIVE.has_ended(on("2099-01-01")));
    let moved = Employment {
        state: EmploymentState::Transferred,
        left_on: None,
    };
    assert!(!moved.has_ended(on("2026-03-16")));
}

fn new(assignment: &Assignment) -> NewDelegation<'_> {
    NewDelegation {
        assignment,
        delegator: person(1),
        held_by_delegation: false,
        delegate: person(2),
        delegate_employment: ACTIVE,
        from_at: at("2026-03-10T00:00:00Z"),
        until_at: at("2026-03-12T00:00:00Z"),
        max_amount: None,
        reason: " 出差 ",
    }
}

fn codes(new: &NewDelegation<'_>, moment: &str) -> Vec<(Code, Option<Detail>)> {
    let refusals = check_delegation(new, now(moment)).unwrap_err();
    refusals
        .into_iter()
        .map(|refusal| (refusal.code, refusal.detail))
        .collect()
}

#[test]
fn org_4_a_delegation_is_not_delegated_on() {
    let held = assignment();
    let today = "2026-03-09T00:00:00Z";
    assert_eq!(
        check_delegation(&new(&held), now(today)),
        Ok("出差".to_owned())
    );
    let chained = NewDelegation {
        held_by_delegation: true,
        ..new(&held)
    };
    assert_eq!(codes(&chained, today), [(Code::DelegationChained, None)]);
    let others = NewDelegation {
        delegator: person(3),
        ..new(&held)
    };
    assert_eq!(codes(&others, today), [(Code::RoleNotHeld, None)]);
    let ended = Assignment {
        ended_at: Some(at("2026-03-02T00:00:00Z")),
        ..held
    };
    assert_eq!(codes(&new(&ended), today), [(Code::RoleNotHeld, None)]);
}

#[test]
fn org_4_a_delegation_states_period_person_and_reason() {
    let held = assignment();
    let faulty = NewDelegation {
        delegate: person(1),
        until_at: at("2026-03-10T00:00:00Z"),
        max_amount: Some(Fen::new(-1)),
        reason: " ",
        ..new(&held)
    };
    assert_eq!(
        codes(&faulty, "2026-03-09T00:00:00Z"),
        [
            (Code::InvalidInput, Some(Detail::DelegateIsDelegator)),
            (Code::OutOfRange, Some(Detail::PeriodBackwards)),
            (Code::OutOfRange, Some(Detail::NegativeAmount)),
            (Code::Required, None),
        ]
    );
    assert_eq!(
        codes(&new(&held), "2026-03-12T00:00:00Z"),
        [(Code::OutOfRange, Some(Detail::PeriodOver))]
    );
    let left = Employment {
        state: EmploymentState::Left,
        left_on: None,
    };
    let to_leaver = NewDelegation {
        delegate_employment: left,
        ..new(&held)
    };
    assert_eq!(
        codes(&to_leaver, "2026-03-09T00:00:00Z"),
        [(Code::InvalidInput, Some(Detail::EmploymentEnded))]
    );
}

#[test]
fn org_1_sections_and_groups_stand_below_departments() {
    use DepartmentTier::{Department, Group, Section};
    for (tier, parent, fits) in [
        (Department, None, true),
        (Department, Some(Department), true),
        (Section, Some(Department), true),
        (Group, Some(Department), true),
        (Group, Some(Section), true),
        (Department, Some(Section), false),
        (Section, Some(Section), false),
        (Section, None, false),
        (Group, None, false),
        (Group, Some(Group), false),
    ] {
        assert_eq!(
            check_tier(tier, parent).is_ok(),
            fits,
            "{tier} below {parent:?}"
        );
    }
}

#[test]
fn org_1_the_tree_has_no_rings() {
    assert!(check_no_cycle(person(1), &[person(3), person(2)]).is_ok());
    let refusal = check_no_cycle(person(1), &[person(3), person(1)]).unwrap_err();
    assert_eq!(refusal.detail, Some(Detail::DepartmentCycle));
    assert!(check_no_cycle(person(1), &[person(1)]).is_err());
}

#[test]
fn lkp_1_the_home_department_is_the_nearest_department() {
    use DepartmentTier::{Department, Group, Section};
    let path = [
        (person(4), Group),
        (person(3), Section),
        (person(2), Department),
        (person(1), Department),
    ];
    assert_eq!(home_department(&path), Some(person(2)));
    assert_eq!(home_department(&path[2..]), Some(person(2)));
    assert_eq!(home_department(&path[..2]), Some(person(3)));
    assert_eq!(home_department(&[]), None);
}

#[test]
fn org_2_states_follow_each_other() {
    use crate::vocabulary::EmploymentState::{Active, Left, Probation, Transferred};
    let change = |from, to, day: &str| {
        let not_before = Some(on("2026-03-01"));
        let change = ChangeOfState {
            from,
            to,
            on: on(day),
            not_before,
        };
        check_change_of_state(change, on("2026-03-10"))
            .err()
            .map(|refusals| {
                refusals
                    .iter()
                    .map(|r| (r.code, r.path.clone()))
                    .collect::<Vec<_>>()
            })
    };
    for (from, to) in [
        (Probation, Active),
        (Probation, Transferred),
        (Probation, Left),
        (Active, Transferred),
        (Active, Left),
        (Transferred, Active),
        (Transferred, Transferred),
        (Transferred, Left),
    ] {
        assert_eq!(change(from, to, "2026-03-10"), None, "{from} {to}");
        assert_eq!(change(from, to, "2026-03-01"), None, "{from} {to}");
        let early = Some(vec![(Code::OutOfRange, vec!["on".to_owned()])]);
        assert_eq!(change(from, to, "2026-02-28"), early, "{from} {to}");
        // Only the last day of employment may be told beforehand.
        let ahead = if to == Left { None } else { early };
        assert_eq!(change(from, to, "2026-03-11"), ahead, "{from} {to}");
    }
    let wrong = Some(vec![(Code::WrongState, vec!["state".to_owned()])]);
    for (from, to) in [
        (Left, Active),
        (Left, Left),
        (Active, Probation),
        (Active, Active),
    ] {
        assert_eq!(change(from, to, "2026-03-10"), wrong, "{from} {to}");
    }
}
