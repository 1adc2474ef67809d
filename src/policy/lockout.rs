//! No change of the policy may lock the company out of its policy, its roles or its accounts (ORG-3).
//!
//! Two things are held: what the roles of the system administrator and of the general manager need for it stays theirs on
//! every object, whoever holds them; and of the people who are there, somebody who could still can. Pitfall: a denial wins
//! over every permission, also one that comes with another role of the same person, so any denial counts against.

use rules::kit::refusal::{Code, Refusal, Remedy, RemedyKey};
use rules::vocabulary::Role;

use super::access::{CHANGE, ROW};
use crate::access::{DecisionTable, Hat, Policy, RowChange};
use crate::acting::{Acting, Directory};
use crate::kit::error::Error;
use crate::schema::declared;
use crate::work::Done;

/// What a role never goes without: object, action, and the scopes that are enough.
type Means = (Role, &'static str, &'static str, &'static [&'static str]);

const ANY: &[&str] = &["any"];
const MEANS: &[Means] = &[
    (Role::SystemAdministrator, ROW, "read", ANY),
    (Role::SystemAdministrator, CHANGE, "read", ANY),
    (Role::SystemAdministrator, CHANGE, "draft", ANY),
    (Role::SystemAdministrator, CHANGE, "submit", &["any", "own"]),
    (Role::SystemAdministrator, "role", "assign", ANY),
    (Role::SystemAdministrator, "account", "administer", ANY),
    (Role::GeneralManager, CHANGE, "read", ANY),
    (Role::GeneralManager, CHANGE, "approve", ANY),
    (Role::GoverningBody, "approval", "stand-in", ANY),
];

/// Whether the policy can still be changed, and roles and accounts administered, after these changes.
///
/// # Errors
/// `POLICY_LOCKOUT` for each role and action that nobody would be left for.
pub(super) async fn check(acting: &Acting, policy: &Policy, changes: &[RowChange]) -> Done<()> {
    let before = settled(policy).await?;
    let after = settled(&policy.after(changes)).await?;
    let mut refusals = Vec::new();
    for means in MEANS {
        let (role, object, action, _) = *means;
        let own = [Hat { role, within: None }];
        let by_role = |table: &DecisionTable| are_enough(table, &own, means);
        let by_people = |table: &DecisionTable| holds_somebody(acting, table, means);
        let lost = |holds: &dyn Fn(&DecisionTable) -> bool| holds(&before) && !holds(&after);
        if lost(&by_role) || lost(&by_people) {
            let refusal = Refusal::new(Code::PolicyLockout)
                .labelled("role", role)
                .param("action", format!("{object} · {action}"))
                .remedy(Remedy::new(RemedyKey::KeepMeans));
            refusals.push(refusal);
        }
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(refusals.into())
    }
}

async fn settled(policy: &Policy) -> Result<DecisionTable, Error> {
    let table = DecisionTable::build(declared().catalogue.clone(), policy, 0).await;
    table.map_err(|e| Error::internal(e.to_string()))
}

/// Whether somebody who can sign in holds the role himself and has these means with all his roles.
fn holds_somebody(acting: &Acting, table: &DecisionTable, means: &Means) -> bool {
    let directory: &Directory = &acting.directory;
    let mut people = directory
        .people()
        .filter(|person| person.language.is_some());
    people.any(|person| {
        let subject = directory.subject(person.id, acting.now(), acting.today());
        let own = subject.and_then(|subject| subject.personas.into_iter().next());
        own.is_some_and(|own| {
            own.hats.iter().any(|hat| hat.role == means.0) && are_enough(table, &own.hats, means)
        })
    })
}

/// Whether these roles may do it on every object: a row without limit and no denial, of theirs or of everybody.
fn are_enough(table: &DecisionTable, hats: &[Hat], means: &Means) -> bool {
    let (_, object, action, scopes) = *means;
    let Some(pair) = table.catalogue().position(object, action) else {
        return false;
    };
    let roles = hats.iter().map(|hat| hat.role).chain([Role::Employee]);
    let rows: Vec<_> = roles
        .flat_map(|role| table.rows(role, pair))
        .map(|cell| &cell.row)
        .collect();
    let permits = |scope: &str| scopes.contains(&scope);
    rows.iter().all(|row| !row.deny)
        && rows
            .iter()
            .any(|row| row.limit.is_none() && permits(&row.scope))
}
