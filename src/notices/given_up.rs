//! Mails that were given up, for those who run the server: how many there are, and once more from the beginning.
//!
//! Pitfall: this says nothing of the business, so it leaves no trace but the mails.

use chrono::{DateTime, Utc};
use entity::notice;
use rules::vocabulary::MailState;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use crate::kit::error::Result;

/// How many mails are in each state.
///
/// # Errors
/// When the database fails.
pub async fn mails(conn: &impl ConnectionTrait) -> Result<Vec<(MailState, u64)>> {
    let mut counts = Vec::new();
    for state in MailState::ALL {
        let mails = notice::Entity::find().filter(notice::Column::MailState.eq(*state));
        counts.push((*state, mails.count(conn).await?));
    }
    Ok(counts)
}

/// Lets what was given up be tried again from now on, as often as a new one; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn retry_mails(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let waiting = Expr::value(MailState::Waiting.as_str());
    let done = notice::Entity::update_many()
        .col_expr(notice::Column::MailState, waiting)
        .col_expr(notice::Column::MailAttempts, Expr::value(0))
        .col_expr(notice::Column::MailNextAt, Expr::value(Some(now)))
        .filter(notice::Column::MailState.eq(MailState::Dead))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}
