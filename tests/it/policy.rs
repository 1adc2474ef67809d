//! The shipped policy as a whole: who may do what, readable, and nothing in it that this version does not know.

use std::fmt::Write as _;

use kehu::access::{DecisionTable, shipped};
use kehu::schema::declared;
use rules::kit::clause::Clause;
use rules::rulebook::{Regulations, limit_reference};
use rules::vocabulary::Role;

use crate::support::golden;

async fn table() -> DecisionTable {
    DecisionTable::build(declared().catalogue.clone(), &shipped().unwrap(), 0)
        .await
        .unwrap()
}

/// `tests/golden/policy-matrix.txt` shows what the policy gives to whom, inherited rows among it; `KEHU_BLESS=1 cargo
/// test` writes it anew.
#[tokio::test]
async fn the_printed_matrix_is_the_policy() {
    let table = table().await;
    let mut matrix = String::from(
        "Who may do what: object · action, then each role with its scope, its limit and the clause.\n\
         `employee` is held by everybody employed. A role without a line may not.\n",
    );
    let mut pairs: Vec<(usize, &str, &str)> = declared()
        .catalogue
        .actions()
        .iter()
        .enumerate()
        .map(|(at, a)| (at, a.object, a.action))
        .collect();
    pairs.sort_by_key(|(_, object, action)| (*object, *action));
    for (at, object, action) in pairs {
        write!(matrix, "\n{object} · {action}\n").unwrap();
        for role in Role::ALL {
            for row in table.rows(*role, at) {
                let row = &row.row;
                let from = if row.role == *role {
                    String::new()
                } else {
                    format!(" (as {})", row.role.policy_name())
                };
                let limit = row
                    .limit
                    .as_ref()
                    .map(|key| format!(" up to {key}"))
                    .unwrap_or_default();
                let deny = if row.deny { "NOT " } else { "" };
                let (role, scope, clause) = (role.policy_name(), &row.scope, &row.clause);
                writeln!(
                    matrix,
                    "    {role:<24} {deny}{scope}{limit}, {clause}{from}"
                )
                .unwrap();
            }
        }
    }
    golden("tests/golden/policy-matrix.txt", &matrix);
}

#[tokio::test]
async fn every_shipped_row_is_understood() {
    let table = table().await;
    assert_eq!(table.ignored, []);
    let regulations = Regulations::shipped().unwrap();
    let policy = shipped().unwrap();
    for row in &policy.rows {
        assert!(
            Clause::known(&row.clause).is_some(),
            "{}: there is no clause {}",
            row.id,
            row.clause
        );
        if let Some(limit) = &row.limit {
            let (key, bracket) = limit_reference(limit);
            let value = regulations.parameter(key).map(|p| &p.default);
            let amount = value.and_then(|value| value.limit(bracket)).flatten();
            assert!(amount.is_some(), "{}: {limit} is no amount", row.id);
        }
    }
    let mut ids: Vec<&str> = policy.rows.iter().map(|r| r.id.as_str()).collect();
    ids.extend(policy.inherits.iter().map(|(id, ..)| id.as_str()));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
}

#[tokio::test]
async fn somebody_may_do_everything_that_is_declared() {
    let table = table().await;
    for (at, action) in declared().catalogue.actions().iter().enumerate() {
        assert!(
            table.roles_for(at).next().is_some(),
            "nobody may {} · {}",
            action.object,
            action.action
        );
    }
}
