//! A person's values in texts about others: which of them say enough to be searched for, and where they stand (PIP-3).
//!
//! Pitfall: too eager a search destroys what others wrote. A name in Latin letters is looked for as whole words, so that
//! Anna leaves Annapolis alone; Chinese has no gaps between words, so a name is looked for anywhere.

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::STUB;

/// The fewest characters of a value with Chinese, Japanese or Korean ones.
const IDEOGRAPHS: usize = 2;
/// The fewest letters and digits of a value with letters.
const LETTERS: usize = 4;
/// The fewest digits of a value with digits alone.
const DIGITS: usize = 7;
/// Length of an id's second part.
const ID: usize = 26;
/// Length of a SHA-256, hexadecimal.
const HASH: usize = 64;

/// The values of a person by which other texts can be searched: long enough for their script, each once, the longest
/// first, so that a part of one is never all that goes.
pub fn telling(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let trimmed = values.into_iter().map(|value| value.trim().to_owned());
    let mut telling: Vec<String> = trimmed.filter(|value| says_enough(value)).collect();
    telling.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    telling.dedup();
    telling
}

fn says_enough(value: &str) -> bool {
    let signs = || value.chars().filter(|c| c.is_alphanumeric());
    let fewest = if signs().any(is_ideograph) {
        IDEOGRAPHS
    } else if signs().any(char::is_alphabetic) {
        LETTERS
    } else {
        DIGITS
    };
    signs().count() >= fewest
}

/// Whether a character belongs to a script that is written without gaps between words.
fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character is part of a word as Latin script has them.
fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() && !is_ideograph(c)
}

/// PIP-3: a text without a person's values; `None` where none of them is in it.
pub fn redacted(text: &str, telling: &[String]) -> Option<String> {
    let mut left: Option<String> = None;
    // What went may have been what joined two words, so it is looked again. Each round takes letters or digits away.
    loop {
        let before = left.clone();
        for value in telling {
            left = replaced(left.as_deref().unwrap_or(text), value).or(left);
        }
        if left == before {
            return left;
        }
    }
}

fn replaced(text: &str, value: &str) -> Option<String> {
    let mut left = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices(value) {
        let after = at.saturating_add(value.len());
        if stands_alone(value, &text[..at], &text[after..]) {
            left.push_str(&text[copied..at]);
            left.push_str(STUB);
            copied = after;
        }
    }
    if copied == 0 {
        return None;
    }
    left.push_str(&text[copied..]);
    Some(left)
}

/// Whether a value with letters is no part of a longer word. A number is looked for anywhere: a country's code may stand
/// before it.
fn stands_alone(value: &str, before: &str, after: &str) -> bool {
    if !value.chars().any(char::is_alphabetic) {
        return true;
    }
    let joins =
        |a: Option<char>, b: Option<char>| a.is_some_and(is_wordy) && b.is_some_and(is_wordy);
    let starts = joins(before.chars().next_back(), value.chars().next());
    let ends = joins(value.chars().next_back(), after.chars().next());
    !starts && !ends
}

/// The same for every text of a document but ids, hashes, days and instants: those are nobody's words.
pub fn redacted_json(document: &Value, telling: &[String]) -> Option<Value> {
    let left = redact(document, telling);
    (left != *document).then_some(left)
}

fn redact(document: &Value, telling: &[String]) -> Value {
    match document {
        Value::String(text) if !is_given(text) => {
            redacted(text, telling).map_or_else(|| document.clone(), Into::into)
        }
        Value::Array(items) => items.iter().map(|item| redact(item, telling)).collect(),
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| (name.clone(), redact(value, telling));
            fields.iter().map(one).collect::<Map<_, _>>().into()
        }
        _ => document.clone(),
    }
}

/// Whether a text is an id, a hash, a day or an instant: made by a machine, and nothing that a person is told by.
fn is_given(text: &str) -> bool {
    let is_hash = || text.len() == HASH && text.bytes().all(|b| b.is_ascii_hexdigit());
    text.parse::<NaiveDate>().is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok()
        || (text.len() == 36 && Uuid::try_parse(text).is_ok())
        || is_public_id(text)
        || is_hash()
}

/// Whether a text reads as a public id: a prefix of small letters, and base32 of 128 bits.
fn is_public_id(text: &str) -> bool {
    let Some((prefix, rest)) = text.rsplit_once('_') else {
        return false;
    };
    let is_base32 = |b: u8| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(&b));
    !prefix.is_empty()
        && prefix.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        && rest.len() == ID
        && rest.bytes().all(is_base32)
}
