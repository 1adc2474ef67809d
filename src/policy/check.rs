//! Whether a change makes a sound policy (ORG-3): known roles, pairs, scopes, limits and clauses, and rows that are as they
//! were when it was drafted.

use std::collections::HashMap;

use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};

use crate::access::{Catalogue, Policy, PolicyRow, RowChange};
use crate::acting::Acting;

/// At most so many rows in a change.
pub(super) const MOST: usize = 100;
/// The longest name of a row, in characters.
const NAME: usize = 80;

/// What is asked for of a row.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// A new row, or one that was removed before.
    Add(PolicyRow),
    /// A row of this name in another form.
    Alter(PolicyRow),
    /// No row of this name any more.
    Remove(String),
}

/// What rows are held against.
pub(super) struct Ground<'a> {
    catalogue: &'a Catalogue,
    is_amount: Box<dyn Fn(&str) -> bool + 'a>,
}

impl<'a> Ground<'a> {
    /// Objects, actions and scopes of this version, amounts of today's rulebook.
    pub(super) fn of(acting: &'a Acting) -> Self {
        Self {
            catalogue: acting.viewer.table.catalogue(),
            is_amount: Box::new(|key| acting.rulebook_on(acting.today()).money(key).is_ok()),
        }
    }

    /// What is wrong with a row, each at its field.
    fn faults(&self, row: &PolicyRow) -> Vec<Refusal> {
        let mut faults = Vec::new();
        if !is_name(&row.id) {
            faults.push(invalid(&row.id, Detail::PolicyRowName).at("row"));
        }
        let action = || format!("{} · {}", row.object, row.action);
        let pair = self.catalogue.position(&row.object, &row.action);
        let pair = pair.and_then(|pair| self.catalogue.actions().get(pair));
        let kind = pair.and_then(|pair| self.catalogue.kind_named(pair.kind));
        let Some(kind) = kind else {
            let fault = invalid(&row.id, Detail::PolicyPairUnknown).param("action", action());
            faults.push(fault.at("action"));
            return faults;
        };
        if !kind.scopes.iter().any(|scope| scope.name == row.scope) {
            let choices: Vec<&str> = kind.scopes.iter().map(|scope| scope.name).collect();
            let fault = invalid(&row.id, Detail::PolicyScopeUnknown);
            faults.push(fault.param("choices", choices.join(", ")).at("scope"));
        }
        if let Some(limit) = &row.limit {
            if kind.amount.is_none() {
                let fault = invalid(&row.id, Detail::PolicyWithoutAmount);
                faults.push(fault.param("action", action()).at("limit"));
            } else if !(self.is_amount)(limit) {
                let fault = invalid(&row.id, Detail::PolicyLimitUnknown);
                faults.push(fault.param("limit", limit).at("limit"));
            }
        }
        if Clause::known(&row.clause).is_none() {
            let fault = invalid(&row.id, Detail::PolicyClauseUnknown);
            faults.push(fault.param("clause", &row.clause).at("clause"));
        }
        faults
    }
}

/// The changes that make `policy` what is asked for.
///
/// # Errors
/// `POLICY_INVALID` at each row; `REQUIRED` at `add` where nothing is asked for; `OUT_OF_RANGE` where too much is.
pub(super) fn plan(
    ground: &Ground<'_>,
    policy: &Policy,
    asked: Vec<Asked>,
) -> Result<Vec<RowChange>, Vec<Refusal>> {
    if asked.is_empty() {
        return Err(vec![Refusal::new(Code::Required).at("add")]);
    }
    if asked.len() > MOST {
        let refusal = Refusal::new(Code::OutOfRange).param("min", 1);
        return Err(vec![refusal.param("max", MOST).at("add")]);
    }
    let mut changes: Vec<RowChange> = Vec::new();
    let mut refusals = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for asked in asked {
        let (list, row, after) = match asked {
            Asked::Add(row) => ("add", row.id.clone(), Some(row)),
            Asked::Alter(row) => ("alter", row.id.clone(), Some(row)),
            Asked::Remove(row) => ("remove", row, None),
        };
        let count = counts.entry(list).or_default();
        let at = *count;
        *count += 1;
        let before = policy.row(&row).cloned();
        let taken = before.is_some() || policy.inherits.iter().any(|(name, ..)| *name == row);
        let fault = if changes.iter().any(|change| change.row == row) {
            Some(Detail::PolicyRowTwice)
        } else if list == "add" && taken {
            Some(Detail::PolicyRowTaken)
        } else if list != "add" && before.is_none() {
            Some(Detail::PolicyRowUnknown)
        } else if before == after {
            Some(Detail::PolicyRowSame)
        } else {
            None
        };
        let mut faults = after
            .as_ref()
            .map_or_else(Vec::new, |after| ground.faults(after));
        if let Some(fault) = fault {
            let fault = invalid(&row, fault);
            faults.push(if list == "remove" {
                fault
            } else {
                fault.at("row")
            });
        }
        let placed = faults.into_iter().map(|fault| fault.at(at).at(list));
        refusals.extend(placed);
        changes.push(RowChange { row, before, after });
    }
    if refusals.is_empty() {
        Ok(changes)
    } else {
        Err(refusals)
    }
}

/// Whether changes drafted before still fit the policy as it is now.
///
/// # Errors
/// `POLICY_INVALID` at `change`.
pub(super) fn still_fits(
    ground: &Ground<'_>,
    policy: &Policy,
    changes: &[RowChange],
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    for change in changes {
        if policy.row(&change.row) != change.before.as_ref() {
            let remedy = Remedy::new(RemedyKey::DraftAgain).mutation("policyChangeDraft");
            refusals.push(invalid(&change.row, Detail::PolicyRowChanged).remedy(remedy));
        }
        let after = change.after.iter();
        refusals.extend(after.flat_map(|after| ground.faults(after)));
    }
    if refusals.is_empty() {
        return Ok(());
    }
    let placed = refusals.into_iter().map(|refusal| Refusal {
        path: vec!["change".to_owned()],
        ..refusal
    });
    Err(placed.collect())
}

fn invalid(row: &str, detail: Detail) -> Refusal {
    Refusal::new(Code::PolicyInvalid)
        .detail(detail)
        .param("row", row)
}

fn is_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= NAME && name.chars().all(known)
}
