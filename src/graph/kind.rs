//! Leaf kinds of the graph: how a column is read from a row, written as JSON, taken from an argument, kept in a cursor.

use async_graphql::Value as GqlValue;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rules::kit::money::Fen;
use sea_query::Value as SqlValue;

use super::fill::{Blank, Form};
use super::row::Row;
use crate::kit::ids;

/// What a leaf is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text.
    Text,
    /// 32-bit integer.
    Int,
    /// 64-bit integer, written as a JSON number.
    Count,
    /// CNY fen in the database, `Decimal` with two places in the API.
    Money,
    /// Yes or no.
    Bool,
    /// Instant, UTC.
    Instant,
    /// Day in the company's zone.
    Date,
    /// Id of another object, with its prefix.
    Id(&'static str),
    /// A value of the named vocabulary.
    Enum(&'static str),
    /// Free fields, as JSON.
    Json,
}

/// A value taken out of a row, for functions that work over several parents.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text or enum.
    Text(String),
    /// Integer, money in fen.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Instant.
    Instant(DateTime<Utc>),
    /// Day.
    Date(NaiveDate),
    /// Id.
    Id(uuid::Uuid),
    /// JSON.
    Json(serde_json::Value),
}

impl Kind {
    /// Name of the GraphQL type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Int => "Int",
            Self::Count => "Long",
            Self::Money => "Decimal",
            Self::Bool => "Boolean",
            Self::Instant => "DateTime",
            Self::Date => "Date",
            Self::Id(_) => "ID",
            Self::Enum(name) => name,
            Self::Json => "JSON",
        }
    }

    /// Name of the filter input.
    pub fn filter_name(self) -> String {
        match self {
            Self::Enum(name) => format!("{name}Filter"),
            Self::Id(_) => "IDFilter".into(),
            other => format!("{}Filter", other.type_name()),
        }
    }

    /// Takes the value out of a row.
    pub fn cell(self, row: &Row, at: usize) -> Cell {
        match self {
            Self::Text | Self::Enum(_) => row
                .text(at)
                .map_or(Cell::Null, |t| Cell::Text(t.to_owned())),
            Self::Int => row.int(at).map_or(Cell::Null, |i| Cell::Int(i64::from(i))),
            Self::Count | Self::Money => row.long(at).map_or(Cell::Null, Cell::Int),
            Self::Bool => row.bool(at).map_or(Cell::Null, Cell::Bool),
            Self::Instant => row.instant(at).map_or(Cell::Null, Cell::Instant),
            Self::Date => row.date(at).map_or(Cell::Null, Cell::Date),
            Self::Id(_) => row.uuid(at).map_or(Cell::Null, Cell::Id),
            Self::Json => row.json(at).map_or(Cell::Null, Cell::Json),
        }
    }

    /// Writes the value as JSON; gives whether there was one.
    pub fn write(self, row: &Row, at: usize, out: &mut Vec<u8>) -> bool {
        use std::io::Write as _;
        let written = match self {
            Self::Text | Self::Enum(_) => row.text(at).map(|t| write_text(t, out)),
            Self::Int => row.int(at).map(|i| write_number(i64::from(i), out)),
            Self::Count => row.long(at).map(|i| write_number(i, out)),
            Self::Money => row
                .long(at)
                .map(|i| drop(write!(out, "\"{}\"", Fen::new(i)))),
            Self::Bool => row
                .bool(at)
                .map(|b| out.extend_from_slice(if b { b"true" } else { b"false" })),
            Self::Instant => row
                .instant(at)
                .map(|i| drop(write!(out, "\"{}\"", instant_text(i)))),
            Self::Date => row.date(at).map(|d| drop(write!(out, "\"{d}\""))),
            Self::Id(prefix) => row.uuid(at).map(|id| write_id(prefix, id, out)),
            Self::Json => row
                .json(at)
                .map(|j| drop(serde_json::to_writer(&mut *out, &j))),
        };
        if written.is_none() {
            out.extend_from_slice(b"null");
        }
        written.is_some()
    }

    /// A value as history keeps it, as the API has it.
    pub fn kept(self, value: &serde_json::Value) -> serde_json::Value {
        match self {
            Self::Money => value
                .as_i64()
                .map_or_else(|| value.clone(), |fen| Fen::new(fen).to_string().into()),
            Self::Id(prefix) => value
                .as_str()
                .and_then(|text| uuid::Uuid::parse_str(text).ok())
                .map_or_else(|| value.clone(), |id| ids::encode(prefix, id).into()),
            _ => value.clone(),
        }
    }

    /// The value of a literal or variable for SQL; the text says what is wrong with it.
    pub fn parse(self, value: &GqlValue) -> Result<SqlValue, String> {
        match (self, Blank::of(value)) {
            (Self::Json, _) | (_, None) => {}
            (Self::Id(prefix), Some(blank)) if blank.note != prefix.as_bytes() => {
                return Err(format!("expected an id that begins with `{prefix}_`"));
            }
            (_, Some(blank)) => return Ok(blank.in_sql(Form::Plain(self))),
        }
        let text = || match value {
            GqlValue::String(s) => Ok(s.as_str()),
            GqlValue::Enum(name) => Ok(name.as_str()),
            other => Err(format!("expected a {}, got {other}", self.type_name())),
        };
        let number = || match value {
            GqlValue::Number(n) => n
                .as_i64()
                .ok_or_else(|| format!("{n} is no whole number in range")),
            other => Err(format!("expected a number, got {other}")),
        };
        Ok(match self {
            Self::Text | Self::Enum(_) => SqlValue::from(text()?.to_owned()),
            Self::Int => {
                SqlValue::from(i32::try_from(number()?).map_err(|_| "out of range".to_owned())?)
            }
            Self::Count => SqlValue::from(number()?),
            Self::Money => SqlValue::from(parse_money(value)?.get()),
            Self::Bool => match value {
                GqlValue::Boolean(b) => SqlValue::from(*b),
                other => return Err(format!("expected true or false, got {other}")),
            },
            Self::Instant => SqlValue::from(parse_instant(text()?)?),
            Self::Date => SqlValue::from(parse_date(text()?)?),
            Self::Id(prefix) => {
                SqlValue::from(ids::decode(prefix, text()?).map_err(|e| e.to_string())?)
            }
            Self::Json => return Err("free fields can't be compared".into()),
        })
    }

    /// The value for a cursor.
    pub fn cursor(self, row: &Row, at: usize) -> serde_json::Value {
        match self.cell(row, at) {
            Cell::Null => serde_json::Value::Null,
            Cell::Text(t) => t.into(),
            Cell::Int(i) => i.into(),
            Cell::Bool(b) => b.into(),
            Cell::Instant(i) => instant_text(i).into(),
            Cell::Date(d) => d.to_string().into(),
            Cell::Id(id) => id.simple().to_string().into(),
            Cell::Json(j) => j,
        }
    }

    /// A cursor's value for SQL; `None` when the cursor is broken.
    pub fn from_cursor(self, value: &serde_json::Value) -> Option<SqlValue> {
        Some(match self {
            Self::Text | Self::Enum(_) => SqlValue::from(value.as_str()?.to_owned()),
            Self::Int => SqlValue::from(i32::try_from(value.as_i64()?).ok()?),
            Self::Count | Self::Money => SqlValue::from(value.as_i64()?),
            Self::Bool => SqlValue::from(value.as_bool()?),
            Self::Instant => SqlValue::from(parse_instant(value.as_str()?).ok()?),
            Self::Date => SqlValue::from(parse_date(value.as_str()?).ok()?),
            Self::Id(_) => SqlValue::from(uuid::Uuid::parse_str(value.as_str()?).ok()?),
            Self::Json => return None,
        })
    }
}

