//! Erasure of a person's data: what stands against it, until when the law wants it kept, what becomes of texts (PIP-3 to
//! PIP-5).
//!
//! Pitfall: a value that is looked for in other texts must say enough by itself: one letter would stand everywhere.

#[cfg(test)]
mod tests;
mod texts;

use chrono::{Months, NaiveDate};
use serde_json::{Map, Value, json};

pub use self::texts::{redacted, redacted_json, telling};
use crate::kit::clause::Clause;
pub use crate::kit::dates::after_months;
use crate::kit::refusal::{Code, Refusal, Remedy, RemedyKey};

/// Request and deadline.
pub const PIP_1: Clause = Clause("PIP-1");
/// A person decides.
pub const PIP_2: Clause = Clause("PIP-2");
/// What is made anonymous.
pub const PIP_3: Clause = Clause("PIP-3");
/// Legal hold.
pub const PIP_4: Clause = Clause("PIP-4");
/// Retention periods.
pub const PIP_5: Clause = Clause("PIP-5");
/// After a restore.
pub const PIP_6: Clause = Clause("PIP-6");

/// What stands in place of an erased text; a masked name made of it reads the same.
pub const STUB: &str = "***";

/// What stands against an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Against {
    /// Holds in force on the person or on what belongs to him (PIP-4).
    pub holds: usize,
    /// Cases still open (PIP-3).
    pub open_cases: usize,
    /// The first day on which the law does not want the data kept any more; none where nothing is to be kept (PIP-5).
    pub kept_until: Option<NaiveDate>,
}

impl Against {
    /// PIP-3, PIP-4, PIP-5: nothing may stand against it. On the day on which a period ends, it does not any more.
    ///
    /// # Errors
    /// `LEGAL_HOLD`, `CASE_OPEN`, `RETENTION_RUNNING`, all at once.
    pub fn check(&self, today: NaiveDate) -> Result<(), Vec<Refusal>> {
        let mut refusals = Vec::new();
        if self.holds > 0 {
            let remedy = Remedy::new(RemedyKey::LiftHold).mutation("legalHoldLift");
            refusals.push(Refusal::new(Code::LegalHold).remedy(remedy));
        }
        if self.open_cases > 0 {
            let refusal = Refusal::new(Code::CaseOpen).param("cases", self.open_cases);
            refusals.push(refusal.remedy(Remedy::new(RemedyKey::EndCases)));
        }
        if let Some(until) = self.kept_until.filter(|until| today < *until) {
            let remedy = Remedy::new(RemedyKey::AwaitRetention).param("until", until);
            let refusal = Refusal::new(Code::RetentionRunning).param("until", until);
            refusals.push(refusal.remedy(remedy));
        }
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(refusals)
        }
    }
}

/// The last day of activity of which a period of so many months is over today.
pub fn idle_since(today: NaiveDate, months: u32) -> NaiveDate {
    let mut day = today
        .checked_sub_months(Months::new(months))
        .unwrap_or(NaiveDate::MIN);
    // Months are of different lengths: 28 February and three days more may all end on one day.
    while let Some(next) = day.succ_opt().filter(|n| after_months(*n, months) <= today) {
        day = next;
    }
    day
}

/// PIP-3: an erased value of the past: that there was one stays, what it was does not.
pub fn erased(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ => json!({"erased": true}),
    }
}

/// PIP-3: a recorded change without the old and new values of personal columns.
pub fn without(changes: &Value, is_personal: impl Fn(&str) -> bool) -> Value {
    let Some(changes) = changes.as_object() else {
        return changes.clone();
    };
    let one = |(column, pair): (&String, &Value)| {
        let pair = match pair.as_array() {
            Some(pair) if is_personal(column) => pair.iter().map(erased).collect(),
            _ => pair.clone(),
        };
        (column.clone(), pair)
    };
    changes.iter().map(one).collect::<Map<_, _>>().into()
}
