//! Gives audit entries their places, after the transactions that wrote them: a place given inside of each transaction
//! would let them wait for one row, a tenth of the writes a second.
//!
//! Every node runs one; whoever finds entries without a place takes the lease, or leaves them to the node that has it. The
//! lease only spares work: places are given with the row of `sequencer` locked, so two nodes never give the same.
//!
//! An entry is taken as soon as it can be seen, in the order of `seq`. Of two changes of one object the later one saw the
//! earlier one committed, so it has the higher `seq` and is never seen before it: objects keep their order. Entries up to
//! `settled` need not be looked for any more. On SQLite, where one writes at a time, these are all that were seen. On
//! PostgreSQL a transaction may hold a lower `seq` and not be committed: it had its number before its entry had its
//! `seq`, so once every transaction older than one begun later has ended, nothing up to there is missing ([`Fence`]).

use std::sync::Arc;
use std::time::Duration;

use entity::{audit_chain, audit_entry, sequencer};
use rules::audit::{Head, Link};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select, Statement,
};
use uuid::Uuid;

use super::{hash_of, stored};
use crate::events::{self, Feed};
use crate::kit::clock::Clock;
use crate::kit::db::{Db, Dialect};
use crate::kit::error::{Error, Result};
use crate::kit::together;
use crate::work;

/// How often entries of other processes are looked for.
const POLL: Duration = Duration::from_millis(200);
/// How long commits of this process gather before they are given their places together.
const GATHER: Duration = Duration::from_millis(15);
/// How long a node that says nothing keeps the lease.
const LEASE: chrono::Duration = chrono::Duration::seconds(2);
/// Entries that are given their places in one transaction.
const BATCH: u64 = 1000;
/// Name of the one row of `sequencer`.
pub(super) const AUDIT: &str = "audit";

/// Gives places for as long as it runs.
pub struct Sequencer {
    node: Uuid,
    db: Db,
    clock: Arc<Clock>,
    feed: Arc<Feed>,
    told: Option<i64>,
    fence: Option<Fence>,
}

/// Up to where entries were seen, and the number of a transaction begun after that.
#[derive(Debug, Clone, Copy)]
struct Fence {
    seen: i64,
    begun: Option<i64>,
}

impl Sequencer {
    /// A node's sequencer.
    pub fn new(db: Db, clock: Arc<Clock>, feed: Arc<Feed>) -> Self {
        Self {
            node: clock.new_id(),
            db,
            clock,
            feed,
            told: None,
            fence: None,
        }
    }

