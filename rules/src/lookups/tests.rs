//! Lookups at their edges.

use chrono::FixedOffset;
use proptest::prelude::*;

use super::*;
use crate::rulebook::{Regulations, Rulebook};
use crate::vocabulary::ArchiveSection::{Contacts, Notes, Profile};

const LIMITS: Limits = Limits {
    default_days: 7,
    max_days: 30,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap()
}

#[test]
fn lkp_1_own_department_goes_to_its_manager() {
    let home = Uuid::from_u128(1);
    assert_eq!(route(home, home), LookupRoute::OwnDepartment);
    assert_eq!(
        approver(LookupRoute::OwnDepartment),
        Role::DepartmentManager
    );
    assert_eq!(clause(LookupRoute::OwnDepartment), Clause("LKP-1"));
}

#[test]
fn lkp_2_another_department_goes_to_the_general_manager() {
    assert_eq!(
        route(Uuid::from_u128(1), Uuid::from_u128(2)),
        LookupRoute::OtherDepartment
    );
    assert_eq!(approver(LookupRoute::OtherDepartment), Role::GeneralManager);
    assert_eq!(clause(LookupRoute::OtherDepartment), Clause("LKP-2"));
}

#[test]
fn lkp_4_the_limits_are_the_rulebooks() {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    assert_eq!(
        Limits::on(&rulebook.on("2026-03-01".parse().unwrap())).unwrap(),
        LIMITS
    );
}

#[test]
fn lkp_4_a_request_runs_from_one_to_the_most_days() {
    let days =
        |days| check_request(Profile.into(), "准备投标", days, LIMITS).map(|request| request.days);
    assert_eq!(days(None), Ok(7));
    assert_eq!(days(Some(1)), Ok(1));
    assert_eq!(days(Some(30)), Ok(30));
    for beyond in [0, 31, -1, i64::MAX, i64::MIN] {
        let refusals = days(Some(beyond)).unwrap_err();
        assert_eq!(
            (refusals[0].code, refusals[0].clause),
            (Code::OutOfRange, Some(LKP_4))
        );
    }
}

#[test]
fn lkp_4_a_request_states_sections_and_reason() {
    let refusals = check_request(Sections::EMPTY, " \u{3000}", None, LIMITS).unwrap_err();
    let found: Vec<_> = refusals
        .iter()
        .map(|refusal| (refusal.code, refusal.path[0].as_str()))
        .collect();
    assert_eq!(
        found,
        [(Code::Required, "sections"), (Code::Required, "reason")]
    );
    let long = check_request(Profile.into(), &"字".repeat(PROSE + 1), None, LIMITS).unwrap_err();
    assert_eq!(long[0].code, Code::TooLong);
}

#[test]
fn lkp_4_what_can_be_read_is_not_asked_for() {
    let wanted: Sections = [Contacts, Notes].into_iter().collect();
    assert_eq!(
        check_not_readable(wanted, Sections::ALL).unwrap_err().code,
        Code::AlreadyGranted
    );
    assert_eq!(
        check_not_readable(wanted, wanted).unwrap_err().clause,
        Some(LKP_4)
    );
    assert!(check_not_readable(wanted, Notes.into()).is_ok());
    assert_eq!(duplicate_request().code, Code::DuplicateRequest);
}

#[test]
fn lkp_4_a_grant_is_all_or_less() {
    let asked: Sections = [Contacts, Notes].into_iter().collect();
    assert_eq!(
        check_grant(asked, 7, None, None),
        Ok(GrantTerms {
            sections: asked,
            days: 7
        })
    );
    let less = GrantTerms {
        sections: Notes.into(),
        days: 1,
    };
    assert_eq!(check_grant(asked, 7, Some(Notes.into()), Some(1)), Ok(less));
    let refusals = check_grant(asked, 7, Some(Profile.into()), Some(8)).unwrap_err();
    let found: Vec<_> = refusals
        .iter()
        .map(|refusal| (refusal.detail, refusal.path[0].as_str()))
        .collect();
    assert_eq!(
        found,
        [(Some(Detail::BeyondRequest), "sections"), (None, "days")]
    );
    assert!(check_grant(asked, 7, Some(Sections::EMPTY), None).is_err());
}

