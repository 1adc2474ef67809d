//! What is erased beside the rows: their history, the details of the audit log, outcomes kept for repetitions (PIP-3).
//!
//! Pitfall: a record keeps the hash that the chain covers; its salt goes, or values could be tried out against that hash.

use std::collections::BTreeMap;

use entity::{audit_detail, audit_entry, history, idempotency};
use rules::audit::{ERASURE, Erased, Hash, change_values, salted};
use rules::erasure::{STUB, erased, redacted, redacted_json, without};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::erase::Around;
use super::reach::{CHUNK, Reach, traces};
use crate::kit::error::Result;
use crate::work::{Outcome, Work};

/// Kept outcomes that are read at once.
const PAGE: u64 = 1000;

/// The columns of a table that `wanted` picks.
fn columns_of(table: &str, wanted: fn(&super::person::Column) -> bool) -> Vec<&'static str> {
    let of_table = traces().filter(|trace| trace.table == table);
    let columns = of_table.flat_map(|trace| trace.columns);
    columns.filter(|c| wanted(c)).map(|c| c.name).collect()
}

async fn changes_of(
    conn: &impl ConnectionTrait,
    table: &str,
    ids: &[Uuid],
) -> Result<Vec<history::Model>> {
    let mut rows = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let found = history::Entity::find()
            .filter(history::Column::ObjectId.is_in(ids.iter().copied()))
            .filter(history::Column::ObjectKind.eq(table))
            .all(conn)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// The details of everything that was done with these rows, erasures left out: those hold ids and hashes only.
async fn details_of(
    conn: &impl ConnectionTrait,
    reach: &Reach,
) -> Result<Vec<audit_detail::Model>> {
    let ids: Vec<Uuid> = reach.ids().into_iter().collect();
    let mut rows = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let entries = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::Id)
            .filter(audit_entry::Column::ObjectId.is_in(ids.iter().copied()))
            .filter(audit_entry::Column::Verb.ne(ERASURE))
            .into_tuple::<Uuid>()
            .all(conn)
            .await?;
        for entries in entries.chunks(CHUNK) {
            let found = audit_detail::Entity::find()
                .filter(audit_detail::Column::EntryId.is_in(entries.iter().copied()))
                .all(conn)
                .await?;
            rows.extend(found);
        }
    }
    Ok(rows)
}

/// How many recorded changes and details speak of these rows.
pub(super) async fn count(conn: &impl ConnectionTrait, reach: &Reach) -> Result<(usize, usize)> {
    let mut changes = 0;
    for (table, ids) in reach.rows() {
        changes += changes_of(conn, table, &ids).await?.len();
    }
    Ok((changes, details_of(conn, reach).await?.len()))
}

/// The values that tell the person, as the past has them: former names, former numbers.
pub(super) async fn told(work: &Work<'_>, own: &Reach) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for (table, ids) in own.rows() {
        let columns = columns_of(table, |column| column.tells);
        if columns.is_empty() {
            continue;
        }
        for change in changes_of(work.conn(), table, &ids).await? {
            let pairs = columns
                .iter()
                .filter_map(|column| change.changes.get(column));
            let values = pairs.filter_map(Value::as_array).flatten();
            told.extend(values.filter_map(Value::as_str).map(str::to_owned));
        }
    }
    Ok(told)
}

/// Erases the past, and gives the hashes of what is left of it.
pub(super) async fn erase(
    work: &Work<'_>,
    entry: Uuid,
    around: &Around,
    told: &[String],
) -> Result<Erased> {
    let mut covered = Erased::default();
    for (table, ids) in around.own.rows() {
        let personal = columns_of(table, |_| true);
        for row in changes_of(work.conn(), table, &ids).await? {
            let changes = without(&row.changes, |column| personal.contains(&column));
            let reason = row.reason.as_ref().map(|_| STUB.to_owned());
            leave(work, entry, row, changes, reason, &mut covered.changes).await?;
        }
    }
    for (table, ids) in around.others.rows() {
        let free = columns_of(table, |column| column.free);
        for row in changes_of(work.conn(), table, &ids).await? {
            let mut changes = row.changes.clone();
            for column in &free {
                if let Some(pair) = changes.get_mut(*column)
                    && let Some(left) = redacted_json(pair, told)
                {
                    *pair = left;
                }
            }
            let reason = row.reason.as_deref();
            let reason = reason.map(|said| redacted(said, told).unwrap_or_else(|| said.to_owned()));
            leave(work, entry, row, changes, reason, &mut covered.changes).await?;
        }
    }
    for row in details_of(work.conn(), &around.own).await? {
        let left = erased(&row.detail);
        leave_detail(work, entry, &row, left, &mut covered.details).await?;
    }
    for row in details_of(work.conn(), &around.others).await? {
        if let Some(left) = redacted_json(&row.detail, told) {
            leave_detail(work, entry, &row, left, &mut covered.details).await?;
        }
    }
    Ok(covered)
}

