//! The chain of the audit log: what an entry's hash covers, how one root follows from the one before, what a check of
//! the whole finds (ground rule: everything is attributable).
//!
//! An entry's hash covers its fixed fields and, in place of what may be personal (its detail, the old and new values of
//! its changes), salted hashes of that. The values lie beside the chain with their salts: dropping both makes a person
//! anonymous and leaves every hash as it was. Pitfall: a field that is added later belongs under a new domain word, or
//! the hashes of old entries change.

mod check;
mod digest;
mod erased;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

pub use check::{Check, Fault, check_detail};
pub use digest::{Hash, hash_from, hex};
pub use erased::{ERASURE, Erased, check_erased};

use digest::Digest;

/// The fixed fields of an audit entry, and the salted hashes of what lies beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Request it was part of.
    pub request_id: &'a str,
    /// Kind of undertaking.
    pub part: &'a str,
    /// Who.
    pub actor: Option<Uuid>,
    /// In which role.
    pub role: Option<&'a str>,
    /// For whom (ORG-4).
    pub acted_for: Option<Uuid>,
    /// Kind of object.
    pub object_kind: &'a str,
    /// The object.
    pub object: Option<Uuid>,
    /// What was done.
    pub verb: &'a str,
    /// Rule it rests on.
    pub clause: Option<&'a str>,
    /// [`salted`] hash of the detail; none when it has no detail.
    pub detail: Option<Hash>,
    /// [`changes`] hash; none when it changed no row.
    pub changes: Option<Hash>,
}

impl Entry<'_> {
    /// The hash that the chain covers.
    pub fn hash(&self) -> Hash {
        Digest::new("entry/1")
            .id(Some(self.id))
            .instant(self.at)
            .text(Some(self.request_id))
            .text(Some(self.part))
            .id(self.actor)
            .text(self.role)
            .id(self.acted_for)
            .text(Some(self.object_kind))
            .id(self.object)
            .text(Some(self.verb))
            .text(self.clause)
            .bytes(self.detail.as_ref().map(<[u8; 32]>::as_slice))
            .bytes(self.changes.as_ref().map(<[u8; 32]>::as_slice))
            .finish()
    }
}

/// The hash of values that may be personal, under a salt without which nobody can try values out. The order of an
/// object's keys does not count.
pub fn salted(salt: &[u8], values: &Value) -> Hash {
    Digest::new("salted/1")
        .bytes(Some(salt))
        .json(values)
        .finish()
}

/// The hash of what a change says: old and new values, and the reason as far as it was said.
pub fn change_values(salt: &[u8], values: &Value, reason: Option<&str>) -> Hash {
    Digest::new("change/1")
        .bytes(Some(salt))
        .json(values)
        .text(reason)
        .finish()
}

/// One changed row of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Id of the record of the change.
    pub id: Uuid,
    /// Table of the row.
    pub object_kind: &'a str,
    /// The row.
    pub object: Uuid,
    /// Its version after the change.
    pub version: i32,
    /// [`change_values`] hash.
    pub values: Hash,
}

/// The hash of every change of an act; none when there is none. The order of the changes does not count.
pub fn changes(changes: &mut [Change<'_>]) -> Option<Hash> {
    if changes.is_empty() {
        return None;
    }
    changes.sort_by_key(|change| change.id);
    let digest = changes.iter().fold(Digest::new("changes/1"), |digest, c| {
        digest
            .id(Some(c.id))
            .text(Some(c.object_kind))
            .id(Some(c.object))
            .number(i64::from(c.version))
            .bytes(Some(c.values.as_slice()))
    });
    Some(digest.finish())
}

/// Where the chain has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Position of the last link; 0 before the first.
    pub position: i64,
    /// Root of the last link.
    pub root: Hash,
}

impl Head {
    /// Before the first link.
    pub const START: Self = Self {
        position: 0,
        root: [0; 32],
    };

    /// The link that gives an entry the next position; `None` after the last position there is.
    pub fn next(&self, entry: Uuid, entry_hash: Hash, at: DateTime<Utc>) -> Option<Link> {
        let mut link = Link {
            position: self.position.checked_add(1)?,
            entry,
            entry_hash,
            at,
            previous: self.root,
            root: [0; 32],
        };
        link.root = link.expected_root();
        Some(link)
    }
}

/// A link: an entry's place in the order that the chain, the events and all that follows from them share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Position, from 1 without gaps.
    pub position: i64,
    /// The entry.
    pub entry: Uuid,
    /// Its [`Entry::hash`].
    pub entry_hash: Hash,
    /// When it was given its place.
    pub at: DateTime<Utc>,
    /// Root of the link before.
    pub previous: Hash,
    /// Root over this link and all before it.
    pub root: Hash,
}

impl Link {
    /// The root that follows from the rest of the link.
    pub fn expected_root(&self) -> Hash {
        Digest::new("link/1")
            .bytes(Some(&self.previous))
            .number(self.position)
            .id(Some(self.entry))
            .bytes(Some(&self.entry_hash))
            .instant(self.at)
            .finish()
    }

    /// The chain as this link leaves it.
    pub fn head(&self) -> Head {
        Head {
            position: self.position,
            root: self.root,
        }
    }
}
