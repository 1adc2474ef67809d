//! Loads of changes and of the policy for commands and explanations: only changes that the acting person may see.
//!
//! Pitfall: a command's change is locked before anything is decided on it, its approval after it, the policy last.

use entity::{policy_change, policy_row, state_version};
use rules::kit::refusal::{Code, Refusal};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::access::{CHANGE, ChangeFacts, KIND, ROW_KIND};
use crate::access::{Policy, PolicyTable, Table};
use crate::viewer::{FactLoaders, Facts};
use crate::work::{Done, Work};

/// A change that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND`, also for one that he may not see.
pub(super) async fn fetch(work: &Work<'_>, id: Uuid) -> Done<policy_change::Model> {
    let viewer = &work.acting.viewer;
    let seen = viewer.visible(CHANGE, "read", &Table::named(KIND)).cond();
    let found = policy_change::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    found.ok_or_else(|| Refusal::new(Code::NotFound).at("change").into())
}

/// What the policy knows of a change.
pub(super) fn facts_of(row: &policy_change::Model) -> ChangeFacts {
    ChangeFacts {
        drafted_by: row.drafted_by,
    }
}

/// The policy as the database has it now; whoever else changes it waits until this transaction ends.
///
/// # Errors
/// When the database fails.
pub(super) async fn policy_now(work: &Work<'_>) -> Done<Policy> {
    state_version::Entity::find_by_id("policy")
        .lock_exclusive()
        .one(work.conn())
        .await?;
    Ok(PolicyTable::load(work.conn()).await?)
}

/// Makes the facts of changes and rows known to `can` and `explainAccess`.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind(KIND, "PolicyChange", |scene, id| {
        Box::pin(async move {
            let found = policy_change::Entity::find_by_id(id);
            let found = found.one(&scene.db.read).await?;
            Ok(found.map(|row| Box::new(facts_of(&row)) as Facts))
        })
    });
    facts.kind(ROW_KIND, "PolicyRow", |scene, id| {
        Box::pin(async move {
            let found = policy_row::Entity::find_by_id(id);
            let found = found.one(&scene.db.read).await?;
            Ok(found.map(|_| Box::new(()) as Facts))
        })
    });
}
