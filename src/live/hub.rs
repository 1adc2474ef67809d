//! Who hears of which events in this process. One task follows the order of events and wakes those concerned.
//!
//! What waits for a listener is one number, the position of the last event that concerns him, so that nobody who is slow
//! makes anything grow. Pitfall: a position is passed on before the next listener is let in, so that nothing falls between
//! what he reads at first and what he is woken for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::events::{Event, Feed, Interest};
use crate::kit::db::Db;

/// How long nothing is tried after the database failed.
const REST: Duration = Duration::from_secs(1);

/// The listeners of a process.
pub struct Hub(Mutex<Listeners>);

#[derive(Default)]
struct Listeners {
    position: i64,
    next: u64,
    objects: HashMap<Uuid, Vec<Held>>,
    kinds: HashMap<&'static str, Vec<Held>>,
    verbs: HashMap<&'static str, Vec<Held>>,
}

struct Held {
    number: u64,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Bell {
    last: AtomicI64,
    rung: Notify,
}

impl Bell {
    fn ring(&self, position: i64) {
        self.last.fetch_max(position, Ordering::AcqRel);
        self.rung.notify_one();
    }
}

/// Hears of what it wants to hear of, until it is dropped.
pub struct Ear {
    hub: Arc<Hub>,
    number: u64,
    bell: Arc<Bell>,
    /// What it hears of.
    pub interest: Interest,
    /// The position that everything is heard behind.
    pub from: i64,
}

impl Hub {
    /// Nobody listens yet; everything up to a position has been passed on.
    pub fn at(position: i64) -> Self {
        Self(Mutex::new(Listeners {
            position,
            ..Listeners::default()
        }))
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes events on for as long as it is polled.
    pub async fn run(&self, feed: &Feed, db: &Db) {
        loop {
            let position = self.listeners().position;
            let mut events = feed.listen(position);
            loop {
                match events.next(&db.read).await {
                    Ok(events) => self.pass_on(&events),
                    Err(error) => {
                        tracing::error!(%error, "events can't be followed");
                        break;
                    }
                }
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Wakes those whom these events concern, each once.
    pub fn pass_on(&self, events: &[Event]) {
        let mut listeners = self.listeners();
        let (mut kinds, mut verbs) = (HashMap::new(), HashMap::new());
        for event in events {
            kinds.insert(event.object_kind.as_str(), event.position);
            verbs.insert(event.verb.as_str(), event.position);
            let about = event.object.and_then(|id| listeners.objects.get(&id));
            for held in about.into_iter().flatten() {
                held.bell.ring(event.position);
            }
        }
        for (named, held) in [(kinds, &listeners.kinds), (verbs, &listeners.verbs)] {
            for (name, position) in named {
                for held in held.get(name).into_iter().flatten() {
                    held.bell.ring(position);
                }
            }
        }
        if let Some(last) = events.last() {
            listeners.position = last.position;
        }
    }

    /// Listens from now on.
    pub fn listen(self: &Arc<Self>, interest: Interest) -> Ear {
        let mut listeners = self.listeners();
        listeners.next += 1;
        let (number, from) = (listeners.next, listeners.position);
        let bell = Arc::<Bell>::default();
        let held = || Held {
            number,
            bell: bell.clone(),
        };
        match &interest {
            Interest::Object(id) => listeners.objects.entry(*id).or_default().push(held()),
            Interest::Kinds(kinds) => {
                for kind in kinds {
                    listeners.kinds.entry(kind).or_default().push(held());
                }
            }
            Interest::Verbs(verbs) => {
                for verb in *verbs {
                    listeners.verbs.entry(verb).or_default().push(held());
                }
            }
        }
        drop(listeners);
        Ear {
            hub: self.clone(),
            number,
            bell,
            interest,
            from,
        }
    }

    /// How many places in its lists are taken.
    pub fn len(&self) -> usize {
        let listeners = self.listeners();
        let named = listeners.kinds.values().chain(listeners.verbs.values());
        named.chain(listeners.objects.values()).map(Vec::len).sum()
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Ear {
    /// The position of the last event that it heard of; 0 before the first.
    pub fn last(&self) -> i64 {
        self.bell.last.load(Ordering::Acquire)
    }

    /// Waits until it hears of something.
    pub async fn hear(&self) {
        self.bell.rung.notified().await;
    }

    /// Lets it hear of something up to a position that lies before its own time.
    pub fn recall(&self, position: i64) {
        self.bell.ring(position);
    }
}

fn leave<K: std::hash::Hash + Eq>(all: &mut HashMap<K, Vec<Held>>, key: &K, number: u64) {
    if let Some(held) = all.get_mut(key) {
        held.retain(|held| held.number != number);
        if held.is_empty() {
            all.remove(key);
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut listeners = self.hub.listeners();
        match &self.interest {
            Interest::Object(id) => leave(&mut listeners.objects, id, self.number),
            Interest::Kinds(kinds) => {
                for kind in kinds {
                    leave(&mut listeners.kinds, kind, self.number);
                }
            }
            Interest::Verbs(verbs) => {
                for verb in *verbs {
                    leave(&mut listeners.verbs, verb, self.number);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn event(position: i64, verb: &str, kind: &str, object: u128) -> Event {
        Event {
            position,
            id: Uuid::nil(),
            at: DateTime::UNIX_EPOCH,
            verb: verb.to_owned(),
            object_kind: kind.to_owned(),
            object: Some(Uuid::from_u128(object)),
        }
    }

    #[test]
    fn each_hears_of_what_concerns_him_and_leaves_nothing_behind() {
        let hub = Arc::new(Hub::at(10));
        let one = hub.listen(Interest::Object(Uuid::from_u128(1)));
        let complaints = hub.listen(Interest::Kinds(vec!["complaint", "approval"]));
        let warned = hub.listen(Interest::Verbs(&["obligationWarn"]));
        hub.pass_on(&[
            event(11, "complaintFile", "complaint", 2),
            event(12, "customerChange", "customer", 1),
            event(13, "obligationWarn", "obligation", 3),
        ]);
        assert_eq!([one.last(), complaints.last(), warned.last()], [12, 11, 13]);
        let late = hub.listen(Interest::Object(Uuid::from_u128(1)));
        assert_eq!((late.from, late.last()), (13, 0));
        drop((one, complaints, warned, late));
        assert!(hub.is_empty());
    }
}
