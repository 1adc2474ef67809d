//! A change of the policy as plain values: rows before and after, and the policy as it would be.

use rules::vocabulary::PolicyRowChange;

use super::policy::{Policy, PolicyRow};

/// A row that is added (nothing before), altered, or removed (nothing after).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// The row's name.
    pub row: String,
    /// The row before; `None` where it is added.
    pub before: Option<PolicyRow>,
    /// The row after; `None` where it is removed.
    pub after: Option<PolicyRow>,
}

impl RowChange {
    /// What happens to the row.
    pub const fn kind(&self) -> PolicyRowChange {
        match (&self.before, &self.after) {
            (None, _) => PolicyRowChange::Add,
            (Some(_), Some(_)) => PolicyRowChange::Alter,
            (Some(_), None) => PolicyRowChange::Remove,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn opposite(&self) -> Self {
        Self {
            row: self.row.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
        }
    }
}

impl Policy {
    /// The row of this name.
    pub fn row(&self, name: &str) -> Option<&PolicyRow> {
        self.rows.iter().find(|row| row.id == name)
    }

    /// The policy as it is after these changes, whatever their rows were before.
    #[must_use]
    pub fn after(&self, changes: &[RowChange]) -> Self {
        let mut after = self.clone();
        for change in changes {
            after.rows.retain(|row| row.id != change.row);
            after.rows.extend(change.after.clone());
        }
        after.rows.sort_by(|a, b| a.id.cmp(&b.id));
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::shipped;

    #[test]
    fn org_3_the_opposite_of_a_change_takes_it_back() {
        let policy = shipped().unwrap().after(&[]);
        let (one, two) = (policy.rows[0].clone(), policy.rows[1].clone());
        let new = PolicyRow {
            id: "new".to_owned(),
            ..one.clone()
        };
        let altered = PolicyRow {
            deny: !two.deny,
            ..two.clone()
        };
        let change = |row: &str, before, after| RowChange {
            row: row.to_owned(),
            before,
            after,
        };
        let changes = [
            change(&one.id, Some(one.clone()), None),
            change(&two.id, Some(two.clone()), Some(altered.clone())),
            change("new", None, Some(new.clone())),
        ];
        let after = policy.after(&changes);
        assert_eq!(after.row(&one.id), None);
        assert_eq!(after.row(&two.id), Some(&altered));
        assert_eq!(after.row("new"), Some(&new));
        assert_eq!(after.rows.len(), policy.rows.len());
        let back: Vec<RowChange> = changes.iter().map(RowChange::opposite).collect();
        assert_eq!(after.after(&back), policy);
        let kinds: Vec<PolicyRowChange> = changes.iter().map(RowChange::kind).collect();
        assert_eq!(
            kinds,
            [
                PolicyRowChange::Remove,
                PolicyRowChange::Alter,
                PolicyRowChange::Add
            ]
        );
    }
}
