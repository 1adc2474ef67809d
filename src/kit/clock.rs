//! Time, new ids and salts as parameters, so that tests can move the one and nobody guesses the other.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};
use uuid::{Builder, Uuid};

/// The clock of a process: the system's, moved by an offset that only tests set.
#[derive(Debug, Default)]
pub struct Clock {
    offset_micros: AtomicI64,
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

    /// A new id, sorted by the clock's time.
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        // The generator of the thread: the uuid crate's own asks the system for each id.
        Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
    }
}
