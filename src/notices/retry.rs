//! When a mail is tried again.

use chrono::Duration;

/// The longest wait, in minutes.
const LONGEST: i64 = 240;

/// The wait after so many tries in vain: a minute, then twice as long each time, four hours at most.
pub(super) fn wait_after(tries: i32) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or_default();
    let minutes = 1_i64.checked_shl(doublings).filter(|minutes| *minutes > 0);
    Duration::minutes(minutes.unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::wait_after;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes = |tries| wait_after(tries).num_minutes();
        assert_eq!([0, 1, 2, 3, 8].map(minutes), [1, 1, 2, 4, 128]);
        assert_eq!([9, 10, 63, 64, 65, i32::MAX].map(minutes), [240; 6]);
    }
}
