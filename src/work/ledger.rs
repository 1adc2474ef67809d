//! What every write leaves behind: audit entries, history, events, the retry record. Buffered, and written at the end of
//! the transaction in one statement on PostgreSQL and a few on SQLite.

use chrono::{DateTime, Utc};
use entity::{audit_entry, event, history, idempotency};
use sea_orm::ActiveValue::Set;
use sea_orm::{DatabaseTransaction, EntityTrait as _};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Outcome;
use super::gather::insert_all;
use crate::acting::{Acting, Permit};
use crate::kit::error::Result;

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
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            changes: Vec::new(),
            notes: Vec::new(),
        }
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

    /// Writes everything.
    pub(super) async fn flush(
        &mut self,
        acting: &Acting,
        tx: &DatabaseTransaction,
        outcome: &Outcome,
    ) -> Result<()> {
        let now: DateTime<Utc> = acting.now();
        let actor = Some(acting.employee()).filter(|id| !id.is_nil());
        let audit_id = acting.new_id();
        let acted_for = self.notes.iter().find_map(|n| n.permit.acted_for);
        let mut entries = Vec::new();
        let mut events = Vec::new();
        for (i, note) in self.notes.drain(..).enumerate() {
            let id = if i == 0 { audit_id } else { acting.new_id() };
            events.push(event::ActiveModel {
                id: Set(acting.new_id()),
                at: Set(now),
                kind: Set(note.verb.to_owned()),
                object_kind: Set(note.kind.to_owned()),
                object_id: Set(note.id.unwrap_or_default()),
                audit_id: Set(id),
            });
            entries.push(audit_entry::ActiveModel {
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
                detail: Set(note.detail),
            });
        }
        let versions: Vec<history::ActiveModel> = self
            .changes
            .drain(..)
            .map(|change| history::ActiveModel {
                id: Set(acting.new_id()),
                object_kind: Set(change.kind),
                object_id: Set(change.id),
                version: Set(change.version),
                at: Set(now),
                actor_id: Set(actor),
                acted_for: Set(acted_for),
                reason: Set(change.reason),
                changes: Set(change.changes),
                audit_id: Set(audit_id),
            })
            .collect();
        insert_all::<audit_entry::Entity, _>(tx, entries).await?;
        insert_all::<event::Entity, _>(tx, events).await?;
        insert_all::<history::Entity, _>(tx, versions).await?;
        if let Some(retry) = &acting.retry {
            let kept = idempotency::ActiveModel {
                key: Set(retry.key),
                actor_id: Set(acting.employee()),
                mutation: Set(retry.mutation.to_owned()),
                input_hash: Set(retry.input_hash.clone()),
                outcome: Set(serde_json::to_value(outcome).unwrap_or_default()),
                created_at: Set(now),
            };
            idempotency::Entity::insert(kept)
                .exec_without_returning(tx)
                .await?;
        }
        Ok(())
    }
}
