//! What is concluded of a complaint, and what the customer and others are told: no loss (CMP-1), responsibility (CMP-9,
//! CMP-17), third parties (CMP-10), replies (CMP-15), reasons of delay (CMP-20), improvement (CMP-21).

use chrono::{DateTime, Utc};

use crate::kit::checks::{Checks, LINE, PROSE};
use crate::kit::clause::Clause;
use crate::kit::money::Fen;
pub use crate::kit::portions::WHOLE;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::vocabulary::ComplaintClass;

const CMP_1: Clause = Clause("CMP-1");
const CMP_9: Clause = Clause("CMP-9");
const CMP_10: Clause = Clause("CMP-10");
const CMP_15: Clause = Clause("CMP-15");
const CMP_17: Clause = Clause("CMP-17");
const CMP_20: Clause = Clause("CMP-20");
const CMP_21: Clause = Clause("CMP-21");

/// What the general manager's office sums up beside its opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// Whether the complaint is justified.
    pub upheld: bool,
    /// Whether the improvement is followed up.
    pub tracked: bool,
}

/// CMP-9, CMP-17: whether the conclusion fits the case: what is not upheld gives the customer nothing, and only the
/// improvement of an upheld fault of the product is followed up, since mere human slips are not.
///
/// # Errors
/// `INVALID_INPUT` at `upheld`, `tracked`.
pub fn check_conclusion(
    conclusion: Conclusion,
    class: ComplaintClass,
    amount: Fen,
) -> Result<(), Vec<Refusal>> {
    let mut checks = Checks::under(CMP_9);
    if !conclusion.upheld && amount != Fen::ZERO {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NotUpheld);
        checks.refuse("upheld", refusal.clause(CMP_17));
    }
    let can_be_tracked = conclusion.upheld && class == ComplaintClass::Quality;
    if conclusion.tracked && !can_be_tracked {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NothingToTrack);
        checks.refuse("tracked", refusal);
    }
    checks.finish(())
}

/// CMP-1: what the responsible unit is asked to improve where there is no loss, trimmed.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` at `improvement`.
pub fn check_abnormality(improvement: &str) -> Result<String, Vec<Refusal>> {
    said(CMP_1, "improvement", improvement)
}

/// CMP-21: the effect of an improvement as it is confirmed, trimmed.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` at `effect`.
pub fn check_effect(effect: &str) -> Result<String, Vec<Refusal>> {
    said(CMP_21, "effect", effect)
}

/// A third party concerned (CMP-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThirdParty {
    /// Its name.
    pub name: String,
    /// What it has to do with the case.
    pub part: String,
    /// Its share in hundredths of a per cent.
    pub share: i64,
}

/// CMP-10: a third party that is brought in beside others that have `taken` so much of the whole; trimmed.
///
/// # Errors
/// `OUT_OF_RANGE` at `share`, also where all shares together come to more than the whole; `REQUIRED`, `TOO_LONG`.
pub fn check_third_party(party: &ThirdParty, taken: i64) -> Result<ThirdParty, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_10);
    let clean = ThirdParty {
        name: checks.text("name", &party.name, LINE),
        part: checks.text("part", &party.part, PROSE),
        share: party.share,
    };
    checks.number("share", party.share, 0, WHOLE);
    let fits = (0..=WHOLE).contains(&party.share);
    if fits && party.share > WHOLE.saturating_sub(taken) {
        let refusal = Refusal::new(Code::OutOfRange).detail(Detail::SharesAboveWhole);
        checks.refuse("share", refusal);
    }
    checks.finish(clean)
}

/// CMP-10: what is claimed of a third party, and what came of it, trimmed.
///
/// # Errors
/// `OUT_OF_RANGE` at `amount` below zero; `TOO_LONG` at `note`.
pub fn check_claim(amount: Fen, note: Option<&str>) -> Result<Option<String>, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_10);
    checks.not_negative("amount", amount);
    let note = checks.optional_text("note", note, PROSE);
    checks.finish(note)
}

/// CMP-15: what the customer is told, trimmed: on the basis of a decision alone (`None`: there is none), committing the
/// company to no more than was decided. Notes of negotiation are no replies.
///
/// # Errors
/// `NOT_DECIDED`, `BEYOND_AUTHORITY` at `commitment`; `OUT_OF_RANGE` below zero; `REQUIRED`, `TOO_LONG` at `text`.
pub fn check_reply(
    decided: Option<Fen>,
    commitment: Fen,
    text: &str,
) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_15);
    match decided {
        None => {
            let remedy = Remedy::new(RemedyKey::AwaitDecision);
            return Err(vec![Refusal::new(Code::NotDecided).remedy(remedy)]);
        }
        Some(decided) if commitment > decided => {
            let refusal = Refusal::new(Code::BeyondAuthority).param("decided", decided);
            checks.refuse("commitment", refusal);
        }
        Some(_) => checks.not_negative("commitment", commitment),
    }
    let text = checks.text("text", text, PROSE);
    checks.finish(text)
}

