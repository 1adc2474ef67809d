//! Time, new ids and salts as parameters, so that tests can move the one and nobody guesses the other.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};
use uuid::{Builder, Uuid};

/// The clock of a process: the system's, moved by an offset that only tests set.
#[derive(Debug, Default)]
pub struct Clock {
    offset_micros: AtomicI64,
    /// The microsecond of the last id.
    last_id: AtomicI64,
}

impl Clock {
    /// Now, in the microseconds that both databases keep.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the system's clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let micros = Utc::now().timestamp_micros() + self.offset_micros.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves the clock on; for tests.
    pub fn advance(&self, by: Duration) {
        self.offset_micros
            .fetch_add(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }

    /// A new salt for a hash of values that might be guessed.
    pub fn new_salt(&self) -> [u8; 16] {
        rand::random()
    }

    /// A new id: those of a process sort as they were made, so that rows of one instant keep their order.
    pub fn new_id(&self) -> Uuid {
        let now = self.now().timestamp_micros();
        let after = |last: i64| now.max(last + 1);
        let step = |last| Some(after(last));
        let last = self
            .last_id
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        // The closure never gives `None`.
        let micros = after(last.unwrap_or_default());
        let millis = u64::try_from(micros / 1000).unwrap_or_default();
        // The generator of the thread: the uuid crate's own asks the system for each id.
        let mut random: [u8; 10] = rand::random();
        // Version 7 leaves twelve bits after the milliseconds: ten of them count the microseconds (RFC 9562, 6.2).
        let [.., high, low] = ((micros % 1000) << 2).to_be_bytes();
        (random[0], random[1]) = (high, low | (random[1] & 3));
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_they_were_made_and_carry_the_time() {
        let clock = Clock::default();
        let before = clock.now().timestamp_millis();
        let ids: Vec<Uuid> = (0..5_000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        let (seconds, nanos) = ids[0].get_timestamp().unwrap().to_unix();
        let millis = i64::try_from(seconds).unwrap() * 1000 + i64::from(nanos / 1_000_000);
        assert!((before..before + 1_000).contains(&millis), "{millis}");
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
