//! A revision of the rulebook: new values of a regulation's parameters from a day on (RUL-3).
//!
//! Pitfall: the first day is tomorrow at the earliest. From today on would also be from this morning on, and cases
//! accepted this morning keep the values of their day (RUL-4).

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Fault, Invalid, ParameterValue, Regulations, Rulebook, Written};
use crate::kit::checks::{Checks, PROSE};
use crate::kit::clause::Clause;
use crate::kit::content::content_hash;
use crate::kit::refusal::{Code, Refusal};

const RUL_3: Clause = Clause("RUL-3");

/// A revision as it is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Code of the regulation.
    pub regulation: String,
    /// The first day it is to be in force.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// The new values.
    pub entries: Vec<Entry>,
}

/// A new value as it is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The parameter's key.
    pub parameter: String,
    /// The unit that the value is meant in.
    pub unit: String,
    /// The value.
    pub written: Written,
}

/// A revision whose values are their parameters'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Code of the regulation.
    pub regulation: String,
    /// The first day it is to be in force.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// The new values by parameter, in the order of the draft.
    pub values: Vec<(String, ParameterValue)>,
}

impl Draft {
    /// The revision that was drafted, sound by itself and together with the rulebook.
    ///
    /// # Errors
    /// `RULEBOOK_INVALID` for each parameter with why, `RULEBOOK_BACKDATED`, faults of `reason`.
    pub fn check(
        &self,
        regulations: &Regulations,
        rulebook: &Rulebook,
        today: NaiveDate,
    ) -> Result<Revision, Vec<Refusal>> {
        let mut checks = Checks::under(RUL_3);
        let reason = checks.text("reason", &self.reason, PROSE);
        if self.entries.is_empty() {
            checks.refuse("values", Code::Required);
        }
        let mut values: Vec<(String, ParameterValue)> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let key = &entry.parameter;
            let read = if values.iter().any(|(known, _)| known == key) {
                Err(Fault::Twice)
            } else {
                self.read(regulations, entry)
            };
            match read {
                Ok(value) => values.push((key.clone(), value)),
                Err(fault) => {
                    let parameter = key.clone();
                    let refusal = Invalid { parameter, fault }.refusal();
                    checks.refuse("values", refusal.at(index));
                }
            }
        }
        let revision = Revision {
            regulation: self.regulation.clone(),
            effective_on: self.effective_on,
            reason,
            values,
        };
        match (checks.finish(()), revision.check(rulebook, today)) {
            (Ok(()), Ok(())) => Ok(revision),
            (one, other) => Err([one.err(), other.err()]
                .into_iter()
                .flatten()
                .flatten()
                .collect()),
        }
    }

    fn read(&self, regulations: &Regulations, entry: &Entry) -> Result<ParameterValue, Fault> {
        let parameter = regulations
            .parameter(&entry.parameter)
            .ok_or(Fault::Unknown)?;
        let own = regulations.regulation(&self.regulation);
        if !own.is_some_and(|own| own.parameters.contains(parameter)) {
            return Err(Fault::OfAnotherRegulation);
        }
        parameter.value(&entry.unit, &entry.written)
    }
}

impl Revision {
    /// Whether the revision can come into force: after today, on a day from which no other value of its parameters
    /// begins, and leaving a rulebook without faults that it did not have before. Asked again whenever it goes a step
    /// further, since both the day and the rulebook move on meanwhile.
    ///
    /// # Errors
    /// `RULEBOOK_BACKDATED` at `effectiveOn`, `RULEBOOK_INVALID` at `values`.
    pub fn check(&self, rulebook: &Rulebook, today: NaiveDate) -> Result<(), Vec<Refusal>> {
        let mut checks = Checks::under(RUL_3);
        if self.effective_on <= today {
            checks.refuse(
                "effectiveOn",
                Refusal::new(Code::RulebookBackdated).param("today", today),
            );
        }
        let dated = self
            .values
            .iter()
            .filter(|(key, _)| rulebook.is_dated(key, self.effective_on));
        let dated: Vec<_> = dated
            .map(|(key, _)| Invalid {
                parameter: key.clone(),
                fault: Fault::Dated(self.effective_on),
            })
            .collect();
        let known = rulebook.faults(self.effective_on);
        let faults = self.applied(rulebook).faults(self.effective_on);
        let new = faults.into_iter().filter(|fault| !known.contains(fault));
        for invalid in dated.into_iter().chain(new) {
            checks.refuse("values", invalid.refusal());
        }
        checks.finish(())
    }

    /// The revision that was kept: `changes` as [`Revision::changes`] wrote it.
    ///
    /// # Errors
    /// The first value that this version can't read.
    pub fn read(
        regulations: &Regulations,
        regulation: &str,
        effective_on: NaiveDate,
        reason: &str,
        changes: &Value,
    ) -> Result<Self, Invalid> {
        let read = |change: &Value| {
            let key = change["parameter"].as_str().unwrap_or_default();
            let invalid = |fault| Invalid {
                parameter: key.to_owned(),
                fault,
            };
            let known = regulations.parameter(key);
            let parameter = known.ok_or_else(|| invalid(Fault::Unknown))?;
            let value = ParameterValue::parse(parameter.kind, &change["value"]);
            let value = value.ok_or_else(|| invalid(Fault::Type))?;
            Ok((key.to_owned(), value))
        };
        let changes = changes.as_array().into_iter().flatten();
        Ok(Self {
            regulation: regulation.to_owned(),
            effective_on,
            reason: reason.to_owned(),
            values: changes.map(read).collect::<Result<_, _>>()?,
        })
    }

    /// The new values as the database keeps them.
    pub fn changes(&self) -> Value {
        let values = self.values.iter();
        values
            .map(|(key, value)| json!({"parameter": key, "value": value.to_json()}))
            .collect()
    }

    /// The new values as they would be drafted, for a draft that leaves them as they are.
    pub fn entries(&self, regulations: &Regulations) -> Vec<Entry> {
        let entry = |(key, value): &(String, ParameterValue)| Entry {
            parameter: key.clone(),
            unit: regulations
                .parameter(key)
                .map(|parameter| parameter.unit.clone())
                .unwrap_or_default(),
            written: value.written(),
        };
        self.values.iter().map(entry).collect()
    }

    /// The rulebook with this revision in force.
    pub fn applied(&self, rulebook: &Rulebook) -> Rulebook {
        let values = self.values.iter().map(|(key, value)| (key.as_str(), value));
        rulebook.with(self.effective_on, values)
    }

    /// The hash that the approval is bound to: what is to be in force, from when, and why.
    pub fn content_hash(&self) -> String {
        let effective_on = self.effective_on.to_string();
        let values: Vec<_> = self
            .values
            .iter()
            .map(|(key, v)| (key, v.to_json().to_string()))
            .collect();
        let mut parts = vec![
            ("regulation", self.regulation.as_str()),
            ("effective-on", effective_on.as_str()),
            ("reason", self.reason.as_str()),
        ];
        parts.extend(
            values
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str())),
        );
        content_hash(&parts)
    }
}