#[test]
fn lkp_4_a_grant_ends_at_24_00_of_its_last_day() {
    // Granted on 1 March 10:00 in Shanghai for seven days: through 8 March.
    let until = grant_until(&shanghai(), at("2026-03-01T02:00:00Z"), 7);
    assert_eq!(until, at("2026-03-08T16:00:00Z"));
    let grant = GrantPeriod {
        from_at: at("2026-03-01T02:00:00Z"),
        until_at: until,
        revoked_at: None,
    };
    assert!(!grant.is_in_force(at("2026-03-01T01:59:59.999999Z")));
    assert!(grant.is_in_force(at("2026-03-01T02:00:00Z")));
    assert!(grant.is_in_force(at("2026-03-08T15:59:59.999999Z")));
    assert!(!grant.is_in_force(at("2026-03-08T16:00:00Z")));
}

#[test]
fn lkp_4_a_grant_is_revoked_at_once_and_once() {
    let (from_at, until_at) = (at("2026-03-01T02:00:00Z"), at("2026-03-08T16:00:00Z"));
    let revoked_at = Some(at("2026-03-02T00:00:00Z"));
    let revoked = GrantPeriod {
        from_at,
        until_at,
        revoked_at,
    };
    assert!(revoked.is_in_force(at("2026-03-01T23:59:59Z")));
    assert!(!revoked.is_in_force(at("2026-03-02T00:00:00Z")));
    let again = check_revoke(&revoked, "误批", at("2026-03-02T00:00:01Z")).unwrap_err();
    assert_eq!(again[0].code, Code::GrantEnded);
    let running = GrantPeriod {
        revoked_at: None,
        ..revoked
    };
    assert_eq!(
        check_revoke(&running, "误批", at("2026-03-08T15:59:59Z")),
        Ok("误批".to_owned())
    );
    assert_eq!(
        check_revoke(&running, "误批", until_at).unwrap_err()[0].code,
        Code::GrantEnded
    );
    assert_eq!(
        check_revoke(&running, "", from_at).unwrap_err()[0].code,
        Code::Required
    );
}

#[test]
fn lkp_4_a_decided_request_says_who_and_when() {
    let decided = || crate::approval::already_decided("李强", None, "2026-03-01 10:00");
    assert!(check_undecided(LookupState::Open, decided).is_ok());
    let refusal = check_undecided(LookupState::Granted, decided).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::AlreadyDecided, Some(LKP_4))
    );
    assert_eq!(
        refusal.params,
        [
            ("by", "李强".to_owned()),
            ("at", "2026-03-01 10:00".to_owned())
        ]
    );
    assert_eq!(
        check_undecided(LookupState::Withdrawn, decided)
            .unwrap_err()
            .code,
        Code::WrongState
    );
}

#[test]
fn lkp_9_a_locked_archive_says_who_opens_it_and_how_to_ask() {
    let refusal = locked(LookupRoute::OtherDepartment);
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::Forbidden, Some(Clause("LKP-2")))
    );
    let remedy = refusal.remedy.unwrap();
    assert_eq!(remedy.approvers, [Role::GeneralManager]);
    assert_eq!(remedy.mutation, Some("archiveLookupRequest"));
    let message = remedy.message(crate::Language::ZhCn);
    assert_eq!(message, "档案已锁定。请提交查阅申请，由总经理审批。");
    assert_eq!(
        grant_ended(LookupRoute::OwnDepartment)
            .remedy
            .unwrap()
            .approvers,
        [Role::DepartmentManager]
    );
}

#[test]
fn lkp_4_another_content_is_another_request() {
    let request = |days| Request {
        sections: Profile.into(),
        reason: "投标".to_owned(),
        days,
    };
    let (customer, requester) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_ne!(
        request(7).content_hash(customer, requester),
        request(8).content_hash(customer, requester)
    );
    assert_ne!(
        request(7).content_hash(customer, requester),
        request(7).content_hash(requester, customer)
    );
}

proptest! {
    #[test]
    fn lkp_4_a_grant_is_never_more_than_asked_for(
        asked in 1..64_i32, granted in 0..64_i32, asked_days in 1..400_u32, days in -5..500_i64
    ) {
        let (asked, granted) = (Sections::from_bits(asked), Sections::from_bits(granted));
        if let Ok(terms) = check_grant(asked, asked_days, Some(granted), Some(days)) {
            prop_assert!(asked.contains_all(terms.sections) && !terms.sections.is_empty());
            prop_assert!((1..=asked_days).contains(&terms.days));
        }
    }

    #[test]
    fn lkp_4_a_grant_of_n_days_runs_n_full_days(seconds in 0..4_000_000_000_i64, days in 1..400_u32) {
        let granted = DateTime::from_timestamp(seconds, 0).unwrap();
        let runs = grant_until(&shanghai(), granted, days) - granted;
        prop_assert!(runs > chrono::Duration::days(i64::from(days)));
        prop_assert!(runs <= chrono::Duration::days(i64::from(days) + 1));
    }
}
