//! The right to run a job, held by one node for a time (table `job_lease`).
//!
//! Written outside of a unit of work, because it says nothing of the business and must be seen before the work begins.
//! Pitfall: nodes compare their own clocks; one that runs ahead takes a lease early, which costs waiting for row locks,
//! never a thing done twice.

use chrono::{DateTime, Duration, Utc};
use entity::job_lease::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::acting::Acting;
use crate::kit::error::Result;

/// How long a lease holds unless it is renewed; the longest that a job rests after the node that ran it was killed.
pub(super) const LIFE: Duration = Duration::seconds(30);

/// Takes the lease of a job where nobody holds it; gives whether it was taken.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(acting: &Acting, job: &str, node: &str) -> Result<bool> {
    let row = ActiveModel {
        name: Set(job.to_owned()),
        holder: Set(node.to_owned()),
        until_at: Set(acting.now() + LIFE),
    };
    let run_out = Expr::col((Entity, Column::UntilAt)).lte(acting.now());
    let taken = Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::Name)
                .update_columns([Column::Holder, Column::UntilAt])
                .action_and_where(run_out)
                .to_owned(),
        )
        .exec_without_returning(&acting.db.write)
        .await?;
    Ok(taken > 0)
}

/// Prolongs a lease that one holds still.
///
/// # Errors
/// When the database fails.
pub(super) async fn renew(acting: &Acting, job: &str, node: &str) -> Result<()> {
    set(acting, job, node, acting.now() + LIFE).await
}

/// Gives the lease back, so that any node can take it.
///
/// # Errors
/// When the database fails.
pub(super) async fn release(acting: &Acting, job: &str, node: &str) -> Result<()> {
    set(acting, job, node, acting.now()).await
}

async fn set(acting: &Acting, job: &str, node: &str, until: DateTime<Utc>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::UntilAt, Expr::value(until))
        .filter(Column::Name.eq(job))
        .filter(Column::Holder.eq(node))
        .exec(&acting.db.write)
        .await?;
    Ok(())
}
