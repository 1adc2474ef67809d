//! Buckets of time: days, weeks from Monday, months, quarters and years of the company's zone.
//!
//! Their edges are counted here, so that no database's idea of zones enters. From where to where they go is said by the
//! bounds of `where`, or else asked of the database first.

use async_graphql::Value as GqlValue;
use chrono::{Datelike as _, Days, Duration, NaiveDate, SecondsFormat, TimeZone};
use rules::kit::dates::{date_in, start_of_day};
use rules::kit::error_code::ErrorCode;
use sea_query::{ArrayType, Value as SqlValue};

use crate::graph::fill::{Blank, Edge, Filling};
use crate::graph::kind::Kind;
use crate::kit::db::Dialect;
use crate::kit::error::{Error, Result};

/// Buckets at most.
const MOST: usize = 1000;

/// A length of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// From midnight to midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first of the month.
    Month,
    /// From the first of January, April, July, October.
    Quarter,
    /// From the first of January.
    Year,
}

/// The lengths with their names and what they are.
pub const NAMED: [(&str, &str, Bucket); 5] = [
    ("DAY", "From midnight to midnight.", Bucket::Day),
    ("WEEK", "From Monday.", Bucket::Week),
    ("MONTH", "From the first of the month.", Bucket::Month),
    (
        "QUARTER",
        "From the first of January, April, July or October.",
        Bucket::Quarter,
    ),
    ("YEAR", "From the first of January.", Bucket::Year),
];

impl Bucket {
    /// The first day of the bucket in which a day lies.
    fn first_day(self, day: NaiveDate) -> Option<NaiveDate> {
        let month = match self {
            Self::Day => return Some(day),
            Self::Week => {
                let since_monday = day.weekday().num_days_from_monday();
                return day.checked_sub_days(Days::new(u64::from(since_monday)));
            }
            Self::Month => day.month(),
            Self::Quarter => day.month0() / 3 * 3 + 1,
            Self::Year => 1,
        };
        NaiveDate::from_ymd_opt(day.year(), month, 1)
    }

    /// The first day of the bucket after the one that begins with a day.
    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        // So many days lead into the next bucket from the first day of any.
        let far = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter => 92,
            Self::Year => 366,
        };
        self.first_day(first.checked_add_days(Days::new(far))?)
    }
}

/// A date that rows are grouped by in buckets.
pub struct Dated {
    /// Name of the key.
    pub name: String,
    /// Length of the buckets.
    pub bucket: Bucket,
    /// Instants or days.
    pub kind: Kind,
    /// What `where` says of it.
    pub limits: Vec<Limit>,
    /// Whether least and greatest must be asked for, since `where` does not bound it.
    pub open: bool,
}

/// A bound of a date in `where`.
pub struct Limit {
    operator: String,
    value: GqlValue,
}

/// The bounds that every row of a `where` keeps for the date that `names` lead to.
pub fn limits(value: &GqlValue, names: &[&'static str], into: &mut Vec<Limit>) {
    let GqlValue::Object(fields) = value else {
        return;
    };
    let Some((name, rest)) = names.split_first() else {
        let given = fields
            .iter()
            .filter(|(_, value)| !matches!(value, GqlValue::Null));
        into.extend(given.map(|(operator, value)| Limit {
            operator: operator.to_string(),
            value: value.clone(),
        }));
        return;
    };
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("and", GqlValue::List(items)) => {
                items.iter().for_each(|item| limits(item, names, into));
            }
            ("and", one) => limits(one, names, into),
            (field, value) if field == *name => limits(value, rest, into),
            _ => {}
        }
    }
}

/// Whether bounds leave neither side open.
pub fn is_bounded(limits: &[Limit]) -> bool {
    let has = |operators: &[&str]| {
        let mut limits = limits.iter();
        limits.any(|limit| operators.contains(&limit.operator.as_str()))
    };
    has(&["eq", "gt", "gte"]) && has(&["eq", "lt", "lte"])
}

/// The days on which the buckets of a date begin, and the one on which the last of them ends.
pub struct Edges {
    days: Vec<NaiveDate>,
    kind: Kind,
}

impl Dated {
    /// The days of the first and last rows that `where` lets through; `None` where there can't be any.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a bound that is no date.
    pub fn bounded<Z: TimeZone>(
        &self,
        filling: &Filling,
        zone: &Z,
    ) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let (mut first, mut last) = (NaiveDate::MIN, NaiveDate::MAX);
        for Limit { operator, value } in &self.limits {
            let value = Blank::of(value).map_or(value, |blank| filling.leaf(blank.at));
            let bad =
                |why| Error::api(ErrorCode::BadRequest, format!("where.{}: {why}", self.name));
            // Just before an edge is the bucket before it.
            let ends_before = operator == "lt";
            let day = match self.kind.parse(value).map_err(bad)? {
                SqlValue::ChronoDateTimeUtc(Some(at)) => {
                    let before = Duration::microseconds(i64::from(ends_before));
                    date_in(zone, at.checked_sub_signed(before).unwrap_or(at))
                }
                SqlValue::ChronoDate(Some(day)) if ends_before => day.pred_opt().unwrap_or(day),
                SqlValue::ChronoDate(Some(day)) => day,
                _ => continue,
            };
            if matches!(operator.as_str(), "eq" | "gt" | "gte") {
                first = first.max(day);
            }
            if matches!(operator.as_str(), "eq" | "lt" | "lte") {
                last = last.min(day);
            }
        }
        Ok((first <= last).then_some((first, last)))
    }

    /// The edges of the buckets from one day to another.
    ///
    /// # Errors
    /// `BAD_REQUEST` for too many of them.
    pub fn edges(&self, between: Option<(NaiveDate, NaiveDate)>) -> Result<Edges> {
        let mut days = Vec::new();
        let mut next = between.and_then(|(first, _)| self.bucket.first_day(first));
        while let (Some(day), Some((_, last))) = (next, between) {
            if days.len() > MOST {
                let name = &self.name;
                return Err(Error::api(
                    ErrorCode::BadRequest,
                    format!(
                        "groupBy: more than {MOST} buckets of {name}: take longer ones, or bound {name} in where"
                    ),
                ));
            }
            days.push(day);
            if day > last {
                break;
            }
            next = self.bucket.next(day);
        }
        Ok(Edges {
            days,
            kind: self.kind,
        })
    }
}

