//! The audit log: who did what, in which role, for whom, under which rule; append-only and hash-chained.
//!
//! Tables: `audit_entry`, `audit_detail`, `audit_chain`, `sequencer`. Entries are written by `work` with the change; the
//! [`Sequencer`] gives them their places afterwards; [`verify`] finds what was altered. What the hashes cover stands in
//! `rules::audit`.

mod access;
mod graph;
mod roots;
mod sequencer;
mod verify;

use entity::{audit_chain, audit_entry};
use rules::audit::{Entry, Hash, Link, hash_from};
use rules::vocabulary::Role;

use crate::features::Feature;

pub use access::EVERYTHING;
pub use roots::{Root, root_on};
pub use sequencer::Sequencer;
pub use verify::{Finding, Verified, verify};

/// The feature.
pub const FEATURE: Feature = Feature {
    access: access::access,
    graph: graph::declare,
    ..Feature::NOTHING
};

/// A stored hash; one of another length stands for nothing that was ever hashed.
fn stored(bytes: &[u8]) -> Hash {
    hash_from(bytes).unwrap_or([0xff; 32])
}

/// The hash of an entry's row as it stands.
fn hash_of(row: &audit_entry::Model) -> Hash {
    let entry = Entry {
        id: row.id,
        at: row.at,
        request_id: &row.request_id,
        part: row.part.as_str(),
        actor: row.actor_id,
        role: row.role.map(Role::as_str),
        acted_for: row.acted_for,
        object_kind: &row.object_kind,
        object: row.object_id,
        verb: &row.verb,
        clause: row.clause.as_deref(),
        detail: row.detail_hash.as_deref().map(stored),
        changes: row.changes_hash.as_deref().map(stored),
    };
    entry.hash()
}

/// A row of the chain.
fn link_of(row: &audit_chain::Model) -> Link {
    Link {
        position: row.position,
        entry: row.entry_id,
        entry_hash: stored(&row.entry_hash),
        at: row.chained_at,
        previous: stored(&row.previous),
        root: stored(&row.root),
    }
}
