//! SHA-256 over values whose kinds and lengths are covered too, so that nothing can move from one field to the next.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A SHA-256.
pub type Hash = [u8; 32];

/// A stored hash; `None` when it is of another length.
pub fn hash_from(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

/// A hash in lower-case hexadecimal.
pub fn hex(hash: &Hash) -> String {
    hash.iter().fold(String::with_capacity(64), |mut out, b| {
        // Writing into a string can't fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// A hash in the making. Optional values say whether they are there.
pub(super) struct Digest(Sha256);

impl Digest {
    /// Begins with a word for what is hashed, so that no hash is taken for one of another kind.
    pub(super) fn new(domain: &str) -> Self {
        Self(Sha256::new()).bytes(Some(domain.as_bytes()))
    }

    pub(super) fn bytes(mut self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => self.0.update([0]),
            Some(bytes) => {
                self.0.update([1]);
                self.0
                    .update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                self.0.update(bytes);
            }
        }
        self
    }

    pub(super) fn text(self, text: Option<&str>) -> Self {
        self.bytes(text.map(str::as_bytes))
    }

    pub(super) fn id(self, id: Option<Uuid>) -> Self {
        self.bytes(id.as_ref().map(|id| id.as_bytes().as_slice()))
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.bytes(Some(&number.to_be_bytes()))
    }

    /// Microseconds, which both databases keep.
    pub(super) fn instant(self, at: DateTime<Utc>) -> Self {
        self.number(at.timestamp_micros())
    }

    /// A document in one form whatever database it went through: keys in order.
    pub(super) fn json(self, value: &Value) -> Self {
        match value {
            Value::Null => self.text(Some("null")),
            Value::Bool(yes) => self.text(Some(if *yes { "true" } else { "false" })),
            Value::Number(number) => self.text(Some("number")).text(Some(&number.to_string())),
            Value::String(text) => self.text(Some("text")).text(Some(text)),
            Value::Array(items) => {
                let begun = self
                    .text(Some("list"))
                    .number(i64::try_from(items.len()).unwrap_or(i64::MAX));
                items.iter().fold(begun, Self::json)
            }
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                let begun = self
                    .text(Some("object"))
                    .number(i64::try_from(fields.len()).unwrap_or(i64::MAX));
                fields.into_iter().fold(begun, |digest, (name, value)| {
                    digest.text(Some(name)).json(value)
                })
            }
        }
    }

    pub(super) fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}
