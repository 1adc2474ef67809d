//! Whose turn it is to read.
//!
//! Turns are given in the order in which they are asked for, but a person waits for one at a time: whoever follows much
//! stands in line with one subscription and not before everybody else with all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// The lines in which somebody stands, by person.
type People = Mutex<HashMap<Uuid, Arc<Semaphore>>>;

/// The turns of a process.
pub struct Turns {
    all: Arc<Semaphore>,
    people: Arc<People>,
}

/// A turn, until it is dropped.
pub struct Turn {
    _all: Option<OwnedSemaphorePermit>,
    _own: Option<OwnedSemaphorePermit>,
    // Dropped after the permits.
    _line: Line,
}

/// A person's own line, for as long as somebody stands in it.
struct Line {
    people: Arc<People>,
    person: Uuid,
    own: Arc<Semaphore>,
}

impl Turns {
    /// So many at once.
    pub fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            people: Arc::default(),
        }
    }

    /// Waits for a turn.
    pub async fn take(&self, person: Uuid) -> Turn {
        let line = Line::of(&self.people, person);
        // They are never closed; without a turn one would read all the same.
        let own = line.own.clone().acquire_owned().await.ok();
        let all = self.all.clone().acquire_owned().await.ok();
        Turn {
            _all: all,
            _own: own,
            _line: line,
        }
    }
}

fn lock(people: &People) -> MutexGuard<'_, HashMap<Uuid, Arc<Semaphore>>> {
    people.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    fn of(people: &Arc<People>, person: Uuid) -> Self {
        let mut lines = lock(people);
        let own = lines
            .entry(person)
            .or_insert_with(|| Arc::new(Semaphore::new(1)));
        Self {
            people: people.clone(),
            person,
            own: own.clone(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = lock(&self.people);
        // The list has one and this one another: nobody else stands in the line.
        if Arc::strong_count(&self.own) == 2 {
            lines.remove(&self.person);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn whoever_follows_much_has_one_turn_at_a_time() {
        let turns = Turns::new(2);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = turns.take(one).await;
        let mut again = Box::pin(turns.take(one));
        assert!(again.as_mut().now_or_never().is_none());
        let second = turns.take(other).now_or_never();
        assert!(second.is_some(), "the other person has not waited");
        drop(first);
        let again = again.await;
        assert!(turns.take(Uuid::from_u128(3)).now_or_never().is_none());
        drop(second);
        drop(again);
        assert!(lock(&turns.people).is_empty());
    }
}
