//! Shares of responsibility, and what each comes to (DIS-1).
//!
//! Pitfall: a person may bear a share of his own and one as a member of a group; his liability is both together.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::kit::clause::Clause;
use crate::kit::money::Fen;
use crate::kit::portions::{WHOLE, split};
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::kit::sheet::{Figure, Line, Sheet};
use crate::vocabulary::{BearerKind, SheetInput, SheetStep};

const DIS_1: Clause = Clause("DIS-1");

/// Who bears a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// An employee.
    Person(Uuid),
    /// A group or shift.
    Group {
        /// The department.
        group: Uuid,
        /// How its part is split.
        split: GroupSplit,
    },
    /// A third party (CMP-10).
    ThirdParty(Uuid),
    /// The company itself.
    Company,
}

/// How a group's part is split among its members, each named once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupSplit {
    /// By their base points.
    BasePoints(Vec<(Uuid, i32)>),
    /// As decided otherwise, in hundredths of a per cent.
    Decided(Vec<(Uuid, i64)>),
}

/// A bearer's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who bears it.
    pub bearer: Bearer,
    /// How much, in hundredths of a per cent.
    pub percent: i64,
}

impl Bearer {
    /// What kind of bearer it is.
    pub const fn kind(&self) -> BearerKind {
        match self {
            Self::Person(_) => BearerKind::Person,
            Self::Group { .. } => BearerKind::Group,
            Self::ThirdParty(_) => BearerKind::ThirdParty,
            Self::Company => BearerKind::Company,
        }
    }

    /// Its id; `None` for the company.
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::Person(id) | Self::Group { group: id, .. } | Self::ThirdParty(id) => Some(*id),
            Self::Company => None,
        }
    }
}

impl GroupSplit {
    fn weights(&self) -> Vec<(Uuid, i64)> {
        match self {
            Self::BasePoints(members) => {
                let points = members.iter();
                points
                    .map(|(id, points)| (*id, i64::from(*points)))
                    .collect()
            }
            Self::Decided(members) => members.clone(),
        }
    }
}

/// DIS-1: whether shares can stand: each bearer once and above nothing, together exactly the whole; a group with members
/// to split its part among, and where that was decided otherwise, theirs together the whole as well.
///
/// # Errors
/// `SHARES_NOT_100` at `shares` or at a group's `members`; `OUT_OF_RANGE` at a `percent`; `INVALID_INPUT` at a `bearer`;
/// `REQUIRED` at a group's `members`.
pub fn check_shares(shares: &[Share]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |refusal: Refusal| refusals.push(refusal.at("shares"));
    let mut bearers = BTreeSet::new();
    for (place, share) in shares.iter().enumerate() {
        let at = |field: &str, refusal: Refusal| {
            let clause = refusal.clause.unwrap_or(DIS_1);
            refusal.clause(clause).at(field).at(place)
        };
        if !(1..=WHOLE).contains(&share.percent) {
            let refusal = Refusal::new(Code::OutOfRange);
            let bounds = refusal
                .param("min", percent(1))
                .param("max", percent(WHOLE));
            refuse(at("percent", bounds));
        }
        if !bearers.insert((share.bearer.kind(), share.bearer.id())) {
            refuse(at("bearer", twice()));
        }
        if let Bearer::Group { split, .. } = &share.bearer
            && let Err(refusal) = check_split(split)
        {
            refuse(at("members", refusal));
        }
    }
    let percents = shares.iter().map(|share| share.percent);
    if let Err(refusal) = check_whole(percents) {
        refuse(refusal);
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(refusals)
    }
}

fn check_split(split: &GroupSplit) -> Result<(), Refusal> {
    let weights = split.weights();
    let members: BTreeSet<_> = weights.iter().map(|(id, _)| id).collect();
    if members.len() < weights.len() {
        return Err(twice());
    }
    if weights.iter().any(|(_, weight)| *weight < 0) {
        let most = match split {
            GroupSplit::BasePoints(_) => i32::MAX.to_string(),
            GroupSplit::Decided(_) => percent(WHOLE).to_string(),
        };
        let bounds = Refusal::new(Code::OutOfRange).param("min", 0);
        return Err(bounds.param("max", most));
    }
    match split {
        GroupSplit::Decided(_) => check_whole(weights.iter().map(|(_, weight)| *weight)),
        GroupSplit::BasePoints(_) if weights.iter().all(|(_, points)| *points == 0) => {
            Err(Refusal::new(Code::Required).detail(Detail::NobodyToSplitAmong))
        }
        GroupSplit::BasePoints(_) => Ok(()),
    }
}

