//! Forms: who gets a copy, whose people record its receipt, what can be done with it (CMP-12).
//!
//! Pitfall: sections and groups are departments too; a copy goes to a whole department, and the people of its sections
//! and groups belong to it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Detail, Refusal};
use crate::vocabulary::{DepartmentKind, DepartmentTier};

const CMP_12: Clause = Clause("CMP-12");

/// A department, section or group as far as copies go (ORG-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Id.
    pub id: Uuid,
    /// What it does.
    pub kind: DepartmentKind,
    /// Department, section or group.
    pub tier: DepartmentTier,
    /// The one above.
    pub parent: Option<Uuid>,
    /// Whether it was closed.
    pub closed: bool,
}

/// CMP-12: the departments that a copy for a kind of department goes to. Where the department that handles the case, or
/// one above it, is of that kind, the copy is its alone; else every open department of the kind gets one, because none of
/// them is nearer to the case than the others. Empty where the company has none.
pub fn recipients(kind: DepartmentKind, handling: Option<Uuid>, units: &[Unit]) -> Vec<Uuid> {
    let whole = |unit: &&Unit| unit.tier == DepartmentTier::Department;
    let mut path = path_of(handling, units).into_iter().filter(whole);
    if let Some(own) = path.find(|unit| unit.kind == kind && !unit.closed) {
        return vec![own.id];
    }
    let of_kind = || {
        units
            .iter()
            .filter(|unit| unit.kind == kind && !unit.closed)
    };
    let mut found: Vec<Uuid> = of_kind().filter(whole).map(|unit| unit.id).collect();
    if found.is_empty() {
        found.extend(of_kind().map(|unit| unit.id));
    }
    found.sort_unstable();
    found
}

/// CMP-12: where people belong who record the receipt of a copy: the department itself with its sections and groups, not
/// the departments below it. Where no department of the kind got the copy, any that is of the kind by now.
pub fn receivers(kind: DepartmentKind, recipient: Option<Uuid>, units: &[Unit]) -> Vec<Uuid> {
    let receives = |unit: &Unit| match recipient {
        Some(recipient) => unit.id == recipient,
        None => unit.kind == kind,
    };
    let belong = units.iter().filter(|unit| {
        let path = path_of(Some(unit.id), units);
        let home = path
            .iter()
            .position(|unit| unit.tier == DepartmentTier::Department);
        let within = home.map_or(path.len(), |at| at.saturating_add(1));
        path.into_iter().take(within).any(receives)
    });
    belong.map(|unit| unit.id).collect()
}

/// A unit and those above it, itself first.
fn path_of(from: Option<Uuid>, units: &[Unit]) -> Vec<&Unit> {
    let mut path: Vec<&Unit> = Vec::new();
    let mut next = from;
    while let Some(unit) = next.and_then(|id| units.iter().find(|unit| unit.id == id)) {
        if path.contains(&unit) {
            break;
        }
        path.push(unit);
        next = unit.parent;
    }
    path
}

/// CMP-12: whether a copy's receipt can be recorded: once, and not of a form that was voided. `received` is when it was.
///
/// # Errors
/// `ALREADY_RECEIVED` (with `by` and `at` for the caller to put into words), `WRONG_STATE`.
pub fn check_receipt(voided: bool, received: Option<DateTime<Utc>>) -> Result<(), Refusal> {
    if received.is_some() {
        return Err(Refusal::new(Code::AlreadyReceived));
    }
    check_valid(voided).map_err(|refusal| refusal.clause(CMP_12))
}

