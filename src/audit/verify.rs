//! The check of the whole log: every entry with what lies beside it against its link, every link against those before.
//!
//! It runs beside a server that writes. Entries that wait for their place are no fault; they are counted.

use std::collections::HashMap;

use entity::{audit_chain, audit_detail, audit_entry, history};
use rules::audit::{Change, Check, Fault, Head, change_values, changes, check_detail};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::roots::Root;
use super::sequencer::{place, state, waiting};
use super::{hash_of, link_of, stored};
use crate::kit::error::Result;

/// Links that are checked at once.
const PAGE: u64 = 1000;
/// Faults that are told; further ones are only counted.
const TOLD: usize = 1000;

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The position; none for what stands outside of the chain.
    pub position: Option<i64>,
    /// The entry; none where only the chain is concerned.
    pub entry: Option<Uuid>,
    /// What is wrong.
    pub fault: Fault,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Where the chain ends.
    pub head: Head,
    /// Entries that wait for their place.
    pub waiting: u64,
    /// Faults in order of position, the first thousand.
    pub findings: Vec<Finding>,
    /// Number of all faults.
    pub faults: usize,
}

impl Verified {
    fn found(&mut self, position: Option<i64>, entry: Option<Uuid>, fault: Fault) {
        self.faults += 1;
        if self.findings.len() < TOLD {
            self.findings.push(Finding {
                position,
                entry,
                fault,
            });
        }
    }
}

/// Checks the log, and that it still has the exported roots. `progress` hears how many positions are done, and of how
/// many.
///
/// # Errors
/// When the database fails.
pub async fn verify(
    conn: &impl ConnectionTrait,
    exported: &[Root],
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> Result<Verified> {
    let mut check = Check::default();
    let mut verified = Verified {
        head: Head::START,
        waiting: 0,
        findings: Vec::new(),
        faults: 0,
    };
    let mut missing: HashMap<i64, &Root> = exported.iter().map(|r| (r.position, r)).collect();
    let mut total = state(conn).await?.position;
    loop {
        let mut page = page_after(conn, check.head().position).await?;
        if page.is_empty() {
            let left = state(conn).await?;
            total = left.position;
            let left = Head {
                position: left.position,
                root: stored(&left.root),
            };
            let Some(fault) = check.end(left) else { break };
            // It may have been given more places since.
            page = page_after(conn, check.head().position).await?;
            if page.is_empty() {
                verified.found(Some(check.head().position), None, fault);
                break;
            }
        }
        let beside = Beside::of(conn, &page).await?;
        for row in &page {
            let (position, entry) = (Some(row.position), Some(row.entry_id));
            if let Some(fault) = check.link(&link_of(row)) {
                verified.found(position, entry, fault);
            }
            for fault in beside.faults(row) {
                verified.found(position, entry, fault);
            }
            if let Some(root) = missing.remove(&row.position)
                && root.hash() != Some(stored(&row.root))
            {
                let root = root.hash().unwrap_or_default();
                verified.found(position, entry, Fault::Exported { root });
            }
        }
        progress(
            check.head().position,
            Ord::max(total, check.head().position),
        );
    }
    for (position, root) in missing {
        let root = root.hash().unwrap_or_default();
        verified.found(Some(position), None, Fault::Exported { root });
    }
    verified.head = check.head();
    outside(conn, &mut verified).await?;
    Ok(verified)
}

async fn page_after(conn: &impl ConnectionTrait, position: i64) -> Result<Vec<audit_chain::Model>> {
    Ok(audit_chain::Entity::find()
        .filter(audit_chain::Column::Position.gt(position))
        .order_by_asc(audit_chain::Column::Position)
        .limit(PAGE)
        .all(conn)
        .await?)
}

/// Entries that were passed over, and changes that belong to none.
async fn outside(conn: &impl ConnectionTrait, verified: &mut Verified) -> Result<()> {
    let settled = state(conn).await?.settled;
    let unchained: Vec<Uuid> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Id)
        .filter(audit_entry::Column::Seq.lte(settled))
        .filter(Expr::exists(place()).not())
        .order_by_asc(audit_entry::Column::Seq)
        .into_tuple()
        .all(conn)
        .await?;
    for id in unchained {
        verified.found(None, Some(id), Fault::Unchained);
    }
    let entry = Query::select()
        .expr(Expr::val(1))
        .from(audit_entry::Entity)
        .and_where(
            Expr::col((audit_entry::Entity, audit_entry::Column::Id))
                .eq(Expr::col((history::Entity, history::Column::AuditId))),
        )
        .take();
    let loose: Vec<Uuid> = history::Entity::find()
        .select_only()
        .column(history::Column::AuditId)
        .filter(history::Column::ValuesHash.is_not_null())
        .filter(Expr::exists(entry).not())
        .into_tuple()
        .all(conn)
        .await?;
    for id in loose {
        verified.found(None, Some(id), Fault::ChangeWithoutEntry);
    }
    verified.waiting = waiting(settled).count(conn).await?;
    Ok(())
}

/// What the links of a page stand for.
struct Beside {
    entries: HashMap<Uuid, audit_entry::Model>,
    details: HashMap<Uuid, audit_detail::Model>,
    changes: HashMap<Uuid, Vec<history::Model>>,
}

impl Beside {
    async fn of(conn: &impl ConnectionTrait, page: &[audit_chain::Model]) -> Result<Self> {
        let ids = || page.iter().map(|link| link.entry_id);
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::Id.is_in(ids()))
            .all(conn)
            .await?;
        let details = audit_detail::Entity::find()
            .filter(audit_detail::Column::EntryId.is_in(ids()))
            .all(conn)
            .await?;
        let rows = history::Entity::find()
            .filter(history::Column::AuditId.is_in(ids()))
            .all(conn)
            .await?;
        let mut changes: HashMap<Uuid, Vec<history::Model>> = HashMap::new();
        for row in rows {
            changes.entry(row.audit_id).or_default().push(row);
        }
        Ok(Self {
            entries: entries.into_iter().map(|row| (row.id, row)).collect(),
            details: details.into_iter().map(|row| (row.entry_id, row)).collect(),
            changes,
        })
    }

    fn faults(&self, link: &audit_chain::Model) -> Vec<Fault> {
        let Some(entry) = self.entries.get(&link.entry_id) else {
            return vec![Fault::EntryMissing];
        };
        let mut faults = Vec::new();
        if hash_of(entry) != stored(&link.entry_hash) {
            faults.push(Fault::EntryAltered);
        }
        let found = self.details.get(&entry.id);
        let found = found.map(|detail| (detail.salt.as_slice(), &detail.detail));
        faults.extend(check_detail(
            entry.detail_hash.as_deref().map(stored),
            found,
        ));
        let rows = self.changes.get(&entry.id).map_or(&[][..], Vec::as_slice);
        if !are_whole(entry, rows) {
            faults.push(Fault::ChangesAltered);
        }
        faults
    }
}

/// Whether the changes found are those that the entry's hash covers.
fn are_whole(entry: &audit_entry::Model, rows: &[history::Model]) -> bool {
    let mut covered = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(salt), Some(hash)) = (&row.salt, &row.values_hash) else {
            return false;
        };
        let values = change_values(salt, &row.changes, row.reason.as_deref());
        if values != stored(hash) {
            return false;
        }
        covered.push(Change {
            id: row.id,
            object_kind: &row.object_kind,
            object: row.object_id,
            version: row.version,
            values,
        });
    }
    changes(&mut covered) == entry.changes_hash.as_deref().map(stored)
}
