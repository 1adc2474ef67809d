//! Erasing files with the person on whose objects they hang (PIP-3): the rows lose name and hash as declared, the contents
//! go once no other file has them.

use entity::{file, file_blob};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::jobs::REST;
use crate::erasure::{Column, Hangs, Reach, Trace};
use crate::work::{Done, Work};

const FILE: &str = "file";
/// Files asked for in one statement.
const CHUNK: usize = 500;

/// What of a file is personal. A content's hash could be tried out like any other.
pub(super) const TRACE: Trace = Trace {
    ends: Some("erased_at"),
    ..Trace::new(
        FILE,
        &[Hangs::OnAny("object_kind", "object_id")],
        &[
            Column::empty("name").free(),
            Column::null("sha256"),
            Column::null("void_reason").free(),
        ],
    )
};

/// Lets the contents of the erased files go: a job removes those that no other file has, right after the transaction and
/// never before.
pub(super) fn let_go<'a>(work: &'a mut Work<'_>, reach: &'a Reach) -> BoxFuture<'a, Done<()>> {
    Box::pin(async move {
        // The job leaves alone what was uploaded lately; these it need not wait for.
        let long_ago = work.acting.now() - REST - chrono::Duration::seconds(1);
        let files: Vec<_> = reach.of_table(FILE).into_iter().collect();
        for files in files.chunks(CHUNK) {
            let contents: Vec<Option<String>> = file::Entity::find()
                .select_only()
                .column(file::Column::Sha256)
                .filter(file::Column::Id.is_in(files.iter().copied()))
                .into_tuple()
                .all(work.conn())
                .await?;
            file_blob::Entity::update_many()
                .col_expr(file_blob::Column::TouchedAt, Expr::value(long_ago))
                .filter(file_blob::Column::Sha256.is_in(contents.into_iter().flatten()))
                .exec(work.conn())
                .await?;
        }
        Ok(())
    })
}