/// CMP-20: why a department was late, trimmed, once the complaint is beyond its closing limit.
///
/// # Errors
/// `WRONG_STATE` where it is not late; `REQUIRED`, `TOO_LONG` at `reason`.
pub fn check_delay(
    due: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<String, Vec<Refusal>> {
    if !due.is_some_and(|due| crate::obligations::is_overdue(due, until)) {
        let refusal = Refusal::new(Code::WrongState).detail(Detail::NotLate);
        return Err(vec![refusal.clause(CMP_20)]);
    }
    said(CMP_20, "reason", reason)
}

fn said(clause: Clause, field: &str, text: &str) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(clause);
    let text = checks.text(field, text, PROSE);
    checks.finish(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes<T>(result: Result<T, Vec<Refusal>>) -> Vec<(Code, Option<Clause>)> {
        let refusals = result.err().unwrap_or_default();
        refusals.iter().map(|r| (r.code, r.clause)).collect()
    }

    #[test]
    fn cmp_17_what_is_not_upheld_gives_the_customer_nothing() {
        let class = ComplaintClass::Quality;
        let not = |tracked| Conclusion {
            upheld: false,
            tracked,
        };
        assert!(check_conclusion(not(false), class, Fen::ZERO).is_ok());
        let refused = codes(check_conclusion(not(false), class, Fen::new(1)));
        assert_eq!(refused, [(Code::InvalidInput, Some(CMP_17))]);
    }

    #[test]
    fn cmp_9_the_improvement_of_an_upheld_fault_is_followed_up_and_human_slips_are_not() {
        for (class, upheld, can) in [
            (ComplaintClass::Quality, true, true),
            (ComplaintClass::Quality, false, false),
            (ComplaintClass::NonQuality, true, false),
            (ComplaintClass::NonQuality, false, false),
        ] {
            let tracked = true;
            let conclusion = Conclusion { upheld, tracked };
            let checked = check_conclusion(conclusion, class, Fen::ZERO);
            assert_eq!(checked.is_ok(), can, "{class:?} {upheld}");
            if !can {
                assert_eq!(codes(checked), [(Code::InvalidInput, Some(CMP_9))]);
            }
        }
    }

    #[test]
    fn cmp_10_third_parties_share_no_more_than_the_whole() {
        let party = |share| ThirdParty {
            name: " 供应商 ".into(),
            part: "板材".into(),
            share,
        };
        assert_eq!(
            check_third_party(&party(4_000), 6_000).map(|p| p.name),
            Ok("供应商".into())
        );
        for (share, taken) in [
            (4_001, 6_000),
            (10_001, 0),
            (-1, 0),
            (1, 10_000),
            (i64::MAX, i64::MAX),
        ] {
            let refused = codes(check_third_party(&party(share), taken));
            assert_eq!(
                refused,
                [(Code::OutOfRange, Some(CMP_10))],
                "{share} {taken}"
            );
        }
        assert!(check_third_party(&party(0), 10_000).is_ok());
        assert_eq!(
            codes(check_claim(Fen::new(-1), None)),
            [(Code::OutOfRange, Some(CMP_10))]
        );
        assert_eq!(check_claim(Fen::ZERO, Some(" ")), Ok(None));
    }

    #[test]
    fn cmp_15_the_customer_is_told_nothing_before_the_decision_and_nothing_beyond_it() {
        let early = check_reply(None, Fen::ZERO, "您好");
        assert_eq!(codes(early), [(Code::NotDecided, Some(CMP_15))]);
        let decided = Some(Fen::new(50_000));
        assert_eq!(
            check_reply(decided, Fen::new(50_000), " 您好 "),
            Ok("您好".into())
        );
        let beyond = check_reply(decided, Fen::new(50_001), "您好");
        assert_eq!(codes(beyond), [(Code::BeyondAuthority, Some(CMP_15))]);
        let below = check_reply(decided, Fen::new(-1), "您好");
        assert_eq!(codes(below), [(Code::OutOfRange, Some(CMP_15))]);
    }

    #[test]
    fn cmp_20_only_what_is_late_is_explained() {
        let due: DateTime<Utc> = "2026-06-01T16:00:00Z".parse().unwrap();
        let later = due + chrono::Duration::microseconds(1);
        assert_eq!(check_delay(Some(due), later, " 缺料 "), Ok("缺料".into()));
        for (due, until) in [(Some(due), due), (None, later)] {
            let refused = codes(check_delay(due, until, "缺料"));
            assert_eq!(refused, [(Code::WrongState, Some(CMP_20))]);
        }
        assert_eq!(
            codes(check_delay(Some(due), later, " ")),
            [(Code::Required, Some(CMP_20))]
        );
    }
}