/// Whether a form still counts: a voided one keeps its number, and nothing can be done with it.
///
/// # Errors
/// `WRONG_STATE`.
pub fn check_valid(voided: bool) -> Result<(), Refusal> {
    match voided {
        true => Err(Refusal::new(Code::WrongState).detail(Detail::FormVoided)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use DepartmentKind::{Business, GmOffice, Manufacturing, Quality};
    use DepartmentTier::{Department, Group, Section};

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn unit(n: u128, kind: DepartmentKind, tier: DepartmentTier, parent: Option<u128>) -> Unit {
        Unit {
            id: id(n),
            kind,
            tier,
            parent: parent.map(id),
            closed: false,
        }
    }

    /// 1 the office, with two business departments 2 (sections 3, group 4) and 5, and quality 6 with a section 7.
    fn company() -> Vec<Unit> {
        vec![
            unit(1, GmOffice, Department, None),
            unit(2, Business, Department, Some(1)),
            unit(3, Business, Section, Some(2)),
            unit(4, Business, Group, Some(3)),
            unit(5, Business, Department, Some(1)),
            unit(6, Quality, Department, Some(1)),
            unit(7, Quality, Section, Some(6)),
        ]
    }

    fn ids(all: &[u128]) -> Vec<Uuid> {
        all.iter().copied().map(id).collect()
    }

    #[test]
    fn cmp_12_the_handling_department_gets_the_copy_of_its_kind() {
        let units = company();
        for handling in [2, 3, 4] {
            assert_eq!(recipients(Business, Some(id(handling)), &units), ids(&[2]));
        }
        assert_eq!(recipients(GmOffice, Some(id(4)), &units), ids(&[1]));
    }

    #[test]
    fn cmp_12_else_every_open_department_of_the_kind_gets_one() {
        let mut units = company();
        assert_eq!(recipients(Business, None, &units), ids(&[2, 5]));
        assert_eq!(recipients(Business, Some(id(6)), &units), ids(&[2, 5]));
        assert_eq!(recipients(Quality, Some(id(2)), &units), ids(&[6]));
        units[1].closed = true;
        assert_eq!(recipients(Business, Some(id(3)), &units), ids(&[5]));
        units[5].closed = true;
        assert_eq!(recipients(Quality, None, &units), ids(&[7]));
        assert_eq!(recipients(Manufacturing, None, &units), ids(&[]));
    }

    #[test]
    fn cmp_12_the_people_of_a_departments_sections_receive_and_those_of_departments_below_do_not() {
        let units = company();
        assert_eq!(receivers(Business, Some(id(2)), &units), ids(&[2, 3, 4]));
        assert_eq!(receivers(GmOffice, Some(id(1)), &units), ids(&[1]));
        assert_eq!(receivers(Quality, Some(id(7)), &units), ids(&[7]));
        assert_eq!(receivers(Quality, None, &units), ids(&[6, 7]));
        assert_eq!(receivers(Manufacturing, None, &units), ids(&[]));
    }

    #[test]
    fn cmp_12_a_receipt_is_recorded_once_and_never_of_a_voided_form() {
        let at = DateTime::<Utc>::MIN_UTC;
        let code = |voided, received| check_receipt(voided, received).map_err(|r| r.code);
        assert_eq!(code(false, None), Ok(()));
        assert_eq!(code(false, Some(at)), Err(Code::AlreadyReceived));
        assert_eq!(code(true, Some(at)), Err(Code::AlreadyReceived));
        assert_eq!(code(true, None), Err(Code::WrongState));
        assert!(check_valid(false).is_ok() && check_valid(true).is_err());
    }

    proptest! {
        /// CMP-12: a copy always goes somewhere if the company has somebody of the kind, and its recipients can receive it.
        #[test]
        fn cmp_12_every_recipient_has_people_who_receive(
            kinds in prop::collection::vec(prop::sample::select(vec![Business, Quality, Manufacturing]), 1..9),
            closed in prop::collection::vec(any::<bool>(), 9),
            tiers in prop::collection::vec(any::<bool>(), 9),
            handling in prop::option::of(0_usize..9),
        ) {
            let units: Vec<Unit> = kinds.iter().enumerate().map(|(at, kind)| Unit {
                id: id(at as u128),
                kind: *kind,
                tier: if tiers[at] || at == 0 { Department } else { Section },
                parent: (at > 0).then(|| id((at as u128 - 1) / 2)),
                closed: closed[at],
            }).collect();
            for kind in [Business, Quality, Manufacturing] {
                let found = recipients(kind, handling.map(|at| id(at as u128)), &units);
                let open = units.iter().any(|unit| unit.kind == kind && !unit.closed);
                prop_assert_eq!(found.is_empty(), !open);
                for recipient in found {
                    let unit = units.iter().find(|unit| unit.id == recipient).unwrap();
                    prop_assert!(unit.kind == kind && !unit.closed);
                    prop_assert!(receivers(kind, Some(recipient), &units).contains(&recipient));
                }
            }
        }
    }
}