impl Edges {
    /// The first day of the bucket with this number, from 1.
    pub fn day(&self, number: i32) -> Option<NaiveDate> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.days.get(at).copied()
    }

    /// As a parameter: all as one, however many they are, or one of them, null where there is none.
    pub fn value<Z: TimeZone>(&self, which: Edge, zone: &Z, dialect: Dialect) -> SqlValue {
        let one = |day: Option<&NaiveDate>| match self.kind {
            Kind::Date => SqlValue::ChronoDate(day.copied()),
            _ => SqlValue::ChronoDateTimeUtc(day.map(|day| start_of_day(zone, *day))),
        };
        let all = self.days.iter().map(|day| one(Some(day)));
        match (which, dialect) {
            (Edge::First, _) => one(self.days.first()),
            (Edge::Last, _) => one(self.days.last()),
            (Edge::All, Dialect::Postgres) => {
                let ty = match self.kind {
                    Kind::Date => ArrayType::ChronoDate,
                    _ => ArrayType::ChronoDateTimeUtc,
                };
                SqlValue::Array(ty, Some(Box::new(all.collect())))
            }
            // The texts as the driver writes them.
            (Edge::All, Dialect::Sqlite) => {
                let text = |value| match value {
                    SqlValue::ChronoDateTimeUtc(Some(at)) => {
                        at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
                    }
                    SqlValue::ChronoDate(Some(day)) => day.to_string(),
                    _ => String::new(),
                };
                SqlValue::from(serde_json::Value::from_iter(all.map(text)).to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn edges(bucket: Bucket, first: &str, last: &str) -> Vec<String> {
        let dated = Dated {
            name: "createdAt".into(),
            bucket,
            kind: Kind::Instant,
            limits: Vec::new(),
            open: true,
        };
        let edges = dated.edges(Some((day(first), day(last)))).unwrap();
        edges.days.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn buckets_begin_where_the_calendar_says() {
        assert_eq!(
            edges(Bucket::Week, "2026-12-31", "2027-01-04"),
            ["2026-12-28", "2027-01-04", "2027-01-11"]
        );
        assert_eq!(
            edges(Bucket::Month, "2028-01-31", "2028-03-01"),
            ["2028-01-01", "2028-02-01", "2028-03-01", "2028-04-01"]
        );
        assert_eq!(
            edges(Bucket::Quarter, "2026-06-30", "2026-12-31"),
            ["2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01"]
        );
        assert_eq!(
            edges(Bucket::Year, "2027-02-28", "2029-01-01"),
            ["2027-01-01", "2028-01-01", "2029-01-01", "2030-01-01"]
        );
        assert_eq!(
            edges(Bucket::Day, "2026-02-28", "2026-02-28"),
            ["2026-02-28", "2026-03-01"]
        );
    }

    #[test]
    fn a_thousand_buckets_are_enough() {
        let dated = Dated {
            name: "createdAt".into(),
            bucket: Bucket::Day,
            kind: Kind::Date,
            limits: Vec::new(),
            open: true,
        };
        let upto = |last| dated.edges(Some((day("2026-01-01"), day(last))));
        assert_eq!(upto("2028-09-26").unwrap().days.len(), MOST + 1);
        assert!(upto("2028-09-27").is_err());
        assert!(upto("9999-12-31").is_err());
    }

    #[test]
    fn only_what_every_row_keeps_is_a_bound() {
        let value = |text: &str| {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            GqlValue::from_json(value).unwrap()
        };
        let bounded = |text: &str| {
            let mut found = Vec::new();
            limits(&value(text), &["customer", "filedOn"], &mut found);
            is_bounded(&found)
        };
        assert!(bounded(
            r#"{"and": [{"customer": {"filedOn": {"gte": "2026-01-01"}}}], "customer": {"filedOn": {"lt": "2027-01-01"}}}"#
        ));
        assert!(bounded(
            r#"{"customer": {"filedOn": {"eq": "2026-01-01"}}}"#
        ));
        for open in [
            r#"{"customer": {"filedOn": {"gte": "2026-01-01"}}}"#,
            r#"{"customer": {"filedOn": {"gte": "2026-01-01", "lt": null}}}"#,
            r#"{"not": {"customer": {"filedOn": {"eq": "2026-01-01"}}}}"#,
            r#"{"or": [{"customer": {"filedOn": {"eq": "2026-01-01"}}}]}"#,
            r#"{"filedOn": {"eq": "2026-01-01"}}"#,
        ] {
            assert!(!bounded(open), "{open}");
        }
    }
}
