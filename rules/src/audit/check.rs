//! The check of a chain, link by link. After a fault it goes on from what is stored, so that one alteration is told once
//! and where it is.

use std::fmt;

use serde_json::Value;

use super::{Hash, Head, Link, hex, salted};

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Positions are missing: links were removed.
    Gap {
        /// The first missing.
        from: i64,
        /// The last missing.
        to: i64,
    },
    /// The link's root does not follow from the links before it: a link was altered, inserted or moved here.
    Broken,
    /// The entry that the link names is gone.
    EntryMissing,
    /// The entry's fields are not those that were chained.
    EntryAltered,
    /// The entry's detail is gone.
    DetailMissing,
    /// The entry's detail is not what was written.
    DetailAltered,
    /// The old and new values of the entry's changes are not those that were written: altered, removed or added to.
    ChangesAltered,
    /// A record is marked as erased, and the erasure that it names covers no such record (PIP-3).
    ErasedWithoutErasure,
    /// The erasure covers a record that is not marked as erased: its values were put back (PIP-3).
    ErasureUndone,
    /// An entry stands among the chained ones without a link: it was inserted, or its link was removed.
    Unchained,
    /// A recorded change belongs to no entry.
    ChangeWithoutEntry,
    /// The chain does not end where the sequencer left it: links were removed from its end, or added to it.
    Head {
        /// Where the sequencer left it.
        position: i64,
        /// The root there.
        root: Hash,
    },
    /// The chain has another root at this position than the one that was exported, or none.
    Exported {
        /// The exported root.
        root: Hash,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { from, to } if from == to => write!(f, "position {from} is missing"),
            Self::Gap { from, to } => write!(f, "positions {from} to {to} are missing"),
            Self::Broken => f.write_str(
                "the root does not follow from the links before: a link was altered, inserted or moved here",
            ),
            Self::EntryMissing => f.write_str("the entry is gone"),
            Self::EntryAltered => f.write_str("the entry was altered"),
            Self::DetailMissing => f.write_str("the entry's detail is gone"),
            Self::DetailAltered => f.write_str("the entry's detail was altered"),
            Self::ChangesAltered => {
                f.write_str("the entry's changes were altered, removed or added to")
            }
            Self::ErasedWithoutErasure => {
                f.write_str("what the entry says is marked as erased, and no erasure covers it")
            }
            Self::ErasureUndone => f.write_str("what this erasure made anonymous was put back"),
            Self::Unchained => f.write_str(
                "the entry has no link though later ones do: it was inserted, or its link was removed",
            ),
            Self::ChangeWithoutEntry => f.write_str("a recorded change belongs to no entry"),
            Self::Head { position, root } => write!(
                f,
                "the chain does not end at position {position} with root {}: links were removed from its end or added to it",
                hex(root)
            ),
            Self::Exported { root } => {
                write!(f, "the root is not the exported {}", hex(root))
            }
        }
    }
}

/// A check under way.
#[derive(Clone, Debug)]
pub struct Check {
    head: Head,
}

impl Default for Check {
    fn default() -> Self {
        Self { head: Head::START }
    }
}

impl Check {
    /// Takes the next link, in order of position.
    pub fn link(&mut self, link: &Link) -> Option<Fault> {
        let expected = self.head.position.saturating_add(1);
        let before = std::mem::replace(&mut self.head, link.head());
        if link.position > expected {
            return Some(Fault::Gap {
                from: expected,
                to: link.position.saturating_sub(1),
            });
        }
        let follows = link.position == expected
            && link.previous == before.root
            && link.root == link.expected_root();
        (!follows).then_some(Fault::Broken)
    }

    /// Where the links so far have come to.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Ends the check against where the sequencer left the chain.
    pub fn end(&self, left: Head) -> Option<Fault> {
        (self.head != left).then_some(Fault::Head {
            position: left.position,
            root: left.root,
        })
    }
}

/// Whether the salt and detail found are those whose hash the entry has.
pub fn check_detail(hash: Option<Hash>, found: Option<(&[u8], &Value)>) -> Option<Fault> {
    match (hash, found) {
        (None, None) => None,
        (Some(_), None) => Some(Fault::DetailMissing),
        (Some(hash), Some((salt, detail))) if salted(salt, detail) == hash => None,
        (_, Some(_)) => Some(Fault::DetailAltered),
    }
}
