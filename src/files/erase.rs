//! Erasing files for good, for the features that make a person unknown: the name, the hash and, where no other file has it,
//! the content.
//!
//! Pitfall: what history keeps of the rows is the caller's to erase, and so is the note of why.

use entity::{file, file_blob};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::jobs::REST;
use crate::kit::error::Result;
use crate::work::Work;

/// The files on these objects, and on what lies in their archives: of a customer, those on its notes too.
///
/// # Errors
/// When the database fails.
pub async fn under(work: &Work<'_>, holders: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::HolderId.is_in(holders.iter().copied()))
        .into_tuple()
        .all(work.conn())
        .await?)
}

/// Erases files: the rows stay, without name and hash. A content that no file has any more is removed by a job right after
/// the transaction, never before. Gives how many were erased now.
///
/// # Errors
/// When the database fails.
pub async fn erase(work: &Work<'_>, files: &[Uuid]) -> Result<u64> {
    let now = work.acting.now();
    let wanted = file::Column::Id
        .is_in(files.iter().copied())
        .and(file::Column::ErasedAt.is_null());
    let contents: Vec<Option<String>> = file::Entity::find()
        .select_only()
        .column(file::Column::Sha256)
        .filter(wanted.clone())
        .into_tuple()
        .all(work.conn())
        .await?;
    let erased = file::Entity::update_many()
        .col_expr(file::Column::Name, Expr::value(""))
        .col_expr(file::Column::Sha256, Expr::value(None::<String>))
        .col_expr(file::Column::ErasedAt, Expr::value(now))
        .filter(wanted)
        .exec(work.conn())
        .await?;
    // The job leaves alone what was uploaded lately; these it need not wait for.
    file_blob::Entity::update_many()
        .col_expr(
            file_blob::Column::TouchedAt,
            Expr::value(now - REST - chrono::Duration::seconds(1)),
        )
        .filter(file_blob::Column::Sha256.is_in(contents.into_iter().flatten()))
        .exec(work.conn())
        .await?;
    Ok(erased.rows_affected)
}
