//! How many connections a person has open on this server, over all workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::telemetry;

/// The connections of everybody.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<HashMap<Uuid, usize>>);

/// One connection of a person, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    person: Uuid,
    transport: &'static str,
}

impl Seats {
    fn taken(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one more; `None` when the person has as many as allowed.
    pub(super) fn take(
        self: &Arc<Self>,
        person: Uuid,
        most: usize,
        transport: &'static str,
    ) -> Option<Seat> {
        let mut taken = self.taken();
        let mine = taken.entry(person).or_default();
        if *mine >= most {
            return None;
        }
        *mine += 1;
        telemetry::gauge_live_connections(transport, 1.0);
        Some(Seat {
            seats: Arc::clone(self),
            person,
            transport,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(mine) = taken.get_mut(&self.person) {
            *mine -= 1;
            if *mine == 0 {
                taken.remove(&self.person);
            }
        }
        telemetry::gauge_live_connections(self.transport, -1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_person_and_given_back() {
        let seats = Arc::new(Seats::default());
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = seats.take(one, 2, "test").unwrap();
        let _second = seats.take(one, 2, "test").unwrap();
        assert!(seats.take(one, 2, "test").is_none());
        let third = seats.take(other, 2, "test").unwrap();
        drop(first);
        assert!(seats.take(one, 2, "test").is_some());
        drop(third);
        assert_eq!(seats.taken().len(), 1);
    }
}
