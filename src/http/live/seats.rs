//! How many connections a person has open on this server, over all workers, and how many that have not said whose they are
//! an address has.
//!
//! Pitfall: what is queued for a client who reads nothing stays with the connection after its task has ended, so a seat
//! belongs to the body of the answer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use uuid::Uuid;

use crate::telemetry;

/// Sockets of one address that may be open without `connection_init`.
const STRANGERS: usize = 20;

/// Whose a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Person(Uuid),
    /// Nobody's yet. Of IPv6 the network, which one subscriber has whole.
    Address(IpAddr),
}

/// The connections of everybody.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<HashMap<Whose, usize>>);

/// One connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    whose: Whose,
    transport: Option<&'static str>,
}

impl Seats {
    fn taken(&self) -> MutexGuard<'_, HashMap<Whose, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one more; `None` when the person has as many as allowed.
    pub(super) fn take(
        self: &Arc<Self>,
        person: Uuid,
        most: usize,
        transport: &'static str,
    ) -> Option<Seat> {
        self.take_for(Whose::Person(person), most, Some(transport))
    }

    /// Takes one for a socket that has not said whose it is; `None` when its address has as many as allowed.
    pub(super) fn take_unnamed(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = match address {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        };
        self.take_for(Whose::Address(address), STRANGERS, None)
    }

    fn take_for(
        self: &Arc<Self>,
        whose: Whose,
        most: usize,
        transport: Option<&'static str>,
    ) -> Option<Seat> {
        let mut taken = self.taken();
        let held = taken.get(&whose).copied().unwrap_or_default();
        if held >= most {
            return None;
        }
        taken.insert(whose, held + 1);
        if let Some(transport) = transport {
            telemetry::gauge_live_connections(transport, 1.0);
        }
        Some(Seat {
            seats: Arc::clone(self),
            whose,
            transport,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(held) = taken.get_mut(&self.whose) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.whose);
            }
        }
        if let Some(transport) = self.transport {
            telemetry::gauge_live_connections(transport, -1.0);
        }
    }
}

/// The seat of a connection whose body is still being sent; nothing once it is not.
#[derive(Debug, Clone)]
pub(super) struct Place(Weak<RefCell<Seat>>);

impl Place {
    /// Changes the seat for another one; `false` when the connection is gone.
    pub(super) fn change(&self, seat: Seat) -> bool {
        self.0.upgrade().map(|place| place.replace(seat)).is_some()
    }
}

/// A body that keeps a seat until it is dropped.
pub(super) struct Seated {
    body: BoxBody,
    _seat: Rc<RefCell<Seat>>,
}

impl Seated {
    /// Gives a body a seat, and where it can be changed.
    pub(super) fn new(body: BoxBody, seat: Seat) -> (Self, Place) {
        let seat = Rc::new(RefCell::new(seat));
        let place = Place(Rc::downgrade(&seat));
        (Self { body, _seat: seat }, place)
    }
}

impl MessageBody for Seated {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
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

    #[test]
    fn sockets_that_have_not_said_whose_they_are_are_counted_by_address() {
        let seats = Arc::new(Seats::default());
        let of = |address: &str| seats.take_unnamed(address.parse().unwrap());
        let taken: Vec<_> = (0..STRANGERS)
            .map(|at| of(&format!("2001:db8::{at}")))
            .collect();
        assert!(taken.iter().all(Option::is_some));
        assert!(of("2001:db8::ffff").is_none());
        assert!(of("2001:db8:0:1::").is_some());
        assert!(of("10.0.0.1").is_some());
        drop(taken);
        assert!(of("2001:db8::ffff").is_some());
        assert!(seats.taken().is_empty());
    }

    #[test]
    fn a_seat_is_kept_as_long_as_the_body() {
        let seats = Arc::new(Seats::default());
        let first = seats.take_unnamed(Ipv6Addr::LOCALHOST.into()).unwrap();
        let (body, place) = Seated::new(BoxBody::new(()), first);
        let person = Uuid::from_u128(1);
        assert!(place.change(seats.take(person, 1, "test").unwrap()));
        assert_eq!(seats.taken().len(), 1, "the address has its seat back");
        assert!(seats.take(person, 1, "test").is_none());
        drop(body);
        assert!(!place.change(seats.take(person, 1, "test").unwrap()));
        assert!(seats.taken().is_empty());
    }
}
