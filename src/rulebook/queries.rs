//! Loads of revisions for commands and explanations: only those that the acting person may see.
//!
//! Pitfall: a command's revision is locked before anything is decided on it; its approval is locked after it.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{department, rulebook_revision};
use rules::kit::refusal::{Code, Refusal};
use rules::rulebook::Revision;
use rules::vocabulary::{DepartmentKind, RevisionState};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::access::{KIND, REVISION, RevisionFacts};
use crate::access::Table;
use crate::acting::Acting;
use crate::kit::error::Result;
use crate::kit::ids;
use crate::viewer::{FactLoaders, Facts};
use crate::work::{Done, Work};

/// A revision that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND`, also for one that he may not see.
pub(super) async fn fetch(work: &Work<'_>, id: Uuid) -> Done<rulebook_revision::Model> {
    let seen = work
        .acting
        .viewer
        .visible(REVISION, "read", &Table::named(KIND))
        .cond();
    let found = rulebook_revision::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    found.ok_or_else(|| Refusal::new(Code::NotFound).at("revision").into())
}

/// The departments of a kind, which interpret its regulations.
///
/// # Errors
/// When the database fails.
pub(super) async fn interpreters(
    db: &impl ConnectionTrait,
    kind: DepartmentKind,
) -> Result<Vec<Uuid>> {
    let ids = department::Entity::find()
        .select_only()
        .column(department::Column::Id)
        .filter(department::Column::Kind.eq(kind))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids)
}

/// What the policy knows of a revision.
///
/// # Errors
/// When the database fails.
pub(super) async fn facts_of(
    db: &impl ConnectionTrait,
    row: &rulebook_revision::Model,
) -> Result<RevisionFacts> {
    Ok(RevisionFacts {
        interpreters: interpreters(db, row.interpreted_by).await?,
        drafted_by: row.drafted_by,
        approved: row.state == RevisionState::Approved,
        for_governing_body: row.for_governing_body,
    })
}

/// A revision as the rules take it.
///
/// # Errors
/// `RULEBOOK_INVALID` where this version does not know a parameter of it.
pub(super) fn revision_of(
    acting: &Acting,
    row: &rulebook_revision::Model,
) -> Result<Revision, Refusal> {
    let regulations = acting.shared.regulations;
    let (code, on) = (&row.regulation_code, row.effective_on);
    Revision::read(regulations, code, on, &row.reason, &row.changes)
        .map_err(|invalid| invalid.refusal().at("values"))
}

/// The public ids of approved revisions by what they brought: parameter and first day.
///
/// # Errors
/// When the database fails.
pub(super) async fn origins(
    db: &impl ConnectionTrait,
) -> Result<HashMap<(String, NaiveDate), String>> {
    let approved = rulebook_revision::Entity::find()
        .filter(rulebook_revision::Column::State.eq(RevisionState::Approved))
        .all(db)
        .await?;
    let mut origins = HashMap::new();
    for row in &approved {
        for change in row.changes.as_array().into_iter().flatten() {
            let parameter = change["parameter"].as_str().unwrap_or_default();
            let brought = (parameter.to_owned(), row.effective_on);
            origins.insert(brought, ids::encode("revision", row.id));
        }
    }
    Ok(origins)
}

/// Makes the facts of revisions known to `can` and `explainAccess`.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind(KIND, "RulebookRevision", |scene, id| {
        Box::pin(async move {
            let db = &scene.db.read;
            let Some(row) = rulebook_revision::Entity::find_by_id(id).one(db).await? else {
                return Ok(None);
            };
            Ok(Some(Box::new(facts_of(db, &row).await?) as Facts))
        })
    });
}
