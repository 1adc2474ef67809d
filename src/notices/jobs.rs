//! The mails about notices, one at a time: claimed, sent outside of any transaction, settled.
//!
//! A claim puts the next try off, so that no other node sends the same mail meanwhile; a node that is killed leaves its one
//! claim to run out. Pitfall: between the server's yes and the settling a node can die, so a mail can come twice, with the
//! same `Message-ID`; it never gets lost.

use chrono::{DateTime, Duration, Utc};
use entity::notice;
use rules::vocabulary::MailState;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
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

/// How long a claim holds: longer than a try and the look after it can take, each within the longest timeout that can be
/// set, a minute.
const CLAIM: Duration = Duration::minutes(10);
/// How long all that is due rests when the mail server is not open.
const REST: Duration = Duration::minutes(1);

/// The jobs. One mail a batch, so that a stopping node ends after the mail that it is at.
pub(super) const JOBS: &[Job] = &[Job {
    name: "notices.mail",
    is_due: |acting| Box::pin(is_due(acting)),
    batch: |acting| Box::pin(send(acting)),
}];

fn due(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(notice::Column::MailState.eq(MailState::Waiting))
        .add(notice::Column::MailNextAt.lte(now))
}

async fn is_due(acting: &Acting) -> Result<bool> {
    let config: &Config = acting.get()?;
    if !config.mail.is_on() {
        return Ok(false);
    }
    let query = notice::Entity::find().filter(due(acting.now())).limit(1);
    Ok(query.count(&acting.db.read).await? > 0)
}

/// Sends one mail; gives none where the server is not open, so that the job rests.
async fn send(acting: &Acting) -> Done<u64> {
    let config: &Config = acting.get()?;
    let post = Post::of(config)?;
    if !post.is_open().await {
        telemetry::count_notice_mail("down");
        rest(acting).await?;
        return Ok(0);
    }
    let Some(notice) = claim(acting).await? else {
        return Ok(0);
    };
    let written = match post.write(acting, &notice).await {
        Ok(written) => written,
        Err(error) => {
            tracing::warn!(%error, notice = %notice.id, "the mail about a notice could not be written");
            Err(Tried::Later)
        }
    };
    let outcome = match written {
        Ok(message) => post.send(message).await,
        Err(outcome) => outcome,
    };
    settle(acting, config, &notice, outcome).await?;
    if outcome == Tried::Down {
        rest(acting).await?;
        return Ok(0);
    }
    Ok(1)
}

/// Lets all that is due wait for the server, without counting it as a try.
async fn rest(acting: &Acting) -> Result<()> {
    let now = acting.shared.clock.now();
    notice::Entity::update_many()
        .col_expr(notice::Column::MailNextAt, Expr::value(Some(now + REST)))
        .filter(due(now))
        .exec(&acting.db.write)
        .await?;
    Ok(())
}

/// Takes one that is due for this node alone, as it is now.
async fn claim(acting: &Acting) -> Done<Option<notice::Model>> {
    let now = acting.shared.clock.now();
    let work = Work::begin(acting);
    let row = notice::Entity::find()
        .filter(due(now))
        .order_by_asc(notice::Column::MailNextAt)
        .order_by_asc(notice::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(work.conn())
        .await?;
    let Some(mut row) = row else {
        return Ok(None);
    };
    row.mail_attempts += 1;
    notice::Entity::update_many()
        .col_expr(notice::Column::MailAttempts, Expr::value(row.mail_attempts))
        .col_expr(notice::Column::MailNextAt, Expr::value(Some(now + CLAIM)))
        .filter(notice::Column::Id.eq(row.id))
        .exec(work.conn())
        .await?;
    work.commit(Outcome::default()).await?;
    Ok(Some(row))
}

/// Writes what became of it; where its claim ran out and another node took it over, that one does.
async fn settle(
    acting: &Acting,
    config: &Config,
    notice: &notice::Model,
    outcome: Tried,
) -> Result<()> {
    let (tries, now) = (notice.mail_attempts, acting.shared.clock.now());
    let last = i64::from(tries) >= i64::from(config.mail.attempts);
    let (state, again, told) = match outcome {
        Tried::Sent => (MailState::Sent, None, "sent"),
        Tried::NotNeeded => (MailState::NotNeeded, None, "not_needed"),
        Tried::Down => (MailState::Waiting, Some(now + REST), "down"),
        Tried::Later if !last => (MailState::Waiting, Some(now + wait_after(tries)), "later"),
        Tried::Later | Tried::Never => (MailState::Dead, None, "dead"),
    };
    if state == MailState::Dead {
        tracing::error!(notice = %notice.id, tries, "the mail about a notice is given up");
    }
    telemetry::count_notice_mail(told);
    let counted = tries - i32::from(outcome == Tried::Down);
    notice::Entity::update_many()
        .col_expr(notice::Column::MailState, Expr::value(state.as_str()))
        .col_expr(notice::Column::MailAttempts, Expr::value(counted))
        .col_expr(notice::Column::MailNextAt, Expr::value(again))
        .filter(notice::Column::Id.eq(notice.id))
        .filter(notice::Column::MailState.eq(MailState::Waiting))
        .filter(notice::Column::MailAttempts.eq(tries))
        .exec(&acting.db.write)
        .await?;
    Ok(())
}
