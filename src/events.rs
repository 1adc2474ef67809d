//! Events: what happened, in one order for everybody. Every audit entry is one; its place in the chain is its position.
//!
//! An entry is written in the transaction of its change and given its place afterwards (`audit::Sequencer`), so positions
//! have no gaps whoever writes at the same time: a reader goes on from the last position it saw and misses nothing. Who
//! changed an object after somebody else has the later position. Pitfall: an event holds ids; what became of the object
//! is read through the graph, under the policy of whoever reads.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{audit_chain, audit_entry};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::kit::error::{Error, Result};

/// Batches that a listener may be behind before it has to read the database.
const BEHIND: usize = 64;

/// Events of one batch at most.
pub const BATCH: u64 = 1000;

/// Which events somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interest {
    /// Those about one object.
    Object(Uuid),
    /// Those about objects of these kinds.
    Kinds(Vec<&'static str>),
    /// Those of these verbs.
    Verbs(&'static [&'static str]),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place, from 1 without gaps.
    pub position: i64,
    /// Its id, that of the audit entry.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What, in the command's own word.
    pub verb: String,
    /// Kind of object, a table's name for business rows.
    pub object_kind: String,
    /// The object; none where the act has none.
    pub object: Option<Uuid>,
}

/// The events behind a position, in order.
///
/// # Errors
/// When the database fails.
pub async fn read_after(
    conn: &impl ConnectionTrait,
    position: i64,
    limit: u64,
) -> Result<Vec<Event>> {
    let entry = audit_chain::Entity::belongs_to(audit_entry::Entity)
        .from(audit_chain::Column::EntryId)
        .to(audit_entry::Column::Id)
        .into();
    let rows: Vec<(i64, Uuid, DateTime<Utc>, String, String, Option<Uuid>)> =
        audit_chain::Entity::find()
            .select_only()
            .column(audit_chain::Column::Position)
            .column(audit_entry::Column::Id)
            .column(audit_entry::Column::At)
            .column(audit_entry::Column::Verb)
            .column(audit_entry::Column::ObjectKind)
            .column(audit_entry::Column::ObjectId)
            .join(JoinType::InnerJoin, entry)
            .filter(audit_chain::Column::Position.gt(position))
            .order_by_asc(audit_chain::Column::Position)
            .limit(limit)
            .into_tuple()
            .all(conn)
            .await?;
    let event = |(position, id, at, verb, object_kind, object)| Event {
        position,
        id,
        at,
        verb,
        object_kind,
        object,
    };
    Ok(rows.into_iter().map(event).collect())
}

/// The place of the last event that has one; 0 before the first.
///
/// # Errors
/// When the database fails.
pub async fn last_position(conn: &impl ConnectionTrait) -> Result<i64> {
    let last = audit_chain::Entity::find()
        .select_only()
        .column(audit_chain::Column::Position)
        .order_by_desc(audit_chain::Column::Position)
        .limit(1)
        .into_tuple::<i64>();
    Ok(last.one(conn).await?.unwrap_or_default())
}

/// The events behind a position, up to another one, that somebody wants to hear of: places and objects, in order.
///
/// # Errors
/// When the database fails.
pub async fn heard(
    conn: &impl ConnectionTrait,
    interest: &Interest,
    after: i64,
    upto: i64,
    limit: u64,
) -> Result<Vec<(i64, Option<Uuid>)>> {
    let entry = audit_chain::Entity::belongs_to(audit_entry::Entity)
        .from(audit_chain::Column::EntryId)
        .to(audit_entry::Column::Id)
        .into();
    let wanted = match interest {
        Interest::Object(id) => audit_entry::Column::ObjectId.eq(*id),
        Interest::Kinds(kinds) => audit_entry::Column::ObjectKind.is_in(kinds.iter().copied()),
        Interest::Verbs(verbs) => audit_entry::Column::Verb.is_in(verbs.iter().copied()),
    };
    let rows = audit_chain::Entity::find()
        .select_only()
        .column(audit_chain::Column::Position)
        .column(audit_entry::Column::ObjectId)
        .join(JoinType::InnerJoin, entry)
        .filter(audit_chain::Column::Position.gt(after))
        .filter(audit_chain::Column::Position.lte(upto))
        .filter(wanted)
        .order_by_asc(audit_chain::Column::Position)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows)
}

/// Tells the parts of a process when there is something to do: the sequencer of commits, listeners of events.
#[derive(Debug)]
pub struct Feed {
    committed: Notify,
    told: broadcast::Sender<Arc<[Event]>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            committed: Notify::new(),
            told: broadcast::Sender::new(BEHIND),
        }
    }
}

impl Feed {
    /// Says that a transaction was committed.
    pub fn committed(&self) {
        self.committed.notify_one();
    }

    /// Waits for the next commit of this process.
    pub async fn commit(&self) {
        self.committed.notified().await;
    }

    /// Tells listeners of events that have their places now, in order.
    pub fn tell(&self, events: Vec<Event>) {
        // Nobody listening is no failure.
        let _ = self.told.send(events.into());
    }

    /// Listens from a position on.
    pub fn listen(&self, after: i64) -> Listener {
        Listener {
            told: self.told.subscribe(),
            position: after,
            behind: true,
        }
    }
}

/// Somebody who hears of every event behind a position, once and in order, however slow.
#[derive(Debug)]
pub struct Listener {
    told: broadcast::Receiver<Arc<[Event]>>,
    position: i64,
    behind: bool,
}

impl Listener {
    /// The next events, as soon as there are any. Reads the database only to catch up.
    ///
    /// # Errors
    /// When the database fails, or the server stops.
    pub async fn next(&mut self, conn: &impl ConnectionTrait) -> Result<Vec<Event>> {
        loop {
            let events = if self.behind {
                let events = read_after(conn, self.position, BATCH).await?;
                self.behind = events.len() as u64 == BATCH;
                events
            } else {
                match self.told.recv().await {
                    Ok(batch) => self.unheard(&batch),
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.behind = true;
                        continue;
                    }
                    Err(broadcast::error::RecvError::Closed) => {
                        return Err(Error::internal("the feed of events ended"));
                    }
                }
            };
            if let Some(last) = events.last() {
                self.position = last.position;
                return Ok(events);
            }
        }
    }

    /// What of a batch comes next; nothing, and the database is asked, where something is missing before it.
    fn unheard(&mut self, batch: &[Event]) -> Vec<Event> {
        let events: Vec<Event> = batch
            .iter()
            .filter(|event| event.position > self.position)
            .cloned()
            .collect();
        let missing = |first: &Event| first.position != self.position + 1;
        if events.first().is_some_and(missing) {
            self.behind = true;
            return Vec::new();
        }
        events
    }
}
