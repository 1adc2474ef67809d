//! Contents that no file has: uploaded and never hung, or left behind by an erasure. They are removed a day after they were
//! last uploaded.

use std::io;

use chrono::Duration;
use entity::{file, file_blob};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::store::{Store, StoreError};
use crate::acting::Acting;
use crate::jobs::Job;
use crate::kit::error::Error;
use crate::work::{Done, Outcome, Work};

/// How long an upload may take to become a file.
pub(super) const REST: Duration = Duration::days(1);
/// When a removal that failed is tried again.
const AGAIN: Duration = Duration::hours(1);
/// How long the store may take over an answer while others wait.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

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

async fn is_due(acting: &Acting) -> Result<bool, Error> {
    let query = file_blob::Entity::find().filter(orphaned(acting)).limit(1);
    Ok(query.count(&acting.db.read).await? > 0)
}

/// Removes one content with its row, the one that waits longest first. Where the store fails, it is put off, so that it
/// keeps nobody up.
async fn remove(acting: &Acting) -> Done<u64> {
    let found = file_blob::Entity::find()
        .filter(orphaned(acting))
        .order_by_asc(file_blob::Column::TouchedAt)
        .order_by_asc(file_blob::Column::Sha256)
        .limit(1)
        .one(&acting.db.read)
        .await?;
    let Some(blob) = found else { return Ok(0) };
    if let Err(error) = removed(acting, &blob.sha256).await? {
        tracing::warn!(%error, sha256 = blob.sha256, "a content can't be removed now; it is tried again in an hour");
        file_blob::Entity::update_many()
            .col_expr(
                file_blob::Column::TouchedAt,
                Expr::value(acting.now() - REST + AGAIN),
            )
            .filter(file_blob::Column::Sha256.eq(blob.sha256))
            .filter(file_blob::Column::TouchedAt.eq(blob.touched_at))
            .exec(&acting.db.write)
            .await?;
    }
    Ok(1)
}

/// The row is held while the content goes, so that nobody who uploads it again takes it for kept; a removal that breaks off
/// is repeated. On SQLite all writers wait meanwhile: so the store is asked first whether it answers at all.
async fn removed(acting: &Acting, sha256: &str) -> Done<Result<(), StoreError>> {
    let store: &Store = acting.get()?;
    if let Err(error) = soon(store.has(sha256)).await {
        return Ok(Err(error));
    }
    let work = Work::begin(acting);
    let held = file_blob::Entity::find_by_id(sha256)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(work.conn())
        .await?;
    if held.is_none() {
        return Ok(Ok(()));
    }
    // Asked again by a statement of its own, which sees whatever was hung before the row was held.
    let gone = file_blob::Entity::delete_many()
        .filter(file_blob::Column::Sha256.eq(sha256))
        .filter(orphaned(acting))
        .exec(work.conn())
        .await?;
    if gone.rows_affected > 0 {
        if let Err(error) = soon(store.remove(sha256)).await {
            return Ok(Err(error));
        }
        work.commit(Outcome::default()).await?;
    }
    Ok(Ok(()))
}

/// What the store answers, if it does so soon.
async fn soon<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    tokio::time::timeout(PATIENCE, answer).await.map_err(late)?
}
