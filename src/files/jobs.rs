//! Contents that no file has: uploaded and never hung, or left behind by an erasure. They are removed a day after they were
//! last uploaded.

use chrono::Duration;
use entity::{file, file_blob};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use super::store::Store;
use crate::acting::Acting;
use crate::jobs::Job;
use crate::kit::error::Result;
use crate::work::{Done, Outcome, Work};

/// How long an upload may take to become a file.
pub(super) const REST: Duration = Duration::days(1);

/// The jobs.
pub(super) const JOBS: &[Job] = &[Job {
    name: "files.orphans",
    is_due: |acting| Box::pin(is_due(acting)),
    batch: |acting| Box::pin(remove(acting)),
}];

/// No file has the content, and nobody uploaded it lately.
fn orphaned(acting: &Acting) -> Condition {
    let same = Expr::col((file::Entity, file::Column::Sha256))
        .eq(Expr::col((file_blob::Entity, file_blob::Column::Sha256)));
    let hung = Query::select()
        .expr(Expr::val(1))
        .from(file::Entity)
        .and_where(same)
        .take();
    Condition::all()
        .add(file_blob::Column::TouchedAt.lt(acting.now() - REST))
        .add(Expr::exists(hung).not())
}

async fn is_due(acting: &Acting) -> Result<bool> {
    let query = file_blob::Entity::find().filter(orphaned(acting)).limit(1);
    Ok(query.count(&acting.db.read).await? > 0)
}

/// Removes one content with its row. The row is held meanwhile, so that nobody who uploads the content again takes it for
/// kept; a removal that breaks off is repeated.
async fn remove(acting: &Acting) -> Done<u64> {
    let work = Work::begin(acting).await?;
    let found = file_blob::Entity::find()
        .filter(orphaned(acting))
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(work.conn())
        .await?;
    let Some(blob) = found else { return Ok(0) };
    file_blob::Entity::delete_by_id(blob.sha256.clone())
        .exec(work.conn())
        .await?;
    let store: &Store = acting.get()?;
    store
        .remove(&blob.sha256)
        .await
        .map_err(crate::kit::error::Error::from)?;
    work.commit(Outcome::default()).await?;
    Ok(1)
}
