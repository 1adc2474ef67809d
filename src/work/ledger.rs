//! What every write leaves behind: audit entries, history, the retry record. Buffered, and written at the end with the
//! rows that wait.
//!
//! Entries have no place in the chain yet: the sequencer gives it once the transaction is committed. What may be personal
//! is hashed under a salt of its own, so that it can be erased without breaking the chain.

use chrono::{DateTime, Utc};
use entity::{audit_detail, audit_entry, history, idempotency};
use rules::audit::{self, Hash};
use sea_orm::ActiveValue::Set;
use serde_json::Value as Json;
use uuid::Uuid;

use super::Outcome;
use super::rows::Waiting;
use crate::acting::{Acting, Permit};
use crate::kit::error::{Error, Result};

struct Change {
    kind: String,
    id: Uuid,
    version: i32,
    reason: Option<String>,
    changes: Json,
}

struct Note {
    verb: &'static str,
    kind: &'static str,
    id: Option<Uuid>,
    permit: Permit,
    detail: Json,
}

/// The buffer.
pub(super) struct Ledger {
    changes: Vec<Change>,
    notes: Vec<Note>,
    /// Id of the first entry that is written next, where it had to be known before.
    next: Option<Uuid>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            changes: Vec::new(),
            notes: Vec::new(),
            next: None,
        }
    }

    /// The id that the first entry written next will have.
    pub(super) fn next(&mut self, acting: &Acting) -> Uuid {
        *self.next.get_or_insert_with(|| acting.new_id())
    }

    pub(super) fn change(
        &mut self,
        kind: String,
        id: Uuid,
        version: i32,
        reason: Option<&str>,
        changes: Json,
    ) {
        self.changes.push(Change {
            kind,
            id,
            version,
            reason: reason.map(str::to_owned),
            changes,
        });
    }

    pub(super) fn note(
        &mut self,
        verb: &'static str,
        kind: &'static str,
        id: Option<Uuid>,
        permit: &Permit,
        detail: Json,
    ) {
        self.notes.push(Note {
            verb,
            kind,
            id,
            permit: permit.clone(),
            detail,
        });
    }

    /// How much there is, to come back to.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.changes.len(), self.notes.len())
    }

    /// Forgets what came later.
    pub(super) fn truncate(&mut self, (changes, notes): (usize, usize)) {
        self.changes.truncate(changes);
        self.notes.truncate(notes);
    }

    /// Lays what there is to the rows that wait; with the outcome, at the end, the retry record too.
    pub(super) fn write(
        &mut self,
        acting: &Acting,
        waiting: &mut Waiting,
        outcome: Option<&Outcome>,
    ) -> Result<()> {
        let now: DateTime<Utc> = acting.now();
        let actor = Some(acting.employee()).filter(|id| !id.is_nil());
        let audit_id = self.next.take().unwrap_or_else(|| acting.new_id());
        if self.notes.is_empty() && !self.changes.is_empty() {
            return Err(Error::internal("rows were changed without a note of why"));
        }
        let acted_for = self.notes.iter().find_map(|n| n.permit.acted_for);
        let (versions, changes) = self.versions(acting, audit_id, acted_for);
        for (i, note) in self.notes.drain(..).enumerate() {
            let id = if i == 0 { audit_id } else { acting.new_id() };
            let detail_hash = keep(acting, id, note.detail, waiting);
            waiting.keep(&audit_entry::ActiveModel {
                id: Set(id),
                at: Set(now),
                request_id: Set(acting.request_id.clone()),
                part: Set(acting.part),
                actor_id: Set(actor),
                role: Set(note.permit.role),
                acted_for: Set(note.permit.acted_for),
                object_kind: Set(note.kind.to_owned()),
                object_id: Set(note.id),
                verb: Set(note.verb.to_owned()),
                clause: Set(note.permit.clause),
                detail_hash: Set(detail_hash.map(Into::into)),
                changes_hash: Set(changes.filter(|_| i == 0).map(Into::into)),
                ..Default::default()
            });
        }
        for version in &versions {
            waiting.keep(version);
        }
        if let Some((retry, outcome)) = acting.retry.as_ref().zip(outcome) {
            waiting.keep(&idempotency::ActiveModel {
                key: Set(retry.key),
                actor_id: Set(acting.employee()),
                mutation: Set(retry.mutation.to_owned()),
                input_hash: Set(retry.input_hash.clone()),
                outcome: Set(serde_json::to_value(outcome).unwrap_or_default()),
                created_at: Set(now),
            });
        }
        Ok(())
    }

    /// The rows of history, and the hash of them all for the first entry, to which they belong.
    fn versions(
        &mut self,
        acting: &Acting,
        audit_id: Uuid,
        acted_for: Option<Uuid>,
    ) -> (Vec<history::ActiveModel>, Option<Hash>) {
        let actor = Some(acting.employee()).filter(|id| !id.is_nil());
        let mut covered = Vec::with_capacity(self.changes.len());
        let mut rows = Vec::with_capacity(self.changes.len());
        for change in &mut self.changes {
            let (id, salt) = (acting.new_id(), acting.shared.clock.new_salt());
            let values = audit::change_values(&salt, &change.changes, change.reason.as_deref());
            rows.push(history::ActiveModel {
                id: Set(id),
                object_kind: Set(change.kind.clone()),
                object_id: Set(change.id),
                version: Set(change.version),
                at: Set(acting.now()),
                actor_id: Set(actor),
                acted_for: Set(acted_for),
                reason: Set(change.reason.take()),
                changes: Set(change.changes.take()),
                audit_id: Set(audit_id),
                salt: Set(Some(salt.to_vec())),
                values_hash: Set(Some(values.to_vec())),
                erased_in: Set(None),
            });
            covered.push(audit::Change {
                id,
                object_kind: &change.kind,
                object: change.id,
                version: change.version,
                values,
            });
        }
        let hash = audit::changes(&mut covered);
        self.changes.clear();
        (rows, hash)
    }
}

/// Lays a detail beside its entry; gives its hash, none when it says nothing.
fn keep(acting: &Acting, entry: Uuid, detail: Json, waiting: &mut Waiting) -> Option<Hash> {
    if detail.is_null() || detail.as_object().is_some_and(serde_json::Map::is_empty) {
        return None;
    }
    let salt = acting.shared.clock.new_salt();
    let hash = audit::salted(&salt, &detail);
    waiting.keep(&audit_detail::ActiveModel {
        entry_id: Set(entry),
        salt: Set(salt.to_vec()),
        detail: Set(detail),
        erased_in: Set(None),
    });
    Some(hash)
}
