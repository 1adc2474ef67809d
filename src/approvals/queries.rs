//! The facts of approvals, for `can` and `explainAccess`: those of the object that is decided on.
//!
//! Pitfall: an object's kind without a loader of its own makes its approvals answer as if they did not exist.

use entity::approval;
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::access::Facts;
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::schema::declared;
use crate::viewer::FactLoaders;

/// Makes the facts of approvals known.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind("approval", "Approval", |scene, id| {
        Box::pin(async move {
            let found = facts_of(scene, id).await?;
            Ok(found.map(|facts| Box::new(facts) as crate::viewer::Facts))
        })
    });
}

async fn facts_of(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    let Some(row) = approval::Entity::find_by_id(id).one(&scene.db.read).await? else {
        return Ok(None);
    };
    let Some((_, load)) = declared().facts.of(&row.subject_kind) else {
        return Ok(None);
    };
    let subject = load(scene, row.subject_id).await?;
    Ok(subject.map(|subject| Facts {
        subject_kind: row.subject_kind,
        subject,
    }))
}