/// RFC 3339 in UTC with microseconds, the one form of instants in answers.
pub fn instant_text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Money from a `Decimal` argument.
pub fn parse_money(value: &GqlValue) -> Result<Fen, String> {
    let text = match value {
        GqlValue::String(s) => s.clone(),
        GqlValue::Number(n) => n.to_string(),
        other => return Err(format!("expected a Decimal, got {other}")),
    };
    text.parse::<Fen>().map_err(|e| e.to_string())
}

fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    let instant = DateTime::parse_from_rfc3339(text)
        .map_err(|_| format!("`{text}` is no RFC 3339 instant"))?;
    // Microseconds are what PostgreSQL keeps; anything finer would make cursors skip rows.
    DateTime::from_timestamp_micros(instant.timestamp_micros())
        .ok_or_else(|| format!("`{text}` is out of range"))
}

/// A day from a `Date` argument.
pub fn parse_date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("`{text}` is no date of the form 2026-11-21"))
}

/// Writes `text` as a JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.pop();
        // Writing a string into a Vec can't fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Writes a public id as a JSON string.
pub fn write_id(prefix: &str, id: uuid::Uuid, out: &mut Vec<u8>) {
    out.push(b'"');
    ids::write(out, prefix, id);
    out.push(b'"');
}

fn write_number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}
