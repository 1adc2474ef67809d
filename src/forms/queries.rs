//! What commands and explanations read of forms and copies.
//!
//! Pitfall: a form is known to whoever reads its object; an object's kind without a loader of its own makes its forms
//! answer as if they did not exist.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entity::{form, form_copy};
use rules::forms::{Unit, receivers};
use rules::kit::refusal::{Code, Refusal};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::access::{COPY, CopyFacts, FORM, FormFacts};
use crate::access::Table;
use crate::acting::Directory;
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::schema::declared;
use crate::viewer::{FactLoaders, Facts};
use crate::work::{Done, Work};

/// A form that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND` at `field`, also for one that he may not see.
pub(super) async fn fetch(work: &Work<'_>, id: Uuid, field: &str) -> Done<form::Model> {
    let viewer = &work.acting.viewer;
    let seen = viewer.visible(FORM, "read", &Table::named(FORM)).cond();
    let found = form::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    found.ok_or_else(|| Refusal::new(Code::NotFound).at(field).into())
}

/// A copy of a form that the acting person may see, locked until the work ends, with its form.
///
/// # Errors
/// `NOT_FOUND` at `copy`, also for one that he may not see.
pub(super) async fn fetch_copy(work: &Work<'_>, id: Uuid) -> Done<(form_copy::Model, form::Model)> {
    let missing = || Refusal::new(Code::NotFound).at("copy");
    let copy = form_copy::Entity::find_by_id(id).one(work.conn()).await?;
    let form = fetch(work, copy.ok_or_else(missing)?.form_id, "copy").await?;
    // Read again behind the form's lock: whoever held it may have recorded the receipt.
    let copy = form_copy::Entity::find_by_id(id)
        .lock_exclusive()
        .one(work.conn())
        .await?;
    Ok((copy.ok_or_else(missing)?, form))
}

/// The departments as the rules of copies see them.
pub(super) fn units(directory: &Directory) -> Vec<Unit> {
    let unit = |department: &crate::acting::Department| Unit {
        id: department.id,
        kind: department.kind,
        tier: department.tier,
        parent: department.parent,
        closed: department.closed,
    };
    directory.departments().map(unit).collect()
}

/// What the policy knows of a copy.
pub(super) fn copy_facts(units: &[Unit], copy: &form_copy::Model) -> CopyFacts {
    CopyFacts {
        receivers: receivers(copy.department_kind, copy.department_id, units),
    }
}

/// `ALREADY_RECEIVED` with the name of who recorded it and the company's local time.
pub(super) fn in_words(
    directory: &Directory,
    zone: Tz,
    received: Option<(Uuid, DateTime<Utc>)>,
    refusal: Refusal,
) -> Refusal {
    let Some((by, at)) = received else {
        return refusal;
    };
    let at = at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    refusal.param("by", directory.name(by)).param("at", at)
}

/// What the policy knows of a form; `None` where its object is gone or of no known kind.
///
/// # Errors
/// When the database fails.
pub(super) async fn form_facts(scene: &Scene, form: &form::Model) -> Result<Option<FormFacts>> {
    let Some((_, load)) = declared().facts.of(&form.subject_kind) else {
        return Ok(None);
    };
    let subject = load(scene, form.subject_id).await?;
    Ok(subject.map(|subject| FormFacts {
        subject_kind: form.subject_kind.clone(),
        subject,
    }))
}

/// Makes the facts of forms and copies known to `can` and `explainAccess`.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind(FORM, "Form", |scene, id| {
        Box::pin(async move {
            let form = form::Entity::find_by_id(id).one(&scene.db.read).await?;
            let Some(form) = form else { return Ok(None) };
            let facts = form_facts(scene, &form).await?;
            Ok(facts.map(|facts| Box::new(facts) as Facts))
        })
    });
    facts.kind(COPY, "FormCopy", |scene, id| {
        Box::pin(async move {
            let copy = form_copy::Entity::find_by_id(id)
                .one(&scene.db.read)
                .await?;
            let Some(copy) = copy else { return Ok(None) };
            let units = units(scene.get()?);
            Ok(Some(Box::new(copy_facts(&units, &copy)) as Facts))
        })
    });
}
