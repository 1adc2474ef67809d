//! Numbers of documents: how they read, and of which series each is the nth (CMP-2).
//!
//! A series counts without gaps or repeats (`Work::number` draws from it) and begins anew with its period. Pitfall: the
//! name of a series is the key of a row that counts it, so it stays as it is once it was used.

use chrono::{Datelike as _, NaiveDate};

/// How the numbers of one sort of document are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbering {
    /// Name of the series without its period, unlike that of any other.
    pub series: &'static str,
    /// What stands before the period.
    pub prefix: &'static str,
    /// When it counts from 1 again.
    pub period: Period,
    /// Digits of the serial; more where it needs them.
    pub width: usize,
}

/// When a series counts from 1 again, in the company's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Never.
    Never,
    /// With each year, which reads as `2026`.
    Year,
    /// With each month, which reads as `26-11`.
    Month,
}

impl Period {
    /// The period that a day lies in, as it stands in numbers.
    fn of(self, on: NaiveDate) -> String {
        match self {
            Self::Never => String::new(),
            Self::Year => on.year().to_string(),
            Self::Month => format!("{:02}-{:02}", on.year().rem_euclid(100), on.month()),
        }
    }
}

impl Numbering {
    /// The series that a number of this day is drawn from.
    pub fn series(&self, on: NaiveDate) -> String {
        format!("{}{}", self.series, self.period.of(on))
    }

    /// The number of the series' nth document: `26-11-01`, `CY2026-00001`, `KH00000001`.
    pub fn number(&self, on: NaiveDate, serial: i64) -> String {
        let (prefix, period, width) = (self.prefix, self.period.of(on), self.width);
        let dash = if period.is_empty() { "" } else { "-" };
        format!("{prefix}{period}{dash}{serial:0width$}")
    }

    /// Which one of its series a number is; `None` for what is no number of this day's series.
    pub fn serial(&self, on: NaiveDate, number: &str) -> Option<i64> {
        let (_, digits) =
            number.split_at_checked(self.number(on, 0).len().checked_sub(self.width)?)?;
        let serial = digits.parse().ok()?;
        (self.number(on, serial) == number).then_some(serial)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;

    const PERIODS: [Period; 3] = [Period::Never, Period::Year, Period::Month];

    fn on(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    fn numbering(period: Period, width: usize) -> Numbering {
        Numbering {
            series: "form/",
            prefix: "CJ",
            period,
            width,
        }
    }

    #[test]
    fn numbers_read_as_their_periods_do() {
        let day = on("2026-11-30");
        for (period, series, number) in [
            (Period::Never, "form/", "CJ0007"),
            (Period::Year, "form/2026", "CJ2026-0007"),
            (Period::Month, "form/26-11", "CJ26-11-0007"),
        ] {
            let numbering = numbering(period, 4);
            assert_eq!(numbering.series(day), series);
            assert_eq!(numbering.number(day, 7), number);
        }
    }

    #[test]
    fn a_number_of_another_form_or_period_has_no_serial() {
        let (numbering, day) = (numbering(Period::Year, 3), on("2026-11-30"));
        assert_eq!(numbering.serial(day, "CJ2026-007"), Some(7));
        assert_eq!(numbering.serial(day, "CJ2026-1000"), Some(1000));
        for other in [
            "",
            "CJ2026-",
            "CJ2026-07",
            "CJ2026-0007",
            "CJ2025-007",
            "CX2026-007",
            "CJ2026-00x",
            "CJ2026-+07",
            "编号2026-007",
        ] {
            assert_eq!(numbering.serial(day, other), None, "{other}");
        }
    }

    proptest! {
        /// CMP-2: no repeats: two numbers are the same only of the same place in the same series.
        #[test]
        fn cmp_2_every_place_has_its_own_number(
            (period, width) in (prop::sample::select(&PERIODS[..]), 1_usize..9),
            (a, b) in (0_u64..4000, 0_u64..4000),
            (one, other) in (1_i64..100_000, 1_i64..100_000),
        ) {
            let numbering = numbering(period, width);
            let day = |days| on("2024-01-01").checked_add_days(Days::new(days)).unwrap();
            let (a, b) = (day(a), day(b));
            let same = numbering.series(a) == numbering.series(b) && one == other;
            prop_assert_eq!(numbering.number(a, one) == numbering.number(b, other), same);
            prop_assert_eq!(numbering.serial(a, &numbering.number(a, one)), Some(one));
        }

        /// CMP-2: a series begins anew exactly where its period does.
        #[test]
        fn cmp_2_a_series_ends_with_its_period(days in 0_u64..20_000) {
            let day = on("2026-01-01").checked_add_days(Days::new(days)).unwrap();
            let next = day.succ_opt().unwrap();
            let goes_on = |period| {
                let numbering = numbering(period, 2);
                numbering.series(day) == numbering.series(next)
            };
            prop_assert!(goes_on(Period::Never));
            prop_assert_eq!(goes_on(Period::Year), day.year() == next.year());
            prop_assert_eq!(goes_on(Period::Month), day.month() == next.month());
        }
    }
}
