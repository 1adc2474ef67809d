//! The check of the whole log: every entry with what lies beside it against its link, every link against those before.
//!
//! It runs beside a server that writes. Entries that wait for their place are no fault; they are counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{audit_chain, audit_detail, audit_entry, history};
use rules::audit::{
    Change, Check, ERASURE, Erased, Fault, Hash, Head, change_values, changes, check_detail,
    check_erased, salted,
};
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
/// Records that are looked up at once.
const AT_ONCE: usize = 500;
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
    /// What the erasures cover that records of this page name, by the erasure's entry.
    erasures: HashMap<Uuid, Erased>,
    /// Erasures of this page that cover a record whose values were put back.
    undone: HashSet<Uuid>,
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
        let marks = details.iter().map(|row| row.erased_in);
        let marks = marks.chain(rows.iter().map(|row| row.erased_in)).flatten();
        let erasures = erasures(conn, marks.collect()).await?;
        let mut changes: HashMap<Uuid, Vec<history::Model>> = HashMap::new();
        for row in rows {
            changes.entry(row.audit_id).or_default().push(row);
        }
        let entries: HashMap<_, _> = entries.into_iter().map(|row| (row.id, row)).collect();
        let details: HashMap<_, _> = details.into_iter().map(|d| (d.entry_id, d)).collect();
        let mut undone = HashSet::new();
        for entry in entries.values().filter(|entry| entry.verb == ERASURE) {
            let covered = details.get(&entry.id).map(|d| Erased::of_json(&d.detail));
            if is_undone(conn, &covered.unwrap_or_default()).await? {
                undone.insert(entry.id);
            }
        }
        Ok(Self {
            entries,
            details,
            changes,
            erasures,
            undone,
        })
    }

    /// The hash of what is left of an erased record, as its erasure has it.
    fn left(
        &self,
        erased_in: Uuid,
        of: fn(&Erased) -> &BTreeMap<Uuid, Hash>,
        id: Uuid,
    ) -> Option<&Hash> {
        self.erasures.get(&erased_in).and_then(|e| of(e).get(&id))
    }

    fn fault_of_detail(&self, entry: &audit_entry::Model) -> Option<Fault> {
        let found = self.details.get(&entry.id);
        if let Some((detail, erased_in)) = found.and_then(|d| Some((d, d.erased_in?))) {
            let left = salted(&detail.salt, &detail.detail);
            let covered = self.left(erased_in, |erased| &erased.details, entry.id);
            return check_erased(covered, left, Fault::DetailAltered);
        }
        let found = found.map(|detail| (detail.salt.as_slice(), &detail.detail));
        check_detail(entry.detail_hash.as_deref().map(stored), found)
    }

    /// Whether the changes found are those that the entry's hash covers, as far as they were not erased.
    fn fault_of_changes(&self, entry: &audit_entry::Model) -> Option<Fault> {
        let rows = self.changes.get(&entry.id).map_or(&[][..], Vec::as_slice);
        let mut covered = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(salt), Some(hash)) = (&row.salt, &row.values_hash) else {
                return Some(Fault::ChangesAltered);
            };
            let found = change_values(salt, &row.changes, row.reason.as_deref());
            match row.erased_in {
                Some(erased_in) => {
                    let left = self.left(erased_in, |erased| &erased.changes, row.id);
                    let fault = check_erased(left, found, Fault::ChangesAltered);
                    if fault.is_some() {
                        return fault;
                    }
                }
                None if found != stored(hash) => return Some(Fault::ChangesAltered),
                None => {}
            }
            covered.push(Change {
                id: row.id,
                object_kind: &row.object_kind,
                object: row.object_id,
                version: row.version,
                values: stored(hash),
            });
        }
        let whole = changes(&mut covered) == entry.changes_hash.as_deref().map(stored);
        (!whole).then_some(Fault::ChangesAltered)
    }

    fn faults(&self, link: &audit_chain::Model) -> Vec<Fault> {
        let Some(entry) = self.entries.get(&link.entry_id) else {
            return vec![Fault::EntryMissing];
        };
        let mut faults = Vec::new();
        if hash_of(entry) != stored(&link.entry_hash) {
            faults.push(Fault::EntryAltered);
        }
        faults.extend(self.fault_of_detail(entry));
        faults.extend(self.fault_of_changes(entry));
        if self.undone.contains(&entry.id) {
            faults.push(Fault::ErasureUndone);
        }
        faults
    }
}

/// What each of these entries covers, as far as it is an erasure. Whether its own detail is whole is found at its place.
async fn erasures(
    conn: &impl ConnectionTrait,
    entries: HashSet<Uuid>,
) -> Result<HashMap<Uuid, Erased>> {
    let named: Vec<Uuid> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Id)
        .filter(audit_entry::Column::Id.is_in(entries))
        .filter(audit_entry::Column::Verb.eq(ERASURE))
        .into_tuple()
        .all(conn)
        .await?;
    let details = audit_detail::Entity::find()
        .filter(audit_detail::Column::EntryId.is_in(named))
        .all(conn)
        .await?;
    let details = details.into_iter();
    Ok(details
        .map(|d| (d.entry_id, Erased::of_json(&d.detail)))
        .collect())
}

/// Whether a record that an erasure covers is not marked as erased.
async fn is_undone(conn: &impl ConnectionTrait, covered: &Erased) -> Result<bool> {
    let changes: Vec<Uuid> = covered.changes.keys().copied().collect();
    for ids in changes.chunks(AT_ONCE) {
        let put_back = history::Entity::find()
            .filter(history::Column::Id.is_in(ids.iter().copied()))
            .filter(history::Column::ErasedIn.is_null());
        if put_back.count(conn).await? > 0 {
            return Ok(true);
        }
    }
    let details: Vec<Uuid> = covered.details.keys().copied().collect();
    for ids in details.chunks(AT_ONCE) {
        let put_back = audit_detail::Entity::find()
            .filter(audit_detail::Column::EntryId.is_in(ids.iter().copied()))
            .filter(audit_detail::Column::ErasedIn.is_null());
        if put_back.count(conn).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
