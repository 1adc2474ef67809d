//! The schema's own scalars as inputs of mutations: days, instants, money, long numbers.
//!
//! They read exactly what the read graph's arguments read; a value of another form is a request error, not a refusal.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};
use rules::kit::money::Fen;

fn text<T: InputType>(value: &Value) -> Result<&str, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::custom(format!(
            "expected text, got {other}"
        ))),
    }
}

/// A day in the company's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text::<Self>(&value)?;
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
        day.map(Self).map_err(|_| {
            InputValueError::custom(format!("`{text}` is no date of the form 2026-11-21"))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant, kept in the microseconds that both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text::<Self>(&value)?;
        let instant = chrono::DateTime::parse_from_rfc3339(text).ok();
        let instant =
            instant.and_then(|i| chrono::DateTime::from_timestamp_micros(i.timestamp_micros()));
        instant
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("`{text}` is no RFC 3339 instant")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// Money: an exact decimal number of CNY as text, with at most two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub Fen);

#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let written = match &value {
            Value::Number(number) => number.to_string(),
            other => text::<Self>(other)?.to_owned(),
        };
        written
            .parse()
            .map(Self)
            .map_err(|e| InputValueError::custom(format!("`{written}`: {e}")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A whole number of up to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Long(pub i64);

#[Scalar(name = "Long")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{value} is no whole number in range")))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}