fn check_whole(percents: impl Iterator<Item = i64>) -> Result<(), Refusal> {
    let sum = percents.fold(0, i64::saturating_add);
    if sum == WHOLE {
        return Ok(());
    }
    Err(Refusal::new(Code::SharesNot100)
        .param("sum", percent(sum))
        .remedy(Remedy::new(RemedyKey::AdjustShares)))
}

fn twice() -> Refusal {
    Refusal::new(Code::InvalidInput).detail(Detail::BearerTwice)
}

/// A percentage as people read it, without the sign.
fn percent(hundredths: i64) -> Fen {
    Fen::new(hundredths)
}

/// DIS-1: what each share of a loss comes to. Lines: one `SHARE_OF_LOSS` for each share in its order, followed by a
/// `MEMBER_PART` for each member of a group; at the end a `PERSONAL_LIABILITY` for each employee, which [`personal`] reads.
///
/// # Errors
/// What [`check_shares`] refuses; `OUT_OF_RANGE` for a loss below zero.
pub fn liabilities(loss: Fen, shares: &[Share]) -> Result<Sheet, Vec<Refusal>> {
    check_shares(shares)?;
    let percents: Vec<i64> = shares.iter().map(|share| share.percent).collect();
    let parts = split(loss, &percents).ok_or_else(|| vec![below_zero()])?;
    let mut lines = Vec::new();
    let mut persons: BTreeMap<Uuid, Vec<Fen>> = BTreeMap::new();
    for (share, part) in shares.iter().zip(parts) {
        lines.push(
            Line::new(DIS_1, SheetStep::ShareOfLoss, part)
                .of(share.bearer.id())
                .with(SheetInput::Loss, loss)
                .with(SheetInput::Share, Figure::Percent(share.percent)),
        );
        match &share.bearer {
            Bearer::Person(id) => persons.entry(*id).or_default().push(part),
            Bearer::Group { split, .. } => {
                let members = member_parts(part, split).ok_or_else(|| vec![below_zero()])?;
                for (id, line, part) in members {
                    lines.push(line);
                    persons.entry(id).or_default().push(part);
                }
            }
            Bearer::ThirdParty(_) | Bearer::Company => {}
        }
    }
    for (id, parts) in persons {
        let sum = Fen::checked_sum(parts.iter().copied()).ok_or_else(|| vec![below_zero()])?;
        let line = Line::new(DIS_1, SheetStep::PersonalLiability, sum).of(Some(id));
        let with_part = |line: Line, part| line.with(SheetInput::Part, part);
        lines.push(parts.into_iter().fold(line, with_part));
    }
    Ok(lines.into_iter().collect())
}

fn member_parts(part: Fen, by: &GroupSplit) -> Option<Vec<(Uuid, Line, Fen)>> {
    let members = by.weights();
    let weights: Vec<i64> = members.iter().map(|(_, weight)| *weight).collect();
    let all = weights.iter().copied().fold(0, i64::saturating_add);
    let figure = |weight| match by {
        GroupSplit::BasePoints(_) => Figure::Number(weight),
        GroupSplit::Decided(_) => Figure::Percent(weight),
    };
    let lines = members.iter().zip(split(part, &weights)?);
    let lines = lines.map(|((id, weight), own)| {
        let line = Line::new(DIS_1, SheetStep::MemberPart, own)
            .of(Some(*id))
            .with(SheetInput::Part, part)
            .with(SheetInput::Weight, figure(*weight))
            .with(SheetInput::AllWeights, figure(all));
        (*id, line, own)
    });
    Some(lines.collect())
}

/// DIS-1: the personal liabilities above zero of a sheet that [`liabilities`] made: employee and amount.
pub fn personal(sheet: &Sheet) -> Vec<(Uuid, Fen)> {
    let lines = sheet.lines.iter();
    let lines = lines.filter(|line| line.step == SheetStep::PersonalLiability);
    lines
        .filter_map(|line| Some((line.of?, line.amount()?)))
        .filter(|(_, amount)| *amount > Fen::ZERO)
        .collect()
}

fn below_zero() -> Refusal {
    Refusal::new(Code::OutOfRange)
        .detail(Detail::NegativeAmount)
        .clause(DIS_1)
}
