//! What an erasure leaves of the records beside the chain, and that it says so itself (PIP-3).
//!
//! An erased record keeps the hash that the chain covers, loses the salt without which nobody can try values out, and
//! holds what is left under a new one. The hash of what is left stands in the entry of the erasure, which is chained like
//! any other. So what was erased is told from what was altered, and what is left of it can't be altered either.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Fault, Hash, hex};

/// The word of the entries that say what was erased.
pub const ERASURE: &str = "erasureExecute";

/// What an erasure's entry covers: hashes of what is left of each record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Records of changes, by id.
    pub changes: BTreeMap<Uuid, Hash>,
    /// Details of entries, by the entry's id.
    pub details: BTreeMap<Uuid, Hash>,
}

impl Erased {
    /// As the entry's detail holds it.
    pub fn to_json(&self) -> Value {
        json!({"changes": map_of(&self.changes), "details": map_of(&self.details)})
    }

    /// Out of the entry's detail. What is no hash under an id covers nothing.
    pub fn of_json(detail: &Value) -> Self {
        let part = |name: &str| {
            let hashes = detail.get(name).and_then(Value::as_object);
            let hashes = hashes.into_iter().flatten().filter_map(|(id, hash)| {
                Some((Uuid::parse_str(id).ok()?, from_hex(hash.as_str()?)?))
            });
            hashes.collect()
        };
        Self {
            changes: part("changes"),
            details: part("details"),
        }
    }
}

fn map_of(hashes: &BTreeMap<Uuid, Hash>) -> Value {
    let one = |(id, hash): (&Uuid, &Hash)| (id.to_string(), hex(hash).into());
    hashes.iter().map(one).collect::<Map<_, _>>().into()
}

fn from_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    for (byte, pair) in hash.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Whether what is left of an erased record is what its erasure left; `altered` is the fault where it is not.
pub fn check_erased(covered: Option<&Hash>, left: Hash, altered: Fault) -> Option<Fault> {
    match covered {
        None => Some(Fault::ErasedWithoutErasure),
        Some(covered) if *covered == left => None,
        Some(_) => Some(altered),
    }
}