async fn leave(
    work: &Work<'_>,
    entry: Uuid,
    row: history::Model,
    changes: Value,
    reason: Option<String>,
    covered: &mut BTreeMap<Uuid, Hash>,
) -> Result<()> {
    if changes == row.changes && reason == row.reason {
        return Ok(());
    }
    let salt = work.acting.shared.clock.new_salt();
    covered.insert(row.id, change_values(&salt, &changes, reason.as_deref()));
    let left = history::ActiveModel {
        changes: Set(changes),
        reason: Set(reason),
        salt: Set(Some(salt.to_vec())),
        erased_in: Set(Some(entry)),
        ..Default::default()
    };
    history::Entity::update_many()
        .set(left)
        .filter(history::Column::Id.eq(row.id))
        .exec(work.conn())
        .await?;
    Ok(())
}

async fn leave_detail(
    work: &Work<'_>,
    entry: Uuid,
    row: &audit_detail::Model,
    left: Value,
    covered: &mut BTreeMap<Uuid, Hash>,
) -> Result<()> {
    if left == row.detail {
        return Ok(());
    }
    let salt = work.acting.shared.clock.new_salt();
    covered.insert(row.entry_id, salted(&salt, &left));
    let left = audit_detail::ActiveModel {
        detail: Set(left),
        salt: Set(salt.to_vec()),
        erased_in: Set(Some(entry)),
        ..Default::default()
    };
    audit_detail::Entity::update_many()
        .set(left)
        .filter(audit_detail::Column::EntryId.eq(row.entry_id))
        .exec(work.conn())
        .await?;
    Ok(())
}

/// Leaves of kept outcomes the ids alone, and no hash of an input by which values could be tried out. Who repeats such a
/// mutation is told that its key was used.
pub(super) async fn forget_outcomes(work: &Work<'_>, own: &Reach) -> Result<()> {
    let ids = own.ids();
    let mut after = None;
    loop {
        let page = kept_outcomes(work, after).await?;
        let Some((actor, key, _)) = page.last() else {
            return Ok(());
        };
        after = Some((*actor, *key));
        for (actor, key, outcome) in page {
            let Ok(outcome) = serde_json::from_value::<Outcome>(outcome) else {
                continue;
            };
            if outcome.rows.iter().any(|(_, id)| ids.contains(id)) {
                forget(work, actor, key, outcome).await?;
            }
        }
    }
}

/// The next kept outcomes after a key that were not forgotten yet, in the order of their keys.
async fn kept_outcomes(
    work: &Work<'_>,
    after: Option<(Uuid, Uuid)>,
) -> Result<Vec<(Uuid, Uuid, Value)>> {
    use idempotency::Column::{ActorId, InputHash, Key, Outcome};
    let mut query = idempotency::Entity::find()
        .select_only()
        .columns([ActorId, Key, Outcome])
        .filter(InputHash.ne(""))
        .order_by_asc(ActorId)
        .order_by_asc(Key)
        .limit(PAGE);
    if let Some((actor, key)) = after {
        let same = ActorId.eq(actor).and(Key.gt(key));
        query = query.filter(ActorId.gt(actor).or(same));
    }
    Ok(query.into_tuple().all(work.conn()).await?)
}

async fn forget(work: &Work<'_>, actor: Uuid, key: Uuid, outcome: Outcome) -> Result<()> {
    let left = Outcome {
        rows: outcome.rows,
        ..Outcome::default()
    };
    let left = idempotency::ActiveModel {
        input_hash: Set(String::new()),
        outcome: Set(json!(left)),
        ..Default::default()
    };
    idempotency::Entity::update_many()
        .set(left)
        .filter(idempotency::Column::ActorId.eq(actor))
        .filter(idempotency::Column::Key.eq(key))
        .exec(work.conn())
        .await?;
    Ok(())
}
