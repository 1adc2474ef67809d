//! Days of the company's time zone (ground rules).
//!
//! N calendar days end at 24:00 of the Nth day after the triggering day, without rolling over a day off.
//! Pitfall: 24:00 is 00:00 of the day after, and in a zone with summer time that hour may not exist; then the day
//! ends with the first hour that does.

use chrono::{
    DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Utc,
};

/// The date of an instant in the company's zone.
pub fn date_in<Z: TimeZone>(zone: &Z, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(zone).date_naive()
}

/// The instant at which N calendar days after the day of `at` end: 24:00 of the Nth day after it, company zone.
pub fn end_of_days_after<Z: TimeZone>(zone: &Z, at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    start_of(
        zone,
        date_in(zone, at).checked_add_days(Days::new(u64::from(days).saturating_add(1))),
    )
}

/// The instant at which a day ends: 24:00, company zone.
pub fn end_of_day<Z: TimeZone>(zone: &Z, day: NaiveDate) -> DateTime<Utc> {
    start_of(zone, day.checked_add_days(Days::new(1)))
}

/// The instant at which a day begins: 0:00, company zone.
pub fn start_of_day<Z: TimeZone>(zone: &Z, day: NaiveDate) -> DateTime<Utc> {
    start_of(zone, Some(day))
}

/// The day so many months after another; the last of its month where that is shorter.
pub fn after_months(day: NaiveDate, months: u32) -> NaiveDate {
    let after = day.checked_add_months(Months::new(months));
    after.unwrap_or(NaiveDate::MAX)
}

/// A day of the month after another day's; the last of that month where it is shorter.
pub fn day_of_next_month(day: NaiveDate, of_month: u32) -> NaiveDate {
    let first = after_months(day.with_day(1).unwrap_or(day), 1);
    let days = Days::new(u64::from(
        of_month.clamp(1, u32::from(first.num_days_in_month())),
    ));
    let last_before = first.pred_opt().unwrap_or(first);
    last_before.checked_add_days(days).unwrap_or(first)
}

fn start_of<Z: TimeZone>(zone: &Z, date: Option<NaiveDate>) -> DateTime<Utc> {
    date.map_or(DateTime::<Utc>::MAX_UTC, |date| {
        instant_of(zone, date.and_time(NaiveTime::MIN))
    })
}

/// The instant of a local time; where summer time leaves it out, the next hour that there is; where it comes twice, the
/// first.
pub(super) fn instant_of<Z: TimeZone>(zone: &Z, mut local: NaiveDateTime) -> DateTime<Utc> {
    // No zone skips more than a day; a day without any hour at all is read as UTC.
    for _ in 0..24 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.with_timezone(&Utc);
        }
        local = local
            .checked_add_signed(Duration::hours(1))
            .unwrap_or(local);
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_end_at_24_00_of_the_company_zone() {
        let shanghai = FixedOffset::east_opt(8 * 3600).unwrap();
        // 23:59 on 1 March in Shanghai, still 1 March; one minute later it is 2 March.
        assert_eq!(
            end_of_days_after(&shanghai, at("2026-03-01T15:59:59Z"), 7),
            at("2026-03-08T16:00:00Z")
        );
        assert_eq!(
            end_of_days_after(&shanghai, at("2026-03-01T16:00:00Z"), 7),
            at("2026-03-09T16:00:00Z")
        );
        assert_eq!(
            end_of_days_after(&shanghai, at("2026-03-01T03:00:00Z"), 0),
            at("2026-03-01T16:00:00Z")
        );
    }

    #[test]
    fn dates_are_those_of_the_zone() {
        let shanghai = FixedOffset::east_opt(8 * 3600).unwrap();
        assert_eq!(
            date_in(&shanghai, at("2026-12-31T16:00:00Z")).to_string(),
            "2027-01-01"
        );
    }

    #[test]
    fn a_day_of_the_next_month_is_there_whatever_its_length() {
        let next = |day: &str, of_month| {
            let day: NaiveDate = day.parse().unwrap();
            day_of_next_month(day, of_month).to_string()
        };
        assert_eq!(next("2026-01-31", 10), "2026-02-10");
        assert_eq!(next("2026-12-01", 10), "2027-01-10");
        assert_eq!(next("2026-01-01", 31), "2026-02-28");
        assert_eq!(next("2026-01-01", 0), "2026-02-01");
    }

    #[test]
    fn a_day_beyond_the_calendar_never_ends() {
        assert_eq!(
            end_of_days_after(&Utc, at("2026-03-01T00:00:00Z"), u32::MAX),
            DateTime::<Utc>::MAX_UTC
        );
    }
}
