//! The mails about notices: claimed, sent outside of any transaction, settled.
//!
//! A claim puts the next try off, so that no other node sends the same mail meanwhile; a node that is killed leaves its
//! claims to run out. Pitfall: between the server's yes and the settling a node can die, so a mail can come twice, with the
//! same `Message-ID`; it never gets lost.

use chrono::Duration;
use entity::notice;
use rules::vocabulary::MailState;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::mail::{Post, Tried};
use super::retry::wait_after;
use crate::acting::Acting;
use crate::config::Config;
use crate::jobs::Job;
use crate::kit::error::Result;
use crate::telemetry;
use crate::work::{Done, Outcome, Work};

/// How many mails are sent in one batch: few, because other jobs wait for the batch.
const BATCH: u64 = 20;
/// How long a claim holds: longer than a batch can take, each mail within the longest timeout that can be set.
const CLAIM: Duration = Duration::minutes(30);

/// The jobs.
pub(super) const JOBS: &[Job] = &[Job {
    name: "notices.mail",
    is_due: |acting| Box::pin(is_due(acting)),
    batch: |acting| Box::pin(send(acting)),
}];

fn due(acting: &Acting) -> Condition {
    Condition::all()
        .add(notice::Column::MailState.eq(MailState::Waiting))
        .add(notice::Column::MailNextAt.lte(acting.now()))
}

async fn is_due(acting: &Acting) -> Result<bool> {
    let config: &Config = acting.get()?;
    if !config.mail.is_on() {
        return Ok(false);
    }
    let query = notice::Entity::find().filter(due(acting)).limit(1);
    Ok(query.count(&acting.db.read).await? > 0)
}

async fn send(acting: &Acting) -> Done<u64> {
    let config: &Config = acting.get()?;
    let post = Post::of(config)?;
    let claimed = claim(acting).await?;
    let many = claimed.len() as u64;
    let mut open = None;
    let mut tried = Vec::with_capacity(claimed.len());
    for notice in claimed {
        let is_settled = notice.read_at.is_some() || notice.resolved_at.is_some();
        let written = match is_settled {
            true => Err(Tried::NotNeeded),
            false => post.write(acting, &notice).await?,
        };
        let outcome = match written {
            Err(outcome) => outcome,
            Ok(message) => {
                let is_open = match open {
                    Some(is_open) => is_open,
                    None => post.is_open().await,
                };
                let outcome = match is_open {
                    true => post.send(message).await,
                    false => Tried::Down,
                };
                // Where the server is gone, the others of the batch are not tried for nothing.
                open = Some(outcome != Tried::Down);
                outcome
            }
        };
        tried.push((notice, outcome));
    }
    settle(acting, config, tried).await?;
    Ok(many)
}

/// Takes some of what is due for this node alone.
async fn claim(acting: &Acting) -> Done<Vec<notice::Model>> {
    let work = Work::begin(acting).await?;
    let rows = notice::Entity::find()
        .filter(due(acting))
        .order_by_asc(notice::Column::MailNextAt)
        .order_by_asc(notice::Column::Id)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(work.conn())
        .await?;
    notice::Entity::update_many()
        .col_expr(
            notice::Column::MailAttempts,
            Expr::col(notice::Column::MailAttempts).add(1),
        )
        .col_expr(
            notice::Column::MailNextAt,
            Expr::value(Some(acting.now() + CLAIM)),
        )
        .filter(notice::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(work.conn())
        .await?;
    work.commit(Outcome::default()).await?;
    Ok(rows)
}

/// Writes what became of them.
async fn settle(acting: &Acting, config: &Config, tried: Vec<(notice::Model, Tried)>) -> Done<()> {
    let work = Work::begin(acting).await?;
    for (notice, outcome) in tried {
        let tries = notice.mail_attempts + 1;
        let last = i64::from(tries) >= i64::from(config.mail.attempts);
        let (state, again, told) = match outcome {
            Tried::Sent => (MailState::Sent, None, "sent"),
            Tried::NotNeeded => (MailState::NotNeeded, None, "not_needed"),
            Tried::Later | Tried::Down if !last => {
                let again = acting.now() + wait_after(tries);
                (MailState::Waiting, Some(again), "later")
            }
            Tried::Later | Tried::Down | Tried::Never => (MailState::Dead, None, "dead"),
        };
        if state == MailState::Dead {
            tracing::error!(notice = %notice.id, tries, "the mail about a notice is given up");
        }
        telemetry::count_notice_mail(told);
        notice::Entity::update_many()
            .col_expr(notice::Column::MailState, Expr::value(state.as_str()))
            .col_expr(notice::Column::MailNextAt, Expr::value(again))
            .filter(notice::Column::Id.eq(notice.id))
            .exec(work.conn())
            .await?;
    }
    work.commit(Outcome::default()).await?;
    Ok(())
}