    /// Gives places whenever something was committed, here or by another process. Never ends.
    pub async fn run(mut self) {
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::error!(%error, "audit entries can't be given their places");
                tokio::time::sleep(POLL).await;
            }
            tokio::select! {
                () = self.feed.commit() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Gives every entry that can be seen its place, unless another node is about it, and tells this process's listeners
    /// of every event that has one by now. Gives how many places it gave.
    ///
    /// # Errors
    /// When the database fails; what was given stays.
    pub async fn catch_up(&mut self) -> Result<usize> {
        if self.told.is_none() {
            self.told = Some(state(&self.db.read).await?.position);
        }
        let mut given = 0;
        loop {
            let batch = if is_waiting(&self.db.read).await? {
                self.give().await?
            } else {
                0
            };
            given += batch;
            // Between any two batches, so that listeners hear while others write without a pause.
            self.tell().await?;
            if (batch as u64) < BATCH {
                return Ok(given);
            }
        }
    }

    async fn tell(&mut self) -> Result<()> {
        loop {
            let told = self.told.unwrap_or_default();
            let events = events::read_after(&self.db.read, told, events::BATCH).await?;
            let Some(last) = events.last() else {
                return Ok(());
            };
            self.told = Some(last.position);
            self.feed.tell(events);
        }
    }

    /// One transaction of places; none when another node has the lease.
    async fn give(&mut self) -> Result<usize> {
        let tx = together::begin(&self.db.write).await?;
        if !self.lease(&tx).await? {
            tx.rollback().await?;
            return Ok(0);
        }
        let state = state(&tx).await?;
        let passed = self.pass(&tx).await?;
        let entries = waiting(state.settled)
            .order_by_asc(audit_entry::Column::Seq)
            .limit(BATCH)
            .all(&tx)
            .await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else {
            tx.commit().await?;
            return Ok(0);
        };
        let settled = match passed {
            Passed::All => last,
            Passed::UpTo(seen) if (entries.len() as u64) < BATCH || last >= seen => seen,
            Passed::UpTo(_) | Passed::Nothing => state.settled,
        };
        let mut head = Head {
            position: state.position,
            root: stored(&state.root),
        };
        let mut links = Vec::with_capacity(entries.len());
        for entry in &entries {
            let link = head
                .next(entry.id, hash_of(entry), self.clock.now())
                .ok_or_else(|| Error::internal("the chain is at the last position there is"))?;
            head = link.head();
            links.push(row_of(&link));
        }
        work::insert_all(&tx, links).await?;
        let left = sequencer::ActiveModel {
            position: Set(head.position),
            root: Set(head.root.to_vec()),
            settled: Set(Ord::max(settled, state.settled)),
            ..Default::default()
        };
        sequencer::Entity::update_many()
            .set(left)
            .filter(sequencer::Column::Name.eq(AUDIT))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        if !matches!(passed, Passed::Nothing) || self.fence.is_none() {
            self.fence = Some(Fence {
                seen: last,
                begun: None,
            });
        }
        Ok(entries.len())
    }

    /// Takes or keeps the lease, and with it the lock on the row.
    async fn lease(&self, tx: &DatabaseTransaction) -> Result<bool> {
        use sequencer::Column::{Holder, LeasedUntil, Name};
        let now = self.clock.now();
        let taken = sequencer::Entity::update_many()
            .col_expr(Holder, Expr::val(self.node))
            .col_expr(LeasedUntil, Expr::val(now + LEASE))
            .filter(Name.eq(AUDIT))
            .filter(
                Holder
                    .eq(self.node)
                    .or(Holder.is_null())
                    .or(LeasedUntil.lte(now)),
            )
            .exec(tx)
            .await?;
        Ok(taken.rows_affected == 1)
    }

    /// How far nothing can come up any more that the statements which follow don't see.
    async fn pass(&mut self, tx: &DatabaseTransaction) -> Result<Passed> {
        if self.db.dialect == Dialect::Sqlite {
            return Ok(Passed::All);
        }
        let Some(fence) = &mut self.fence else {
            return Ok(Passed::Nothing);
        };
        let (own, oldest) = transactions(tx).await?;
        let begun = *fence.begun.get_or_insert(own);
        Ok(if oldest >= begun {
            Passed::UpTo(fence.seen)
        } else {
            Passed::Nothing
        })
    }
}

/// Up to which `seq` every entry is there that ever will be.
#[derive(Debug, Clone, Copy)]
enum Passed {
    Nothing,
    UpTo(i64),
    All,
}

/// The number of this transaction, and that of the oldest that runs.
async fn transactions(tx: &DatabaseTransaction) -> Result<(i64, i64)> {
    const NUMBERS: &str = "SELECT pg_current_xact_id()::text::bigint AS own, \
                           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest";
    let statement = Statement::from_string(tx.get_database_backend(), NUMBERS);
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a transaction has no number"))?;
    Ok((row.try_get("", "own")?, row.try_get("", "oldest")?))
}

/// How far the chain came.
///
/// # Errors
/// When the database fails.
pub(super) async fn state(conn: &impl ConnectionTrait) -> Result<sequencer::Model> {
    let row = sequencer::Entity::find_by_id(AUDIT).one(conn).await?;
    row.ok_or_else(|| Error::internal("the row of the sequencer is gone"))
}

/// Entries without a place behind `settled`.
pub(super) fn waiting(settled: i64) -> Select<audit_entry::Entity> {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Seq.gt(settled))
        .filter(Expr::exists(place()).not())
}

/// The place of the row of `audit_entry` in the statement around. Asked row by row, which is what the offset says to
/// PostgreSQL: it would otherwise read the whole chain to find that few entries have no place in it.
pub(super) fn place() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .limit(1)
        .offset(0)
        .from(audit_chain::Entity)
        .and_where(
            Expr::col((audit_chain::Entity, audit_chain::Column::EntryId))
                .eq(Expr::col((audit_entry::Entity, audit_entry::Column::Id))),
        )
        .take()
}

async fn is_waiting(conn: &impl ConnectionTrait) -> Result<bool> {
    let settled = state(conn).await?.settled;
    let first = waiting(settled)
        .select_only()
        .column(audit_entry::Column::Seq)
        .limit(1)
        .into_tuple::<i64>();
    Ok(first.one(conn).await?.is_some())
}

fn row_of(link: &Link) -> audit_chain::ActiveModel {
    audit_chain::ActiveModel {
        position: Set(link.position),
        entry_id: Set(link.entry),
        entry_hash: Set(link.entry_hash.to_vec()),
        chained_at: Set(link.at),
        previous: Set(link.previous.to_vec()),
        root: Set(link.root.to_vec()),
    }
}
