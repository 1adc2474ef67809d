//! The brake on guessing passwords: failed attempts of an account and of an address within a window.
//!
//! An attempt counts when it begins, so that a hundred at once are not all let through, and is taken back when it
//! succeeds. Unknown sign-in names count like known ones. Pitfall: each process counts for itself.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};

use super::tokens::fingerprint;
use crate::config;

/// Accounts and addresses remembered at most.
const REMEMBERED: usize = 50_000;

/// Whose attempts are counted. A sign-in name is kept as its hash, so that a long one takes no memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    Account(String),
    Address(IpAddr),
}

/// Counts attempts.
pub struct Throttle {
    per_account: usize,
    per_address: usize,
    window: Duration,
    attempts: Mutex<HashMap<Whose, VecDeque<DateTime<Utc>>>>,
}

/// An attempt that was let through and counts as failed until it is [taken back](Throttle::succeeded).
#[derive(Debug)]
pub struct Attempt {
    at: DateTime<Utc>,
    account: Whose,
    address: Option<Whose>,
}

impl Throttle {
    /// Takes the limits from the configuration.
    pub fn new(identity: &config::Identity) -> Self {
        let limit = |attempts: u32| usize::try_from(attempts).unwrap_or(usize::MAX);
        Self {
            per_account: limit(identity.sign_in_attempts_per_account),
            per_address: limit(identity.sign_in_attempts_per_address),
            window: Duration::minutes(identity.sign_in_window_minutes),
            attempts: Mutex::default(),
        }
    }

    /// Lets an attempt through and counts it.
    ///
    /// # Errors
    /// From when on it can be tried again, where too many failed within the window.
    pub fn begin(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Attempt, DateTime<Utc>> {
        let account = Whose::Account(fingerprint(login));
        let address = address.map(|address| Whose::Address(network(address)));
        let mut attempts = self.attempts();
        self.forget(&mut attempts, now);
        let both = [
            (Some(&account), self.per_account),
            (address.as_ref(), self.per_address),
        ];
        let full = both.iter().filter_map(|(whose, limit)| {
            let past = attempts.get((*whose)?)?;
            // The window lets the next one in when the oldest of the last `limit` has left it.
            let oldest = past.len().checked_sub(*limit).and_then(|at| past.get(at))?;
            Some(*oldest + self.window).filter(|until| *until > now)
        });
        if let Some(until) = full.max() {
            return Err(until);
        }
        for (whose, limit) in both {
            let Some(whose) = whose else { continue };
            let past = attempts.entry(whose.clone()).or_default();
            past.push_back(now);
            while past.len() > limit {
                past.pop_front();
            }
        }
        Ok(Attempt {
            at: now,
            account,
            address,
        })
    }

    /// The attempt succeeded: it and the account's failures before it count no more.
    pub fn succeeded(&self, attempt: &Attempt) {
        let mut attempts = self.attempts();
        attempts.remove(&attempt.account);
        if let Some(past) = attempt
            .address
            .as_ref()
            .and_then(|address| attempts.get_mut(address))
            && let Some(at) = past.iter().rposition(|at| *at == attempt.at)
        {
            past.remove(at);
        }
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<Whose, VecDeque<DateTime<Utc>>>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the map bounded: lets go what has left the window, and everything where that is not enough.
    fn forget(&self, attempts: &mut HashMap<Whose, VecDeque<DateTime<Utc>>>, now: DateTime<Utc>) {
        if attempts.len() < REMEMBERED {
            return;
        }
        attempts.retain(|_, past| past.back().is_some_and(|last| *last > now - self.window));
        if attempts.len() > REMEMBERED / 2 {
            tracing::warn!(
                counted = attempts.len(),
                "too many failed sign-ins to count: counting begins anew"
            );
            attempts.clear();
        }
    }
}

/// The address as it is counted: of IPv6 the network of 64 bits, which one household has whole.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(per_account: u32, per_address: u32) -> Throttle {
        Throttle::new(&config::Identity {
            sign_in_attempts_per_account: per_account,
            sign_in_attempts_per_address: per_address,
            sign_in_window_minutes: 15,
            ..Default::default()
        })
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    #[test]
    fn an_account_waits_until_its_oldest_failure_leaves_the_window() {
        let throttle = throttle(3, 100);
        for minute in [0, 1, 2] {
            throttle.begin("wang", None, at(minute)).unwrap();
        }
        assert_eq!(throttle.begin("wang", None, at(3)).unwrap_err(), at(15));
        assert!(throttle.begin("li", None, at(3)).is_ok());
        assert!(throttle.begin("wang", None, at(14)).is_err());
        assert!(throttle.begin("wang", None, at(15)).is_ok());
        assert_eq!(throttle.begin("wang", None, at(15)).unwrap_err(), at(16));
    }

    #[test]
    fn an_address_waits_whatever_the_accounts() {
        let throttle = throttle(100, 2);
        let address = |text: &str| Some(text.parse().unwrap());
        throttle
            .begin("a", address("2001:db8:1:1::1"), at(0))
            .unwrap();
        throttle
            .begin("b", address("2001:db8:1:1::2"), at(0))
            .unwrap();
        assert!(
            throttle
                .begin("c", address("2001:db8:1:1::3"), at(1))
                .is_err()
        );
        assert!(
            throttle
                .begin("c", address("2001:db8:1:2::3"), at(1))
                .is_ok()
        );
        assert!(throttle.begin("c", address("10.0.0.1"), at(1)).is_ok());
    }

    #[test]
    fn a_success_is_not_counted() {
        let throttle = throttle(2, 2);
        let address = Some("10.0.0.1".parse().unwrap());
        for minute in 0..10 {
            let attempt = throttle.begin("wang", address, at(minute)).unwrap();
            throttle.succeeded(&attempt);
        }
        throttle.begin("wang", address, at(10)).unwrap();
        let attempt = throttle.begin("wang", address, at(10)).unwrap();
        throttle.succeeded(&attempt);
        throttle.begin("wang", address, at(10)).unwrap();
        assert!(throttle.begin("wang", address, at(10)).is_err());
    }

    #[test]
    fn the_memory_is_bounded() {
        let throttle = throttle(5, 5);
        for number in 0..REMEMBERED + 10 {
            throttle.begin(&number.to_string(), None, at(0)).unwrap();
        }
        assert!(throttle.attempts().len() <= REMEMBERED);
    }
}
